//! Named tasks that a shutdown waits for.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::Shutdown;

/// What a shutdown does with a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TaskKind {
    /// Waited for, and dropped at the hard end: connections.
    Work,
    /// Waited for, and ends by itself when its owner does, so it is never dropped from here: one call of a connection.
    Attached,
    /// Dropped when the work is done: jobs, tailers, watchers of files, and lanes, once what they began is stored.
    Background,
}

/// Why a task gave no result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TaskEnd {
    /// It panicked; the log names it.
    #[error("the task panicked")]
    Panicked,
    /// The shutdown dropped it.
    #[error("the task was stopped by the shutdown")]
    Stopped,
}

/// Starts tasks and waits for them. Clones share everything.
#[derive(Clone)]
pub struct Tasks {
    waited: TaskTracker,
    background: TaskTracker,
    stop_work: CancellationToken,
    stop_background: CancellationToken,
}

impl Tasks {
    /// Tasks that end with `shutdown`.
    pub fn new(shutdown: &Shutdown) -> Self {
        Self {
            waited: TaskTracker::new(),
            background: TaskTracker::new(),
            stop_work: shutdown.hard().clone(),
            stop_background: shutdown.hard().child_token(),
        }
    }

    /// Starts a task. It runs whether or not the returned handle is kept; `name` stands in the log if it panics.
    pub fn spawn<F>(&self, name: &'static str, kind: TaskKind, future: F) -> Task<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let (tracker, stop) = match kind {
            TaskKind::Work => (&self.waited, Some(self.stop_work.clone())),
            TaskKind::Attached => (&self.waited, None),
            TaskKind::Background => (&self.background, Some(self.stop_background.clone())),
        };
        let named = async move {
            let _watch = PanicWatch(name);
            match stop {
                Some(stop) => stop.run_until_cancelled_owned(future).await,
                None => Some(future.await),
            }
        };
        Task(tokio::spawn(tracker.track_future(named)))
    }

    /// How many tasks are not done yet.
    pub fn running(&self) -> usize {
        self.waited.len() + self.background.len()
    }

    /// Waits until the work is done or dropped.
    pub async fn work_done(&self) {
        self.waited.close();
        self.waited.wait().await;
    }

    /// Waits until the work is done or dropped, then drops the background tasks and waits for those.
    pub async fn finish(&self) {
        self.work_done().await;
        self.stop_background.cancel();
        self.background.close();
        self.background.wait().await;
    }
}

impl fmt::Debug for Tasks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tasks").field("running", &self.running()).finish_non_exhaustive()
    }
}

/// The result of a task that was started. Dropping it leaves the task running.
#[derive(Debug)]
pub struct Task<T>(JoinHandle<Option<T>>);

impl<T> Future for Task<T> {
    type Output = Result<T, TaskEnd>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Poll::Ready(match ready!(Pin::new(&mut self.0).poll(context)) {
            Ok(Some(output)) => Ok(output),
            Err(error) if error.is_panic() => Err(TaskEnd::Panicked),
            Ok(None) | Err(_) => Err(TaskEnd::Stopped),
        })
    }
}

/// Says which task it was that a panic ended; the panic itself is reported by the panic hook.
struct PanicWatch(&'static str);

impl Drop for PanicWatch {
    fn drop(&mut self) {
        if std::thread::panicking() {
            tracing::error!(task = self.0, "a task panicked");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::pending;

    #[tokio::test]
    async fn a_task_gives_its_result() {
        let tasks = Tasks::new(&Shutdown::new());
        assert_eq!(tasks.spawn("sum", TaskKind::Work, async { 1 + 1 }).await, Ok(2));
    }

    #[tokio::test]
    async fn a_panic_is_told_to_whoever_waits_and_to_nobody_else() {
        let tasks = Tasks::new(&Shutdown::new());
        let ended = tasks.spawn("broken", TaskKind::Work, async { panic!("on purpose") }).await;
        assert_eq!(ended, Err::<(), _>(TaskEnd::Panicked));
        assert_eq!(tasks.spawn("sound", TaskKind::Work, async { 7 }).await, Ok(7));
    }

    #[tokio::test]
    async fn the_end_waits_for_work_and_drops_background() {
        let shutdown = Shutdown::new();
        let tasks = Tasks::new(&shutdown);
        let (finish, finished) = tokio::sync::oneshot::channel::<u8>();
        let work = tasks.spawn("work", TaskKind::Work, finished);
        let background = tasks.spawn("background", TaskKind::Background, pending::<()>());
        let end = tokio::join!(tasks.finish(), async { finish.send(1) });
        assert_eq!(end.1, Ok(()));
        assert_eq!(work.await, Ok(Ok(1)));
        assert_eq!(background.await, Err(TaskEnd::Stopped));
        assert_eq!(tasks.running(), 0);
    }

    #[tokio::test]
    async fn the_hard_end_drops_work_that_does_not_end() {
        let shutdown = Shutdown::new();
        let tasks = Tasks::new(&shutdown);
        let stuck = tasks.spawn("stuck", TaskKind::Work, pending::<()>());
        tokio::join!(tasks.finish(), async { shutdown.end() });
        assert_eq!(stuck.await, Err(TaskEnd::Stopped));
    }
}
