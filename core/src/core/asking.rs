//! Asking: what a session of this node asks becomes an entry, or is answered in its turn.

use alloc::vec::Vec;
use core::net::SocketAddr;

use subtle::ConstantTimeEq;

use super::{Core, Pending};
use crate::limits::{KEY_BYTES, PENDING};
use crate::session::Verdict;
use crate::{
    Addressee, Answer, Ask, Barred, Command, Entry, Event, Feed, Goodbye, Key, ListenerId, Order,
    Output, Refusal, SessionNumber, SessionView, Time, Watched, Whom, reading,
};

impl Core {
    pub(super) fn opened(
        &mut self,
        now: Time,
        session: SessionNumber,
        listener: ListenerId,
        peer: Option<SocketAddr>,
        out: &mut Vec<Output>,
    ) {
        let time = now.not_before(self.state.time());
        let barred = peer.map(|peer| Barred::Address(peer.ip().to_canonical()));
        if self.draining {
            out.push(Output::Close { session, reason: Goodbye::Closing });
        } else if barred.is_some_and(|who| self.state.bans().holds(&who, time)) {
            out.push(Output::Close { session, reason: Goodbye::Banned });
        } else if let Err(places) = self.sessions.open(session, listener, peer, now) {
            out.push(Output::Close { session, reason: Goodbye::Full(places) });
        }
    }

    pub(super) fn heard(&mut self, now: Time, session: SessionNumber, out: &mut Vec<Output>) {
        if let Verdict::Dismiss(reason) = self.sessions.judge(session, None, false, now) {
            self.goodbye(session, reason, out);
        }
    }

    pub(super) fn asked(
        &mut self,
        now: Time,
        session: SessionNumber,
        ask: Ask,
        key: Option<Key>,
        counted: bool,
        out: &mut Vec<Output>,
    ) {
        let refused = |refusal| Pending::Read(session, Ask::Unreadable(refusal));
        if self.pending.len() >= PENDING {
            return self.queue(refused(Refusal::Busy), out);
        }
        match self.sessions.judge(session, Some(&ask), counted, now) {
            Verdict::Pass if ask == Ask::Quit => self.goodbye(session, Goodbye::Left, out),
            Verdict::Pass => match self.command(session, ask) {
                Ok(command) => {
                    let key = key.filter(|_| may_have_key(&command));
                    if key.is_some() && !self.sessions.has_asked_for_a_name(session) {
                        return self.queue(refused(Refusal::NameFirst), out);
                    }
                    self.append_entry(Some(session), Entry { time: now, key, command }, out);
                }
                Err(read) => self.queue(Pending::Read(session, read), out),
            },
            Verdict::Refuse(refusal) => self.queue(refused(refusal), out),
            Verdict::Dismiss(reason) => self.goodbye(session, reason, out),
            Verdict::Ignore => {}
        }
    }

    /// The command that an ask asks for, or the ask itself where it changes nothing in the log.
    fn command(&mut self, asker: SessionNumber, ask: Ask) -> Result<Command, Ask> {
        if let Some(refusal) = mentions_nothing(&ask) {
            return Err(Ask::Unreadable(refusal));
        }
        let session = self.id(asker);
        Ok(match ask {
            Ask::Name { name, proof, secret } => Command::Name { session, name, proof, secret },
            Ask::Join(room) => Command::Join { session, room },
            Ask::Leave(room) => Command::Leave { session, room },
            Ask::SetTopic { room, text } => Command::Topic { session, room, text },
            Ask::Say { room, text } => Command::Say { session, room, text },
            Ask::To { name, text } => Command::To { session, name, text },
            Ask::Note(text) => Command::Note { session, text },
            Ask::Reserve(resource) => Command::Reserve { session, resource },
            Ask::Cancel(resource) => Command::Cancel { session, resource },
            Ask::Order(order) => return self.order(asker, order),
            Ask::Operator(token) => {
                let known = self.operator.is_some_and(|known| bool::from(known.ct_eq(&*token)));
                if !known {
                    return Err(Ask::Unreadable(Refusal::BadSecret));
                }
                self.sessions.promote(asker);
                return Err(Ask::Operator(token));
            }
            read => return Err(read),
        })
    }

    fn order(&self, asker: SessionNumber, order: Order) -> Result<Command, Ask> {
        let session = self.id(asker);
        Ok(match order {
            Order::Announce(text) => Command::Announce { session, text },
            Order::Tell { to, text } => {
                let to = self.whom(to)?;
                if let Whom::Session(session) = to
                    && self.sessions.answers_only(session.number)
                {
                    return Err(Ask::Unreadable(Refusal::NotHere));
                }
                Command::Tell { session, to, text }
            }
            Order::Kick(who) => Command::Kick { session, who: self.whom(who)? },
            Order::Ban { who, for_ms } => Command::Ban { session, who, for_ms },
            Order::Release(resource) => Command::Release { session, resource },
            Order::Sessions => return Err(Ask::Order(Order::Sessions)),
        })
    }

    /// Whom the operator means: who is connected from an address has a session now.
    fn whom(&self, addressee: Addressee) -> Result<Whom, Ask> {
        match addressee {
            Addressee::Name(name) => Ok(Whom::Name(name)),
            Addressee::Peer(peer) => match self.sessions.at(peer) {
                Some(session) => Ok(Whom::Session(self.id(session))),
                None => Err(Ask::Unreadable(Refusal::NotHere)),
            },
        }
    }

    /// Answers what changes nothing in the log, in its turn.
    pub(super) fn read(&mut self, session: SessionNumber, ask: &Ask, out: &mut Vec<Output>) {
        let answer = match ask {
            Ask::Watch(watched) => self.watch(session, watched, out),
            Ask::Unwatch(watched) => self.unwatch(session, watched, out),
            Ask::Typing(room) => self.pass_on(session, room.as_deref(), out),
            Ask::Order(Order::Sessions) => Ok(Answer::Sessions(self.everybody())),
            read => {
                let named = self.sessions.is_shown_names(session);
                let (state, most) = (&self.state, self.resume_bytes);
                Ok(reading::answer(state, self.id(session), named, most, read))
            }
        };
        let answer = answer.unwrap_or_else(Answer::Refused);
        out.push(Output::Reply { session, answer });
    }

    fn watch(
        &mut self,
        session: SessionNumber,
        watched: &Watched,
        out: &mut Vec<Output>,
    ) -> Result<Answer, Refusal> {
        let feed = self.feed(session, watched)?;
        if let Some(watching) = self.sessions.watching(session) {
            let (fresh, parts) = watching.add(feed)?;
            out.extend(parts.into_iter().map(|feed| Output::Unfollow { session, feed }));
            out.extend(fresh.map(|feed| Output::Follow { session, feed }));
        }
        Ok(Answer::Watching(true))
    }

    fn unwatch(
        &mut self,
        session: SessionNumber,
        watched: &Watched,
        out: &mut Vec<Output>,
    ) -> Result<Answer, Refusal> {
        let feed = self.feed(session, watched)?;
        if let Some(watching) = self.sessions.watching(session) {
            let gone = watching.remove(&feed).into_iter();
            out.extend(gone.map(|feed| Output::Unfollow { session, feed }));
        }
        Ok(Answer::Watching(false))
    }

    fn feed(&self, session: SessionNumber, watched: &Watched) -> Result<Feed, Refusal> {
        match watched {
            Watched::Resources => Ok(Feed::Resources),
            Watched::Resource(key) if self.state.resources().contains(key) => {
                Ok(Feed::Resource(key.clone()))
            }
            Watched::Resource(_) => Err(Refusal::NoSuchResource),
            Watched::Room(key) => {
                let session = self.id(session);
                if self.state.name_of(session).is_none() {
                    return Err(Refusal::NameFirst);
                }
                self.state.rooms().meant(session, Some(key)).map(Feed::Signals)
            }
        }
    }

    /// Lets those who watch a room know that somebody types there.
    fn pass_on(
        &mut self,
        session: SessionNumber,
        room: Option<&str>,
        out: &mut Vec<Output>,
    ) -> Result<Answer, Refusal> {
        let id = self.id(session);
        let name = self.state.name_of(id).ok_or(Refusal::NameFirst)?;
        let room = self.state.rooms().meant(id, room)?;
        let now_ms = self.now.uptime_ms;
        if self.sessions.watching(session).is_some_and(|watching| watching.types(now_ms)) {
            let known = self.state.rooms().get(room).expect("somebody is in it");
            let event = Event::Typing { room: known.name.shown.clone(), name };
            let feed = Feed::Signals(room);
            out.push(Output::Published { feed, seq: None, sender: Some(session), event });
        }
        Ok(Answer::PassedOn)
    }

    fn everybody(&self) -> Vec<SessionView> {
        let now_ms = self.now.uptime_ms;
        let view = |(session, peer, listener, since_ms): (_, _, _, u64)| SessionView {
            peer,
            listener,
            name: self.state.name_of(self.id(session)),
            for_ms: now_ms.saturating_sub(since_ms),
        };
        self.sessions.views().map(view).collect()
    }
}

/// Whether a command has an effect that outlives its session, and so may be asked for twice.
fn may_have_key(command: &Command) -> bool {
    match command {
        Command::Join { .. }
        | Command::Leave { .. }
        | Command::Topic { .. }
        | Command::Say { .. }
        | Command::To { .. }
        | Command::Note { .. }
        | Command::Reserve { .. }
        | Command::Cancel { .. } => true,
        Command::Rules { .. }
        | Command::NodeUp { .. }
        | Command::Declare { .. }
        | Command::History { .. }
        | Command::Name { .. }
        | Command::Announce { .. }
        | Command::Tell { .. }
        | Command::Kick { .. }
        | Command::Ban { .. }
        | Command::Release { .. }
        | Command::End { .. }
        | Command::Check { .. } => false,
    }
}

/// What is too long to be the name of anything is refused before it fills the log.
fn mentions_nothing(ask: &Ask) -> Option<Refusal> {
    let nobody = |key: &str| key.len() > KEY_BYTES || key.as_bytes().contains(&0);
    let nowhere = |room: &Option<crate::Text>| room.as_deref().is_some_and(nobody);
    match ask {
        Ask::Reserve(key) | Ask::Cancel(key) | Ask::Order(Order::Release(key)) if nobody(key) => {
            Some(Refusal::NoSuchResource)
        }
        Ask::To { name, .. }
        | Ask::Order(
            Order::Kick(Addressee::Name(name)) | Order::Tell { to: Addressee::Name(name), .. },
        ) if nobody(name) => Some(Refusal::NotHere),
        Ask::Order(Order::Ban { who: Barred::Name(name), .. }) if nobody(name) => {
            Some(Refusal::BadName)
        }
        Ask::Leave(room) | Ask::SetTopic { room, .. } | Ask::Say { room, .. } if nowhere(room) => {
            Some(Refusal::NoSuchRoom)
        }
        _ => None,
    }
}
