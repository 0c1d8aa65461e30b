//! One point's server, what drives it, and what it says of itself.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use posada::bench::Socket;
use serde_json::Value;

use crate::child::Child;
use crate::dialog::Dialog;
use crate::peer::Idle;
use crate::peer::posada::{measured, serve};
use crate::stage::Stage;

/// Who may come to look at its figures: the descriptors are for the others.
const BROWSERS: u32 = 10;

/// A server that runs.
pub(super) struct Server<'a> {
    stage: &'a Stage,
    child: Child,
    native: SocketAddr,
    http: SocketAddr,
}

/// What `posada bench` is told.
pub(super) struct Load {
    pub(super) scenario: &'static str,
    pub(super) connections: usize,
    pub(super) depth: usize,
    pub(super) rate: Option<u32>,
    pub(super) resources: usize,
}

/// A server's figures, by name.
pub(super) type Figures = BTreeMap<String, f64>;

/// What it said.
pub(super) struct Report(Value);

impl Report {
    /// A figure, by its place.
    pub(super) fn number(&self, place: &str) -> Option<f64> {
        self.0.pointer(place).and_then(Value::as_f64)
    }

    /// A share of one core.
    pub(super) fn per_second(&self) -> Option<f64> {
        self.number("/per_second")
    }

    pub(super) fn p50(&self) -> Option<f64> {
        self.number("/latency_us/p50")
    }

    pub(super) fn p99(&self) -> Option<f64> {
        self.number("/latency_us/p99")
    }
}

impl Load {
    fn command(&self, stage: &Stage) -> Command {
        let mut command = Command::new(&stage.posada);
        command.args(["bench", self.scenario, "--json"]);
        let numbers = [
            ("--connections", self.connections.to_string()),
            ("--depth", self.depth.to_string()),
            ("--resources", self.resources.to_string()),
            ("--seconds", stage.seconds.as_secs_f64().to_string()),
            ("--warm-up", stage.warm_up.as_secs_f64().to_string()),
        ];
        for (name, number) in numbers {
            command.args([name, &number]);
        }
        if let Some(rate) = self.rate {
            command.args(["--rate", &rate.to_string()]);
        }
        command
    }

    /// On a server of the generator's own.
    pub(super) fn alone(&self, stage: &Stage) -> Result<Report> {
        let mut command = self.command(stage);
        command.arg("--data").arg(stage.directory().join("posada"));
        if let Some((server, generator)) = stage.pinned {
            command.args(["--pin", &format!("{server},{generator}")]);
        }
        Ok(Report(measured(&mut command)?))
    }
}

impl<'a> Server<'a> {
    /// Starts one, with so many resources.
    pub(super) fn open(stage: &'a Stage, resources: usize) -> Result<Self> {
        let names = (0..resources).map(|number| format!("\"r{number}\","));
        let (child, native, http) = serve(stage, &names.collect::<String>(), BROWSERS)?;
        Ok(Self { stage, child, native, http })
    }

    /// Loads it, and looks at its figures as soon as that is over. What the generator holds then is
    /// not given back, one after the other: the server ends with the point.
    pub(super) fn under(&self, load: &Load) -> Result<(Report, Figures)> {
        let mut command = load.command(self.stage);
        command.arg(self.native.to_string());
        command.args(["--server-pid", &self.child.pid().to_string()]);
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        let mut generator = self.stage.at_the_generators_core(|| Ok(command.spawn()?))?;
        let mut said = String::new();
        let output = generator.stdout.take().context("it has an output")?;
        let read = BufReader::new(output).read_line(&mut said);
        let figures = self.figures();
        // It may have ended already.
        let _ = generator.kill();
        generator.wait()?;
        read?;
        let report: Value = serde_json::from_str(&said).context("posada bench says no figures")?;
        ensure!(report["wrong"] == 0, "wrong answers: {}", report["wrong_answers"]);
        ensure!(report["interrupted"] == false, "stopped by a signal");
        Ok((Report(report), figures?))
    }

    /// Opens sessions that have a name, and do nothing.
    pub(super) fn idle(&self, count: usize) -> Result<Vec<Socket>> {
        let open = |number| {
            let mut dialog = Dialog::with(self.native)?;
            dialog.say(format!("name idle-{number}\n"))?;
            let answer = dialog.line()?;
            ensure!(answer.starts_with("OK "), "a name was answered {answer:?}");
            dialog.done()
        };
        (0..count).map(open).collect()
    }

    /// Memory that is its own, when that stands still.
    pub(super) fn memory(&self) -> Result<u64> {
        Idle::of(self.child.pid()).settled()
    }

    /// Its figures, by name.
    pub(super) fn figures(&self) -> Result<Figures> {
        let mut dialog = Dialog::with(self.http)?;
        let http = self.http;
        dialog
            .say(format!("GET /metrics HTTP/1.1\r\nHost: {http}\r\nConnection: close\r\n\r\n"))?;
        let status = dialog.line()?;
        ensure!(status.contains(" 200 "), "the figures were answered {status:?}");
        let mut figures = BTreeMap::new();
        loop {
            let line = dialog.line().context("no end of the figures")?;
            if line.starts_with("# EOF") {
                return Ok(figures);
            }
            if let Some((name, value)) = line.trim_end().rsplit_once(' ')
                && let Ok(value) = value.parse()
            {
                figures.insert(name.to_owned(), value);
            }
        }
    }

    /// Ends it.
    pub(super) fn close(self) -> Result<()> {
        self.child.stop()
    }
}
