//! Reading docs/protocol.md: its examples as steps, its tables as cells. Knows nothing of posada.

use std::fs;
use std::path::Path;

const PATH: &str = "docs/protocol.md";
const FENCE: &str = "```";

/// The document.
pub(crate) struct Document {
    lines: Vec<String>,
}

/// One fenced block.
pub(crate) struct Example {
    /// Where it begins, from 1.
    pub(crate) line: usize,
    pub(crate) profile: Profile,
    /// What differs from the defaults: `KEY=VALUE`.
    pub(crate) settings: Vec<String>,
    pub(crate) steps: Vec<Step>,
}

/// What an example is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Profile {
    Native,
    Talk,
    Note,
    Desk,
}

/// One line of an example.
pub(crate) struct Step {
    pub(crate) line: usize,
    /// Which client; empty where there is one.
    pub(crate) who: String,
    pub(crate) deed: Deed,
}

/// What a client does or meets, or what happens to the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Deed {
    /// The server is stopped and started again.
    Restarts,
    Sends(String),
    Hears(String),
    HangsUp,
    IsCutOff,
}

impl Document {
    pub(crate) fn read() -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(PATH);
        let text = fs::read_to_string(path).expect("docs/protocol.md can be read");
        Self { lines: text.lines().map(str::to_owned).collect() }
    }

    /// How a line of it is named, so that an editor finds it.
    pub(crate) fn place(&self, line: usize) -> String {
        format!("{PATH}:{line}: {}", self.lines[line - 1])
    }

    /// How many fenced blocks there are.
    pub(crate) fn fences(&self) -> usize {
        self.lines.iter().filter(|line| line.starts_with(FENCE)).count() / 2
    }

    /// Every block that begins with `console posada PROFILE`.
    pub(crate) fn examples(&self) -> Vec<Example> {
        let mut found = vec![];
        for (at, line) in self.lines.iter().enumerate() {
            let Some(info) = line.strip_prefix("```console posada ") else { continue };
            let mut words = info.split(' ');
            let profile = match words.next() {
                Some("native") => Profile::Native,
                Some("talk") => Profile::Talk,
                Some("note") => Profile::Note,
                Some("desk") => Profile::Desk,
                _ => panic!("{}: no such profile", self.place(at + 1)),
            };
            let body = self.lines.iter().enumerate().skip(at + 1);
            let body = body.take_while(|(_, line)| *line != FENCE);
            let steps = body.map(|(at, line)| step(at + 1, line)).collect();
            let settings = words.map(str::to_owned).collect();
            found.push(Example { line: at + 1, profile, settings, steps });
        }
        found
    }

    /// The rows of the table under this heading that begins with this cell, without its head.
    #[track_caller]
    pub(crate) fn table(&self, heading: &str, first: &str) -> Vec<Vec<String>> {
        let lines = self.lines.iter().skip_while(|line| *line != heading);
        let head = format!("| {first} |");
        let rows = lines.skip_while(|line| !line.starts_with(&head)).skip(2);
        let rows: Vec<_> = rows.take_while(|line| line.starts_with('|')).collect();
        assert!(!rows.is_empty(), "{PATH} has no table {head:?} under {heading:?}");
        rows.into_iter().map(|row| cells(row)).collect()
    }
}

/// What stands between backticks in a cell.
pub(crate) fn words(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2)
}

fn cells(row: &str) -> Vec<String> {
    let inside = row.trim_start_matches('|').trim_end_matches('|');
    inside.split('|').map(|cell| cell.trim().to_owned()).collect()
}

fn step(line: usize, text: &str) -> Step {
    let name = text.find(|c: char| !c.is_ascii_lowercase()).unwrap_or(text.len());
    let (who, rest) = text.split_at(name);
    let (who, deed) = match rest.split_at_checked(2) {
        Some(("> ", "(end)")) => (who, Deed::HangsUp),
        Some(("> ", sent)) => (who, Deed::Sends(sent.to_owned())),
        Some(("< ", "(end)")) => (who, Deed::IsCutOff),
        Some(("< ", heard)) => (who, Deed::Hears(heard.to_owned())),
        _ if text == "(end)" => ("", Deed::IsCutOff),
        _ if text == "(restart)" => ("", Deed::Restarts),
        _ => ("", Deed::Hears(text.to_owned())),
    };
    Step { line, who: who.to_owned(), deed }
}
