//! The bytes of a file on their way out, block by block; the caller's rights are looked at again before each.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt;
use tokio::time::{Interval, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use super::{Files, raw, read};
use crate::domain::attachment::{AttachmentFile, FileKind};
use crate::domain::ids::{AccountId, AttachmentId};
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::domain::time::Timestamp;
use crate::service::grant::Grant;
use crate::service::{Service, callers};

/// Bytes that are read at once.
const BLOCK: u64 = 1 << 20;
/// Bytes of one answer.
const CHUNK: usize = 64 * 1024;
/// Rights are looked at again at least this often.
const RIGHTS_AGE: Duration = Duration::from_secs(1);

/// What ends a download from outside.
#[derive(Debug)]
pub struct DownloadEnds {
    /// When the caller's credential ends, and the download with it.
    pub credential: Option<Timestamp>,
    /// Cancelled when the stream has to end.
    pub stream: CancellationToken,
}

/// A file on its way out.
#[derive(Debug)]
pub struct Download {
    service: Service,
    files: Arc<Files>,
    grant: Grant,
    account: AccountId,
    file: AttachmentFile,
    /// The bytes, where they had to be taken out of a mail.
    whole: Option<Bytes>,
    /// What is still to be read.
    rest: Range<u64>,
    /// What was read and not yet given.
    block: Bytes,
    pace: Interval,
    ends: DownloadEnds,
}

impl Download {
    /// The bytes of a file from `offset`, at most `limit` of them; 0 is all.
    ///
    /// # Errors
    /// [`Rejection::NotFound`], [`Rejection::StandingTooLow`]; a field fault for an offset beyond the end.
    pub async fn open(
        service: &Service,
        grant: Grant,
        id: AttachmentId,
        (offset, limit): (u64, u64),
        ends: DownloadEnds,
    ) -> Result<Self, Rejection> {
        let file = read::readable(service, &grant, id).await?;
        let size = u64::try_from(file.size_bytes).unwrap_or(0);
        if offset > size {
            return Err(Rejection::field("offset_bytes", "OUT_OF_RANGE", "is beyond the end of the file"));
        }
        let end = if limit == 0 { size } else { size.min(offset.saturating_add(limit)) };
        let mut pace = interval(RIGHTS_AGE);
        pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
        pace.reset();
        let account = grant.account()?.clone();
        let files = service.files()?.clone();
        let whole = match file.kind {
            FileKind::Part => Some(raw::part(&files, &account, &file).await?),
            FileKind::Upload | FileKind::Raw => None,
        };
        let (service, block) = (service.clone(), Bytes::new());
        Ok(Self { service, files, grant, account, file, whole, rest: offset..end, block, pace, ends })
    }

    /// What is known of the file.
    pub fn file(&self) -> &AttachmentFile {
        &self.file
    }

    /// The next bytes; none at the end.
    ///
    /// # Errors
    /// When the caller lost the right to read it, the stream has to end, or the bytes cannot be read.
    pub async fn next(&mut self) -> Option<Result<Bytes, Rejection>> {
        if self.block.is_empty() && self.rest.is_empty() {
            return None;
        }
        Some(self.step().await)
    }

    async fn step(&mut self) -> Result<Bytes, Rejection> {
        if self.ends.stream.is_cancelled() {
            return Err(Rejection::Draining);
        }
        let late = self.pace.tick().now_or_never().is_some();
        if self.block.is_empty() {
            self.judge().await?;
            self.block = self.read().await?;
        } else if late {
            self.judge().await?;
        }
        let size = self.block.len().min(CHUNK);
        Ok(self.block.split_to(size))
    }

    /// Looks again at what the caller may read.
    async fn judge(&mut self) -> Result<(), Rejection> {
        if self.ends.credential.is_some_and(|end| end <= self.service.clock.now()) {
            return Err(Rejection::CredentialInvalid);
        }
        self.grant = callers::judge_anew(&self.service, &self.grant).await?;
        read::readable(&self.service, &self.grant, self.file.id).await.map(drop)
    }

    async fn read(&mut self) -> Result<Bytes, Rejection> {
        let range = self.rest.start..self.rest.end.min(self.rest.start + BLOCK);
        let size = range.end - range.start;
        let bytes = if let Some(whole) = &self.whole {
            slice(whole, &range)
        } else {
            let read = self.files.blobs.read(&self.account, self.file.blob, range.clone()).await;
            read.map_err(|error| error.rejection())?
        };
        let bytes = bytes.filter(|bytes| bytes.len() as u64 == size).ok_or_else(|| lost(&self.account, &self.file))?;
        self.rest.start = range.end;
        Ok(bytes)
    }
}

fn slice(whole: &Bytes, range: &Range<u64>) -> Option<Bytes> {
    let at = |place: u64| usize::try_from(place).ok().filter(|place| *place <= whole.len());
    Some(whole.slice(at(range.start)?..at(range.end)?))
}

/// The bytes are not where the row says.
pub(super) fn lost(account: &AccountId, file: &AttachmentFile) -> Rejection {
    let attachment = Name::Attachment(file.id).within(account);
    tracing::error!(attachment, "the bytes of a file are not there");
    Rejection::AttachmentLost { attachment }
}
