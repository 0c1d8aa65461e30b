//! The core as a play: scripts of who asks what and when, with what each line brings about.
//!
//! A line without indentation is something that happens; the indented lines below it are all
//! that comes out. [`stage`] says what can happen, [`spell`] how what comes out is written. Each
//! other module tells one part of the story.

mod asks;
mod budgets;
mod crash;
mod disk;
mod keys;
mod limits;
mod names;
mod operator;
mod order;
mod reservations;
mod resume;
mod rooms;
mod rules;
mod spell;
mod stage;
mod talk;
mod watching;

pub(crate) use stage::check;
