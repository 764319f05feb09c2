//! [`QueryStream`]: the records of a query one after the other.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;

use super::QueryRequest;
use crate::backend::BoxFuture;
use crate::error::Result;
use crate::request::Position;

/// How many records one step of a stream reads.
const STEP: usize = 256;

/// The records of a query, read in steps as they are asked for; after an error it ends.
///
/// Between two steps other writers may write: the stream shows each record at most once, and no
/// single moment of the whole.
#[must_use = "a stream reads nothing until it is polled"]
pub struct QueryStream<'s, O> {
    ready: VecDeque<O>,
    state: State<'s, O>,
}

enum State<'s, O> {
    Idle(Box<Next<'s, O>>),
    Reading(BoxFuture<'s, Result<Read<'s, O>>>),
    Done,
}

/// What the next step reads.
struct Next<'s, O> {
    request: QueryRequest<'s, O>,
    after: Option<Position>,
    left: Option<usize>,
}

struct Read<'s, O> {
    items: Vec<O>,
    next: State<'s, O>,
}

impl<O> std::fmt::Debug for QueryStream<'_, O> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("QueryStream").field("ready", &self.ready.len()).finish_non_exhaustive()
    }
}

impl<'s, O: Send + 's> QueryStream<'s, O> {
    pub(super) fn new(request: QueryRequest<'s, O>) -> Self {
        let left = request.total_limit();
        let next = Next { request, after: None, left };
        Self { ready: VecDeque::new(), state: State::Idle(Box::new(next)) }
    }
}

async fn read<'s, O: Send + 's>(mut next: Box<Next<'s, O>>) -> Result<Read<'s, O>> {
    let step = next.left.map_or(STEP, |left| left.min(STEP));
    let chunk = next.request.collect(next.after.take(), Some(step)).await?;
    next.left = next.left.map(|left| left - chunk.items.len());
    let state = match chunk.items.last() {
        Some(last) if chunk.items.len() == step && next.left != Some(0) => {
            next.after = Some(next.request.position(last)?);
            State::Idle(next)
        }
        _ => State::Done,
    };
    Ok(Read { items: chunk.items, next: state })
}

// Nothing is pinned in place: the future that reads is boxed.
impl<O> Unpin for QueryStream<'_, O> {}

impl<'s, O: Send + 's> Stream for QueryStream<'s, O> {
    type Item = Result<O>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<O>>> {
        let this = self.get_mut();
        loop {
            if let Some(item) = this.ready.pop_front() {
                return Poll::Ready(Some(Ok(item)));
            }
            match std::mem::replace(&mut this.state, State::Done) {
                State::Done => return Poll::Ready(None),
                State::Idle(next) => this.state = State::Reading(Box::pin(read(next))),
                State::Reading(mut reading) => match reading.as_mut().poll(context) {
                    Poll::Pending => {
                        this.state = State::Reading(reading);
                        return Poll::Pending;
                    }
                    Poll::Ready(Ok(Read { items, next })) => {
                        this.ready = items.into();
                        this.state = next;
                    }
                    Poll::Ready(Err(error)) => return Poll::Ready(Some(Err(error))),
                },
            }
        }
    }
}
