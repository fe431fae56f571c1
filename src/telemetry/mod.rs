//! Logs, traces and metrics: `tracing` inside, OpenTelemetry and Prometheus outside.
//!
//! Logs are text or JSON lines on standard error. With an OTLP endpoint, traces, metrics and logs are also sent there;
//! credentials of the endpoint come from the standard variable `OTEL_EXPORTER_OTLP_HEADERS`. The same meters feed the
//! Prometheus page. Nothing that a customer wrote and no token may be put into a span, a log line or a label (T-38).

mod export;
mod logs;
mod meters;
mod page;
pub mod propagation;

use std::time::Duration;

use opentelemetry_sdk::logs::SdkLoggerProvider;
use opentelemetry_sdk::metrics::SdkMeterProvider;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing::Subscriber;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::settings::TelemetrySettings;

pub use export::Identity;
pub use meters::{CallLabels, Meters};
pub use page::{BoundPage, MetricsPage};

/// Why telemetry cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The log filter of the settings cannot be read.
    #[error("telemetry.log: {0}")]
    Filter(#[from] tracing_subscriber::filter::ParseError),
    /// The OTLP exporter or the Prometheus page cannot be built.
    #[error("telemetry: {0}")]
    Export(String),
    /// The authority of the OTLP endpoint cannot be read.
    #[error("telemetry.otlp_ca: cannot read {}: {source}", path.display())]
    Authority {
        /// Which file.
        path: std::path::PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// Another part of the process already takes the log lines.
    #[error("logging is already set up in this process")]
    AlreadySet,
}

/// What keeps telemetry running. Shut it down last, after the server has drained.
#[must_use = "spans and metrics of the last seconds are lost without a shutdown"]
pub struct TelemetryGuard {
    providers: Providers,
    meters: Meters,
    page: Option<MetricsPage>,
    flush: Duration,
}

#[derive(Default)]
struct Providers {
    traces: Option<SdkTracerProvider>,
    metrics: Option<SdkMeterProvider>,
    logs: Option<SdkLoggerProvider>,
}

/// Sets up logging, traces and metrics for the whole process.
///
/// With an OTLP endpoint it must be called on the runtime, which then carries the connection.
///
/// # Errors
/// [`TelemetryError`]; nothing is set up then.
pub fn start(settings: &TelemetrySettings, identity: &Identity) -> Result<TelemetryGuard, TelemetryError> {
    let (subscriber, guard) = build(settings, identity, std::io::stderr)?;
    subscriber.try_init().map_err(|_| TelemetryError::AlreadySet)?;
    propagation::install();
    Ok(guard)
}

/// Everything of [`start`] except that nothing is made global: for tests and for several services in one process.
///
/// # Errors
/// As [`start`].
pub fn build<W>(
    settings: &TelemetrySettings,
    identity: &Identity,
    output: W,
) -> Result<(impl Subscriber + Send + Sync + use<W>, TelemetryGuard), TelemetryError>
where
    W: for<'a> tracing_subscriber::fmt::MakeWriter<'a> + Send + Sync + 'static,
{
    let export = export::Export::new(settings, identity)?;
    let subscriber = logs::subscriber(settings, output, export.traces.as_ref(), export.logs.as_ref())?;
    let meters = Meters::new(&export.metrics);
    let page = settings.metrics_listen.map(|listen| MetricsPage::new(listen, export.registry));
    let providers = Providers { traces: export.traces, metrics: Some(export.metrics), logs: export.logs };
    Ok((subscriber, TelemetryGuard { providers, meters, page, flush: settings.flush }))
}

impl TelemetryGuard {
    /// Telemetry that goes nowhere, for commands and tests that need none.
    pub fn quiet() -> Self {
        Self { providers: Providers::default(), meters: Meters::noop(), page: None, flush: Duration::ZERO }
    }

    /// The instruments; cheap to clone.
    pub fn meters(&self) -> Meters {
        self.meters.clone()
    }

    /// The Prometheus page, when the settings give it an address: bind it and serve it beside the gRPC service.
    pub fn metrics_page(&self) -> Option<MetricsPage> {
        self.page.clone()
    }

    /// Sends what is left, for at most `telemetry.flush`, on a thread of its own: the exporters block, and a blocked
    /// runtime could not carry their last message. Returns whether all was sent in time.
    pub async fn shutdown(self) -> bool {
        if self.providers.are_none() {
            return true;
        }
        let (done, all_sent) = tokio::sync::oneshot::channel();
        let (providers, limit) = (self.providers, self.flush);
        let thread = std::thread::Builder::new().name("telemetry-flush".to_owned());
        let started = thread.spawn(move || {
            let _ = done.send(providers.shutdown(limit));
        });
        started.is_ok() && matches!(tokio::time::timeout(limit, all_sent).await, Ok(Ok(true)))
    }
}

impl Providers {
    fn are_none(&self) -> bool {
        self.traces.is_none() && self.metrics.is_none() && self.logs.is_none()
    }

    /// Shuts all exporters down; says whether each of them sent what it had.
    fn shutdown(self, limit: Duration) -> bool {
        let traces = self.traces.is_none_or(|traces| traces.shutdown_with_timeout(limit).is_ok());
        let metrics = self.metrics.is_none_or(|metrics| metrics.shutdown_with_timeout(limit).is_ok());
        let logs = self.logs.is_none_or(|logs| logs.shutdown_with_timeout(limit).is_ok());
        traces && metrics && logs
    }
}

#[cfg(test)]
mod tests;
