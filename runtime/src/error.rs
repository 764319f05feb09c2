//! [`Error`] and its [`ErrorKind`].

use std::any::Any;
use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

use crate::Revision;
use crate::store::SequenceConflict;
use crate::value::Invalid;

/// What went wrong, in the terms a program decides by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The record to be saved or deleted is not stored.
    NotFound,
    /// A record with this key is stored already; [`Error::conflict`] carries it.
    AlreadyExists,
    /// The stored revision is not the expected one; [`Error::conflict`] carries the stored record.
    Conflict,
    /// A condition of the write does not hold; [`Error::conflict`] carries the stored record.
    ConditionFailed,
    /// Another record holds the value of a unique index; [`Error::constraint`] names the index.
    UniqueViolation,
    /// A key is empty or too long, or a value has no place in a key.
    InvalidKey,
    /// A field holds a value that not every engine can store.
    InvalidValue,
    /// A cursor was changed, or belongs to another query or tenant.
    InvalidCursor,
    /// A record, a request or a result is larger than every engine allows.
    Limit,
    /// A stored record does not fit its type.
    Decode,
    /// The record belongs to another tenant than the scope.
    TenantMismatch,
    /// The stored schema and the compiled one do not fit together.
    SchemaMismatch,
    /// Another writer held the record or the file for too long; nothing was written.
    Contended,
    /// The engine asks for fewer requests; nothing was written.
    Throttled,
    /// The engine cannot be reached or cannot be used; nothing was written.
    Unavailable,
    /// The write may or may not have been applied; [`Error::reconcile`] finds out.
    UnknownOutcome,
    /// There is no room for the write; nothing was written.
    StorageFull,
    /// The engine has no such operation.
    Unsupported,
}

impl ErrorKind {
    /// Whether the same call may succeed when it is made again, with nothing changed.
    pub const fn is_retryable(self) -> bool {
        matches!(self, Self::Contended | Self::Throttled | Self::Unavailable)
    }

    const fn words(self) -> &'static str {
        match self {
            Self::NotFound => "not found",
            Self::AlreadyExists => "already exists",
            Self::Conflict => "conflict",
            Self::ConditionFailed => "condition failed",
            Self::UniqueViolation => "unique violation",
            Self::InvalidKey => "invalid key",
            Self::InvalidValue => "invalid value",
            Self::InvalidCursor => "invalid cursor",
            Self::Limit => "limit exceeded",
            Self::Decode => "stored data does not decode",
            Self::TenantMismatch => "tenant mismatch",
            Self::SchemaMismatch => "schema mismatch",
            Self::Contended => "contended",
            Self::Throttled => "throttled",
            Self::Unavailable => "unavailable",
            Self::UnknownOutcome => "unknown outcome",
            Self::StorageFull => "storage full",
            Self::Unsupported => "unsupported",
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words())
    }
}

/// Why an operation failed.
///
/// Messages name records, fields and the shape of keys; they never show a tenant's content.
///
/// ```
/// # use keyloom::{Record, Table, memory::Memory, ErrorKind};
/// # #[derive(Record, Clone, Debug)]
/// # #[record(global, partition = "notes", sort = "{id}")]
/// # struct Note { id: u32, text: String }
/// # #[derive(Table)]
/// # #[table(name = "notes", records(Note))]
/// # struct Notes;
/// # async fn run() -> keyloom::Result<()> {
/// # let store = Notes::open(Memory::new()).await?.global();
/// # let mut note = Note { id: 1, text: "a".into() };
/// match store.insert(&mut note).await {
///     Ok(()) => {}
///     Err(error) if error.kind() == ErrorKind::AlreadyExists => {
///         let stored = error.conflict::<Note>().map(|conflict| &conflict.stored);
///         println!("taken by {stored:?}");
///     }
///     Err(error) => return Err(error),
/// }
/// # Ok(()) }
/// ```
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    retryable: bool,
    record: Option<&'static str>,
    field: Option<&'static str>,
    constraint: Option<&'static str>,
    position: Option<usize>,
    message: Cow<'static, str>,
    conflict: Option<Box<dyn Any + Send + Sync>>,
    source: Option<Arc<dyn StdError + Send + Sync>>,
    unsettled: Option<Box<dyn Any + Send + Sync>>,
}

/// What keyloom's operations return.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The record that stood in the way of a write.
#[derive(Debug)]
#[non_exhaustive]
pub struct Conflict<R> {
    /// The revision that was expected: what the caller's struct held, or zero where none was.
    pub expected: Revision,
    /// The stored revision; zero for a record type without one.
    pub actual: Revision,
    /// The stored record, or why it does not decode.
    pub stored: Result<R>,
}

impl<R> Conflict<R> {
    pub(crate) fn new(expected: Revision, actual: Revision, stored: Result<R>) -> Self {
        Self { expected, actual, stored }
    }
}

impl Error {
    /// An error of `kind` that says `message`; for backends.
    pub fn new(kind: ErrorKind, message: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Inner {
            kind,
            retryable: kind.is_retryable(),
            record: None,
            field: None,
            constraint: None,
            position: None,
            message: message.into(),
            conflict: None,
            source: None,
            unsettled: None,
        }))
    }

    /// Adds the engine's own error; for backends.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.source = Some(Arc::from(source.into()));
        self
    }

    /// Says whether the same call may succeed when made again, where its kind alone does not tell;
    /// for backends.
    #[must_use]
    pub fn with_retryable(mut self, retryable: bool) -> Self {
        self.0.retryable = retryable;
        self
    }

    /// Adds what is needed to find out the outcome of a write later.
    pub(crate) fn with_unsettled(mut self, unsettled: impl Any + Send + Sync) -> Self {
        self.0.unsettled = Some(Box::new(unsettled));
        self
    }

    pub(crate) fn unsettled<U: 'static>(&self) -> Option<&U> {
        self.0.unsettled.as_ref()?.downcast_ref()
    }

    pub(crate) fn take_unsettled<U: 'static>(&mut self) -> Option<U> {
        Some(*self.0.unsettled.take()?.downcast().ok()?)
    }

    /// The same error once more, for another record that it concerns.
    pub(crate) fn repeated(&self) -> Self {
        let inner = &*self.0;
        let mut again = Self::new(inner.kind, inner.message.clone());
        again.0.retryable = inner.retryable;
        again.0.record = inner.record;
        again.0.field = inner.field;
        again.0.constraint = inner.constraint;
        again.0.position = inner.position;
        again.0.source.clone_from(&inner.source);
        again
    }

    pub(crate) fn with_record(mut self, record: &'static str) -> Self {
        self.0.record = Some(record);
        self
    }

    pub(crate) fn with_field(mut self, field: &'static str) -> Self {
        self.0.field = Some(field);
        self
    }

    pub(crate) fn with_constraint(mut self, index: &'static str) -> Self {
        self.0.constraint = Some(index);
        self
    }

    pub(crate) fn with_position(mut self, position: usize) -> Self {
        self.0.position = Some(position);
        self
    }

    pub(crate) fn with_conflict<R: Send + Sync + 'static>(mut self, conflict: Conflict<R>) -> Self {
        self.0.conflict = Some(Box::new(conflict));
        self
    }

    pub(crate) fn with_sequence_conflict(mut self, conflict: SequenceConflict) -> Self {
        self.0.conflict = Some(Box::new(conflict));
        self
    }

    #[cold]
    pub(crate) fn decode(record: &'static str, field: &'static str, why: &Invalid) -> Self {
        Self::new(ErrorKind::Decode, why.to_string()).with_record(record).with_field(field)
    }

    #[cold]
    pub(crate) fn value(record: &'static str, field: &'static str, why: &Invalid) -> Self {
        Self::new(ErrorKind::InvalidValue, why.to_string()).with_record(record).with_field(field)
    }

    #[cold]
    pub(crate) fn key(record: &'static str, field: &'static str, why: &Invalid) -> Self {
        Self::new(ErrorKind::InvalidKey, why.to_string()).with_record(record).with_field(field)
    }

    /// What went wrong.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Whether the same call may succeed when it is made again, with nothing changed.
    pub fn is_retryable(&self) -> bool {
        self.0.retryable
    }

    /// The name of the record concerned.
    pub fn record(&self) -> Option<&'static str> {
        self.0.record
    }

    /// The name of the field concerned.
    pub fn field(&self) -> Option<&'static str> {
        self.0.field
    }

    /// The name of the unique index that was violated.
    pub fn constraint(&self) -> Option<&'static str> {
        self.0.constraint
    }

    /// Which operation of a transaction could not be applied, counted from zero.
    pub fn position(&self) -> Option<usize> {
        self.0.position
    }

    /// The record that stood in the way, where the kind is `Conflict`, `AlreadyExists` or
    /// `ConditionFailed`.
    pub fn conflict<R: 'static>(&self) -> Option<&Conflict<R>> {
        self.0.conflict.as_ref()?.downcast_ref()
    }

    /// What an append to a stream expected and met, where the kind is `Conflict`.
    pub fn sequence_conflict(&self) -> Option<&SequenceConflict> {
        self.0.conflict.as_ref()?.downcast_ref()
    }

    /// As [`conflict`](Self::conflict), taking it out of the error.
    pub fn into_conflict<R: 'static>(self) -> Result<Conflict<R>> {
        let mut inner = self.0;
        match inner.conflict.take().map(<Box<dyn Any + Send + Sync>>::downcast) {
            Some(Ok(conflict)) => Ok(*conflict),
            Some(Err(other)) => {
                inner.conflict = Some(other);
                Err(Self(inner))
            }
            None => Err(Self(inner)),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &*self.0;
        write!(f, "{}", inner.kind)?;
        if let Some(position) = inner.position {
            write!(f, ": operation {position} of the transaction")?;
        }
        match (inner.record, inner.field) {
            (Some(record), Some(field)) => write!(f, ": `{record}.{field}`")?,
            (Some(record), None) => write!(f, ": `{record}`")?,
            (None, Some(field)) => write!(f, ": `{field}`")?,
            (None, None) => {}
        }
        if let Some(constraint) = inner.constraint {
            write!(f, ": `{constraint}`")?;
        }
        if !inner.message.is_empty() {
            write!(f, ": {}", inner.message)?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &*self.0;
        let mut debug = f.debug_struct("Error");
        debug.field("kind", &inner.kind).field("message", &inner.message);
        for (name, value) in
            [("record", inner.record), ("field", inner.field), ("constraint", inner.constraint)]
        {
            if let Some(value) = value {
                debug.field(name, &value);
            }
        }
        if let Some(position) = inner.position {
            debug.field("position", &position);
        }
        if let Some(source) = &inner.source {
            debug.field("source", source);
        }
        debug.finish_non_exhaustive()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_ref().map(|source| &**source as _)
    }
}
