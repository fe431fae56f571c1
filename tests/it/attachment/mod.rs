//! AttachmentService, and what messages, comments, drafts and mails do with files.

mod delete_attachment;
mod download_attachment;
mod get_attachment;
mod mails;
mod s3;
mod sweeping;
mod upload_attachment;
mod uses;

use std::path::{Path, PathBuf};
use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use helpdesk::grpc::pb::v1::{self, download_attachment_response as down, upload_attachment_request as up};
use helpdesk::storage::dialect::hex;
use tonic::Status;

use crate::support::app::App;
use crate::support::client::Client;

/// Bytes of one chunk.
const CHUNK: usize = 64 * 1024;
/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// A file that is announced by its name alone.
pub fn header(parent: &str, filename: &str) -> v1::UploadHeader {
    v1::UploadHeader { parent: parent.to_owned(), filename: filename.to_owned(), ..Default::default() }
}

/// A message of an upload.
pub fn part(part: up::Part) -> v1::UploadAttachmentRequest {
    v1::UploadAttachmentRequest { part: Some(part) }
}

/// Uploads bytes.
pub async fn try_upload(
    caller: &Client,
    header: v1::UploadHeader,
    bytes: &[u8],
) -> Result<v1::UploadAttachmentResponse, Status> {
    let chunks = bytes.chunks(CHUNK).map(|chunk| part(up::Part::Chunk(chunk.to_vec())));
    let messages: Vec<_> = std::iter::once(part(up::Part::Header(header))).chain(chunks).collect();
    let answer = caller.attachments().upload_attachment(futures_util::stream::iter(messages)).await?;
    Ok(answer.into_inner())
}

/// Uploads bytes that are taken.
pub async fn upload(caller: &Client, header: v1::UploadHeader, bytes: &[u8]) -> v1::Attachment {
    try_upload(caller, header, bytes).await.expect("it is taken").attachment.expect("a file")
}

/// Downloads a stretch of a file.
pub async fn try_download(
    caller: &Client,
    name: &str,
    offset_bytes: i64,
    limit_bytes: i64,
) -> Result<(v1::Attachment, Vec<u8>), Status> {
    let request = v1::DownloadAttachmentRequest { name: name.to_owned(), offset_bytes, limit_bytes };
    let mut stream = caller.attachments().download_attachment(request).await?.into_inner();
    let (mut file, mut bytes) = (None, Vec::new());
    while let Some(message) = stream.message().await? {
        match message.part.expect("a part") {
            down::Part::Attachment(attachment) => file = Some(attachment),
            down::Part::Chunk(chunk) => {
                assert!(chunk.len() <= CHUNK, "a chunk of {} bytes", chunk.len());
                bytes.extend(chunk);
            }
        }
    }
    Ok((file.expect("the file comes first"), bytes))
}

/// Downloads a whole file.
pub async fn download(caller: &Client, name: &str) -> Vec<u8> {
    try_download(caller, name, 0, 0).await.expect("it is readable").1
}

/// Reads what is known of a file.
pub async fn try_get(caller: &Client, name: &str) -> Result<v1::Attachment, Status> {
    let request = v1::GetAttachmentRequest { name: name.to_owned() };
    Ok(caller.attachments().get_attachment(request).await?.into_inner().attachment.expect("a file"))
}

/// A file in the list of a message, comment or draft.
pub fn named(name: &str) -> v1::AttachmentInfo {
    v1::AttachmentInfo { name: name.to_owned(), ..Default::default() }
}

/// What a refusal says under a key.
pub fn detail(status: &Status, key: &str) -> Option<String> {
    use tonic_types::StatusExt;
    status.get_error_details().error_info().and_then(|info| info.metadata.get(key).cloned())
}

/// A number of bytes on the wire.
pub fn bytes(size: usize) -> i64 {
    i64::try_from(size).expect("a size")
}

/// SHA-256 in hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    hex(digest(&SHA256, bytes).as_ref())
}

/// So many bytes that are no kind of file.
pub fn noise(size: usize) -> Vec<u8> {
    (0..size).map(|at| u8::try_from((at * 7 + at / 251) % 251).unwrap_or(0)).collect()
}

/// The files below a folder.
pub fn walk(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths.flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] }).collect()
}

/// The bytes that the service keeps, finished or not.
pub fn kept(app: &App) -> Vec<PathBuf> {
    walk(&app.data_folder().join("blobs/accounts"))
}

/// Waits until something is so.
pub async fn until(mut so: impl FnMut() -> bool) {
    let waiting = async {
        while !so() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.expect("it comes to that");
}

/// A service with two agents and a ticket that came by mail: the ticket's conversation.
pub async fn desk(app: &App) -> String {
    app.agent("mia").await;
    app.agent("ben").await;
    app.channel("mail", v1::ChannelType::Email).await;
    app.arrives("mail", "1", "ann@x.example").await.conversations[0].clone()
}
