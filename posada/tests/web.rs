//! The web as browsers and programs meet it: raw HTTP, and `/ws`, against the real binary.

mod support;

#[path = "web/answer.rs"]
mod answer;
#[path = "web/closing.rs"]
mod closing;
#[path = "web/conversations.rs"]
mod conversations;
#[path = "web/idle.rs"]
mod idle;
#[path = "web/page.rs"]
mod page;
#[path = "web/requests.rs"]
mod requests;
#[path = "web/rules.rs"]
mod rules;
