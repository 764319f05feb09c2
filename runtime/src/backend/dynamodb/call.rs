//! Sends requests: each attempt under its timeout, all attempts of an operation under one deadline.
//!
//! Every request of this backend goes through a [`Caller`]. It knows of each failed attempt whether
//! the engine may have applied it, and leaves to the caller what to do about that; only what may be
//! repeated blindly is repeated [here](Caller::repeat).

use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::Poll;
use std::time::{Duration, Instant};

use super::error::{Failure, OperationError, deadline_passed, failure, no_answer};
use super::sdk::Client;
use super::sdk::config::interceptors::{
    BeforeSerializationInterceptorContextMut, BeforeTransmitInterceptorContextRef,
};
use super::sdk::config::retry::RetryConfig;
use super::sdk::config::{AsyncSleep, ConfigBag, Intercept, RuntimeComponents, SharedAsyncSleep};
use super::sdk::error::{BoxError, SdkError};
use crate::error::{Error, ErrorKind, Result};

/// What the first pause is at most; each further one is twice as long.
const PAUSE: Duration = Duration::from_millis(25);

/// The same after the engine asked for fewer requests.
const THROTTLED_PAUSE: Duration = Duration::from_millis(50);

/// No pause is longer.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// Sends requests: each attempt under its timeout, all of them under one deadline.
#[derive(Clone, Debug)]
pub(super) struct Caller {
    client: Client,
    sleep: SleepCell,
    deadline: Duration,
    attempt: Duration,
}

/// The client's timer, known when it has sent its first request.
type SleepCell = Arc<OnceLock<SharedAsyncSleep>>;

impl Caller {
    /// Sends through the transport of `client`, whose own retries are switched off.
    pub(super) fn new(client: &Client, deadline: Duration, attempt: Duration) -> Result<Self> {
        if deadline.is_zero() || attempt.is_zero() {
            return Err(Error::new(
                ErrorKind::Unsupported,
                "a deadline or an attempt of no time lets no request pass",
            ));
        }
        let sleep = SleepCell::default();
        if let Some(own) = client.config().sleep_impl() {
            let _ = sleep.set(own);
        }
        let config = client
            .config()
            .to_builder()
            .retry_config(RetryConfig::disabled())
            .interceptor(Watch { sleep: Arc::clone(&sleep) })
            .build();
        Ok(Self { client: Client::from_conf(config), sleep, deadline, attempt })
    }

    /// The same with another deadline.
    pub(super) fn within(&self, deadline: Duration) -> Self {
        Self { deadline, ..self.clone() }
    }

    /// The client that makes the requests.
    pub(super) fn client(&self) -> &Client {
        &self.client
    }

    /// Waits before something is tried again that others were faster at, longer with each try.
    pub(super) async fn pause(&self, tries: u32) {
        if let Some(sleep) = self.sleep.get() {
            sleep
                .sleep(longest_pause(tries.saturating_add(1), false).mul_f64(fastrand::f64()))
                .await;
        }
    }

    /// Begins an operation: its deadline and its attempts.
    pub(super) fn start(&self) -> Attempts<'_> {
        Attempts {
            caller: self,
            until: Instant::now().checked_add(self.deadline),
            failed: 0,
            throttled: false,
        }
    }

    /// Repeats a request that changes nothing, or that may be repeated blindly, until it succeeds,
    /// fails for good or the deadline passes.
    pub(super) async fn repeat<O, E, F, Fut>(&self, send: F) -> Result<O, Failure>
    where
        E: OperationError,
        F: Fn() -> Fut,
        Fut: Future<Output = Result<O, SdkError<E>>> + Send,
    {
        let mut attempts = self.start();
        loop {
            match attempts.send(send()).await {
                Err(Failure::Other(problem)) if problem.retry => {
                    if !attempts.pause().await {
                        return Err(Failure::Other(problem));
                    }
                }
                answer => return answer,
            }
        }
    }
}

/// The attempts of one operation.
#[derive(Debug)]
pub(super) struct Attempts<'c> {
    caller: &'c Caller,
    /// When the operation ends; `None` is later than the clock can tell.
    until: Option<Instant>,
    failed: u32,
    throttled: bool,
}

impl<'c> Attempts<'c> {
    /// The client that makes the requests.
    pub(super) fn client(&self) -> &'c Client {
        self.caller.client()
    }

    /// The attempts of another request of the same operation, under the same deadline.
    pub(super) fn sibling(&self) -> Self {
        Self { caller: self.caller, until: self.until, failed: 0, throttled: false }
    }

    /// Makes one attempt.
    ///
    /// It ends at its timeout or at the operation's deadline, whichever comes first; the request is
    /// then dropped, and may have been applied if it had been sent.
    pub(super) fn send<O, E: OperationError>(
        &mut self,
        request: impl Future<Output = Result<O, SdkError<E>>> + Send,
    ) -> impl Future<Output = Result<O, Failure>> + Send {
        // The SDK's futures take up to 20 KB each, which every future around them would have too.
        let request = Box::pin(request);
        async move {
            let left = self.left();
            if left.is_zero() {
                return Err(Failure::Other(deadline_passed()));
            }
            let limit = left.min(self.caller.attempt);
            let (answer, sent) = race(request, limit, &self.caller.sleep).await;
            let failure = match answer {
                Some(Ok(output)) => return Ok(output),
                Some(Err(error)) => failure(error, sent),
                None => Failure::Other(no_answer(limit, sent)),
            };
            self.failed += 1;
            self.throttled = failure.is_throttled();
            Err(failure)
        }
    }

    /// Waits before the next attempt, longer each time; false where the deadline would pass first.
    ///
    /// An attempt with next to no time would be cut off, and its outcome unknown where that of the
    /// last one was not, so the end of the time is not used.
    pub(super) async fn pause(&mut self) -> bool {
        let most = longest_pause(self.failed, self.throttled);
        let pause = most.mul_f64(fastrand::f64());
        pause.saturating_add(self.least()) < self.left() && self.wait(pause).await
    }

    /// How much time an attempt needs to be worth beginning.
    fn least(&self) -> Duration {
        self.caller.deadline.min(self.caller.attempt) / 8
    }

    /// Whether it is too late to begin.
    pub(super) fn is_late(&self) -> bool {
        self.left() <= self.least()
    }

    /// As [`pause`](Self::pause), after an answer that left a part of the request undone.
    pub(super) async fn pause_for_rest(&mut self) -> bool {
        self.failed += 1;
        self.throttled = true;
        self.pause().await
    }

    /// Waits this long; false where the deadline would pass first.
    pub(super) async fn wait(&mut self, pause: Duration) -> bool {
        if pause >= self.left() {
            return false;
        }
        let Some(sleep) = self.caller.sleep.get() else {
            // Without a timer nothing can be waited for.
            return false;
        };
        sleep.sleep(pause).await;
        true
    }

    fn left(&self) -> Duration {
        self.until.map_or(Duration::MAX, |until| until.saturating_duration_since(Instant::now()))
    }
}

/// How long the pause after so many failed attempts is at most.
fn longest_pause(failed: u32, throttled: bool) -> Duration {
    let first = if throttled { THROTTLED_PAUSE } else { PAUSE };
    let doubled = 1_u32.checked_shl(failed.saturating_sub(1)).unwrap_or(u32::MAX);
    first.saturating_mul(doubled).min(LONGEST_PAUSE)
}

/// The answer, or `None` when `limit` passed first; and whether the request began to be sent.
async fn race<T>(
    mut request: Pin<Box<impl Future<Output = T>>>,
    limit: Duration,
    sleep: &OnceLock<SharedAsyncSleep>,
) -> (Option<T>, bool) {
    let mut timer = None;
    let mut sent = false;
    let answer = poll_fn(|context| {
        SENDING.set(false);
        let polled = request.as_mut().poll(context);
        sent |= SENDING.get();
        if let Poll::Ready(answer) = polled {
            return Poll::Ready(Some(answer));
        }
        // The client's first request tells its timer while it is polled for the first time.
        if timer.is_none() {
            timer = sleep.get().map(|sleep| sleep.sleep(limit));
        }
        match &mut timer {
            Some(timer) => Pin::new(timer).poll(context).map(|()| None),
            None => Poll::Pending,
        }
    })
    .await;
    (answer, sent)
}

thread_local! {
    /// Set when the request that this thread polls is handed to the network.
    ///
    /// The SDK calls its interceptors while the request is polled, so nothing else can have set it
    /// between two looks of [`race`].
    static SENDING: Cell<bool> = const { Cell::new(false) };
}

/// Sees each request of the client pass.
#[derive(Debug)]
struct Watch {
    sleep: SleepCell,
}

impl Intercept for Watch {
    fn name(&self) -> &'static str {
        "keyloom::Watch"
    }

    fn modify_before_serialization(
        &self,
        _: &mut BeforeSerializationInterceptorContextMut<'_>,
        components: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if self.sleep.get().is_none()
            && let Some(own) = components.sleep_impl()
        {
            let _ = self.sleep.set(own);
        }
        Ok(())
    }

    fn read_before_transmit(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        SENDING.set(true);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest() {
        let millis = |throttled| {
            (1..=9).map(|failed| longest_pause(failed, throttled).as_millis()).collect::<Vec<_>>()
        };
        assert_eq!(millis(false), [25, 50, 100, 200, 400, 800, 1600, 2000, 2000]);
        assert_eq!(millis(true), [50, 100, 200, 400, 800, 1600, 2000, 2000, 2000]);
        assert_eq!(longest_pause(0, false), PAUSE);
        assert_eq!(longest_pause(u32::MAX, true), LONGEST_PAUSE);
    }
}
