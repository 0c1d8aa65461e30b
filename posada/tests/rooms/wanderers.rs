//! People who walk from room to room and talk: what each of them reads is exactly what the log
//! says that somebody reads who was there, when it was there, and in the log's order.

use std::collections::BTreeMap;
use std::sync::Barrier;

use posada_core::{Command, SessionId};

use crate::dialects::{Ask, Dialect, Done, Event};
use crate::support::{Client, Dice, House, Server, at_once, read_log};

const DIALECTS: [Dialect; 4] = [Dialect::Hand, Dialect::Json, Dialect::Talk, Dialect::Hand];
const PEOPLE: usize = 16;
const ROOMS: [&str; 6] = ["lobby", "dev", "taller", "gpu", "cocina", "patio"];
const BURSTS: usize = 30;

/// One of them, with all that it asked and all that it read.
struct Wanderer {
    name: String,
    dialect: Dialect,
    socket: Client,
    /// Where it is, the current room last.
    rooms: Vec<&'static str>,
    asked: Vec<Ask>,
    read: Vec<String>,
}

#[test]
fn who_walks_about_hears_each_room_while_in_it_and_nothing_else() {
    let house = House::new().with("listeners.talk.per_second=0").with("listeners.talk.sessions=0");
    let server = house.opens();
    let mut dice = Dice::fresh();
    let people: Vec<_> =
        (0..PEOPLE).map(|n| (Wanderer::arrives(&server, n), dice.split())).collect();
    let all_have_talked = Barrier::new(PEOPLE);
    let people = at_once(people, |(mut wanderer, mut dice)| {
        for _ in 0..BURSTS {
            wanderer.walks(&mut dice);
        }
        all_have_talked.wait();
        wanderer.asks([Ask::Ping]);
        wanderer
    });
    server.stops();

    let told = Retold::of(&house, &people);
    for (wanderer, expected) in people.iter().zip(&told.lines) {
        let name = &wanderer.name;
        let at = wanderer.read.iter().zip(expected).take_while(|(one, other)| one == other);
        let at = at.count();
        let (read, expected) = (wanderer.read.get(at..), expected.get(at..));
        assert_eq!(read, expected, "what {name} reads after line {at}, and what the log says");
    }
    assert!(told.moves > PEOPLE * BURSTS / 4, "only {} moves", told.moves);
    assert!(told.heard > 2_000, "only {} events", told.heard);
}

impl Wanderer {
    fn arrives(server: &Server, n: usize) -> Self {
        let (name, dialect) = (format!("w{n}"), DIALECTS[n % DIALECTS.len()]);
        let socket = match dialect {
            Dialect::Hand => server.native(&name).named(&name).socket,
            Dialect::Json => server.program(&name).named(&name).socket,
            Dialect::Talk => server.talk_in_lines(&name, "\n"),
        };
        Self { name, dialect, socket, rooms: vec!["lobby"], asked: vec![], read: vec![] }
    }

    /// Does a few things at once, and reads until all are answered.
    fn walks(&mut self, dice: &mut Dice) {
        let burst: Vec<_> = (0..=dice.below(4)).map(|_| self.decides(dice)).collect();
        self.asks(burst);
    }

    fn decides(&mut self, dice: &mut Dice) -> Ask {
        let said = |dice: &mut Dice| format!("{} {}", self.name, dice.below(1_000_000));
        if self.rooms.is_empty() || dice.below(4) == 0 {
            let room = ROOMS[dice.place(ROOMS.len())];
            self.rooms.retain(|it| *it != room);
            self.rooms.push(room);
            return Ask::Join(room.to_owned());
        }
        let place = dice.place(self.rooms.len());
        let room = self.rooms[place].to_owned();
        match dice.below(8) {
            0 | 1 => {
                self.rooms.remove(place);
                Ask::Leave(room)
            }
            2 | 3 => Ask::SayIn(room, said(dice)),
            4 if dice.below(3) == 0 => Ask::Topic(room, String::new()),
            4 => Ask::Topic(room, said(dice)),
            _ => Ask::Say(said(dice)),
        }
    }

    fn asks(&mut self, burst: impl IntoIterator<Item = Ask>) {
        let before = self.asked.len();
        self.asked.extend(burst);
        let requests = self.asked[before..].iter().zip(before + self.first_number()..);
        let requests: Vec<_> = requests.map(|(ask, id)| self.dialect.request(id, ask)).collect();
        self.socket.sends(requests.join("\n") + "\n");
        let mut open = self.asked.len() - before;
        while open > 0 {
            let line = self.socket.line().expect("a wanderer is never cut");
            open -= usize::from(self.dialect.is_answer(&line));
            self.read.push(line);
        }
    }

    /// A program has asked for its name before.
    fn first_number(&self) -> usize {
        if self.dialect == Dialect::Json { 2 } else { 1 }
    }
}

/// What everybody must have read, told from the commands in the log alone.
struct Retold<'p> {
    people: &'p [Wanderer],
    lines: Vec<Vec<String>>,
    /// Where each person is, the current room last.
    rooms: Vec<Vec<String>>,
    topics: BTreeMap<String, String>,
    moves: usize,
    heard: usize,
}

impl<'p> Retold<'p> {
    #[track_caller]
    fn of(house: &House, people: &'p [Wanderer]) -> Self {
        let mut told = Self {
            people,
            lines: vec![vec![]; people.len()],
            rooms: vec![vec![]; people.len()],
            topics: BTreeMap::new(),
            moves: 0,
            heard: 0,
        };
        let mut sessions: BTreeMap<SessionId, usize> = BTreeMap::new();
        let mut answered = vec![0; people.len()];
        for (seq, entry) in (1..).zip(read_log(house.data()).expect("the log is sound")) {
            if let Command::Name { session, name, .. } = &entry.command {
                let who = people.iter().position(|it| it.name == *name.shown);
                let who = who.expect("nobody else took a name");
                sessions.insert(*session, who);
                told.rooms[who].push("lobby".to_owned());
            } else if let Some(session) = entry.command.asker() {
                let who = sessions[&session];
                let done = told.apply(seq, who, &entry.command);
                let wanderer = &people[who];
                let id = answered[who] + wanderer.first_number();
                told.lines[who].push(wanderer.dialect.answer(id, &done));
                answered[who] += 1;
            }
        }
        for (who, wanderer) in people.iter().enumerate() {
            let id = answered[who] + wanderer.first_number();
            told.lines[who].push(wanderer.dialect.answer(id, &Done::Pong));
            assert_eq!(answered[who] + 1, wanderer.asked.len(), "each request is in the log once");
        }
        told
    }

    fn apply(&mut self, seq: u64, who: usize, command: &Command) -> Done {
        let current = self.rooms[who].last().cloned();
        match command {
            Command::Join { room, .. } => {
                let room = room.shown.to_string();
                self.moves += 1;
                self.rooms[who].retain(|it| *it != room);
                self.rooms[who].push(room.clone());
                let here = self.rooms.iter().filter(|rooms| rooms.contains(&room)).count();
                let topic = self.topics.get(&room).cloned().unwrap_or_default();
                Done::Joined { seq, room, here, topic }
            }
            Command::Leave { room, .. } => {
                let room = room.as_deref().map(str::to_owned).or(current).expect("it is in one");
                self.rooms[who].retain(|it| *it != room);
                self.moves += 1;
                Done::Left { seq, room }
            }
            Command::Topic { room, text, .. } => {
                let room = room.as_deref().map(str::to_owned).or(current).expect("it is in one");
                self.tell(seq, who, &room, text, true);
                self.topics.insert(room.clone(), text.to_string());
                Done::TopicSet { seq, room }
            }
            Command::Say { room, text, .. } => {
                let by_verb = room.is_some();
                let room = room.as_deref().map(str::to_owned).or(current).expect("it is in one");
                let addressed = self.tell(seq, who, &room, text, false);
                Done::Said { seq, addressed, by_verb }
            }
            other => panic!("nobody asked for {other:?}"),
        }
    }

    /// Everybody else in the room reads it. Returns how many they are.
    fn tell(&mut self, seq: u64, who: usize, room: &str, text: &str, is_topic: bool) -> usize {
        let from = &self.people[who].name;
        let event = Event { seq, room, from, text, is_topic };
        let mut addressed = 0;
        for (other, rooms) in self.rooms.iter().enumerate() {
            if other != who && rooms.iter().any(|it| it == room) {
                self.lines[other].extend(self.people[other].dialect.event(&event));
                addressed += 1;
            }
        }
        self.heard += addressed;
        addressed
    }
}
