//! The conversions as a careful person writes them for one record.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;

use crate::records::{Address, Customer, Line, plain};
use crate::{Convert, Item};

/// Why an item does not read: the attribute's name.
#[derive(Debug)]
struct Misread(&'static str);

type Outcome<T> = Result<T, Misread>;

fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

fn number(value: &impl ToString) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

fn optional(value: Option<&str>) -> AttributeValue {
    value.map_or(AttributeValue::Null(true), text)
}

fn take_text(item: &mut Item, name: &'static str) -> Outcome<String> {
    match item.remove(name) {
        Some(AttributeValue::S(text)) => Ok(text),
        _ => Err(Misread(name)),
    }
}

fn take_optional(item: &mut Item, name: &'static str) -> Outcome<Option<String>> {
    match item.remove(name) {
        Some(AttributeValue::S(text)) => Ok(Some(text)),
        Some(AttributeValue::Null(_)) | None => Ok(None),
        _ => Err(Misread(name)),
    }
}

fn take_number<T: std::str::FromStr>(item: &mut Item, name: &'static str) -> Outcome<T> {
    match item.remove(name) {
        Some(AttributeValue::N(number)) => number.parse().map_err(|_| Misread(name)),
        _ => Err(Misread(name)),
    }
}

fn take_list(item: &mut Item, name: &'static str) -> Outcome<Vec<AttributeValue>> {
    match item.remove(name) {
        Some(AttributeValue::L(list)) => Ok(list),
        _ => Err(Misread(name)),
    }
}

fn take_map(item: &mut Item, name: &'static str) -> Outcome<Item> {
    match item.remove(name) {
        Some(AttributeValue::M(map)) => Ok(map),
        _ => Err(Misread(name)),
    }
}

pub(crate) struct Message;

impl Convert for Message {
    type Record = plain::Message;

    fn to_item(message: &plain::Message) -> Item {
        let mut item = HashMap::with_capacity(9);
        item.insert("tenant".into(), text(&message.tenant));
        item.insert("conversation".into(), text(&message.conversation));
        item.insert("seq".into(), number(&message.seq));
        item.insert("role".into(), text(&message.role));
        item.insert("body".into(), text(&message.body));
        let tags = message.tags.iter().map(|tag| text(tag)).collect();
        item.insert("tags".into(), AttributeValue::L(tags));
        item.insert("revision".into(), number(&message.revision));
        item.insert("created_at".into(), number(&message.created_at));
        item.insert("updated_at".into(), number(&message.updated_at));
        item
    }

    fn from_item(item: Item) -> plain::Message {
        read_message(item).expect("a message")
    }
}

fn read_message(mut item: Item) -> Outcome<plain::Message> {
    let tag = |value| match value {
        AttributeValue::S(tag) => Ok(tag),
        _ => Err(Misread("tags")),
    };
    Ok(plain::Message {
        tenant: take_text(&mut item, "tenant")?,
        conversation: take_text(&mut item, "conversation")?,
        seq: take_number(&mut item, "seq")?,
        role: take_text(&mut item, "role")?,
        body: take_text(&mut item, "body")?,
        tags: take_list(&mut item, "tags")?.into_iter().map(tag).collect::<Outcome<_>>()?,
        revision: take_number(&mut item, "revision")?,
        created_at: take_number(&mut item, "created_at")?,
        updated_at: take_number(&mut item, "updated_at")?,
    })
}

pub(crate) struct Order;

impl Convert for Order {
    type Record = plain::Order;

    fn to_item(order: &plain::Order) -> Item {
        let mut item = HashMap::with_capacity(11);
        item.insert("tenant".into(), text(&order.tenant));
        item.insert("id".into(), number(&order.id));
        item.insert("customer".into(), write_customer(&order.customer));
        item.insert(
            "lines".into(),
            AttributeValue::L(order.lines.iter().map(write_line).collect()),
        );
        let labels = order.labels.iter().map(|(key, value)| (key.clone(), text(value))).collect();
        item.insert("labels".into(), AttributeValue::M(labels));
        if let Some(note) = &order.note {
            item.insert("note".into(), text(note));
        }
        if let Some(voucher) = &order.voucher {
            item.insert("voucher".into(), text(voucher));
        }
        item.insert("paid".into(), AttributeValue::Bool(order.paid));
        item.insert("revision".into(), number(&order.revision));
        item.insert("created_at".into(), number(&order.created_at));
        item.insert("updated_at".into(), number(&order.updated_at));
        item
    }

    fn from_item(item: Item) -> plain::Order {
        read_order(item).expect("an order")
    }
}

fn write_customer(customer: &Customer) -> AttributeValue {
    let mut address = HashMap::with_capacity(3);
    address.insert("street".into(), text(&customer.address.street));
    address.insert("city".into(), text(&customer.address.city));
    address.insert("country".into(), text(&customer.address.country));
    let mut map = HashMap::with_capacity(3);
    map.insert("name".into(), text(&customer.name));
    map.insert("email".into(), optional(customer.email.as_deref()));
    map.insert("address".into(), AttributeValue::M(address));
    AttributeValue::M(map)
}

fn write_line(line: &Line) -> AttributeValue {
    let mut map = HashMap::with_capacity(4);
    map.insert("sku".into(), text(&line.sku));
    map.insert("quantity".into(), number(&line.quantity));
    map.insert("cents".into(), number(&line.cents));
    map.insert("remark".into(), optional(line.remark.as_deref()));
    AttributeValue::M(map)
}

fn read_order(mut item: Item) -> Outcome<plain::Order> {
    let label = |(key, value)| match value {
        AttributeValue::S(value) => Ok((key, value)),
        _ => Err(Misread("labels")),
    };
    Ok(plain::Order {
        tenant: take_text(&mut item, "tenant")?,
        id: take_number(&mut item, "id")?,
        customer: read_customer(take_map(&mut item, "customer")?)?,
        lines: take_list(&mut item, "lines")?.into_iter().map(read_line).collect::<Outcome<_>>()?,
        labels: take_map(&mut item, "labels")?
            .into_iter()
            .map(label)
            .collect::<Outcome<BTreeMap<_, _>>>()?,
        note: take_optional(&mut item, "note")?,
        voucher: take_optional(&mut item, "voucher")?,
        paid: match item.remove("paid") {
            Some(AttributeValue::Bool(paid)) => paid,
            _ => return Err(Misread("paid")),
        },
        revision: take_number(&mut item, "revision")?,
        created_at: take_number(&mut item, "created_at")?,
        updated_at: take_number(&mut item, "updated_at")?,
    })
}

fn read_customer(mut map: Item) -> Outcome<Customer> {
    let mut address = take_map(&mut map, "address")?;
    Ok(Customer {
        name: take_text(&mut map, "name")?,
        email: take_optional(&mut map, "email")?,
        address: Address {
            street: take_text(&mut address, "street")?,
            city: take_text(&mut address, "city")?,
            country: take_text(&mut address, "country")?,
        },
    })
}

fn read_line(value: AttributeValue) -> Outcome<Line> {
    let AttributeValue::M(mut map) = value else {
        return Err(Misread("lines"));
    };
    Ok(Line {
        sku: take_text(&mut map, "sku")?,
        quantity: take_number(&mut map, "quantity")?,
        cents: take_number(&mut map, "cents")?,
        remark: take_optional(&mut map, "remark")?,
    })
}
