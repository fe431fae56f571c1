//! Calls by path, with bytes for messages: for tests that go through every method there is.

use std::time::Duration;

use helpdesk::grpc::status::reason;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::metadata::MetadataValue;
use tonic::transport::Channel;
use tonic::{Request, Status};

/// Messages as they are.
#[derive(Clone, Copy, Default)]
struct Bytes;

impl Codec for Bytes {
    type Encode = Vec<u8>;
    type Decode = Vec<u8>;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Bytes {
    type Item = Vec<u8>;
    type Error = Status;

    fn encode(&mut self, item: Vec<u8>, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        bytes::BufMut::put_slice(buffer, &item);
        Ok(())
    }
}

impl Decoder for Bytes {
    type Item = Vec<u8>;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<Vec<u8>>, Status> {
        let length = bytes::Buf::remaining(buffer);
        Ok(Some(bytes::Buf::copy_to_bytes(buffer, length).to_vec()))
    }
}

/// Calls `path` with `message`; the first message of the answer, or why not.
pub async fn call(channel: &Channel, path: &str, credential: &str, message: Vec<u8>) -> Result<Vec<u8>, Status> {
    first(channel, path, credential, vec![message], None).await?.ok_or_else(|| Status::unknown("no answer"))
}

/// Calls `path` with a stream of messages; the first message of the answer, if one comes within `patience`.
pub async fn first(
    channel: &Channel,
    path: &str,
    credential: &str,
    messages: Vec<Vec<u8>>,
    patience: Option<Duration>,
) -> Result<Option<Vec<u8>>, Status> {
    let mut client = tonic::client::Grpc::new(channel.clone());
    client.ready().await.map_err(|error| Status::unknown(error.to_string()))?;
    let mut request = Request::new(tokio_stream::iter(messages));
    if !credential.is_empty() {
        let value = MetadataValue::try_from(format!("Bearer {credential}")).expect("a plain credential");
        request.metadata_mut().insert("authorization", value);
    }
    let path = path.parse().expect("a path");
    let mut answers = client.streaming(request, path, Bytes).await?.into_inner();
    match patience {
        None => answers.message().await,
        Some(patience) => tokio::time::timeout(patience, answers.message()).await.unwrap_or(Ok(None)),
    }
}

/// The reason of a refusal, or `OK`.
pub async fn reason_of(channel: &Channel, path: &str, credential: &str) -> String {
    match call(channel, path, credential, Vec::new()).await {
        Ok(_) => "OK".to_owned(),
        Err(status) => reason(&status).unwrap_or_else(|| format!("{status:?}")),
    }
}
