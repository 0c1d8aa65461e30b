//! The terminal client, and the library below it: how to reach a server, tell what it speaks, and
//! read what it says.
//!
//! A person gets an editor and a `session`: one loop over one closed enum of events, in which a
//! tongue (one per profile, pure) turns what is typed into what is sent, and what arrives into what
//! is shown. A pipe gets `pipe`: in, out, and an account of what was not answered.
//!
//! Deliberately absent: files (secrets and history live and end with the process), colours that
//! were not asked for, and any trust in what arrives. For programs: [`Target`], [`Place`],
//! [`detect`](detect::detect), [`Lines`] and [`Replies`]. The server's console types and shows with
//! the same [`editor`] and [`screen`]. Read next: `tongue/mod.rs`.

pub mod detect;
pub mod editor;
mod error;
pub mod events;
mod input;
mod known;
mod lines;
mod link;
mod pipe;
mod profile;
mod replies;
pub mod screen;
mod session;
mod tally;
mod target;
mod tongue;

use std::io::{self, IsTerminal};
use std::process::ExitCode;

pub use error::ConnectError;
pub use lines::Lines;
pub use link::{Place, Socket};
pub use profile::Profile;
pub use replies::{Arrival, Replies};
pub use target::{Target, TargetError, Transport};

use input::Input;
use known::SharedKnown;
use session::{Ending, Session};
use tongue::Tone;

/// What `connect` is told on the command line.
#[derive(Debug, clap::Args)]
pub struct ConnectArgs {
    /// Where to: [tcp://|udp://]HOST[:PORT]; asked for if it is missing
    #[arg(value_name = "ADDRESS")]
    target: Option<String>,
    /// What the server speaks, if its port and what it says do not tell
    #[arg(long, value_enum)]
    profile: Option<Profile>,
    /// Who you are: a name, over UDP the client code; 'NAME secret:SECRET' to come back to it
    #[arg(long)]
    name: Option<String>,
}

/// Connects, talks until the end, and says on stderr what went wrong. The exit code is 0, or that
/// of the [`ConnectError`].
pub fn connect(args: &ConnectArgs) -> ExitCode {
    let ended = if io::stdin().is_terminal() { for_person(args) } else { for_pipe(args) };
    match ended {
        Ok(code) => code,
        Err(error) => {
            eprintln!("posada: {error}");
            ExitCode::from(error.exit_code())
        }
    }
}

fn place(target: Target, profile: Option<Profile>) -> Result<Place, ConnectError> {
    if target.transport == Transport::Udp && profile.is_some() {
        let why = "over udp a line is a datagram; leave --profile out";
        return Err(ConnectError::Usage(why.to_owned()));
    }
    let port = target.port(profile);
    Ok(Place { transport: target.transport, host: target.host, port })
}

fn for_pipe(args: &ConnectArgs) -> Result<ExitCode, ConnectError> {
    let Some(target) = &args.target else {
        let why = "say where to connect, such as posada connect localhost:7672; \
                   without a terminal nobody can be asked";
        return Err(ConnectError::Usage(why.to_owned()));
    };
    let place = place(target.parse()?, args.profile)?;
    if place.transport == Transport::Udp {
        pipe::datagrams(&place, &place.datagrams()?, args.name.clone())?;
        return Ok(ExitCode::SUCCESS);
    }
    let profile = args.profile.or_else(|| Profile::of_port(place.port)).unwrap_or(Profile::Raw);
    let name = args.name.as_ref();
    let first = name.and_then(|name| match profile {
        Profile::Native => Some(format!("name {name}\n")),
        Profile::Talk => Some(format!("{name}\n")),
        Profile::Desk | Profile::Raw => None,
    });
    pipe::stream(&place, place.stream()?, profile, first)?;
    Ok(ExitCode::SUCCESS)
}

fn for_person(args: &ConnectArgs) -> Result<ExitCode, ConnectError> {
    // What is wrong with the arguments is said before the terminal is touched.
    let target = args.target.as_deref().map(str::parse::<Target>).transpose()?;
    let known = SharedKnown::default();
    let (mut input, mut screen, terminal) = Input::open(known.clone());
    let target = match target {
        Some(target) => Some(target),
        None => ask_target(&mut input, &mut screen, args.profile)?,
    };
    let Some(target) = target else { return Ok(ExitCode::SUCCESS) };
    let place = place(target, args.profile)?;
    let (socket, found) = open(&place, args.profile)?;
    let mut name = args.name.clone();
    let question = match (place.transport, found.profile) {
        (Transport::Udp, _) => Some("Client code: "),
        (_, Profile::Native) => Some("Name (Enter for none): "),
        _ => None,
    };
    if let (Some(question), None) = (question, &name) {
        match input.ask(question).map_err(ConnectError::Terminal)? {
            Some(answer) => name = Some(answer).filter(|answer| !answer.is_empty()),
            None => return Ok(ExitCode::SUCCESS),
        }
    }
    let tongue = tongue::tongue(place.transport, found.profile, name, &known);
    let mut session = Session::new(place.clone(), tongue, screen, socket);
    let speaks = match place.transport {
        Transport::Udp => "datagrams".to_owned(),
        Transport::Tcp => format!("{:?}", found.profile).to_lowercase(),
    };
    session.notice(&format!("connected to {place} ({speaks}); /help tells more, Ctrl-D leaves"));
    let ending = session.run(input, &found.heard, found.checked);
    terminal.restore();
    Ok(ExitCode::from(u8::from(ending == Ending::CutOff)))
}

/// Reaches the server and finds out what it speaks.
fn open(place: &Place, asked: Option<Profile>) -> Result<(Socket, detect::Found), ConnectError> {
    if place.transport == Transport::Udp {
        let found = detect::Found { profile: Profile::Raw, heard: vec![], checked: false };
        return Ok((Socket::Udp(place.datagrams()?), found));
    }
    let stream = place.stream()?;
    let found = detect::detect(&stream, asked.or_else(|| Profile::of_port(place.port)));
    let mut found = found
        .map_err(|why| ConnectError::Lost { place: place.to_string(), why: why.to_string() })?;
    found.profile = asked.unwrap_or(found.profile);
    Ok((Socket::Tcp(stream), found))
}

/// Asks for what the originals asked for. `None`: the person would rather leave.
fn ask_target(
    input: &mut Input,
    screen: &mut screen::Screen,
    profile: Option<Profile>,
) -> Result<Option<Target>, ConnectError> {
    let mut target = loop {
        let answer = input.ask("Server (Enter for localhost): ").map_err(ConnectError::Terminal)?;
        let Some(answer) = answer else { return Ok(None) };
        let host = if answer.is_empty() { "localhost" } else { &answer };
        match host.parse::<Target>() {
            Ok(target) => break target,
            Err(why) => screen.show(&Tone::Refused, &why.to_string()),
        }
    };
    while target.port.is_none() {
        let question = format!("Port (Enter for {}): ", target.port(profile));
        let answer = input.ask(&question).map_err(ConnectError::Terminal)?;
        match answer.as_deref() {
            None => return Ok(None),
            Some("") => target.port = Some(target.port(profile)),
            Some(answer) => match target::port(answer) {
                Ok(port) => target.port = Some(port),
                Err(why) => screen.show(&Tone::Refused, &why.to_string()),
            },
        }
    }
    Ok(Some(target))
}
