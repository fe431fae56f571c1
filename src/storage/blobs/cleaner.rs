//! Taking away what writers left: dropping a value cannot wait for a store, so a task of the service does.

use std::sync::Arc;

use object_store::buffered::BufWriter;
use object_store::path::Path;
use object_store::{Error, ObjectStore, ObjectStoreExt};
use tokio::sync::mpsc::UnboundedReceiver;

/// What nobody wants any more.
#[derive(Debug)]
pub(super) enum Leftover {
    /// A blob that was begun.
    Begun(Box<BufWriter>),
    /// A whole one that no row names.
    Blob(Path),
}

/// The task that takes them away.
#[derive(Debug)]
pub struct Cleaner {
    store: Arc<dyn ObjectStore>,
    queue: UnboundedReceiver<Leftover>,
}

impl Cleaner {
    pub(super) fn new(store: Arc<dyn ObjectStore>, queue: UnboundedReceiver<Leftover>) -> Self {
        Self { store, queue }
    }

    /// Works until nobody can leave anything any more.
    pub async fn run(mut self) {
        while let Some(leftover) = self.queue.recv().await {
            let done = match leftover {
                Leftover::Begun(mut writer) => writer.abort().await,
                Leftover::Blob(path) => self.store.delete(&path).await,
            };
            if let Err(error) = done
                && !matches!(error, Error::NotFound { .. })
            {
                tracing::warn!(%error, "an unfinished file stays until it is swept");
            }
        }
    }
}
