//! `AttachmentService`.

use futures_util::StreamExt;
use futures_util::stream::{BoxStream, unfold};
use prost::Message as _;
use tokio::time::timeout;
use tonic::{Request, Response, Status, Streaming};

use crate::domain::attachment::AttachmentFile;
use crate::domain::rejection::Rejection;
use crate::grpc::call::{CallDeadline, CredentialEnd, Front, Reply, grant_of};
use crate::grpc::convert::{attachment as convert, name};
use crate::grpc::pb::v1::{self, attachment_service_server::AttachmentService};
use crate::grpc::pb::v1::{download_attachment_response as down, upload_attachment_request as up};
use crate::grpc::server::StreamEnd;
use crate::grpc::validation::checked;
use crate::service::files::{self, AddFile, Download, DownloadEnds, Upload};
use crate::service::grant::Grant;
use crate::service::{Answer, Encoder, WriteCall};

/// A file on its way out.
type Chunks = BoxStream<'static, Result<v1::DownloadAttachmentResponse, Status>>;

#[tonic::async_trait]
impl AttachmentService for Front {
    async fn upload_attachment(
        &self,
        request: Request<Streaming<v1::UploadAttachmentRequest>>,
    ) -> Reply<v1::UploadAttachmentResponse> {
        let grant = grant_of(&request)?;
        let deadline = request.extensions().get::<CallDeadline>().map(|deadline| deadline.0);
        let mut coming = Coming { idle: self.service.files()?.options.idle, stream: request.into_inner() };
        let header = coming.header().await?;
        let mut upload = Upload::begin(&self.service, &grant, convert::new_file(&grant, &header)?).await?;
        while let Some(chunk) = coming.chunk().await? {
            upload.take(chunk).await?;
        }
        let added = upload.end().await?;
        let request = (!header.request_id.is_empty()).then(|| request_of(&header, &added));
        let call = WriteCall { request, validate_only: false, deadline };
        self.add(&grant, call, added).await.map(Response::new)
    }

    async fn get_attachment(&self, request: Request<v1::GetAttachmentRequest>) -> Reply<v1::GetAttachmentResponse> {
        self.read(request, async |grant, request| {
            let id = name::attachment(&grant, "name", &request.name)?;
            let file = files::get(&self.service, &grant, id).await?;
            Ok(v1::GetAttachmentResponse { attachment: Some(self.shown(&grant, &file)?) })
        })
        .await
    }

    type DownloadAttachmentStream = Chunks;

    async fn download_attachment(&self, request: Request<v1::DownloadAttachmentRequest>) -> Reply<Chunks> {
        let grant = grant_of(&request)?;
        let extensions = request.extensions();
        let credential = extensions.get::<CredentialEnd>().map(|end| end.0);
        let stream = extensions.get::<StreamEnd>().map(|end| end.0.clone()).unwrap_or_default();
        let asked = checked(request.into_inner())?;
        let id = name::attachment(&grant, "name", &asked.name)?;
        let size = |bytes: i64| u64::try_from(bytes).unwrap_or(0);
        let range = (size(asked.offset_bytes), size(asked.limit_bytes));
        let ends = DownloadEnds { credential, stream };
        let download = Download::open(&self.service, grant.clone(), id, range, ends).await?;
        let first = down::Part::Attachment(self.shown(&grant, download.file())?);
        let first = futures_util::stream::iter([Ok(v1::DownloadAttachmentResponse { part: Some(first) })]);
        Ok(Response::new(first.chain(chunks(download)).boxed()))
    }

    async fn delete_attachment(
        &self,
        request: Request<v1::DeleteAttachmentRequest>,
    ) -> Reply<v1::DeleteAttachmentResponse> {
        let respond = |_: &Grant, ()| v1::DeleteAttachmentResponse { mutation: None };
        self.write(request, |grant, request| convert::delete(grant, &request), respond).await
    }
}

/// The messages of an upload.
struct Coming {
    stream: Streaming<v1::UploadAttachmentRequest>,
    idle: std::time::Duration,
}

impl Coming {
    async fn header(&mut self) -> Result<v1::UploadHeader, Status> {
        match self.next().await? {
            Some(up::Part::Header(header)) => Ok(header),
            _ => Err(Rejection::field("header", "REQUIRED", "must come first").into()),
        }
    }

    async fn chunk(&mut self) -> Result<Option<bytes::Bytes>, Status> {
        match self.next().await? {
            Some(up::Part::Chunk(chunk)) => Ok(Some(chunk.into())),
            Some(up::Part::Header(_)) => Err(Rejection::field("header", "NOT_ALLOWED", "comes once").into()),
            None => Ok(None),
        }
    }

    /// The next part; none at the end of the stream.
    async fn next(&mut self) -> Result<Option<up::Part>, Status> {
        let message = timeout(self.idle, self.stream.message()).await.map_err(|_| Rejection::UploadStalled)??;
        let Some(message) = message else { return Ok(None) };
        let part = checked(message)?.part;
        part.map(Some).ok_or_else(|| Rejection::field("part", "REQUIRED", "must be a header or a chunk").into())
    }
}

fn chunks(download: Download) -> Chunks {
    unfold(Some(download), async |download| {
        let mut download = download?;
        match download.next().await? {
            Ok(chunk) => {
                let part = Some(down::Part::Chunk(chunk.into()));
                Some((Ok(v1::DownloadAttachmentResponse { part }), Some(download)))
            }
            Err(rejection) => Some((Err(rejection.into()), None)),
        }
    })
    .boxed()
}

/// The request id of an upload with the hash of what was announced and what came.
fn request_of(header: &v1::UploadHeader, added: &AddFile) -> (String, Vec<u8>) {
    let said = v1::UploadHeader { request_id: String::new(), ..header.clone() };
    let mut bytes = said.encode_to_vec();
    bytes.extend_from_slice(added.sha256.as_bytes());
    (header.request_id.to_lowercase(), crate::grpc::contract::calls::hash_of(&bytes).to_vec())
}

impl Front {
    fn shown(&self, grant: &Grant, file: &AttachmentFile) -> Result<v1::Attachment, Rejection> {
        Ok(convert::attachment(grant.account()?, file, &self.service.files()?.options.denied))
    }

    /// Makes kept bytes a file, and lets go of them where they do not become one.
    async fn add(
        &self,
        grant: &Grant,
        call: WriteCall,
        added: AddFile,
    ) -> Result<v1::UploadAttachmentResponse, Status> {
        let (front, held, bytes) = (self.clone(), grant.clone(), added.bytes());
        let encoder = Encoder {
            respond: Box::new(move |file: AttachmentFile, _| {
                let attachment = front.shown(&held, &file).ok();
                v1::UploadAttachmentResponse { attachment, replayed: false }
            }),
            store: Box::new(|response: &v1::UploadAttachmentResponse| response.encode_to_vec()),
        };
        match self.service.write(grant, call, added, encoder).await {
            Ok(Answer::Fresh(response)) => Ok(response),
            Ok(Answer::Replayed(stored)) => {
                bytes.discard();
                let broken = |_| Status::from(Rejection::Internal("a stored answer does not decode".to_owned()));
                let response = v1::UploadAttachmentResponse::decode(stored.as_slice()).map_err(broken)?;
                Ok(v1::UploadAttachmentResponse { replayed: true, ..response })
            }
            Err(rejection) => {
                // Stored or not, nobody knows: the sweep finds out.
                if !matches!(rejection, Rejection::StorageUnavailable { unknown: true } | Rejection::Internal(_)) {
                    bytes.discard();
                }
                Err(rejection.into())
            }
        }
    }
}
