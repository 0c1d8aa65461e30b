//! News in words: one line each, with the time in front.
//!
//! Two lines are those that the first servers showed, to the letter and in every language:
//! `Mensaje recibido: …` and `Servidor:…`. Read next: `span`, which keeps a line one.

use std::fmt::Write as _;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use posada_core::{Barred, Order};
use posada_wire::{Language, goodbye_code};

use super::span::{Line, Tone};
use super::words::{self, Words};
use super::{Guest, News, Reply, Thing, Who};
use crate::places::CONSOLE;

/// Puts news into words.
pub struct Speaker {
    language: Language,
    words: &'static Words,
    zone: TimeZone,
}

impl Speaker {
    /// One who speaks this language, and tells the time of this zone.
    pub fn new(language: Language, zone: TimeZone) -> Self {
        Self { language, words: words::of(language), zone }
    }

    /// What the console says first.
    pub fn welcome(&self) -> Line {
        Line::default().add(Tone::Faint, self.words.welcome)
    }

    /// How many lines were not shown.
    pub fn missed(&self, count: u64) -> Line {
        Line::default().add(Tone::Warning, &(self.words.missed)(count))
    }

    /// The lines that tell of something that happened then.
    pub fn say(&self, wall_ms: u64, news: &News) -> Vec<Line> {
        let words = self.words;
        let time = || Line::default().add(Tone::Faint, &self.time(wall_ms)).plain("  ");
        let about = |who: &Who| self.who(time(), who);
        let warning = |text: &str| time().add(Tone::Warning, text);
        let line = match news {
            News::Connected(who, listener) => {
                about(who).plain(&format!(" {} ", words.connected)).add(Tone::Faint, listener)
            }
            News::Named(who, name, again) => {
                let is = if *again { words.is_again } else { words.is };
                about(who).plain(&format!(" {is} ")).add(Tone::Name, name)
            }
            News::Joined(who, room) => about(who).plain(&format!(" {} #{room}", words.joins)),
            News::Departed(who, room) => about(who).plain(&format!(" {} #{room}", words.leaves)),
            News::Said { room, from, text } => {
                let room = format!("#{room} ");
                time().add(Tone::Faint, &room).add(Tone::Name, from).plain(": ").plain(text)
            }
            News::Topic { room, from, text } => {
                let topic = format!(" {}: {text}", words.topic);
                time().add(Tone::Faint, &format!("#{room} ")).add(Tone::Name, from).plain(&topic)
            }
            News::Direct(from, to) => {
                self.who(time().add(Tone::Name, from).plain(" → "), &without_peer(to))
            }
            News::Kept(from, to) => {
                let line = self.who(time(), &without_peer(from)).plain(" → ");
                line.add(Tone::Name, to).add(Tone::Faint, &format!(" ({})", words.kept))
            }
            News::Noted(text) => literal("Mensaje recibido: ", text),
            News::Announced(text) => literal("Servidor:", text),
            News::Told(to, text) => {
                let line = time().add(Tone::Literal, "Servidor").plain(" → ");
                self.who(line, &without_peer(to)).plain(": ").plain(text)
            }
            News::Reserved(who, what) => about(who).plain(&format!(" {} {what}", words.reserves)),
            News::Cancelled(who, what) => about(who).plain(&format!(" {} {what}", words.cancels)),
            News::Refused(who, refusal) => {
                // What to do next is for whoever asked.
                let (what, _) = self.language.explain(*refusal);
                let code = format!(" {}: {}", words.refused, refusal.code());
                about(who).add(Tone::Refused, &code).add(Tone::Faint, &format!(" – {what}"))
            }
            News::Operator(who) => about(who).add(Tone::Warning, &format!(" {}", words.operator)),
            News::Ordered(who, order) => about(who).plain(&format!(" {}", self.order(order))),
            News::Gone(who, None) => about(who).plain(&format!(" {}", words.left)),
            News::Gone(who, Some(reason)) => {
                let why = format!(" {}: {}", words.sent_away, goodbye_code(*reason));
                about(who).add(Tone::Refused, &why)
            }
            News::DiskSlow(ms) => warning(&(words.disk_slow)(*ms)),
            News::Overloaded => warning(words.overloaded),
            News::Relieved(refused) => warning(&(words.relieved)(*refused)),
            News::DiskFull(why) => warning(words.disk_full).add(Tone::Faint, &format!(" ({why})")),
            News::DiskFree => warning(words.disk_free),
            News::Log(text) => warning(text),
            News::NoInput => warning(words.no_input),
            News::Closing => warning(words.closing),
            News::Mistake(mistake) => Line::default().add(Tone::Refused, &(words.mistake)(mistake)),
            News::Help => return help(words),
            News::Reply(reply) => return self.reply(wall_ms, reply),
        };
        vec![line]
    }

    /// The lines of an answer to the operator.
    pub fn reply(&self, now_ms: u64, reply: &Reply) -> Vec<Line> {
        let words = self.words;
        let done = |text: &str| vec![Line::default().add(Tone::Done, text)];
        match reply {
            Reply::Sent(count) => done(&(words.sent)(*count)),
            Reply::Kept(name) => done(&format!("{name} {}", words.waits)),
            Reply::Done => done(words.done),
            Reply::Refused(refusal) => {
                let (what, next) = self.language.explain(*refusal);
                let code = format!("{}: {}", words.refused, refusal.code());
                let line = Line::default().add(Tone::Refused, &code);
                vec![line.add(Tone::Faint, &format!(" – {what} ({next})"))]
            }
            Reply::Guests(guests) => self.guests(guests),
            Reply::Names(names) if names.is_empty() => done(words.nobody),
            Reply::Names(names) => {
                names.iter().map(|name| Line::default().plain("  ").add(Tone::Name, name)).collect()
            }
            Reply::Rooms(rooms) => {
                let room = |(name, here, topic): &(_, u32, Option<_>)| {
                    let topic = topic.as_ref().map(|topic| format!("  {topic}"));
                    let line = Line::default().plain(&format!("  {here:>4}  #{name}"));
                    line.add(Tone::Faint, &topic.unwrap_or_default())
                };
                rooms.iter().map(room).collect()
            }
            Reply::Resources(resources) if resources.is_empty() => done(words.none),
            Reply::Resources(resources) => {
                resources.iter().map(|thing| self.resource(now_ms, thing)).collect()
            }
        }
    }

    fn resource(&self, now_ms: u64, thing: &Thing) -> Line {
        let words = self.words;
        let line = Line::default().plain(&format!("  {}: ", thing.name));
        let Some(since_ms) = thing.since_ms else { return line.add(Tone::Done, words.free) };
        let line = match &thing.holder {
            Some(holder) => line.plain(&format!("{} ", words.held_by)).add(Tone::Name, holder),
            None => line.plain(words.held),
        };
        let for_ms = now_ms.saturating_sub(since_ms);
        line.add(Tone::Faint, &format!(" ({})", age(for_ms)))
    }

    /// Everybody who is connected, in columns; who came first is first.
    fn guests(&self, guests: &[Guest]) -> Vec<Line> {
        let is_console = |it: &Guest| it.peer.is_none() && it.listener == CONSOLE;
        let peer = |it: &Guest| match &it.peer {
            Some(peer) => peer.clone(),
            None if is_console(it) => self.words.console.to_owned(),
            None => "-".to_owned(),
        };
        let width = |of: &dyn Fn(&Guest) -> usize| guests.iter().map(of).max().unwrap_or(0);
        let peers = width(&|it| peer(it).chars().count());
        let listener = |it: &Guest| if is_console(it) { "" } else { &it.listener }.to_owned();
        let listeners = width(&|it| listener(it).chars().count());
        let guest = |it: &Guest| {
            let listener = listener(it);
            let line = Line::default()
                .plain(&format!("  {:<peers$}  ", peer(it)))
                .add(Tone::Faint, &format!("{listener:<listeners$}  {:>6}  ", age(it.for_ms)));
            line.add(Tone::Name, it.name.as_deref().unwrap_or(""))
        };
        guests.iter().map(guest).collect()
    }

    fn order(&self, order: &Order) -> String {
        let barred = |who: &Barred| match who {
            Barred::Name(name) => name.to_string(),
            Barred::Address(address) => address.to_string(),
        };
        match order {
            Order::Ban { who, for_ms: 0 } => format!("{} {}", self.words.unbans, barred(who)),
            Order::Ban { who, for_ms } => {
                format!("{} {} ({})", self.words.bans, barred(who), age(*for_ms))
            }
            Order::Release(what) => format!("{} {what}", self.words.releases),
            _ => self.words.done.to_owned(),
        }
    }

    fn who(&self, line: Line, who: &Who) -> Line {
        match (&who.name, who.peer) {
            (Some(name), Some(peer)) => {
                line.add(Tone::Name, name).add(Tone::Faint, &format!(" ({peer})"))
            }
            (Some(name), None) => line.add(Tone::Name, name),
            (None, Some(peer)) => line.plain(&peer.to_string()),
            (None, None) => line.add(Tone::Faint, self.words.somebody),
        }
    }

    fn time(&self, wall_ms: u64) -> String {
        let time = i64::try_from(wall_ms).ok().and_then(|ms| Timestamp::from_millisecond(ms).ok());
        let time = time.unwrap_or_default().to_zoned(self.zone.clone());
        let mut text = String::new();
        write!(text, "{}", time.strftime("%H:%M:%S")).expect("a string takes any text");
        text
    }
}

fn literal(head: &str, text: &str) -> Line {
    Line::default().add(Tone::Literal, head).plain(text)
}

fn help(words: &Words) -> Vec<Line> {
    words.help.lines().map(|line| Line::default().plain("  ").plain(line)).collect()
}

/// Who has a name is known by it; where from was told when they came.
fn without_peer(who: &Who) -> Who {
    let peer = who.peer.filter(|_| who.name.is_none());
    Who { peer, name: who.name.clone() }
}

/// A span of time, roughly.
fn age(ms: u64) -> String {
    let seconds = ms / 1_000;
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3_600 => format!("{}m", seconds / 60),
        3_600..172_800 => format!("{}h", seconds / 3_600),
        _ => format!("{}d", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use posada_core::{Goodbye, Refusal};

    use super::*;
    use crate::console::order::Mistake;

    fn speaker(language: Language) -> Speaker {
        Speaker::new(language, TimeZone::UTC)
    }

    #[track_caller]
    fn check(language: Language, news: &News, expected: &[&str]) {
        let lines = speaker(language).say(3_723_000, news);
        assert_eq!(lines.iter().map(Line::text).collect::<Vec<_>>(), expected);
    }

    fn ana() -> Who {
        Who { peer: Some(([127, 0, 0, 1], 4000).into()), name: Some("ana".into()) }
    }

    #[test]
    fn each_thing_has_a_line_with_its_time() {
        let stranger = Who { name: None, ..ana() };
        let talk = News::Connected(stranger.clone(), "talk");
        check(Language::Es, &talk, &["01:02:03  127.0.0.1:4000 conectado talk"]);
        let named = News::Named(stranger, "ana".into(), true);
        check(Language::Pt, &named, &["01:02:03  127.0.0.1:4000 volta como ana"]);
        let (room, from, text) = ("lobby".into(), "ana".into(), "hola".into());
        let said = News::Said { room, from, text };
        check(Language::En, &said, &["01:02:03  #lobby ana: hola"]);
        let refused = News::Refused(ana(), Refusal::Taken);
        let line = "01:02:03  ana (127.0.0.1:4000) rechazado: taken – alguien lo tiene";
        check(Language::Es, &refused, &[line]);
        let gone = News::Gone(ana(), Some(Goodbye::TooFast));
        check(Language::En, &gone, &["01:02:03  ana (127.0.0.1:4000) sent away: too_fast"]);
    }

    #[test]
    fn what_the_first_servers_showed_is_never_translated() {
        for (_, language) in Language::ALL {
            check(language, &News::Noted("HOLA MUNDO".into()), &["Mensaje recibido: HOLA MUNDO"]);
            check(language, &News::Announced("hola".into()), &["Servidor:hola"]);
        }
    }

    #[test]
    fn what_is_said_to_one_alone_is_not_shown() {
        let direct = News::Direct("luis".into(), ana());
        check(Language::En, &direct, &["01:02:03  luis → ana"]);
    }

    #[test]
    fn nothing_of_a_client_can_steer_or_forge() {
        let text = "\x1b[2J\r\n01:02:03  #lobby luis: x\u{9b}31m\u{202e}\0".into();
        let said = News::Said { room: "lobby".into(), from: "ana".into(), text };
        let clean = "01:02:03  #lobby ana: \u{fffd}[2J\u{fffd}\u{fffd}01:02:03  #lobby luis: \
                     x\u{fffd}31m\u{fffd}\u{fffd}";
        check(Language::En, &said, &[clean]);
        check(Language::En, &News::Noted("a\nb".into()), &["Mensaje recibido: a\u{fffd}b"]);
        let log = News::Log("WARN \x1b]0;x\x07".into());
        check(Language::En, &log, &["01:02:03  WARN \u{fffd}]0;x\u{fffd}"]);
    }

    #[test]
    fn answers_are_for_people() {
        let guest = |peer: &str, name: Option<&str>, for_ms| Guest {
            peer: Some(peer.into()),
            listener: "talk".into(),
            name: name.map(Into::into),
            for_ms,
        };
        let guests = vec![
            guest("127.0.0.1:40001", Some("ana"), 200_000),
            guest("10.0.0.1:5", None, 1_000),
            Guest { peer: None, listener: CONSOLE.into(), ..guest("", None, 900_000_000) },
        ];
        let lines = [
            "  127.0.0.1:40001  talk      3m  ana",
            "  10.0.0.1:5       talk      1s  ",
            "  esta consola              10d  ",
        ];
        check(Language::Es, &News::Reply(Reply::Guests(guests)), &lines);
        let held = vec![
            Thing { name: "Habitación 1".into(), since_ms: None, holder: None },
            Thing {
                name: "Habitación 2".into(),
                since_ms: Some(3_700_000),
                holder: Some("ana".into()),
            },
        ];
        let lines = ["  Habitación 1: free", "  Habitación 2: taken by ana (23s)"];
        check(Language::En, &News::Reply(Reply::Resources(held)), &lines);
        check(Language::En, &News::Reply(Reply::Sent(3)), &["sent to 3"]);
        let mistake = News::Mistake(Mistake::Unknown("baile".into()));
        check(Language::En, &mistake, &["there is no /baile; /help says what there is"]);
    }
}
