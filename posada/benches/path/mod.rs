//! A command's way through the files without its sockets: framer, dialogue, engine with a log in
//! memory, dialogue. Fifty sessions, each with its turn's worth of lines, as the reactor has it.

use posada::engine::Engine;
use posada_core::{Admission, Entry, Founding, Input, ListenerId, Output, SessionNumber, Setup};
use posada_log::{MAX_BATCH_BYTES, Memory};
use posada_wire::{Dialogue, Framer, Framing, Language, Profile, Read, names, record};

/// Sessions, as in the table of docs/performance.md.
pub(crate) const SESSIONS: usize = 50;
/// Lines of each session in a turn.
pub(crate) const DEPTH: usize = 16;
/// What there is to reserve.
pub(crate) const RESOURCES: usize = 10_000;

/// One session's way in and out.
struct Client {
    session: SessionNumber,
    framer: Framer,
    dialogue: Dialogue,
    out: Vec<u8>,
}

/// A server without sockets.
pub(crate) struct House {
    engine: Engine,
    clients: Vec<Client>,
}

/// What every session says in one turn.
pub(crate) type Lines = Vec<Vec<u8>>;

impl House {
    /// Where everybody has a name.
    pub(crate) fn new() -> Self {
        let listeners = vec![Admission::default()];
        let setup = Setup { listeners, node: 1, ..Setup::default() };
        let mut engine = Engine::new(setup, Box::new(Memory::new()), MAX_BATCH_BYTES);
        let resources: Vec<_> = (0..RESOURCES)
            .map(|number| names::resource(&resource(number)).expect("a name"))
            .collect();
        let founding = Founding { resources: &resources, history_bytes: 0 };
        engine.start(&founding).expect("a log in memory takes everything");
        let mut clients = Vec::new();
        for number in 1..=SESSIONS as u64 {
            let session = SessionNumber(number);
            engine.feed(Input::Opened { session, listener: ListenerId(0), peer: None });
            let framer = Framer::new(Framing::Line, 8_192);
            let dialogue = Dialogue::new(Profile::Native, Language::En, 0);
            clients.push(Client { session, framer, dialogue, out: Vec::new() });
        }
        let mut house = Self { engine, clients };
        let named: Lines = (0..SESSIONS).map(|it| format!("name s{it}\n").into_bytes()).collect();
        house.turn(&named);
        house
    }

    /// Hears what everybody says, commits it, and spells the answers. Says how many bytes those
    /// are.
    pub(crate) fn turn(&mut self, said: &Lines) -> usize {
        for (client, said) in self.clients.iter_mut().zip(said) {
            client.framer.push(said, 1);
            while let Some(frame) = client.framer.pull() {
                let counted = frame.counted;
                if let Read::Ask(ask, key) = client.dialogue.read(&frame, || 7) {
                    let session = client.session;
                    self.engine.feed(Input::Asked { session, ask, key, counted });
                }
            }
        }
        self.engine.commit().expect("a log in memory takes everything");
        let mut effects = self.engine.effects();
        for effect in effects.drain(..) {
            if let Output::Reply { session, answer } = effect {
                let place = usize::try_from(session.0 - 1).expect("few sessions");
                let client = &mut self.clients[place];
                client.dialogue.reply(&answer, &mut client.out);
                client.out.push(b'\n');
            }
        }
        self.engine.recycle(effects);
        self.clients.iter_mut().map(|client| std::mem::take(&mut client.out).len()).sum()
    }
}

/// Half a turn reserves and half gives back, each session what is its own.
pub(crate) fn reservations(json: bool) -> Lines {
    let ask = |verb: &str, at: usize, resource: String| {
        if json {
            format!("{{\"id\":{at},\"do\":\"{verb}\",\"resource\":\"{resource}\"}}\n")
        } else {
            format!("{verb} {resource}\n")
        }
    };
    let session = |session: usize| {
        let line = |at: usize| {
            let verb = if at < DEPTH / 2 { "reserve" } else { "cancel" };
            ask(verb, at, resource((session + at % (DEPTH / 2) * SESSIONS) * 7 % RESOURCES))
        };
        (0..DEPTH).map(line).collect::<String>().into_bytes()
    };
    (0..SESSIONS).map(session).collect()
}

/// Everybody asks whether the server is there.
pub(crate) fn pings() -> Lines {
    vec!["ping\n".repeat(DEPTH).into_bytes(); SESSIONS]
}

/// One talks to everybody, a turn's worth of lines.
pub(crate) fn talk() -> Lines {
    let text = "x".repeat(60);
    vec![format!("say {text}\n").repeat(DEPTH * SESSIONS).into_bytes()]
}

/// The entries of a turn's reservations, as they stand in the log.
pub(crate) fn entries() -> (Vec<Entry>, Vec<u8>) {
    use posada_core::{Command, SessionId, Time};
    let entry = |number: usize| {
        let session = SessionId { node: 1, epoch: 1, number: SessionNumber(1 << 20) };
        let resource = names::key(&resource(number));
        let command = Command::Reserve { session, resource };
        Entry { time: Time::new(1_795_000_000_000, 86_400_000), key: None, command }
    };
    let entries: Vec<_> = (0..SESSIONS * DEPTH).map(entry).collect();
    let mut payload = Vec::new();
    for entry in &entries {
        record::encode(entry, &mut payload);
    }
    (entries, payload)
}

fn resource(number: usize) -> String {
    format!("bench-{number:05}")
}
