//! One thread that owns every socket, with the sync in it or in a second one.

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token, Waker};

use crate::{CLIENTS, COMMAND, Disk};

const WAKER: Token = Token(CLIENTS);

struct Clients {
    poll: Poll,
    sockets: Vec<(TcpStream, usize)>,
    open: usize,
    buffer: Vec<u8>,
    reply: Vec<u8>,
}

/// How many commands came from whom.
type Batch = Vec<(usize, usize)>;

impl Clients {
    fn accept(listener: &TcpListener) -> io::Result<Self> {
        let poll = Poll::new()?;
        let mut sockets = Vec::new();
        for number in 0..CLIENTS {
            let (stream, _) = listener.accept()?;
            stream.set_nodelay(true)?;
            stream.set_nonblocking(true)?;
            let mut socket = TcpStream::from_std(stream);
            poll.registry().register(&mut socket, Token(number), Interest::READABLE)?;
            sockets.push((socket, 0));
        }
        let (buffer, reply) = (vec![0; 64 << 10], vec![b'r'; 64 << 10]);
        Ok(Self { poll, sockets, open: CLIENTS, buffer, reply })
    }

    fn read(&mut self, events: &Events, batch: &mut Batch) -> usize {
        let mut commands = 0;
        for event in events.iter().filter(|event| event.token() != WAKER) {
            let number = event.token().0;
            let (socket, partial) = &mut self.sockets[number];
            match socket.read(&mut self.buffer) {
                Ok(count) if count > 0 => {
                    let whole = (*partial + count) / COMMAND;
                    *partial = (*partial + count) % COMMAND;
                    commands += whole;
                    batch.push((number, whole));
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                _ => {
                    self.open -= 1;
                    let _ = self.poll.registry().deregister(socket);
                }
            }
        }
        commands
    }

    fn answer(&mut self, batch: &mut Batch) {
        for (number, commands) in batch.drain(..) {
            // A client that has left is noticed when it is read.
            let _ = self.sockets[number].0.write_all(&self.reply[..commands * COMMAND]);
        }
    }
}

/// Reads, syncs, answers, and begins again.
pub(crate) fn inline(listener: &TcpListener, mut disk: Disk) -> io::Result<()> {
    let mut clients = Clients::accept(listener)?;
    let mut events = Events::with_capacity(256);
    let mut batch = Batch::new();
    while clients.open > 0 {
        clients.poll.poll(&mut events, None)?;
        let commands = clients.read(&events, &mut batch);
        if commands > 0 {
            disk.append(commands)?;
            clients.answer(&mut batch);
        }
    }
    Ok(())
}

/// Reads on while another thread syncs what came before; one batch is under way at a time.
pub(crate) fn with_sync_thread(listener: &TcpListener, disk: Disk) -> io::Result<()> {
    let mut clients = Clients::accept(listener)?;
    let waker = Arc::new(Waker::new(clients.poll.registry(), WAKER)?);
    let (to_disk, batches) = channel::<(usize, Batch)>();
    let (done, from_disk) = channel::<Batch>();
    let syncer = thread::spawn(move || sync(disk, &batches, &done, &waker));
    let mut events = Events::with_capacity(256);
    let (mut next, mut commands, mut idle) = (Batch::new(), 0, true);
    while clients.open > 0 {
        clients.poll.poll(&mut events, None)?;
        while let Ok(mut batch) = from_disk.try_recv() {
            clients.answer(&mut batch);
            idle = true;
        }
        commands += clients.read(&events, &mut next);
        if idle && commands > 0 {
            let _ = to_disk.send((std::mem::take(&mut commands), std::mem::take(&mut next)));
            idle = false;
        }
    }
    drop(to_disk);
    syncer.join().expect("it does not panic")
}

fn sync(
    mut disk: Disk,
    batches: &Receiver<(usize, Batch)>,
    done: &Sender<Batch>,
    waker: &Waker,
) -> io::Result<()> {
    // With the core that the reactor has, and the client's: where a real server would be.
    let mut both = rustix::thread::CpuSet::new();
    both.set(0);
    both.set(1);
    rustix::thread::sched_setaffinity(None, &both)?;
    while let Ok((commands, batch)) = batches.recv() {
        disk.append(commands)?;
        let _ = done.send(batch);
        waker.wake()?;
    }
    Ok(())
}
