//! The page and what belongs to it: part of the program, so that nothing else need be installed.

use axum::http::header::{
    CACHE_CONTROL, CONTENT_LANGUAGE, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY,
};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use posada_wire::Language;

use super::language::tag;

const HTML: &str = include_str!("page/index.html");
const CSS: &str = include_str!("page/page.css");
const ICON: &str = include_str!("page/icon.svg");
const SCRIPTS: [(&str, &str); 6] = [
    ("page.js", include_str!("page/page.js")),
    ("link.js", include_str!("page/link.js")),
    ("log.js", include_str!("page/log.js")),
    ("desk.js", include_str!("page/desk.js")),
    ("identity.js", include_str!("page/identity.js")),
    ("words.js", include_str!("page/words.js")),
];
/// How the page begins, before it is known who reads it.
const ENGLISH: &str = "<html lang=\"en\">";

/// A browser may keep it, but asks each time whether it is still the same.
const ASK_AGAIN: &str = "no-cache";

/// The page in a language: its scripts and screen readers go by what it says of itself.
pub(super) fn page(language: Language) -> Response {
    let name = tag(language);
    let html = HTML.replacen(ENGLISH, &format!("<html lang=\"{name}\">"), 1);
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CONTENT_LANGUAGE, name),
        (VARY, "accept-language"),
        (CACHE_CONTROL, ASK_AGAIN),
    ];
    (headers, html).into_response()
}

pub(super) fn style(headers: &HeaderMap) -> Response {
    file(CSS, "text/css; charset=utf-8", headers)
}

pub(super) fn icon(headers: &HeaderMap) -> Response {
    file(ICON, "image/svg+xml; charset=utf-8", headers)
}

/// One of the page's scripts. The page asks for no others.
pub(super) fn script(name: &str, headers: &HeaderMap) -> Response {
    let (_, text) = SCRIPTS.iter().find(|(known, _)| *known == name).expect("a script of the page");
    file(text, "text/javascript; charset=utf-8", headers)
}

/// The names of the page's scripts.
pub(super) fn scripts() -> impl Iterator<Item = &'static str> {
    SCRIPTS.iter().map(|(name, _)| *name)
}

fn file(text: &'static str, media_type: &'static str, headers: &HeaderMap) -> Response {
    let digest = blake3::hash(text.as_bytes()).to_hex();
    let tag = format!("\"{}\"", &digest[..16]);
    let mut known = headers.get_all(IF_NONE_MATCH).iter().filter_map(|it| it.to_str().ok());
    let caching = [(ETAG, tag.as_str()), (CACHE_CONTROL, ASK_AGAIN)];
    if known.any(|tags| tags.trim() == "*" || tags.contains(&tag)) {
        return (StatusCode::NOT_MODIFIED, caching).into_response();
    }
    (caching, [(CONTENT_TYPE, media_type)], text).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_says_its_language_where_it_is_looked_for() {
        assert_eq!(HTML.matches(ENGLISH).count(), 1, "<html lang=\"en\"> is filled in");
    }

    #[test]
    fn the_page_needs_nothing_that_its_policy_forbids() {
        for inline in ["<script>", "<style", " style=", " onclick=", " onload=", "javascript:"] {
            assert!(!HTML.contains(inline), "the policy forbids {inline}");
        }
        assert!(!HTML.contains("://"), "the page comes from one place");
    }
}
