//! The HTTP client under the S3 store: hyper and rustls as the rest of the service has them, with a time limit.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::Uri;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::{Connected, Connection};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use object_store::ClientOptions;
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpRequestBody, HttpResponse, HttpResponseBody,
    HttpService,
};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, ServerName};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use super::failed;
use crate::storage::StoreError;

/// Connections that wait for their next request are closed after this; stores close theirs after about as long.
const IDLE: Duration = Duration::from_secs(15);

/// Makes connections to the store.
#[derive(Clone)]
pub(super) struct Wires {
    tls: TlsConnector,
    request: Duration,
}

impl std::fmt::Debug for Wires {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Wires")
    }
}

impl Wires {
    /// Trusts the authority in `ca`, or the public ones; `request` bounds a request up to its first byte of answer, and
    /// each piece of the answer.
    ///
    /// # Errors
    /// [`StoreError::Files`] for an authority that does not read.
    pub fn new(ca: Option<&[u8]>, request: Duration) -> Result<Self, StoreError> {
        let mut roots = RootCertStore::empty();
        match ca {
            Some(pem) => {
                for certificate in CertificateDer::pem_slice_iter(pem) {
                    roots.add(certificate.map_err(|error| failed(format!("{error:?}")))?).map_err(failed)?;
                }
            }
            None => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
        }
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(failed)?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self { tls: TlsConnector::from(Arc::new(config)), request })
    }
}

impl HttpConnector for Wires {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        let client = Client::builder(TokioExecutor::new())
            .pool_idle_timeout(IDLE)
            .pool_timer(TokioTimer::new())
            .build(self.clone());
        Ok(HttpClient::new(Speaker { client, request: self.request }))
    }
}

#[derive(Debug)]
struct Speaker {
    client: Client<Wires, HttpRequestBody>,
    request: Duration,
}

#[async_trait::async_trait]
impl HttpService for Speaker {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let answer = timeout(self.request, self.client.request(request)).await.map_err(|_| late())?;
        let answer = answer.map_err(|error| {
            let kind = if error.is_connect() { HttpErrorKind::Connect } else { HttpErrorKind::Request };
            HttpError::new(kind, error)
        })?;
        // The whole answer at once: a block of a file or a page of names, and so one time limit covers it.
        let (parts, body) = answer.into_parts();
        let bytes = timeout(self.request, collected(body)).await.map_err(|_| late())??;
        let body = http_body_util::Full::new(bytes).map_err(|never| match never {});
        Ok(HttpResponse::from_parts(parts, HttpResponseBody::new(body)))
    }
}

async fn collected(body: Incoming) -> Result<Bytes, HttpError> {
    let whole = body.collect().await.map_err(|error| HttpError::new(HttpErrorKind::Interrupted, error))?;
    Ok(whole.to_bytes())
}

fn late() -> HttpError {
    HttpError::new(HttpErrorKind::Timeout, io::Error::from(io::ErrorKind::TimedOut))
}

impl tower::Service<Uri> for Wires {
    type Response = Wire;
    type Error = io::Error;
    type Future = BoxFuture<'static, io::Result<Wire>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, to: Uri) -> Self::Future {
        Box::pin(dial(self.tls.clone(), to))
    }
}

async fn dial(tls: TlsConnector, to: Uri) -> io::Result<Wire> {
    let wrong = |text: &str| io::Error::new(io::ErrorKind::InvalidInput, text.to_owned());
    let secure = to.scheme_str() == Some("https");
    let host = to.host().ok_or_else(|| wrong("a store without host"))?.trim_matches(['[', ']']).to_owned();
    let port = to.port_u16().unwrap_or(if secure { 443 } else { 80 });
    let plain = TcpStream::connect((host.as_str(), port)).await?;
    plain.set_nodelay(true)?;
    if !secure {
        return Ok(Wire(TokioIo::new(Box::new(plain))));
    }
    let name = ServerName::try_from(host).map_err(|_| wrong("a store whose host has no name"))?;
    Ok(Wire(TokioIo::new(Box::new(tls.connect(name, plain).await?))))
}

trait Both: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Both for T {}

/// A connection, with TLS or without.
pub(super) struct Wire(TokioIo<Box<dyn Both>>);

impl Connection for Wire {
    fn connected(&self) -> Connected {
        Connected::new()
    }
}

impl Read for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, buffer)
    }
}

impl Write for Wire {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}
