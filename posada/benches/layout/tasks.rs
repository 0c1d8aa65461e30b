//! One tokio task a client on one thread, and one that syncs for all of them.

use std::cell::RefCell;
use std::io;
use std::net::TcpListener;
use std::rc::Rc;

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::{Notify, oneshot};
use tokio::task::LocalSet;

use crate::{CLIENTS, COMMAND, Disk};

/// What waits for the next sync.
#[derive(Default)]
struct Waiting {
    commands: usize,
    clients: Vec<oneshot::Sender<()>>,
}

pub(crate) fn serve(listener: &TcpListener, mut disk: Disk) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    let waiting = Rc::new(RefCell::new(Waiting::default()));
    let arrived = Rc::new(Notify::new());
    let local = LocalSet::new();
    local.block_on(&runtime, async move {
        let mut tasks = Vec::new();
        for _ in 0..CLIENTS {
            let (stream, _) = listener.accept()?;
            stream.set_nodelay(true)?;
            stream.set_nonblocking(true)?;
            let stream = TcpStream::from_std(stream)?;
            let talk = talk(stream, Rc::clone(&waiting), Rc::clone(&arrived));
            tasks.push(tokio::task::spawn_local(talk));
        }
        let syncer = tokio::task::spawn_local(async move {
            loop {
                arrived.notified().await;
                // Whoever else has come in this turn shares the sync.
                tokio::task::yield_now().await;
                let due = waiting.take();
                if due.commands > 0 {
                    disk.append(due.commands)?;
                    for client in due.clients {
                        // A client that has left does not wait.
                        let _ = client.send(());
                    }
                }
            }
            #[expect(unreachable_code, reason = "says what the block is")]
            io::Result::Ok(())
        });
        for task in tasks {
            let _ = task.await;
        }
        syncer.abort();
        Ok(())
    })
}

async fn talk(
    mut stream: TcpStream,
    waiting: Rc<RefCell<Waiting>>,
    arrived: Rc<Notify>,
) -> io::Result<()> {
    let mut buffer = vec![0; 8 << 10];
    let mut partial = 0;
    loop {
        stream.readable().await?;
        let count = match stream.try_read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => continue,
            Err(error) => return Err(error),
        };
        let commands = (partial + count) / COMMAND;
        partial = (partial + count) % COMMAND;
        if commands == 0 {
            continue;
        }
        let (durable, synced) = oneshot::channel();
        {
            let mut waiting = waiting.borrow_mut();
            waiting.commands += commands;
            waiting.clients.push(durable);
        }
        arrived.notify_one();
        if synced.await.is_ok() {
            buffer.fill(b'r');
            stream.write_all(&buffer[..commands * COMMAND]).await?;
        }
    }
}
