//! Somebody who is called by webhooks, and what calls say.

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use aws_lc_rs::hmac::{HMAC_SHA256, Key, verify};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use helpdesk::grpc::pb::v1::{self, workflow_step::Kind};
use helpdesk::storage::jobs;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use crate::support::app::{self, App};
use crate::support::client::Client;
use crate::support::databases::TestDatabase;

/// What a receiver got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Got {
    pub headers: BTreeMap<String, String>,
    pub body: String,
}

/// Somebody who is called: answers as told, 200 when it was told nothing, and keeps everything.
pub struct Receiver {
    pub address: SocketAddr,
    got: Arc<Mutex<Vec<Got>>>,
    answers: Arc<Mutex<VecDeque<&'static str>>>,
    scheme: &'static str,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Receiver {
    pub async fn start(answers: &[&'static str]) -> Self {
        Self::listen(answers, None).await
    }

    /// The same over TLS.
    pub async fn start_secure(identity: &Identity) -> Self {
        Self::listen(&[], Some(identity.acceptor())).await
    }

    async fn listen(answers: &[&'static str], tls: Option<TlsAcceptor>) -> Self {
        let scheme = if tls.is_some() { "https" } else { "http" };
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let (got, answers) =
            (Arc::<Mutex<Vec<Got>>>::default(), Arc::new(Mutex::new(answers.iter().copied().collect())));
        let (taken, told): (_, Arc<Mutex<VecDeque<&'static str>>>) = (got.clone(), answers.clone());
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let answer = || told.lock().expect("no panic").pop_front().unwrap_or("200 OK");
                match &tls {
                    None => serve(stream, &taken, answer).await,
                    // Whoever does not trust it hangs up.
                    Some(tls) => match tls.accept(stream).await {
                        Ok(stream) => serve(stream, &taken, answer).await,
                        Err(_) => continue,
                    },
                };
            }
        });
        Self { address, got, answers, scheme, task }
    }

    pub fn url(&self) -> String {
        format!("{}://{}/hook?a=b", self.scheme, self.address)
    }

    /// Whether it gave every answer that it was told.
    pub fn told_all(&self) -> bool {
        self.answers.lock().expect("no panic").is_empty()
    }

    pub fn got(&self) -> Vec<Got> {
        self.got.lock().expect("no panic").clone()
    }
}

/// Takes one call, and answers it.
async fn serve(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    taken: &Mutex<Vec<Got>>,
    answer: impl FnOnce() -> &'static str,
) -> Option<()> {
    let got = read_call(&mut stream).await?;
    taken.lock().expect("no panic").push(got);
    let answer = format!("HTTP/1.1 {}\r\ncontent-length: 0\r\n\r\n", answer());
    stream.write_all(answer.as_bytes()).await.ok()?;
    stream.shutdown().await.ok()
}

/// A certificate that its holder signed itself, for one name.
pub struct Identity(rcgen::CertifiedKey<rcgen::KeyPair>);

impl Identity {
    pub fn of(name: &str) -> Self {
        Self(rcgen::generate_simple_self_signed(vec![name.to_owned()]).expect("a certificate"))
    }

    /// As an authority that is trusted.
    pub fn pem(&self) -> String {
        self.0.cert.pem()
    }

    fn acceptor(&self) -> TlsAcceptor {
        let key = PrivateKeyDer::Pkcs8(self.0.signing_key.serialize_der().into());
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("the usual versions")
            .with_no_client_auth()
            .with_single_cert(vec![self.0.cert.der().clone()], key)
            .expect("they belong together");
        TlsAcceptor::from(Arc::new(config))
    }
}

/// Reads one call.
pub async fn read_call(stream: &mut (impl AsyncRead + Unpin)) -> Option<Got> {
    let mut bytes = Vec::new();
    loop {
        let mut piece = [0_u8; 4_096];
        let read = stream.read(&mut piece).await.ok().filter(|read| *read > 0)?;
        bytes.extend_from_slice(&piece[..read]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let pair = |line: &str| line.split_once(": ").map(|(name, value)| (name.to_lowercase(), value.to_owned()));
        let headers: BTreeMap<String, String> = head.lines().skip(1).filter_map(pair).collect();
        if body.len() >= headers.get("content-length")?.parse().ok()? {
            return Some(Got { headers, body: body.to_owned() });
        }
    }
}

/// A service whose webhooks may call this machine.
pub async fn open(db: TestDatabase, set: &[(&str, &str)]) -> App {
    let set: Vec<_> = [("webhooks.allow", "127.0.0.1")].iter().chain(set).copied().collect();
    App::start_set(db, &set).await
}

/// A step that calls a URL.
pub fn call(url: &str) -> Kind {
    Kind::CallWebhook(v1::CallWebhookStep { url: url.to_owned() })
}

/// Gives the account a secret.
pub async fn rotate(caller: &Client) -> String {
    let request = v1::RotateWebhookSecretRequest { parent: app::account(), ..Default::default() };
    caller.workflows().rotate_webhook_secret(request).await.expect("rotated").into_inner().secret
}

/// Which of these secrets signed it.
pub fn signers(got: &Got, secrets: &[&String]) -> Vec<bool> {
    let header = |name: &str| got.headers.get(name).map(String::as_str).unwrap_or_default();
    let signed = format!("{}.{}.{}", header("webhook-id"), header("webhook-timestamp"), got.body);
    let signatures: Vec<Vec<u8>> = header("webhook-signature")
        .split(' ')
        .filter_map(|one| STANDARD.decode(one.strip_prefix("v1,")?).ok())
        .collect();
    let by = |secret: &&String| {
        let bytes = STANDARD.decode(secret.strip_prefix("whsec_").expect("a secret")).expect("base64");
        let key = Key::new(HMAC_SHA256, &bytes);
        signatures.iter().any(|signature| verify(&key, signed.as_bytes(), signature).is_ok())
    };
    secrets.iter().map(by).collect()
}

/// Moves time to where the next job is due.
pub async fn to_the_next_job(app: &App) {
    let next = jobs::next_due(&app.running().service.store).await.expect("answered").expect("a job");
    app.advance(next.since(app.now()));
}
