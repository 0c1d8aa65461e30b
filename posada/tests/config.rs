//! The configuration as an operator meets it: layers, mistakes, and what is printed back.

use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use posada::commands;
use posada::config::{
    Config, ConfigArgs, Engine, Framing, Gathered, HttpConfig, Language, Level, Listener,
    LogConfig, Origin, Profile,
};
use posada_core::{Admission, Budget, limits};
use posada_log::Keep;

/// What an operator gave: a file's text, variables, `--set`s.
#[derive(Default)]
struct Given<'a> {
    file: Option<&'a str>,
    variables: &'a [(&'a str, &'a str)],
    set: &'a [&'a str],
}

/// The path of the file is replaced by FILE in messages.
fn gather(given: &Given<'_>) -> Result<Gathered, String> {
    let directory = tempfile::tempdir().expect("a place for files");
    let path = directory.path().join("posada.toml");
    if let Some(text) = given.file {
        fs::write(&path, text).expect("the file can be written");
    }
    let args = ConfigArgs {
        config: given.file.map(|_| path.clone()),
        set: given.set.iter().map(ToString::to_string).collect(),
        ..ConfigArgs::default()
    };
    let text = |text: &str| OsString::from(text);
    let variables = given.variables.iter().map(|(name, value)| (text(name), text(value)));
    args.gather(variables)
        .map_err(|error| error.to_string().replace(&*path.to_string_lossy(), "FILE"))
}

fn load(given: &Given<'_>) -> Result<Config, String> {
    gather(given)?.config().map_err(|error| error.to_string())
}

fn from_file(text: &str) -> Result<Config, String> {
    load(&Given { file: Some(text), ..Given::default() })
}

fn from_variable(name: &str, value: &str) -> Result<Config, String> {
    load(&Given { variables: &[(name, value)], ..Given::default() })
}

fn from_set(given: &str) -> Result<Config, String> {
    load(&Given { set: &[given], ..Given::default() })
}

fn defaults() -> Config {
    let listener = |name, address: &str, profile, language, framing, admission| Listener {
        name,
        addresses: vec![address.parse().expect("an address")],
        profile,
        language,
        framing,
        silence: Duration::from_millis(40),
        admission,
    };
    let limited = |sessions, characters, per_second, name_within_ms, disconnect| Admission {
        sessions,
        characters,
        per_second,
        name_within_ms,
        disconnect,
        ..Admission::default()
    };
    let answers_only = |admission| Admission { answers_only: true, ..admission };
    let desk = answers_only(limited(1_000, 1_000, 0, 0, true));
    let talk = limited(10, 1_000, 5, 120_000, true);
    let note = limited(100, 1_000, 5, 0, true);
    let native = limited(10_000, 4_000, 0, 0, false);
    let datagram = answers_only(limited(10, 1_000, 0, 0, false));
    let (es, pt, en) = (Language::Es, Language::Pt, Language::En);
    Config {
        data: "posada-data".into(),
        resources: ["Habitación 1", "Habitación 2", "Habitación 3"].map(Into::into).into(),
        history_bytes: 262_144,
        resume_bytes: 65_536,
        each_address: Budget::default(),
        level: Level::Info,
        drain: Duration::from_secs(5),
        log: LogConfig {
            engine: Engine::Segment,
            segment_bytes: 16 * 1024 * 1024,
            keep: Keep::Everything,
        },
        listeners: vec![
            listener("desk", "127.0.0.1:12345", Profile::Desk, es, Framing::Auto, desk),
            listener("talk", "127.0.0.1:2010", Profile::Talk, es, Framing::Auto, talk),
            listener("note", "127.0.0.1:12000", Profile::Note, es, Framing::Auto, note),
            listener("native", "127.0.0.1:7672", Profile::Native, en, Framing::Line, native),
            listener("datagram", "127.0.0.1:10125", Profile::Datagram, pt, Framing::Line, datagram),
        ],
        http: HttpConfig {
            addresses: vec!["127.0.0.1:8080".parse().expect("an address")],
            hosts: vec![],
            admission: limited(1_000, 4_000, 20, 0, false),
        },
    }
}

fn template() -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/posada.toml");
    fs::read_to_string(path).expect("docs/posada.toml is there")
}

#[test]
fn who_says_nothing_gets_the_defaults() {
    assert_eq!(load(&Given::default()), Ok(defaults()));
}

#[test]
fn the_template_says_every_default_and_nothing_else() {
    let template = template();
    assert_eq!(from_file(&template), Ok(defaults()));
    let gathered = gather(&Given { file: Some(&template), ..Given::default() });
    for key in gathered.expect("it loads").in_force() {
        assert!(matches!(key.origin, Origin::File(_)), "docs/posada.toml lacks {}", key.name);
    }
}

#[test]
fn flags_beat_variables_beat_the_file_beat_the_defaults() {
    let file = "drain_seconds = 1\ndata = 'f'\n\
                [log]\nsegment_bytes = 65536\nkeep = 1024\nengine = 'memory'\n";
    let variables = [("POSADA_DRAIN_SECONDS", "2"), ("POSADA_LOG", "segment")];
    let given = Given {
        file: Some(file),
        variables: &variables,
        set: &["drain_seconds=7", "drain_seconds=3"],
    };
    let config = load(&given).expect("all of it is possible");
    assert_eq!(config.drain, Duration::from_secs(3));
    let keep = Keep::Bytes(1_024);
    assert_eq!(config.log, LogConfig { engine: Engine::Segment, segment_bytes: 65_536, keep });
    assert_eq!(config.data, PathBuf::from("f"));
    assert_eq!(config.resources.len(), 3);
}

#[test]
fn flags_of_their_own_beat_set() {
    let args = ConfigArgs {
        data: Some("here".into()),
        log: Some("memory".into()),
        set: vec!["data=there".into()],
        config: None,
    };
    let config = args.gather(std::iter::empty()).expect("possible").config().expect("possible");
    assert_eq!(config.data, PathBuf::from("here"));
    assert_eq!(config.log.engine, Engine::Memory);
}

#[test]
fn lists_are_written_with_commas_where_there_are_no_brackets() {
    let config = from_variable("POSADA_RESOURCES", "Sala Ñ, 5,GPU 1").expect("names");
    assert_eq!(config.resources, ["Sala Ñ", "5", "GPU 1"]);
    let config = from_variable("POSADA_RESOURCES", "Sala").expect("one name");
    assert_eq!(config.resources, ["Sala"]);
    let config = from_variable("POSADA_DESK_ADDRESS", "127.0.0.1:0,[::1]:0").expect("addresses");
    assert_eq!(config.listeners[0].addresses.len(), 2);
    let config = from_set(r#"listeners.talk.address=["127.0.0.1:1", "127.0.1.1:1"]"#);
    assert_eq!(config.expect("addresses").listeners[1].addresses.len(), 2);
    assert_eq!(from_file("resources = []").expect("none").resources, [""; 0]);
}

#[test]
fn a_listener_can_be_off_and_ports_can_be_any() {
    let config = from_variable("POSADA_TALK_ADDRESS", "off").expect("off is possible");
    assert_eq!(config.listeners[1].addresses, []);
    let any = "[listeners]\ndesk.address = '127.0.0.1:0'\ntalk.address = '127.0.0.1:0'";
    assert_eq!(from_file(any).expect("two free ports").listeners[0].addresses[0].port(), 0);
}

#[test]
fn a_path_may_look_like_something_else() {
    for word in ["5", "true", "2026-11-21", "a,b", "[x"] {
        assert_eq!(from_set(&format!("data={word}")).expect("a path").data, PathBuf::from(word));
    }
}

#[test]
fn what_is_kept_of_the_log_is_everything_or_a_number_of_bytes() {
    let keep = |given: &str| from_set(&format!("log.keep={given}")).map(|config| config.log.keep);
    assert_eq!(keep("everything"), Ok(Keep::Everything));
    assert_eq!(keep("0"), Ok(Keep::Bytes(0)));
    assert_eq!(keep("1073741824"), Ok(Keep::Bytes(1 << 30)));
    for impossible in ["nothing", "-1", "1.5", "true", ""] {
        let error = keep(impossible).expect_err("it is neither");
        assert!(error.contains("\"everything\", or a number of bytes from 0"), "{error}");
    }
}

#[test]
fn bounds_are_those_of_the_core() {
    let bounds = [
        ("drain_seconds", 0, 600),
        ("history_bytes", 0, 1_048_576),
        ("resume_bytes", 0, 1_048_576),
        ("each_address.sessions", 0, limits::SESSIONS),
        ("each_address.per_second", 0, limits::PER_SECOND as usize),
        ("log.segment_bytes", 65_536, 1 << 30),
        ("listeners.desk.silence_ms", 5, 1_000),
        ("listeners.desk.sessions", 0, limits::SESSIONS),
        ("listeners.desk.characters", 0, limits::MESSAGE_BYTES / 4),
        ("listeners.desk.per_second", 0, limits::PER_SECOND as usize),
        ("listeners.desk.name_within_seconds", 0, 86_400),
        ("http.sessions", 0, limits::SESSIONS),
        ("http.characters", 0, limits::MESSAGE_BYTES / 4),
        ("http.per_second", 0, limits::PER_SECOND as usize),
    ];
    for (key, least, most) in bounds {
        for fits in [least, most] {
            from_set(&format!("{key}={fits}")).expect("the bound itself is possible");
        }
        for outside in [least.wrapping_sub(1).cast_signed(), most.cast_signed() + 1] {
            let error = from_set(&format!("{key}={outside}")).expect_err("it is outside");
            assert!(error.contains(&format!("allowed: {least} to {most}")), "{error}");
        }
    }
}

#[test]
fn resources_are_names_and_no_two_the_same() {
    let longest = "x".repeat(limits::RESOURCE_CHARACTERS as usize);
    from_file(&format!("resources = ['{longest}']")).expect("as long as a name may be");
    for bad in
        [&format!("'x{longest}'"), "''", "' '", "'a', 'a'", "'Sala', 'SALA '", "7", r#""\u001b""#]
    {
        let error = from_file(&format!("resources = [{bad}]")).expect_err(bad);
        assert!(error.starts_with("resources = ["), "{error}");
        assert!(
            error.ends_with(
                "allowed: a list of names, each of 1 to 100 characters, no two the same"
            ),
            "{error}"
        );
    }
}

#[test]
fn the_web_goes_by_names_and_not_by_addresses_of_pages() {
    let config = from_variable("POSADA_HTTP_HOSTS", "Posada.example.org, b:8443").expect("names");
    assert_eq!(config.http.hosts, ["posada.example.org", "b:8443"]);
    for bad in ["https://a", "a/b", "*", "a:0", "a:99999", "a b", "''"] {
        let error = from_set(&format!("http.hosts={bad}")).expect_err(bad);
        assert!(error.starts_with("http.hosts = "), "{error}");
        let allowed = "allowed: a list of up to 64 host names, each perhaps with :PORT";
        assert!(error.ends_with(allowed), "{error}");
    }
}

#[test]
fn a_mistake_is_answered_with_key_value_place_and_what_is_allowed() {
    let answers = [
        (
            from_file("[listeners.desk]\nprofile = 'hotel'"),
            "listeners.desk.profile = \"hotel\" (from FILE) is not possible; \
             allowed: \"native\", \"talk\", \"note\" or \"desk\"; the datagram listener: \
             \"datagram\"",
        ),
        (
            from_file("[listeners.talk]\nper_second = 'five'"),
            "listeners.talk.per_second = \"five\" (from FILE) is not possible; \
             allowed: 0 to 1000; 0 is unlimited",
        ),
        (
            from_variable("POSADA_DESK_ADDRESS", "localhost"),
            "listeners.desk.address = \"localhost\" (from the environment variable \
             POSADA_DESK_ADDRESS) is not possible; allowed: \"IP:PORT\", a list of them, or \
             \"off\"; port 0 is any free port",
        ),
        (
            from_variable("POSADA_LOG", ""),
            "log.engine = \"\" (from the environment variable POSADA_LOG) is not possible; \
             allowed: \"segment\" or \"memory\"",
        ),
        (
            from_set("listeners.native.disconnect=sí"),
            "listeners.native.disconnect = \"sí\" (from --set) is not possible; \
             allowed: true or false",
        ),
        (
            from_set("data="),
            "data = \"\" (from --set) is not possible; \
             allowed: a directory; it is made where it does not exist",
        ),
    ];
    for (found, expected) in answers {
        assert_eq!(found.expect_err(expected), expected);
    }
}

#[test]
fn what_is_unknown_is_answered_with_what_is_most_like_it() {
    let tail = "`posada config` prints every key";
    let answers = [
        (
            from_file("[listeners.desk]\nadress = 'off'"),
            format!(
                "there is no key listeners.desk.adress (from FILE); did you mean \
                 listeners.desk.address? {tail}"
            ),
        ),
        (
            from_set("listener.desk.address=off"),
            format!(
                "there is no key listener.desk.address (from --set); did you mean \
                 listeners.desk.address? {tail}"
            ),
        ),
        (
            from_file("log = 'memory'"),
            format!("there is no key log (from FILE); did you mean log.engine? {tail}"),
        ),
        (
            from_variable("POSADA_TALK_PERSECOND", "5"),
            "posada reads no environment variable POSADA_TALK_PERSECOND; did you mean \
             POSADA_TALK_PER_SECOND? If not, unset it"
                .into(),
        ),
        (
            from_set("data"),
            "--set data is not KEY=VALUE; write for example --set log.engine=memory".into(),
        ),
    ];
    for (found, expected) in answers {
        assert_eq!(found.expect_err(&expected), expected);
    }
    from_variable("POSADAS", "anything").expect("the town is none of our business");
}

#[test]
fn values_must_be_possible_together() {
    let error = from_set("listeners.desk.profile=native").expect_err("native guesses nothing");
    let expected = "listeners.desk.framing = \"auto\" (from the defaults) is not possible with the \
                    native profile, which guesses nothing; allowed: \"line\"";
    assert_eq!(error, expected);
    let error = from_set("listeners.talk.address=127.0.0.1:12345").expect_err("it is taken");
    let expected = "127.0.0.1:12345 stands twice, in listeners.desk.address and in \
                    listeners.talk.address (from --set); give one of them another port, or \"off\"";
    assert_eq!(error, expected);
    let error = from_set("http.address=127.0.0.1:7672").expect_err("it is taken");
    assert!(error.contains("in listeners.native.address and in http.address (from"), "{error}");
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let missing = ConfigArgs { config: Some("no/such.toml".into()), ..ConfigArgs::default() };
    let error = missing.gather(std::iter::empty()).err().expect("there is none");
    let expected = "cannot read the configuration file no/such.toml; check --config";
    assert_eq!(error.to_string(), expected);
    let error = from_file("data = ").expect_err("that is not TOML");
    assert_eq!(error, "the configuration file FILE is not TOML");
}

#[test]
fn what_is_printed_can_be_given_back() {
    let given = Given {
        file: Some("resources = ['Sala \"Ñ\"', 'b']\n[listeners.talk]\naddress = 'off'"),
        variables: &[("POSADA_DESK_ADDRESS", "127.0.0.1:1,127.0.1.1:1")],
        set: &["drain_seconds=9"],
    };
    let gathered = gather(&given).expect("all of it is possible");
    let mut printed = Vec::new();
    commands::config(&gathered, &mut printed).expect("a vector takes it");
    let printed = String::from_utf8(printed).expect("it is text");
    assert_eq!(from_file(&printed), Ok(gathered.config().expect("possible")));
    assert!(printed.contains("drain_seconds = 9 # from --set\n"), "{printed}");
    assert!(printed.contains("1\"] # from the environment variable POSADA_DESK_ADDRESS\n"));
    assert!(printed.contains("address = \"off\" # from /"), "{printed}");
    assert!(printed.contains("\ndata = \"posada-data\"\n"), "{printed}");
    assert!(printed.contains("\n[listeners.native]\naddress = \"127.0.0.1:7672\"\n"));
}
