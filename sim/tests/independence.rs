//! The auditor stays what it is: a second opinion.

use std::fs;
use std::path::Path;

#[test]
fn the_auditor_takes_values_from_the_core_and_nothing_that_thinks() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/auditor");
    let mut files = 0;
    for entry in fs::read_dir(folder).expect("the auditor has a folder") {
        let path = entry.expect("it can be listed").path();
        let source = fs::read_to_string(&path).expect("it is text");
        let code = source.lines().filter(|line| !line.trim_start().starts_with("//"));
        for line in code {
            for forbidden in ["state::", "Core", "Setup", "posada_log", "posada_wire", "Node"] {
                let name = path.display();
                // `NodeUp` is an entry, and an entry is a value.
                let line = line.replace("NodeUp", "");
                assert!(!line.contains(forbidden), "{name} uses {forbidden}: {line}");
            }
        }
        files += 1;
    }
    assert!(files >= 5, "the auditor's files are where this test looks");
}
