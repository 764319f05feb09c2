//! [`Change`]: what one write does to one item, sent by itself or in a transaction.

use aws_sdk_dynamodb::operation::delete_item::DeleteItemInput;
use aws_sdk_dynamodb::operation::delete_item::builders::DeleteItemInputBuilder;
use aws_sdk_dynamodb::operation::put_item::PutItemInput;
use aws_sdk_dynamodb::operation::put_item::builders::PutItemInputBuilder;
use aws_sdk_dynamodb::operation::update_item::UpdateItemInput;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemInputBuilder;
use aws_sdk_dynamodb::types::{
    ConditionCheck, Delete, Put, ReturnValue, ReturnValuesOnConditionCheckFailure,
    TransactWriteItem, Update,
};

use super::call::Attempts;
use super::error::{Effect, Failure, Problem};
use super::expression::Aliases;
use super::item::Item;
use crate::error::{Error, ErrorKind};

/// A change of one item under a condition.
#[derive(Clone, Debug)]
pub(super) struct Change {
    pub(super) kind: Kind,
    pub(super) condition: Option<String>,
    pub(super) aliases: Aliases,
}

/// What is done.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    /// The whole item is stored in place of what was there.
    Put(Item),
    /// Attributes are set and removed; others stay.
    Update { key: Item, update: String, answer: Answer },
    /// The item is removed.
    Delete {
        key: Item,
        /// Whether the old item is wanted.
        answer: bool,
    },
    /// Nothing is done, and the condition must hold; only in a transaction.
    Check { key: Item },
}

/// What an update answers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Answer {
    Nothing,
    /// The new values of the attributes that it names.
    Changed,
    /// The new item.
    Item,
}

impl Answer {
    fn value(self) -> Option<ReturnValue> {
        match self {
            Self::Nothing => None,
            Self::Changed => Some(ReturnValue::UpdatedNew),
            Self::Item => Some(ReturnValue::AllNew),
        }
    }
}

const STORED: ReturnValuesOnConditionCheckFailure = ReturnValuesOnConditionCheckFailure::AllOld;

#[cold]
fn alone() -> Problem {
    let message = "a condition is checked in a transaction only";
    let error = Error::new(ErrorKind::Unsupported, message);
    Problem { error, effect: Effect::NotApplied, retry: false }
}

impl Change {
    /// The key of the item.
    pub(super) fn key(&self) -> &Item {
        match &self.kind {
            Kind::Update { key, .. } | Kind::Delete { key, .. } | Kind::Check { key } => key,
            Kind::Put(item) => item,
        }
    }

    /// The stored item that refused the change comes with the failure, so that nobody reads it again.
    fn on_failure(&self) -> Option<ReturnValuesOnConditionCheckFailure> {
        self.condition.as_ref().map(|_| STORED)
    }

    fn put(&self, table: &str, item: &Item) -> PutItemInputBuilder {
        PutItemInput::builder()
            .table_name(table)
            .set_item(Some(item.clone()))
            .set_condition_expression(self.condition.clone())
            .set_expression_attribute_names(self.aliases.names())
            .set_expression_attribute_values(self.aliases.values())
            .set_return_values_on_condition_check_failure(self.on_failure())
    }

    fn update(
        &self,
        table: &str,
        key: &Item,
        update: &str,
        answer: Answer,
    ) -> UpdateItemInputBuilder {
        UpdateItemInput::builder()
            .table_name(table)
            .set_key(Some(key.clone()))
            .update_expression(update)
            .set_condition_expression(self.condition.clone())
            .set_expression_attribute_names(self.aliases.names())
            .set_expression_attribute_values(self.aliases.values())
            .set_return_values(answer.value())
            .set_return_values_on_condition_check_failure(self.on_failure())
    }

    fn delete(&self, table: &str, key: &Item, answer: bool) -> DeleteItemInputBuilder {
        DeleteItemInput::builder()
            .table_name(table)
            .set_key(Some(key.clone()))
            .set_condition_expression(self.condition.clone())
            .set_expression_attribute_names(self.aliases.names())
            .set_expression_attribute_values(self.aliases.values())
            .set_return_values(answer.then_some(ReturnValue::AllOld))
            .set_return_values_on_condition_check_failure(self.on_failure())
    }

    /// Sends the change by itself once: the attributes that it was to answer with.
    pub(super) async fn send(
        &self,
        attempts: &mut Attempts<'_>,
        table: &str,
    ) -> Result<Option<Item>, Failure> {
        let client = attempts.client().clone();
        match &self.kind {
            Kind::Put(item) => {
                let put = self.put(table, item).send_with(&client);
                attempts.send(put).await.map(|_| None)
            }
            Kind::Update { key, update, answer } => {
                let update = self.update(table, key, update, *answer).send_with(&client);
                attempts.send(update).await.map(|output| output.attributes)
            }
            Kind::Delete { key, answer } => {
                let delete = self.delete(table, key, *answer).send_with(&client);
                attempts.send(delete).await.map(|output| output.attributes)
            }
            Kind::Check { .. } => Err(Failure::Other(alone())),
        }
    }

    /// The change as a part of a transaction.
    pub(super) fn in_transaction(&self, table: &str) -> Result<TransactWriteItem, Error> {
        let whole = TransactWriteItem::builder();
        let (names, values) = (self.aliases.names(), self.aliases.values());
        let part = match &self.kind {
            Kind::Put(item) => Put::builder()
                .table_name(table)
                .set_item(Some(item.clone()))
                .set_condition_expression(self.condition.clone())
                .set_expression_attribute_names(names)
                .set_expression_attribute_values(values)
                .set_return_values_on_condition_check_failure(self.on_failure())
                .build()
                .map(|put| whole.put(put)),
            Kind::Update { key, update, .. } => Update::builder()
                .table_name(table)
                .set_key(Some(key.clone()))
                .update_expression(update)
                .set_condition_expression(self.condition.clone())
                .set_expression_attribute_names(names)
                .set_expression_attribute_values(values)
                .set_return_values_on_condition_check_failure(self.on_failure())
                .build()
                .map(|update| whole.update(update)),
            Kind::Delete { key, .. } => Delete::builder()
                .table_name(table)
                .set_key(Some(key.clone()))
                .set_condition_expression(self.condition.clone())
                .set_expression_attribute_names(names)
                .set_expression_attribute_values(values)
                .set_return_values_on_condition_check_failure(self.on_failure())
                .build()
                .map(|delete| whole.delete(delete)),
            Kind::Check { key } => ConditionCheck::builder()
                .table_name(table)
                .set_key(Some(key.clone()))
                .set_condition_expression(self.condition.clone())
                .set_expression_attribute_names(names)
                .set_expression_attribute_values(values)
                .set_return_values_on_condition_check_failure(self.on_failure())
                .build()
                .map(|check| whole.condition_check(check)),
        };
        part.map(aws_sdk_dynamodb::types::builders::TransactWriteItemBuilder::build).map_err(
            |error| {
                Error::new(ErrorKind::Unsupported, "the SDK refuses the request").with_source(error)
            },
        )
    }
}
