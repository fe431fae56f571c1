//! Bytes that lie outside the database: files, and raw mails (C2). In a folder, or in an S3-compatible store.
//!
//! Each write is a blob of its own, under an id of the moment it was begun: `accounts/<account>/<first digits of the
//! id>/<id>`. Nothing is shared, so deleting one never takes another's bytes, and nobody can tell that somebody else has
//! the same file. A blob appears whole or not at all and is safe on the disk before a row names it. A blob without a row
//! is harmless: it is deleted at once where the writer can, else by a job that knows its age by its id.

mod cleaner;
mod s3;
mod wire;
mod writer;

pub use cleaner::Cleaner;
pub use s3::S3Options;
pub use writer::BlobWriter;

use std::fmt::Display;
use std::ops::Range;
use std::path::Path as FolderPath;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{Error, ObjectStore, ObjectStoreExt, PutPayload};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::time::timeout;
use uuid::Uuid;

use super::StoreError;
use crate::domain::ids::AccountId;
use crate::domain::time::Timestamp;
use crate::ids::Ids;
use cleaner::Leftover;

/// A step on the store that takes longer, retries included, has failed.
const STEP: Duration = Duration::from_secs(30);
/// Digits of an id that name its folder: 4 hours and 40 minutes of a version 7 id.
const FOLDER_DIGITS: usize = 6;
/// Bits of the milliseconds that are not in the name of a folder.
const FOLDER_BITS: u32 = 24;

/// The place of all blobs; clones share it.
#[derive(Debug, Clone)]
pub struct Blobs {
    store: Arc<dyn ObjectStore>,
    leftovers: UnboundedSender<Leftover>,
}

/// The blobs of one folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlobFolder {
    /// Its name: folders sort by time.
    pub name: String,
    /// The blobs in it.
    pub blobs: Vec<Uuid>,
}

impl Blobs {
    /// Blobs as files in `root`, which is made if it is missing. Replicas share it.
    ///
    /// # Errors
    /// [`StoreError::Files`] when the disk refuses.
    pub fn folder(root: &FolderPath) -> Result<(Self, Cleaner), StoreError> {
        std::fs::create_dir_all(root).map_err(|error| failed(format!("{}: {error}", root.display())))?;
        let files = LocalFileSystem::new_with_prefix(root).map_err(failed)?.with_fsync(true);
        Ok(Self::over(Arc::new(files)))
    }

    /// Blobs as objects of a bucket.
    ///
    /// # Errors
    /// [`StoreError::Files`] for options that cannot work.
    pub fn s3(options: &S3Options) -> Result<(Self, Cleaner), StoreError> {
        s3::open(options).map(Self::over)
    }

    fn over(store: Arc<dyn ObjectStore>) -> (Self, Cleaner) {
        let (leftovers, queue) = unbounded_channel();
        (Self { store: store.clone(), leftovers }, Cleaner::new(store, queue))
    }

    /// Tries the place out: writes, reads and deletes.
    ///
    /// # Errors
    /// [`StoreError::Files`] with what went wrong.
    pub async fn check(&self) -> Result<(), StoreError> {
        let path = Path::from(format!("check/{}", Ids::system().uuid(Timestamp::from_micros(0))));
        let said = Bytes::from_static(b"helpdesk");
        step(self.store.put(&path, PutPayload::from_bytes(said.clone()))).await?;
        let read = step(async { self.store.get(&path).await?.bytes().await }).await?;
        step(self.store.delete(&path)).await?;
        if read == said { Ok(()) } else { Err(failed("what was written does not read back")) }
    }

    /// Begins a new blob.
    pub fn writer(&self, account: &AccountId, id: Uuid) -> BlobWriter {
        BlobWriter::new(self.store.clone(), path(account, id), self.leftovers.clone())
    }

    /// Writes a whole blob.
    ///
    /// # Errors
    /// [`StoreError::Files`] when the place refuses; then there is nothing.
    pub async fn put(&self, account: &AccountId, id: Uuid, bytes: Bytes) -> Result<(), StoreError> {
        step(self.store.put(&path(account, id), PutPayload::from_bytes(bytes))).await.map(drop)
    }

    /// A stretch of a blob; none when there is no such blob.
    ///
    /// # Errors
    /// [`StoreError::Files`] when the place is away, or the blob ends before the stretch begins.
    pub async fn read(&self, account: &AccountId, id: Uuid, range: Range<u64>) -> Result<Option<Bytes>, StoreError> {
        let path = path(account, id);
        found(timeout(STEP, self.store.get_range(&path, range)).await)
    }

    /// A whole blob; none when there is no such blob.
    ///
    /// # Errors
    /// [`StoreError::Files`] when the place is away.
    pub async fn whole(&self, account: &AccountId, id: Uuid) -> Result<Option<Bytes>, StoreError> {
        let path = path(account, id);
        found(timeout(STEP, async { self.store.get(&path).await?.bytes().await }).await)
    }

    /// Deletes a blob; one that is not there is deleted already.
    ///
    /// # Errors
    /// [`StoreError::Files`] when the place is away.
    pub async fn delete(&self, account: &AccountId, id: Uuid) -> Result<(), StoreError> {
        let path = path(account, id);
        found(timeout(STEP, self.store.delete(&path)).await).map(drop)
    }

    /// Has a blob deleted soon that no row names.
    pub fn discard(&self, account: &AccountId, id: Uuid) {
        // Without anybody who listens the service ends, and the sweep finds the blob later.
        let _ = self.leftovers.send(Leftover::Blob(path(account, id)));
    }

    /// The folders of an account that come after `after`, oldest first, and in which no blob is younger than `before`.
    ///
    /// # Errors
    /// [`StoreError::Files`] when the place is away.
    pub async fn folders(
        &self,
        account: &AccountId,
        after: &str,
        before: Timestamp,
    ) -> Result<Vec<String>, StoreError> {
        let root = Path::from(format!("accounts/{account}"));
        let listed = step(self.store.list_with_delimiter(Some(&root))).await?;
        let names = listed.common_prefixes.iter().filter_map(|prefix| prefix.filename().map(str::to_owned));
        let mut names: Vec<String> =
            names.filter(|name| name.as_str() > after && end_of(name).is_some_and(|end| end <= before)).collect();
        names.sort_unstable();
        Ok(names)
    }

    /// The blobs of one folder of an account.
    ///
    /// # Errors
    /// [`StoreError::Files`] when the place is away.
    pub async fn in_folder(&self, account: &AccountId, folder: &str) -> Result<BlobFolder, StoreError> {
        let root = Path::from(format!("accounts/{account}/{folder}"));
        let listed = step(self.store.list_with_delimiter(Some(&root))).await?;
        let ids = listed.objects.iter().filter_map(|object| object.location.filename()?.parse().ok());
        Ok(BlobFolder { name: folder.to_owned(), blobs: ids.collect() })
    }
}

fn path(account: &AccountId, id: Uuid) -> Path {
    let id = id.hyphenated().to_string();
    Path::from(format!("accounts/{account}/{}/{id}", &id[..FOLDER_DIGITS]))
}

/// When the last id of a folder may have been made.
fn end_of(folder: &str) -> Option<Timestamp> {
    let number = i64::from_str_radix(folder, 16).ok().filter(|_| folder.len() == FOLDER_DIGITS)?;
    let millis = (number + 1).checked_shl(FOLDER_BITS)?;
    Some(Timestamp::from_micros(millis.checked_mul(1_000)?))
}

async fn step<T>(work: impl Future<Output = Result<T, Error>>) -> Result<T, StoreError> {
    timeout(STEP, work).await.map_err(|_| late())?.map_err(failed)
}

/// What is not there is none.
fn found<T>(done: Result<Result<T, Error>, tokio::time::error::Elapsed>) -> Result<Option<T>, StoreError> {
    match done {
        Ok(Ok(value)) => Ok(Some(value)),
        Ok(Err(Error::NotFound { .. })) => Ok(None),
        Ok(Err(error)) => Err(failed(error)),
        Err(_) => Err(late()),
    }
}

fn late() -> StoreError {
    failed("the place of files did not answer in time")
}

fn failed(error: impl Display) -> StoreError {
    StoreError::Files(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account() -> AccountId {
        AccountId::stored("acme")
    }

    fn made_at(seconds: i64) -> Uuid {
        Ids::seeded(1).uuid(Timestamp::from_micros(seconds * 1_000_000))
    }

    #[tokio::test]
    async fn a_blob_reads_back_in_parts_and_goes() {
        let place = tempfile::tempdir().expect("a folder");
        let (blobs, _cleaner) = Blobs::folder(&place.path().join("blobs")).expect("opens");
        blobs.check().await.expect("it works");
        let id = made_at(1_000_000);
        blobs.put(&account(), id, Bytes::from_static(b"hello")).await.expect("kept");
        assert_eq!(blobs.read(&account(), id, 1..3).await.expect("read").as_deref(), Some(&b"el"[..]));
        assert_eq!(blobs.whole(&account(), id).await.expect("read").as_deref(), Some(&b"hello"[..]));
        assert!(blobs.whole(&AccountId::stored("other"), id).await.expect("read").is_none());
        blobs.delete(&account(), id).await.expect("gone");
        blobs.delete(&account(), id).await.expect("gone already");
        assert!(blobs.read(&account(), id, 0..1).await.expect("read").is_none());
    }

    #[tokio::test]
    async fn a_writer_that_is_dropped_leaves_nothing() {
        let place = tempfile::tempdir().expect("a folder");
        let (blobs, cleaner) = Blobs::folder(place.path()).expect("opens");
        let mut writer = blobs.writer(&account(), made_at(1));
        // Large enough to have begun a file.
        for _ in 0..7 {
            writer.write(Bytes::from(vec![7; 1 << 20])).await.expect("written");
        }
        drop(writer);
        let mut kept = blobs.writer(&account(), made_at(2));
        kept.write(Bytes::from_static(b"small")).await.expect("written");
        kept.finish().await.expect("whole");
        drop(blobs.clone());
        drop(blobs);
        cleaner.run().await;
        let files = walk(place.path());
        assert_eq!(files.len(), 1, "{files:?}");
    }

    fn walk(folder: &FolderPath) -> Vec<std::path::PathBuf> {
        let entries = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
        entries.flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] }).collect()
    }

    #[tokio::test]
    async fn folders_are_found_by_their_age() {
        let place = tempfile::tempdir().expect("a folder");
        let (blobs, _cleaner) = Blobs::folder(place.path()).expect("opens");
        let (old, new) = (made_at(1_000_000), made_at(1_100_000));
        for id in [old, new] {
            blobs.put(&account(), id, Bytes::from_static(b"x")).await.expect("kept");
        }
        let time = |seconds: i64| Timestamp::from_micros(seconds * 1_000_000);
        assert!(blobs.folders(&account(), "", time(1_000_001)).await.expect("listed").is_empty());
        let found = blobs.folders(&account(), "", time(1_050_000)).await.expect("listed");
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(blobs.in_folder(&account(), &found[0]).await.expect("listed").blobs, [old]);
        assert_eq!(blobs.folders(&account(), &found[0], time(9_000_000)).await.expect("listed").len(), 1);
    }

    #[test]
    fn a_place_that_cannot_be_written_is_said() {
        let place = tempfile::tempdir().expect("a folder");
        std::fs::write(place.path().join("blobs"), "in the way").expect("written");
        let refused = Blobs::folder(&place.path().join("blobs"));
        assert!(matches!(refused, Err(StoreError::Files(_))), "{refused:?}");
    }
}
