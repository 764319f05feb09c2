//! Running futures without an async runtime, and stopping them half-way.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Runs a future to its end on this thread.
pub fn block_on<F: Future>(future: F) -> F::Output {
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}

/// Polls a future at most `polls` times and drops it then: its output if it had finished.
///
/// Calling this with 0, 1, 2, … until it answers `Some` drops a future at each of its await points.
/// Between two polls the future's own waker is waited for.
pub async fn poll_times<F: Future>(future: F, polls: usize) -> Option<F::Output> {
    PollTimes { future: Some(Box::pin(future)), left: polls }.await
}

struct PollTimes<F> {
    future: Option<Pin<Box<F>>>,
    left: usize,
}

impl<F: Future> Future for PollTimes<F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if self.left > 0 {
            self.left -= 1;
            let polled = self.future.as_mut().map(|future| future.as_mut().poll(context));
            if let Some(Poll::Ready(output)) = polled {
                return Poll::Ready(Some(output));
            }
            if self.left > 0 {
                return Poll::Pending;
            }
        }
        self.future = None;
        Poll::Ready(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn twice_pending() -> u8 {
        for _ in 0..2 {
            let mut waited = false;
            std::future::poll_fn(|context| {
                if waited {
                    return Poll::Ready(());
                }
                waited = true;
                context.waker().wake_by_ref();
                Poll::Pending
            })
            .await;
        }
        7
    }

    #[test]
    fn a_future_is_dropped_after_so_many_polls() {
        let outputs = [0, 1, 2, 3, 4].map(|polls| block_on(poll_times(twice_pending(), polls)));
        assert_eq!(outputs, [None, None, None, Some(7), Some(7)]);
    }
}
