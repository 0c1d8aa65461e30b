//! Where what the program logs goes: to standard error, or through the console that is there.

use std::env;
use std::io::{self, IsTerminal};

use tracing::level_filters::LevelFilter;
use tracing_appender::non_blocking::WorkerGuard;
use tracing_subscriber::EnvFilter;

use crate::config::Level;
use crate::console::{Console, Traced};

/// What the console does not tell in its own words already.
const BESIDE: &str = "warn,posada::engine=error,posada::reactor::deliver=error";

/// Logs from here on, by a thread that writes: a terminal that does not read holds nobody up.
/// Where that is the console's terminal, the console's own thread does it, so that no line is
/// torn; and what it tells by itself is left out, unless somebody asks for it.
pub fn begin(level: Level, console: Option<&Console>) -> Option<WorkerGuard> {
    let filter = EnvFilter::builder().with_default_directive(filter_of(level).into());
    let log = tracing_subscriber::fmt().with_target(false);
    if let Some(console) = console.filter(|console| console.is_on_stderr()) {
        let asked = env::var_os(EnvFilter::DEFAULT_ENV).is_some_and(|asked| !asked.is_empty());
        let filter = match level {
            Level::Warn | Level::Info if !asked => filter.parse_lossy(BESIDE),
            _ => filter.from_env_lossy(),
        };
        let log = log.without_time().with_ansi(false).with_env_filter(filter);
        log.with_writer(Traced(console.teller())).init();
        return None;
    }
    let (writer, guard) = tracing_appender::non_blocking(io::stderr());
    let log = log.with_env_filter(filter.from_env_lossy()).with_writer(writer);
    log.with_ansi(io::stderr().is_terminal()).init();
    Some(guard)
}

fn filter_of(level: Level) -> LevelFilter {
    match level {
        Level::Error => LevelFilter::ERROR,
        Level::Warn => LevelFilter::WARN,
        Level::Info => LevelFilter::INFO,
        Level::Debug => LevelFilter::DEBUG,
        Level::Trace => LevelFilter::TRACE,
    }
}
