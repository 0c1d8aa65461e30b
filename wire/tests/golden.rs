//! The golden logs: bytes that were written once must be read for ever, and mean what they meant.
//!
//! `golden/rules-N.hex` holds a log under rules N, one entry a line. It is never changed: what a
//! later posada writes otherwise gets a file of its own. `golden/rules-N.snap` says what it means;
//! if that changes, replay has lost its meaning, and the change needs a new version of the rules.
//! What needs thousands of entries is not in them: the refusals `full`, `too_many_reservations`.
//!
//! Both are made once, when rules N come into being and before anybody has a log under them:
//! `GOLDEN=write INSTA_UPDATE=always cargo test -p posada-wire --test golden`.

mod support;

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::path::Path;

use posada_core::state::{Outcome, State};
use posada_core::{Entry, Seq};
use posada_wire::record;
use support::{bytes, hex, rules_1, rules_2, spell};

/// A golden log: what its entries were, and where their bytes are.
struct Golden {
    name: &'static str,
    entries: Vec<Entry>,
}

impl Golden {
    fn all() -> [Self; 2] {
        [
            Self { name: "rules-1", entries: rules_1::entries() },
            Self { name: "rules-2", entries: rules_2::entries() },
        ]
    }

    /// The committed bytes, in hexadecimal, one entry a line.
    fn lines(&self) -> String {
        let file = format!("tests/golden/{}.hex", self.name);
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
        if std::env::var("GOLDEN").is_ok_and(|it| it == "write") && !path.exists() {
            fs::write(&path, self.written()).expect("a golden log can be made");
        }
        fs::read_to_string(&path).unwrap_or_else(|why| panic!("{}: {why}", path.display()))
    }

    /// Its entries, as they are written today.
    fn written(&self) -> String {
        let mut written = String::new();
        for entry in &self.entries {
            let mut batch = Vec::new();
            record::encode(entry, &mut batch);
            written += &hex(&batch);
            written.push('\n');
        }
        written
    }

    /// Decodes the committed bytes, as one batch.
    fn decoded(&self) -> Vec<Entry> {
        let batch: Vec<u8> = self.lines().lines().flat_map(bytes).collect();
        record::decode(&batch).map(|entry| entry.expect("a golden entry")).collect()
    }
}

#[test]
fn entries_are_still_written_as_these_bytes() {
    for golden in Golden::all() {
        let (lines, written) = (golden.lines(), golden.written());
        for (number, (line, written)) in lines.lines().zip(written.lines()).enumerate() {
            let entry = &golden.entries[number];
            let number = number + 1;
            assert_eq!(written, line, "{}, entry {number}: {entry:?}", golden.name);
        }
        assert_eq!(golden.entries.len(), lines.lines().count(), "{}", golden.name);
    }
}

#[test]
fn these_bytes_are_still_read_as_the_same_entries() {
    for golden in Golden::all() {
        assert_eq!(golden.decoded(), golden.entries, "{}", golden.name);
    }
}

#[test]
fn these_bytes_still_mean_the_same() {
    for golden in Golden::all() {
        let mut state = State::default();
        let mut told = String::new();
        for (entry, seq) in golden.decoded().iter().zip(1..) {
            let outcome = state.apply(Seq(seq), entry);
            writeln!(told, "#{seq} {} → {}", spell::entry(entry), spell::outcome(&outcome))
                .expect("a string takes any text");
        }
        told += &spell::state(&state);
        insta::with_settings!({
            snapshot_path => "golden",
            prepend_module_to_snapshot => false,
            omit_expression => true,
        }, { insta::assert_snapshot!(golden.name, told) });
    }
}

/// Everything that a golden log came to, each thing by its first word.
fn seen(golden: &Golden) -> BTreeSet<String> {
    let mut state = State::default();
    let mut seen = BTreeSet::new();
    let mut see = |told: String| seen.extend(told.split([' ', ':']).next().map(str::to_owned));
    for (entry, seq) in golden.decoded().iter().zip(1..) {
        see(spell::entry(&Entry { key: None, ..entry.clone() }));
        let outcome = state.apply(Seq(seq), entry);
        if let Outcome::Repeated { outcome, .. } = &outcome {
            see(spell::outcome(outcome));
        }
        see(spell::outcome(&outcome));
    }
    seen
}

#[track_caller]
fn leaves_nothing_out(golden: &Golden, kinds: &[&str]) {
    let seen = seen(golden);
    let missing: Vec<_> = kinds.iter().filter(|kind| !seen.contains(**kind)).collect();
    assert!(missing.is_empty(), "{}: {missing:?} are missing", golden.name);
}

/// Every command and every outcome that a short log can have is in the golden one.
#[test]
fn the_golden_logs_leave_nothing_out() {
    let [first, second] = Golden::all();
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
    leaves_nothing_out(&first, &[&commands[..], &outcomes, &refusals].concat());
    let commands =
        ["history", "join", "leave", "topic", "note", "announce", "tell", "kick", "ban", "release"];
    let outcomes = [
        "joined",
        "left",
        "topic",
        "kept",
        "note",
        "announced",
        "kicked",
        "barred",
        "ended",
        "repeated",
    ];
    let refusals = [
        "no_such_room",
        "not_in_room",
        "too_many_rooms",
        "mailbox_full",
        "key_reused",
        "key_too_old",
        "not_here",
        "not_held",
        "no_such_resource",
        "name_first",
        "name_taken",
        "bad_secret",
    ];
    leaves_nothing_out(&second, &[&commands[..], &outcomes, &refusals].concat());
}
