//! The rules of the house that no lint can check: who imports whom, how long things may be, what
//! is linked, what must not be written down.
//!
//! Each test reads the whole repository and names every place that breaks its rule, with what to
//! do about it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

/// Lines in a file of the program, and in one of tests.
const FILE_LINES: (usize, usize) = (400, 600);
/// Lines in a function: a screen.
const FUNCTION_LINES: usize = 70;
/// Characters in a line.
const LINE_CHARACTERS: usize = 100;

/// Which of our crates each crate may use.
const MAY_USE: [(&str, &[&str]); 6] = [
    ("client", &["posada-core", "posada-wire"]),
    ("core", &[]),
    ("log", &[]),
    ("wire", &["posada-core"]),
    ("sim", &["posada-core", "posada-wire", "posada-log"]),
    ("posada", &["posada-client", "posada-core", "posada-wire", "posada-log"]),
];

/// One file of the repository.
struct File {
    /// Relative to the root, with `/` between.
    path: String,
    text: String,
}

impl File {
    fn is_test(&self) -> bool {
        self.path.contains("tests/") || self.path.ends_with("tests.rs")
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Every text file that people write, in order.
fn files() -> Vec<File> {
    let mut found = Vec::new();
    walk(&root(), "", &mut found);
    found.sort_by(|a, b| a.path.cmp(&b.path));
    assert!(found.len() > 20, "the repository is not where it is looked for");
    found
}

fn walk(directory: &Path, prefix: &str, found: &mut Vec<File>) {
    for entry in fs::read_dir(directory).expect("a directory can be listed").flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let made = matches!(&*name, "target" | ".git" | "Cargo.lock" | "posada-data");
        let path = format!("{prefix}{name}");
        if made {
            continue;
        }
        if entry.path().is_dir() {
            walk(&entry.path(), &format!("{path}/"), found);
        } else if let Ok(text) = fs::read_to_string(entry.path()) {
            found.push(File { path, text });
        }
    }
}

fn with_extension(extension: &str) -> impl Iterator<Item = File> {
    files().into_iter().filter(move |file| {
        Path::new(&file.path).extension().is_some_and(|found| found == extension)
    })
}

/// Lines of a Rust file without what stands behind `//`, numbered from 1.
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let bare = |line: &'_ str| line.find("//").unwrap_or(line.len());
    text.lines().enumerate().map(move |(at, line)| (at + 1, &line[..bare(line)]))
}

/// Whether a word stands in a line by itself, and not as a part of another.
fn mentions(line: &str, word: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back().is_some_and(part);
        let behind = line[at + word.len()..].chars().next().is_some_and(part);
        !before && !behind
    })
}

#[track_caller]
fn none(broken: &[String], advice: &str) {
    assert!(broken.is_empty(), "\n{}\n→ {advice}\n", broken.join("\n"));
}

fn manifest(name: &str) -> Table {
    let path = root().join(name).join("Cargo.toml");
    fs::read_to_string(&path).expect("a crate has a manifest").parse().expect("it is TOML")
}

/// Names under a heading of a manifest, such as `dependencies`.
fn names(manifest: &Table, heading: &str) -> Vec<String> {
    let table = manifest.get(heading).and_then(Value::as_table);
    table.map(|table| table.keys().cloned().collect()).unwrap_or_default()
}

#[test]
fn crates_use_only_the_crates_below_them() {
    let mut broken = Vec::new();
    for (name, allowed) in MAY_USE {
        let manifest = manifest(name);
        let headings = ["dependencies", "dev-dependencies", "build-dependencies"];
        for used in headings.iter().flat_map(|heading| names(&manifest, heading)) {
            if used.starts_with("posada") && !allowed.contains(&used.as_str()) {
                broken.push(format!("{name}/Cargo.toml: {used}"));
            }
        }
    }
    none(&broken, "ARCHITECTURE.md says who may use whom; move the code, not the rule");
}

#[test]
fn every_crate_is_known_here_and_has_the_lints_of_the_house() {
    let workspace = manifest(".");
    let members = workspace["workspace"]["members"].as_array().expect("members are a list");
    let members: BTreeSet<_> = members.iter().filter_map(Value::as_str).collect();
    assert_eq!(
        members,
        MAY_USE.iter().map(|(name, _)| *name).collect(),
        "say in MAY_USE who uses whom"
    );
    for (name, _) in MAY_USE {
        let lints = manifest(name).get("lints").and_then(|lints| lints.get("workspace")).cloned();
        assert_eq!(
            lints,
            Some(Value::Boolean(true)),
            "{name}/Cargo.toml: [lints] workspace = true"
        );
    }
}

#[test]
fn the_core_cannot_reach_outside() {
    let banned = [
        ("core", &["tokio", "mio", "serde", "tracing", "rand", "getrandom", "rustix"][..]),
        ("wire", &["tokio", "mio", "tracing", "rand", "getrandom", "rustix"]),
        ("client", &["tokio", "mio"]),
        ("log", &["tokio", "mio", "serde"]),
        ("sim", &["tokio", "mio"]),
    ];
    let mut broken = Vec::new();
    for (name, banned) in banned {
        let used = names(&manifest(name), "dependencies");
        let bad = used.iter().filter(|used| banned.contains(&used.as_str()));
        broken.extend(bad.map(|used| format!("{name}/Cargo.toml: {used}")));
    }
    none(&broken, "what a crate must not do, it must not be able to do");
    let core = fs::read_to_string(root().join("core/src/lib.rs")).expect("the core is there");
    assert!(core.lines().any(|line| line == "#![no_std]"), "core/src/lib.rs: #![no_std] is gone");
}

/// Tasks wait where nobody sees it; whoever owns the state must not.
#[test]
fn tasks_live_in_the_web_and_nowhere_else() {
    let banned = ["tokio", "axum", "hyper", "hyper_util", "futures_util", "async"];
    let mut broken = Vec::new();
    for file in with_extension("rs").filter(|file| file.path.starts_with("posada/src/")) {
        if file.path.starts_with("posada/src/web/") {
            continue;
        }
        for (at, line) in code(&file.text) {
            let found = banned.iter().find(|word| mentions(line, word));
            broken.extend(found.map(|word| format!("{}:{at}: {word}", file.path)));
        }
    }
    none(&broken, "the web brings clients to the reactor; what is decided is decided there");
}

/// The web reaches the state by the same words as every client.
#[test]
fn the_web_never_reaches_the_core_or_the_log() {
    let banned = ["posada_core", "posada_log", "engine", "replay", "record"];
    let mut broken = Vec::new();
    for file in with_extension("rs").filter(|file| file.path.starts_with("posada/src/web/")) {
        for (at, line) in code(&file.text) {
            let found = banned.iter().find(|word| mentions(line, word));
            broken.extend(found.map(|word| format!("{}:{at}: {word}", file.path)));
        }
    }
    none(&broken, "ask the reactor through a conversation, as web/porter does");
}

#[test]
fn core_and_wire_know_no_clock_no_chance_and_no_thread() {
    let banned = [
        "std::time",
        "Instant",
        "SystemTime",
        "rand",
        "getrandom",
        "std::thread",
        "thread",
        "TcpStream",
        "TcpListener",
        "UdpSocket",
        "std::fs",
        "std::env",
    ];
    let mut broken = Vec::new();
    for file in with_extension("rs") {
        if !["core/src/", "wire/src/"].iter().any(|place| file.path.starts_with(place)) {
            continue;
        }
        for (at, line) in code(&file.text) {
            let found = banned.iter().find(|word| mentions(line, word));
            broken.extend(found.map(|word| format!("{}:{at}: {word}", file.path)));
        }
    }
    none(&broken, "time and chance come in as values, from whoever drives the core");
}

#[test]
fn the_state_never_reads_the_sessions() {
    let banned = ["session::", "crate::session", "Sessions", "Admission"];
    let mut broken = Vec::new();
    for file in with_extension("rs").filter(|file| file.path.starts_with("core/src/state/")) {
        for (at, line) in code(&file.text) {
            let found = banned.iter().find(|word| line.contains(*word));
            broken.extend(found.map(|word| format!("{}:{at}: {word}", file.path)));
        }
    }
    none(&broken, "the state is what the log says; log what `apply` needs to know");
}

#[test]
fn files_and_lines_are_of_a_size_to_read() {
    let mut broken = Vec::new();
    for file in ["rs", "js", "css", "html"].into_iter().flat_map(with_extension) {
        let (most, lines) =
            (if file.is_test() { FILE_LINES.1 } else { FILE_LINES.0 }, file.text.lines().count());
        if lines > most {
            broken.push(format!("{}: {lines} lines, {most} are the most", file.path));
        }
        let long = file.text.lines().enumerate();
        let long = long.filter(|(_, line)| line.chars().count() > LINE_CHARACTERS);
        broken.extend(long.map(|(at, _)| format!("{}:{}: too long a line", file.path, at + 1)));
    }
    none(&broken, "one file, one idea: split it where a second one begins");
}

/// What the page shows comes from others: it is text, never markup, and nothing runs inline.
#[test]
fn the_page_sets_text_and_never_markup() {
    let banned = [
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "createContextualFragment",
        "setHTML",
        "DOMParser",
        "eval(",
        "new Function",
        "javascript:",
        "setAttribute(\"on",
        "<script>",
        "<style",
        " style=",
        " onclick=",
        " onload=",
        "//cdn",
        "https://",
    ];
    let mut broken = Vec::new();
    let mut seen = 0;
    for file in ["js", "css", "html"].into_iter().flat_map(with_extension) {
        seen += usize::from(file.path.starts_with("posada/src/web/page/"));
        for (at, line) in file.text.lines().enumerate() {
            let found = banned.iter().find(|word| line.contains(**word));
            broken.extend(found.map(|word| format!("{}:{}: {word}", file.path, at + 1)));
        }
    }
    assert!(seen >= 3, "the page is not where it is looked for");
    none(&broken, "set textContent, and leave scripts and styles to files of their own");
}

#[test]
fn functions_fit_a_screen() {
    let mut broken = Vec::new();
    for file in with_extension("rs") {
        for (at, length) in functions(&file.text) {
            if length > FUNCTION_LINES {
                broken.push(format!("{}:{at}: a function of {length} lines", file.path));
            }
        }
    }
    none(&broken, "give the parts of it names");
}

/// Where each function begins, and how many lines it has. It trusts rustfmt: the end of a
/// function is a brace with the indentation of its beginning.
fn functions(text: &str) -> Vec<(usize, usize)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let starts = line.trim_start().split(' ').take(6).any(|word| word == "fn");
        if !starts || line.ends_with([';', '}']) || line.trim_start().starts_with("//") {
            continue;
        }
        let indent = line.len() - line.trim_start().len();
        let level = |line: &&str| {
            let rest = line.get(indent..).unwrap_or_default();
            line.len() - line.trim_start().len() == indent && rest.starts_with(['}', ')'])
        };
        let mut ends = lines.iter().enumerate().skip(at + 1).filter(|(_, line)| level(line));
        let end = ends.find(|(_, line)| line.ends_with(['}', ';']));
        if let Some((end, last)) = end
            && last.trim_start().starts_with('}')
        {
            found.push((at + 1, end - at + 1));
        }
    }
    found
}

#[test]
fn the_scan_for_functions_finds_their_ends() {
    let text = "impl A {\n    fn one(&self) {\n        if x {\n        }\n    }\n\n    \
                pub(crate) const fn two(\n        a: u8,\n    ) -> u8 {\n        a\n    }\n\n    \
                fn three(\n        a: u8,\n    );\n    fn four() {}\n}\n";
    assert_eq!(functions(text), [(2, 4), (7, 5)]);
}

#[test]
fn every_module_says_what_it_is() {
    let headless = with_extension("rs").filter(|file| !file.text.starts_with("//!"));
    let broken: Vec<_> = headless.map(|file| file.path).collect();
    none(&broken, "begin it with //!: what it is, what it does not do, where to read next");
}

#[test]
fn no_test_is_left_out() {
    let banned = ["#[ign", "ore"].concat();
    let mut broken = Vec::new();
    for file in with_extension("rs") {
        let found = code(&file.text).filter(|(_, line)| line.contains(&banned));
        broken.extend(found.map(|(at, _)| format!("{}:{at}", file.path)));
    }
    none(&broken, "a test that nobody runs says nothing: mend it or remove it");
}

/// The relative links of a document, as they are written, without what stands in code.
fn links(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut fenced = false;
    for (at, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        }
        let prose: String = line.split('`').step_by(2).collect::<Vec<_>>().join("`");
        let targets = prose.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
        for (target, _) in targets.filter(|_| !fenced) {
            let outside = target.contains("://") || target.starts_with(['#', '<']);
            if !outside && !target.starts_with("mailto:") {
                let path = target.split('#').next().unwrap_or_default();
                found.push((at + 1, path.to_owned()));
            }
        }
    }
    found
}

/// What a link in a document points to, relative to the root.
fn target(document: &str, link: &str) -> String {
    let directory = Path::new(document).parent().expect("a file is in a directory");
    let mut parts: Vec<_> = Vec::new();
    for part in directory.join(link).components() {
        match part.as_os_str().to_string_lossy().as_ref() {
            ".." => drop(parts.pop()),
            "." => {}
            name => parts.push(name.to_owned()),
        }
    }
    parts.join("/")
}

#[test]
fn every_link_leads_somewhere() {
    let mut broken = Vec::new();
    for file in with_extension("md") {
        let dead = links(&file.text).into_iter();
        let dead = dead.filter(|(_, link)| !root().join(target(&file.path, link)).exists());
        broken.extend(dead.map(|(at, link)| format!("{}:{at}: {link}", file.path)));
    }
    none(&broken, "links are relative to the document that they stand in");
}

#[test]
fn every_document_can_be_found() {
    let linked: BTreeSet<String> = with_extension("md")
        .flat_map(|file| {
            let links = links(&file.text).into_iter();
            links.map(|(_, link)| target(&file.path, &link)).collect::<Vec<_>>()
        })
        .collect();
    let documents = files().into_iter().map(|file| file.path);
    let lost = documents.filter(|path| path.starts_with("docs/") && !linked.contains(path));
    none(&lost.collect::<Vec<_>>(), "link it from README.md, ARCHITECTURE.md or a document");
}

#[test]
fn nothing_depends_on_one_machine() {
    // Written so that this file does not find itself.
    let places = ["work", "home", "root", "Users"].map(|name| format!("/{name}/"));
    let hosts = [["crates", "io"], ["npmjs", "org"], ["pypi", "org"], ["docker", "io"]];
    let banned: Vec<_> = places.into_iter().chain(hosts.map(|host| host.join("."))).collect();
    let mut broken = Vec::new();
    for file in files() {
        for (at, line) in file.text.lines().enumerate() {
            let found = banned.iter().find(|word| line.contains(*word));
            broken.extend(found.map(|word| format!("{}:{}: {word}", file.path, at + 1)));
        }
    }
    none(&broken, "write paths relative to the root, and leave the registry to cargo");
}
