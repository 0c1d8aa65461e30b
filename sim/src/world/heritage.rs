//! A log that an earlier version had written before this world began.
//!
//! Under rules 1 there was one room, nothing was kept of it, and who left with no reservation was
//! forgotten. The entries are written past the core, which writes such logs no more.

use posada_core::{Ask, Command, Entry, SessionId, SessionNumber, Time};
use posada_log::{Batch, Log, Options, Segment};
use posada_wire::record;

use super::World;
use crate::auditor::{Audit, Invariant};
use crate::client;
use crate::swarm::Deed;

impl World {
    /// Writes the earlier log, if this world has one.
    pub(super) fn inherit(&mut self) -> Audit {
        if self.swarm.heritage == 0 {
            return Ok(());
        }
        let entries = self.earlier();
        self.trace.note(|| format!("-- {} entries of rules 1", entries.len()));
        let options = Options { segment_bytes: 65_536 };
        let opened = Segment::open(self.disk.storage(), options);
        let (mut log, _) =
            opened.map_err(|error| Invariant::OpensAgain.broken(format!("{error:?}")))?;
        for entry in &entries {
            let mut payload = vec![];
            record::encode(entry, &mut payload);
            let first_seq = log.next_seq();
            let appended = log.append(Batch { first_seq, count: 1, payload: &payload });
            appended.map_err(|error| Invariant::OpensAgain.broken(error.to_string()))?;
        }
        self.auditor.inherited(&entries);
        Ok(())
    }

    fn earlier(&mut self) -> Vec<Entry> {
        let mut commands = vec![
            Command::Rules { version: 1 },
            Command::NodeUp { node: self.swarm.node, epoch: 1 },
        ];
        let resources = client::resources(&self.swarm);
        commands.extend(resources.into_iter().map(|resource| Command::Declare { resource }));
        for number in 0..self.swarm.heritage {
            let number = SessionNumber(1 + number % 4);
            commands.push(self.earlier_command(number));
        }
        let now = self.now;
        let entry = |(at, command)| Entry {
            time: Time::new(now.wall_ms + at as u64, at as u64),
            key: None,
            command,
        };
        commands.into_iter().enumerate().map(entry).collect()
    }

    fn earlier_command(&mut self, number: SessionNumber) -> Command {
        let session = SessionId { node: self.swarm.node, epoch: 1, number };
        let deed = self.rng.pick(&[Deed::Name, Deed::Name, Deed::Say, Deed::To, Deed::Reserve]);
        let (ask, _) = self.crowd.ask(number, deed, &self.swarm, &mut self.rng);
        match ask {
            Ask::Name { name, proof, secret } => Command::Name { session, name, proof, secret },
            Ask::Say { text, .. } => Command::Say { session, room: None, text },
            Ask::To { name, text } => Command::To { session, name, text },
            Ask::Reserve(resource) => Command::Reserve { session, resource },
            _ => Command::End { session },
        }
    }
}
