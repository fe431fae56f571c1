//! TLS and mutual TLS, and certificates that change while the server runs.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::crypto::{CryptoProvider, ring};
use tokio_rustls::rustls::server::{ClientHello, ResolvesServerCert, VerifierBuilderError, WebPkiClientVerifier};
use tokio_rustls::rustls::sign::CertifiedKey;
use tokio_rustls::rustls::{self, RootCertStore, ServerConfig};

use crate::settings::TlsSettings;

/// The one protocol that is offered (RFC 7301, RFC 9113).
const ALPN: &[u8] = b"h2";

/// Why a certificate or a key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error("{path}: {source}")]
    File {
        /// Which one.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is not PEM, or holds something else.
    #[error("{what}: {source}")]
    Pem {
        /// Certificate, key or client authority.
        what: &'static str,
        /// Why.
        source: rustls_pki_types::pem::Error,
    },
    /// A PEM text without a certificate.
    #[error("{0}: there is no certificate in it")]
    Empty(&'static str),
    /// The key does not belong to the certificate, or either is of a kind that is not supported.
    #[error("certificate and key: {0}")]
    Pair(rustls::Error),
    /// The certificates of the client authority cannot be used.
    #[error("client authority: {0}")]
    ClientAuthority(rustls::Error),
    /// No verifier can be made of them.
    #[error("client authority: {0}")]
    Verifier(#[from] VerifierBuilderError),
    /// The protocol versions cannot be configured.
    #[error("TLS: {0}")]
    Versions(rustls::Error),
}

/// The certificate that new connections get. Connections that are open keep the one they began with.
#[derive(Debug)]
pub struct CertificateSlot(RwLock<Arc<CertifiedKey>>);

impl CertificateSlot {
    /// A certificate chain, leaf first, and its key, both PEM.
    ///
    /// # Errors
    /// [`TlsError`] when they cannot be read or do not belong together.
    pub fn new(certificate_pem: &[u8], key_pem: &[u8]) -> Result<Arc<Self>, TlsError> {
        Ok(Arc::new(Self(RwLock::new(certified(certificate_pem, key_pem)?))))
    }

    /// Takes a new certificate and key; the old ones stay when these are no good.
    ///
    /// # Errors
    /// As [`CertificateSlot::new`].
    pub fn replace(&self, certificate_pem: &[u8], key_pem: &[u8]) -> Result<(), TlsError> {
        let fresh = certified(certificate_pem, key_pem)?;
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        Ok(())
    }
}

impl ResolvesServerCert for CertificateSlot {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner)))
    }
}

/// A configuration for a certificate that stays. With a client authority (PEM), clients must show a certificate of it.
///
/// # Errors
/// [`TlsError`], which says what cannot be used.
pub fn tls_config(
    certificate_pem: &[u8],
    key_pem: &[u8],
    client_ca_pem: Option<&[u8]>,
) -> Result<ServerConfig, TlsError> {
    tls_config_of(CertificateSlot::new(certificate_pem, key_pem)?, client_ca_pem)
}

/// The same for a certificate that may be replaced in its slot.
///
/// # Errors
/// [`TlsError`], which says what cannot be used.
pub fn tls_config_of(slot: Arc<CertificateSlot>, client_ca_pem: Option<&[u8]>) -> Result<ServerConfig, TlsError> {
    let builder = ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(TlsError::Versions)?;
    let builder = match client_ca_pem {
        Some(pem) => {
            let roots = Arc::new(authorities(pem)?);
            builder.with_client_cert_verifier(WebPkiClientVerifier::builder_with_provider(roots, provider()).build()?)
        }
        None => builder.with_no_client_auth(),
    };
    let mut config = builder.with_cert_resolver(slot);
    config.alpn_protocols = vec![ALPN.to_vec()];
    Ok(config)
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

fn certified(certificate_pem: &[u8], key_pem: &[u8]) -> Result<Arc<CertifiedKey>, TlsError> {
    let chain = certificates(certificate_pem, "certificate")?;
    let key = PrivateKeyDer::from_pem_slice(key_pem).map_err(|source| TlsError::Pem { what: "key", source })?;
    CertifiedKey::from_der(chain, key, &provider()).map(Arc::new).map_err(TlsError::Pair)
}

fn authorities(pem: &[u8]) -> Result<RootCertStore, TlsError> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(pem, "client authority")? {
        roots.add(certificate).map_err(TlsError::ClientAuthority)?;
    }
    Ok(roots)
}

fn certificates(pem: &[u8], what: &'static str) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let found: Vec<_> = CertificateDer::pem_slice_iter(pem)
        .collect::<Result<_, _>>()
        .map_err(|source| TlsError::Pem { what, source })?;
    if found.is_empty() { Err(TlsError::Empty(what)) } else { Ok(found) }
}

/// The files that a certificate comes from.
#[derive(Debug, Clone)]
pub struct CertificateFiles {
    /// The chain, leaf first, PEM.
    pub certificate: PathBuf,
    /// Its key, PEM.
    pub key: PathBuf,
}

impl CertificateFiles {
    /// Reads them.
    ///
    /// # Errors
    /// [`TlsError`] when they cannot be read or do not belong together.
    pub fn load(&self) -> Result<Arc<CertificateSlot>, TlsError> {
        CertificateSlot::new(&read(&self.certificate)?, &read(&self.key)?)
    }
}

/// How often the files of a certificate are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// Takes over the files of a certificate whenever they are written again. Files that are no good, perhaps half-written,
/// change nothing and are looked at again.
#[derive(Debug)]
pub struct CertificateWatch {
    files: CertificateFiles,
    slot: Arc<CertificateSlot>,
    every: Duration,
}

impl CertificateWatch {
    /// Looks at `files` for `slot`, every ten seconds.
    pub fn new(files: CertificateFiles, slot: Arc<CertificateSlot>) -> Self {
        Self { files, slot, every: LOOK_EVERY }
    }

    /// Looks as often as that.
    #[must_use]
    pub fn every(mut self, interval: Duration) -> Self {
        self.every = interval;
        self
    }

    /// Watches. Never returns: a background task.
    pub async fn follow(self) {
        let mut known = self.written();
        loop {
            tokio::time::sleep(self.every).await;
            let written = self.written();
            if written != known && self.reload() {
                known = written;
            }
        }
    }

    fn reload(&self) -> bool {
        let CertificateFiles { certificate, key } = &self.files;
        let reloaded = read(certificate).and_then(|chain| self.slot.replace(&chain, &read(key)?));
        match &reloaded {
            Ok(()) => tracing::info!(certificate = %certificate.display(), "took a new TLS certificate"),
            Err(error) => tracing::warn!(%error, "the new TLS certificate is no good; the old one stays"),
        }
        reloaded.is_ok()
    }

    fn written(&self) -> [Option<SystemTime>; 2] {
        let CertificateFiles { certificate, key } = &self.files;
        [certificate, key].map(|path| std::fs::metadata(path).and_then(|file| file.modified()).ok())
    }
}

/// TLS as `[server.tls]` says, with the watch over its files; nothing where it says nothing.
///
/// # Errors
/// [`TlsError`], which names the file that cannot be used.
pub fn tls_of(settings: &TlsSettings) -> Result<Option<(ServerConfig, CertificateWatch)>, TlsError> {
    let (Some(certificate), Some(key)) = (&settings.cert, &settings.key) else { return Ok(None) };
    let files = CertificateFiles { certificate: certificate.clone(), key: key.clone() };
    let slot = files.load()?;
    let client_ca = settings.client_ca.as_deref().map(read).transpose()?;
    let config = tls_config_of(Arc::clone(&slot), client_ca.as_deref())?;
    Ok(Some((config, CertificateWatch::new(files, slot))))
}

fn read(path: &Path) -> Result<Vec<u8>, TlsError> {
    std::fs::read(path).map_err(|source| TlsError::File { path: path.to_owned(), source })
}
