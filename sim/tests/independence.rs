//! The auditor stays what it is: a second opinion.

use std::fs;
use std::path::{Path, PathBuf};

/// Every source file in a folder, and in those within it.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("the auditor has a folder");
    let paths = entries.map(|entry| entry.expect("it can be listed").path());
    paths.flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] }).collect()
}

#[test]
fn the_auditor_takes_values_from_the_core_and_nothing_that_thinks() {
    let files = sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/auditor"));
    assert!(files.len() >= 15, "the auditor's files are where this test looks");
    for path in files {
        let source = fs::read_to_string(&path).expect("it is text");
        let code = source.lines().filter(|line| !line.trim_start().starts_with("//"));
        for line in code {
            let thinking =
                ["state::", "limits::", ".asker()", "Core", "Setup", "posada_log", "posada_wire"];
            for forbidden in thinking.into_iter().chain(["Node"]) {
                let name = path.display();
                // `NodeUp` is an entry, and an entry is a value.
                let line = line.replace("NodeUp", "");
                assert!(!line.contains(forbidden), "{name} uses {forbidden}: {line}");
            }
        }
    }
}
