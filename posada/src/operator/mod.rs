//! `posada operator`: the operator's right away from the console, for whoever may read the file in
//! which the server put its token.
//!
//! It takes the same lines as the console ([`crate::console::order`]) and shows the same answers;
//! what happens meanwhile it does not show. The token is never printed. Read next: [`token`].

mod remote;
pub mod token;

use std::env;
use std::process::ExitCode;

use anyhow::Result;
use jiff::tz::TimeZone;
use posada_client::editor::{Editor, NoLine};
use posada_client::screen::Screen;
use posada_core::Ask;

use crate::clock::wall_ms;
use crate::config::ConfigArgs;
use crate::console::order::{self, Typed};
use crate::console::show::Speaker;
use crate::console::{News, Reply, words};
use remote::Remote;

/// Something was refused, or could not be meant.
const REFUSED: u8 = 2;

/// What `operator` is told on the command line.
#[derive(Debug, clap::Args)]
pub struct OperatorArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// What to do, as at the console: who, /kick NAME, 'text to everybody'; without it, lines are
    /// read until the end of the input
    #[arg(value_name = "COMMAND", trailing_var_arg = true, allow_hyphen_values = true)]
    command: Vec<String>,
}

/// Does what it is told, and says what it came to: 0 done, 2 refused or not understood.
///
/// # Errors
/// When there is no server, or no right to be its operator (1).
pub fn operator(args: &OperatorArgs) -> Result<ExitCode> {
    let data = args.config.load()?.data;
    let speaker = Speaker::new(words::language(|name| env::var(name).ok()), TimeZone::system());
    if args.command.is_empty() {
        return converse(&mut Remote::reach(&data)?, &speaker);
    }
    let mut screen = Screen::plain();
    let line = line(&args.command);
    let code = match order::read(&line) {
        Typed::Ask(ask) => carry_out(&mut Remote::reach(&data)?, &speaker, &mut screen, &ask)?,
        other => decline(other, &speaker, &mut screen),
    };
    Ok(ExitCode::from(code))
}

/// Reads lines until the end, and does what each says.
fn converse(remote: &mut Remote, speaker: &Speaker) -> Result<ExitCode> {
    let (mut editor, mut screen, terminal) = Editor::open(Box::new(order::complete));
    let prompt = if editor.is_editing() { "operator> " } else { "" };
    let mut code = 0;
    let done = loop {
        let line = match editor.line(prompt) {
            Ok(line) => line,
            Err(NoLine::Broken(why)) => break Err(why.into()),
            Err(_) => break Ok(()),
        };
        editor.remember(&line);
        match order::read(&line) {
            Typed::Leave => break Ok(()),
            Typed::Ask(ask) => match carry_out(remote, speaker, &mut screen, &ask) {
                Ok(went) => code = code.max(went),
                Err(why) => break Err(why),
            },
            other => code = code.max(decline(other, speaker, &mut screen)),
        }
    };
    terminal.restore();
    done.map(|()| ExitCode::from(code))
}

fn carry_out(remote: &mut Remote, speaker: &Speaker, screen: &mut Screen, ask: &Ask) -> Result<u8> {
    let reply = remote.ask(ask)?;
    let mut text = String::new();
    for line in speaker.reply(wall_ms(), &reply) {
        line.lay(screen, 0, &mut text);
    }
    screen.print(&text);
    Ok(if matches!(reply, Reply::Refused(_)) { REFUSED } else { 0 })
}

/// Answers what is not for the server.
fn decline(typed: Typed, speaker: &Speaker, screen: &mut Screen) -> u8 {
    let (news, code) = match typed {
        Typed::Help => (News::Help, 0),
        Typed::Mistake(mistake) => (News::Mistake(mistake), REFUSED),
        Typed::Leave => {
            let why = "the server closes at its console, or with SIGTERM; not from here";
            eprintln!("posada: {why}");
            return REFUSED;
        }
        Typed::Nothing | Typed::Ask(_) => return 0,
    };
    let mut text = String::new();
    for line in speaker.say(wall_ms(), &news) {
        line.lay(screen, 0, &mut text);
    }
    screen.print(&text);
    code
}

/// The words of a command line as one line of the console. Whoever quotes a text means a text:
/// only a first word that stands alone is a verb, with its slash or without.
fn line(words: &[String]) -> String {
    let Some((first, rest)) = words.split_first() else { return String::new() };
    let first = match first.strip_prefix('@') {
        Some(name) if name.contains(' ') && !name.starts_with('"') && !rest.is_empty() => {
            format!("@\"{name}\"")
        }
        _ if order::is_verb(first) => format!("/{first}"),
        _ => first.clone(),
    };
    std::iter::once(first.as_str())
        .chain(rest.iter().map(String::as_str))
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(words: &[&str], expected: &str) {
        let words: Vec<_> = words.iter().map(ToString::to_string).collect();
        assert_eq!(line(&words), expected);
    }

    #[test]
    fn a_verb_needs_no_slash_and_a_quoted_text_is_a_text() {
        check(&["who"], "/who");
        check(&["/kick", "ana"], "/kick ana");
        check(&["kick", "Ana María"], "/kick Ana María");
        check(&["kick ana"], "kick ana");
        check(&["hola", "a", "todos"], "hola a todos");
        check(&["@ana", "hola"], "@ana hola");
        check(&["@Ana María", "hola"], "@\"Ana María\" hola");
        check(&["@Ana María hola"], "@Ana María hola");
    }
}
