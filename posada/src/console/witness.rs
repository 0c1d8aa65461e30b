//! The witness beside the engine: it sees what goes into the core and what comes out, and tells
//! the operator of it.
//!
//! All that clients do passes the engine, whatever listener they came by, so nothing else has to
//! be told to tell. What is in the log is told when it has come back from there. It keeps who is
//! connected, and from whom an answer is still due, since whoever leaves is told of last.

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;

use posada_core::{
    Answer, Command, Event, Feed, Goodbye, Input, ListenerId, Order, Output, Reach, Seq,
    SessionNumber, Text,
};

use super::queue::Teller;
use super::reply::{Asked, Reply};
use super::{CONSOLE, News, Who};

/// Sees everything, and tells.
pub struct Witness {
    teller: Teller,
    /// The names of the listeners, by [`ListenerId`].
    listeners: Vec<&'static str>,
    present: HashMap<SessionNumber, Present>,
    /// What was typed and is not answered yet.
    asked: VecDeque<Asked>,
    /// The last entry that was told: answers that are given again are older.
    last: Seq,
}

/// Somebody who is connected, or still owed an answer.
struct Present {
    peer: Option<SocketAddr>,
    name: Option<Text>,
    /// Asks that are not answered yet.
    outstanding: usize,
    /// The connection has ended.
    closed: bool,
    /// It was told why it is closed.
    reason: Option<Goodbye>,
}

impl Witness {
    /// One who has seen nothing yet.
    pub fn new(teller: Teller, listeners: Vec<&'static str>) -> Self {
        let (present, asked) = (HashMap::new(), VecDeque::new());
        Self { teller, listeners, present, asked, last: Seq(0) }
    }

    /// Tells of something beside the core.
    pub fn tell(&self, wall_ms: u64, news: News) {
        self.teller.tell(wall_ms, news);
    }

    /// A listener itself closes a session, before the core hears of it.
    pub fn dismissed(&mut self, session: SessionNumber, reason: Goodbye) {
        if let Some(present) = self.present.get_mut(&session) {
            present.reason.get_or_insert(reason);
        }
    }

    /// Sees one step of the core.
    pub fn sees(&mut self, wall_ms: u64, input: &Input, outputs: &[Output]) {
        match input {
            // Who comes from nowhere is a part of the server.
            Input::Opened { session, listener, peer: Some(peer) } => {
                self.opened(wall_ms, *session, *listener, *peer);
            }
            Input::Asked { session, ask, .. } if *session == CONSOLE => {
                self.asked.push_back(Asked::from(ask));
            }
            Input::Asked { session, .. } => {
                if let Some(present) = self.present.get_mut(session) {
                    present.outstanding += usize::from(present.reason.is_none());
                }
            }
            Input::Drain => self.tell(wall_ms, News::Closing),
            _ => {}
        }
        let command = match input {
            Input::Appended { entry, .. } | Input::NotAppended { entry } => Some(&entry.command),
            _ => None,
        };
        for output in outputs {
            self.came_out(wall_ms, command, output);
        }
        if let Input::Appended { seq, .. } = input {
            self.last = *seq;
        }
        if let Input::Closed { session } = input {
            if let Some(present) = self.present.get_mut(session) {
                present.closed = true;
            }
            self.forget(wall_ms, *session);
        }
    }

    fn opened(
        &mut self,
        wall_ms: u64,
        session: SessionNumber,
        listener: ListenerId,
        peer: SocketAddr,
    ) {
        let peer = Some(peer);
        let listener = self.listeners.get(usize::from(listener.0)).copied().unwrap_or("?");
        let present = Present { peer, name: None, outstanding: 0, closed: false, reason: None };
        self.present.insert(session, present);
        self.tell(wall_ms, News::Connected(Who { peer, name: None }, listener));
    }

    fn came_out(&mut self, wall_ms: u64, command: Option<&Command>, output: &Output) {
        match output {
            Output::Reply { session, answer } if *session == CONSOLE => {
                let asked = self.asked.pop_front().unwrap_or(Asked::Other);
                let reply = Reply::new(asked, answer, &self.listeners);
                self.tell(wall_ms, News::Reply(reply));
            }
            Output::Reply { session, answer } => self.replied(wall_ms, *session, command, answer),
            Output::Published { event, feed: Feed::Room(_) | Feed::Everyone, .. } => {
                if let Some(news) = published(event) {
                    self.tell(wall_ms, news);
                }
            }
            Output::Direct { session, event, .. } => {
                let to = self.who(*session);
                match event {
                    Event::Direct { from, .. } => {
                        self.tell(wall_ms, News::Direct(from.clone(), to));
                    }
                    Event::Told { text } => self.tell(wall_ms, News::Told(to, text.clone())),
                    _ => {}
                }
            }
            Output::Noted { text, .. } => self.tell(wall_ms, News::Noted(text.clone())),
            Output::Close { session, reason } => {
                if let Some(present) = self.present.get_mut(session) {
                    present.reason.get_or_insert(*reason);
                    present.outstanding = 0;
                }
                self.forget(wall_ms, *session);
            }
            _ => {}
        }
    }

    fn replied(
        &mut self,
        wall_ms: u64,
        session: SessionNumber,
        command: Option<&Command>,
        answer: &Answer,
    ) {
        let who = self.who(session);
        let news = match answer {
            Answer::Refused(refusal) => Some(News::Refused(who, *refusal)),
            Answer::Operator => Some(News::Operator(who)),
            Answer::Named { seq, name, resumed } if *seq > self.last => {
                let before = Who { name: None, ..who };
                Some(News::Named(before, name.clone(), *resumed))
            }
            Answer::Joined { seq, room, .. } if *seq > self.last => {
                Some(News::Joined(who, room.clone()))
            }
            Answer::Left { seq, room } if *seq > self.last => {
                Some(News::Departed(who, room.clone()))
            }
            Answer::Reserved { seq, resource } if *seq > self.last => {
                Some(News::Reserved(who, resource.clone()))
            }
            Answer::Cancelled { seq, resource } if *seq > self.last => match command {
                Some(Command::Release { .. }) => {
                    Some(News::Ordered(who, Order::Release(resource.clone())))
                }
                _ => Some(News::Cancelled(who, resource.clone())),
            },
            Answer::Said { reach: Some(Reach::Kept), .. } => match command {
                Some(Command::To { name, .. }) => Some(News::Kept(who, name.clone())),
                _ => None,
            },
            Answer::Done { seq } if *seq > self.last => {
                command.and_then(ordered).map(|order| News::Ordered(who, order))
            }
            _ => None,
        };
        if let Some(news) = news {
            self.tell(wall_ms, news);
        }
        if let Some(present) = self.present.get_mut(&session) {
            present.outstanding = present.outstanding.saturating_sub(1);
            if let Answer::Named { name, .. } = answer {
                present.name = Some(name.clone());
            }
        }
        self.forget(wall_ms, session);
    }

    /// Tells of the end of who is gone and owed nothing any more.
    fn forget(&mut self, wall_ms: u64, session: SessionNumber) {
        let over = |it: &Present| it.closed && (it.outstanding == 0 || it.reason.is_some());
        if self.present.get(&session).is_some_and(over)
            && let Some(gone) = self.present.remove(&session)
        {
            let reason = gone.reason.filter(|reason| *reason != Goodbye::Left);
            let who = Who { peer: gone.peer, name: gone.name };
            self.tell(wall_ms, News::Gone(who, reason));
        }
    }

    fn who(&self, session: SessionNumber) -> Who {
        let known = self.present.get(&session);
        known.map_or_else(Who::default, |it| Who { peer: it.peer, name: it.name.clone() })
    }
}

fn published(event: &Event) -> Option<News> {
    match event.clone() {
        Event::Said { room, from, text } => Some(News::Said { room, from, text }),
        Event::Topic { room, from, text } => Some(News::Topic { room, from, text }),
        Event::Announced { text } => Some(News::Announced(text)),
        _ => None,
    }
}

/// What was ordered, where that shows in nothing else.
fn ordered(command: &Command) -> Option<Order> {
    match command {
        Command::Ban { who, for_ms, .. } => Some(Order::Ban { who: who.clone(), for_ms: *for_ms }),
        Command::Release { resource, .. } => Some(Order::Release(resource.clone())),
        _ => None,
    }
}
