//! The end of a server whose clients never stop talking: it comes in time, and all that was
//! answered was done.

use std::io::Write;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::support::{House, Ledger, at_once};

const TALKERS: usize = 4;
/// Answers that each has when the server is told to stop.
const ENOUGH: usize = 50;

#[test]
fn who_never_stops_talking_cannot_keep_it_open() {
    let house = House::new().with("drain_seconds=2");
    let mut server = house.opens();
    let names: Vec<_> = (0..TALKERS).map(|n| format!("t{n}")).collect();
    let talkers: Vec<_> = names.iter().map(|name| server.native(name).named(name)).collect();
    let started = std::sync::Barrier::new(TALKERS + 1);
    let (answered, took) = thread::scope(|scope| {
        let talking = scope.spawn(|| {
            at_once(talkers, |mut talker| {
                let mut mouth = talker.socket.sender();
                thread::scope(|scope| {
                    // Until there is nobody to take it: the server has ended then.
                    scope.spawn(move || while mouth.write_all(&b"say a\n".repeat(50)).is_ok() {});
                    let mut answers = 0;
                    while let Some(reply) = talker.answer() {
                        if reply.starts_with("BYE closing ") {
                            break;
                        }
                        assert!(reply.starts_with("OK "), "{reply}");
                        answers += 1;
                        if answers == ENOUGH {
                            started.wait();
                        }
                    }
                    answers
                })
            })
        });
        started.wait();
        server.signal(Signal::TERM);
        let told = Instant::now();
        assert_eq!(server.ends().code(), Some(0), "{}", server.logged());
        (talking.join().expect("their own stories"), told.elapsed())
    });
    assert!(took < Duration::from_secs(5), "it took {took:?} where it may take 2 s");
    let ledger = Ledger::of(&house);
    for (name, answers) in names.iter().zip(answered) {
        let done = ledger.said.iter().filter(|said| said.from == *name).count();
        assert_eq!(done, answers, "what {name} was told, and what was done");
    }
}
