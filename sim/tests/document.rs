//! docs/testing.md names what there is, and all of it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use posada_sim::Invariant;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn document() -> String {
    fs::read_to_string(root().join("docs/testing.md")).expect("it is written")
}

/// The rows of the table behind a heading, each as its cells.
fn rows<'d>(document: &'d str, heading: &str) -> Vec<Vec<&'d str>> {
    let (_, behind) = document.split_once(heading).expect("there is such a heading");
    let table = behind.lines().skip_while(|line| !line.starts_with("|--"));
    let rows = table.skip(1).take_while(|line| line.starts_with('|'));
    rows.map(|row| row.trim_matches('|').split(" | ").map(str::trim).collect()).collect()
}

/// What stands between backticks.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// Every source of the repository.
fn sources(folder: &Path, into: &mut String) {
    for entry in fs::read_dir(folder).expect("it can be listed") {
        let path = entry.expect("it can be listed").path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if path.is_dir() && name != "target" && !name.starts_with('.') {
            sources(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            into.push_str(&fs::read_to_string(&path).expect("it is text"));
        }
    }
}

#[test]
fn the_invariants_are_those_of_the_auditor() {
    let document = document();
    let written: Vec<_> =
        rows(&document, "**The auditor**").iter().map(|row| row[0].trim_matches('`')).collect();
    let known: Vec<_> = Invariant::ALL.iter().map(|it| it.name()).collect();
    assert_eq!(written, known);
}

#[test]
fn every_case_is_checked_by_what_exists() {
    let document = document();
    let cases = rows(&document, "## The 25 cases");
    let numbers: Vec<_> = cases.iter().map(|row| row[0].to_owned()).collect();
    assert_eq!(numbers, (1..=25).map(|number| number.to_string()).collect::<Vec<_>>());
    let mut all = String::new();
    sources(&root(), &mut all);
    for row in &cases {
        let checks: Vec<_> = quoted(row[3]).collect();
        assert!(!checks.is_empty() || row[3] == "–", "nothing checks case {}", row[0]);
        for check in checks {
            let test = all.contains(&format!("fn {check}()"));
            let invariant = Invariant::ALL.iter().any(|it| it.name() == check);
            assert!(test || invariant, "case {}: there is no {check}", row[0]);
        }
    }
}

#[test]
fn the_faults_are_those_that_are_run() {
    let document = document();
    let rows = rows(&document, "## Deliberate faults");
    let mut written = BTreeSet::new();
    for (row, number) in rows.iter().zip(1..) {
        let name = quoted(row[1]).next().expect("a name");
        assert_eq!(row[0], number.to_string(), "{name}");
        let patch = fs::read_to_string(root().join(format!("sim/faults/{name}.patch")));
        let patch = patch.unwrap_or_else(|why| panic!("{name}: {why}"));
        let what = patch.lines().next().unwrap_or_default().trim_end_matches('.');
        assert!(row[1].ends_with(what), "{name} is: {what}");
        let breaks = patch.lines().find_map(|line| line.strip_prefix("Breaks: "));
        let found = quoted(row[3]).next().expect("an invariant");
        assert!(breaks.unwrap_or_default().split(' ').any(|it| it == found), "{name}: {found}");
        assert!(row[2].parse::<u64>().is_ok_and(|worlds| worlds <= 3_000), "{name}: {}", row[2]);
        written.insert(name.to_owned());
    }
    let folder = fs::read_dir(root().join("sim/faults")).expect("there are faults");
    let files = folder.map(|entry| entry.expect("it can be listed").path());
    let patches = files.filter(|path| path.extension().is_some_and(|it| it == "patch"));
    let patches: BTreeSet<_> =
        patches.filter_map(|path| path.file_stem()?.to_str().map(str::to_owned)).collect();
    assert_eq!(written, patches);
    assert!(patches.len() >= 25, "{}", patches.len());
}
