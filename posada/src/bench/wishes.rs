//! What sessions ask for: half of the commands reserve any resource; the other half give back one
//! that the session has, if it has one.
//!
//! Nothing here knows how a command is spelled. Read next: [`super::ledger`], which judges the
//! answers.

use super::ledger::{Answer, Holder, Ledger, Verb};
use super::random::Random;
use super::tally::Tally;

/// One in so many cancels concerns any resource, whoever has it.
const STRAY: usize = 8;
/// Resources that are looked at before a session asks nothing in this turn.
const LOOKS: usize = 64;
/// Resources of one session that are remembered in order to be given back.
const REMEMBERED: usize = 10_000;

/// A command that is asked.
#[derive(Clone, Copy, Debug)]
pub struct Wish {
    /// What it is about.
    pub resource: usize,
    /// Its place among those about the resource.
    pub place: usize,
    /// What is to be done.
    pub verb: Verb,
}

/// What all sessions ask, and what they may have.
pub struct Wishes {
    pub(super) ledger: Ledger,
    random: Random,
    /// What each may have; at the desk, all are one.
    has: Vec<Vec<usize>>,
}

impl Wishes {
    /// Nothing was asked yet.
    pub fn new(ledger: Ledger, sessions: usize, seed: u64) -> Self {
        let owners = if ledger.is_desk() { 1 } else { sessions };
        Self { ledger, random: Random::new(seed), has: vec![Vec::new(); owners] }
    }

    /// What the resource is called.
    pub fn name(&self, resource: usize) -> &str {
        self.ledger.name(resource)
    }

    /// How many resources our sessions have, as far as it was judged.
    pub fn taken(&self) -> usize {
        let ours = |resource: &usize| matches!(self.ledger.holder(*resource), Holder::Ours(_));
        (0..self.ledger.len()).filter(ours).count()
    }

    /// What a session asks next, if there is anything about which one more may be asked.
    pub fn ask(&mut self, session: usize) -> Option<Wish> {
        let (resource, verb) = self.choose(session)?;
        let place = self.ledger.ask(session, resource, verb);
        Some(Wish { resource, place, verb })
    }

    fn choose(&mut self, session: usize) -> Option<(usize, Verb)> {
        let owner = if self.ledger.is_desk() { 0 } else { session };
        let verb = if self.random.below(2) == 0 { Verb::Reserve } else { Verb::Cancel };
        if verb == Verb::Cancel && self.random.below(STRAY) > 0 {
            while let count @ 1.. = self.has[owner].len() {
                let place = self.random.below(count);
                let resource = self.has[owner].swap_remove(place);
                let has = self.ledger.holder(resource) == Holder::Ours(owner);
                if has && self.ledger.is_open(resource) {
                    return Some((resource, verb));
                }
            }
        }
        let count = self.ledger.len();
        let first = self.random.below(count);
        let near = (first..first + LOOKS.min(count)).map(|resource| resource % count);
        near.into_iter().find(|it| self.ledger.is_open(*it)).map(|resource| (resource, verb))
    }

    /// A command is answered, and judged.
    pub fn hear(&mut self, wish: Wish, answer: Answer, tally: &mut Tally) {
        if self.ledger.hear(wish.resource, wish.place, answer, tally)
            && let Holder::Ours(owner) = self.ledger.holder(wish.resource)
        {
            let has = &mut self.has[owner];
            if has.len() < REMEMBERED {
                has.push(wish.resource);
            }
        }
    }
}
