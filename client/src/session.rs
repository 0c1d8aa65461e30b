//! A conversation with a person: one loop over one closed enum of events. It owns the tongue, the
//! socket and the screen; one thread reads the keyboard, one the network.

use std::io::ErrorKind;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use crate::input::Input;
use crate::lines::Lines;
use crate::link::{Place, Socket};
use crate::screen::Screen;
use crate::target::Transport;
use crate::tongue::{Step, Tone, Tongue};

/// A line whose end does not come is shown after so long.
const SILENCE: Duration = Duration::from_millis(60);
/// How long a server may take to say goodbye.
const GOODBYE: Duration = Duration::from_secs(2);
/// How long the first answers may take before somebody may type.
const SETTLING: Duration = Duration::from_secs(1);
/// Between attempts to connect again: at first, and at most.
const RETRY: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(5));

/// Everything that can happen.
pub(crate) enum Event {
    /// The person typed a line.
    Typed(String),
    /// The person wants to leave.
    Leave,
    /// The server sent something.
    Arrived(Vec<u8>),
    /// There is a connection again.
    Connected(Socket),
    /// The connection ended: why, unless it was in order.
    Ended(Option<String>),
    /// A datagram found nobody.
    Nobody,
}

/// How a conversation ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// Somebody wanted it to.
    Left,
    /// The person gave up waiting for a server that was gone.
    CutOff,
}

pub(crate) struct Session {
    place: Place,
    tongue: Box<dyn Tongue>,
    screen: Screen,
    lines: Lines,
    /// `None` while there is no connection.
    socket: Option<Socket>,
    sender: Sender<Event>,
    events: Receiver<Event>,
    /// When to stop waiting for the goodbye.
    leaving: Option<Instant>,
    over: bool,
    connected: Instant,
    retry: Duration,
}

impl Session {
    pub(crate) fn new(
        place: Place,
        tongue: Box<dyn Tongue>,
        screen: Screen,
        socket: Socket,
    ) -> Self {
        let (sender, events) = mpsc::channel();
        Self {
            place,
            tongue,
            screen,
            lines: Lines::default(),
            socket: Some(socket),
            sender,
            events,
            leaving: None,
            over: false,
            connected: Instant::now(),
            retry: RETRY.0,
        }
    }

    /// Shows what this program has to say.
    pub(crate) fn notice(&mut self, text: &str) {
        self.screen.show(&Tone::Notice, text);
    }

    /// Talks until one side ends it. `heard`: what arrived already; `checked`: see [`Tongue`].
    pub(crate) fn run(mut self, input: Input, heard: &[u8], checked: bool) -> Ending {
        let steps = self.tongue.opens(checked);
        self.take(steps);
        if !heard.is_empty() {
            self.arrived(heard);
        }
        if let Some(reader) = self.socket.as_ref().and_then(|socket| socket.try_clone().ok()) {
            let events = self.sender.clone();
            thread::spawn(move || read(&reader, &events));
        }
        let mut input = Some(input);
        let settled = Instant::now() + SETTLING;
        let ending = loop {
            // The prompt says who one is: it waits for the server to agree, but not for ever.
            if self.tongue.is_settled() || Instant::now() >= settled {
                let events = self.sender.clone();
                input.take().map(|input| thread::spawn(move || input.run(&events)));
            }
            if let Some(ending) = self.turn(input.is_some().then_some(settled)) {
                break ending;
            }
        };
        self.screen.flush();
        ending
    }

    /// Waits for one event, at most until then, and handles it.
    fn turn(&mut self, until: Option<Instant>) -> Option<Ending> {
        let event = match self.patience(until) {
            Some(patience) => self.events.recv_timeout(patience),
            None => self.events.recv().map_err(|_| RecvTimeoutError::Disconnected),
        };
        match event {
            Ok(Event::Typed(line)) => return self.typed(&line),
            Ok(Event::Leave) if self.socket.is_none() => return Some(Ending::CutOff),
            Ok(Event::Leave) => {
                let steps = self.tongue.leaves();
                self.take(steps);
            }
            Ok(Event::Arrived(bytes)) => self.arrived(&bytes),
            Ok(Event::Connected(socket)) => self.connected(socket),
            Ok(Event::Ended(why)) => return self.ended(why),
            Ok(Event::Nobody) => self.notice(&format!("nobody listens at {}", self.place)),
            Err(RecvTimeoutError::Timeout) => {
                if self.leaving.is_some_and(|deadline| Instant::now() >= deadline) {
                    return Some(Ending::Left);
                }
                if !self.tongue.waits_for_line_ends() {
                    let unended = self.lines.unended();
                    self.shows(unended);
                }
            }
            Err(RecvTimeoutError::Disconnected) => return Some(Ending::Left),
        }
        None
    }

    fn patience(&self, until: Option<Instant>) -> Option<Duration> {
        let left = |at: Instant| at.saturating_duration_since(Instant::now());
        let unended = self.lines.is_pending() && !self.tongue.waits_for_line_ends();
        let silence = unended.then_some(SILENCE);
        [self.leaving.map(left), until.map(left), silence].into_iter().flatten().min()
    }

    fn typed(&mut self, line: &str) -> Option<Ending> {
        if self.socket.is_some() {
            let steps = self.tongue.typed(line);
            self.take(steps);
            return None;
        }
        let word = line.trim().trim_start_matches('/');
        if posada_wire::Verb::parse(word) == Some(posada_wire::Verb::Quit) {
            return Some(Ending::CutOff);
        }
        self.notice("not sent: there is no connection (Ctrl-D leaves)");
        None
    }

    fn arrived(&mut self, bytes: &[u8]) {
        for line in self.lines.feed(bytes) {
            self.shows(Some(line));
        }
        if self.place.transport == Transport::Udp {
            let rest = self.lines.rest();
            self.shows(rest);
            // That was the answer to the last thing that was sent.
            self.leaving = self.leaving.map(|_| Instant::now());
        }
    }

    fn shows(&mut self, line: Option<String>) {
        if let Some(line) = line {
            let steps = self.tongue.arrived(&line);
            self.take(steps);
        }
    }

    fn take(&mut self, steps: Vec<Step>) {
        for step in steps {
            match step {
                Step::Show(tone, text) => self.screen.show(&tone, &text),
                Step::Over => self.over = true,
                Step::Leave => self.leave(),
                Step::Send(bytes) => {
                    let sent = self.socket.as_ref().map(|socket| (socket.send(&bytes), socket));
                    if let Some((Err(why), socket)) = sent {
                        // Whoever reads it learns of the end, in order with what came before.
                        socket.close();
                        self.notice(&format!("not sent: {why}"));
                    }
                }
            }
        }
    }

    fn leave(&mut self) {
        self.leaving = Some(Instant::now() + GOODBYE);
        if let Some(socket) = &self.socket {
            socket.hang_up();
        }
    }

    fn connected(&mut self, socket: Socket) {
        self.socket = Some(socket);
        self.connected = Instant::now();
        self.notice(&format!("connected again to {}", self.place));
        let steps = self.tongue.opens(false);
        self.take(steps);
    }

    fn ended(&mut self, why: Option<String>) -> Option<Ending> {
        let rest = self.lines.rest();
        self.shows(rest);
        self.socket = None;
        if self.leaving.is_some() {
            return Some(Ending::Left);
        }
        let steps = self.tongue.lost();
        self.take(steps);
        let why = why.unwrap_or_else(|| "the server ended it".to_owned());
        if self.over {
            self.notice(&format!("the connection is over: {why}"));
            return Some(Ending::Left);
        }
        self.notice(&format!("connection lost: {why}; trying again (Ctrl-D leaves)"));
        if self.connected.elapsed() > RETRY.1 * 2 {
            self.retry = RETRY.0;
        }
        let (place, delay, events) = (self.place.clone(), self.retry, self.sender.clone());
        self.retry = (self.retry * 2).min(RETRY.1);
        thread::spawn(move || reconnect(&place, delay, &events));
        None
    }
}

fn reconnect(place: &Place, mut delay: Duration, events: &Sender<Event>) {
    let (socket, reader) = loop {
        thread::sleep(delay);
        delay = (delay * 2).min(RETRY.1);
        let opened = place.stream().ok().map(Socket::Tcp);
        let opened = opened.and_then(|socket| Some((socket.try_clone().ok()?, socket)));
        if let Some(opened) = opened {
            break opened;
        }
    };
    if events.send(Event::Connected(socket)).is_ok() {
        read(&reader, events);
    }
}

/// Reads until the end, and passes it on.
fn read(socket: &Socket, events: &Sender<Event>) {
    let datagrams = matches!(socket, Socket::Udp(_));
    let mut bytes = vec![0; 65_536];
    loop {
        let event = match socket.receive(&mut bytes) {
            Ok(Some(count)) => Event::Arrived(bytes[..count].to_vec()),
            Ok(None) => Event::Ended(None),
            Err(why) if datagrams && why.kind() == ErrorKind::ConnectionRefused => Event::Nobody,
            Err(why) => Event::Ended(Some(why.to_string())),
        };
        let last = matches!(event, Event::Ended(_));
        if events.send(event).is_err() || last {
            return;
        }
    }
}
