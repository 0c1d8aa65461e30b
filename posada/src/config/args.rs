//! The flags that every command shares which needs the configuration.
//!
//! Only what is wanted often has a flag of its own; `--set` reaches every key. What a flag means
//! is not decided here. Read next: `sources`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Args;

use super::{Config, ConfigError, Gathered};

/// Where the configuration comes from, beside the environment and the defaults.
#[derive(Args, Clone, Debug, Default)]
pub struct ConfigArgs {
    /// A configuration file; `posada config` prints one
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// The directory of the log
    #[arg(long, value_name = "DIR")]
    pub data: Option<String>,

    /// What keeps the log
    #[arg(long, value_name = "segment|memory")]
    pub log: Option<String>,

    /// Any key of the configuration, such as listeners.desk.address=127.0.0.1:0; repeatable
    #[arg(long, value_name = "KEY=VALUE")]
    pub set: Vec<String>,
}

impl ConfigArgs {
    /// The configuration in force: these flags, over the environment, over the file, over the
    /// defaults.
    ///
    /// # Errors
    /// When a source cannot be read, or a key or value in it is not possible.
    pub fn load(&self) -> Result<Config, ConfigError> {
        self.gather(std::env::vars_os())?.config()
    }

    /// All sources before they are merged, with `environment` for the process's own.
    ///
    /// # Errors
    /// When a source cannot be read, or a key or value in it is not possible by itself.
    pub fn gather(
        &self,
        environment: impl Iterator<Item = (OsString, OsString)>,
    ) -> Result<Gathered, ConfigError> {
        let mut gathered = Gathered::defaults()?;
        if let Some(path) = &self.config {
            gathered.add_file(path)?;
        }
        gathered.add_environment(environment)?;
        for given in &self.set {
            let pair = given.split_once('=');
            let (key, value) =
                pair.ok_or_else(|| ConfigError::NotAPair { given: given.clone() })?;
            gathered.add_flag(key.trim(), value.trim(), "--set")?;
        }
        if let Some(data) = &self.data {
            gathered.add_flag("data", data, "--data")?;
        }
        if let Some(engine) = &self.log {
            gathered.add_flag("log.engine", engine, "--log")?;
        }
        Ok(gathered)
    }
}
