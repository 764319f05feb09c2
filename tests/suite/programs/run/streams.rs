//! Streams.

use std::time::Duration;

use super::{Owned, told};
use crate::programs::domain::Event;
use crate::programs::program::Call;

pub(super) async fn call(scope: &Owned, shelf: &str, line: u8, call: &Call) -> String {
    let stream = scope.stream(Event::stream(shelf, line));
    let last = match stream.last_seq().await {
        Ok(last) => last,
        Err(error) => return told::<()>(Err(error)),
    };
    match call {
        Call::Append(event, expected) => {
            let mut event = event.clone();
            let append = stream.append(&mut event);
            let outcome = match expected {
                Some(held) => append.expect(held.of(last)).await,
                None => append.await,
            };
            format!("{} {event:?}", told(outcome))
        }
        Call::AppendAll(events, expected) => {
            let mut events = events.clone();
            let append = stream.append_all(&mut events);
            let outcome = match expected {
                Some(held) => append.expect(held.of(last)).await,
                None => append.await,
            };
            format!("{} {events:?}", told(outcome))
        }
        Call::AppendOnce(event, key, keep, expected) => {
            let mut event = event.clone();
            let mut append = stream.append_once(key, &mut event);
            if let Some(seconds) = keep {
                append = append.keep_key_for(Duration::from_secs(*seconds));
            }
            if let Some(held) = expected {
                append = append.expect(held.of(last));
            }
            let outcome = append.await;
            format!("{} {event:?}", told(outcome))
        }
        Call::Read(from, limit) => {
            let read = stream.read_from(*from);
            told(match limit {
                Some(limit) => read.limit(*limit).await,
                None => read.await,
            })
        }
        Call::LastSeq => format!("{last}"),
        Call::Trim(number) => told(stream.trim_through(*number).await),
        Call::Keep(events) => told(stream.keep_last(*events).await),
    }
}
