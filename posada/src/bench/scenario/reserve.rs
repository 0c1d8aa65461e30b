//! Durable commands: sessions that reserve and cancel at random, in text, JSON or at the desk.
//!
//! Read next: [`super::super::wishes`], which says what is asked, and [`super::super::ledger`],
//! which judges the answers.

use std::collections::{HashMap, VecDeque};

use anyhow::{Result, ensure};

use super::super::args::{Kind, Plan};
use super::super::driver::Scenario;
use super::super::ledger::{Answer, Holder, Ledger};
use super::super::socket::{Introduction, Socket};
use super::super::spawn::Server;
use super::super::tally::Tally;
use super::super::wishes::{Wish, Wishes};
use super::answer::{self, Answered, Dialect};
use super::clerk::Clerk;
use super::{lines, name, shown};

/// What says that too much has come; the desk has no other words for it than for a full disk.
const BUSY: &[u8] = b"busy";
const FULL: &[u8] = b"No hay espacio para guardar la reserva. Intenta mas tarde.";

/// The scenario.
pub(super) struct Reserve {
    dialect: Dialect,
    wishes: Wishes,
    sessions: Vec<Session>,
    clerk: Clerk,
    alone: bool,
}

/// One that asks.
#[derive(Default)]
struct Session {
    /// What was asked and not answered.
    under_way: VecDeque<Wish>,
    /// How many were answered, which is the `id` of the next answer, and asked.
    answered: u64,
    asked: u64,
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
        let wishes = Wishes::new(ledger, plan.connections, plan.seed);
        let alone = server.alone;
        Ok((Self { dialect, wishes, sessions, clerk, alone }, sockets))
    }

    fn answer(&mut self, connection: usize, line: &[u8], now: u64, tally: &mut Tally) {
        let session = &mut self.sessions[connection];
        let Some(&wish) = session.under_way.front() else {
            tally.fatal(|| format!("connection {connection}: nobody asked for {}", shown(line)));
            return;
        };
        let verb = wish.verb;
        let answered = answer::read(self.dialect, session.answered, verb, line);
        let wanted = self.wishes.name(wish.resource);
        let is_busy = matches!(answered, Answered::Refused(code) if code == BUSY || code == FULL);
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
        if is_busy {
            tally.busy(connection, now);
        } else {
            tally.done(connection, now);
        }
        self.wishes.hear(wish, answer, tally);
    }

    /// Who has each resource is what the answers said.
    fn compare(&self, tally: &mut Tally) -> Result<()> {
        let ledger = &self.wishes.ledger;
        let listed = self.clerk.list()?.into_iter();
        let listed: HashMap<_, _> = listed.map(|it| (it.name.clone(), it)).collect();
        for resource in 0..ledger.len() {
            let wanted = ledger.name(resource);
            let found = listed.get(wanted);
            let holder = ledger.holder(resource);
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
        Some(self.wishes.ledger.len())
    }

    fn ask(&mut self, connection: usize, out: &mut Vec<u8>) -> bool {
        let Some(wish) = self.wishes.ask(connection) else { return false };
        let session = &mut self.sessions[connection];
        session.under_way.push_back(wish);
        let name = self.wishes.name(wish.resource);
        answer::ask(self.dialect, session.asked, wish.verb, name, out);
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
        let ledger = &self.wishes.ledger;
        for owner in 0..self.sessions.len() {
            let has = (0..ledger.len()).filter(|it| ledger.holder(*it) == Holder::Ours(owner));
            let has: Vec<_> = has.map(|it| ledger.name(it)).collect();
            if !has.is_empty() {
                let proof = format!("{} {}", name(owner), self.sessions[owner].secret);
                self.clerk.give_back(&proof, &has)?;
            }
        }
        Ok(())
    }
}
