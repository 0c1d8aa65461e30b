//! posada itself: `posada bench` with a server of its own, as anybody would run it; and a server
//! with sessions that do nothing.

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::{Idle, Named, run};
use crate::child::Child;
use crate::dialog::Dialog;
use crate::stage::{Figure, Load, Stage};

/// One listener in text, one for browsers, and nothing that limits them.
const CONFIGURATION: &str = "per_second = 0\n\
    [listeners.native]\naddress = \"127.0.0.1:0\"\nsessions = 0\nper_second = 0\n\
    [listeners.desk]\naddress = \"off\"\n[listeners.talk]\naddress = \"off\"\n\
    [listeners.note]\naddress = \"off\"\n[listeners.datagram]\naddress = \"off\"\n";

/// What makes each sync take longer, and says how often there was one.
const DELAY: &str = include_str!("delay.c");

pub(super) const PEER: Named = Named {
    name: "posada",
    program: "posada",
    package: "",
    version: &["--version"],
    settings: "no limits on sessions and rates, as `posada bench` sets it; its log in segment \
               files, or in memory where that is said",
};

/// The engine that keeps its log.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Log {
    Segment,
    Memory,
}

fn bench(stage: &Stage, load: Load, scenario: &str, log: Log) -> Command {
    let data = stage.directory().join("posada");
    let mut command = Command::new(&stage.posada);
    command.args(["bench", scenario, "--json", "--log"]);
    command.arg(if log == Log::Segment { "segment" } else { "memory" });
    command.arg("--data").arg(data);
    let numbers = [
        ("--connections", load.connections.to_string()),
        ("--depth", load.depth.to_string()),
        ("--seconds", stage.seconds.as_secs_f64().to_string()),
        ("--warm-up", stage.warm_up.as_secs_f64().to_string()),
    ];
    for (name, number) in numbers {
        command.args([name, &number]);
    }
    if let Some(rate) = load.rate {
        command.args(["--rate", &rate.to_string()]);
    }
    if let Some((server, generator)) = stage.pinned {
        command.args(["--pin", &format!("{server},{generator}")]);
    }
    command
}

fn figure(report: &Value) -> Figure {
    let number = |path: &str| report.pointer(path).and_then(Value::as_f64);
    Figure {
        per_second: number("/per_second"),
        p50: number("/latency_us/p50"),
        p99: number("/latency_us/p99"),
        generator: number("/cpu/generator"),
        server: number("/cpu/server"),
        ..Figure::default()
    }
}

/// What `posada bench` said, if every answer was right.
pub(crate) fn measured(command: &mut Command) -> Result<Value> {
    let output = command.stdin(Stdio::null()).output().context("cannot start posada")?;
    let (out, complaints) = (&output.stdout, String::from_utf8_lossy(&output.stderr));
    let report: Value = serde_json::from_slice(out)
        .with_context(|| format!("posada bench says no figures: {}", complaints.trim()))?;
    let wrong = &report["wrong_answers"];
    ensure!(output.status.success(), "posada bench: {}: {wrong} {complaints}", output.status);
    ensure!(report["interrupted"] == false, "stopped by a signal");
    Ok(report)
}

/// A scenario of `posada bench`.
pub(crate) fn scenario(stage: &Stage, load: Load, scenario: &str, log: Log) -> Result<Figure> {
    Ok(figure(&measured(&mut bench(stage, load, scenario, log))?))
}

/// `reserve`, where each sync takes so much longer: what is done a second, and by one sync.
#[expect(clippy::cast_precision_loss, reason = "nanoseconds between two syncs")]
pub(crate) fn delayed(stage: &Stage, load: Load, milliseconds: u32) -> Result<Figure> {
    let (source, library) = (stage.directory().join("delay.c"), stage.directory().join("delay.so"));
    std::fs::write(&source, DELAY)?;
    let mut compiler = Command::new("cc");
    run(compiler.args(["-O2", "-shared", "-fPIC", "-pthread", "-o"]).arg(&library).arg(&source))?;
    let told = stage.directory().join("syncs");
    let mut command = bench(stage, load, "reserve", Log::Segment);
    command.env("LD_PRELOAD", &library).env("DELAY_MS", milliseconds.to_string());
    let report = measured(command.env("DELAY_TOLD", &told))?;
    let between: u64 = std::fs::read_to_string(&told)
        .context("there was no sync that the delay has seen")?
        .trim()
        .parse()?;
    let figure = figure(&report);
    let batch = figure.per_second.map(|rate| rate * between as f64 / 1e9);
    Ok(Figure { batch, ..figure })
}

/// Has the allocator give back at once what is freed: what a start has freed would hide what a
/// session costs.
const EXACT: [(&str, &str); 1] = [("MALLOC_TRIM_THRESHOLD_", "0")];

/// A server with a listener for each kind of session, and where those are; what there is to reserve
/// is a list of names in quotation marks. Descriptors are kept for so many `browsers`; 0 is
/// unlimited.
pub(crate) fn serve(
    stage: &Stage,
    resources: &str,
    browsers: u32,
) -> Result<(Child, SocketAddr, SocketAddr)> {
    let config = stage.directory().join("posada.toml");
    let settings = format!(
        "resources = [{resources}]\nlevel = \"warn\"\n\
         [http]\naddress = \"127.0.0.1:0\"\nsessions = {browsers}\n{CONFIGURATION}"
    );
    std::fs::write(&config, settings)?;
    let mut command = Command::new(&stage.posada);
    command.args(["serve", "--no-console", "--config"]).arg(&config);
    command.arg("--data").arg(stage.directory().join("posada"));
    for (name, _) in std::env::vars_os().filter(|(name, _)| is_setting(Path::new(name))) {
        command.env_remove(name);
    }
    let mut child = Child::start(stage, command.envs(EXACT))?;
    let said = child.waits(|child| Some(child.said()).filter(|said| said.contains("\nready")))?;
    let address = |listener: &str| {
        let line = said.lines().find(|line| line.split_whitespace().next() == Some(listener));
        let mut words = line.unwrap_or_default().split_whitespace();
        let word = words
            .find_map(|word| word.trim_start_matches("http://").trim_end_matches('/').parse().ok());
        word.with_context(|| format!("no {listener} in {said}"))
    };
    let (native, http) = (address("native")?, address("http")?);
    Ok((child, native, http))
}

fn is_setting(name: &Path) -> bool {
    name.to_string_lossy().starts_with("POSADA_")
}

/// Named sessions over TCP that do nothing.
pub(crate) fn idle(stage: &Stage, load: Load) -> Result<Figure> {
    let (child, native, _) = serve(stage, r#""r0""#, 0)?;
    let figure = Idle::of(child.pid()).grows(load, |number| {
        let mut dialog = Dialog::with(native)?;
        dialog.say(format!("name bench-{number}\n"))?;
        let answer = dialog.line()?;
        ensure!(answer.starts_with("OK "), "a name was answered {answer:?}");
        Ok(dialog)
    })?;
    child.stop()?;
    Ok(figure)
}

/// The same over WebSockets.
pub(crate) fn idle_browsers(stage: &Stage, load: Load) -> Result<Figure> {
    let (child, _, http) = serve(stage, r#""r0""#, 0)?;
    let figure = Idle::of(child.pid()).grows(load, |number| {
        let mut dialog = Dialog::with(http)?;
        dialog.say(format!(
            "GET /ws HTTP/1.1\r\nHost: {http}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        ))?;
        let status = dialog.line()?;
        ensure!(status.starts_with("HTTP/1.1 101"), "a WebSocket was answered {status:?}");
        dialog.line_until(|line| line == "\r\n")?;
        let text = format!(r#"{{"id":1,"do":"name","name":"bench-{number}"}}"#);
        // A final text frame, masked with zeros.
        let length = u8::try_from(text.len())?;
        dialog.say([&[0x81, 0x80 | length, 0, 0, 0, 0], text.as_bytes()].concat())?;
        let head = dialog.bytes(2)?;
        ensure!(head[0] == 0x81 && head[1] < 126, "no short text frame: {head:?}");
        let answer = dialog.bytes(usize::from(head[1]))?;
        let answer: Value = serde_json::from_slice(&answer)?;
        ensure!(answer["ok"].is_object(), "a name was answered {answer}");
        Ok(dialog)
    })?;
    child.stop()?;
    Ok(figure)
}
