//! A one-shot slot: one thread or task answers, one future waits.
//!
//! It needs no executor. A sender that is dropped unsent closes the slot, so a waiting future always
//! ends. Used by the writer's jobs and by `open`.

use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

enum State<T> {
    Empty(Option<Waker>),
    Sent(T),
    /// The sender is gone, or the answer was taken.
    Closed,
}

/// The answering side.
pub(super) struct Sender<T> {
    slot: Arc<Mutex<State<T>>>,
}

/// The waiting side.
pub(super) struct Receiver<T> {
    slot: Arc<Mutex<State<T>>>,
}

/// A new slot.
pub(super) fn slot<T>() -> (Sender<T>, Receiver<T>) {
    let slot = Arc::new(Mutex::new(State::Empty(None)));
    (Sender { slot: Arc::clone(&slot) }, Receiver { slot })
}

fn replace<T>(slot: &Mutex<State<T>>, new: State<T>) {
    let mut state = slot.lock().unwrap_or_else(PoisonError::into_inner);
    let State::Empty(waker) = &mut *state else {
        return;
    };
    let waker = waker.take();
    *state = new;
    // The waker is foreign code, which may poll at once and so take the lock.
    drop(state);
    if let Some(waker) = waker {
        waker.wake();
    }
}

impl<T> Sender<T> {
    /// Answers.
    pub(super) fn send(self, answer: T) {
        replace(&self.slot, State::Sent(answer));
    }

    /// Whether nobody waits any more.
    pub(super) fn is_abandoned(&self) -> bool {
        Arc::strong_count(&self.slot) == 1
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        replace(&self.slot, State::Closed);
    }
}

impl<T> Receiver<T> {
    /// The answer; `None` if there will be none.
    pub(super) fn poll(&self, context: &mut Context<'_>) -> Poll<Option<T>> {
        let mut state = self.slot.lock().unwrap_or_else(PoisonError::into_inner);
        match &mut *state {
            State::Empty(waker) => {
                match waker {
                    Some(waker) => waker.clone_from(context.waker()),
                    None => *waker = Some(context.waker().clone()),
                }
                Poll::Pending
            }
            _ => match std::mem::replace(&mut *state, State::Closed) {
                State::Sent(answer) => Poll::Ready(Some(answer)),
                _ => Poll::Ready(None),
            },
        }
    }

    /// Whether `sender` answers here.
    pub(super) fn belongs_to(&self, sender: &Sender<T>) -> bool {
        Arc::ptr_eq(&self.slot, &sender.slot)
    }
}
