//! Programs on a network that cuts them off in the middle of requests and of replies, with a server
//! that is killed: what they ask again with its key has one effect, and one answer.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use crate::chronicle::chronicle;
use crate::cutter::Cutter;
use crate::support::{Asker, Dice, House, Ledger, SECRET, What, until};

const NAMES: [&str; 2] = ["ana", "eva"];
/// Commands of each, and how many it asks at once.
const COMMANDS: u64 = 150;
const AT_ONCE: u64 = 4;
const KILLS: u64 = 3;

#[test]
fn what_is_asked_again_with_its_key_is_done_once_and_answered_alike() {
    let house = House::new().with_resources(&["ana", "eva", "GPU"]);
    let mut dice = Dice::fresh();
    let mut server = house.opens();
    let mut holder = server.native("luis");
    let key = format!("name luis secret:{SECRET}");
    assert!(holder.asks(&key).starts_with("OK "));
    holder.does("reserve GPU");
    let cutters = NAMES.map(|_| Cutter::before(server.door("native"), dice.split()));
    let [ana, eva] = NAMES;
    let mut askers = [Asker::new([ana, eva], false, script), Asker::new([eva, ana], true, script)];

    let answered = AtomicU64::new(0);
    let (cutters, answered) = (&cutters, &answered);
    let server = thread::scope(|scope| {
        for (asker, cutter) in askers.iter_mut().zip(cutters) {
            let dice = dice.split();
            scope.spawn(move || asks_all(asker, dice, cutter.door(), answered));
        }
        for kill in 1..=KILLS {
            let enough = kill * COMMANDS * NAMES.len() as u64 / (KILLS + 1);
            until("enough is answered", || {
                (answered.load(Ordering::Relaxed) >= enough).then_some(())
            });
            server.dies();
            server = house.opens();
            for cutter in cutters {
                cutter.leads_to(server.door("native"));
            }
        }
        server
    });
    for cutter in cutters {
        assert!(cutter.cuts() > 10, "only {} connections were cut", cutter.cuts());
    }

    // What was refused stays refused, also when it could be done now.
    let mut holder = server.native("luis");
    assert!(holder.asks(&key).starts_with("OK "));
    holder.does("cancel GPU");
    for asker in &mut askers {
        asks_everything_again(asker, server.door("native"));
    }
    server.stops();
    each_was_done_once(&house, &askers);
}

/// A room is joined by a connection and not by a name: with a key it would seem to be joined again,
/// and would not be.
#[test]
fn to_join_and_to_leave_take_no_key() {
    let server = House::new().in_memory().opens();
    let mut ana = server.native("ana").named("ana");
    for line in ["key:1 join dev", "key:1 leave", r#"{"key":1,"do":"join","room":"dev"}"#] {
        let reply = ana.asks(line);
        assert!(reply.contains("bad_request"), "{line}: {reply}");
    }
    assert_eq!(ana.lists("rooms"), ["#lobby 1 here"]);
    // The key is still unused.
    ana.does("key:1 say hola");
    server.stops();
}

fn each_was_done_once(house: &House, askers: &[Asker]) {
    let said = chronicle(house);
    let ledger = Ledger::of(house);
    let mut done = 0;
    for asker in askers {
        let mut moves = vec![];
        for (key, answer) in &asker.answers {
            let Ok(seq) = answer else { continue };
            match asker.what(*key) {
                What::Words(_, text) => {
                    assert_eq!(said[seq].text, text, "at {seq}, the answer to {key}");
                    done += 1;
                }
                What::Moves(_, _) => moves.push(*seq),
            }
        }
        let logged: Vec<_> = ledger.moves_of(asker.name).iter().map(|step| step.seq).collect();
        assert_eq!(logged, moves, "what {} took and gave back", asker.name);
        assert!(moves.len() as u64 >= COMMANDS / 6, "only {} moves", moves.len());
        let refused = asker.answers.values().filter(|it| **it == Err("taken".to_owned())).count();
        assert_eq!(refused as u64, COMMANDS / 6, "GPU is somebody else's");
    }
    assert_eq!(said.len(), done, "each was said once, and nothing else was");
    let free = ledger.free();
    assert!(free.iter().any(|it| it == "GPU"), "nobody took it after all: {free:?}");
}

/// The same key is always the same command.
fn script(name: &'static str, key: u64) -> What {
    let text = format!("{name} {key}");
    match key % 6 {
        0 => What::Moves("reserve", name),
        1 => What::Words("say", text),
        2 => What::Words("to", text),
        3 => What::Moves("cancel", name),
        4 => What::Moves("reserve", "GPU"),
        _ => What::Words("topic", text),
    }
}

/// Asks everything, each with its key, again and again until it is answered.
fn asks_all(asker: &mut Asker, mut dice: Dice, door: SocketAddr, answered: &AtomicU64) {
    let mut next = 1;
    while next <= COMMANDS {
        let Some(mut socket) = asker.returns(door) else { continue };
        if next > 1 {
            let earlier = 1 + dice.below(next - 1);
            if asker.asks(&mut socket, earlier..=earlier) == 0 {
                continue;
            }
        }
        loop {
            let burst = next..=COMMANDS.min(next + AT_ONCE - 1);
            let all = burst.end() + 1 - burst.start();
            let done = asker.asks(&mut socket, burst);
            answered.fetch_add(done, Ordering::Relaxed);
            next += done;
            if done < all || next > COMMANDS {
                break;
            }
        }
    }
}

/// Another connection, in the other form, where nothing breaks.
fn asks_everything_again(asker: &mut Asker, door: SocketAddr) {
    asker.in_json = !asker.in_json;
    let mut socket = asker.returns(door).expect("nothing breaks this connection");
    assert_eq!(asker.asks(&mut socket, 1..=COMMANDS), COMMANDS);
}
