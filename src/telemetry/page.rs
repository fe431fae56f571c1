//! The Prometheus page: `GET /metrics` over HTTP/1 on a listener of its own, on loopback unless configured otherwise.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use prometheus::TextEncoder;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

/// Scrapes at the same time; a scraper needs one.
const CONNECTIONS: usize = 16;
/// A scrape, from the first byte of the request to the last of the answer, takes at most this.
const SCRAPE: Duration = Duration::from_secs(10);
/// Pause after an accept that failed, for example when file descriptors ran out.
const BACK_OFF: Duration = Duration::from_millis(200);
/// The text format of Prometheus, version 0.0.4.
const CONTENT_TYPE: HeaderValue = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");

/// The page, not yet listening.
#[derive(Clone)]
pub struct MetricsPage {
    listen: SocketAddr,
    registry: prometheus::Registry,
}

/// The page with its listener.
pub struct BoundPage {
    listener: TcpListener,
    registry: prometheus::Registry,
}

impl MetricsPage {
    pub(super) fn new(listen: SocketAddr, registry: prometheus::Registry) -> Self {
        Self { listen, registry }
    }

    /// Begins to listen.
    ///
    /// # Errors
    /// What the system says, with the address.
    pub async fn bind(self) -> io::Result<BoundPage> {
        let named = |error: io::Error| io::Error::new(error.kind(), format!("metrics on {}: {error}", self.listen));
        let listener = TcpListener::bind(self.listen).await.map_err(named)?;
        Ok(BoundPage { listener, registry: self.registry })
    }

    /// The page as it is now.
    ///
    /// # Errors
    /// A metric that cannot be written; names and labels are constants, so this is a mistake in the program.
    pub fn text(&self) -> Result<String, prometheus::Error> {
        TextEncoder::new().encode_to_string(&self.registry.gather())
    }
}

impl BoundPage {
    /// Where it listens, with the port that the system chose when none was asked for.
    ///
    /// # Errors
    /// What the system says.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves scrapes until `stop`. Connections run inside this future: dropping it ends them all.
    pub async fn serve(self, stop: CancellationToken) {
        let mut scrapes = FuturesUnordered::new();
        loop {
            let room = scrapes.len() < CONNECTIONS;
            tokio::select! {
                () = stop.cancelled() => return,
                Some(()) = scrapes.next() => {}
                accepted = self.listener.accept(), if room => match accepted {
                    Ok((stream, _)) => scrapes.push(scrape(stream, self.registry.clone())),
                    Err(error) => {
                        tracing::warn!(%error, "metrics page cannot accept");
                        tokio::time::sleep(BACK_OFF).await;
                    }
                },
            }
        }
    }
}

async fn scrape(stream: TcpStream, registry: prometheus::Registry) {
    let page = MetricsPage { listen: SocketAddr::from(([0; 4], 0)), registry };
    let service = service_fn(|request: Request<Incoming>| {
        let answer = answer(&page, request.method(), request.uri().path());
        async { Ok::<_, Infallible>(answer) }
    });
    let mut http = hyper::server::conn::http1::Builder::new();
    let http = http.timer(TokioTimer::new()).header_read_timeout(SCRAPE).keep_alive(false);
    // A scraper that breaks off is no event.
    let _ = tokio::time::timeout(SCRAPE, http.serve_connection(TokioIo::new(stream), service)).await;
}

fn answer(page: &MetricsPage, method: &Method, path: &str) -> Response<Full<Bytes>> {
    let (status, body) = match (method, path) {
        (&Method::GET | &Method::HEAD, "/metrics") => match page.text() {
            Ok(text) => (StatusCode::OK, text),
            Err(error) => {
                tracing::error!(%error, "metrics cannot be written");
                (StatusCode::INTERNAL_SERVER_ERROR, String::new())
            }
        },
        (_, "/metrics") => (StatusCode::METHOD_NOT_ALLOWED, String::new()),
        _ => (StatusCode::NOT_FOUND, String::new()),
    };
    let mut response = Response::new(Full::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, CONTENT_TYPE);
    response
}
