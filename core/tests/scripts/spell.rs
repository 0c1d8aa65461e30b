//! How a script writes what comes out of the core, each output on a line of its own.

use posada_core::{
    Answer, Barred, Command, Entry, Event, Feed, Goodbye, Output, Reach, ResourceView, Seq,
    SessionId, SessionNumber, Text, Whom,
};

/// One output. `cast` names the sessions, number 1 first.
pub(crate) fn output(output: &Output, cast: &[String]) -> String {
    let who = |session: &SessionNumber| name(cast, *session);
    match output {
        Output::Append(entry) => command(entry, cast),
        Output::Reply { session, answer } => format!("{}: {}", who(session), self::answer(answer)),
        Output::Follow { session, feed: Feed::Room(room) } => {
            format!("{} joins room {}", who(session), room.0.0)
        }
        Output::Unfollow { session, feed: Feed::Room(room) } => {
            format!("{} leaves room {}", who(session), room.0.0)
        }
        Output::Follow { session, feed } => {
            format!("{} follows {}", who(session), self::feed(feed))
        }
        Output::Unfollow { session, feed } => {
            format!("{} follows {} no more", who(session), self::feed(feed))
        }
        Output::Published { feed, seq, sender, event } => {
            let but = sender.map_or("nobody", |session| name(cast, session));
            let seq = seq.map_or("-".to_owned(), |seq| format!("#{}", seq.0));
            format!("{}, but {but}: {seq} {}", self::feed(feed), self::event(event))
        }
        Output::Direct { session, seq, event } => {
            format!("{} gets #{} {}", who(session), seq.0, self::event(event))
        }
        Output::Noted { session, seq, from, text } => {
            let from = from.as_deref().unwrap_or("nobody");
            format!("note of {}, {from}: #{} {text}", who(session), seq.0)
        }
        Output::Close { session, reason } => {
            format!("{} is closed: {}", who(session), goodbye(*reason))
        }
        Output::Wake(Some(at)) => format!("wake at {at}"),
        Output::Wake(None) => "wake never".to_owned(),
    }
}

fn feed(feed: &Feed) -> String {
    match feed {
        Feed::Everyone => "everyone".to_owned(),
        Feed::Room(room) => format!("room {}", room.0.0),
        Feed::Signals(room) => format!("signals {}", room.0.0),
        Feed::Resources => "resources".to_owned(),
        Feed::Resource(key) => format!("resource {key}"),
    }
}

fn event(event: &Event) -> String {
    match event {
        Event::Said { from, text, .. } | Event::Direct { from, text } => format!("{from}: {text}"),
        Event::Announced { text } | Event::Told { text } => format!("operator: {text}"),
        Event::Topic { room, from, text } => format!("topic of {room} by {from}: {text}"),
        Event::Reserved { resource } => format!("reserved {resource}"),
        Event::Cancelled { resource } => format!("cancelled {resource}"),
        Event::Gap { room, after } => {
            format!("gap in {} after #{}", room.as_deref().unwrap_or("the mailbox"), after.0)
        }
        Event::Here { room, name } => format!("{name} is in {room}"),
        Event::Gone { room, name } => format!("{name} left {room}"),
        Event::Typing { room, name } => format!("{name} types in {room}"),
    }
}

/// One entry on its way to the log, without its time.
pub(crate) fn command(entry: &Entry, cast: &[String]) -> String {
    let key = entry.key.map_or(String::new(), |key| format!("key {} ", key.0));
    format!("{key}{}", plain_command(&entry.command, cast))
}

fn plain_command(command: &Command, cast: &[String]) -> String {
    let who = |session: &SessionId| name(cast, session.number);
    let whom = |it: &Whom| match it {
        Whom::Name(name) => name.to_string(),
        Whom::Session(session) => who(session).to_owned(),
    };
    let room = |room: &Option<Text>| room.as_deref().unwrap_or("here").to_owned();
    match command {
        Command::Rules { version } => format!("rules {version}"),
        Command::NodeUp { node, epoch } => format!("node {node} up, epoch {epoch}"),
        Command::Declare { resource } => format!("declare {}", resource.shown),
        Command::Name { session, name, .. } => format!("{} name {}", who(session), name.shown),
        Command::History { bytes } => format!("history {bytes}"),
        Command::Join { session, room } => format!("{} join {}", who(session), room.shown),
        Command::Leave { session, room: left } => format!("{} leave {}", who(session), room(left)),
        Command::Topic { session, room: of, text } => {
            format!("{} topic {} {text}", who(session), room(of))
        }
        Command::Say { session, room: None, text } => format!("{} say {text}", who(session)),
        Command::Say { session, room: Some(room), text } => {
            format!("{} say #{room} {text}", who(session))
        }
        Command::Note { session, text } => format!("{} note {text}", who(session)),
        Command::Announce { session, text } => format!("{} announce {text}", who(session)),
        Command::Tell { session, to, text } => {
            format!("{} tell {} {text}", who(session), whom(to))
        }
        Command::Kick { session, who: kicked } => format!("{} kick {}", who(session), whom(kicked)),
        Command::Ban { session, who: Barred::Name(name), for_ms } => {
            format!("{} ban {name} for {for_ms}", who(session))
        }
        Command::Ban { session, who: Barred::Address(address), for_ms } => {
            format!("{} ban {address} for {for_ms}", who(session))
        }
        Command::Release { session, resource } => format!("{} release {resource}", who(session)),
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
        Answer::Said { seq, reach: Some(Reach::Addressed(count)) } => {
            format!("said to {count} #{}", seq.0)
        }
        Answer::Said { seq, reach: Some(Reach::Kept) } => format!("kept #{}", seq.0),
        Answer::Said { seq, reach: None } => format!("said #{}", seq.0),
        Answer::Joined { seq, room, here, topic } => {
            let topic = topic.as_ref().map_or(String::new(), |topic| format!(", about {topic}"));
            format!("joined {room}, {here} here{topic} #{}", seq.0)
        }
        Answer::Left { seq, room } => format!("left {room} #{}", seq.0),
        Answer::TopicSet { seq, room } => format!("topic of {room} #{}", seq.0),
        Answer::Topic { room, topic: Some((topic, from)) } => format!("{room}: {topic} ({from})"),
        Answer::Topic { room, topic: None } => format!("{room}: about nothing"),
        Answer::Missed { until, events, .. } if events.is_empty() => {
            format!("missed nothing until #{}", until.0)
        }
        Answer::Missed { until, more, events } => {
            let each = |(seq, event): &(Seq, Event)| format!("#{} {}", seq.0, self::event(event));
            let events: Vec<String> = events.iter().map(each).collect();
            let more = if *more { ", and more" } else { "" };
            format!("missed until #{}{more}: {}", until.0, events.join("; "))
        }
        Answer::Watching(true) => "watching".to_owned(),
        Answer::Watching(false) => "not watching".to_owned(),
        Answer::PassedOn => "passed on".to_owned(),
        Answer::Rooms(rooms) => {
            let topic = |topic: &Option<Text>| {
                topic.as_ref().map_or(String::new(), |topic| format!(" about {topic}"))
            };
            let each =
                rooms.iter().map(|it| format!("{} {}{}", it.name, it.here, topic(&it.topic)));
            each.collect::<Vec<_>>().join(", ")
        }
        Answer::Operator => "operator".to_owned(),
        Answer::Done { seq } => format!("done #{}", seq.0),
        Answer::Sessions(sessions) => {
            let each = sessions.iter().map(|it| {
                let peer = it.peer.map_or("console".to_owned(), |peer| peer.to_string());
                let name = it.name.as_deref().unwrap_or("-");
                format!("{name} at {peer} for {}", it.for_ms)
            });
            each.collect::<Vec<_>>().join(", ")
        }
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
        Goodbye::Kicked => "kicked".to_owned(),
        Goodbye::Banned => "banned".to_owned(),
        Goodbye::Slow => "slow".to_owned(),
        Goodbye::Closing => "closing".to_owned(),
    }
}
