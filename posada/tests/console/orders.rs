//! What the operator orders, and what comes of it.

use rustix::process::Signal;

use crate::stage::Operator;
use crate::support::House;
use crate::support::pty::Terminal;

#[test]
fn a_line_goes_to_everybody_and_to_one() {
    let mut operator = Operator::at(Terminal::new(), &[]);
    let mut luis = operator.talk("luis");
    let mut ana = operator.native("ana");
    ana.asks("join taller");
    operator.terminal.sees("ana (127.0.0.1:").sees(") comes into #taller\n");
    operator.terminal.enters("la cena está lista");
    luis.hears("Servidor:la cena está lista");
    operator.terminal.sees("Servidor:la cena está lista\n").sees("sent to 2\n");
    let announced = ana.socket.line().expect("she is here");
    assert!(announced.ends_with(" ! la cena está lista"), "{announced}");
    operator.terminal.enters("@luis ven").sees("Servidor → luis: ven\n").sees("sent to 1\n");
    luis.hears("Servidor:ven");
    operator.terminal.enters("//who").sees("Servidor:/who\n");
    luis.hears("Servidor:/who");
    operator.terminal.enters("@nadie hola").sees("refused: not_here");
    operator.terminal.enters("salir");
    assert_eq!(operator.terminal.ends(), Some(0));
}

#[test]
fn who_has_no_name_can_be_told_by_address() {
    let mut operator = Operator::at(Terminal::new(), &[]);
    let mut stranger = operator.stranger("native");
    assert_eq!(stranger.asks("ping"), "OK pong");
    let peer = stranger.socket.sender().local_addr().expect("it has an address");
    operator.terminal.enters(&format!("@{peer} ¿quién eres?")).sees("sent to 1\n");
    let told = stranger.socket.line().expect("it is here");
    assert!(told.ends_with(" !@ ¿quién eres?"), "{told}");
    operator.terminal.enters(&format!("/kick {peer}")).sees("done\n");
    let bye = stranger.answer().expect("it is told");
    assert!(bye.starts_with("BYE kicked"), "{bye}");
    operator.terminal.enters("salir");
    assert_eq!(operator.terminal.ends(), Some(0));
}

#[test]
fn who_is_sent_away_or_shut_out_is_told_and_gone() {
    let mut operator = Operator::at(Terminal::new(), &[]);
    let mut ana = operator.native("ana");
    ana.asks("reserve Habitación 1");
    operator.terminal.enters("/who").sees("native").sees("ana\n").sees("this console");
    operator.terminal.enters("/resources").sees("Habitación 1: taken by ana (");
    operator.terminal.enters("/rooms").sees("1  #lobby");
    operator.terminal.enters("/kick ana").sees("done\n").sees("sent away: kicked\n");
    assert!(ana.answer().is_some_and(|line| line.starts_with("BYE kicked")));
    operator.terminal.enters("/release Habitación 1").sees("done\n");
    operator.terminal.enters("/resources").sees("Habitación 1: free\n");
    operator.terminal.enters("/ban ana 10m").sees("done\n");
    let mut again = operator.stranger("native");
    assert!(again.asks("name ana").starts_with("ERR banned"));
    operator.terminal.sees("refused: banned");
    operator.terminal.enters("/unban ana").sees("done\n");
    assert!(again.asks("name ana").starts_with("OK "));
    operator.terminal.enters("/ban 127.0.0.1").sees("done\n").sees("sent away: banned\n");
    assert!(again.answer().is_some_and(|line| line.starts_with("BYE banned")));
    operator.terminal.enters("salir");
    assert_eq!(operator.terminal.ends(), Some(0));
}

#[test]
fn bans_and_what_was_announced_survive_a_restart() {
    let data = tempfile::tempdir().expect("a directory");
    let house = || House::at(data.path());
    let mut operator = Operator::of(house(), Terminal::new(), &[]);
    operator.terminal.enters("/ban eva").sees("done\n").enters("salir");
    assert_eq!(operator.terminal.ends(), Some(0));
    let mut operator = Operator::of(house(), Terminal::new(), &[]);
    let mut eva = operator.stranger("native");
    assert!(eva.asks("name eva").starts_with("ERR banned"));
    operator.signals(Signal::TERM);
    assert_eq!(operator.terminal.ends(), Some(0));
}
