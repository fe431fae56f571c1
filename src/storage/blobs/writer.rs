//! Writing a blob piece by piece.

use std::sync::Arc;

use bytes::Bytes;
use object_store::ObjectStore;
use object_store::buffered::BufWriter;
use object_store::path::Path;
use tokio::io::AsyncWriteExt;
use tokio::sync::mpsc::UnboundedSender;

use super::cleaner::Leftover;
use super::{failed, step};
use crate::storage::StoreError;

/// Bytes held in memory for one writer before they are sent on; the smallest part that S3 takes.
const PART: usize = 5 * 1024 * 1024;

/// A blob that is being written. Dropped before [`BlobWriter::finish`], it leaves nothing behind.
#[derive(Debug)]
pub struct BlobWriter {
    /// Nothing once it is finished.
    writer: Option<BufWriter>,
    path: Path,
    /// What happens to it from here on cannot be taken back, only deleted.
    finishing: bool,
    leftovers: UnboundedSender<Leftover>,
}

impl BlobWriter {
    pub(super) fn new(store: Arc<dyn ObjectStore>, path: Path, leftovers: UnboundedSender<Leftover>) -> Self {
        // One part under way while the next one gathers.
        let writer = BufWriter::with_capacity(store, path.clone(), PART).with_max_concurrency(1);
        Self { writer: Some(writer), path, finishing: false, leftovers }
    }

    /// Adds bytes.
    ///
    /// # Errors
    /// [`StoreError::Files`] when the place refuses them.
    pub async fn write(&mut self, bytes: Bytes) -> Result<(), StoreError> {
        match &mut self.writer {
            Some(writer) => step(writer.put(bytes)).await,
            None => Err(failed("written to after its end")),
        }
    }

    /// Makes the blob appear, whole.
    ///
    /// # Errors
    /// [`StoreError::Files`] when the place refuses it; then there is nothing.
    pub async fn finish(mut self) -> Result<(), StoreError> {
        self.finishing = true;
        let Some(writer) = &mut self.writer else { return Ok(()) };
        let done = tokio::time::timeout(super::STEP, writer.shutdown()).await;
        done.map_err(|_| super::late())?.map_err(failed)?;
        self.writer = None;
        Ok(())
    }
}

impl Drop for BlobWriter {
    fn drop(&mut self) {
        if let Some(writer) = self.writer.take() {
            let leftover =
                if self.finishing { Leftover::Blob(self.path.clone()) } else { Leftover::Begun(Box::new(writer)) };
            // Without anybody who listens the service ends; see the notes on S3 in docs/operating.md.
            let _ = self.leftovers.send(leftover);
        }
    }
}
