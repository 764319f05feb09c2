//! Gives stored records the keys of the indexes that their type has gained.
//!
//! The whole table is read, and an item is written only where its keys are not right yet, under the
//! condition that it is still the one that was read. Nothing else of it changes, its version included,
//! so a writer beside it is not disturbed; one that knows the index writes the same keys itself.
//! Called by [`table`](super::table) before the schema item says that the index is there.

use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::backend::Shared;
use super::call::Attempts;
use super::change::{Answer, Change, Kind};
use super::error::{Failure, cancelled};
use super::expression::Aliases;
use super::item::{Item, VERSION, WRITES, key_of, live, row_of, type_of};
use super::leftover;
use super::put::{key_item, text};
use super::scan::{SEGMENTS, TYPES, scan_input};
use super::sdk::types::{AttributeValue, CancellationReason};
use super::unique;
use crate::Timestamp;
use crate::error::{Error, ErrorKind, Result};
use crate::key::{KeyText, TenantKey, check_limits, position_row};
use crate::schema::{DynamodbTable, Path, RecordSchema};
use crate::value::Row;

/// A record and the positions of the indexes it has gained.
#[derive(Clone, Debug)]
pub(super) struct Gain {
    pub(super) record: &'static RecordSchema,
    pub(super) indexes: Vec<usize>,
}

/// What one item still needs.
struct Lack {
    /// The change of the item; then the guards of unique indexes, by their position.
    main: Change,
    guards: Vec<(usize, Change)>,
}

/// Fills the indexes that records have gained: names of records and of indexes.
pub(super) async fn fill(shared: &Shared, gained: &[(String, String)]) -> Result<()> {
    let mut gains: Vec<Gain> = Vec::new();
    for record in shared.schema.records {
        let mine =
            |index: &str| gained.iter().any(|(of, gained)| *of == record.name && *gained == index);
        let indexes: Vec<usize> =
            (0..record.indexes.len()).filter(|&at| mine(record.indexes[at].name)).collect();
        if !indexes.is_empty() {
            gains.push(Gain { record, indexes });
        }
    }
    leftover::remove(shared, &gains).await?;
    for gains in gains.chunks(TYPES) {
        let segments: Vec<_> =
            (0..SEGMENTS).map(|segment| Box::pin(fill_segment(shared, gains, segment))).collect();
        stream::iter(segments).buffer_unordered(SEGMENTS as usize).try_collect::<()>().await?;
    }
    Ok(())
}

async fn fill_segment(shared: &Shared, gains: &[Gain], segment: u32) -> Result<()> {
    let types: Vec<&str> = gains.iter().map(|gain| gain.record.name).collect();
    // An eventual read could miss a record that was written before the program was started.
    let input = scan_input(&shared.name, &types, true);
    let mut after = None;
    loop {
        let page = shared.scan(&input, SEGMENTS, segment, after).await?;
        let items: Vec<_> =
            page.items.into_iter().map(|item| Box::pin(fill_item(shared, gains, item))).collect();
        stream::iter(items).buffer_unordered(shared.concurrency).try_collect::<()>().await?;
        after = page.after;
        if after.is_none() {
            return Ok(());
        }
    }
}

/// Writes the keys of one item, and reads it again as long as others change it.
async fn fill_item(shared: &Shared, gains: &[Gain], mut item: Item) -> Result<()> {
    let mut attempts = shared.caller.start();
    loop {
        let tag = type_of(&item);
        let Some(gain) = gains.iter().find(|gain| tag == Some(gain.record.name)) else {
            // Another record has come in its place.
            return Ok(());
        };
        let now = Timestamp::now();
        if !live(gain.record, &item, true, now) {
            return Ok(());
        }
        let Some(lack) = lack(gain, &item, now)? else {
            return Ok(());
        };
        match send(shared, &mut attempts, &lack).await {
            Ok(()) | Err(Failure::Condition(None)) => return Ok(()),
            Err(Failure::Condition(Some(stored))) => item = stored,
            Err(Failure::Cancelled(reasons)) => match refused(gain.record, &lack, reasons)? {
                Refused::Gone => return Ok(()),
                Refused::Changed(stored) => item = stored,
                Refused::Later(error) => {
                    if !attempts.pause().await {
                        return Err(error);
                    }
                    continue;
                }
            },
            Err(Failure::Other(problem)) if problem.retry => {
                // Repeated, the change is applied once more to no effect.
                if !attempts.pause().await {
                    return Err(problem.error);
                }
                continue;
            }
            Err(failure) => return Err(failure.into_error()),
        }
        if !attempts.pause().await {
            return Err(Error::new(
                ErrorKind::Contended,
                "other writers keep changing a record that is being indexed",
            )
            .with_record(gain.record.name));
        }
    }
}

async fn send(shared: &Shared, attempts: &mut Attempts<'_>, lack: &Lack) -> Result<(), Failure> {
    if lack.guards.is_empty() {
        return lack.main.send(attempts, &shared.name).await.map(drop);
    }
    let changes = std::iter::once(&lack.main).chain(lack.guards.iter().map(|(_, change)| change));
    let mut request = attempts.client().transact_write_items();
    for change in changes {
        request = request.transact_items(change.in_transaction(&shared.name).map_err(definite)?);
    }
    attempts.send(request.send()).await.map(drop)
}

fn definite(error: Error) -> Failure {
    let effect = super::error::Effect::NotApplied;
    Failure::Other(super::error::Problem { error, effect, retry: false })
}

/// Why a transaction was cancelled.
enum Refused {
    /// The item was removed.
    Gone,
    /// The item was changed, to this.
    Changed(Item),
    /// It may succeed later.
    Later(Error),
}

fn refused(
    record: &'static RecordSchema,
    lack: &Lack,
    reasons: Vec<CancellationReason>,
) -> Result<Refused> {
    let failed = |reason: &CancellationReason| reason.code() == Some("ConditionalCheckFailed");
    if let Some(problem) = reasons.iter().find_map(cancelled) {
        return if problem.retry { Ok(Refused::Later(problem.error)) } else { Err(problem.error) };
    }
    let mut reasons = reasons.into_iter();
    if let Some(main) = reasons.next()
        && failed(&main)
    {
        return Ok(main.item.map_or(Refused::Gone, Refused::Changed));
    }
    let taken = reasons.zip(&lack.guards).find(|(reason, _)| failed(reason));
    if let Some((_, (index, _))) = taken {
        let index = record.indexes[*index].name;
        return Err(refuse(record, index, "records share a key of the new unique index"));
    }
    Ok(Refused::Later(Error::new(
        ErrorKind::Contended,
        "a transaction was cancelled without a reason",
    )))
}

#[cold]
fn refuse(record: &'static RecordSchema, index: &str, why: &str) -> Error {
    Error::new(
        ErrorKind::SchemaMismatch,
        format!("record \"{}\": index \"{index}\": {why}", record.name),
    )
}

/// What an item lacks to be in its new indexes; `None` where it lacks nothing.
fn lack(gain: &Gain, item: &Item, now: Timestamp) -> Result<Option<Lack>> {
    let record = gain.record;
    let Some((partition, sort)) = key_of(item) else {
        return Ok(None);
    };
    let holder = KeyText { partition, sort };
    let row = row_of(record, item);
    let tenant = tenant(record, &row)?;
    let mut aliases = Aliases::default();
    let (mut set, mut remove) = (Vec::new(), Vec::new());
    for &at in &gain.indexes {
        let key = index_key(record, at, &tenant, &row)?;
        let slot = record.indexes[at].slot;
        let names = [DynamodbTable::index_partition(slot), DynamodbTable::index_sort(slot)];
        let texts = match key {
            Some(key) => [Some(key.partition), Some(key.sort)],
            None => [None, None],
        };
        for (name, wanted) in names.into_iter().zip(texts) {
            let stored = item.get(&name).and_then(|stored| stored.as_s().ok());
            match wanted {
                wanted
                    if wanted.as_ref() == stored
                        && stored.is_some() == item.contains_key(&name) => {}
                Some(wanted) => {
                    let value = aliases.value(&name, text(wanted));
                    set.push(format!("{} = {value}", aliases.name(&name)));
                }
                None => remove.push(aliases.name(&name)),
            }
        }
    }
    let expires = record.roles.expires.and_then(|at| match row.get(at) {
        crate::value::Value::Int(micros) => Some(micros),
        _ => None,
    });
    let guards: Vec<(usize, Change)> = unique::guards(record, &tenant, &row)?
        .iter()
        .filter(|guard| gain.indexes.contains(&guard.index))
        .map(|guard| (guard.index, guard.take(&holder, expires, now)))
        .collect();
    if set.is_empty() && remove.is_empty() && guards.is_empty() {
        return Ok(None);
    }
    // Without a change of its own the item is set to what it is, for the condition's sake.
    if set.is_empty() && remove.is_empty() {
        let tag = aliases.value("type", text(record.name));
        set.push(format!("{} = {tag}", aliases.name(DynamodbTable::TYPE)));
    }
    let condition = Some(unchanged(item, &mut aliases));
    let mut update = String::new();
    for (verb, parts) in [("SET", set), ("REMOVE", remove)] {
        if !parts.is_empty() {
            let space = if update.is_empty() { "" } else { " " };
            update = format!("{update}{space}{verb} {}", parts.join(", "));
        }
    }
    let kind = Kind::Update { key: key_item(&holder), update, answer: Answer::Nothing };
    Ok(Some(Lack { main: Change { kind, condition, aliases }, guards }))
}

/// The condition that the item is still the one that was read: of the same version, and last written
/// by the same write, because versions begin anew when a record is removed and comes back.
pub(super) fn unchanged(item: &Item, aliases: &mut Aliases) -> String {
    let mut parts = vec![format!("attribute_exists({})", aliases.name(DynamodbTable::PARTITION))];
    for name in [VERSION, WRITES[0]] {
        let alias = aliases.name(name);
        parts.push(match item.get(name) {
            Some(value) => {
                format!("{alias} = {}", aliases.value(name, AttributeValue::clone(value)))
            }
            None => format!("attribute_not_exists({alias})"),
        });
    }
    parts.join(" AND ")
}

/// Who owns a stored record.
pub(super) fn tenant(record: &'static RecordSchema, row: &Row) -> Result<TenantKey> {
    let Some(at) = record.roles.tenant else {
        return Ok(TenantKey::GLOBAL);
    };
    let field = &record.fields[at];
    let invalid = |why: &crate::value::Invalid| Error::decode(record.name, field.name, why);
    let Some(kind) = field.key else {
        return Err(invalid(&crate::value::Invalid::new("the field is no key part")));
    };
    TenantKey::new(kind, row.get(at).into_owned()).map_err(|why| invalid(&why))
}

/// The key of a stored record in an index, or `None` where it is not in it.
fn index_key(
    record: &'static RecordSchema,
    at: usize,
    tenant: &TenantKey,
    row: &Row,
) -> Result<Option<KeyText>> {
    let path = Path::Index(at);
    let make = || {
        let Some(position) = position_row(record, path, row)? else {
            return Ok(None);
        };
        check_limits(record, path, tenant, &position)?;
        KeyText::encode(record, path, tenant, &position)
            .map(Some)
            .map_err(super::put::invalid_key(record))
    };
    make().map_err(|error: Error| {
        let index = record.indexes[at].name;
        refuse(record, index, &format!("a record cannot be in the index: {error}"))
    })
}
