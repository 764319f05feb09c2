//! A network between client and engine that records everything and fails on command.
//!
//! A rule answers each request with a [`Fault`]; [`rules`] has the usual ones.
//!
//! ```
//! use keyloom_dynamodb_engine::{Endpoint, Fault, Faults, faults::Loss};
//!
//! let endpoint = Endpoint::fresh();
//! let faults = Faults::none();
//! let client = endpoint.client_with(&faults);
//! // … create tables through `client`, then lose the answer of the first put:
//! faults.set(|request, n| match (request.operation(), n) {
//!     ("PutItem", 0) => Fault::LoseAnswer(Loss::Reset),
//!     _ => Fault::Pass,
//! });
//! ```

mod batch;
mod connector;
mod fault;
mod request;
pub mod rules;

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_smithy_runtime_api::client::http::SharedHttpClient;
use tokio::sync::watch;

pub use fault::{Answer, Fault, Loss, Rewrite, Rewritten};
pub use request::{Exchange, Request};

/// What happens to the requests of the clients that were made with it, and the record of them.
///
/// A clone is the same network: a test keeps one and changes the rule while clients use it.
#[derive(Clone)]
pub struct Faults(Arc<Inner>);

type Rule = dyn Fn(&Request, usize) -> Fault + Send + Sync;

struct Inner {
    state: Mutex<State>,
    /// How many requests are still to be delivered late.
    late: watch::Sender<usize>,
}

struct State {
    rule: Arc<Rule>,
    asked: usize,
    exchanges: Vec<Record>,
}

type Record = Arc<Mutex<Exchange>>;

impl Faults {
    /// A network that decides each request by `rule`, which also gets the request's number, from 0.
    pub fn new(rule: impl Fn(&Request, usize) -> Fault + Send + Sync + 'static) -> Self {
        let state = State { rule: Arc::new(rule), asked: 0, exchanges: Vec::new() };
        Self(Arc::new(Inner { state: Mutex::new(state), late: watch::Sender::new(0) }))
    }

    /// A network without faults, which records.
    pub fn none() -> Self {
        Self::new(|_, _| Fault::Pass)
    }

    /// Loses this share of the answers of write operations, half of them with the request.
    ///
    /// The same seed decides alike about the same sequence of requests.
    pub fn losing(seed: u64, share: f64) -> Self {
        Self::new(rules::losing(seed, share))
    }

    /// Loses this share of the answers of write operations, never a request.
    pub fn losing_answers(seed: u64, share: f64) -> Self {
        Self::new(rules::losing_answers(seed, share))
    }

    /// Decides by `rule` from now on; the numbers begin at 0 again.
    pub fn set(&self, rule: impl Fn(&Request, usize) -> Fault + Send + Sync + 'static) {
        let mut state = self.state();
        state.rule = Arc::new(rule);
        state.asked = 0;
    }

    /// Lets everything pass from now on.
    pub fn clear(&self) {
        self.set(|_, _| Fault::Pass);
    }

    /// Gives the next requests these faults, one each, and lets all later ones pass.
    pub fn script(&self, faults: impl IntoIterator<Item = Fault>) {
        let faults: VecDeque<_> = faults.into_iter().collect();
        self.set(move |_, n| faults.get(n).cloned().unwrap_or(Fault::Pass));
    }

    /// All requests so far, in the order in which they were sent.
    pub fn requests(&self) -> Vec<Exchange> {
        self.state().exchanges.iter().map(|record| lock(record).clone()).collect()
    }

    /// As [`Faults::requests`], and forgets them.
    pub fn take(&self) -> Vec<Exchange> {
        let records = std::mem::take(&mut self.state().exchanges);
        records.iter().map(|record| lock(record).clone()).collect()
    }

    /// How many requests of one operation, such as `PutItem`, were sent.
    pub fn count(&self, operation: &str) -> usize {
        let state = self.state();
        state.exchanges.iter().filter(|one| lock(one).request().operation() == operation).count()
    }

    /// Waits until no request is left that is to be delivered late.
    ///
    /// # Panics
    ///
    /// Never: the sender lives as long as `self`.
    pub async fn settled(&self) {
        let mut late = self.0.late.subscribe();
        late.wait_for(|left| *left == 0).await.expect("the sender lives as long as `self`");
    }

    /// This network in front of `inner`.
    pub fn wrap(&self, inner: SharedHttpClient) -> SharedHttpClient {
        connector::client(self.clone(), inner)
    }

    /// Decides about one request and begins its record.
    fn decide(&self, request: Request) -> (Fault, Record) {
        let record = Arc::new(Mutex::new(Exchange::new(request.clone())));
        let (rule, n) = {
            let mut state = self.state();
            state.asked += 1;
            state.exchanges.push(Arc::clone(&record));
            (Arc::clone(&state.rule), state.asked - 1)
        };
        // Without the lock, because a rule may look at the record.
        let fault = rule(&request, n);
        (fault, record)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.0.state)
    }
}

impl fmt::Debug for Faults {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let requests = self.state().exchanges.len();
        formatter.debug_struct("Faults").field("requests", &requests).finish_non_exhaustive()
    }
}

/// A rule that panics is a failed test; others' records stay readable.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
