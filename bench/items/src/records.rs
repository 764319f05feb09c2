//! The records, as a user of keyloom declares them and as plain structs.

use std::collections::BTreeMap;

use bench_core::{Error, Result};
use keyloom::{KeyPart, Record, Revision, Timestamp};
use serde::{Deserialize, Serialize};

#[derive(KeyPart, Clone, Debug, PartialEq)]
pub(crate) struct TenantId(String);

/// The flat record: nine fields, 200 bytes of text and three tags.
#[derive(Record, Clone, Debug, PartialEq)]
#[record(partition = "conversation#{conversation}", sort = "message#{seq}")]
pub(crate) struct Message {
    #[record(tenant)]
    pub(crate) tenant: TenantId,
    pub(crate) conversation: String,
    pub(crate) seq: i64,
    pub(crate) role: String,
    pub(crate) body: String,
    pub(crate) tags: Vec<String>,
    #[record(revision)]
    pub(crate) revision: Revision,
    #[record(created)]
    pub(crate) created_at: Timestamp,
    #[record(updated)]
    pub(crate) updated_at: Timestamp,
}

/// The nested record: structs in lists and structs, a map, and fields that may be absent.
#[derive(Record, Clone, Debug, PartialEq)]
#[record(partition = "orders", sort = "{id}")]
pub(crate) struct Order {
    #[record(tenant)]
    pub(crate) tenant: TenantId,
    pub(crate) id: u64,
    pub(crate) customer: Customer,
    pub(crate) lines: Vec<Line>,
    pub(crate) labels: BTreeMap<String, String>,
    pub(crate) note: Option<String>,
    pub(crate) voucher: Option<String>,
    pub(crate) paid: bool,
    #[record(revision)]
    pub(crate) revision: Revision,
    #[record(created)]
    pub(crate) created_at: Timestamp,
    #[record(updated)]
    pub(crate) updated_at: Timestamp,
}

#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
pub(crate) struct Customer {
    pub(crate) name: String,
    pub(crate) email: Option<String>,
    pub(crate) address: Address,
}

#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
pub(crate) struct Address {
    pub(crate) street: String,
    pub(crate) city: String,
    pub(crate) country: String,
}

#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
pub(crate) struct Line {
    pub(crate) sku: String,
    pub(crate) quantity: u32,
    pub(crate) cents: i64,
    pub(crate) remark: Option<String>,
}

/// The same records in plain types, for serde and for hand-written code.
pub(crate) mod plain {
    use super::{BTreeMap, Customer, Deserialize, Line, Serialize};

    #[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
    pub(crate) struct Message {
        pub(crate) tenant: String,
        pub(crate) conversation: String,
        pub(crate) seq: i64,
        pub(crate) role: String,
        pub(crate) body: String,
        pub(crate) tags: Vec<String>,
        pub(crate) revision: u64,
        pub(crate) created_at: i64,
        pub(crate) updated_at: i64,
    }

    #[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
    pub(crate) struct Order {
        pub(crate) tenant: String,
        pub(crate) id: u64,
        pub(crate) customer: Customer,
        pub(crate) lines: Vec<Line>,
        pub(crate) labels: BTreeMap<String, String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub(crate) note: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub(crate) voucher: Option<String>,
        pub(crate) paid: bool,
        pub(crate) revision: u64,
        pub(crate) created_at: i64,
        pub(crate) updated_at: i64,
    }
}

fn time(micros: i64) -> Result<Timestamp> {
    Timestamp::from_micros(micros).ok_or_else(|| Error::from("no time"))
}

impl TryFrom<plain::Message> for Message {
    type Error = Error;

    fn try_from(message: plain::Message) -> Result<Self> {
        let plain::Message { tenant, conversation, seq, role, body, tags, .. } = message;
        Ok(Self {
            tenant: TenantId(tenant),
            conversation,
            seq,
            role,
            body,
            tags,
            revision: Revision::new(message.revision),
            created_at: time(message.created_at)?,
            updated_at: time(message.updated_at)?,
        })
    }
}

impl TryFrom<plain::Order> for Order {
    type Error = Error;

    fn try_from(order: plain::Order) -> Result<Self> {
        let plain::Order { tenant, id, customer, lines, labels, note, voucher, paid, .. } = order;
        Ok(Self {
            tenant: TenantId(tenant),
            id,
            customer,
            lines,
            labels,
            note,
            voucher,
            paid,
            revision: Revision::new(order.revision),
            created_at: time(order.created_at)?,
            updated_at: time(order.updated_at)?,
        })
    }
}

/// A data set of the flat record.
pub(crate) fn messages(count: usize) -> Vec<plain::Message> {
    bench_core::messages()
        .zip(1_763_700_000_000_000_i64..)
        .take(count)
        .map(|(message, micros)| plain::Message {
            tenant: message.tenant,
            conversation: message.conversation,
            seq: message.seq,
            role: message.role,
            body: message.body,
            tags: message.tags,
            revision: 1 + message.seq.unsigned_abs() % 20,
            created_at: micros,
            updated_at: micros + 3_600_000_000,
        })
        .collect()
}

/// A data set of the nested record.
pub(crate) fn orders(count: u32) -> Vec<plain::Order> {
    (0..count).map(order).collect()
}

fn order(number: u32) -> plain::Order {
    let line = |at: u32| Line {
        sku: format!("SKU-{:08}", number * 7 + at),
        quantity: 1 + (number + at) % 12,
        cents: i64::from(number) * 131 + 995,
        remark: (at == 1).then(|| "gift wrap".to_owned()),
    };
    let labels = [("channel", "web"), ("campaign", "autumn"), ("warehouse", "north-2")];
    let micros = 1_763_700_000_000_000 + i64::from(number);
    plain::Order {
        tenant: bench_core::TENANT.to_owned(),
        id: 1_000_000 + u64::from(number),
        customer: Customer {
            name: format!("Customer {number}"),
            email: (!number.is_multiple_of(3)).then(|| format!("customer{number}@example.org")),
            address: Address {
                street: format!("{number} Long Street"),
                city: "Rotterdam".to_owned(),
                country: "NL".to_owned(),
            },
        },
        lines: (0..3).map(line).collect(),
        labels: labels.map(|(key, value)| (key.to_owned(), value.to_owned())).into(),
        note: number.is_multiple_of(2).then(|| "leave it at the door".to_owned()),
        voucher: None,
        paid: !number.is_multiple_of(5),
        revision: 1 + u64::from(number % 20),
        created_at: micros,
        updated_at: micros + 3_600_000_000,
    }
}
