//! Killed at every failpoint, and started again: recovery is the log, replayed.

use std::os::unix::process::ExitStatusExt;
use std::process::Command;
use std::thread;

use posada::failpoint::{ENDING, SERVING, STARTING};
use posada_log::failpoint::{self as disk, REMOVE, RENAME};
use rustix::process::Signal;

use crate::now::Now;
use crate::people::{self, Life, People};
use crate::support::{Dice, House, Ledger, at_once, read_log};

/// Houses in which people live at the same time.
const HOUSES: usize = 4;
/// How often a place is drawn from at most, where a server comes to it often.
const OFTEN: u64 = 60;
/// The same where it comes to it once in each segment.
const SELDOM: u64 = 6;
/// Promises after which a server that is still there is asked to close.
const ENOUGH: u64 = 60;
const NEVER_ENOUGH: u64 = 100_000;

/// One place, and at which of its passings the server is killed, one time after the other.
#[derive(Debug)]
struct Story {
    place: &'static str,
    nths: Vec<u64>,
}

#[test]
fn what_was_acknowledged_is_there_wherever_the_server_is_killed() {
    let stories = stories(&mut Dice::fresh());
    let kills: usize = stories.iter().map(|story| story.nths.len()).sum();
    eprintln!("{} failpoints, {kills} kills", stories.len());
    at_once(0..HOUSES, |house| {
        stories.iter().skip(house).step_by(HOUSES).for_each(Story::is_lived);
    });
}

#[test]
fn a_server_that_is_killed_again_while_it_starts_loses_nothing_either() {
    let mut dice = Dice::fresh();
    let at_start = ["sync-names", "write", "sync", "synced", "sync:2", "durable"];
    let cases = STARTING.iter().chain(&at_start).map(|again| {
        let place = [disk::WRITE, disk::HALF, disk::SYNC][dice.place(3)];
        (format!("{place}:{}", 3 + dice.below(OFTEN)), *again)
    });
    let cases: Vec<_> = cases.collect();
    at_once(0..HOUSES, |house| {
        for (first, again) in cases.iter().skip(house).step_by(HOUSES) {
            let case = format!("killed at {first}, then at {again}");
            let _case = Case(&case);
            let (house, mut people) = (people::house(), People::new());
            let life = people.live_beside(&mut house.opens_to_fail_at(first), NEVER_ENOUGH);
            let status = house.opens_to_fail_at(again).ends();
            assert_eq!(status.signal(), Some(Signal::KILL.as_raw()), "it never came to {again}");
            // Which start the guest saw, nobody can tell: the last one may be in the log or not.
            people.find_all_as_it_was(&house, life.of_the_askers_alone(), &case);
        }
    });
}

/// Every failpoint that there is.
fn stories(dice: &mut Dice) -> Vec<Story> {
    let mut story = |place, most| {
        let mut drawn = || 2 + dice.below(most - 1);
        let nths = if most == 1 { vec![1, 1] } else { vec![1, drawn(), drawn()] };
        Story { place, nths }
    };
    let once = STARTING.iter().chain(&ENDING).map(|place| (*place, 1));
    let often = SERVING.iter().map(|place| (*place, OFTEN));
    let below = disk::ALL.iter().map(|place| match *place {
        REMOVE => (*place, 1),
        disk::WRITE | disk::HALF | disk::SYNC | disk::SYNCED => (*place, OFTEN),
        _ => (*place, SELDOM),
    });
    once.chain(often).chain(below).map(|(place, most)| story(place, most)).collect()
}

impl Story {
    fn is_lived(&self) {
        let house = people::house();
        let mut people = People::new();
        for (nth, at) in self.nths.iter().zip(1..) {
            let case = format!("{}:{nth}, kill {at} of {self:?}", self.place);
            if self.place == REMOVE {
                // There must be something to remove.
                let mut server = house.opens_to_fail_at(RENAME);
                people.live_beside(&mut server, NEVER_ENOUGH);
            }
            let enough = if ENDING.contains(&self.place) { ENOUGH } else { NEVER_ENOUGH };
            let failpoint = format!("{}:{nth}", self.place);
            people.are_there_when_it_dies(&house, &failpoint, enough, &case);
        }
    }
}

impl People {
    /// The server is killed there, and all is as it should be when it is started again.
    fn are_there_when_it_dies(&mut self, house: &House, failpoint: &str, enough: u64, case: &str) {
        let _case = Case(case);
        let mut server = house.opens_to_fail_at(failpoint);
        let life = self.live_beside(&mut server, enough);
        let killed = life.status.signal() == Some(Signal::KILL.as_raw());
        assert!(killed, "{case}: it never came there:\n{}", server.logged());
        self.find_all_as_it_was(house, life, case);
    }

    /// What was acknowledged is there when the server is started again, and everything done once.
    pub(crate) fn find_all_as_it_was(&mut self, house: &House, life: Life, case: &str) {
        // A first start that is killed before a segment has its name leaves no log.
        let is_new = self.were_told_nothing() && life.nobody_came();
        assert!(is_new || is_sound(house, case).is_some());

        let server = house.opens();
        let sockets = self.come_back(&server);
        let now = Now::told_by(&server);
        drop(sockets);
        server.stops();
        let entries = read_log(house.data()).unwrap_or_else(|why| panic!("{case}: {why}"));
        let ledger = Ledger::of(house);
        now.follows_from(&entries);
        self.remember(life, ledger.free_at_start.len());
        self.agree_with(&entries, &ledger);
        let (seq, digest) = (ledger.state.seq().0, ledger.state.digest());
        let trail = ledger.state.trail();
        let state = format!("state:     at seq {seq}, trail {trail:016x}, digest {digest:016x}");
        let checked = is_sound(house, case).expect("there is a log");
        assert!(checked.contains(&state), "{case}: {state}, but\n{checked}");
    }
}

/// Says what it was about when it goes wrong.
pub(crate) struct Case<'a>(pub(crate) &'a str);

impl Drop for Case<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("--- {} ---", self.0);
        }
    }
}

/// `posada check` finds nothing wrong; `None`: it finds nothing.
#[track_caller]
fn is_sound(house: &House, case: &str) -> Option<String> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_posada"));
    let output = command.arg("check").arg("--data").arg(house.data()).output();
    let output = output.expect("the binary under test runs");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let why = String::from_utf8_lossy(&output.stderr);
    if why.contains("holds no log") {
        return None;
    }
    assert!(output.status.success(), "{case}:\n{said}{why}");
    Some(said)
}

#[test]
fn a_failpoint_that_is_none_is_an_error() {
    for (failpoint, why) in [
        ("nowhere", "there is no place called \"nowhere\""),
        ("apply=fail", "\"fail\" cannot happen there"),
        ("apply=explode", "\"explode\" cannot happen there"),
    ] {
        let mut server = people::house().opens_to_fail_at(failpoint);
        assert_eq!(server.ends().code(), Some(1));
        server.logs(why);
    }
}
