//! PostgreSQL: a conditional `UPDATE` that takes, and one that gives back, prepared, each a
//! transaction of its own; several outstanding are pipelined.
//!
//! As its documentation advises: everything that makes a commit durable stays on, which is its
//! default; a quarter of the memory, at most 1 GiB, is for its buffers.

use std::net::SocketAddr;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use bytes::BytesMut;
use posada::bench::Verb;
use postgres_protocol::IsNull;
use postgres_protocol::message::frontend;
use rustix::process::Signal;

use super::{Named, run};
use crate::child::{Child, free_address};
use crate::dialog::Dialog;
use crate::scenario::RESOURCES;
use crate::scenario::reserve::{Heard, Reserve, Spelling};
use crate::stage::{Figure, Load, Stage};

/// Who it runs as where this program is root, which it refuses.
const USER: &str = "postgres";
const TAKE: &str = "UPDATE resource SET holder = $2 WHERE name = $1 AND holder IS NULL";
const GIVE: &str = "UPDATE resource SET holder = NULL WHERE name = $1 AND holder IS NOT NULL";
const MOST_BUFFERS: u64 = 1 << 30;

pub(super) const PEER: Named = Named {
    name: "PostgreSQL",
    program: "postgres",
    package: "postgresql",
    version: &["--version"],
    settings: "as `initdb` makes it (`fsync` and `synchronous_commit` on), `shared_buffers` a \
               quarter of the memory, at most 1 GiB; `fillfactor` 50 for the table",
};

/// The user and group that it can run as, when this program is root.
fn other_user() -> Result<Option<(u32, u32)>> {
    if !rustix::process::geteuid().is_root() {
        return Ok(None);
    }
    let users = std::fs::read_to_string("/etc/passwd")?;
    let line = users.lines().find_map(|line| line.strip_prefix(&format!("{USER}:")));
    let mut numbers = line.context("there is no user for it")?.split(':').skip(1);
    let mut number = || numbers.next().and_then(|number| number.parse().ok());
    Ok(number().zip(number()))
}

fn command(program: &Path, user: Option<(u32, u32)>) -> Command {
    let mut command = Command::new(program);
    if let Some((user, group)) = user {
        command.uid(user).gid(group);
    }
    command
}

fn start(stage: &Stage) -> Result<(Child, SocketAddr)> {
    let (program, user, address) = (PEER.find()?, other_user()?, free_address()?);
    let data = stage.directory().join("postgres");
    std::fs::create_dir(&data)?;
    if let Some((user, group)) = user {
        std::os::unix::fs::chown(&data, Some(user), Some(group))?;
        // On the way there nothing is secret.
        run(Command::new("chmod").arg("a+rx").arg(stage.directory()))?;
    }
    let mut initdb = command(&program.with_file_name("initdb"), user);
    initdb.args(["--auth=trust", "--username=bench", "--encoding=UTF8", "--locale=C", "--pgdata"]);
    run(initdb.arg(&data).current_dir("/"))?;
    let memory = rustix::system::sysinfo();
    let memory = memory.totalram * u64::from(memory.mem_unit) / 4;
    let buffers = format!("shared_buffers={}MB", memory.min(MOST_BUFFERS) >> 20);
    let mut postgres = command(&program, user);
    postgres.arg("-D").arg(&data).args(["-h", "127.0.0.1", "-p", &address.port().to_string()]);
    postgres.args(["-c", "unix_socket_directories=", "-c", &buffers]).current_dir("/");
    // The fast way to end: it does not wait for its clients.
    let mut child = Child::start(stage, &mut postgres)?.ends_on(Signal::INT);
    child.waits(|_| client(address).ok().map(drop))?;
    Ok((child, address))
}

/// Reads messages until it is ready for a query; what was in those of that kind.
fn answered(dialog: &mut Dialog, kind: u8) -> Result<Vec<Vec<u8>>> {
    let mut found = Vec::new();
    loop {
        let head = dialog.bytes(5)?;
        let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]);
        let body = dialog.bytes(usize::try_from(length)?.saturating_sub(4))?;
        match head[0] {
            b'E' => bail!("PostgreSQL says {}", String::from_utf8_lossy(&body).replace('\0', " ")),
            b'Z' => return Ok(found),
            it if it == kind => found.push(body),
            _ => {}
        }
    }
}

fn client(address: SocketAddr) -> Result<Dialog> {
    let mut dialog = Dialog::with(address)?;
    let mut out = BytesMut::new();
    frontend::startup_message([("user", "bench"), ("database", "postgres")], &mut out)?;
    dialog.say(&out)?;
    answered(&mut dialog, b'R')?;
    Ok(dialog)
}

fn query(dialog: &mut Dialog, text: &str) -> Result<Vec<Vec<u8>>> {
    let mut out = BytesMut::new();
    frontend::query(text, &mut out)?;
    dialog.say(&out)?;
    answered(dialog, b'D')
}

/// A client that has both statements prepared.
fn prepared(address: SocketAddr) -> Result<Dialog> {
    let mut dialog = client(address)?;
    let mut out = BytesMut::new();
    for (name, text) in [("take", TAKE), ("give", GIVE)] {
        frontend::parse(name, text, [], &mut out)?;
    }
    frontend::sync(&mut out);
    dialog.say(&out)?;
    ensure!(answered(&mut dialog, b'1')?.len() == 2, "two statements are prepared");
    Ok(dialog)
}

/// The two statements.
struct Rows {
    address: SocketAddr,
    sessions: Vec<String>,
    out: BytesMut,
}

impl Spelling for Rows {
    fn ask(&mut self, session: usize, verb: Verb, resource: &str, out: &mut Vec<u8>) {
        let holder = &self.sessions[session];
        let (statement, values) = match verb {
            Verb::Reserve => ("take", &[resource, holder][..]),
            Verb::Cancel => ("give", &[resource][..]),
        };
        self.out.clear();
        let value = |value: &str, out: &mut BytesMut| {
            out.extend_from_slice(value.as_bytes());
            Ok(IsNull::No)
        };
        // Short texts without a zero in them always fit.
        let _ = frontend::bind("", statement, [], values.iter().copied(), value, [], &mut self.out);
        let _ = frontend::execute("", 0, &mut self.out);
        frontend::sync(&mut self.out);
        out.extend_from_slice(&self.out);
    }

    /// `BindComplete`, `CommandComplete` with the number of rows, `ReadyForQuery`.
    fn hear(&self, bytes: &[u8], _verb: Verb) -> Heard {
        let (mut at, mut done) = (0, None);
        while let Some([kind, a, b, c, d]) = bytes.get(at..at + 5) {
            let length = u32::from_be_bytes([*a, *b, *c, *d]) as usize;
            let Some(body) = bytes.get(at + 5..at + 1 + length) else { break };
            at += 1 + length;
            match (kind, body) {
                (b'C', b"UPDATE 1\0") => done = Some(true),
                (b'C', b"UPDATE 0\0") => done = Some(false),
                (b'2' | b'N', _) => {}
                (b'Z', b"I") => return done.map_or(Heard::Strange, |it| Heard::Answer(at, it)),
                _ => return Heard::Strange,
            }
        }
        Heard::More
    }

    fn taken(&self) -> Result<Option<usize>> {
        let count = "SELECT count(*) FROM resource WHERE holder IS NOT NULL";
        let rows = query(&mut client(self.address)?, count)?;
        // One column: how many there are, how long it is, and its digits.
        let digits = rows.first().and_then(|row| row.get(6..)).context("no count")?;
        Ok(Some(std::str::from_utf8(digits)?.parse()?))
    }
}

/// Takes and gives back, each durable when it is answered.
pub(crate) fn durable(stage: &Stage, load: Load) -> Result<Figure> {
    let (child, address) = start(stage)?;
    let mut clerk = client(address)?;
    query(
        &mut clerk,
        &format!(
            "CREATE TABLE resource (name text PRIMARY KEY, holder text) WITH (fillfactor = 50); \
             INSERT INTO resource SELECT 'r' || n FROM generate_series(0, {}) n",
            RESOURCES - 1
        ),
    )?;
    query(&mut clerk, "VACUUM ANALYZE resource")?;
    query(&mut clerk, "CHECKPOINT")?;
    let sockets = (0..load.connections).map(|_| prepared(address)?.done());
    let sockets = sockets.collect::<Result<_>>()?;
    let sessions = (0..load.connections).map(|number| format!("bench-{number}")).collect();
    let rows = Rows { address, sessions, out: BytesMut::new() };
    let mut scenario = Reserve::new(load.connections, rows);
    let figure = stage.drive(load, child.pid(), &mut scenario, sockets, 1)?;
    drop(clerk);
    child.stop()?;
    Ok(Figure { server: None, ..figure })
}
