//! TLS, mutual TLS and certificates that change.

use std::sync::Arc;

use helpdesk::grpc::server::{CertificateFiles, CertificateSlot, EdgeLimits, tls_config, tls_config_of, tls_of};
use helpdesk::settings::TlsSettings;
use rcgen::{CertificateParams, CertifiedIssuer, KeyPair};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio::net::TcpStream;
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto::ring};
use tokio_rustls::{TlsConnector, client::TlsStream};
use tonic::Code;

use super::client::Client;
use super::raw::Raw;
use super::server::{Server, ms};

/// A certificate authority of its own for each test.
struct Authority(CertifiedIssuer<'static, KeyPair>);

/// A certificate and its key, PEM.
struct Identity {
    chain: String,
    key: String,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).expect("parameters");
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key");
        Self(CertifiedIssuer::self_signed(params, key).expect("an authority"))
    }

    fn pem(&self) -> String {
        self.0.pem()
    }

    fn identity(&self, name: &str) -> Identity {
        let key = KeyPair::generate().expect("a key");
        let params = CertificateParams::new(vec![name.to_owned()]).expect("parameters");
        let certificate = params.signed_by(&key, &self.0).expect("a certificate");
        Identity { chain: certificate.pem(), key: key.serialize_pem() }
    }

    fn client(&self, identity: Option<&Identity>) -> ClientConfig {
        let mut roots = RootCertStore::empty();
        roots.add(self.0.der().clone()).expect("an authority");
        let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("protocol versions")
            .with_root_certificates(roots);
        let mut config = match identity {
            None => builder.with_no_client_auth(),
            Some(identity) => {
                let chain = vec![CertificateDer::from_pem_slice(identity.chain.as_bytes()).expect("a certificate")];
                let key = PrivateKeyDer::from_pem_slice(identity.key.as_bytes()).expect("a key");
                builder.with_client_auth_cert(chain, key).expect("an identity")
            }
        };
        config.alpn_protocols = vec![b"h2".to_vec()];
        config
    }
}

async fn connect(server: &Server, config: ClientConfig) -> std::io::Result<TlsStream<TcpStream>> {
    let stream = TcpStream::connect(server.address).await?;
    let name = ServerName::try_from("edge.test").expect("a name");
    TlsConnector::from(Arc::new(config)).connect(name, stream).await
}

async fn client(server: &Server, config: ClientConfig) -> Client {
    let stream = connect(server, config).await.expect("a TLS connection");
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(b"h2".as_slice()));
    Client::over(stream, h2::client::Builder::new()).await
}

#[tokio::test]
async fn tls_is_spoken_and_plain_text_is_not() {
    let authority = Authority::new();
    let identity = authority.identity("edge.test");
    let config = tls_config(identity.chain.as_bytes(), identity.key.as_bytes(), None).expect("a configuration");
    let server = Server::built(|builder| builder.tls(Some(config))).await;
    assert_eq!(client(&server, authority.client(None)).await.call("Echo", "sealed").await.message(), "sealed");
    Raw::connect(server.address).await.until_closed().await;
}

#[tokio::test]
async fn mutual_tls_asks_for_a_certificate_and_shows_it_to_the_service() {
    let (authority, stranger) = (Authority::new(), Authority::new());
    let identity = authority.identity("edge.test");
    let (chain, key) = (identity.chain.as_bytes(), identity.key.as_bytes());
    let config = tls_config(chain, key, Some(authority.pem().as_bytes())).expect("a configuration");
    let server = Server::built(|builder| builder.tls(Some(config))).await;
    let known = authority.identity("adapter.test");
    let answer = client(&server, authority.client(Some(&known))).await.call("Peer", "").await;
    assert_eq!(answer.message(), "127.0.0.1 1");
    let unknown = stranger.identity("adapter.test");
    for config in [authority.client(None), authority.client(Some(&unknown))] {
        // With TLS 1.3 the client learns of the refusal when it first reads.
        let refused = match connect(&server, config).await {
            Err(_) => true,
            Ok(mut stream) => tokio::io::AsyncReadExt::read_u8(&mut stream).await.is_err(),
        };
        assert!(refused);
    }
}

#[tokio::test]
async fn a_new_certificate_is_taken_without_a_restart() {
    let (old, new) = (Authority::new(), Authority::new());
    let (before, after) = (old.identity("edge.test"), new.identity("edge.test"));
    let slot = CertificateSlot::new(before.chain.as_bytes(), before.key.as_bytes()).expect("a certificate");
    let config = tls_config_of(Arc::clone(&slot), None).expect("a configuration");
    let server = Server::built(|builder| builder.tls(Some(config))).await;
    let long_lived = client(&server, old.client(None)).await;
    slot.replace(after.chain.as_bytes(), before.key.as_bytes()).expect_err("the key is another's");
    assert!(connect(&server, new.client(None)).await.is_err(), "and changes nothing");
    slot.replace(after.chain.as_bytes(), after.key.as_bytes()).expect("a certificate");
    assert_eq!(client(&server, new.client(None)).await.call("Echo", "").await.code(), Code::Ok);
    assert_eq!(long_lived.call("Echo", "").await.code(), Code::Ok);
}

#[tokio::test]
async fn files_that_are_written_again_are_taken() {
    let authority = Authority::new();
    let folder = tempfile::tempdir().expect("a folder");
    let files = CertificateFiles { certificate: folder.path().join("chain.pem"), key: folder.path().join("key.pem") };
    files.load().expect_err("there is nothing yet");
    let write = |identity: &Identity| {
        std::fs::write(&files.certificate, &identity.chain).expect("a file");
        std::fs::write(&files.key, &identity.key).expect("a file");
    };
    write(&authority.identity("other.test"));
    let settings = TlsSettings { cert: Some(files.certificate.clone()), key: Some(files.key.clone()), client_ca: None };
    let (config, watch) = tls_of(&settings).expect("a certificate").expect("TLS is on");
    let server = Server::built(|builder| builder.tls(Some(config))).await;
    assert!(connect(&server, authority.client(None)).await.is_err(), "the name is another's");
    let following = tokio::spawn(watch.every(ms(5)).follow());
    let taken = async {
        // Written until it is noticed: the clock of a file system may be coarse.
        while connect(&server, authority.client(None)).await.is_err() {
            write(&authority.identity("edge.test"));
        }
    };
    tokio::time::timeout(super::server::PATIENCE, taken).await.expect("noticed in time");
    following.abort();
}

#[tokio::test]
async fn a_tls_handshake_that_does_not_come_is_not_waited_for() {
    let authority = Authority::new();
    let identity = authority.identity("edge.test");
    let config = tls_config(identity.chain.as_bytes(), identity.key.as_bytes(), None).expect("a configuration");
    let limits = EdgeLimits { preface: ms(30), ..EdgeLimits::default() };
    let server = Server::built(|builder| builder.limits(limits).tls(Some(config))).await;
    Raw::silent(server.address).await.until_closed().await;
}
