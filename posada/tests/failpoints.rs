//! The real server, killed at every failpoint, and on a disk that is slow or fails.
#![cfg(debug_assertions)]

mod support;

#[path = "failpoints/disk.rs"]
mod disk;
#[path = "failpoints/kills.rs"]
mod kills;
#[path = "failpoints/now.rs"]
mod now;
#[path = "failpoints/people.rs"]
mod people;
