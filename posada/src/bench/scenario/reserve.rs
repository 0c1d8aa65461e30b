//! Durable commands: sessions that reserve and cancel at random, in text, JSON or at the desk.
//!
//! Half of the commands reserve any resource; the other half give back one that the session has,
//! if it has one. Read next: [`super::super::ledger`], which judges the answers.

use std::collections::{HashMap, VecDeque};

use anyhow::{Result, ensure};

use super::super::args::{Kind, Plan};
use super::super::driver::Scenario;
use super::super::ledger::{Answer, Holder, Ledger, Verb};
use super::super::random::Random;
use super::super::socket::{Introduction, Socket};
use super::super::spawn::Server;
use super::super::tally::Tally;
use super::answer::{self, Answered, Dialect};
use super::clerk::Clerk;
use super::{lines, name, shown};

/// One in so many cancels concerns any resource, whoever has it.
const STRAY: usize = 8;
/// Resources that are looked at before a session asks nothing in this turn.
const LOOKS: usize = 64;
/// Resources of one session that are remembered in order to be given back.
const REMEMBERED: usize = 10_000;

/// The scenario.
pub(super) struct Reserve {
    dialect: Dialect,
    ledger: Ledger,
    random: Random,
    sessions: Vec<Session>,
    clerk: Clerk,
    alone: bool,
}

/// One that asks.
#[derive(Default)]
struct Session {
    /// What was asked and not answered: the resource, and the place in the ledger.
    under_way: VecDeque<(usize, usize)>,
    /// How many were answered, which is the `id` of the next answer, and asked.
    answered: u64,
    asked: u64,
    /// What it may have.
    has: Vec<usize>,
    /// The greatest number that it was told.
    number: u64,
    /// What proves that it is the same, on another connection.
    secret: String,
}

impl Reserve {
    pub(super) fn open(plan: &Plan, server: &Server) -> Result<(Self, Vec<Socket>)> {
        let dialect = match plan.kind {
            Kind::Desk => Dialect::Desk,
            Kind::Json => Dialect::Json,
            _ => Dialect::Text,
        };
        let clerk = Clerk::new(server.address, dialect);
        let listed = clerk.list()?;
        let free = listed.into_iter().filter(|it| it.free).take(plan.resources);
        let free: Vec<_> = free.map(|it| (it.name, true)).collect();
        ensure!(!free.is_empty(), "nothing is free there: there must be something to reserve");
        let ledger = Ledger::new(free, server.alone, dialect == Dialect::Desk);
        let (mut sessions, mut sockets) = (vec![], vec![]);
        for number in 0..plan.connections {
            let mut session = Session::default();
            let mut introduction = Introduction::to(server.address)?;
            if dialect != Dialect::Desk {
                let answer = introduction.insist(&format!("name {}", name(number)))?;
                let secret = answer.split(' ').find(|word| word.starts_with("secret:"));
                secret.unwrap_or_default().clone_into(&mut session.secret);
            }
            sessions.push(session);
            sockets.push(introduction.done()?);
        }
        let random = Random::new(plan.seed);
        let alone = server.alone;
        Ok((Self { dialect, ledger, random, sessions, clerk, alone }, sockets))
    }

    /// Where what a session has is remembered: at the desk, all are one.
    fn owner(&self, connection: usize) -> usize {
        if self.dialect == Dialect::Desk { 0 } else { connection }
    }

    /// What to ask next, if there is anything about which one more may be asked.
    fn choose(&mut self, connection: usize) -> Option<(usize, Verb)> {
        let owner = self.owner(connection);
        let verb = if self.random.below(2) == 0 { Verb::Reserve } else { Verb::Cancel };
        if verb == Verb::Cancel && self.random.below(STRAY) > 0 {
            while let count @ 1.. = self.sessions[owner].has.len() {
                let place = self.random.below(count);
                let resource = self.sessions[owner].has.swap_remove(place);
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

    fn answer(&mut self, connection: usize, line: &[u8], now: u64, tally: &mut Tally) {
        let session = &mut self.sessions[connection];
        let Some(&(resource, place)) = session.under_way.front() else {
            tally.fatal(|| format!("connection {connection}: nobody asked for {}", shown(line)));
            return;
        };
        let verb = self.ledger.verb(resource, place);
        let answered = answer::read(self.dialect, session.answered, verb, line);
        let wanted = self.ledger.name(resource);
        let answer = match answered {
            Answered::Done(number, name) if is_called(name, wanted) => {
                if self.dialect != Dialect::Desk && number <= session.number {
                    let before = session.number;
                    tally.wrong(|| {
                        format!("connection {connection}: number {number} behind {before}")
                    });
                }
                session.number = session.number.max(number);
                tally.changes += 1;
                Answer::Done(number)
            }
            Answered::Refused(code) => {
                tally.refused(&String::from_utf8_lossy(code));
                match code {
                    b"taken" => Answer::Taken,
                    b"not_held" => Answer::NotHeld,
                    b"not_yours" => Answer::NotYours,
                    _ => Answer::Nothing,
                }
            }
            _ => {
                let line = shown(line);
                tally.fatal(|| {
                    format!("connection {connection}: {line:?} answers {verb:?} {wanted:?}")
                });
                return;
            }
        };
        session.under_way.pop_front();
        session.answered += 1;
        tally.done(connection, now);
        if self.ledger.hear(resource, place, answer, tally)
            && let Holder::Ours(owner) = self.ledger.holder(resource)
        {
            let has = &mut self.sessions[owner].has;
            if has.len() < REMEMBERED {
                has.push(resource);
            }
        }
    }

    /// Who has each resource is what the answers said.
    fn compare(&self, tally: &mut Tally) -> Result<()> {
        let listed = self.clerk.list()?.into_iter();
        let listed: HashMap<_, _> = listed.map(|it| (it.name.clone(), it)).collect();
        for resource in 0..self.ledger.len() {
            let wanted = self.ledger.name(resource);
            let found = listed.get(wanted);
            let holder = self.ledger.holder(resource);
            let right = match (found, holder) {
                (None, _) => self.dialect == Dialect::Desk && holder != Holder::Nobody,
                (Some(found), Holder::Ours(owner)) => {
                    !found.free && found.holder.as_deref().is_none_or(|it| it == name(owner))
                }
                (Some(found), Holder::Nobody) => found.free || !self.alone,
                (Some(found), Holder::Another) => !found.free || !self.alone,
            };
            if !right {
                tally.wrong(|| format!("{wanted}: at the end {found:?}, and not {holder:?}"));
            }
        }
        Ok(())
    }
}

/// Whether an answer names that resource, which JSON may write with signs of its own.
fn is_called(name: &[u8], wanted: &str) -> bool {
    name == wanted.as_bytes() || (name.contains(&b'\\') && wanted.contains(['"', '\\']))
}

impl Scenario for Reserve {
    fn askers(&self) -> usize {
        self.sessions.len()
    }

    fn resources(&self) -> Option<usize> {
        Some(self.ledger.len())
    }

    fn ask(&mut self, connection: usize, out: &mut Vec<u8>) -> bool {
        let Some((resource, verb)) = self.choose(connection) else { return false };
        let place = self.ledger.ask(connection, resource, verb);
        let session = &mut self.sessions[connection];
        session.under_way.push_back((resource, place));
        answer::ask(self.dialect, session.asked, verb, self.ledger.name(resource), out);
        session.asked += 1;
        true
    }

    fn hear(&mut self, connection: usize, bytes: &[u8], now: u64, tally: &mut Tally) -> usize {
        lines(bytes, |line| {
            if !tally.over {
                self.answer(connection, line, now, tally);
            }
        })
    }

    fn finish(&mut self, tally: &mut Tally) -> Result<()> {
        self.compare(tally)
    }

    fn leave(&mut self) -> Result<()> {
        if self.alone {
            return Ok(());
        }
        for owner in 0..self.sessions.len() {
            let has =
                (0..self.ledger.len()).filter(|it| self.ledger.holder(*it) == Holder::Ours(owner));
            let has: Vec<_> = has.map(|it| self.ledger.name(it)).collect();
            if !has.is_empty() {
                let proof = format!("{} {}", name(owner), self.sessions[owner].secret);
                self.clerk.give_back(&proof, &has)?;
            }
        }
        Ok(())
    }
}
