//! `docs/cli.md` is what `--help` prints, of every command: nobody writes it by hand.
//!
//! `WRITE_DOCS=1 cargo test -p posada --test help` writes it anew.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

const HEAD: &str = "\
# The command line

What `posada --help` and the help of each command print. This page is generated from them:
`WRITE_DOCS=1 cargo test -p posada --test help` writes it anew, and the same test fails
when it is not true any more. How to use the commands is told in the [README](../README.md) and in
[operations.md](operations.md).
";

fn help(command: &[&str]) -> String {
    let mut posada = Command::new(env!("CARGO_BIN_EXE_posada"));
    posada.args(command).arg("--help").stdin(Stdio::null());
    posada.env("COLUMNS", "100").env_remove("CLICOLOR_FORCE");
    let output = posada.output().expect("the binary under test runs");
    assert!(output.status.success() && output.stderr.is_empty(), "{command:?} --help: {output:?}");
    String::from_utf8(output.stdout).expect("help is text")
}

/// The commands that a help lists, in its order.
fn commands(help: &str) -> Vec<&str> {
    let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let listed = listed.take_while(|line| !line.is_empty());
    // What continues a description is indented farther.
    let first = |line: &'_ str| line.starts_with("  ") && !line.starts_with("   ");
    let names = listed.filter(|line| first(line)).filter_map(|line| line.split_whitespace().next());
    names.filter(|name| *name != "help").collect()
}

fn page() -> String {
    let whole = help(&[]);
    let mut page = format!("{HEAD}\n```console\n$ posada --help\n{whole}```\n");
    for command in commands(&whole) {
        let help = help(&[command]);
        assert!(commands(&help).is_empty(), "{command} has commands of its own: list them too");
        let _ = write!(
            page,
            "\n## posada {command}\n\n```console\n$ posada {command} --help\n{help}```\n"
        );
    }
    page
}

#[test]
fn the_page_about_the_command_line_is_what_help_prints() {
    let page = page();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/cli.md");
    if std::env::var_os("WRITE_DOCS").is_some() {
        fs::write(&path, &page).expect("docs/cli.md can be written");
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    let differs = page.lines().zip(written.lines()).find(|(help, written)| help != written);
    assert!(
        page == written,
        "docs/cli.md is not what --help prints, first at {differs:?}; write it anew: \
         WRITE_DOCS=1 cargo test -p posada --test help"
    );
}

#[test]
fn the_help_lists_its_commands_to_this_test() {
    let whole = help(&[]);
    let found = commands(&whole);
    for command in ["serve", "config", "check", "log", "backup", "restore", "export"] {
        assert!(found.contains(&command), "{command} is not among {found:?}");
    }
}
