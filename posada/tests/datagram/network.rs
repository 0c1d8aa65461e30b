//! A network that loses, doubles and delays datagrams, and keeps account of what it carried.
//!
//! One thread carries everything; each client has a socket of its own towards the server, which
//! so sees as many addresses as there are clients. It ends with the test that made it.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use mio::net::UdpSocket;
use mio::{Events, Interest, Poll, Token};

use super::correspondent::HEADERS;
use crate::support::Dice;

/// Of a hundred datagrams so many are lost; as many others are carried twice.
const LOST: u64 = 20;
/// Of a hundred copies so many are overtaken by others.
const LATE: u64 = 30;
const LATE_MS: u64 = 30;
/// Datagrams on their way; more are lost, as in any network.
const ON_ITS_WAY: usize = 1_000;
/// The socket that clients write to. Those towards the server follow, one a client.
const FRONT: Token = Token(0);

/// What the network carried for one client.
#[derive(Clone, Default)]
pub(crate) struct Account {
    /// How many datagrams came from it.
    pub(crate) sent: usize,
    /// Those that reached the server, in this order.
    pub(crate) delivered: Vec<String>,
    /// What the server sent, in this order.
    pub(crate) answers: Vec<String>,
}

/// What the network did to all of them.
#[derive(Clone, Default)]
pub(crate) struct Weather {
    pub(crate) lost: usize,
    pub(crate) doubled: usize,
    pub(crate) overtaken: usize,
    /// What the server should never have sent.
    pub(crate) unlawful: Vec<String>,
    on_its_way: usize,
}

#[derive(Default)]
struct Book {
    accounts: BTreeMap<SocketAddr, Account>,
    weather: Weather,
}

#[derive(Default)]
struct Shared {
    healed: AtomicBool,
    gone: AtomicBool,
    book: Mutex<Book>,
}

/// The network; clients write to its address.
pub(crate) struct Network {
    pub(crate) address: SocketAddr,
    shared: Arc<Shared>,
    carrier: Option<JoinHandle<()>>,
}

impl Network {
    pub(crate) fn to(server: SocketAddr, dice: Dice) -> Self {
        let front = UdpSocket::bind(([127, 0, 0, 1], 0).into()).expect("a port is free");
        let address = front.local_addr().expect("it is bound");
        let shared = Arc::new(Shared::default());
        let mut carrier = Carrier::new(server, front, dice, Arc::clone(&shared));
        let carrier = thread::spawn(move || carrier.run());
        Self { address, shared, carrier: Some(carrier) }
    }

    /// From here on it carries everything, once and in order.
    pub(crate) fn heals(&self) {
        self.shared.healed.store(true, Ordering::Release);
    }

    pub(crate) fn account(&self, client: SocketAddr) -> Account {
        self.book().accounts.get(&client).cloned().unwrap_or_default()
    }

    pub(crate) fn weather(&self) -> Weather {
        self.book().weather.clone()
    }

    /// Whether all that these clients sent has come to an end: lost, or delivered and answered.
    pub(crate) fn has_carried_all(&self, sent: &[(SocketAddr, usize)]) -> bool {
        let book = self.book();
        book.weather.on_its_way == 0
            && sent.iter().all(|(client, sent)| {
                let account = &book.accounts[client];
                account.sent == *sent && account.delivered.len() == account.answers.len()
            })
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.shared.book.lock().expect("the carrier does not panic")
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        self.shared.gone.store(true, Ordering::Release);
        let carried = self.carrier.take().expect("it is dropped once").join();
        assert!(carried.is_ok() || thread::panicking(), "the network broke");
    }
}

/// One copy that is late.
struct Late {
    due: Instant,
    /// Whose it is, and whether it goes to the server.
    client: usize,
    inwards: bool,
    bytes: Vec<u8>,
}

struct Carrier {
    server: SocketAddr,
    dice: Dice,
    shared: Arc<Shared>,
    poll: Poll,
    front: UdpSocket,
    clients: Vec<(SocketAddr, UdpSocket)>,
    late: Vec<Late>,
}

impl Carrier {
    fn new(server: SocketAddr, mut front: UdpSocket, dice: Dice, shared: Arc<Shared>) -> Self {
        let poll = Poll::new().expect("a descriptor is left");
        poll.registry().register(&mut front, FRONT, Interest::READABLE).expect("it is new");
        Self { server, dice, shared, poll, front, clients: vec![], late: vec![] }
    }

    fn run(&mut self) {
        let mut events = Events::with_capacity(64);
        while !self.shared.gone.load(Ordering::Acquire) {
            self.poll.poll(&mut events, Some(Duration::from_millis(5))).expect("it can wait");
            self.take_from_clients();
            (0..self.clients.len()).for_each(|client| self.take_from_server(client));
            let now = Instant::now();
            let due: Vec<_> = self.late.extract_if(.., |late| late.due <= now).collect();
            for late in due {
                self.hand_over(late.client, late.inwards, &late.bytes);
            }
            self.book(|book, late| book.weather.on_its_way = late);
        }
    }

    fn take_from_clients(&mut self) {
        let mut buffer = [0; 2048];
        while let Ok((count, from)) = self.front.recv_from(&mut buffer) {
            let known = self.clients.iter().position(|(address, _)| *address == from);
            let client = known.unwrap_or_else(|| self.meet(from));
            self.book(|book, late| {
                book.weather.on_its_way = late + 1;
                book.accounts.entry(from).or_default().sent += 1;
            });
            self.carry(client, true, &buffer[..count]);
        }
    }

    fn meet(&mut self, from: SocketAddr) -> usize {
        let mut socket = UdpSocket::bind(([127, 0, 0, 1], 0).into()).expect("a port is free");
        let token = Token(1 + self.clients.len());
        self.poll.registry().register(&mut socket, token, Interest::READABLE).expect("it is new");
        self.clients.push((from, socket));
        self.clients.len() - 1
    }

    fn take_from_server(&mut self, client: usize) {
        let mut buffer = [0; 2048];
        while let Ok((count, from)) = self.clients[client].1.recv_from(&mut buffer) {
            assert_eq!(from, self.server);
            let address = self.clients[client].0;
            let answer = String::from_utf8_lossy(&buffer[..count]).into_owned();
            self.book(|book, _| {
                let account = book.accounts.entry(address).or_default();
                let asked = account.delivered.get(account.answers.len());
                let lawful =
                    asked.is_some_and(|asked| HEADERS + count <= 3 * (HEADERS + asked.len()));
                account.answers.push(answer.clone());
                if !lawful {
                    book.weather.unlawful.push(format!("{answer:?} to {asked:?}"));
                }
            });
            self.carry(client, false, &buffer[..count]);
        }
    }

    /// Loses a datagram, or carries it, or carries it twice; some copies later than others.
    fn carry(&mut self, client: usize, inwards: bool, bytes: &[u8]) {
        if self.shared.healed.load(Ordering::Acquire) {
            return self.hand_over(client, inwards, bytes);
        }
        let fate = self.dice.below(100);
        if fate < LOST || self.late.len() >= ON_ITS_WAY {
            return self.book(|book, _| book.weather.lost += 1);
        }
        let doubled = fate < 2 * LOST;
        self.book(|book, _| book.weather.doubled += usize::from(doubled));
        for _ in 0..=usize::from(doubled) {
            if self.dice.below(100) >= LATE {
                self.hand_over(client, inwards, bytes);
                continue;
            }
            let delay = Duration::from_millis(1 + self.dice.below(LATE_MS));
            let due = Instant::now() + delay;
            self.late.push(Late { due, client, inwards, bytes: bytes.to_owned() });
            self.book(|book, _| book.weather.overtaken += 1);
        }
    }

    fn hand_over(&mut self, client: usize, inwards: bool, bytes: &[u8]) {
        let (address, socket) = &self.clients[client];
        if inwards {
            let text = String::from_utf8_lossy(bytes).into_owned();
            self.book(|book, _| {
                book.accounts.entry(*address).or_default().delivered.push(text);
            });
            socket.send_to(bytes, self.server).expect("it is sent");
        } else {
            self.front.send_to(bytes, *address).expect("it is sent");
        }
    }

    fn book(&self, write: impl FnOnce(&mut Book, usize)) {
        let mut book = self.shared.book.lock().expect("nobody panics with it");
        write(&mut book, self.late.len());
    }
}
