//! Telemetry from the call to what a reader, a scraper or a collector sees.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_util::sync::CancellationToken;
use tracing::subscriber::with_default;

use super::*;
use crate::settings::{LogFormat, Settings};

fn settings() -> TelemetrySettings {
    let mut settings = Settings::defaults().telemetry;
    settings.metrics_listen = Some(([127, 0, 0, 1], 0).into());
    settings
}

fn identity() -> Identity {
    Identity { instance: "test".to_owned(), environment: "development".to_owned() }
}

/// What was logged.
#[derive(Clone, Default)]
struct Output(Arc<Mutex<Vec<u8>>>);

impl Output {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().expect("not poisoned").clone()).expect("UTF-8")
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("not poisoned").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The log lines that `work` writes with `settings`.
fn logged(settings: &TelemetrySettings, work: impl FnOnce()) -> String {
    let output = Output::default();
    let writer = output.clone();
    let (subscriber, _guard) = build(settings, &identity(), move || writer.clone()).expect("built");
    with_default(subscriber, work);
    output.text()
}

#[test]
fn text_from_outside_cannot_forge_a_log_line() {
    let text = logged(&settings(), || {
        let forged = "x\n2026-11-21T00:00:00Z  INFO helpdesk: forged\r\u{1b}[31m";
        tracing::info!(display = %forged, debug = ?forged, plain = forged, "{forged}");
    });
    assert_eq!(text.lines().count(), 1, "{text}");
    assert!(text.contains("\\u000a") && !text.contains('\u{1b}'), "{text}");
}

#[test]
fn json_lines_are_flat_objects() {
    let settings = TelemetrySettings { log_format: LogFormat::Json, ..settings() };
    let text = logged(&settings, || {
        let span = tracing::info_span!("call", method = "GetTicket");
        span.in_scope(|| tracing::warn!(count = 3, note = "a\nb\u{85}", "slow"));
    });
    let line: serde_json::Value = serde_json::from_str(text.trim_end()).expect("one object");
    assert_eq!((line["level"].as_str(), line["message"].as_str()), (Some("WARN"), Some("slow")));
    assert_eq!((line["count"].as_i64(), line["note"].as_str()), (Some(3), Some("a\nb\u{85}")));
    assert_eq!(line["span"]["method"], "GetTicket");
    assert_eq!(text.lines().count(), 1);
}

#[test]
fn the_filter_of_the_settings_is_followed() {
    let text = logged(&settings(), || {
        tracing::debug!("too fine");
        tracing::info!(target: "sea_orm::driver", "a statement");
        tracing::warn!(target: "sea_orm::driver", "a slow statement");
    });
    assert!(text.contains("a slow statement") && text.lines().count() == 1, "{text}");
    let wrong = TelemetrySettings { log: "help=loud".to_owned(), ..settings() };
    assert!(matches!(build(&wrong, &identity(), io::sink), Err(TelemetryError::Filter(_))));
}

#[test]
fn the_page_names_metrics_as_prometheus_expects() {
    let (_subscriber, guard) = build(&settings(), &identity(), io::sink).expect("built");
    let (meters, took) = (guard.meters(), Duration::from_millis(3));
    let (service, method) = ("helpdesk.v1.TicketService", "GetTicket");
    meters.call(CallLabels { service, method, code: "OK" }, took);
    meters.lane_batch(7, took, "committed");
    meters.lane_queue(2);
    meters.routing_decision("assigned", took);
    meters.jobs_due(4);
    let text = guard.metrics_page().expect("configured").text().expect("written");
    let expected = [
        "rpc_server_call_duration_seconds_count{rpc_method=\"GetTicket\",rpc_response_status_code=\"OK\",\
         rpc_service=\"helpdesk.v1.TicketService\",rpc_system_name=\"grpc\"} 1",
        "rpc_server_call_duration_seconds_bucket{rpc_method=\"GetTicket\",rpc_response_status_code=\"OK\",\
         rpc_service=\"helpdesk.v1.TicketService\",rpc_system_name=\"grpc\",le=\"0.0025\"} 0",
        "helpdesk_lane_batch_size_sum{outcome=\"committed\"} 7",
        "helpdesk_lane_queue 2",
        "helpdesk_routing_decisions_total{outcome=\"assigned\"} 1",
        "helpdesk_jobs_due 4",
        "service_name=\"helpdesk\"",
    ];
    for line in expected {
        assert!(text.contains(line), "{line} is not in\n{text}");
    }
}

#[tokio::test]
async fn the_page_is_served_until_stopped() {
    let (_subscriber, guard) = build(&settings(), &identity(), io::sink).expect("built");
    guard.meters().panic("handler");
    let page = guard.metrics_page().expect("configured").bind().await.expect("bound");
    let address = page.local_addr().expect("bound");
    assert!(address.ip().is_loopback());
    let stop = CancellationToken::new();
    let client = async {
        let got = ask(address, "GET /metrics HTTP/1.1\r\nhost: x\r\n\r\n").await;
        assert!(got.starts_with("HTTP/1.1 200") && got.contains("version=0.0.4"), "{got}");
        assert!(got.contains("helpdesk_panics_total{place=\"handler\"} 1"), "{got}");
        assert!(ask(address, "GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.starts_with("HTTP/1.1 404"));
        assert!(ask(address, "POST /metrics HTTP/1.1\r\nhost: x\r\n\r\n").await.starts_with("HTTP/1.1 405"));
        stop.cancel();
    };
    tokio::join!(page.serve(stop.clone()), client);
}

async fn ask(address: std::net::SocketAddr, request: &str) -> String {
    let mut stream = tokio::net::TcpStream::connect(address).await.expect("listening");
    stream.write_all(request.as_bytes()).await.expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("answered");
    answer
}

#[tokio::test]
async fn an_address_in_use_is_named() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("bound");
    let address = taken.local_addr().expect("bound");
    let settings = TelemetrySettings { metrics_listen: Some(address), ..settings() };
    let (_subscriber, guard) = build(&settings, &identity(), io::sink).expect("built");
    let error = guard.metrics_page().expect("configured").bind().await.err().expect("in use");
    assert!(error.to_string().contains(&address.to_string()), "{error}");
}

/// A collector that answers every export with success and says which services were called.
async fn collector(listener: tokio::net::TcpListener, calls: tokio::sync::mpsc::UnboundedSender<String>) {
    use http_body_util::{BodyExt as _, StreamBody};
    use hyper::body::{Bytes, Frame};
    let mut connections = futures_util::stream::FuturesUnordered::new();
    loop {
        use futures_util::StreamExt as _;
        let stream = tokio::select! {
            Some(_) = connections.next() => continue,
            accepted = listener.accept() => accepted.expect("accepted").0,
        };
        let calls = calls.clone();
        let service = hyper::service::service_fn(move |request: http::Request<hyper::body::Incoming>| {
            let calls = calls.clone();
            async move {
                let path = request.uri().path().to_owned();
                let size = request.into_body().collect().await.expect("read").to_bytes().len();
                assert!(size > 5, "an empty export");
                let _ = calls.send(path);
                let trailers =
                    http::HeaderMap::from_iter([("grpc-status".parse().expect("name"), "0".parse().expect("value"))]);
                // One empty message, then success.
                let frames =
                    [Ok::<_, io::Error>(Frame::data(Bytes::from_static(&[0; 5]))), Ok(Frame::trailers(trailers))];
                let mut response = http::Response::new(StreamBody::new(futures_util::stream::iter(frames)));
                response.headers_mut().insert("content-type", "application/grpc".parse().expect("value"));
                Ok::<_, io::Error>(response)
            }
        });
        let executor = hyper_util::rt::TokioExecutor::new();
        let http = hyper::server::conn::http2::Builder::new(executor);
        connections.push(http.serve_connection(hyper_util::rt::TokioIo::new(stream), service));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn traces_metrics_and_logs_reach_the_collector_at_shutdown() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("bound");
    let endpoint = format!("http://{}", listener.local_addr().expect("bound"));
    let (sender, mut calls) = tokio::sync::mpsc::unbounded_channel();
    let settings = TelemetrySettings { otlp_endpoint: endpoint, flush: Duration::from_secs(10), ..settings() };
    let (subscriber, guard) = build(&settings, &identity(), io::sink).expect("built");
    let work = async {
        with_default(subscriber, || tracing::info_span!("call").in_scope(|| tracing::info!("worked")));
        guard.meters().jobs_due(1);
        assert!(guard.shutdown().await, "all was sent");
    };
    tokio::select! {
        () = collector(listener, sender) => unreachable!("it serves forever"),
        () = work => {}
    }
    let mut seen = std::collections::BTreeSet::new();
    while let Ok(path) = calls.try_recv() {
        seen.insert(path.rsplit('.').next().expect("a service").to_owned());
    }
    assert_eq!(
        seen.into_iter().collect::<Vec<_>>(),
        ["LogsService/Export", "MetricsService/Export", "TraceService/Export"]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unreachable_collector_delays_the_end_no_longer_than_allowed() {
    // A listener that never accepts anything: connections hang instead of being refused.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("bound");
    let endpoint = format!("http://{}", silent.local_addr().expect("bound"));
    let settings = TelemetrySettings { otlp_endpoint: endpoint, flush: Duration::from_millis(200), ..settings() };
    let (subscriber, guard) = build(&settings, &identity(), io::sink).expect("built");
    with_default(subscriber, || tracing::info_span!("call").in_scope(|| tracing::info!("worked")));
    let began = std::time::Instant::now();
    assert!(!guard.shutdown().await);
    assert!(began.elapsed() < Duration::from_secs(2), "took {:?}", began.elapsed());
}

#[tokio::test]
async fn an_https_endpoint_needs_an_authority_that_can_be_read() {
    let https = TelemetrySettings { otlp_endpoint: "https://127.0.0.1:4317".to_owned(), ..settings() };
    assert!(matches!(build(&https, &identity(), io::sink), Err(TelemetryError::Export(_))));
    let missing = TelemetrySettings { otlp_ca: Some("/nowhere/ca.pem".into()), ..https };
    assert!(matches!(build(&missing, &identity(), io::sink), Err(TelemetryError::Authority { .. })));
}

#[tokio::test]
async fn quiet_telemetry_measures_and_sends_nothing() {
    let guard = TelemetryGuard::quiet();
    guard.meters().connections(1);
    assert!(guard.metrics_page().is_none());
    assert!(guard.shutdown().await);
}
