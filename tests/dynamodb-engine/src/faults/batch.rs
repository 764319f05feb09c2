//! Batches of which a part is left unprocessed.

use serde_json::{Map, Value, json};

use super::Rewritten;

/// Sends the first `keep` writes of a `BatchWriteItem`.
pub(super) fn unprocessed_writes(request: Value, keep: usize) -> Rewritten {
    split(request, keep, "UnprocessedItems", |table| table)
}

/// Sends the first `keep` keys of a `BatchGetItem`.
pub(super) fn unprocessed_keys(request: Value, keep: usize) -> Rewritten {
    split(request, keep, "UnprocessedKeys", |table| &mut table["Keys"])
}

/// Leaves the first `keep` entries in the request's tables and reports the rest under `unprocessed`.
fn split(
    mut request: Value,
    mut keep: usize,
    unprocessed: &'static str,
    entries: fn(&mut Value) -> &mut Value,
) -> Rewritten {
    let mut sent = Map::new();
    let mut left = Map::new();
    let tables = request["RequestItems"].as_object_mut().map(std::mem::take).unwrap_or_default();
    for (name, mut table) in tables {
        let mut rest = table.clone();
        if let (Some(first), Some(last)) =
            (entries(&mut table).as_array_mut(), entries(&mut rest).as_array_mut())
        {
            let kept = keep.min(first.len());
            first.truncate(kept);
            last.drain(..kept);
            keep -= kept;
        }
        if !is_empty(entries(&mut rest)) {
            left.insert(name.clone(), rest);
        }
        if !is_empty(entries(&mut table)) {
            sent.insert(name, table);
        }
    }
    if sent.is_empty() {
        return Rewritten::Answer(json!({ "Responses": {}, unprocessed: left }));
    }
    request["RequestItems"] = sent.into();
    Rewritten::Send(
        request,
        Box::new(move |answer| {
            // What the engine itself left undone stays reported.
            match answer[unprocessed].as_object_mut() {
                Some(own) => own.extend(left),
                None => answer[unprocessed] = left.into(),
            }
        }),
    )
}

fn is_empty(entries: &Value) -> bool {
    entries.as_array().is_none_or(Vec::is_empty)
}
