//! The OpenTelemetry providers: OTLP over gRPC when an endpoint is set, Prometheus always.

use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry_otlp::tonic_types::transport::{Certificate, ClientTlsConfig};
use opentelemetry_otlp::{
    ExporterBuildError, LogExporter, MetricExporter, SpanExporter, WithExportConfig, WithTonicConfig,
};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::logs::SdkLoggerProvider;
use opentelemetry_sdk::metrics::{MeterProviderBuilder, PeriodicReader, SdkMeterProvider};
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};

use super::TelemetryError;
use crate::settings::TelemetrySettings;

/// Which process the telemetry is about.
#[derive(Debug, Clone)]
pub struct Identity {
    /// A name that no other replica has: `service.instance.id`.
    pub instance: String,
    /// `development` or `production`: `deployment.environment.name`.
    pub environment: String,
}

/// The providers that the settings ask for.
pub(super) struct Export {
    pub(super) traces: Option<SdkTracerProvider>,
    pub(super) metrics: SdkMeterProvider,
    pub(super) logs: Option<SdkLoggerProvider>,
    pub(super) registry: prometheus::Registry,
}

impl Export {
    pub(super) fn new(settings: &TelemetrySettings, identity: &Identity) -> Result<Self, TelemetryError> {
        let resource = resource(identity);
        let registry = prometheus::Registry::new();
        let scrape = opentelemetry_prometheus::exporter()
            .with_registry(registry.clone())
            .scope_info_enabled(false)
            .build()
            .map_err(|error| TelemetryError::Export(error.to_string()))?;
        let metrics = SdkMeterProvider::builder().with_resource(resource.clone()).with_reader(scrape);
        if settings.otlp_endpoint.is_empty() {
            return Ok(Self { traces: None, metrics: metrics.build(), logs: None, registry });
        }
        let endpoint = Endpoint::new(settings)?;
        Ok(Self {
            traces: Some(endpoint.traces(settings.trace_sample, resource.clone())?),
            metrics: endpoint.metrics(metrics, settings.otlp_metrics_interval)?.build(),
            logs: Some(endpoint.logs(resource)?),
            registry,
        })
    }
}

/// Where OTLP goes.
struct Endpoint {
    url: String,
    timeout: Duration,
    tls: Option<ClientTlsConfig>,
}

impl Endpoint {
    fn new(settings: &TelemetrySettings) -> Result<Self, TelemetryError> {
        let url = settings.otlp_endpoint.clone();
        let tls = url.starts_with("https://").then(|| tls(settings)).transpose()?;
        Ok(Self { url, timeout: settings.otlp_timeout, tls })
    }

    fn traces(&self, share: f64, resource: Resource) -> Result<SdkTracerProvider, TelemetryError> {
        let exporter = self.configure(SpanExporter::builder().with_tonic()).build().map_err(not_built)?;
        // A caller that records its part of the trace wants ours as well, and the reverse.
        let sampler = Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(share)));
        let builder = SdkTracerProvider::builder().with_resource(resource).with_sampler(sampler);
        Ok(builder.with_batch_exporter(exporter).build())
    }

    fn metrics(&self, builder: MeterProviderBuilder, every: Duration) -> Result<MeterProviderBuilder, TelemetryError> {
        let exporter = self.configure(MetricExporter::builder().with_tonic()).build().map_err(not_built)?;
        Ok(builder.with_reader(PeriodicReader::builder(exporter).with_interval(every).build()))
    }

    fn logs(&self, resource: Resource) -> Result<SdkLoggerProvider, TelemetryError> {
        let exporter = self.configure(LogExporter::builder().with_tonic()).build().map_err(not_built)?;
        Ok(SdkLoggerProvider::builder().with_resource(resource).with_batch_exporter(exporter).build())
    }

    fn configure<B: WithExportConfig + WithTonicConfig>(&self, builder: B) -> B {
        let builder = builder.with_endpoint(self.url.clone()).with_timeout(self.timeout);
        match &self.tls {
            Some(tls) => builder.with_tls_config(tls.clone()),
            None => builder,
        }
    }
}

#[expect(clippy::needless_pass_by_value, reason = "goes into map_err")]
fn not_built(error: ExporterBuildError) -> TelemetryError {
    TelemetryError::Export(error.to_string())
}

fn tls(settings: &TelemetrySettings) -> Result<ClientTlsConfig, TelemetryError> {
    let Some(path) = &settings.otlp_ca else {
        return Err(TelemetryError::Export("an https:// endpoint needs telemetry.otlp_ca".to_owned()));
    };
    let pem = std::fs::read(path).map_err(|source| TelemetryError::Authority { path: path.clone(), source })?;
    Ok(ClientTlsConfig::new().ca_certificate(Certificate::from_pem(pem)))
}

/// What each message to the collector says about its sender; `OTEL_RESOURCE_ATTRIBUTES` adds to it.
fn resource(identity: &Identity) -> Resource {
    let attributes = [
        KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
        KeyValue::new("service.instance.id", identity.instance.clone()),
        KeyValue::new("deployment.environment.name", identity.environment.clone()),
    ];
    Resource::builder().with_service_name("helpdesk").with_attributes(attributes).build()
}
