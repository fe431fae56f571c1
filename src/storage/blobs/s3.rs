//! Blobs as objects of an S3-compatible store.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use object_store::aws::AmazonS3Builder;
use object_store::{BackoffConfig, ObjectStore, RetryConfig};

use super::failed;
use super::wire::Wires;
use crate::settings::Secret;
use crate::storage::StoreError;

/// Wait before the first retry of a request, and the longest.
const WAITS: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(2));

/// Where the store is, and with which keys.
#[derive(Debug, Clone)]
pub struct S3Options {
    /// The bucket, which is there.
    pub bucket: String,
    /// `https://` or `http://` with a host; none: the one of AWS in the region.
    pub endpoint: Option<String>,
    /// The region that requests are signed for.
    pub region: String,
    /// The bucket is part of the host's name rather than of the path.
    pub virtual_hosted: bool,
    /// The access key's id.
    pub access_key_id: Secret,
    /// The access key's secret.
    pub secret_access_key: Secret,
    /// PEM file with the authority of the store's certificate; none: the public ones.
    pub ca: Option<std::path::PathBuf>,
    /// Time of one request.
    pub request: Duration,
    /// Further tries of a request that failed on the way.
    pub retries: usize,
}

/// The bucket behind the options; nothing is sent yet.
pub(super) fn open(options: &S3Options) -> Result<Arc<dyn ObjectStore>, StoreError> {
    let wires = Wires::new(options.ca.as_deref().map(read).transpose()?.as_deref(), options.request)?;
    let retry = RetryConfig {
        backoff: BackoffConfig { init_backoff: WAITS.0, max_backoff: WAITS.1, base: 2.0 },
        max_retries: options.retries,
        retry_timeout: options.request * u32::try_from(options.retries + 1).unwrap_or(u32::MAX),
    };
    let mut builder = AmazonS3Builder::new()
        .with_bucket_name(&options.bucket)
        .with_region(&options.region)
        .with_access_key_id(options.access_key_id.expose())
        .with_secret_access_key(options.secret_access_key.expose())
        .with_virtual_hosted_style_request(options.virtual_hosted)
        .with_allow_http(true)
        .with_retry(retry)
        .with_http_connector(wires);
    if let Some(endpoint) = &options.endpoint {
        builder = builder.with_endpoint(endpoint);
    }
    Ok(Arc::new(builder.build().map_err(failed)?))
}

fn read(path: &Path) -> Result<Vec<u8>, StoreError> {
    std::fs::read(path).map_err(|error| failed(format!("cannot read {}: {error}", path.display())))
}
