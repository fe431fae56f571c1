//! The task of one HTTP/2 stream: counted, and ended when its client does not take the answer.

use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;

use tokio::time::{Instant, Sleep, sleep_until};

use super::activity::Activity;
use crate::lifecycle::{TaskKind, Tasks};

tokio::task_local! {
    /// When the stream that is being polled is dropped; nothing while its handler works.
    static END_BY: Cell<Option<Instant>>;
}

/// Sets when the present stream is dropped if its client has not taken the whole answer by then. While a client keeps its
/// flow-control window closed nobody asks the body for anything, so no timer inside of it would be heard (T-44).
pub fn end_answer_by(instant: Instant) {
    // Outside of a connection (a test of one stage) there is nothing to end.
    let _ = END_BY.try_with(|end_by| end_by.set(Some(instant)));
}

/// Runs the streams of one connection.
#[derive(Clone)]
pub struct StreamExecutor {
    /// Where the tasks belong.
    pub tasks: Tasks,
    /// Where the streams are counted.
    pub activity: Arc<Activity>,
}

impl<F> hyper::rt::Executor<F> for StreamExecutor
where
    F: Future<Output = ()> + Send + 'static,
{
    fn execute(&self, stream: F) {
        let counted = self.activity.stream();
        let task = async move {
            END_BY.scope(Cell::new(None), until_end(stream)).await;
            drop(counted);
        };
        drop(self.tasks.spawn("rpc", TaskKind::Attached, task));
    }
}

/// Drops `stream` when its time is over, which resets it. The timer is made only for a stream that is still not done
/// after it said when it must be: most are.
async fn until_end(stream: impl Future<Output = ()>) {
    let mut stream = pin!(stream);
    let mut timer: Option<Pin<Box<Sleep>>> = None;
    poll_fn(|context| {
        if stream.as_mut().poll(context).is_ready() {
            return Poll::Ready(());
        }
        let end_by = END_BY.with(Cell::get);
        match (&mut timer, end_by) {
            (Some(timer), Some(end_by)) if timer.deadline() != end_by => timer.as_mut().reset(end_by),
            (None, Some(end_by)) => timer = Some(Box::pin(sleep_until(end_by))),
            _ => {}
        }
        timer.as_mut().map_or(Poll::Pending, |timer| timer.as_mut().poll(context))
    })
    .await;
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;
    use std::future::pending;
    use std::time::Duration;

    #[tokio::test]
    async fn a_stream_whose_answer_is_not_taken_is_dropped() {
        let begun = Instant::now();
        let stream = async {
            end_answer_by(Instant::now() + Duration::from_millis(20));
            pending::<()>().await;
        };
        END_BY.scope(Cell::new(None), until_end(stream)).await;
        assert!(begun.elapsed().as_millis() >= 20);
    }

    #[tokio::test]
    async fn a_stream_that_ends_is_not_held() {
        let stream = async { end_answer_by(Instant::now() + Duration::from_secs(10)) };
        assert!(END_BY.scope(Cell::new(None), until_end(stream)).now_or_never().is_some());
    }
}
