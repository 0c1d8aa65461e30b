//! Entries, outcomes and states as lines that people can compare.

use posada_core::state::history::{History, Kept};
use posada_core::state::rooms::Room;
use posada_core::state::{Departure, Outcome, State};
use posada_core::{Barred, Command, Entry, Event, RoomId, SessionId, Whom};

use super::hex;

/// Characters of a text that are shown.
const SHOWN: usize = 40;

/// What an entry asks, and with which key.
pub(crate) fn entry(entry: &Entry) -> String {
    let asked = asked(&entry.command);
    entry.key.map_or_else(|| asked.clone(), |key| format!("key {} {asked}", key.0))
}

/// What a command asks.
fn asked(command: &Command) -> String {
    let by = command.asker().as_ref().map(who).unwrap_or_default();
    match command {
        Command::Rules { version } => format!("rules {version}"),
        Command::NodeUp { node, epoch } => format!("node-up {node} epoch {epoch}"),
        Command::Declare { resource } => format!("declare {} = {}", resource.shown, resource.key),
        Command::History { bytes } => format!("history {bytes}"),
        Command::Name { name, .. } => format!("name {by} {}", name.shown),
        Command::Join { room, .. } => format!("join {by} {} = {}", room.shown, room.key),
        Command::Leave { room, .. } => format!("leave {by}{}", in_room(room.as_deref())),
        Command::Topic { room, text, .. } => {
            format!("topic {by}{} {text}", in_room(room.as_deref()))
        }
        Command::Say { room, text, .. } => {
            format!("say {by}{} {}", in_room(room.as_deref()), short(text))
        }
        Command::To { name, text, .. } => format!("to {by} {name}: {}", short(text)),
        Command::Note { text, .. } => format!("note {by} {text}"),
        Command::Reserve { resource, .. } => format!("reserve {by} {resource}"),
        Command::Cancel { resource, .. } => format!("cancel {by} {resource}"),
        Command::Announce { text, .. } => format!("announce {by} {text}"),
        Command::Tell { to, text, .. } => format!("tell {by} {}: {text}", whom(to)),
        Command::Kick { who, .. } => format!("kick {by} {}", whom(who)),
        Command::Ban { who, for_ms, .. } => format!("ban {by} {} for {for_ms} ms", barred(who)),
        Command::Release { resource, .. } => format!("release {by} {resource}"),
        Command::End { session } => format!("end {}", who(session)),
        Command::Check { at, trail } => format!("check #{} {trail:016x}", at.0),
    }
}

/// What applying an entry came to.
pub(crate) fn outcome(it: &Outcome) -> String {
    match it {
        Outcome::Noted => "noted".to_owned(),
        Outcome::Refused(refusal) => refusal.code().to_owned(),
        Outcome::Named { name, resumed, replaced, mail } => {
            let again = if *resumed { " again" } else { "" };
            let instead = replaced
                .as_ref()
                .map_or_else(String::new, |(old, _)| format!(" instead of {}", who(old)));
            let mail =
                if mail.is_empty() { String::new() } else { format!(", mail {}", all(mail)) };
            format!("named {name}{again}{instead}{mail}")
        }
        Outcome::Joined { room: (id, room), name, here, topic, again } => {
            let again = if *again { " again" } else { "" };
            let topic = topic.as_ref().map_or_else(String::new, |topic| format!(": {topic}"));
            format!("joined {name}{again} to {room} {}, {here} here{topic}", id.0.0)
        }
        Outcome::Left { room: (_, room), name } => format!("left {room}: {name}"),
        Outcome::TopicSet { room: (_, room), from } => format!("topic of {room} set by {from}"),
        Outcome::Said { from, addressed, room: (RoomId::LOBBY, _) } => {
            format!("said by {from} to {addressed}")
        }
        Outcome::Said { from, addressed, room: (_, room) } => {
            format!("said by {from} in {room} to {addressed}")
        }
        Outcome::Told { from, to } => format!("told by {} to {}", sender(from.as_deref()), who(to)),
        Outcome::Kept { from, to } => format!("kept from {} for {to}", sender(from.as_deref())),
        Outcome::NoteTaken { from } => format!("note taken of {}", from.as_deref().unwrap_or("-")),
        Outcome::Reserved { resource } => format!("reserved {resource}"),
        Outcome::Cancelled { resource } => format!("cancelled {resource}"),
        Outcome::Announced { addressed } => format!("announced to {addressed}"),
        Outcome::Kicked { session, left } => {
            format!("kicked {}{}", who(session), left.as_ref().map_or_else(String::new, departed))
        }
        Outcome::Barred { kicked } => {
            let kicked =
                kicked.as_ref().map(|(id, left)| format!(" {}{}", who(id), departed(left)));
            format!("barred{}", kicked.unwrap_or_default())
        }
        Outcome::Ended(left) => format!("ended{}", departed(left)),
        Outcome::Repeated { seq, outcome: before } => {
            format!("repeated #{}: {}", seq.0, outcome(before))
        }
        Outcome::Drifted { at } => format!("drifted at #{}", at.0),
        Outcome::UnknownRules(version) => format!("unknown rules {version}"),
    }
}

/// Everything that the state holds.
pub(crate) fn state(state: &State) -> String {
    let mut lines = vec![
        String::new(),
        format!("rules {}, last entry #{}", state.rules(), state.seq().0),
        format!("wall {} ms, uptime {} ms", state.time().wall_ms, state.time().uptime_ms),
        format!("epochs: {:?}", [1, 2].map(|node| state.epoch(node))),
    ];
    for (id, known) in state.people().principals() {
        let online = known.online.as_ref().map_or("away".to_owned(), |(session, since)| {
            format!("online as {} since #{}", who(session), since.0)
        });
        let secret = known.secret.map_or("none".to_owned(), |secret| hex(&secret[..4]));
        lines.push(format!(
            "principal {}: {} = {}, secret {secret}…, {online}, {} held",
            id.0.0, known.name.shown, known.name.key, known.reservations
        ));
        if state.rules() > 1 {
            let mail = &known.mailbox;
            let (delivered, before) = (mail.delivered().0, mail.before().0);
            let history = history(mail.history());
            lines.push(format!("  mail: delivered #{delivered}, before #{before}, {history}"));
        }
    }
    for resource in state.resources().iter() {
        let held = resource.held.map_or("free".to_owned(), |held| {
            format!("held by {}, token {}, since {}", held.holder.0.0, held.token.0, held.since_ms)
        });
        lines.push(format!("resource {} = {}: {held}", resource.name.shown, resource.name.key));
    }
    let lobby = state.rooms().get(RoomId::LOBBY).expect("it is always there");
    lines.push(format!("lobby: {}", members(lobby)));
    if state.rules() > 1 {
        lines.extend(of_rules_2(state));
    }
    lines.push(format!("trail {:016x}", state.trail()));
    lines.push(format!("digest {:016x}", state.digest()));
    lines.join("\n")
}

fn of_rules_2(state: &State) -> Vec<String> {
    let mut lines = vec![format!("each room keeps {} bytes", state.rooms().history_bytes())];
    for (id, room) in state.rooms().iter() {
        let topic = room
            .topic
            .as_ref()
            .map_or_else(String::new, |(text, by)| format!(" about {text} by {by}"));
        let (shown, key, last) = (&room.name.shown, &room.name.key, room.last().0);
        let members = members(room);
        lines.push(format!("room {}: {shown} = {key}{topic}, last #{last}, {members}", id.0.0));
        lines.push(format!("  {}", history(&room.history)));
    }
    for (id, floor, kept) in state.keys().iter() {
        let kept: Vec<_> = kept.collect();
        let (first, last) = (kept.first().map(|it| it.0.0), kept.last().map(|it| it.0.0));
        let (many, floor) = (kept.len(), floor.0);
        lines
            .push(format!("keys of {}: floor {floor}, {many} kept, {first:?} to {last:?}", id.0.0));
    }
    for (who, until_ms) in state.bans().iter() {
        lines.push(format!("ban of {} until {until_ms} ms", barred(who)));
    }
    let replaced: Vec<_> = state.people().replaced().map(|session| who(&session)).collect();
    lines.push(format!("not over yet: {replaced:?}"));
    lines
}

fn who(session: &SessionId) -> String {
    format!("{}.{}.{}", session.node, session.epoch, session.number.0)
}

fn whom(whom: &Whom) -> String {
    match whom {
        Whom::Name(name) => name.to_string(),
        Whom::Session(session) => who(session),
    }
}

fn barred(barred: &Barred) -> String {
    match barred {
        Barred::Name(name) => name.to_string(),
        Barred::Address(address) => format!("address {address}"),
    }
}

fn sender(from: Option<&str>) -> &str {
    from.unwrap_or("the operator")
}

fn in_room(room: Option<&str>) -> String {
    room.map_or_else(String::new, |room| format!(" #{room}"))
}

/// The beginning of a long text, and how long it is.
fn short(text: &str) -> String {
    let all = text.chars().count();
    if all <= SHOWN {
        return text.to_owned();
    }
    let beginning: String = text.chars().take(SHOWN).collect();
    format!("{beginning}… ({all} characters)")
}

fn members(room: &Room) -> String {
    let members: Vec<_> = room.members().map(|session| who(&session)).collect();
    if members.is_empty() { "nobody".to_owned() } else { members.join(", ") }
}

fn departed(left: &Departure) -> String {
    let rooms: Vec<_> = left.rooms.iter().map(|(_, room)| &**room).collect();
    format!(" {} from {}", left.name, rooms.join(", "))
}

fn history(history: &History) -> String {
    let kept: Vec<_> = history.iter().cloned().collect();
    let (cut, bytes) = (history.cut().0, history.bytes());
    format!("cut #{cut}, {bytes} bytes {}", all(&kept)).trim_end().to_owned()
}

fn all(kept: &[Kept]) -> String {
    let each: Vec<_> = kept.iter().map(|it| format!("#{} {}", it.seq.0, told(&it.event))).collect();
    each.join("; ")
}

fn told(event: &Event) -> String {
    match event {
        Event::Said { from, text, .. } | Event::Direct { from, text } => {
            format!("{from}: {}", short(text))
        }
        Event::Topic { from, text, .. } => format!("topic by {from}: {}", short(text)),
        Event::Announced { text } | Event::Told { text } => format!("operator: {}", short(text)),
        other => panic!("{other:?} is not kept"),
    }
}
