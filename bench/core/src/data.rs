//! The data set: 100,000 messages of one tenant, the same for every library.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::{Durability, Result};

/// The tenant of every message.
pub const TENANT: &str = "tenant-000000001";

/// How many messages a page has.
pub const PAGE: usize = 100;

/// How many messages the long conversation has.
pub(crate) const LONG: u32 = 10_000;

/// How many conversations of [`PAGE`] messages stand beside it.
pub(crate) const SHORT_CONVERSATIONS: u32 = 900;

/// How many messages there are.
pub(crate) const MESSAGES: u32 = LONG + SHORT_CONVERSATIONS * 100;

/// The page cache and the mapped part of the file, which are keyloom's defaults; every library is
/// given the same.
pub const CACHE_BYTES: u64 = 64 * 1024 * 1024;
/// See [`CACHE_BYTES`].
pub const MMAP_BYTES: u64 = 256 * 1024 * 1024;

/// The table, as keyloom declares it.
pub const CREATE_TABLE: &str = "CREATE TABLE message (\
    tenant TEXT NOT NULL, conversation TEXT NOT NULL, seq INTEGER NOT NULL, role TEXT NOT NULL, \
    body TEXT NOT NULL, tags TEXT NOT NULL, revision INTEGER NOT NULL, created_at INTEGER NOT NULL, \
    updated_at INTEGER NOT NULL, PRIMARY KEY (tenant, conversation, seq)) STRICT, WITHOUT ROWID";

/// The pragmas of a connection, for libraries that take them as text.
#[must_use]
pub fn pragmas(durability: Durability) -> [String; 5] {
    [
        "PRAGMA journal_mode = WAL".to_owned(),
        format!("PRAGMA synchronous = {}", durability.name()),
        format!("PRAGMA cache_size = -{}", CACHE_BYTES / 1024),
        format!("PRAGMA mmap_size = {MMAP_BYTES}"),
        "PRAGMA busy_timeout = 5000".to_owned(),
    ]
}

/// One record, in the types of Rust; a library converts it into its own.
#[derive(Clone, Debug)]
pub struct Message {
    pub tenant: String,
    pub conversation: String,
    pub seq: i64,
    pub role: String,
    pub body: String,
    pub tags: Vec<String>,
}

/// The key of a message, beside [`TENANT`].
#[derive(Clone, Debug)]
pub struct Key {
    pub conversation: String,
    pub seq: i64,
}

impl Key {
    /// The key of the message at a position of the data set.
    pub(crate) fn at(position: u32) -> Self {
        if position < LONG {
            return Self { conversation: conversation(0), seq: i64::from(position) };
        }
        let (short, seq) = ((position - LONG) / 100, (position - LONG) % 100);
        Self { conversation: conversation(1 + short), seq: i64::from(seq) }
    }
}

/// The name of a conversation, 26 bytes like a ULID; number 0 is the long one.
pub(crate) fn conversation(number: u32) -> String {
    format!("01JCONVERSATION{number:011}")
}

/// A message in a conversation.
pub(crate) fn message(key: Key, random: &mut Random) -> Message {
    Message {
        tenant: TENANT.to_owned(),
        conversation: key.conversation,
        seq: key.seq,
        role: "assistant".to_owned(),
        body: random.body(),
        tags: ["alpha", "beta-tag", "gamma"].map(str::to_owned).to_vec(),
    }
}

/// The whole data set in key order.
pub fn messages() -> impl Iterator<Item = Message> {
    let mut random = Random::new(1);
    (0..MESSAGES).map(move |position| message(Key::at(position), &mut random))
}

/// The time as keyloom stores it.
pub fn now_micros() -> Result<i64> {
    Ok(i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_micros())?)
}

/// Xorshift: the same numbers in every run.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// A number below `bound`.
    pub(crate) fn below(&mut self, bound: u32) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        let scaled = ((self.0 >> 32) * u64::from(bound)) >> 32;
        u32::try_from(scaled).unwrap_or_default()
    }

    /// 200 bytes of text.
    pub(crate) fn body(&mut self) -> String {
        (0..200)
            .map(|_| char::from(b"abcdefghijklmnopqrstuvwxyz"[self.below(26) as usize]))
            .collect()
    }
}
