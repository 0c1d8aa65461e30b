//! Every bound of the core in one place, and how they fit together.
//!
//! A bound that decides an outcome belongs to the semantics: it may only change with a new
//! version of [`crate::state::RULES`].

/// Characters in a name.
pub const NAME_CHARACTERS: u32 = 40;
/// Characters in a resource's name.
pub const RESOURCE_CHARACTERS: u32 = 100;
/// Bytes in the key of any name: folding makes at most three characters out of one.
pub const KEY_BYTES: usize = 2_048;
/// Bytes in a message, whatever a listener's limit in characters says.
pub const MESSAGE_BYTES: usize = 32 * 1024;
/// Sessions that are named at one time, and so members of a room.
pub const ONLINE: usize = 100_000;
/// Principals that exist at one time.
pub const PRINCIPALS: usize = 1_000_000;
/// Resources that exist at one time.
pub const RESOURCES: usize = 1_000_000;
/// Reservations that one named principal holds at one time.
pub const RESERVATIONS_EACH: u32 = 10_000;
/// Sessions of one node, named or not.
pub const SESSIONS: usize = 200_000;
/// Commands that are on their way to the log or waiting behind one that is.
pub const PENDING: usize = 1 << 20;
/// Rooms that exist at one time.
pub const ROOMS: usize = 1_000;
/// Rooms that one session is in.
pub const ROOMS_EACH: usize = 32;
/// Characters in a room's topic.
pub const TOPIC_CHARACTERS: usize = 200;
/// Bytes of history that a room keeps where nothing else was logged.
pub const HISTORY_BYTES: u32 = 256 * 1024;
/// Bytes of history that a room may be told to keep.
pub const HISTORY_BYTES_MOST: u32 = 1024 * 1024;
/// Bytes of history, about, that one answer tells of where nothing else was set up.
pub const RESUME_BYTES: u32 = 64 * 1024;
/// Bytes of history that one answer may be set up to tell of.
pub const RESUME_BYTES_MOST: u32 = 1024 * 1024;
/// Bytes of direct messages that a principal's history keeps.
pub const MAILBOX_BYTES: u32 = 16 * 1024;
/// What each message in a history counts beside its text and its sender's name.
pub const KEPT_OVERHEAD: u32 = 64;
/// Principals that are remembered though they are neither online nor hold anything.
pub const AWAY: usize = 10_000;
/// Keys kept of one principal.
pub const KEYS_EACH: usize = 256;
/// Keys kept of all.
pub const KEYS: usize = 1_000_000;
/// Names and addresses that are shut out at one time.
pub const BANS: usize = 10_000;
/// Milliseconds that a ban lasts at most: ten years.
pub const BAN_MS: u64 = 3_650 * 86_400_000;
/// Things that one session watches.
pub const WATCHED_EACH: usize = 64;
/// Milliseconds between two signs of typing of one session that are passed on.
pub const TYPING_MS: u64 = 1_000;
/// Messages in any second that a limit may ask to count.
pub const PER_SECOND: u32 = 1_000;
/// Entries between two checks of the trail.
pub const CHECK_EVERY: u64 = 1_024;

const _: () = assert!(ONLINE <= PRINCIPALS, "each named session is a principal");
const _: () = assert!(ONLINE <= SESSIONS, "a named session is a session");
const _: () = assert!(MESSAGE_BYTES >= 4 * 4_096, "4096 characters of four bytes fit");
const _: () = assert!(RESERVATIONS_EACH as usize <= RESOURCES, "one reservation per resource");
const _: () = assert!(KEY_BYTES >= 4 * 3 * RESOURCE_CHARACTERS as usize, "every name has a key");
const _: () = assert!(NAME_CHARACTERS <= RESOURCE_CHARACTERS, "one normaliser serves both");
const _: () = assert!(KEYS_EACH >= 2 * 128, "a session's window of commands fits twice");
const _: () = assert!(KEYS >= KEYS_EACH, "one principal's keys fit");
const _: () = assert!(HISTORY_BYTES <= HISTORY_BYTES_MOST, "the default is allowed");
const _: () = assert!(AWAY <= PRINCIPALS, "who is away is a principal");
