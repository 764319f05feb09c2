//! Each word that a user writes in our attributes, once.

pub(crate) const RECORD: &str = "record";
pub(crate) const KEY_PART: &str = "key_part";
pub(crate) const TABLE: &str = "table";
pub(crate) const COLLECTION: &str = "collection";

pub(crate) const ALL: &str = "all";
pub(crate) const CRATE: &str = "crate";
pub(crate) const CREATED: &str = "created";
pub(crate) const DEFAULT: &str = "default";
pub(crate) const DELETED: &str = "deleted";
pub(crate) const EXPIRES: &str = "expires";
pub(crate) const GLOBAL: &str = "global";
pub(crate) const INCLUDE: &str = "include";
pub(crate) const INDEX: &str = "index";
pub(crate) const KEY: &str = "key";
pub(crate) const KEYS: &str = "keys";
pub(crate) const METHOD: &str = "method";
pub(crate) const NAME: &str = "name";
pub(crate) const NAMES: &str = "names";
pub(crate) const NO_FROM: &str = "no_from";
pub(crate) const NORM: &str = "norm";
pub(crate) const PARTITION: &str = "partition";
pub(crate) const PROJECTION: &str = "projection";
pub(crate) const RECORDS: &str = "records";
pub(crate) const RENAME: &str = "rename";
pub(crate) const RENAME_ALL: &str = "rename_all";
pub(crate) const REVISION: &str = "revision";
pub(crate) const SEQUENCE: &str = "sequence";
pub(crate) const SKIP: &str = "skip";
pub(crate) const SLOT: &str = "slot";
pub(crate) const SORT: &str = "sort";
pub(crate) const STREAM: &str = "stream";
pub(crate) const TENANT: &str = "tenant";
pub(crate) const TOKEN: &str = "token";
pub(crate) const UNIQUE: &str = "unique";
pub(crate) const UPDATED: &str = "updated";
