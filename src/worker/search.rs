//! Keeps the search index up to date (decision T4): woken by the commits of this replica, and by a slow look for those of
//! others.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::storage::Store;
use crate::storage::search::Follower;

/// How often the log is looked at when nothing of this replica commits: other replicas may have.
const POLL: Duration = Duration::from_millis(500);
/// How long commits gather before they are read: one turn for many of them. Together with [`POLL`] below a second.
const GATHER: Duration = Duration::from_millis(150);

/// Follows every account's log until `stop` is cancelled. A round that was begun is finished; it is short.
pub async fn follow(store: Store, stop: CancellationToken) {
    let mut commits = store.commits();
    let mut follower = Follower::new(store);
    while !stop.is_cancelled() {
        commits.mark_unchanged();
        let served = follower.round().await;
        if served.is_ok() && follower.is_behind() {
            continue;
        }
        if let Err(error) = served {
            tracing::warn!(%error, "the search index falls behind");
            stop.run_until_cancelled(tokio::time::sleep(POLL)).await;
            continue;
        }
        let woken = tokio::time::timeout(POLL, commits.changed());
        if let Some(Ok(_)) = stop.run_until_cancelled(woken).await {
            stop.run_until_cancelled(tokio::time::sleep(GATHER)).await;
        }
    }
}
