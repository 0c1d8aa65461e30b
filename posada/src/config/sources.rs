//! Where values come from: flags, the environment, the file, the defaults.
//!
//! Each source becomes one layer, checked key by key as it is read, so that a mistake is reported
//! with its place. `confique` merges the layers; the sources are kept, to be able to say of every
//! value in force where it came from. Read next: `checked`.

use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

use confique::Layer as _;
use serde::Deserialize;
use toml::{Table, Value};

use super::ConfigError;
use super::keys::{self, Key, Layer};

/// The lowest layer, which is also the manual of all keys.
const DEFAULTS: &str = include_str!("../../../docs/posada.toml");
/// What the names of all environment variables begin with.
const PREFIX: &str = "POSADA_";

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A command-line flag, as it is written: `--data`, `--set`.
    Flag(&'static str),
    /// An environment variable.
    Variable(String),
    /// The file given with `--config`.
    File(PathBuf),
    /// Nobody said anything.
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(flag) => write!(formatter, "{flag}"),
            Self::Variable(name) => write!(formatter, "the environment variable {name}"),
            Self::File(path) => write!(formatter, "{}", path.display()),
            Self::Default => formatter.write_str("the defaults"),
        }
    }
}

/// One key with the value in force.
#[derive(Clone, Debug)]
pub struct InForce {
    /// The table that the key is in; empty for the outermost.
    pub section: String,
    /// The key's name in its table.
    pub name: String,
    /// The value.
    pub value: Value,
    /// Where it comes from.
    pub origin: Origin,
}

/// All sources, strongest first.
pub struct Gathered {
    sources: Vec<Source>,
}

struct Source {
    origin: Origin,
    layer: Layer,
}

impl Gathered {
    /// The defaults alone; what is added later is stronger.
    pub(super) fn defaults() -> Result<Self, ConfigError> {
        let mut gathered = Self { sources: Vec::new() };
        gathered.add_text(DEFAULTS, Path::new("docs/posada.toml"), Origin::Default)?;
        Ok(gathered)
    }

    /// Adds a file above what is there.
    pub(super) fn add_file(&mut self, path: &Path) -> Result<(), ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ConfigError::Unreadable { path: path.into(), source })?;
        self.add_text(&text, path, Origin::File(path.into()))
    }

    /// Adds those environment variables above what is there that are posada's.
    pub(super) fn add_environment(
        &mut self,
        variables: impl Iterator<Item = (OsString, OsString)>,
    ) -> Result<(), ConfigError> {
        let known = keys::all();
        for (name, value) in variables {
            let Some(name) = name.to_str().filter(|name| name.starts_with(PREFIX)) else {
                continue;
            };
            let Some(key) = known.iter().find(|key| key.variable() == name) else {
                let nearest = keys::nearest(name, known.iter().map(Key::variable));
                return Err(ConfigError::UnknownVariable { name: name.into(), nearest });
            };
            let value =
                value.into_string().map_err(|_| ConfigError::NotUnicode { name: name.into() })?;
            self.add_written(key, &value, Origin::Variable(name.into()))?;
        }
        Ok(())
    }

    /// Adds one key by its path above what is there.
    ///
    /// # Errors
    /// When there is no such key, or it cannot have this value.
    pub fn add_flag(
        &mut self,
        path: &str,
        value: &str,
        flag: &'static str,
    ) -> Result<(), ConfigError> {
        let origin = Origin::Flag(flag);
        match keys::all().iter().find(|key| key.path == path) {
            Some(key) => self.add_written(key, value, origin),
            None => Err(unknown(path.into(), origin)),
        }
    }

    /// Every key with its value in force, in the order of `docs/posada.toml`.
    pub fn in_force(&self) -> Vec<InForce> {
        let in_force = |key: Key| {
            let (value, origin) = self.value_of(&key.path);
            let (section, name) = (key.section().into(), key.name().into());
            InForce { section, name, value, origin }
        };
        keys::all().into_iter().map(in_force).collect()
    }

    /// All layers as one.
    pub(super) fn merged(&self) -> Layer {
        let layers = self.sources.iter().map(|source| source.layer.clone());
        layers.fold(Layer::empty(), Layer::with_fallback)
    }

    /// Where the value in force of a key comes from.
    pub(super) fn origin_of(&self, path: &str) -> Origin {
        self.value_of(path).1
    }

    fn value_of(&self, path: &str) -> (Value, Origin) {
        let found = self.sources.iter().find_map(|source| {
            let table = Value::try_from(&source.layer).expect("a layer is a table");
            let value = path.split('.').try_fold(&table, |table, name| table.get(name))?;
            Some((value.clone(), source.origin.clone()))
        });
        found.expect("the defaults hold every key")
    }

    fn add_text(&mut self, text: &str, path: &Path, origin: Origin) -> Result<(), ConfigError> {
        let table: Table = text.parse().map_err(|source| {
            let source = Box::new(source);
            ConfigError::Malformed { path: path.into(), source }
        })?;
        let known = keys::all();
        check(&table, "", &known, &origin)?;
        let layer = Layer::deserialize(table).expect("every key of it has been read alone");
        self.add(origin, layer);
        Ok(())
    }

    /// Adds what somebody wrote without TOML's quotes. It is what it looks like where that fits
    /// the key; else text; else a list with commas in it.
    fn add_written(&mut self, key: &Key, text: &str, origin: Origin) -> Result<(), ConfigError> {
        let list = || Value::Array(text.split(',').map(|item| item.trim().into()).collect());
        let layer = match text.parse().ok() {
            // Whoever writes brackets means a list, and no text that begins with one.
            Some(value @ Value::Array(_)) => single(&key.path, value),
            value => value
                .and_then(|value: Value| single(&key.path, value))
                .or_else(|| single(&key.path, Value::from(text)))
                .or_else(|| single(&key.path, list())),
        };
        let layer = layer.ok_or_else(|| impossible(key, &Value::from(text), origin.clone()))?;
        self.add(origin, layer);
        Ok(())
    }

    fn add(&mut self, origin: Origin, layer: Layer) {
        self.sources.insert(0, Source { origin, layer });
    }
}

/// Checks every key of a table by itself.
fn check(table: &Table, prefix: &str, known: &[Key], origin: &Origin) -> Result<(), ConfigError> {
    for (name, value) in table {
        let path = format!("{prefix}{name}");
        let section = format!("{path}.");
        if let Some(key) = known.iter().find(|key| key.path == path) {
            if single(&path, value.clone()).is_none() {
                return Err(impossible(key, value, origin.clone()));
            }
        } else if let Value::Table(inner) = value
            && known.iter().any(|key| key.path.starts_with(&section))
        {
            check(inner, &section, known, origin)?;
        } else {
            return Err(unknown(path, origin.clone()));
        }
    }
    Ok(())
}

/// A layer with just this key, where the key can have this value.
fn single(path: &str, value: Value) -> Option<Layer> {
    let nest = |inner, name: &str| Value::Table(Table::from_iter([(name.to_owned(), inner)]));
    Layer::deserialize(path.rsplit('.').fold(value, nest)).ok()
}

fn unknown(key: String, origin: Origin) -> ConfigError {
    let known = keys::all();
    // What is called so in the environment is what is meant.
    let variable = format!("{PREFIX}{}", key.to_uppercase());
    let named = known.iter().find(|key| key.variable() == variable).map(|key| key.path.clone());
    let nearest = || keys::nearest(&key, known.iter().map(|key| key.path.clone()));
    let nearest = named.unwrap_or_else(nearest);
    ConfigError::UnknownKey { key, origin, nearest }
}

fn impossible(key: &Key, value: &Value, origin: Origin) -> ConfigError {
    let (key, allowed) = (key.path.clone(), key.allowed);
    ConfigError::Value { key, value: value.to_string(), origin, allowed }
}
