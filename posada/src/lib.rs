//! The posada server: everything that the binary is made of, so that tests and benches can use it.
//!
//! [`cli`] reads the command line; [`serve`] starts the server out of [`config`]; [`engine`] is
//! the loop around the core and the log; [`reactor`] owns the sockets; [`commands`] only look.
//! Read next: [`engine`], then [`reactor`].

pub mod cli;
pub mod clock;
pub mod commands;
pub mod config;
pub mod doors;
pub mod engine;
pub mod inuse;
pub mod reactor;
pub mod replay;
pub mod serve;
pub mod systemd;
