//! [`Cursor`]: where a page ended, as opaque text.

use std::fmt::{self, Write as _};

use crate::error::{Error, ErrorKind, Result};
use crate::key::{KeyText, Select, SelectRange, TenantKey, decode_row};
use crate::request::{Filter, Member};
use crate::schema::{Path, RecordSchema, TableSchema};
use crate::value::Row;

/// The version of the text's form.
const VERSION: &str = "1";

/// Where a page of a query ended.
///
/// It is opaque text for a program to hand to its client and to take back. It is bound to its query
/// and its tenant, and the same on every engine; the query's limit may differ from page to page. A
/// cursor that was changed, or that belongs to another query or tenant, is `InvalidCursor`. It shows
/// the key of the last record to whoever decodes it, and nothing else.
///
/// ```
/// use keyloom::Cursor;
///
/// let from_client = Cursor::from("31…".to_owned());
/// assert_eq!(from_client.as_str(), "31…");
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Cursor(String);

impl Cursor {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for Cursor {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&str> for Cursor {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Does not show the key inside.
impl fmt::Debug for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cursor({} bytes)", self.0.len())
    }
}

/// What a cursor is bound to.
pub(super) struct Identity<'a> {
    pub(super) table: &'static TableSchema,
    pub(super) members: &'static [Member],
    pub(super) select: &'a Select,
    pub(super) descending: bool,
    pub(super) filter: Option<&'a Filter>,
    pub(super) tenant: &'a TenantKey,
    pub(super) seal: &'a Seal,
}

/// How the text of a cursor is sealed against change.
#[derive(Default)]
pub(super) enum Seal {
    /// By a checksum, which finds accidents. What a forged cursor could reach is bounded by the
    /// scope's tenant and the query's own range, which are checked apart from it.
    #[default]
    Checksum,
    /// By a signature, which only the holder of the key can make.
    #[cfg(feature = "signed-cursors")]
    Signature(Vec<u8>),
}

impl Seal {
    /// The seal of a body, as hexadecimal text.
    fn of(&self, body: &str) -> String {
        let mut text = String::with_capacity(64);
        match self {
            Self::Checksum => {
                let mut hash = Fnv::new();
                hash.text("keyloom cursor");
                hash.text(body);
                let _ = write!(text, "{:016x}", hash.0);
            }
            #[cfg(feature = "signed-cursors")]
            Self::Signature(key) => {
                use hmac::{Hmac, KeyInit, Mac};
                // A key of any length is a key of this code: RFC 2104, section 3.
                if let Ok(mut mac) = Hmac::<sha2::Sha256>::new_from_slice(key) {
                    mac.update(body.as_bytes());
                    crate::key::push_hex(&mut text, &mac.finalize().into_bytes());
                }
            }
        }
        text
    }

    /// Whether `seal` is that of `body`, in a time that does not tell how much of it is right.
    fn fits(&self, body: &str, seal: &str) -> bool {
        let own = self.of(body);
        let differences = own.bytes().zip(seal.bytes()).fold(0, |sum, (a, b)| sum | (a ^ b));
        !own.is_empty() && own.len() == seal.len() && differences == 0
    }
}

impl Identity<'_> {
    /// A hash of everything that decides which records the query returns, and in which order.
    fn fingerprint(&self) -> u64 {
        let mut hash = Fnv::new();
        hash.text(self.table.name);
        for member in self.members {
            hash.text(self.table.records[member.record].name);
        }
        hash.text(self.select.record().path_name(self.select.path()));
        for value in self.select.row().iter() {
            hash.text(&format!("{value:?}"));
        }
        match self.select.selected_range() {
            None => hash.text("all"),
            Some(SelectRange::StartsWith(prefix)) => {
                hash.text("starts with");
                hash.text(prefix);
            }
            Some(SelectRange::Between(lower, upper)) => {
                hash.text(&format!("{lower:?}"));
                hash.text(&format!("{upper:?}"));
            }
        }
        hash.text(if self.descending { "descending" } else { "ascending" });
        hash.text(&format!("{:?}", self.filter));
        hash.0
    }

    /// The text that binds a cursor: version, query and tenant.
    fn header(&self) -> String {
        let mut tenant = Fnv::new();
        tenant.text(self.tenant.text());
        format!("{VERSION}/{:016x}/{:016x}", self.fingerprint(), tenant.0)
    }
}

impl Cursor {
    pub(super) fn seal(
        identity: &Identity<'_>,
        record: &'static RecordSchema,
        path: Path,
        row: &Row,
    ) -> Result<Self> {
        // The tenant is the scope's to know, so its component is left out.
        let key = KeyText::encode(record, path, &TenantKey::GLOBAL, row)
            .map_err(|invalid| Error::new(ErrorKind::InvalidKey, invalid.to_string()))?;
        let partition = key.partition.strip_prefix('#').unwrap_or(&key.partition);
        // `$` never stands in a key, so it parts the two.
        let body = format!("{}/{partition}${}", identity.header(), key.sort);
        let mut text = String::with_capacity(body.len() * 2 + 65);
        crate::key::push_hex(&mut text, body.as_bytes());
        text.push('.');
        text.push_str(&identity.seal.of(&body));
        Ok(Self(text))
    }

    /// The position inside; the records are tried in order, and at most one of them fits.
    pub(super) fn unseal(
        &self,
        identity: &Identity<'_>,
        records: impl Iterator<Item = &'static RecordSchema>,
        path: Path,
    ) -> Result<(usize, Row)> {
        let damaged = || Error::new(ErrorKind::InvalidCursor, "it is damaged");
        let (hex, seal) = self.0.split_once('.').ok_or_else(damaged)?;
        let body = crate::key::read_hex(hex).and_then(|bytes| String::from_utf8(bytes).ok());
        let body = body.ok_or_else(damaged)?;
        if !identity.seal.fits(&body, seal) {
            return Err(damaged());
        }
        let key = body
            .strip_prefix(&identity.header())
            .and_then(|rest| rest.strip_prefix('/'))
            .ok_or_else(|| {
                Error::new(ErrorKind::InvalidCursor, "it belongs to another query or tenant")
            })?;
        let (partition, sort) = key.split_once('$').ok_or_else(damaged)?;
        records
            .enumerate()
            .find_map(|(at, record)| Some((at, decode_row(record, path, partition, sort)?)))
            .ok_or_else(damaged)
    }
}

/// FNV-1a, whose result is the same on every machine and in every release.
struct Fnv(u64);

impl Fnv {
    fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    fn text(&mut self, text: &str) {
        for byte in text.bytes().chain([0xFF]) {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
}
