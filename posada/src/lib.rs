//! The posada server: everything that the binary is made of, so that tests and benches can use it.
//!
//! [`cli`] reads the command line; [`serve`] starts the server out of [`config`]; [`engine`] is
//! the loop around the core and the log; [`reactor`] owns the sockets; [`web`] brings browsers to
//! it; [`console`] is the operator's terminal, and [`operator`] the same from elsewhere;
//! [`keeper`] has snapshots written, and [`snapshots`] says where reading a log begins;
//! [`commands`] only look; [`mod@bench`] measures a server as its clients see it; [`failpoint`] is
//! for tests. Read next: [`engine`], then [`reactor`].

pub mod ask;
pub mod bench;
pub mod cli;
pub mod clock;
pub mod commands;
pub mod config;
pub mod console;
pub mod doors;
pub mod engine;
pub mod failpoint;
pub mod figures;
mod gathering;
pub mod hostname;
pub mod inuse;
pub mod keeper;
pub mod logging;
pub mod notes;
pub mod operator;
pub mod places;
pub mod reactor;
pub mod recovery;
pub mod replay;
pub mod serve;
pub mod snapshots;
pub mod systemd;
pub mod web;
