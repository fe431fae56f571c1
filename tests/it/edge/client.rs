//! A client that sends what it is told and shows all that comes back.

use std::net::SocketAddr;

use bytes::Bytes;
use h2::client::{ResponseFuture, SendRequest};
use h2::{RecvStream, SendStream};
use http::HeaderMap;
use prost::Message;
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tonic::{Code, Status};
use tonic_types::StatusExt;

use super::server::PATIENCE;

pub struct Client {
    requests: SendRequest<Bytes>,
    pub connection: JoinHandle<Result<(), h2::Error>>,
}

/// A call whose request may not be complete yet.
pub struct Open {
    pub body: SendStream<Bytes>,
    response: ResponseFuture,
}

/// Everything that came back.
#[derive(Debug)]
pub struct Answer {
    pub http: u16,
    pub headers: HeaderMap,
    pub body: Bytes,
    pub trailers: Option<HeaderMap>,
}

impl Client {
    pub async fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.expect("the server listens");
        Self::over(stream, h2::client::Builder::new()).await
    }

    pub async fn over<T>(stream: T, builder: h2::client::Builder) -> Self
    where
        T: tokio::io::AsyncRead + tokio::io::AsyncWrite + Send + Unpin + 'static,
    {
        let (requests, connection) = builder.handshake(stream).await.expect("an HTTP/2 connection");
        Self { requests, connection: tokio::spawn(connection) }
    }

    /// Begins a call to a method of the probe, with the usual headers.
    pub async fn open(&self, method: &str, headers: &[(&str, &str)]) -> Open {
        let request = http::Request::post(format!("http://edge/probe.Probe/{method}"))
            .header("content-type", "application/grpc")
            .header("te", "trailers");
        self.begin(headers.iter().fold(request, |request, (name, value)| request.header(*name, *value))).await
    }

    pub async fn begin(&self, request: http::request::Builder) -> Open {
        let mut requests = self.requests.clone().ready().await.expect("the connection takes calls");
        let request = request.body(()).expect("a request");
        let (response, body) = requests.send_request(request, false).expect("a stream");
        Open { body, response }
    }

    /// Calls a method of the probe with one message.
    pub async fn call(&self, method: &str, message: &str) -> Answer {
        self.call_with(method, &[], framed(message)).await
    }

    pub async fn call_with(&self, method: &str, headers: &[(&str, &str)], body: Bytes) -> Answer {
        self.open(method, headers).await.send(body).await
    }
}

impl Open {
    /// Sends the rest of the request and waits for the whole answer.
    pub async fn send(mut self, body: Bytes) -> Answer {
        // The server may refuse before it has read everything.
        let _ = self.body.send_data(body, true);
        self.answer().await
    }

    pub async fn answer(self) -> Answer {
        tokio::time::timeout(PATIENCE, self.begun()).await.expect("an answer in time").rest().await
    }

    /// Waits for the headers only.
    pub async fn begun(self) -> Begun {
        let response = self.response.await.expect("an answer");
        let (parts, body) = response.into_parts();
        Begun { parts, body, _keeps_the_stream: self.body }
    }

    /// Waits for the reset that comes instead of an answer, or in the middle of one.
    pub async fn reset(self) -> h2::Error {
        let response = tokio::time::timeout(PATIENCE, self.response).await.expect("in time");
        match response {
            Err(error) => error,
            Ok(response) => {
                let mut body = response.into_body();
                let ended = async {
                    while let Some(data) = body.data().await {
                        data?;
                    }
                    body.trailers().await
                };
                tokio::time::timeout(PATIENCE, ended).await.expect("in time").expect_err("a reset")
            }
        }
    }
}

/// An answer whose body is still coming.
pub struct Begun {
    parts: http::response::Parts,
    pub body: RecvStream,
    _keeps_the_stream: SendStream<Bytes>,
}

impl Begun {
    pub async fn rest(mut self) -> Answer {
        let read = async {
            let mut all = Vec::new();
            while let Some(data) = self.body.data().await {
                let data = data.expect("the body comes whole");
                let _ = self.body.flow_control().release_capacity(data.len());
                all.extend_from_slice(&data);
            }
            (all, self.body.trailers().await.expect("the stream ends well"))
        };
        let (body, trailers) = tokio::time::timeout(PATIENCE, read).await.expect("an end in time");
        Answer { http: self.parts.status.as_u16(), headers: self.parts.headers, body: body.into(), trailers }
    }
}

impl Answer {
    /// Where the status stands: in the trailers, or in the headers of an answer that has nothing else.
    pub fn status_headers(&self) -> &HeaderMap {
        self.trailers.as_ref().unwrap_or(&self.headers)
    }

    pub fn status(&self) -> Status {
        Status::from_header_map(self.status_headers()).expect("a gRPC status")
    }

    pub fn code(&self) -> Code {
        self.status().code()
    }

    /// Code and reason, after a check of what every refusal must have.
    pub fn refused(&self) -> (Code, String) {
        let status = self.status();
        let details = tonic_types::pb::Status::decode(status.details()).expect("google.rpc.Status");
        let count = |name: &str| details.details.iter().filter(|detail| detail.type_url.ends_with(name)).count();
        assert_eq!((count("google.rpc.ErrorInfo"), count("google.rpc.RequestInfo")), (1, 1), "{details:?}");
        assert_eq!((details.code, details.message.as_str()), (status.code() as i32, status.message()));
        let info = status.get_details_error_info().expect("an ErrorInfo");
        assert_eq!(info.domain, "helpdesk");
        let request_id = status.get_details_request_info().expect("a RequestInfo").request_id;
        assert_eq!(self.status_headers()["x-request-id"], request_id.as_str());
        (status.code(), info.reason)
    }

    /// One value of the error's metadata.
    pub fn metadata(&self, key: &str) -> String {
        let info = self.status().get_details_error_info().expect("an ErrorInfo");
        info.metadata.get(key).cloned().unwrap_or_default()
    }

    /// The first message.
    pub fn message(&self) -> String {
        String::decode(&self.body[5..]).expect("a message")
    }

    /// Everything that a client can read, as one text.
    pub fn all(&self) -> String {
        format!("{self:?} {:?} {}", self.status(), String::from_utf8_lossy(self.status().details()))
    }
}

/// A message as it travels: flag, length, protobuf.
pub fn framed(message: &str) -> Bytes {
    framed_bytes(&message.to_owned().encode_to_vec())
}

pub fn framed_bytes(message: &[u8]) -> Bytes {
    let length = u32::try_from(message.len()).expect("a small message");
    [[0].as_slice(), &length.to_be_bytes(), message].concat().into()
}
