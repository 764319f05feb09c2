//! The writer: one connection, a queue of jobs, and whose turn it is to commit them.
//!
//! A lone save is committed by its own future, without another thread. The future whose job finds
//! the writer idle commits the whole queue on its thread. Unless the last groups were one job each it
//! yields once before, so that other tasks that are ready can queue behind it. What is queued meanwhile goes to the writer thread, and so
//! does everything that would have to wait: a future never waits for another process.
//!
//! Invariants: the queue is empty while the turn is idle; one thread commits at a time; whatever
//! happens to a future, each other job is answered. The turn is held by value of [`Turn`], and
//! nothing polls a lock for it. Called by the backend's `write`.

use std::collections::VecDeque;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::change::Work;
use super::error;
use super::gate::{Gate, PAUSE, RETRY};
use super::group::{self, Answer, Busy, Done};
use super::slot::{Receiver, Sender, slot};
use super::sql::RecordSql;
use crate::error::Error;

/// What one call asks and whom to answer.
struct Job {
    work: Work,
    answer: Sender<Answer>,
}

type Queue = VecDeque<Job>;

/// Who commits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    /// Nobody; nothing is queued.
    Idle,
    /// Whichever future with a queued job is polled next.
    Offered,
    /// A future is committing on its own thread.
    Future,
    /// The writer thread is committing or about to.
    Thread,
}

#[derive(Debug)]
struct State {
    queue: Queue,
    turn: Turn,
    /// How many groups in a row were one job, with nothing queued behind it.
    calm: u32,
    closing: bool,
}

/// In calm times one in so many writes yields before it commits, to see whether others are ready: a
/// yield wakes another thread of the executor, which costs more than the write's own work.
const PROBE: u32 = 8;

/// What a future does after it has queued its job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Queued {
    /// It has the turn.
    Leads,
    /// It is polled again, to take the turn.
    ComesBack,
    /// It is answered.
    Waits,
}

impl std::fmt::Debug for Job {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Job").field("changes", &self.work.len()).finish_non_exhaustive()
    }
}

/// What a commit needs; used by whoever has the turn.
#[derive(Debug)]
struct Desk {
    connection: Connection,
    gate: Gate,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    work: Condvar,
    desk: Mutex<Desk>,
    records: Arc<[RecordSql]>,
    patience: Duration,
}

/// The writer of one open table.
#[derive(Debug)]
pub(super) struct Writer {
    shared: Arc<Shared>,
    /// There until the writer is dropped.
    thread: Option<JoinHandle<()>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What a panic leaves is put right where it is next used: a queue is whole between two calls,
    // and an open transaction is rolled back before the next begins.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Writer {
    /// Starts the writer thread. `patience` is how long to wait for another process.
    pub(super) fn start(
        connection: Connection,
        gate: Gate,
        records: Arc<[RecordSql]>,
        patience: Duration,
    ) -> std::io::Result<Self> {
        let shared = Arc::new(Shared {
            state: Mutex::new(State {
                queue: Queue::new(),
                turn: Turn::Idle,
                calm: 0,
                closing: false,
            }),
            work: Condvar::new(),
            desk: Mutex::new(Desk { connection, gate }),
            records,
            patience,
        });
        let of_thread = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("keyloom-writer".to_owned())
            .spawn(move || of_thread.serve())?;
        Ok(Self { shared, thread: Some(thread) })
    }

    /// Applies what one call asks.
    pub(super) fn write(&self, work: Work) -> WriteFuture<'_> {
        WriteFuture { shared: &self.shared, stage: Stage::New(work) }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        lock(&self.shared.state).closing = true;
        self.shared.work.notify_all();
        // The last handle may be dropped by a waker that the writer thread itself calls.
        if let Some(thread) = self.thread.take()
            && thread.thread().id() != std::thread::current().id()
        {
            let _ = thread.join();
        }
    }
}

/// A write on its way.
#[must_use = "nothing is written until this is polled"]
pub(super) struct WriteFuture<'w> {
    shared: &'w Shared,
    stage: Stage,
}

enum Stage {
    New(Work),
    Queued(Receiver<Answer>),
    Done,
}

impl Future for WriteFuture<'_> {
    type Output = Result<Done, Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let shared = self.shared;
        match std::mem::replace(&mut self.stage, Stage::Done) {
            Stage::New(work) => {
                let (answer, receiver) = slot();
                let polled = receiver.poll(context);
                debug_assert!(polled.is_pending(), "nobody has the sender yet");
                self.stage = Stage::Queued(receiver);
                match shared.enqueue(Job { work, answer }) {
                    Queued::Leads => {
                        shared.lead();
                        return self.poll(context);
                    }
                    Queued::ComesBack => context.waker().wake_by_ref(),
                    Queued::Waits => {}
                }
                Poll::Pending
            }
            Stage::Queued(receiver) => {
                let mut answer = receiver.poll(context);
                if answer.is_pending() && shared.take_offer() {
                    shared.lead();
                    answer = receiver.poll(context);
                }
                if answer.is_pending() {
                    self.stage = Stage::Queued(receiver);
                }
                answer.map(|answer| answer.unwrap_or_else(|| Err(error::unanswered())))
            }
            Stage::Done => Poll::Pending,
        }
    }
}

impl Drop for WriteFuture<'_> {
    fn drop(&mut self) {
        if let Stage::Queued(receiver) = &self.stage {
            self.shared.forget(receiver);
        }
    }
}

impl Shared {
    /// Queues a job.
    ///
    /// Every future that queues while the turn is offered comes back for it, so a task that holds one
    /// of them without polling it keeps nobody waiting.
    fn enqueue(&self, job: Job) -> Queued {
        let mut state = lock(&self.state);
        state.queue.push_back(job);
        match state.turn {
            Turn::Idle if !state.calm.is_multiple_of(PROBE) => {
                state.turn = Turn::Future;
                Queued::Leads
            }
            Turn::Idle | Turn::Offered => {
                state.turn = Turn::Offered;
                Queued::ComesBack
            }
            Turn::Future | Turn::Thread => Queued::Waits,
        }
    }

    fn take_offer(&self) -> bool {
        let mut state = lock(&self.state);
        let offered = state.turn == Turn::Offered;
        if offered {
            state.turn = Turn::Future;
        }
        offered
    }

    /// A future is gone: its job is not begun any more, and an offer does not wait for it.
    fn forget(&self, receiver: &Receiver<Answer>) {
        let mut state = lock(&self.state);
        let place = state.queue.iter().position(|job| receiver.belongs_to(&job.answer));
        let forgotten = place.and_then(|place| state.queue.remove(place));
        if state.turn == Turn::Offered {
            if state.queue.is_empty() {
                state.turn = Turn::Idle;
            } else {
                self.hand_over(&mut state);
            }
        }
        drop(state);
        drop(forgotten);
    }

    fn hand_over(&self, state: &mut State) {
        state.turn = Turn::Thread;
        self.work.notify_one();
    }

    /// Gives the turn back after a group: to nobody, or to the thread if there is more to do.
    fn pass_turn(&self) {
        let mut state = lock(&self.state);
        if state.queue.is_empty() {
            state.turn = Turn::Idle;
        } else {
            state.calm = 0;
            self.hand_over(&mut state);
        }
    }

    /// Takes the queue.
    fn take_queue(&self) -> Queue {
        let mut state = lock(&self.state);
        state.calm = if state.queue.len() == 1 { state.calm.wrapping_add(1) } else { 0 };
        std::mem::take(&mut state.queue)
    }

    /// Commits the queue on the thread of a future that has the turn.
    fn lead(&self) {
        let turn = PassTurn(self);
        let mut desk = lock(&self.desk);
        if desk.gate.must_pause() {
            // The thread pauses; a future does not.
            return;
        }
        let jobs = self.take_queue();
        let committed = self.commit(&desk, &jobs);
        drop(desk);
        match committed {
            Ok(answers) => {
                // Whoever is answered may write at once and then finds the writer idle.
                drop(turn);
                tell(jobs, answers);
            }
            Err(Busy) => self.put_back(jobs),
        }
    }

    fn put_back(&self, mut jobs: Queue) {
        let mut state = lock(&self.state);
        jobs.append(&mut state.queue);
        state.queue = jobs;
    }

    fn commit(&self, desk: &Desk, jobs: &Queue) -> Result<Vec<Answer>, Busy> {
        let work: Vec<&Work> = jobs.iter().map(|job| &job.work).collect();
        group::commit(&desk.connection, &self.records, &work)
    }

    /// The writer thread: commits what it is handed until the writer is dropped.
    fn serve(&self) {
        let mut state = lock(&self.state);
        loop {
            if state.turn == Turn::Thread {
                drop(state);
                // A panic would be a mistake in this crate. The jobs it took are answered by their
                // senders' drop; those that come later still need a thread.
                let _ = catch_unwind(AssertUnwindSafe(|| self.serve_queue()));
                state = lock(&self.state);
            } else if state.closing {
                return;
            } else {
                state = self.work.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
        }
    }

    fn serve_queue(&self) {
        let turn = PassTurn(self);
        let mut desk = lock(&self.desk);
        if desk.gate.must_pause() {
            std::thread::sleep(PAUSE);
            desk.gate.paused();
        }
        let jobs = self.take_queue();
        let Some((jobs, answers)) = self.insist(&mut desk, jobs) else {
            return;
        };
        drop(desk);
        drop(turn);
        tell(jobs, answers);
    }

    /// Commits, waiting for another process as long as the busy timeout allows.
    fn insist(&self, desk: &mut Desk, mut jobs: Queue) -> Option<(Queue, Vec<Answer>)> {
        if let Ok(answers) = self.commit(desk, &jobs) {
            return Some((jobs, answers));
        }
        let deadline = Instant::now() + self.patience;
        let answers = loop {
            desk.gate.wait();
            std::thread::sleep(RETRY);
            jobs.retain(|job| !job.answer.is_abandoned());
            if jobs.is_empty() {
                break None;
            }
            if let Ok(answers) = self.commit(desk, &jobs) {
                break Some(answers);
            }
            if Instant::now() >= deadline {
                break Some(jobs.iter().map(|_| Err(error::contended())).collect());
            }
        };
        desk.gate.leave();
        desk.gate.paused();
        answers.map(|answers| (jobs, answers))
    }
}

/// Passes the turn when it is dropped, also by a panic.
struct PassTurn<'s>(&'s Shared);

impl Drop for PassTurn<'_> {
    fn drop(&mut self) {
        self.0.pass_turn();
    }
}

/// Answers each job; the wakers it calls are foreign code, so no lock is held.
fn tell(jobs: Queue, answers: Vec<Answer>) {
    for (job, answer) in jobs.into_iter().zip(answers) {
        job.answer.send(answer);
    }
}
