//! What the operator sees and types, on terminals of several kinds.

use std::fs;

use rustix::process::Signal;
use serde_json::json;

use crate::stage::Operator;
use crate::support::pty::Terminal;
use crate::support::{GOODBYE, House, Program};

/// A day at the desk on this terminal; returns everything that was written to it.
#[track_caller]
fn is_a_day(terminal: Terminal, edits: bool) -> String {
    let mut operator = Operator::at(terminal, &[]);
    let mut luis = operator.talk("luis");
    let mut ana = operator.native("ana");
    operator.terminal.sees("connected native\n").sees(" is ana\n");
    operator.terminal.types("/bai").sees("/bai");
    ana.asks("say interrumpo");
    operator.terminal.sees("#lobby ana: interrumpo\n");
    if edits {
        // What was typed so far stands below what happened, as it was.
        operator.terminal.sees("Servidor> /bai");
    }
    operator.terminal.types("le\r").sees("there is no /baile");
    luis.hears("ana: interrumpo");
    ana.asks("reserve Habitación 1");
    operator.terminal.sees("ana (127.0.0.1:").sees(") reserves Habitación 1\n");
    ana.asks("to luis un secreto");
    operator.terminal.sees("ana → luis\n");
    ana.asks("cancel Habitación 2");
    operator.terminal.sees("refused: not_held");
    luis.hears("ana: un secreto").says_only("salir");
    operator.terminal.sees("luis (127.0.0.1:").sees(") left\n");
    let mut rosa = operator.talk("rosa");
    operator.terminal.enters("SALIR");
    rosa.hears(GOODBYE).is_cut_off();
    assert_eq!(ana.answer().map(|line| line.starts_with("BYE closing ")), Some(true));
    assert_eq!(operator.terminal.ends(), Some(0));
    let written = operator.terminal.written();
    assert!(!written.contains("un secreto"), "the operator reads private messages:\n{written}");
    written
}

#[test]
fn what_happens_does_not_tear_the_line_that_is_typed() {
    is_a_day(Terminal::new().of_size(24, 80), true);
}

#[test]
fn a_terminal_of_unknown_size_that_answers_nothing_will_do() {
    let written = is_a_day(Terminal::new().of_unknown_size(), true);
    assert!(!written.contains("\x1b[6n"), "it was asked where its cursor is");
}

#[test]
fn a_dumb_terminal_gets_lines_and_nothing_else() {
    let written = is_a_day(Terminal::new().of_unknown_size().dumb(), false);
    assert!(!written.contains('\x1b'), "{written:?}");
}

#[test]
fn colours_respect_no_color() {
    let coloured = is_a_day(Terminal::new().coloured(), true);
    assert!(coloured.contains("\x1b[1;36mana\x1b[0m: interrumpo"), "{coloured:?}");
    let plain = is_a_day(Terminal::new(), true);
    let mut sequences = plain.split("\x1b[").skip(1);
    let colours = |it: &str| it.chars().find(char::is_ascii_alphabetic) == Some('m');
    assert!(!sequences.any(colours), "{plain:?}");
}

#[test]
fn a_return_and_a_newline_both_submit() {
    let kinds = [
        Terminal::new(),
        Terminal::new().of_unknown_size(),
        Terminal::new().dumb(),
        Terminal::new().dumb().that_keeps_returns(),
    ];
    for kind in kinds {
        let mut operator = Operator::at(kind, &[]);
        operator.terminal.sees("salir closes the server\n");
        operator.terminal.types("/uno\r").sees("there is no /uno");
        operator.terminal.types("/dos\n").sees("there is no /dos");
        operator.terminal.types("/tres\r\n").sees("there is no /tres");
        operator.terminal.types("salir\n");
        assert_eq!(operator.terminal.ends(), Some(0));
    }
}

#[test]
fn the_end_of_the_input_is_not_salir() {
    for (kind, prompt) in [(Terminal::new(), "Servidor> "), (Terminal::new().dumb(), "salir")] {
        let mut operator = Operator::at(kind, &[]);
        operator.terminal.sees(prompt).types("\x04").sees("no more input: the server goes on");
        operator.terminal.types("salir\r");
        let mut ana = operator.native("ana");
        ana.asks("say sigo aquí");
        operator.terminal.sees("#lobby ana: sigo aquí\n");
        operator.signals(Signal::TERM);
        assert_eq!(operator.terminal.ends(), Some(0));
    }
}

#[test]
fn an_interruption_closes_the_server() {
    let mut operator = Operator::at(Terminal::new(), &[]);
    let mut luis = operator.talk("luis");
    operator.terminal.types("half a line\x03");
    luis.hears(GOODBYE).is_cut_off();
    assert_eq!(operator.terminal.ends(), Some(0));
}

#[test]
fn a_second_signal_leaves_the_terminal_as_it_was() {
    let names: Vec<_> = (0..1_000).map(|number| format!("{number:060}")).collect();
    let house = House::new().in_memory().with_resources(&names).with("drain_seconds=600");
    let mut operator = Operator::of(house, Terminal::new(), &[]);
    let mut ana = operator.native("ana");
    operator.terminal.sees(" is ana\n").sees("Servidor> ");
    // She takes nothing of what she is owed, so that the server waits for her.
    ana.socket.throws("list\n".repeat(500));
    operator.signals(Signal::TERM);
    operator.terminal.sees("closing");
    operator.signals(Signal::TERM);
    // Closing may have been faster than the second signal; the terminal is itself either way.
    let code = operator.terminal.ends();
    assert!(matches!(code, Some(0 | 143)), "{code:?}");
}

#[test]
fn what_clients_send_cannot_steer_colour_or_forge() {
    for kind in [Terminal::new(), Terminal::new().dumb()] {
        let mut operator = Operator::at(kind, &[]);
        let mut ana = operator.native("ana");
        ana.asks("say \x1b[2J\x1b]0;x\x07 \u{9b}31m \u{202e}rev \x08\x08 uno");
        operator.terminal.sees("#lobby ana: \u{fffd}[2J\u{fffd}]0;x\u{fffd} \u{fffd}31m ");
        operator.terminal.sees("\u{fffd}rev \u{fffd}\u{fffd} uno\n");
        let mut eva = Program::over(operator.native("eva").socket);
        let forged = "dos\r\n10:00:00  #lobby ana: nunca\u{2028}tres\u{85}";
        eva.posts(json!({"do": "say", "text": forged}));
        let clean =
            "#lobby eva: dos\u{fffd}\u{fffd}10:00:00  #lobby ana: nunca\u{fffd}tres\u{fffd}\n";
        operator.terminal.sees(clean);
        ana.asks("reserve \x1b[31mnada");
        operator.terminal.sees("no_such_resource");
        operator.terminal.enters("salir");
        assert_eq!(operator.terminal.ends(), Some(0));
        let written = operator.terminal.written();
        for raw in
            ["\x1b[2J", "\x1b]", "\x07", "\u{9b}", "\u{202e}", "\u{85}", "\u{2028}", "\x1b[31m"]
        {
            assert!(!written.contains(raw), "{raw:?} reached the terminal: {written:?}");
        }
        let forged = written.lines().any(|line| line.starts_with("10:00:00"));
        assert!(!forged, "{written:?}");
    }
}

#[test]
fn a_long_message_cannot_look_like_another_line() {
    let mut operator = Operator::at(Terminal::new().of_size(24, 60), &[]);
    let mut ana = operator.native("ana");
    ana.asks(&format!("say {}10:00:00  #lobby luis: forjado", ".".repeat(38)));
    operator.terminal.sees(&format!("#lobby ana: {}\n", ".".repeat(38)));
    operator.terminal.sees("        ┊ 10:00:00  #lobby luis: forjado\n");
    operator.terminal.enters("salir");
    assert_eq!(operator.terminal.ends(), Some(0));
}

#[test]
fn a_terminal_that_takes_nothing_holds_nobody_up() {
    let mut operator = Operator::at(Terminal::new(), &[]);
    let mut luis = operator.native("luis");
    let mut ana = operator.native("ana");
    operator.terminal.sees(" is ana\n").looks(false);
    // What the terminal, its queue and the kernel hold, several times over.
    for number in 0..4_000 {
        let said = format!("say {number} {}", "x".repeat(100));
        assert!(ana.asks(&said).starts_with("OK "), "nobody waits for the operator");
    }
    assert!(luis.hears().text.starts_with("0 x"));
    operator.terminal.looks(true).sees("#lobby ana: 0 x").sees(" lines were not shown\n");
    ana.asks("say otra vez");
    operator.terminal.sees("#lobby ana: otra vez\n");
    operator.terminal.enters("salir");
    assert_eq!(operator.terminal.ends(), Some(0));
}

#[test]
fn a_terminal_that_takes_nothing_does_not_keep_the_server_from_closing() {
    let mut operator = Operator::at(Terminal::new(), &[]);
    let mut ana = operator.native("ana");
    operator.terminal.sees(" is ana\n").looks(false);
    for number in 0..1_500 {
        ana.asks(&format!("say {number} {}", "x".repeat(100)));
    }
    operator.signals(Signal::TERM);
    assert_eq!(operator.terminal.ends(), Some(0));
}

#[test]
fn a_terminal_is_no_console_where_nobody_wants_one() {
    let mut operator = Operator::at(Terminal::new(), &["--no-console"]);
    operator.terminal.types("salir\r");
    let mut ana = operator.native("ana");
    ana.asks("say hola");
    operator.terminal.sees("INFO connected");
    operator.signals(Signal::TERM);
    assert_eq!(operator.terminal.ends(), Some(0));
    assert!(!operator.terminal.read().contains("#lobby"), "what people say is for the console");
}

#[test]
fn what_the_program_logs_does_not_tear_the_console() {
    let house = House::new();
    fs::create_dir_all(house.data().join("operator")).expect("it is ours");
    let mut operator = Operator::of(house, Terminal::new(), &[]);
    operator.terminal.sees("WARN posada operator will not work").sees("Servidor> ");
    operator.terminal.enters("salir");
    assert_eq!(operator.terminal.ends(), Some(0));
}
