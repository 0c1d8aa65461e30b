//! The golden log: bytes that were written once must be read for ever, and mean what they meant.
//!
//! `golden/rules-1.hex` holds one entry a line. It is never changed: what a later posada writes
//! otherwise gets a file of its own. `golden/rules-1.snap` says what it means; if that changes,
//! replay has lost its meaning, and the change needs a new version of the rules. The refusals
//! `full` and `too_many_reservations` are not in it, for they need thousands of entries.

mod support;

use std::fmt::Write;

use posada_core::state::{Outcome, State};
use posada_core::{Command, Entry, Seq, SessionId};
use posada_wire::record;
use support::{bytes, entries, hex};

const GOLDEN: &str = include_str!("golden/rules-1.hex");

/// The committed bytes of each entry.
fn golden() -> Vec<Vec<u8>> {
    GOLDEN.lines().map(bytes).collect()
}

/// Decodes the committed bytes, as one batch.
fn decoded() -> Vec<Entry> {
    let batch = golden().concat();
    record::decode(&batch).map(|entry| entry.expect("a golden entry")).collect()
}

#[test]
fn entries_are_still_written_as_these_bytes() {
    let entries = entries();
    for (number, (entry, line)) in entries.iter().zip(GOLDEN.lines()).enumerate() {
        let mut batch = Vec::new();
        record::encode(entry, &mut batch);
        assert_eq!(hex(&batch), line, "entry {} was written otherwise: {entry:?}", number + 1);
    }
    assert_eq!(entries.len(), GOLDEN.lines().count());
}

#[test]
fn these_bytes_are_still_read_as_the_same_entries() {
    assert_eq!(decoded(), entries());
}

#[test]
fn these_bytes_still_mean_the_same() {
    let mut state = State::default();
    let mut told = String::new();
    for (entry, seq) in decoded().iter().zip(1..) {
        let outcome = state.apply(Seq(seq), entry);
        writeln!(told, "#{seq} {} → {}", asked(&entry.command), came_to(&outcome))
            .expect("a string takes any text");
    }
    told += &dump(&state);
    insta::with_settings!({
        snapshot_path => "golden",
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, { insta::assert_snapshot!("rules-1", told) });
}

/// Every command and every outcome that a short log can have is in the golden one.
#[test]
fn the_golden_log_leaves_nothing_out() {
    let mut state = State::default();
    let mut seen: Vec<String> = Vec::new();
    for (entry, seq) in decoded().iter().zip(1..) {
        let verb = asked(&entry.command);
        seen.push(verb.split(' ').next().unwrap_or_default().to_owned());
        seen.push(came_to(&state.apply(Seq(seq), entry)));
    }
    let commands =
        ["rules", "node-up", "declare", "name", "say", "to", "reserve", "cancel", "end", "check"];
    let outcomes =
        ["noted", "named", "said", "told", "reserved", "cancelled", "drifted", "unknown"];
    let refusals = [
        "name_first",
        "already_named",
        "name_taken",
        "bad_secret",
        "not_here",
        "no_such_resource",
        "taken",
        "not_held",
        "not_yours",
        "already_declared",
    ];
    for kind in commands.iter().chain(&outcomes).chain(&refusals) {
        assert!(seen.iter().any(|seen| seen.contains(kind)), "{kind} is missing");
    }
}

fn who(session: &SessionId) -> String {
    format!("{}.{}.{}", session.node, session.epoch, session.number.0)
}

fn asked(command: &Command) -> String {
    match command {
        Command::Rules { version } => format!("rules {version}"),
        Command::NodeUp { node, epoch } => format!("node-up {node} epoch {epoch}"),
        Command::Declare { resource } => format!("declare {} = {}", resource.shown, resource.key),
        Command::Name { session, name, .. } => format!("name {} {}", who(session), name.shown),
        Command::Say { session, text } => format!("say {} {text}", who(session)),
        Command::To { session, name, text } => format!("to {} {name}: {text}", who(session)),
        Command::Reserve { session, resource } => format!("reserve {} {resource}", who(session)),
        Command::Cancel { session, resource } => format!("cancel {} {resource}", who(session)),
        Command::End { session } => format!("end {}", who(session)),
        Command::Check { at, trail } => format!("check #{} {trail:016x}", at.0),
    }
}

fn came_to(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Noted => "noted".to_owned(),
        Outcome::Refused(refusal) => refusal.code().to_owned(),
        Outcome::Named { name, resumed, replaced } => {
            let again = if *resumed { " again" } else { "" };
            let instead = replaced.as_ref().map(|old| format!(" instead of {}", who(old)));
            format!("named {name}{again}{}", instead.unwrap_or_default())
        }
        Outcome::Said { from, addressed } => format!("said by {from} to {addressed}"),
        Outcome::Told { from, to } => format!("told by {from} to {}", who(to)),
        Outcome::Reserved { resource } => format!("reserved {resource}"),
        Outcome::Cancelled { resource } => format!("cancelled {resource}"),
        Outcome::Drifted { at } => format!("drifted at #{}", at.0),
        Outcome::UnknownRules(version) => format!("unknown rules {version}"),
    }
}

fn dump(state: &State) -> String {
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
    }
    for resource in state.resources().iter() {
        let held = resource.held.map_or("free".to_owned(), |held| {
            format!("held by {}, token {}, since {}", held.holder.0.0, held.token.0, held.since_ms)
        });
        lines.push(format!("resource {} = {}: {held}", resource.name.shown, resource.name.key));
    }
    let lobby: Vec<String> = state.in_lobby().map(|session| who(&session)).collect();
    lines.push(format!("lobby: {}", lobby.join(", ")));
    lines.push(format!("trail {:016x}", state.trail()));
    lines.push(format!("digest {:016x}", state.digest()));
    lines.join("\n")
}
