//! One connection from its acceptance to its end.

use std::convert::Infallible;
use std::future::{Future, pending};
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;

use hyper::body::Incoming;
use hyper::server::conn::http2;
use hyper_util::rt::{TokioIo, TokioTimer};
use rustls_pki_types::CertificateDer;
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep_until, timeout_at};
use tokio_rustls::TlsAcceptor;
use tonic::body::Body;

use super::activity::Activity;
use super::admission::Place;
use super::frames::FrameWatch;
use super::io::{WatchedWire, Wire};
use super::life::{Life, Verdict};
use super::limits::EdgeLimits;
use super::meter::EdgeMeter;
use super::stage::{Edge, Response};
use super::stream_task::StreamExecutor;
use crate::lifecycle::{Shutdown, Tasks};

/// Who is at the other end of a connection, an extension of each of its requests.
#[derive(Debug, Clone)]
pub struct Peer(Arc<PeerFacts>);

#[derive(Debug)]
struct PeerFacts {
    address: SocketAddr,
    connection: u64,
    certificates: Vec<CertificateDer<'static>>,
}

impl Peer {
    /// The address that the connection came from: a proxy's, if there is one in between.
    pub fn address(&self) -> SocketAddr {
        self.0.address
    }

    /// The number of the connection in this process: for limits per connection.
    pub fn connection(&self) -> u64 {
        self.0.connection
    }

    /// The client's certificate chain, leaf first; empty without mutual TLS.
    pub fn certificates(&self) -> &[CertificateDer<'static>] {
        &self.0.certificates
    }
}

/// What all connections of a server share.
pub struct Host {
    /// What answers the calls.
    pub edge: Edge,
    /// The limits.
    pub limits: EdgeLimits,
    /// TLS, unless a proxy does it.
    pub tls: Option<TlsAcceptor>,
    /// The end of the server.
    pub shutdown: Shutdown,
    /// The tasks of this server alone.
    pub tasks: Tasks,
    /// Who counts.
    pub meter: Arc<dyn EdgeMeter>,
}

/// A connection that was just accepted and has its place.
pub struct Accepted {
    /// The TCP connection.
    pub stream: TcpStream,
    /// Where it comes from.
    pub address: SocketAddr,
    /// Its number in this process.
    pub number: u64,
    /// Given back at its end.
    pub place: Place,
}

/// Serves one connection until its client leaves, its time is over, or the server ends.
pub async fn host_connection(host: Arc<Host>, accepted: Accepted) {
    let Accepted { stream, address, number, place } = accepted;
    let born = Instant::now();
    // Answers are small and must not wait for more to come. Failing costs time, not correctness.
    let _ = stream.set_nodelay(true);
    if let Some((wire, certificates)) = secure(&host, stream, born).await {
        let peer = Peer(Arc::new(PeerFacts { address, connection: number, certificates }));
        drive(&host, wire, peer, born).await;
    }
    drop(place);
}

type Secured = (Box<dyn Wire>, Vec<CertificateDer<'static>>);

/// Does the TLS handshake, in the time that there is for it.
async fn secure(host: &Host, stream: TcpStream, born: Instant) -> Option<Secured> {
    let Some(tls) = &host.tls else { return Some((Box::new(stream), Vec::new())) };
    let preface_by = born + host.limits.preface;
    let handshake = timeout_at(preface_by, tls.accept(stream));
    match host.shutdown.closing().run_until_cancelled(handshake).await? {
        Ok(Ok(stream)) => {
            let certificates = stream.get_ref().1.peer_certificates().unwrap_or_default().to_vec();
            Some((Box::new(stream), certificates))
        }
        Ok(Err(error)) => {
            tracing::debug!(%error, "TLS handshake failed");
            None
        }
        Err(_) => None,
    }
}

async fn drive(host: &Host, wire: Box<dyn Wire>, peer: Peer, born: Instant) {
    let activity = Arc::new(Activity::new(born));
    let mut life = Life::new(&host.limits, born, peer.connection());
    let watch = FrameWatch::new(host.limits.control_frames_per_second, born);
    let wire = WatchedWire::new(wire, watch, Arc::clone(&activity));
    let executor = StreamExecutor { tasks: host.tasks.clone(), activity: Arc::clone(&activity) };
    let calls = Calls { edge: host.edge.clone(), peer };
    let mut connection = pin!(http2_settings(executor, &host.limits).serve_connection(TokioIo::new(wire), calls));
    loop {
        let seen = activity.seen();
        let look_again = match life.judge(seen, Instant::now()) {
            Verdict::Cut => return,
            Verdict::SayGoodbye => {
                connection.as_mut().graceful_shutdown();
                life.said_goodbye(Instant::now());
                continue;
            }
            Verdict::LookAgain(instant) => Some(instant),
            Verdict::LeaveAlone => None,
        };
        tokio::select! {
            ended = connection.as_mut() => {
                if let Err(error) = ended {
                    tracing::debug!(%error, "connection failed");
                }
                return;
            },
            () = until(look_again) => {},
            () = activity.preface_came(), if !seen.spoke_http2 => {},
            () = host.shutdown.closing().cancelled(), if !life.is_leaving() => {
                connection.as_mut().graceful_shutdown();
                life.said_goodbye(Instant::now());
            },
        }
    }
}

async fn until(instant: Option<Instant>) {
    match instant {
        Some(instant) => sleep_until(instant).await,
        None => pending().await,
    }
}

/// Everything that HTTP/2 lets a server say, said: the library's defaults change with its releases, and tonic's own
/// server switches two of these off (reliability 0.2).
fn http2_settings(executor: StreamExecutor, limits: &EdgeLimits) -> http2::Builder<StreamExecutor> {
    let mut builder = http2::Builder::new(executor);
    builder
        .timer(TokioTimer::new())
        .max_concurrent_streams(limits.streams_per_connection)
        .max_local_error_reset_streams(limits.local_error_resets)
        .max_pending_accept_reset_streams(limits.pending_accept_resets)
        .max_header_list_size(limits.header_list)
        .initial_stream_window_size(limits.stream_window)
        .initial_connection_window_size(limits.connection_window)
        .max_send_buf_size(limits.send_buffer)
        .keep_alive_interval(limits.ping)
        .keep_alive_timeout(limits.ping_answer)
        // No gRPC client reads it.
        .auto_date_header(false);
    builder
}

/// Hands the calls of one connection to the edge.
struct Calls {
    edge: Edge,
    peer: Peer,
}

impl hyper::service::Service<http::Request<Incoming>> for Calls {
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn call(&self, request: http::Request<Incoming>) -> Self::Future {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(self.peer.clone());
        let answer = self.edge.answer(request);
        Box::pin(async move { Ok(answer.await) })
    }
}
