//! Files: uploaded before something names them, and come with mails; downloaded by whoever may read what has them.

mod download;
mod outgoing;
mod raw;
mod read;
mod remove;
mod sweep;
mod upload;
mod used;

pub use download::{Download, DownloadEnds};
pub use outgoing::outgoing;
pub use raw::{KeptRaw, RawMail, keep_raw, uploaded_raw};
pub use read::get;
pub use remove::{DeleteFile, RemoveFiles};
pub(in crate::service) use remove::{forget_conversations, remove};
pub use sweep::{delete_blobs, forget_files, sweep_files};
pub use upload::{AddFile, NewFile, Parent, Upload};
pub use used::NamedFiles;
pub(in crate::service) use used::{Carrier, Owner, give, let_go};

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;

use crate::domain::attachment::DeniedTypes;
use crate::storage::Blobs;

/// Kind of the job that deletes bytes. Its payload is a list of their ids.
pub const DELETE_BLOBS: &str = "delete_blobs";
/// Kind of the job that deletes the files of conversations that are gone. Its payload is a list of these.
pub const FORGET_FILES: &str = "forget_files";

/// Large mails that are taken apart at the same time: each is in memory as a whole.
const LARGE_MAILS: usize = 4;

/// What files may be, and how long they wait.
#[derive(Debug, Clone)]
pub struct FileOptions {
    /// Bytes of one file.
    pub max_size: u64,
    /// Bytes of all files of one message, comment or draft.
    pub together: u64,
    /// Files of one caller that wait for something to use them.
    pub waiting: usize,
    /// So long they wait.
    pub keep: Duration,
    /// Uploads at the same time.
    pub uploads: usize,
    /// An upload on which nothing comes for so long is given up.
    pub idle: Duration,
    /// What is refused.
    pub denied: DeniedTypes,
}

/// What holds for the files of one message, comment or draft.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileRules {
    /// Bytes of all together.
    pub together: u64,
    /// So long those wait that a draft lets go of.
    pub keep: Duration,
}

impl Default for FileRules {
    fn default() -> Self {
        Self { together: 25 << 20, keep: Duration::from_hours(24) }
    }
}

impl Default for FileOptions {
    fn default() -> Self {
        let FileRules { together, keep } = FileRules::default();
        let idle = Duration::from_secs(30);
        Self { max_size: together, together, waiting: 100, keep, uploads: 16, idle, denied: DeniedTypes::default() }
    }
}

impl FileOptions {
    /// What holds for the files of one message, comment or draft.
    pub fn rules(&self) -> FileRules {
        FileRules { together: self.together, keep: self.keep }
    }
}

/// Where the bytes are, and what files may be.
#[derive(Debug)]
pub struct Files {
    /// The bytes.
    pub blobs: Blobs,
    /// What files may be.
    pub options: FileOptions,
    uploads: Arc<Semaphore>,
    large_mails: Semaphore,
}

impl Files {
    /// Files in `blobs`.
    pub fn new(blobs: Blobs, options: FileOptions) -> Self {
        let uploads = Arc::new(Semaphore::new(options.uploads));
        Self { blobs, options, uploads, large_mails: Semaphore::new(LARGE_MAILS) }
    }
}
