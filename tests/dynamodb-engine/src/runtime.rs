//! The tokio runtime that servers, connections and timers live on, whichever executor a test uses.

use std::future::Future;
use std::sync::OnceLock;
use std::time::Duration;

use aws_smithy_async::rt::sleep::{AsyncSleep, Sleep};
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::task::{AbortHandle, JoinError};

/// The one runtime of this process; it is never shut down.
pub(crate) fn handle() -> &'static Handle {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME
        .get_or_init(|| {
            Builder::new_multi_thread()
                .worker_threads(2)
                .thread_name("dynamodb-engine")
                .enable_all()
                .build()
                .expect("the system starts threads")
        })
        .handle()
}

/// Runs a future on the runtime. Dropped half-way, it drops that future too, as if it ran in place.
pub(crate) async fn run<F>(future: F) -> Result<F::Output, JoinError>
where
    F: Future + Send + 'static,
    F::Output: Send,
{
    let task = handle().spawn(future);
    let _stop = StopOnDrop(task.abort_handle());
    task.await
}

struct StopOnDrop(AbortHandle);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// The SDK's timer, which can be polled anywhere.
#[derive(Debug)]
pub(crate) struct Timer;

impl AsyncSleep for Timer {
    fn sleep(&self, duration: Duration) -> Sleep {
        let _entered = handle().enter();
        Sleep::new(tokio::time::sleep(duration))
    }
}
