//! The orderly end: whoever waits gets an answer, whoever goes is forgotten, and what is left is
//! what the log says.

use posada_core::{Ask, Input, Text};

use super::{Process, World};
use crate::auditor::{Audit, Invariant};

impl World {
    /// The server is closed in good order: everyone is told, and nothing stays unanswered.
    pub(super) fn drain(&mut self) -> Audit {
        self.trace.note(|| "-- drain".to_owned());
        self.stats.drains += 1;
        self.auditor.draining();
        self.step(Input::Drain)?;
        if self.append_all()? == Process::Stopped {
            return Ok(());
        }
        self.all_quiet(true)
    }

    /// Nothing goes wrong any more: what is still open must come to its end.
    pub(super) fn finish(&mut self) -> Audit {
        self.trace
            .note(|| "-- the end: everybody goes, and the server starts once more".to_owned());
        self.calm = true;
        self.disk.heal();
        self.carry()?;
        self.append_all()?;
        self.all_quiet(false)?;
        for session in self.crowd.everyone() {
            self.hang_up(session)?;
        }
        while let Some(session) = self.crowd.gone.pop() {
            self.close(session)?;
        }
        self.last_word()?;
        self.witness()?;
        self.auditor.quiet()?;
        self.weigh()?;
        self.folded_again()?;
        self.start()?;
        self.witness()?;
        self.folded_again()
    }

    /// An end that could not be stored is tried again with the next entry that can: one more.
    fn last_word(&mut self) -> Audit {
        let session = self.connect(self.swarm.listeners.len() - 1)?;
        self.ask(session, Ask::Reserve(Text::from("nothing")), None, false)?;
        self.append_all()?;
        self.ask(session, Ask::Quit, None, false)
    }

    fn all_quiet(&mut self, everybody_gone: bool) -> Audit {
        let idle = self.running().is_idle();
        Invariant::OneReplyEach.require(idle, || "the core still waits for something".into())?;
        self.auditor.answered()?;
        Invariant::OneReplyEach.require(!everybody_gone || self.crowd.is_empty(), || {
            "the server closed, but did not say so to everybody".into()
        })
    }

    fn folded_again(&mut self) -> Audit {
        let again = self.running().folded_again();
        let now = self.running().state().digest();
        let same = again.as_ref().is_ok_and(|digest| *digest == now);
        Invariant::RecoveryIsFold
            .require(same, || format!("the state is {now}, a fold of its log {again:?}"))
    }
}
