//! What can be asked for by `GET`, and how each of it is answered.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::answer::{get, request};
use crate::support::{House, ROOMS};

#[test]
fn the_page_speaks_the_languages_of_its_readers() {
    let server = House::new().with_web().opens();
    for (accepted, language) in [("", "en"), ("es-AR,en;q=0.5", "es"), ("fr,pt;q=0.1", "pt")] {
        let page = request(&server, "GET", "/", &format!("Accept-Language: {accepted}\r\n"));
        assert_eq!((page.status, page.header("content-language")), (200, language));
        assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
        assert!(page.body.contains(&format!("<html lang=\"{language}\">")), "{}", page.body);
        assert_eq!(page.header("vary"), "accept-language");
    }
}

#[test]
fn what_a_browser_has_already_is_not_sent_again() {
    let server = House::new().with_web().opens();
    let script = "text/javascript";
    let files = [
        ("/page.css", "text/css"),
        ("/page.js", script),
        ("/link.js", script),
        ("/log.js", script),
        ("/desk.js", script),
        ("/identity.js", script),
        ("/words.js", script),
        ("/icon.svg", "image/svg+xml"),
    ];
    for (path, media_type) in files {
        let first = get(&server, path);
        assert_eq!(first.header("content-type"), format!("{media_type}; charset=utf-8"));
        let tag = first.header("etag");
        let again = request(&server, "GET", path, &format!("If-None-Match: {tag}\r\n"));
        assert_eq!((again.status, again.body.as_str()), (304, ""));
        let other = request(&server, "GET", path, "If-None-Match: \"other\"\r\n");
        assert_eq!((other.status, other.body), (200, first.body));
    }
}

#[test]
fn the_list_is_what_somebody_without_a_name_sees() {
    let server = House::new().with_web().opens();
    let seen = || -> Value {
        let list = get(&server, "/api/v1/resources");
        assert_eq!((list.status, list.header("cache-control")), (200, "no-store"));
        assert_eq!(list.header("content-type"), "application/json");
        serde_json::from_str(&list.body).expect("it is JSON")
    };
    let free = |name: &str| json!({"name": name, "free": true});
    assert_eq!(seen(), json!({"resources": ROOMS.map(free)}));
    let mut ana = server.native("ana").named("ana");
    ana.does(&format!("reserve {}", ROOMS[1]));
    let list = seen();
    assert_eq!(list["resources"][1]["free"], false, "{list}");
    assert_eq!(list["resources"][2], free(ROOMS[2]), "{list}");
}

#[test]
fn asking_changes_nothing() {
    let server = House::new().with_web().opens();
    let before = figure(&get(&server, "/metrics").body, "posada_log_seq");
    for path in ["/", "/page.css", "/page.js", "/api/v1/resources", "/healthz", "/metrics", "/no"] {
        for method in ["GET", "HEAD", "POST", "DELETE"] {
            request(&server, method, path, "");
        }
    }
    assert_eq!(figure(&get(&server, "/metrics").body, "posada_log_seq"), before);
}

#[test]
fn head_is_get_without_a_body_and_other_methods_are_refused() {
    let server = House::new().with_web().opens();
    for path in ["/", "/page.css", "/page.js", "/api/v1/resources", "/healthz", "/metrics"] {
        let full = get(&server, path);
        let head = request(&server, "HEAD", path, "");
        assert_eq!((head.status, head.body.as_str()), (200, ""), "{path}");
        assert_eq!(head.header("content-type"), full.header("content-type"), "{path}");
        for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"] {
            let refused = request(&server, method, path, "");
            assert_eq!((refused.status, refused.header("allow")), (405, "GET,HEAD"), "{path}");
        }
    }
    assert_eq!(get(&server, "/page").status, 404);
    assert_eq!(get(&server, "/../page.css").status, 404);
}

#[test]
fn who_asks_whether_it_is_well_is_answered() {
    let server = House::new().with_web().opens();
    let health = get(&server, "/healthz");
    assert_eq!((health.status, health.body.as_str()), (200, "ok\n"));
}

#[test]
fn figures_count_what_happened() {
    let server = House::new().with_web().opens();
    let mut ana = server.native("ana").named("ana");
    ana.does(&format!("reserve {}", ROOMS[0]));
    let answer = get(&server, "/metrics");
    assert!(answer.header("content-type").starts_with("application/openmetrics-text"));
    let text = answer.body;
    assert!(text.ends_with("# EOF\n"), "{text}");
    let value = |name: &str| figure(&text, name);
    assert!(value("posada_requests_total") >= 2, "{text}");
    assert!(value("posada_log_seq") >= 5, "{text}");
    assert!(value("posada_connections_accepted_total") >= 1, "{text}");
    assert!(value("posada_log_bytes_total") > 0, "{text}");
    for calm in ["connections_refused_total", "slow_clients_cut_total", "read_only", "closing"] {
        assert_eq!(value(&format!("posada_{calm}")), 0, "{text}");
    }
    assert_eq!(value("posada_sessions{listener=\"native\"}"), 1, "{text}");
    let batches = value("posada_batches_total");
    assert!(batches >= 3, "{text}");
    assert_eq!(value("posada_sync_seconds_count"), batches, "{text}");
    let last = value("posada_sync_seconds_bucket{le=\"+Inf\"}");
    assert_eq!(last, batches, "the last class holds them all:\n{text}");
}

/// Every table row of docs/web.md is served, and nothing else.
#[test]
fn every_figure_is_documented() {
    let server = House::new().with_web().opens();
    let text = get(&server, "/metrics").body;
    let types = text.lines().filter_map(|line| line.strip_prefix("# TYPE "));
    let types = types.filter_map(|line| line.split_once(' '));
    let types: Vec<_> = types.map(|(name, it)| (name.to_owned(), it.to_owned())).collect();
    let document = include_str!("../../../docs/web.md");
    let rows = document.lines().filter_map(|line| line.strip_prefix("| `posada_"));
    let rows: Vec<_> = rows.map(|row| row.replace('`', "")).collect();
    let documented: Vec<_> = rows
        .iter()
        .map(|row| {
            let mut cells = row.split('|').map(str::trim);
            let name = cells.next().expect("a name").split('{').next().unwrap_or_default();
            let name = format!("posada_{}", name.trim_end_matches("_total"));
            (name, cells.next().expect("a type").to_owned())
        })
        .collect();
    assert_eq!(documented, types);
}

#[track_caller]
fn figure(text: &str, name: &str) -> u64 {
    let found = figures(text).remove(name);
    let found = found.unwrap_or_else(|| panic!("no {name} in:\n{text}"));
    found.parse().unwrap_or_else(|why| panic!("{why}: {name} {found}"))
}

/// Each line is a name, perhaps with labels, and a number.
fn figures(text: &str) -> BTreeMap<String, String> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| {
            let (name, value) = line.rsplit_once(' ').unwrap_or_else(|| panic!("{line:?}"));
            assert!(value.parse::<f64>().is_ok(), "no number: {line:?}");
            (name.to_owned(), value.to_owned())
        })
        .collect()
}
