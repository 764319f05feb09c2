//! The table of documents: its layout.

use keyloom::{KeyPart, Record, Revision, Table, Timestamp};
use serde::{Deserialize, Serialize};

use crate::id::Realm;

/// Documents and links. All of a realm lie in one partition.
#[derive(Table)]
#[table(name = "documents", tenant = Realm, records(Document, Link))]
pub struct Documents;

/// What a document is.
#[derive(KeyPart, Serialize, Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq)]
#[key_part(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum DocumentKind {
    #[default]
    Rfc,
    Spike,
    Adr,
    Prd,
    Runbook,
}

/// Where a document stands.
#[derive(KeyPart, Serialize, Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq)]
#[key_part(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum DocumentStatus {
    #[default]
    Draft,
    Accepted,
    Implemented,
    Superseded,
}

/// A document.
#[derive(Record, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[record(
    partition = "documents",
    sort = "document#{id}",
    index(by_title, unique, partition = "titles#{kind}", sort = "{title}"),
    index(by_status, partition = "documents#{status}", sort = "{id}")
)]
pub struct Document {
    /// Whose it is.
    #[serde(skip)]
    #[record(tenant)]
    pub realm: Realm,
    /// Its id.
    #[record(sequence)]
    pub id: u64,
    /// What it is.
    #[serde(rename = "type")]
    #[record(rename = "type")]
    pub kind: DocumentKind,
    /// Its number among those of its type, where they are numbered.
    pub number: Option<u32>,
    /// Its title.
    pub title: String,
    /// Where it stands.
    pub status: DocumentStatus,
    /// Where its text is.
    pub path: String,
    /// The hash of its text.
    pub content_hash: String,
    /// When it was deleted.
    #[record(deleted)]
    pub deleted_at: Option<Timestamp>,
    /// Moves with each write.
    #[serde(skip)]
    #[record(revision)]
    pub revision: Revision,
}

/// What a link says.
#[derive(KeyPart, Serialize, Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq)]
#[key_part(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum LinkKind {
    #[default]
    Mentions,
    Implements,
    Supersedes,
    DependsOn,
}

/// A link from one document to another. The index finds what links to a document.
#[derive(Record, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[record(
    partition = "documents",
    sort = "link#{source}#{kind}#{target}",
    index(by_target, partition = "links#{target}", sort = "{source}")
)]
pub struct Link {
    /// Whose it is.
    #[serde(skip)]
    #[record(tenant)]
    pub realm: Realm,
    /// The document that links.
    pub source: u64,
    /// What the link says.
    #[serde(rename = "type")]
    #[record(rename = "type")]
    pub kind: LinkKind,
    /// The document that it links to.
    pub target: u64,
}
