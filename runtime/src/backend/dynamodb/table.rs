//! Opening: the table is described, compared with the schema and, where that was asked for, created or
//! given the indexes that it lacks.
//!
//! A table that does not fit is refused with every difference at once, and is left as it was. Nothing
//! is ever dropped.

use std::sync::Arc;
use std::time::Duration;

use super::DynamoDb;
use super::backend::Shared;
use super::backfill;
use super::call::{Attempts, Caller};
use super::create::{CreateTable, add_index_input, create_input};
use super::describe::{self, State};
use super::error::{Failure, Problem};
use super::evolve::{self, Evolution};
use super::item::{VERSION, number};
use super::life::Life;
use super::sdk::types::{TableDescription, TimeToLiveDescription, TimeToLiveSpecification};
use super::stored_schema::StoredSchema;
use crate::error::{Error, ErrorKind, Result};
use crate::schema::{DynamodbTable, TableSchema};

/// How long the first look at a table that is being made waits, and the longest wait.
const FIRST_WAIT: Duration = Duration::from_millis(100);
const LONGEST_WAIT: Duration = Duration::from_secs(3);

/// How many entries the schema item gains in one request, whose expression may have 4 KB.
const ENTRIES: usize = 16;

impl DynamoDb {
    /// The table, checked and ready.
    pub(super) async fn connect(self, schema: &'static TableSchema) -> Result<Arc<Shared>> {
        let caller = Caller::new(&self.client, self.deadline, self.attempt)?;
        let name = self.name_of(schema);
        let table = DynamodbTable::of(schema);
        let shared =
            Arc::new(Shared { caller, name, schema, table, concurrency: self.concurrency });
        if !self.life.unchecked {
            Opening { shared: &shared, life: &self.life }.run().await?;
        }
        Ok(shared)
    }
}

/// A table that is being opened.
struct Opening<'o> {
    shared: &'o Shared,
    life: &'o Life,
}

/// What DynamoDB tells of the table.
struct Described {
    table: TableDescription,
    /// Whether it was being created when it was first looked at, or did not exist.
    new: bool,
}

impl Opening<'_> {
    async fn run(&self) -> Result<()> {
        let described = self.found().await?;
        let mut time_to_live = self.time_to_live().await?;
        if described.new && self.shared.table.expires && self.life.create.is_some() {
            self.enable_time_to_live(&mut time_to_live).await?;
        }
        let mut differences =
            describe::differences(&described.table, time_to_live.as_ref(), &self.shared.table);
        let missing: Vec<u8> = describe::missing(&described.table, &self.shared.table)
            .iter()
            .map(|index| index.slot)
            .collect();
        if !self.life.add_indexes {
            differences.extend(self.missing_differences(&missing));
        }
        // Where the keys are others, there is no schema item to look for.
        if describe::has_keys(&described.table) {
            self.evolve(differences, &missing).await
        } else {
            Err(self.mismatch(&differences))
        }
    }

    /// Brings the schema item up to date, and before it whatever it is to speak of.
    async fn evolve(&self, mut differences: Vec<String>, missing: &[u8]) -> Result<()> {
        let compiled = StoredSchema::of(self.shared.schema);
        let mut added = false;
        let mut attempts = self.shared.caller.start();
        loop {
            let Some((stored, version)) = self.stored_schema().await? else {
                self.refuse(&differences)?;
                // Whoever adds the indexes will fill them, also if this program ends before.
                let first = evolve::first(&compiled.clone().without_slots(missing));
                if self.write(&first).await? && missing.is_empty() {
                    return Ok(());
                }
                continue;
            };
            let mut evolution = Evolution::of(&stored, &compiled);
            differences.append(&mut evolution.differences);
            if !self.life.add_indexes {
                differences.extend(evolution.gained.iter().map(|(record, index)| {
                    format!(
                        "record \"{record}\": index \"{index}\" is missing in the table; {OFFER}"
                    )
                }));
            }
            self.refuse(&differences)?;
            if !added && !missing.is_empty() {
                self.add_indexes().await?;
            }
            added = true;
            let additions = if evolution.additions.is_empty() && !evolution.gained.is_empty() {
                backfill::fill(self.shared, &evolution.gained).await?;
                // What took long is no reason to have no time left.
                attempts = self.shared.caller.start();
                evolve::index_additions(&evolution.gained, &compiled)
            } else {
                evolution.additions
            };
            if additions.is_empty() {
                return Ok(());
            }
            let step = &additions[..additions.len().min(ENTRIES)];
            if !self.write(&evolve::extend(step, version)).await? && !attempts.pause().await {
                return Err(Error::new(
                    ErrorKind::Contended,
                    "other programs keep changing the schema item of the table",
                ));
            }
        }
    }

    /// Writes the schema item; false where another program was faster.
    ///
    /// An attempt whose answer was lost is repeated blindly: either it fails because the first one was
    /// applied, or it is the first.
    async fn write(&self, change: &super::change::Change) -> Result<bool> {
        let mut attempts = self.shared.caller.start();
        loop {
            match change.send(&mut attempts, &self.shared.name).await {
                Ok(_) => return Ok(true),
                Err(Failure::Condition(_)) => return Ok(false),
                Err(Failure::Other(problem)) if problem.retry => {
                    if !attempts.pause().await {
                        return Err(problem.error);
                    }
                }
                Err(failure) => return Err(failure.into_error()),
            }
        }
    }

    /// What the schema item tells, and its version.
    async fn stored_schema(&self) -> Result<Option<(StoredSchema, i64)>> {
        let client = self.shared.caller.client();
        let answer = self
            .shared
            .caller
            .repeat(|| {
                client
                    .get_item()
                    .table_name(&self.shared.name)
                    .set_key(Some(evolve::key()))
                    .consistent_read(true)
                    .send()
            })
            .await;
        let Some(item) = answer.map_err(Failure::into_error)?.item else {
            return Ok(None);
        };
        let version = number(&item, VERSION).unwrap_or_default();
        Ok(Some((StoredSchema::read(&item)?, i64::try_from(version).unwrap_or(i64::MAX))))
    }

    /// The table, once it can be used.
    async fn found(&self) -> Result<Described> {
        let patient = self.shared.caller.within(self.life.patience);
        let mut waiting = Waiting::new(&patient);
        let mut new = false;
        loop {
            let Some(table) = self.describe().await? else {
                let Some(options) = &self.life.create else {
                    return Err(self.missing());
                };
                if !new {
                    self.create(options).await?;
                    new = true;
                }
                // What was created a moment ago may not be seen yet.
                waiting.wait().await.map_err(|()| self.not_ready("it is being created"))?;
                continue;
            };
            match describe::state(&table, &self.shared.table) {
                State::Usable => return Ok(Described { table, new }),
                State::Unusable(why) => return Err(self.unusable(&why)),
                State::Coming(why) => {
                    if self.life.create.is_none() && !self.life.add_indexes {
                        return Err(self.not_ready(&why));
                    }
                    new |= table
                        .table_status()
                        .is_some_and(|status| *status == super::sdk::types::TableStatus::Creating);
                    waiting.wait().await.map_err(|()| self.not_ready(&why))?;
                }
            }
        }
    }

    async fn describe(&self) -> Result<Option<TableDescription>> {
        let client = self.shared.caller.client();
        let answer = self
            .shared
            .caller
            .repeat(|| client.describe_table().table_name(&self.shared.name).send())
            .await;
        match answer {
            Ok(output) => Ok(output.table),
            Err(Failure::Other(Problem { error, .. }))
                if error.kind() == ErrorKind::SchemaMismatch =>
            {
                Ok(None)
            }
            Err(failure) => Err(failure.into_error()),
        }
    }

    /// Asks for the table; that another program did so too is as good.
    async fn create(&self, options: &CreateTable) -> Result<()> {
        let input = create_input(&self.shared.table, options, &self.shared.name)?;
        let mut attempts = self.shared.caller.start();
        loop {
            let request = input.clone().send_with(attempts.client());
            match attempts.send(request).await {
                Ok(_) => return Ok(()),
                Err(Failure::Other(problem)) if problem.error.kind() == ErrorKind::Contended => {
                    return Ok(());
                }
                Err(Failure::Other(problem)) if problem.retry => {
                    if !attempts.pause().await {
                        return Err(problem.error);
                    }
                }
                Err(failure) => return Err(failure.into_error()),
            }
        }
    }

    async fn time_to_live(&self) -> Result<Option<TimeToLiveDescription>> {
        let client = self.shared.caller.client();
        let answer = self
            .shared
            .caller
            .repeat(|| client.describe_time_to_live().table_name(&self.shared.name).send())
            .await;
        match answer {
            Ok(output) => Ok(output.time_to_live_description),
            // An endpoint without it removes nothing.
            Err(Failure::Other(Problem { error, .. }))
                if error.kind() == ErrorKind::Unsupported =>
            {
                Ok(None)
            }
            Err(failure) => Err(failure.into_error()),
        }
    }

    async fn enable_time_to_live(&self, known: &mut Option<TimeToLiveDescription>) -> Result<()> {
        if known.as_ref().is_none_or(describe::removes_expired) {
            return Ok(());
        }
        let specification = TimeToLiveSpecification::builder()
            .enabled(true)
            .attribute_name(DynamodbTable::TTL)
            .build()
            .map_err(super::error::refused_by_sdk)?;
        let client = self.shared.caller.client();
        let answer = self
            .shared
            .caller
            .repeat(|| {
                client
                    .update_time_to_live()
                    .table_name(&self.shared.name)
                    .time_to_live_specification(specification.clone())
                    .send()
            })
            .await;
        let Err(failure) = answer else {
            return Ok(());
        };
        // Another program that waited for the same table may have been faster.
        *known = self.time_to_live().await?;
        if known.as_ref().is_none_or(describe::removes_expired) {
            return Ok(());
        }
        Err(failure.into_error())
    }

    /// Adds the indexes that the table lacks, one at a time as DynamoDB wants it.
    async fn add_indexes(&self) -> Result<()> {
        loop {
            let Described { table, .. } = self.found().await?;
            let missing = describe::missing(&table, &self.shared.table);
            let Some(index) = missing.first() else {
                return Ok(());
            };
            let capacity = describe::capacity(&table);
            let input = add_index_input(&self.shared.name, index, capacity)?;
            let patient = self.shared.caller.within(self.life.patience);
            let mut waiting = Waiting::new(&patient);
            loop {
                let request = input.clone().send_with(waiting.attempts.client());
                let Err(failure) = waiting.attempts.send(request).await else {
                    break;
                };
                // Another program may be adding it, or another index of the table.
                let table = self.describe().await?.ok_or_else(|| self.missing())?;
                let there = describe::missing(&table, &self.shared.table)
                    .iter()
                    .all(|missing| missing.slot != index.slot);
                if there {
                    break;
                }
                let retry = matches!(&failure, Failure::Other(problem) if problem.retry);
                if !retry || waiting.wait().await.is_err() {
                    return Err(failure.into_error());
                }
            }
        }
    }

    fn missing_differences(&self, slots: &[u8]) -> Vec<String> {
        let indexes = self.shared.table.indexes.iter();
        indexes
            .filter(|index| slots.contains(&index.slot))
            .map(|index| format!("index \"{}\" is missing in the table; {OFFER}", index.name))
            .collect()
    }

    fn refuse(&self, differences: &[String]) -> Result<()> {
        if differences.is_empty() { Ok(()) } else { Err(self.mismatch(differences)) }
    }

    #[cold]
    fn mismatch(&self, differences: &[String]) -> Error {
        let name = &self.shared.name;
        Error::new(
            ErrorKind::SchemaMismatch,
            format!("table \"{name}\": {}", differences.join("; ")),
        )
    }

    #[cold]
    fn missing(&self) -> Error {
        let name = &self.shared.name;
        Error::new(
            ErrorKind::SchemaMismatch,
            format!(
                "the table \"{name}\" does not exist; `DynamoDb::create_table` would create it"
            ),
        )
    }

    #[cold]
    fn unusable(&self, why: &str) -> Error {
        let name = &self.shared.name;
        let message = format!("the table \"{name}\" cannot be used: {why}");
        Error::new(ErrorKind::Unavailable, message).with_retryable(false)
    }

    #[cold]
    fn not_ready(&self, why: &str) -> Error {
        let name = &self.shared.name;
        Error::new(
            ErrorKind::Unavailable,
            format!("the table \"{name}\" cannot be used yet: {why}"),
        )
    }
}

/// What a message says of an index that may be added.
const OFFER: &str = "`DynamoDb::add_missing_indexes` would add and fill it";

/// Looks again and again, less often each time.
struct Waiting<'c> {
    attempts: Attempts<'c>,
    pause: Duration,
}

impl<'c> Waiting<'c> {
    fn new(caller: &'c Caller) -> Self {
        Self { attempts: caller.start(), pause: FIRST_WAIT }
    }

    /// Fails where the deadline would pass first.
    async fn wait(&mut self) -> Result<(), ()> {
        let pause = self.pause;
        self.pause = pause.saturating_mul(2).min(LONGEST_WAIT);
        if self.attempts.wait(pause).await { Ok(()) } else { Err(()) }
    }
}
