//! A network that breaks: it carries bytes to and fro, one connection after the other, and cuts
//! each after so many.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rustix::net::sockopt::set_socket_linger;

use crate::support::{Dice, PATIENCE};

/// Bytes that a connection carries at most, each way.
const MOST: usize = 700;

/// A door that leads to another one, wherever that is at the moment.
pub(crate) struct Cutter {
    door: SocketAddr,
    behind: Arc<Mutex<SocketAddr>>,
    cuts: Arc<AtomicUsize>,
    over: Arc<AtomicBool>,
    porter: Option<JoinHandle<()>>,
}

impl Cutter {
    pub(crate) fn before(behind: SocketAddr, mut dice: Dice) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let door = listener.local_addr().expect("it has one");
        let behind = Arc::new(Mutex::new(behind));
        let (cuts, over) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
        let (target, counted, ends) = (Arc::clone(&behind), Arc::clone(&cuts), Arc::clone(&over));
        let porter = thread::spawn(move || {
            while let Ok((client, _)) = listener.accept() {
                if ends.load(Ordering::Acquire) {
                    return;
                }
                let server = *target.lock().expect("nobody panics here");
                let Ok(server) = TcpStream::connect_timeout(&server, PATIENCE) else { continue };
                let most = [dice.place(MOST), dice.place(MOST)];
                carries(&client, &server, most);
                counted.fetch_add(1, Ordering::Relaxed);
            }
        });
        Self { door, behind, cuts, over, porter: Some(porter) }
    }

    pub(crate) fn door(&self) -> SocketAddr {
        self.door
    }

    /// Connections to come lead there.
    pub(crate) fn leads_to(&self, behind: SocketAddr) {
        *self.behind.lock().expect("nobody panics here") = behind;
    }

    /// Connections that are over.
    pub(crate) fn cuts(&self) -> usize {
        self.cuts.load(Ordering::Relaxed)
    }
}

impl Drop for Cutter {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Release);
        TcpStream::connect_timeout(&self.door, PATIENCE).ok();
        if let Some(porter) = self.porter.take() {
            porter.join().ok();
        }
    }
}

/// Carries bytes until either way has carried its most, or either side ends.
fn carries(client: &TcpStream, server: &TcpStream, most: [usize; 2]) {
    // The server is to see a connection that broke, and not the end of what somebody said.
    set_socket_linger(server, Some(Duration::ZERO)).expect("TCP knows it");
    let ways = [(client, server, most[0]), (server, client, most[1])];
    thread::scope(|scope| {
        for (from, to, most) in ways {
            scope.spawn(move || {
                carries_one_way(from, to, most);
                // Wakes the other way: reading ends at once, and nothing is said of an end.
                for socket in [from, to] {
                    socket.shutdown(Shutdown::Read).ok();
                }
            });
        }
    });
}

fn carries_one_way(mut from: &TcpStream, mut to: &TcpStream, most: usize) {
    let mut bytes = [0; 256];
    let mut left = most;
    while left > 0 {
        let room = left.min(bytes.len());
        match from.read(&mut bytes[..room]) {
            Ok(count) if count > 0 && to.write_all(&bytes[..count]).is_ok() => left -= count,
            _ => return,
        }
    }
}
