//! How a script writes what comes out of the core, each output on a line of its own.

use posada_core::{
    Answer, Command, Entry, Goodbye, Output, ResourceView, SessionId, SessionNumber, Text,
};

/// One output. `cast` names the sessions, number 1 first.
pub(crate) fn output(output: &Output, cast: &[String]) -> String {
    let who = |session: &SessionNumber| name(cast, *session);
    match output {
        Output::Append(entry) => command(entry, cast),
        Output::Reply { session, answer } => format!("{}: {}", who(session), self::answer(answer)),
        Output::Joined { session, room, after } => {
            format!("{} joins room {} after #{}", who(session), room.0, after.0)
        }
        Output::Published { room, seq, sender, from, text } => {
            let but = sender.map_or("nobody", |session| name(cast, session));
            format!("room {}, but {but}: #{} {from}: {text}", room.0, seq.0)
        }
        Output::Direct { session, seq, from, text } => {
            format!("{} gets #{} {from}: {text}", who(session), seq.0)
        }
        Output::Close { session, reason } => {
            format!("{} is closed: {}", who(session), goodbye(*reason))
        }
        Output::Wake(Some(at)) => format!("wake at {at}"),
        Output::Wake(None) => "wake never".to_owned(),
    }
}

/// One entry on its way to the log, without its time.
pub(crate) fn command(entry: &Entry, cast: &[String]) -> String {
    let who = |session: &SessionId| name(cast, session.number);
    match &entry.command {
        Command::Rules { version } => format!("rules {version}"),
        Command::NodeUp { node, epoch } => format!("node {node} up, epoch {epoch}"),
        Command::Declare { resource } => format!("declare {}", resource.shown),
        Command::Name { session, name, .. } => format!("{} name {}", who(session), name.shown),
        Command::Say { session, text } => format!("{} say {text}", who(session)),
        Command::To { session, name, text } => format!("{} to {name} {text}", who(session)),
        Command::Reserve { session, resource } => format!("{} reserve {resource}", who(session)),
        Command::Cancel { session, resource } => format!("{} cancel {resource}", who(session)),
        Command::End { session } => format!("end of {}", who(session)),
        Command::Check { at, .. } => format!("check at #{}", at.0),
    }
}

fn name(cast: &[String], session: SessionNumber) -> &str {
    let place = usize::try_from(session.0).expect("few sessions") - 1;
    &cast[place]
}

fn answer(answer: &Answer) -> String {
    match answer {
        Answer::Named { seq, name, resumed: false } => format!("named {name} #{}", seq.0),
        Answer::Named { seq, name, resumed: true } => format!("named {name} again #{}", seq.0),
        Answer::Said { seq, addressed } => format!("said to {addressed} #{}", seq.0),
        Answer::Reserved { seq, resource } => format!("reserved {resource} #{}", seq.0),
        Answer::Cancelled { seq, resource } => format!("cancelled {resource} #{}", seq.0),
        Answer::Who(names) if names.is_empty() => "nobody".to_owned(),
        Answer::Who(names) => names.iter().map(|name| &**name).collect::<Vec<_>>().join(", "),
        Answer::List(resources) => resources.iter().map(resource).collect::<Vec<_>>().join("; "),
        Answer::Pong => "pong".to_owned(),
        Answer::Help => "help".to_owned(),
        Answer::Refused(refusal) => format!("no, {}", refusal.code()),
    }
}

fn resource(view: &ResourceView) -> String {
    let Some(holder) = &view.holder else { return format!("{} free", view.name) };
    let by = holder.name.as_ref().map(|name: &Text| format!(" by {name}")).unwrap_or_default();
    let yours = if holder.yours { ", yours" } else { "" };
    format!("{} held{by} since {}{yours}", view.name, holder.since_ms)
}

fn goodbye(reason: Goodbye) -> String {
    match reason {
        Goodbye::Left => "left".to_owned(),
        Goodbye::Full(places) => format!("all {places} places taken"),
        Goodbye::TooLong => "too long".to_owned(),
        Goodbye::TooFast => "too fast".to_owned(),
        Goodbye::Nameless => "nameless".to_owned(),
        Goodbye::Replaced => "replaced".to_owned(),
        Goodbye::Slow => "slow".to_owned(),
        Goodbye::Closing => "closing".to_owned(),
    }
}
