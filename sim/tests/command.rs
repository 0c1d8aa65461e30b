//! The command: what it prints, and how it ends.

use std::process::{Command, Output};

fn sim(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_posada-sim")).args(arguments).output().expect("it is built")
}

#[test]
fn a_seed_prints_the_same_bytes_each_time() {
    for seed in ["1", "18446744073709551615"] {
        let (once, again) = (sim(&[seed, "--all"]), sim(&[seed, "--all"]));
        assert!(once.status.success());
        assert_eq!(once.stdout, again.stdout);
        assert!(once.stdout.len() > 1_000, "there is something to read");
    }
}

#[test]
fn a_run_says_where_it_began_and_how_many_worlds_it_ran() {
    let output = sim(&["--worlds", "3", "--from", "7"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}");
    assert!(text.starts_with("worlds from seed 7\n") && text.contains("\n3 worlds in "), "{text}");
}
