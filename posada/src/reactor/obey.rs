//! Obeying: what is typed at the console reaches the core like what clients ask.

use std::sync::mpsc::{Receiver, sync_channel};

use posada_core::{Ask, Input, ListenerId};

use super::Reactor;
use crate::console::CONSOLE;

/// Orders that wait, and those taken in one turn: whoever pastes more waits for the server.
const ORDERS: usize = 64;

/// What is typed, on its way.
pub(super) type Orders = Receiver<Ask>;

impl Reactor {
    /// Lets the console in by its listener. What is returned takes an order here from another
    /// thread, and says whether there is still somebody to obey.
    pub fn console(
        &mut self,
        listener: ListenerId,
    ) -> impl Fn(Ask) -> bool + Send + 'static + use<> {
        let (sender, orders) = sync_channel(ORDERS);
        self.orders = Some(orders);
        self.engine.feed(Input::Opened { session: CONSOLE, listener, peer: None });
        let waker = std::sync::Arc::clone(&self.stop.waker);
        move |ask| sender.send(ask).is_ok() && waker.wake().is_ok()
    }

    /// Takes what has been typed.
    pub(super) fn obey(&mut self) {
        let Some(orders) = &self.orders else { return };
        for ask in orders.try_iter().take(ORDERS) {
            let asked = Input::Asked { session: CONSOLE, ask, key: None, counted: false };
            self.engine.feed(asked);
        }
    }
}
