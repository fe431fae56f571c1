//! Raw mails as files (C2): named after their bytes, so that a mail that comes twice is kept once.
//!
//! `<data_dir>/mail/<first two letters of the SHA-256>/<SHA-256>`. A file appears whole or not at all, and is on the disk
//! before the message that names it is stored. A file without a message is harmless: the mail will come again.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use aws_lc_rs::digest::{SHA256, digest};

use super::StoreError;
use super::dialect::hex;
use crate::domain::time::Timestamp;
use crate::ids::Ids;

/// The folder of raw mails; replicas share it.
#[derive(Debug, Clone)]
pub struct MailFolder {
    root: PathBuf,
}

impl MailFolder {
    /// The folder `mail` in `data_dir`; made when the first mail comes.
    pub fn new(data_dir: &Path) -> Self {
        Self { root: data_dir.join("mail") }
    }

    /// Keeps `raw` and says its SHA-256 in lower-case hexadecimal. Keeping it again changes nothing.
    ///
    /// # Errors
    /// [`StoreError::Files`] when the disk refuses.
    pub async fn keep(&self, raw: Vec<u8>) -> Result<String, StoreError> {
        let folder = self.clone();
        blocking(move || folder.keep_now(&raw)).await
    }

    /// The mail with this SHA-256.
    ///
    /// # Errors
    /// [`StoreError::Files`] when it is not there or cannot be read.
    pub async fn read(&self, sha256: &str) -> Result<Vec<u8>, StoreError> {
        let path = self.place(sha256).1;
        blocking(move || fs::read(path)).await
    }

    fn keep_now(&self, raw: &[u8]) -> io::Result<String> {
        let name = hex(digest(&SHA256, raw).as_ref());
        let (folder, path) = self.place(&name);
        // The length guards against a file that a full disk cut short before this version wrote through drafts.
        if fs::metadata(&path).is_ok_and(|known| known.len() == raw.len() as u64) {
            return Ok(name);
        }
        if !folder.exists() {
            fs::create_dir_all(&folder)?;
            sync_folder(&self.root)?;
        }
        let draft = folder.join(format!(".{}", Ids::system().uuid(Timestamp::from_micros(0))));
        let written = write_through(&draft, raw).and_then(|()| fs::rename(&draft, &path));
        if let Err(error) = written {
            // What is left of the draft would only take space; the first error is the one to tell.
            let _ = fs::remove_file(&draft);
            return Err(error);
        }
        sync_folder(&folder)?;
        Ok(name)
    }

    fn place(&self, sha256: &str) -> (PathBuf, PathBuf) {
        let folder = self.root.join(sha256.get(..2).unwrap_or("00"));
        let path = folder.join(sha256);
        (folder, path)
    }
}

fn write_through(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create_new(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Makes a new name in `folder` survive a loss of power.
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> Result<T, StoreError> {
    let done = tokio::task::spawn_blocking(work).await.map_err(|_| StoreError::TimedOut)?;
    done.map_err(|error| StoreError::Files(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_mail_is_kept_once_and_reads_back() {
        let place = tempfile::tempdir().expect("a folder");
        let folder = MailFolder::new(place.path());
        let name = folder.keep(b"From: a@x.example\n\nhi".to_vec()).await.expect("kept");
        assert_eq!(folder.keep(b"From: a@x.example\n\nhi".to_vec()).await.expect("kept again"), name);
        assert_eq!(folder.read(&name).await.expect("there"), b"From: a@x.example\n\nhi");
        let files = fs::read_dir(place.path().join("mail").join(&name[..2])).expect("a folder").count();
        assert_eq!(files, 1, "no draft is left, no copy is made");
    }

    #[tokio::test]
    async fn a_folder_that_cannot_be_written_is_said() {
        let place = tempfile::tempdir().expect("a folder");
        fs::write(place.path().join("mail"), "in the way").expect("written");
        let refused = MailFolder::new(place.path()).keep(b"x".to_vec()).await;
        assert!(matches!(refused, Err(StoreError::Files(_))), "{refused:?}");
    }
}
