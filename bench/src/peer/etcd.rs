//! etcd: a transaction that puts what is absent, and a deletion, over gRPC.
//!
//! Its protocol is HTTP/2, so this has a loop of its own: one task for each request under way, as
//! many connections and as much outstanding on each as with the others. The few messages that are
//! needed are written out from its `rpc.proto`. As packaged, without settings.

use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::process::Command;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use bytes::{BufMut, Bytes, BytesMut};
use h2::client::SendRequest;
use hdrhistogram::Histogram;
use posada::bench::process::Watched;
use posada::bench::{Tally, Verb, Wishes};
use prost::Message;
use tokio::net::TcpStream;
use tokio::task::LocalSet;

use super::Named;
use crate::child::{Child, free_address};
use crate::scenario::reserve::{judged, wishes};
use crate::stage::{Figure, Load, Stage};

/// What HTTP/2 lets a server send before it must be told to go on.
const WINDOW: u32 = 1 << 20;
/// How long a request waits where nothing can be asked at the moment.
const PAUSE: Duration = Duration::from_millis(1);
/// The longest latency that is told apart, in nanoseconds.
const LONGEST: u64 = 600_000_000_000;
/// `Compare`: equal, and what is compared is the revision at which the key was made.
const CREATED: i32 = 1;

pub(super) const PEER: Named = Named {
    name: "etcd",
    program: "etcd",
    package: "etcd-server",
    version: &["--version"],
    settings: "as packaged, one member; `Txn` (create revision = 0, put) and `DeleteRange`",
};

#[derive(Clone, PartialEq, Message)]
struct Compare {
    #[prost(int32, tag = "2")]
    target: i32,
    #[prost(bytes = "bytes", tag = "3")]
    key: Bytes,
    #[prost(int64, optional, tag = "5")]
    create_revision: Option<i64>,
}

#[derive(Clone, PartialEq, Message)]
struct Put {
    #[prost(bytes = "bytes", tag = "1")]
    key: Bytes,
    #[prost(bytes = "bytes", tag = "2")]
    value: Bytes,
}

#[derive(Clone, PartialEq, Message)]
struct Operation {
    #[prost(message, optional, tag = "2")]
    put: Option<Put>,
}

#[derive(Clone, PartialEq, Message)]
struct Transaction {
    #[prost(message, repeated, tag = "1")]
    compare: Vec<Compare>,
    #[prost(message, repeated, tag = "2")]
    success: Vec<Operation>,
}

#[derive(Clone, PartialEq, Message)]
struct Succeeded {
    #[prost(bool, tag = "2")]
    succeeded: bool,
}

/// Of a deletion, and of a look at a range of keys.
#[derive(Clone, PartialEq, Message)]
struct Range {
    #[prost(bytes = "bytes", tag = "1")]
    key: Bytes,
    #[prost(bytes = "bytes", tag = "2")]
    end: Bytes,
    #[prost(bool, tag = "9")]
    count_only: bool,
}

#[derive(Clone, PartialEq, Message)]
struct Deleted {
    #[prost(int64, tag = "2")]
    deleted: i64,
}

#[derive(Clone, PartialEq, Message)]
struct Counted {
    #[prost(int64, tag = "4")]
    count: i64,
}

fn start(stage: &Stage) -> Result<(Child, SocketAddr)> {
    let (address, peers) = (free_address()?, free_address()?);
    let (clients, peers) = (format!("http://{address}"), format!("http://{peers}"));
    let mut command = Command::new(PEER.find()?);
    command.arg("--data-dir").arg(stage.directory().join("etcd"));
    command.args(["--name", "bench", "--initial-cluster", &format!("bench={peers}")]);
    command.args(["--listen-client-urls", &clients, "--advertise-client-urls", &clients]);
    command.args(["--listen-peer-urls", &peers, "--initial-advertise-peer-urls", &peers]);
    let mut child = Child::start(stage, &mut command)?;
    child.listens(address)?;
    Ok((child, address))
}

/// What all requests share.
struct Run {
    wishes: RefCell<Wishes>,
    tally: RefCell<Tally>,
    latency: RefCell<Histogram<u64>>,
    measured: Cell<u64>,
    from: Instant,
    until: Instant,
}

async fn connect(address: SocketAddr) -> Result<SendRequest<Bytes>> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let mut builder = h2::client::Builder::new();
    builder.initial_window_size(WINDOW).initial_connection_window_size(WINDOW);
    let (send, connection) = builder.handshake(stream).await?;
    tokio::task::spawn_local(async move {
        // Who asks hears of its end.
        let _ = connection.await;
    });
    Ok(send)
}

/// One call: its answer, when it is there and the server says that all is well.
async fn call<T: Message + Default>(
    send: &SendRequest<Bytes>,
    method: &str,
    message: &impl Message,
) -> Result<T> {
    let mut send = send.clone().ready().await?;
    let uri = format!("http://etcd/etcdserverpb.KV/{method}");
    let request = http::Request::post(uri).header("content-type", "application/grpc");
    let (answer, mut stream) =
        send.send_request(request.header("te", "trailers").body(())?, false)?;
    let length = message.encoded_len();
    let mut out = BytesMut::with_capacity(5 + length);
    out.put_u8(0);
    out.put_u32(u32::try_from(length)?);
    message.encode(&mut out)?;
    stream.send_data(out.freeze(), true)?;
    let (head, mut body) = answer.await?.into_parts();
    let mut bytes = BytesMut::new();
    while let Some(chunk) = body.data().await {
        let chunk = chunk?;
        body.flow_control().release_capacity(chunk.len())?;
        bytes.extend_from_slice(&chunk);
    }
    let status = body.trailers().await?.unwrap_or(head.headers);
    let well = status.get("grpc-status").is_some_and(|code| code == "0");
    ensure!(well && bytes.len() >= 5, "etcd answers {method} with {status:?}");
    Ok(T::decode(&bytes[5..])?)
}

async fn ask(send: &SendRequest<Bytes>, verb: Verb, name: &str, holder: &str) -> Result<bool> {
    let key = Bytes::copy_from_slice(name.as_bytes());
    if verb == Verb::Cancel {
        let range = Range { key, ..Range::default() };
        return Ok(call::<Deleted>(send, "DeleteRange", &range).await?.deleted == 1);
    }
    let absent = Compare { target: CREATED, key: key.clone(), create_revision: Some(0) };
    let put = Put { key, value: Bytes::copy_from_slice(holder.as_bytes()) };
    let success = vec![Operation { put: Some(put) }];
    let transaction = Transaction { compare: vec![absent], success };
    Ok(call::<Succeeded>(send, "Txn", &transaction).await?.succeeded)
}

/// Asks one after the other until the time is over.
async fn asks(run: Rc<Run>, send: SendRequest<Bytes>, session: usize) -> Result<()> {
    let holder = format!("bench-{session}");
    while Instant::now() < run.until && !run.tally.borrow().over {
        let Some(wish) = run.wishes.borrow_mut().ask(session) else {
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        let name = run.wishes.borrow().name(wish.resource).to_owned();
        let began = Instant::now();
        let done = ask(&send, wish.verb, &name, &holder).await?;
        let now = Instant::now();
        if (run.from..run.until).contains(&now) {
            run.measured.set(run.measured.get() + 1);
            let nanos = u64::try_from((now - began).as_nanos()).unwrap_or(LONGEST);
            run.latency.borrow_mut().saturating_record(nanos);
        }
        let mut tally = run.tally.borrow_mut();
        let answer = judged(wish.verb, done, &mut tally);
        run.wishes.borrow_mut().hear(wish, answer, &mut tally);
    }
    Ok(())
}

/// The server has as many taken as the answers said.
async fn compare(send: &SendRequest<Bytes>, wanted: usize) -> Result<()> {
    let range = Range { key: "r".into(), end: "s".into(), count_only: true };
    let found = call::<Counted>(send, "Range", &range).await?.count;
    ensure!(usize::try_from(found)? == wanted, "{found} are taken, and not {wanted}");
    Ok(())
}

fn right(tally: &Tally) -> Result<()> {
    ensure!(tally.wrong == 0, "{} wrong answers: {}", tally.wrong, tally.told.join("; "));
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "a rate is told with few digits")]
async fn load(stage: &Stage, load: Load, address: SocketAddr, server: u32) -> Result<Figure> {
    let mut connections = Vec::new();
    for _ in 0..load.connections {
        connections.push(connect(address).await?);
    }
    // It listens before it has elected itself, and answers behind that.
    compare(connections.first().context("somebody asks")?, 0).await?;
    let from = Instant::now() + stage.warm_up;
    let run = Rc::new(Run {
        wishes: RefCell::new(wishes(load.connections)),
        tally: RefCell::new(Tally::new(load.connections, (0, 1), false)?),
        latency: RefCell::new(Histogram::new_with_bounds(1, LONGEST, 3)?),
        measured: Cell::new(0),
        from,
        until: from + stage.seconds,
    });
    let mut tasks = Vec::new();
    for (session, send) in connections.iter().enumerate() {
        for _ in 0..load.depth {
            let task = asks(Rc::clone(&run), send.clone(), session);
            tasks.push(tokio::task::spawn_local(task));
        }
    }
    tokio::time::sleep_until(from.into()).await;
    let watched = [std::process::id(), server].map(Watched::begin);
    tokio::time::sleep_until(run.until.into()).await;
    let [generator, server] = watched.map(|watched| watched.and_then(|it| it.share()));
    for task in tasks {
        task.await??;
    }
    right(&run.tally.borrow())?;
    let taken = run.wishes.borrow().taken();
    compare(connections.first().context("somebody asks")?, taken).await?;
    ensure!(run.measured.get() > 0, "no answer came within the measured time");
    let per_second = run.measured.get() as f64 / stage.seconds.as_secs_f64();
    Ok(Figure { generator, server, ..Figure::of(per_second, &run.latency.borrow()) })
}

/// Takes and gives back, each durable when it is answered.
pub(crate) fn durable(stage: &Stage, how: Load) -> Result<Figure> {
    let (child, address) = start(stage)?;
    let figure = stage.at_the_generators_core(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        LocalSet::new().block_on(&runtime, load(stage, how, address, child.pid()))
    })?;
    child.stop()?;
    Ok(figure)
}
