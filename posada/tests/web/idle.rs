//! A page that is open and does nothing costs little memory.

use crate::page::Page;
use crate::support::{House, raise_descriptors};

const PAGES: usize = 1_500;
/// What a named conversation may cost: see docs/performance.md for what it does cost.
const MOST_BYTES: u64 = 6 << 10;

#[test]
fn an_idle_page_costs_no_more_than_six_kibibytes() {
    // The server gives a page two of a quarter of what it may have.
    raise_descriptors(9 * PAGES as u64);
    let house = House::new()
        .with_web()
        .with("level=warn")
        .with("http.sessions=0")
        .with("http.per_second=0")
        .gives_memory_back();
    let server = house.opens();
    let cost =
        server.costs_of(PAGES, |number| Page::open(&server).named(&format!("page-{number}")));
    eprintln!("each of {PAGES} pages costs {cost} bytes");
    assert!(cost <= MOST_BYTES, "each of {PAGES} pages costs {cost} bytes");
}
