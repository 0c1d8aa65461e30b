//! A shorter way to the same failure: worlds with less in them, of which one still fails.
//!
//! Less of something gives another world, since every draw behind it is another one. So this is a
//! search, with as many tries as it may have: what it finds is the shortest that it found.

use crate::auditor::Invariant;
use crate::swarm::{Deed, Swarm};
use crate::trace::Trace;
use crate::world::{Report, run_in};

/// Worlds that are tried.
const TRIES: u32 = 600;
/// Other draws that are tried of one world, from which everything else follows.
const LUCKS: u64 = 4;

/// One thing less. Says whether there was any of it.
type Less = Box<dyn Fn(&mut Swarm) -> bool>;

/// The world of the shortest trace that was found to break the same, with `lines` of that trace.
/// The same arguments give the same world.
pub fn shrink(seed: u64, broken: Invariant, lines: usize) -> Report {
    let mut best = (Swarm::of(seed), 0);
    let mut shortest = length(seed, &best.0, best.1, broken).unwrap_or(u64::MAX);
    let mut tries = 0;
    let mut at_last = None;
    // Round and round, until a whole round finds nothing shorter.
    'search: while at_last != Some(shortest) {
        at_last = Some(shortest);
        for less in lesser() {
            for luck in 0..LUCKS {
                let mut swarm = best.0.clone();
                if !less(&mut swarm) {
                    break;
                }
                tries += 1;
                if tries > TRIES {
                    break 'search;
                }
                if let Some(length) = length(seed, &swarm, luck, broken)
                    && length < shortest
                {
                    (best, shortest) = ((swarm, luck), length);
                    break;
                }
            }
        }
    }
    run_in(seed, best.0, best.1, Trace::last(lines))
}

/// How long the trace of a world is until it breaks that; `None`: it does not.
fn length(seed: u64, swarm: &Swarm, luck: u64, broken: Invariant) -> Option<u64> {
    let report = run_in(seed, swarm.clone(), luck, Trace::off());
    let same = report.violation.is_some_and(|violation| violation.invariant == broken);
    same.then(|| report.trace.length())
}

/// What there may be less of, the most first.
fn lesser() -> Vec<Less> {
    let mut all: Vec<Less> = vec![];
    for part in [4, 2] {
        all.push(Box::new(move |it| {
            let turns = it.turns;
            it.turns = turns - turns / part;
            it.turns < turns
        }));
    }
    let numbers: [fn(&mut Swarm) -> &mut u64; 17] = [
        |it| &mut it.heritage,
        |it| &mut it.faults.stop,
        |it| &mut it.faults.kill,
        |it| &mut it.faults.stop_in_start,
        |it| &mut it.faults.full,
        |it| &mut it.faults.sync,
        |it| &mut it.faults.wall,
        |it| &mut it.faults.uptime,
        |it| &mut it.faults.drain,
        |it| &mut it.faults.resize,
        |it| &mut it.faults.deaf,
        |it| &mut it.faults.late,
        |it| &mut it.faults.lost,
        |it| &mut it.faults.slow,
        |it| &mut it.keyed,
        |it| &mut it.dutiful,
        |it| &mut it.polite,
    ];
    for number in numbers {
        all.push(Box::new(move |it| std::mem::take(number(it)) > 0));
    }
    for deed in 0..Deed::ALL.len() {
        all.push(Box::new(move |it| {
            let weight = std::mem::take(&mut it.mix[deed]);
            weight > 0 && it.mix.iter().any(|weight| *weight > 0)
        }));
    }
    let few: [fn(&mut Swarm) -> &mut u64; 4] =
        [|it| &mut it.names, |it| &mut it.secrets, |it| &mut it.resources, |it| &mut it.rooms];
    for number in few {
        all.push(Box::new(move |it| std::mem::replace(number(it), 1) > 1));
    }
    all.push(Box::new(|it| std::mem::replace(&mut it.clients, 2) > 2));
    all.push(Box::new(|it| std::mem::replace(&mut it.longest, 9) > 9));
    all.push(Box::new(|it| {
        it.listeners.len() > 2 && {
            it.listeners.remove(0);
            true
        }
    }));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_there_is_less_of_there_is_less_of_it() {
        let full = Swarm::of(1);
        let shown = |swarm: &Swarm| swarm.to_string();
        for less in lesser() {
            let mut swarm = full.clone();
            let changed = less(&mut swarm);
            assert!(!changed || shown(&swarm) != shown(&full));
        }
    }
}
