//! One call: name to address, connection, request, answer, all within one time limit that begins with its turn.

use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, StatusCode, Uri};
use http_body_util::Full;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, ServerName};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::{self, ClientConfig, RootCertStore};

use super::destinations::{Destinations, port};
use super::turns::Turns;
use crate::domain::ids::AccountId;

/// A connection takes no longer.
const CONNECT: Duration = Duration::from_secs(3);
/// Bytes of the head of an answer at most; what comes behind it is not read.
const HEAD: usize = 16 * 1024;
/// Characters of a reason that are kept.
const LONGEST_REASON: usize = 200;

/// What is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// Where to.
    pub url: String,
    /// The same however often it is sent.
    pub id: String,
    /// When it is sent, in seconds.
    pub moment: i64,
    /// Signatures.
    pub signatures: String,
    /// JSON.
    pub body: String,
}

/// Why a call was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It may be taken later; after this time, where the receiver says so.
    #[error("{0}")]
    Later(String, Option<Duration>),
    /// It will never be taken.
    #[error("{0}")]
    Never(String),
    /// It was not sent: the account has as many calls of this host under way as it may have.
    #[error("the account calls this host often enough now")]
    NotSent,
}

/// Calls receivers.
#[derive(Clone)]
pub struct WebhookCaller {
    destinations: Arc<Destinations>,
    tls: TlsConnector,
    turns: Turns,
    whole: Duration,
}

impl std::fmt::Debug for WebhookCaller {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("WebhookCaller")
    }
}

impl WebhookCaller {
    /// Trusts the public authorities, and those in `ca` (PEM). A call takes no longer than `whole`, from the name to the head
    /// of the answer, which is less than the lease of its job (T-31).
    ///
    /// # Errors
    /// What TLS says, in words.
    pub fn new(destinations: Arc<Destinations>, ca: Option<&[u8]>, whole: Duration) -> Result<Self, String> {
        let mut roots = RootCertStore::empty();
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        let public = roots.len();
        for certificate in ca.into_iter().flat_map(CertificateDer::pem_slice_iter) {
            let certificate = certificate.map_err(|error| format!("webhooks.ca: {error:?}"))?;
            roots.add(certificate).map_err(|error| format!("webhooks.ca: {error}"))?;
        }
        if ca.is_some() && roots.len() == public {
            return Err("webhooks.ca: has no certificate in it".to_owned());
        }
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self { destinations, tls: TlsConnector::from(Arc::new(config)), turns: Turns::default(), whole })
    }

    /// Sends a letter of an account within the lease of its job, when its host has a turn for one. A turn is waited for no
    /// longer than half of the time that a whole call leaves of the lease. Returns when it was taken.
    ///
    /// # Errors
    /// [`Fault`]; a redirect is one for ever.
    pub async fn send(&self, account: &AccountId, letter: &Letter, lease: Duration) -> Result<(), Fault> {
        let uri = self.destinations.check(&letter.url).map_err(|why| Fault::Never(format!("the URL {why}")))?;
        let patience = (lease.saturating_sub(self.whole) / 2).min(self.whole);
        let turn = self.turns.take(account, uri.host().unwrap_or_default(), patience).await;
        let _turn = turn.ok_or(Fault::NotSent)?;
        match timeout(self.whole, self.exchange(&uri, letter)).await {
            Ok(done) => done,
            Err(_) => Err(Fault::Later(format!("no answer within {:?}", self.whole), None)),
        }
    }

    async fn exchange(&self, uri: &Uri, letter: &Letter) -> Result<(), Fault> {
        let stream = self.connect(uri).await?;
        if uri.scheme_str() == Some("http") {
            return ask(stream, uri, letter).await;
        }
        let host = uri.host().unwrap_or_default().trim_matches(['[', ']']).to_owned();
        let name = ServerName::try_from(host).map_err(|_| Fault::Never("the host has no name".to_owned()))?;
        let secure = self.tls.connect(name, stream).await.map_err(|error| later(&error))?;
        ask(secure, uri, letter).await
    }

    /// Connects to the first address that may be called and answers.
    async fn connect(&self, uri: &Uri) -> Result<TcpStream, Fault> {
        let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
        let found = lookup_host((host, port(uri))).await.map_err(|error| later(&error))?;
        let mut last = Fault::Never("the host has no address that may be called".to_owned());
        for address in found.filter(|address: &SocketAddr| self.destinations.admits(address.ip(), uri)) {
            match timeout(CONNECT, TcpStream::connect(address)).await {
                Ok(Ok(stream)) => return Ok(stream),
                Ok(Err(error)) => last = later(&error),
                Err(_) => last = Fault::Later("no connection within 3 seconds".to_owned(), None),
            }
        }
        Err(last)
    }
}

async fn ask(stream: impl AsyncRead + AsyncWrite + Unpin, uri: &Uri, letter: &Letter) -> Result<(), Fault> {
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let host = uri.authority().map(ToString::to_string).unwrap_or_default();
    let request = Request::builder()
        .method(Method::POST)
        .uri(path)
        .header("host", host)
        .header("user-agent", "helpdesk")
        .header("content-type", "application/json")
        .header("webhook-id", &letter.id)
        .header("webhook-timestamp", letter.moment)
        .header("webhook-signature", &letter.signatures)
        .header("connection", "close")
        .body(Full::new(Bytes::from(letter.body.clone())))
        .map_err(|_| Fault::Never("the request cannot be written".to_owned()))?;
    let shaken = http1::Builder::new().max_buf_size(HEAD).handshake(TokioIo::new(stream)).await;
    let (mut sender, connection) = shaken.map_err(|error| later(&error))?;
    let mut answer = pin!(sender.send_request(request));
    let answer = tokio::select! {
        biased;
        answer = &mut answer => answer,
        // It may end with the answer still to be picked up.
        _ = connection => answer.await,
    };
    let answer = answer.map_err(|error| later(&error))?;
    judge(answer.status(), answer.headers().get("retry-after").and_then(|value| value.to_str().ok()))
}

/// Taken is 2xx. What is asked for wrongly stays so; 429 and what the receiver is to blame for may pass.
fn judge(status: StatusCode, retry_after: Option<&str>) -> Result<(), Fault> {
    let said = format!("the receiver answered {}", status.as_u16());
    let wait = retry_after.and_then(|text| text.trim().parse().ok()).map(Duration::from_secs);
    match status.as_u16() {
        200..=299 => Ok(()),
        408 | 425 | 429 | 500..=599 => Err(Fault::Later(said, wait)),
        _ => Err(Fault::Never(said)),
    }
}

/// What went wrong on the way, in words: of the system the kind alone, of TLS what it says of the certificate.
fn later(error: &(dyn std::error::Error + 'static)) -> Fault {
    let system = error.downcast_ref::<io::Error>();
    let tls = system.and_then(io::Error::get_ref).and_then(|inner| inner.downcast_ref::<rustls::Error>());
    let text = match (tls, system) {
        (Some(tls), _) => tls.to_string(),
        (None, Some(system)) => system.kind().to_string(),
        (None, None) => error.to_string(),
    };
    Fault::Later(text.chars().take(LONGEST_REASON).collect(), None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::webhook::network;

    #[test]
    fn answers_are_taken_tried_again_or_given_up() {
        let again = |status: u16| match judge(StatusCode::from_u16(status).expect("a status"), Some("7")) {
            Ok(()) => "taken",
            Err(Fault::Later(_, wait)) => {
                assert_eq!(wait, Some(Duration::from_secs(7)));
                "later"
            }
            Err(Fault::Never(_)) => "never",
            Err(Fault::NotSent) => "not sent",
        };
        let found = [200, 204, 301, 302, 307, 400, 404, 410, 429, 500, 503].map(again);
        let never = ["never"; 6];
        assert_eq!(found[..2], ["taken"; 2]);
        assert_eq!(found[2..8], never);
        assert_eq!(found[8..], ["later"; 3]);
    }

    #[tokio::test]
    async fn a_call_without_a_turn_is_not_sent() {
        let second = Duration::from_secs(1);
        let destinations = Destinations::new(network("127.0.0.1").into_iter().collect());
        let caller = WebhookCaller::new(Arc::new(destinations), None, second).expect("a caller");
        let (acme, rival) = (AccountId::stored("acme"), AccountId::stored("rival"));
        let (id, signatures, body) = ("id".to_owned(), "v1,".to_owned(), "{}".to_owned());
        // Nobody listens there.
        let letter = Letter { url: "http://127.0.0.1:1/".to_owned(), id, moment: 1, signatures, body };
        let mut taken = Vec::new();
        while let Some(turn) = caller.turns.take(&acme, "127.0.0.1", Duration::ZERO).await {
            taken.push(turn);
        }
        assert_eq!(caller.send(&acme, &letter, second).await, Err(Fault::NotSent));
        assert!(matches!(caller.send(&rival, &letter, second).await, Err(Fault::Later(..))), "it has turns of its own");
        drop(taken);
        assert!(matches!(caller.send(&acme, &letter, second).await, Err(Fault::Later(..))));
    }

    #[test]
    fn a_file_of_authorities_has_some() {
        let with = |ca: &str| WebhookCaller::new(Arc::default(), Some(ca.as_bytes()), Duration::from_secs(1)).err();
        assert_eq!(with("no certificate").as_deref(), Some("webhooks.ca: has no certificate in it"));
        let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        assert!(with(broken).is_some_and(|why| why.starts_with("webhooks.ca: ")));
    }
}
