//! Log lines, and the way of spans and log records into OpenTelemetry.

use std::borrow::Cow;
use std::io::{self, Write};

use opentelemetry::trace::TracerProvider as _;
use opentelemetry_appender_tracing::layer::OpenTelemetryTracingBridge;
use opentelemetry_sdk::logs::SdkLoggerProvider;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing::{Metadata, Subscriber};
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::{EnvFilter, Layer, Registry, fmt};

use super::TelemetryError;
use crate::settings::{LogFormat, TelemetrySettings};

/// What is never sent over OTLP: the exporter's own work, which would feed itself.
const NOT_EXPORTED: [&str; 5] = ["opentelemetry", "tonic", "h2", "hyper", "tower"];

/// What takes spans and events: log lines on `output`, and the providers that are there.
pub(super) fn subscriber<W>(
    settings: &TelemetrySettings,
    output: W,
    traces: Option<&SdkTracerProvider>,
    logs: Option<&SdkLoggerProvider>,
) -> Result<impl Subscriber + Send + Sync + use<W>, TelemetryError>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let filter = EnvFilter::builder().parse(&settings.log)?;
    let spans = traces.map(|provider| {
        let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("helpdesk"));
        let layer = layer.with_location(false).with_threads(false);
        layer.with_filter(filter_fn(is_exported))
    });
    let records = logs.map(|provider| OpenTelemetryTracingBridge::new(provider).with_filter(filter_fn(is_exported)));
    Ok(tracing_subscriber::registry().with(filter).with(lines(settings.log_format, output)).with(spans).with(records))
}

type Filtered = tracing_subscriber::layer::Layered<EnvFilter, Registry>;

/// The layer that writes log lines. No colors: what is written must not hold control characters.
fn lines<W>(format: LogFormat, output: W) -> Box<dyn Layer<Filtered> + Send + Sync>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let layer = fmt::layer().with_writer(OneLine(output)).with_ansi(false);
    match format {
        LogFormat::Text => layer.boxed(),
        LogFormat::Json => layer.json().flatten_event(true).with_current_span(true).with_span_list(false).boxed(),
    }
}

fn is_exported(metadata: &Metadata<'_>) -> bool {
    let root = metadata.target().split("::").next().unwrap_or_default();
    // `opentelemetry` has many crates: opentelemetry_sdk, opentelemetry-otlp and more.
    !NOT_EXPORTED.contains(&root) && !root.starts_with("opentelemetry")
}

/// Makes writers that keep each event on one line.
struct OneLine<W>(W);

impl<'a, W: MakeWriter<'a>> MakeWriter<'a> for OneLine<W> {
    type Writer = OneLineWriter<W::Writer>;

    fn make_writer(&'a self) -> Self::Writer {
        OneLineWriter(self.0.make_writer())
    }

    fn make_writer_for(&'a self, metadata: &Metadata<'_>) -> Self::Writer {
        OneLineWriter(self.0.make_writer_for(metadata))
    }
}

/// Escapes control characters, so that no text from outside can begin a line or move a cursor (T-38).
///
/// It relies on the formatting layer, which hands over each event in one piece that ends in a line break.
struct OneLineWriter<W>(W);

impl<W: Write> Write for OneLineWriter<W> {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        self.0.write_all(escaped(&String::from_utf8_lossy(event)).as_bytes())?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// `event` with every control character escaped but the line break at its end. The escapes are those of JSON, so that
/// the same writer serves both formats.
fn escaped(event: &str) -> Cow<'_, str> {
    use std::fmt::Write as _;
    let (line, end) = event.strip_suffix('\n').map_or((event, ""), |line| (line, "\n"));
    if !line.contains(is_unsafe) {
        return Cow::Borrowed(event);
    }
    let mut safe = String::with_capacity(event.len() + 16);
    for letter in line.chars() {
        if is_unsafe(letter) {
            let _ = write!(safe, "\\u{:04x}", u32::from(letter));
        } else {
            safe.push(letter);
        }
    }
    safe.push_str(end);
    Cow::Owned(safe)
}

/// Control characters, the two line separators of Unicode, and what changes the direction of the text that follows.
fn is_unsafe(letter: char) -> bool {
    letter.is_control() || matches!(letter, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_line_break_at_the_end_stays() {
        assert_eq!(escaped("plain ünïcode\n"), "plain ünïcode\n");
        assert_eq!(escaped("a\nINFO forged\r\u{1b}[2J\n"), "a\\u000aINFO forged\\u000d\\u001b[2J\n");
        assert_eq!(escaped("\u{85}\u{2028}\u{202e}\t"), "\\u0085\\u2028\\u202e\\u0009");
        assert_eq!(escaped(""), "");
    }

    #[test]
    fn a_writer_reports_the_length_it_was_given() {
        let mut written = Vec::new();
        assert_eq!(OneLineWriter(&mut written).write(b"a\nb\n").expect("written"), 4);
        assert_eq!(written, b"a\\u000ab\n");
    }
}
