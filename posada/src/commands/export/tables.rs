//! What becomes a row, and in which table.
//!
//! Every entry is a row of `entries`; what it came to adds rows to the other tables, or ends them.
//! The fold decides, not these tables: a refused command changes `entries` only. Secrets and their
//! digests are left out. Read next: `schema.sql` beside this file.

use std::collections::{BTreeMap, BTreeSet};

use posada_core::state::{Outcome, State};
use posada_core::{Command, PrincipalId, Seq, SessionId, Text};
use rusqlite::{Result, Transaction, params};

use crate::commands::log::utc;
use crate::replay::{Applied, session_of};

/// The tables that are being filled, and what has to be remembered for that.
pub(super) struct Tables<'t> {
    transaction: &'t Transaction<'t>,
    /// By key: its number, which is the entry that declared it, and its name.
    resources: BTreeMap<Text, (i64, Text)>,
    /// Whom each session stands for, once it has a name.
    sessions: BTreeMap<SessionId, PrincipalId>,
    /// Principals that are not forgotten.
    present: BTreeSet<PrincipalId>,
}

/// What an entry is from and when, for all tables alike.
struct Origin<'a> {
    seq: i64,
    time: String,
    session: Option<SessionId>,
    principal: Option<PrincipalId>,
    name: Option<&'a str>,
}

impl<'t> Tables<'t> {
    pub(super) fn create(transaction: &'t Transaction<'t>) -> Result<Self> {
        transaction.execute_batch(include_str!("schema.sql"))?;
        Ok(Self {
            transaction,
            resources: BTreeMap::new(),
            sessions: BTreeMap::new(),
            present: BTreeSet::new(),
        })
    }

    /// Adds what is known where a log begins with a snapshot: whoever and whatever is there, since
    /// when, if that is known, and what is reserved. A resource's entry is not known any more; it
    /// gets a number that no entry has.
    pub(super) fn begin(&mut self, state: &State) -> Result<()> {
        let time = utc(state.time().wall_ms);
        for (id, principal) in state.people().principals() {
            self.present.insert(id);
            self.sessions.extend(principal.online.map(|(session, _)| (session, id)));
            let name = &principal.name;
            let sql = "INSERT INTO principals VALUES (?1, ?2, ?3, NULL, NULL)";
            self.insert(sql, params![number(id.0), &*name.shown, &*name.key])?;
        }
        for (place, resource) in (1..).zip(state.resources().iter()) {
            let name = &resource.name;
            let sql = "INSERT INTO resources VALUES (?1, ?2, ?3, ?4)";
            self.insert(sql, params![-place, &*name.shown, &*name.key, time])?;
            self.resources.insert(name.key.clone(), (-place, name.shown.clone()));
            let Some(held) = resource.held else { continue };
            let sql = "INSERT INTO reservations VALUES (?1, ?2, ?3, ?4, NULL, NULL)";
            let row =
                params![number(held.token), -place, number(held.holder.0), utc(held.since_ms)];
            self.insert(sql, row)?;
        }
        Ok(())
    }

    /// Adds the next entry, with the state behind it.
    pub(super) fn add(&mut self, state: &State, applied: &Applied) -> Result<()> {
        let command = &applied.entry.command;
        let session = session_of(command);
        let of = |session| match command {
            // Nobody is behind a session that has just ended.
            Command::End { .. } => {
                self.sessions.get(&session).copied().unwrap_or(PrincipalId::ANONYMOUS)
            }
            _ => state.people().principal_of(session),
        };
        let origin = Origin {
            seq: number(applied.seq),
            time: utc(state.time().wall_ms),
            session,
            principal: session.map(of),
            name: applied.name.as_deref(),
        };
        self.entry(&origin, applied)?;
        if !matches!(applied.outcome, Outcome::Refused(_)) {
            self.effect(&origin, state, applied)?;
            self.forget(&origin, state)?;
        }
        Ok(())
    }

    fn entry(&self, origin: &Origin<'_>, applied: &Applied) -> Result<()> {
        let command = &applied.entry.command;
        let (text, resource) = match command {
            Command::Name { name, .. } => (Some(&*name.shown), None),
            Command::Say { text, .. }
            | Command::To { text, .. }
            | Command::Topic { text, .. }
            | Command::Note { text, .. }
            | Command::Announce { text, .. }
            | Command::Tell { text, .. } => (Some(&**text), None),
            Command::Join { room, .. } => (Some(&*room.shown), None),
            Command::Declare { resource } => (None, Some(&*resource.shown)),
            Command::Reserve { resource, .. }
            | Command::Cancel { resource, .. }
            | Command::Release { resource, .. } => {
                let known = self.resources.get(resource);
                (None, Some(known.map_or(&**resource, |(_, shown)| &**shown)))
            }
            _ => (None, None),
        };
        let session = origin.session.map(|it| format!("{}.{}.{}", it.node, it.epoch, it.number.0));
        self.insert(
            "INSERT INTO entries VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            params![
                origin.seq,
                origin.time,
                kind(command),
                session,
                origin.principal.map(|it| number(it.0)),
                text,
                resource,
                outcome(&applied.outcome),
            ],
        )
    }

    /// What an entry that was not refused adds to the other tables.
    fn effect(&mut self, origin: &Origin<'_>, state: &State, applied: &Applied) -> Result<()> {
        match (&applied.entry.command, &applied.outcome) {
            (Command::Name { session, name, .. }, Outcome::Named { replaced, .. }) => {
                let principal = origin.principal.unwrap_or(PrincipalId::ANONYMOUS);
                if let Some(replaced) = replaced {
                    self.sessions.remove(&replaced.0);
                }
                self.sessions.insert(*session, principal);
                if self.present.insert(principal) {
                    let sql = "INSERT INTO principals VALUES (?1, ?2, ?3, ?4, NULL)";
                    let shown = (&*name.shown, &*name.key);
                    let row = params![number(principal.0), shown.0, shown.1, origin.time];
                    self.insert(sql, row)?;
                }
                Ok(())
            }
            (Command::Declare { resource }, _) => {
                let known = (origin.seq, resource.shown.clone());
                self.resources.insert(resource.key.clone(), known);
                let names = (&*resource.shown, &*resource.key);
                let sql = "INSERT INTO resources VALUES (?1, ?2, ?3, ?4)";
                self.insert(sql, params![origin.seq, names.0, names.1, origin.time])
            }
            (Command::Reserve { resource, .. }, Outcome::Reserved { .. }) => {
                let sql = "INSERT INTO reservations VALUES (?1, ?2, ?3, ?4, NULL, NULL)";
                let (resource, holder) = (self.resource(resource), holder(origin));
                self.insert(sql, params![origin.seq, resource, holder, origin.time])
            }
            (
                Command::Cancel { resource, .. } | Command::Release { resource, .. },
                Outcome::Cancelled { .. },
            ) => {
                let sql = "UPDATE reservations SET until_time = ?2, until_seq = ?3 \
                           WHERE resource = ?1 AND until_seq IS NULL";
                self.insert(sql, params![self.resource(resource), origin.time, origin.seq])
            }
            (Command::Say { text, .. }, Outcome::Said { room: (_, room), .. }) => {
                self.message(origin, Some(room), None, text)
            }
            (Command::To { name, text, .. }, Outcome::Kept { .. }) => {
                let people = state.people();
                let recipient = people.principals().find(|(_, it)| it.name.key == *name);
                self.message(origin, None, recipient.map(|(id, _)| id), text)
            }
            (Command::To { text, .. }, Outcome::Told { to, .. }) => {
                let recipient = state.people().principal_of(*to);
                self.message(origin, None, Some(recipient), text)
            }
            (Command::End { session }, _)
            | (
                _,
                Outcome::Kicked { session, left: Some(_) }
                | Outcome::Barred { kicked: Some((session, _)) },
            ) => {
                self.sessions.remove(session);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn message(
        &self,
        origin: &Origin<'_>,
        room: Option<&str>,
        recipient: Option<PrincipalId>,
        text: &str,
    ) -> Result<()> {
        let recipient = recipient.map(|it| number(it.0));
        let name = origin.name.unwrap_or_default();
        self.insert(
            "INSERT INTO messages VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![origin.seq, origin.time, holder(origin), name, room, recipient, text],
        )
    }

    /// Ends the principals that are forgotten since this entry.
    fn forget(&mut self, origin: &Origin<'_>, state: &State) -> Result<()> {
        if self.present.len() == state.people().len() {
            return Ok(());
        }
        let gone = |id: &PrincipalId| state.people().get(*id).is_none();
        let gone: Vec<_> = self.present.iter().copied().filter(gone).collect();
        for id in gone {
            self.present.remove(&id);
            let sql = "UPDATE principals SET until_time = ?2 WHERE id = ?1";
            self.insert(sql, params![number(id.0), origin.time])?;
        }
        Ok(())
    }

    fn resource(&self, key: &str) -> Option<i64> {
        self.resources.get(key).map(|(declared, _)| *declared)
    }

    fn insert(&self, sql: &str, row: impl rusqlite::Params) -> Result<()> {
        self.transaction.prepare_cached(sql)?.execute(row).map(drop)
    }
}

fn holder(origin: &Origin<'_>) -> i64 {
    number(origin.principal.unwrap_or(PrincipalId::ANONYMOUS).0)
}

/// Numbers in a log are far below what the sign takes away.
fn number(Seq(seq): Seq) -> i64 {
    i64::try_from(seq).unwrap_or(i64::MAX)
}

fn kind(command: &Command) -> &'static str {
    match command {
        Command::Rules { .. } => "rules",
        Command::NodeUp { .. } => "node_up",
        Command::Declare { .. } => "declare",
        Command::Name { .. } => "name",
        Command::Say { .. } => "say",
        Command::To { .. } => "to",
        Command::Reserve { .. } => "reserve",
        Command::Cancel { .. } => "cancel",
        Command::End { .. } => "end",
        Command::Check { .. } => "check",
        Command::History { .. } => "history",
        Command::Join { .. } => "join",
        Command::Leave { .. } => "leave",
        Command::Topic { .. } => "topic",
        Command::Note { .. } => "note",
        Command::Announce { .. } => "announce",
        Command::Tell { .. } => "tell",
        Command::Kick { .. } => "kick",
        Command::Ban { .. } => "ban",
        Command::Release { .. } => "release",
    }
}

fn outcome(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Refused(refusal) => format!("refused {}", refusal.code()),
        Outcome::Named { resumed: false, .. } => "named".into(),
        Outcome::Named { .. } => "resumed".into(),
        Outcome::Joined { .. } => "joined".into(),
        Outcome::Left { .. } => "left".into(),
        Outcome::TopicSet { .. } => "set".into(),
        Outcome::Said { .. } => "said".into(),
        Outcome::Told { .. } => "told".into(),
        Outcome::Kept { .. } => "kept".into(),
        Outcome::Announced { .. } => "announced".into(),
        Outcome::Kicked { .. } => "kicked".into(),
        Outcome::Barred { .. } => "barred".into(),
        Outcome::Ended(_) => "ended".into(),
        Outcome::Repeated { seq, .. } => format!("repeats {}", seq.0),
        Outcome::Reserved { .. } => "reserved".into(),
        Outcome::Cancelled { .. } => "cancelled".into(),
        Outcome::Noted
        | Outcome::NoteTaken { .. }
        | Outcome::Drifted { .. }
        | Outcome::UnknownRules(_) => "noted".into(),
    }
}
