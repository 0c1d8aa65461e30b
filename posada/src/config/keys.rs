//! Which keys there are, what each may hold, and what each is called in the environment.
//!
//! The structs are `confique`'s: their layers merge, their `META` lists the keys. Defaults are
//! deliberately absent: `docs/posada.toml` is the lowest layer. The line `Allowed:` of a key's
//! comment is what a person reads who wrote something else. Read next: `sources`.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::PathBuf;

use confique::Config as _;
use confique::meta::{FieldKind, Meta};
use posada_core::Label;
use posada_core::limits::{
    HISTORY_BYTES_MOST, MESSAGE_BYTES, PER_SECOND, RESOURCES, RESUME_BYTES_MOST, SESSIONS,
};
use posada_log::{Keep, Options};
use posada_wire::{Language, Profile};
use serde::{Deserialize, Serialize};

use super::{Engine, Framing, Level};

/// Seconds that a drain may take at most.
const DRAIN_SECONDS: u32 = 600;
/// Milliseconds of silence that may end a message.
const SILENCE_MS: std::ops::RangeInclusive<u32> = 5..=1_000;
/// Seconds after which a nameless session may be closed at the latest: a day.
const NAME_WITHIN_SECONDS: u32 = 86_400;
/// Characters that fit into a message, should all be of four bytes.
const CHARACTERS: usize = MESSAGE_BYTES / 4;
/// Bytes of a segment file: the log takes smaller ones too, but no longest message fits those.
const SEGMENT_BYTES: std::ops::RangeInclusive<u64> = 65_536..=Options::SEGMENT_BYTES_MOST;

/// Names under which browsers may come, and the bytes of one.
const HOSTS: usize = 64;
const HOST_BYTES: usize = 253;

/// Everything that can be configured.
#[derive(confique::Config)]
#[config(layer_attr(derive(Clone, serde::Serialize)))]
pub(super) struct Keys {
    /// Allowed: a directory; it is made where it does not exist
    #[config(validate(*data != PathBuf::new(), "empty"))]
    pub(super) data: PathBuf,
    /// Allowed: a list of names, each of 1 to 100 characters, no two the same
    #[config(validate = are_distinct_names)]
    pub(super) resources: Vec<String>,
    /// Allowed: 0 to 1048576, in bytes
    #[config(validate(*history_bytes <= HISTORY_BYTES_MOST, "too many"))]
    pub(super) history_bytes: u32,
    /// Allowed: 0 to 1048576, in bytes
    #[config(validate(*resume_bytes <= RESUME_BYTES_MOST, "too many"))]
    pub(super) resume_bytes: u32,
    /// Allowed: "error", "warn", "info", "debug" or "trace"
    pub(super) level: Level,
    /// Allowed: 0 to 600, in seconds
    #[config(validate(*drain_seconds <= DRAIN_SECONDS, "too many"))]
    pub(super) drain_seconds: u32,
    #[config(nested)]
    pub(super) each_address: AddressKeys,
    #[config(nested)]
    pub(super) log: LogKeys,
    #[config(nested)]
    pub(super) listeners: ListenersKeys,
    #[config(nested)]
    pub(super) http: HttpKeys,
}

#[derive(confique::Config)]
#[config(layer_attr(derive(Clone, serde::Serialize)))]
pub(super) struct LogKeys {
    /// Allowed: "segment" or "memory"
    pub(super) engine: Engine,
    /// Allowed: 65536 to 1073741824, a multiple of 512, in bytes
    #[config(validate(is_segment_size(*segment_bytes), "not a size"))]
    pub(super) segment_bytes: u64,
    /// Allowed: "everything", or a number of bytes from 0
    pub(super) keep: Kept,
}

#[derive(confique::Config)]
#[config(layer_attr(derive(Clone, serde::Serialize)))]
pub(super) struct ListenersKeys {
    #[config(nested)]
    pub(super) desk: ListenerKeys,
    #[config(nested)]
    pub(super) talk: ListenerKeys,
    #[config(nested)]
    pub(super) note: ListenerKeys,
    #[config(nested)]
    pub(super) native: ListenerKeys,
    #[config(nested)]
    pub(super) datagram: ListenerKeys,
}

#[derive(confique::Config)]
#[config(layer_attr(derive(Clone, serde::Serialize)))]
pub(super) struct ListenerKeys {
    /// Allowed: "IP:PORT", a list of them, or "off"; port 0 is any free port
    pub(super) address: Addresses,
    /// Allowed: "native", "talk", "note" or "desk"; the datagram listener: "datagram"
    #[config(validate = is_profile)]
    pub(super) profile: String,
    /// Allowed: "es", "pt" or "en"
    #[config(validate = is_language)]
    pub(super) language: String,
    /// Allowed: "auto" or "line"; the native profile: "line"
    pub(super) framing: Framing,
    /// Allowed: 5 to 1000, in milliseconds
    #[config(validate(SILENCE_MS.contains(silence_ms), "out of bounds"))]
    pub(super) silence_ms: u32,
    /// Allowed: 0 to 200000; 0 is unlimited
    #[config(validate(*sessions as usize <= SESSIONS, "too many"))]
    pub(super) sessions: u32,
    /// Allowed: 0 to 8192; 0 is unlimited
    #[config(validate(*characters as usize <= CHARACTERS, "too many"))]
    pub(super) characters: u32,
    /// Allowed: 0 to 1000; 0 is unlimited
    #[config(validate(*per_second <= PER_SECOND, "too many"))]
    pub(super) per_second: u32,
    /// Allowed: 0 to 86400, in seconds; 0 is for ever
    #[config(validate(*name_within_seconds <= NAME_WITHIN_SECONDS, "too long"))]
    pub(super) name_within_seconds: u32,
    /// Allowed: true or false
    pub(super) disconnect: bool,
}

#[derive(confique::Config)]
#[config(layer_attr(derive(Clone, serde::Serialize)))]
pub(super) struct AddressKeys {
    /// Allowed: 0 to 200000; 0 is unlimited
    #[config(validate(*sessions as usize <= SESSIONS, "too many"))]
    pub(super) sessions: u32,
    /// Allowed: 0 to 1000; 0 is unlimited
    #[config(validate(*per_second <= PER_SECOND, "too many"))]
    pub(super) per_second: u32,
}

#[derive(confique::Config)]
#[config(layer_attr(derive(Clone, serde::Serialize)))]
pub(super) struct HttpKeys {
    /// Allowed: "IP:PORT", a list of them, or "off"; port 0 is any free port
    pub(super) address: Addresses,
    /// Allowed: a list of up to 64 host names, each perhaps with :PORT
    #[config(validate = are_hosts)]
    pub(super) hosts: Vec<String>,
    /// Allowed: 0 to 200000; 0 is unlimited
    #[config(validate(*sessions as usize <= SESSIONS, "too many"))]
    pub(super) sessions: u32,
    /// Allowed: 0 to 8192; 0 is unlimited
    #[config(validate(*characters as usize <= CHARACTERS, "too many"))]
    pub(super) characters: u32,
    /// Allowed: 0 to 1000; 0 is unlimited
    #[config(validate(*per_second <= PER_SECOND, "too many"))]
    pub(super) per_second: u32,
}

/// A layer: every key, each of which may be missing.
pub(super) type Layer = <Keys as confique::Config>::Layer;

/// Socket addresses as they are written: one, several, or `off`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub(super) struct Addresses(pub(super) Vec<SocketAddr>);

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Written {
    One(String),
    Many(Vec<String>),
}

impl TryFrom<Written> for Addresses {
    type Error = &'static str;

    fn try_from(written: Written) -> Result<Self, Self::Error> {
        let texts = match written {
            Written::One(word) if word == "off" => return Ok(Self(Vec::new())),
            Written::One(text) => vec![text],
            Written::Many(texts) if texts.is_empty() => return Err("an empty list: write off"),
            Written::Many(texts) => texts,
        };
        let parsed: Result<_, _> = texts.iter().map(|text| text.trim().parse()).collect();
        parsed.map(Self).map_err(|_| "not an address")
    }
}

impl From<Addresses> for Written {
    fn from(Addresses(addresses): Addresses) -> Self {
        match addresses.as_slice() {
            [] => Self::One("off".into()),
            [one] => Self::One(one.to_string()),
            many => Self::Many(many.iter().map(ToString::to_string).collect()),
        }
    }
}

/// What of a log stays, though snapshots stand for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum Kept {
    /// All of it.
    Word(Everything),
    /// So many bytes.
    Bytes(u64),
}

/// The only word for `Kept`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Everything {
    /// All of it.
    Everything,
}

impl From<Kept> for Keep {
    fn from(kept: Kept) -> Self {
        match kept {
            Kept::Word(Everything::Everything) => Self::Everything,
            Kept::Bytes(bytes) => Self::Bytes(bytes),
        }
    }
}

/// What a word of the configuration stands for.
pub(super) fn word<T: Copy>(table: &[(&str, T)], word: &str) -> Option<T> {
    table.iter().find(|(known, _)| *known == word).map(|(_, meant)| *meant)
}

fn is_segment_size(bytes: u64) -> bool {
    SEGMENT_BYTES.contains(&bytes) && bytes.is_multiple_of(512)
}

fn is_profile(text: &impl AsRef<str>) -> Result<(), &'static str> {
    word(&Profile::ALL, text.as_ref()).map(|_| ()).ok_or("no such profile")
}

fn is_language(text: &impl AsRef<str>) -> Result<(), &'static str> {
    word(&Language::ALL, text.as_ref()).map(|_| ()).ok_or("no such language")
}

/// A scheme, a path or a wildcard would never be what a browser sends.
fn are_hosts(hosts: &impl AsRef<[String]>) -> Result<(), &'static str> {
    let is_host = |host: &String| {
        let (name, port) = host.rsplit_once(':').unwrap_or((host, "80"));
        let fits = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
        let named = !name.is_empty() && name.len() <= HOST_BYTES && name.chars().all(fits);
        named && port.parse::<u16>().is_ok_and(|port| port > 0)
    };
    let hosts = hosts.as_ref();
    let fit = hosts.len() <= HOSTS && hosts.iter().all(is_host);
    if fit { Ok(()) } else { Err("too many, or not names") }
}

fn are_distinct_names(resources: &impl AsRef<[String]>) -> Result<(), &'static str> {
    let resources = resources.as_ref().iter();
    let labels: Result<Vec<Label>, _> =
        resources.map(|text| posada_wire::names::resource(text)).collect();
    let labels = labels.map_err(|_| "not names")?;
    let distinct: BTreeSet<_> = labels.iter().map(|label| &label.key).collect();
    let fit = distinct.len() == labels.len() && labels.len() <= RESOURCES;
    if fit { Ok(()) } else { Err("too many, or the same") }
}

/// One key: its dotted path, and what it may hold.
#[derive(Clone, Debug)]
pub(super) struct Key {
    pub(super) path: String,
    pub(super) allowed: &'static str,
}

impl Key {
    /// Its environment variable: `log.engine` is what people mean by `POSADA_LOG`, and a listener
    /// is known by its own name.
    pub(super) fn variable(&self) -> String {
        let path = self.path.strip_prefix("listeners.").unwrap_or(&self.path);
        let path = if path == "log.engine" { "log" } else { path };
        format!("POSADA_{}", path.replace('.', "_").to_uppercase())
    }

    /// The table that it is in; empty for the outermost.
    pub(super) fn section(&self) -> &str {
        self.path.rsplit_once('.').map_or("", |(section, _)| section)
    }

    /// Its name within its section.
    pub(super) fn name(&self) -> &str {
        self.path.rsplit_once('.').map_or(self.path.as_str(), |(_, name)| name)
    }
}

/// Every key, in the order of `docs/posada.toml`.
pub(super) fn all() -> Vec<Key> {
    let mut keys = Vec::new();
    collect(&Keys::META, "", &mut keys);
    keys
}

fn collect(meta: &Meta, section: &str, keys: &mut Vec<Key>) {
    for field in meta.fields {
        let path = format!("{section}{}", field.name);
        match field.kind {
            FieldKind::Nested { meta } => collect(meta, &format!("{path}."), keys),
            FieldKind::Leaf { .. } => {
                let allowed =
                    field.doc.iter().find_map(|line| line.trim().strip_prefix("Allowed: "));
                keys.push(Key { path, allowed: allowed.expect("every key says what is allowed") });
            }
        }
    }
}

/// The word that somebody may have meant.
pub(super) fn nearest(word: &str, known: impl Iterator<Item = String>) -> String {
    let closeness = |known: &String| strsim::jaro_winkler(word, known);
    known.max_by(|a, b| closeness(a).total_cmp(&closeness(b))).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The comments of `docs/posada.toml` with their line breaks taken out.
    fn comments() -> String {
        let lines = include_str!("../../../docs/posada.toml").lines();
        lines.filter_map(|line| line.strip_prefix('#')).collect()
    }

    #[test]
    fn the_template_says_of_every_key_what_is_allowed_and_its_variable() {
        let comments = comments();
        for key in all() {
            let allowed = format!(" Allowed: {}.", key.allowed);
            assert!(comments.contains(&allowed), "docs/posada.toml does not say:{allowed}");
            let variable = key.variable();
            let prefix = variable.split('_').take(2).collect::<Vec<_>>().join("_") + "_.";
            let told = comments.contains(&variable) || comments.contains(&prefix);
            assert!(told, "docs/posada.toml does not say {variable}");
        }
    }

    #[test]
    fn the_smallest_segment_holds_the_longest_message() {
        let smallest = Options { segment_bytes: *SEGMENT_BYTES.start() };
        assert!(smallest.largest_payload() > MESSAGE_BYTES + 1_024);
    }

    #[test]
    fn every_key_has_a_variable_of_its_own() {
        let variables: BTreeSet<_> = all().iter().map(Key::variable).collect();
        assert_eq!(variables.len(), all().len());
        for known in ["POSADA_DATA", "POSADA_LOG", "POSADA_TALK_PER_SECOND"] {
            assert!(variables.contains(known), "{known}");
        }
    }
}
