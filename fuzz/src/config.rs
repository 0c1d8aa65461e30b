//! Configuration: a TOML file, environment variables and flags, one over the other.
//!
//! An input is the file's text, perhaps a line `---`, and then one source a line: `POSADA_…=VALUE`
//! is a variable, `--data=…` and `--log=…` are flags, whatever else is given with `--set`.

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;
use std::sync::OnceLock;

use posada::commands;
use posada::config::{
    Config, ConfigArgs, ConfigError, Framing, Gathered, InForce, Listener, Origin, Profile,
};
use tempfile::TempDir;

/// What stands between the file and the other sources.
const END_OF_FILE: &[u8] = b"---\n";

thread_local! {
    static PLACE: OnceCell<TempDir> = const { OnceCell::new() };
}

/// Any file, variables and flags.
pub fn config(data: &[u8]) {
    let (file, rest) = split(data);
    let given = Given::of(file, rest);
    match given.gather() {
        Ok(gathered) => {
            stands_where_it_was_said(&given, &gathered);
            match gathered.config() {
                Ok(config) => {
                    is_possible(&config);
                    can_be_given_back(&gathered, &config);
                }
                Err(error) => names_a_key(&error, &given),
            }
        }
        Err(error) => names_a_key(&error, &given),
    }
}

fn split(data: &[u8]) -> (&[u8], &[u8]) {
    let at = data.windows(END_OF_FILE.len()).position(|window| window == END_OF_FILE);
    at.map_or((data, b""), |at| (&data[..at], &data[at + END_OF_FILE.len()..]))
}

/// All sources.
struct Given {
    args: ConfigArgs,
    variables: Vec<(OsString, OsString)>,
}

impl Given {
    fn of(file: &[u8], rest: &[u8]) -> Self {
        let mut given = Self {
            args: ConfigArgs { config: Some(written(file)), ..ConfigArgs::default() },
            variables: Vec::new(),
        };
        for line in rest.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            given.add(line);
        }
        given
    }

    fn add(&mut self, line: &[u8]) {
        let equals = line.iter().position(|byte| *byte == b'=');
        let text = String::from_utf8_lossy(line).into_owned();
        match (equals, text.split_once('=')) {
            (Some(equals), _) if line.starts_with(b"POSADA") => {
                let value = OsString::from_vec(line[equals + 1..].to_vec());
                self.variables.push((OsString::from_vec(line[..equals].to_vec()), value));
            }
            (_, Some(("--data", value))) => self.args.data = Some(value.to_owned()),
            (_, Some(("--log", value))) => self.args.log = Some(value.to_owned()),
            _ => self.args.set.push(text),
        }
    }

    fn gather(&self) -> Result<Gathered, ConfigError> {
        self.args.gather(self.variables.iter().cloned())
    }
}

/// A file with this text.
fn written(text: &[u8]) -> PathBuf {
    PLACE.with(|place| {
        let place = place.get_or_init(|| tempfile::tempdir().expect("a place for files"));
        let path = place.path().join("posada.toml");
        fs::write(&path, text).expect("a file can be written");
        path
    })
}

/// The path of every key, in order.
fn keys() -> &'static [String] {
    static KEYS: OnceLock<Vec<String>> = OnceLock::new();
    KEYS.get_or_init(|| {
        let defaults = ConfigArgs::default().gather(std::iter::empty()).expect("the defaults");
        defaults.in_force().iter().map(path).collect()
    })
}

fn path(key: &InForce) -> String {
    if key.section.is_empty() { key.name.clone() } else { format!("{}.{}", key.section, key.name) }
}

/// Every key has one value, and a flag is stronger than a variable, and that than the file.
fn stands_where_it_was_said(given: &Given, gathered: &Gathered) {
    let in_force = gathered.in_force();
    let found: Vec<_> = in_force.iter().map(path).collect();
    assert_eq!(found, keys());
    let flagged: BTreeSet<_> = given
        .args
        .set
        .iter()
        .filter_map(|set| set.split_once('='))
        .map(|set| set.0.trim())
        .collect();
    for (key, path) in in_force.iter().zip(&found) {
        let own = match &**path {
            "data" => given.args.data.is_some(),
            "log.engine" => given.args.log.is_some(),
            _ => false,
        };
        let by_flag = own || flagged.contains(&**path);
        assert_eq!(matches!(key.origin, Origin::Flag(_)), by_flag, "{path} is {key:?}");
        if let Origin::Variable(name) = &key.origin {
            assert!(given.variables.iter().any(|(known, _)| known == &**name), "{name}");
        }
    }
}

/// Whoever reads what is wrong knows where to look: a key, a variable, a flag or the file.
fn names_a_key(error: &ConfigError, given: &Given) {
    let said = error.to_string();
    let known = |key: &String| keys().contains(key);
    let (named, holds) = match error {
        ConfigError::Unreadable { path, .. } | ConfigError::Malformed { path, .. } => {
            (path.display().to_string(), Some(path) == given.args.config.as_ref())
        }
        ConfigError::UnknownKey { key, nearest, .. } => (key.clone(), known(nearest)),
        ConfigError::UnknownVariable { name, nearest } => {
            (name.clone(), nearest.starts_with("POSADA_"))
        }
        ConfigError::NotUnicode { name } => {
            (name.clone(), given.variables.iter().any(|(known, _)| known == &**name))
        }
        ConfigError::NotAPair { given: pair } => (pair.clone(), given.args.set.contains(pair)),
        ConfigError::Value { key, .. }
        | ConfigError::NativeFraming { key, .. }
        | ConfigError::DatagramProfile { key, .. } => (key.clone(), known(key)),
        ConfigError::SameAddress { first, second, .. } => {
            assert!(said.contains(second), "{said}");
            (first.clone(), known(first) && known(second))
        }
    };
    assert!(holds, "{error:?} is about nothing that is there");
    assert!(said.contains(&named), "{said}");
}

/// What is checked stays within what `docs/posada.toml` allows.
fn is_possible(config: &Config) {
    assert!(!config.data.as_os_str().is_empty());
    assert!(config.history_bytes <= 1_048_576 && config.resume_bytes <= 1_048_576);
    assert!(config.drain.as_secs() <= 600);
    let segment = config.log.segment_bytes;
    assert!((65_536..=1 << 30).contains(&segment) && segment.is_multiple_of(512), "{segment}");
    let names: BTreeSet<_> =
        config.resources.iter().map(|name| posada_wire::names::key(name)).collect();
    assert_eq!(names.len(), config.resources.len(), "two resources have one name");
    assert_eq!(config.listeners.len(), 5);
    config.listeners.iter().for_each(is_possible_listener);
    let http = &config.http;
    assert!(http.admission.sessions <= 200_000 && http.admission.characters <= 8_192);
    assert!(http.admission.per_second <= 1_000);
    assert!(http.hosts.len() <= 64 && http.hosts.iter().all(|host| host.is_ascii()));
    let listeners = config.listeners.iter().flat_map(|listener| &listener.addresses);
    let taken: Vec<_> =
        listeners.chain(&http.addresses).filter(|address| address.port() != 0).collect();
    assert_eq!(taken.iter().collect::<BTreeSet<_>>().len(), taken.len(), "an address twice");
}

fn is_possible_listener(listener: &Listener) {
    let Listener { name, profile, framing, silence, admission, .. } = listener;
    assert_eq!(*profile == Profile::Datagram, *name == "datagram", "{listener:?}");
    assert!(*profile != Profile::Native || *framing == Framing::Line, "{listener:?}");
    assert!((5..=1_000).contains(&silence.as_millis()), "{listener:?}");
    assert!(admission.sessions <= 200_000 && admission.characters <= 8_192, "{listener:?}");
    assert!(admission.per_second <= 1_000, "{listener:?}");
    assert!(admission.name_within_ms <= 86_400_000, "{listener:?}");
    assert!(!admission.operator, "no configuration makes strangers the operator");
    let answers_only = matches!(profile, Profile::Desk | Profile::Datagram);
    assert_eq!(admission.answers_only, answers_only, "{listener:?}");
}

/// What `posada config` prints is the same configuration.
fn can_be_given_back(gathered: &Gathered, config: &Config) {
    let mut printed = Vec::new();
    commands::config(gathered, &mut printed).expect("a vector takes it");
    let text = String::from_utf8_lossy(&printed).into_owned();
    let again = Given::of(&printed, b"").gather().and_then(|gathered| gathered.config());
    let again = again.unwrap_or_else(|error| panic!("{error}: {text}"));
    assert_eq!(again, *config, "{text}");
}
