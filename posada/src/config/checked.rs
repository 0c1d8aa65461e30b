//! From merged layers to a [`Config`]: what only several keys together can get wrong.
//!
//! Single values have been checked where they were read. Read next: [`super::Config`].

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use confique::Config as _;
use posada_core::{Admission, Budget};

use super::keys::{Addresses, HttpKeys, Keys, ListenerKeys, word};
use super::{
    Config, ConfigError, Framing, Gathered, HttpConfig, Language, Listener, LogConfig, Profile,
};

/// The one listener that takes datagrams.
const DATAGRAM: &str = "datagram";
const CHECKED: &str = "every word was checked where it was read";

impl Gathered {
    /// The configuration in force.
    ///
    /// # Errors
    /// When values that are possible by themselves are not so together.
    ///
    /// # Panics
    /// Never: the defaults hold every key.
    pub fn config(&self) -> Result<Config, ConfigError> {
        let keys = Keys::from_layer(self.merged()).expect("the defaults hold every key");
        let listeners = vec![
            listener("desk", keys.listeners.desk),
            listener("talk", keys.listeners.talk),
            listener("note", keys.listeners.note),
            listener("native", keys.listeners.native),
            listener(DATAGRAM, keys.listeners.datagram),
        ];
        self.check_profiles(&listeners)?;
        self.check_framing(&listeners)?;
        let http = http(keys.http);
        self.check_addresses(&listeners, &http)?;
        Ok(Config {
            data: keys.data,
            resources: keys.resources,
            history_bytes: keys.history_bytes,
            resume_bytes: keys.resume_bytes,
            each_address: Budget {
                sessions: keys.each_address.sessions,
                per_second: keys.each_address.per_second,
            },
            level: keys.level,
            drain: Duration::from_secs(keys.drain_seconds.into()),
            log: LogConfig {
                engine: keys.log.engine,
                segment_bytes: keys.log.segment_bytes,
                keep: keys.log.keep.into(),
            },
            listeners,
            http,
        })
    }

    fn check_profiles(&self, listeners: &[Listener]) -> Result<(), ConfigError> {
        let wrong = |it: &&Listener| (it.profile == Profile::Datagram) != (it.name == DATAGRAM);
        let Some(wrong) = listeners.iter().find(wrong) else { return Ok(()) };
        let key = format!("listeners.{}.profile", wrong.name);
        let origin = self.origin_of(&key);
        Err(ConfigError::DatagramProfile { key, origin })
    }

    fn check_framing(&self, listeners: &[Listener]) -> Result<(), ConfigError> {
        let guesses = |it: &&Listener| it.profile == Profile::Native && it.framing == Framing::Auto;
        let Some(guessing) = listeners.iter().find(guesses) else { return Ok(()) };
        let key = format!("listeners.{}.framing", guessing.name);
        let origin = self.origin_of(&key);
        Err(ConfigError::NativeFraming { key, origin })
    }

    fn check_addresses(
        &self,
        listeners: &[Listener],
        http: &HttpConfig,
    ) -> Result<(), ConfigError> {
        let mut seen: BTreeMap<SocketAddr, String> = BTreeMap::new();
        let listeners =
            listeners.iter().map(|it| (format!("listeners.{}", it.name), &it.addresses));
        for (table, addresses) in listeners.chain([("http".to_owned(), &http.addresses)]) {
            for &address in addresses.iter().filter(|address| address.port() != 0) {
                let key = format!("{table}.address");
                if let Some(first) = seen.insert(address, key.clone()) {
                    let origin = self.origin_of(&key);
                    return Err(ConfigError::SameAddress { address, first, second: key, origin });
                }
            }
        }
        Ok(())
    }
}

fn http(keys: HttpKeys) -> HttpConfig {
    let Addresses(addresses) = keys.address;
    HttpConfig {
        addresses,
        hosts: keys.hosts.iter().map(|host| host.to_ascii_lowercase()).collect(),
        admission: Admission {
            sessions: keys.sessions,
            characters: keys.characters,
            per_second: keys.per_second,
            ..Admission::default()
        },
    }
}

fn listener(name: &'static str, keys: ListenerKeys) -> Listener {
    let Addresses(addresses) = keys.address;
    let profile = word(&Profile::ALL, &keys.profile).expect(CHECKED);
    Listener {
        name,
        addresses,
        profile,
        language: word(&Language::ALL, &keys.language).expect(CHECKED),
        framing: keys.framing,
        silence: Duration::from_millis(keys.silence_ms.into()),
        admission: Admission {
            sessions: keys.sessions,
            characters: keys.characters,
            per_second: keys.per_second,
            name_within_ms: u64::from(keys.name_within_seconds) * 1_000,
            disconnect: keys.disconnect,
            operator: false,
            answers_only: matches!(profile, Profile::Desk | Profile::Datagram),
        },
    }
}
