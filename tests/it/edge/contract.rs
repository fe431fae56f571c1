//! Every answer follows the status contract, whoever wrote it (contract 2.9; T-46 to T-49).

use std::sync::atomic::Ordering;

use bytes::Bytes;
use helpdesk::grpc::server::{EdgeLimits, RequestLimits};
use tonic::Code;

use super::client::{Answer, Client, framed, framed_bytes};
use super::probe::{CANARY, REQUEST_LIMIT};
use super::server::{Server, ms};

async fn started() -> (Server, Client) {
    let server = Server::start().await;
    let client = Client::connect(server.address).await;
    (server, client)
}

fn assert_refused(answer: &Answer, code: Code, reason: &str) {
    assert_eq!(answer.refused(), (code, reason.to_owned()));
    assert!(!answer.all().contains("canary"), "{}", answer.all());
    assert!(!answer.all().contains(CANARY));
}

#[tokio::test]
async fn a_good_call_is_answered_under_the_callers_request_id() {
    let (_server, client) = started().await;
    let answer = client.call_with("Echo", &[("x-request-id", "caller-7")], framed("hello")).await;
    assert_eq!((answer.code(), answer.message().as_str()), (Code::Ok, "hello"));
    assert_eq!(answer.headers["x-request-id"], "caller-7");
    assert_eq!(answer.trailers.as_ref().expect("trailers")["x-request-id"], "caller-7");
    let answer = client.call_with("Echo", &[("x-request-id", "not {sane}")], framed("hello")).await;
    assert_eq!(answer.headers["x-request-id"], "made-by-the-edge");
}

#[tokio::test]
async fn a_panic_fails_its_own_call_and_nothing_else() {
    let (_server, client) = started().await;
    let held = client.open("Echo", &[]).await;
    for method in ["Panic", "StreamPanic"] {
        let answer = client.call(method, "").await;
        assert_refused(&answer, Code::Internal, "INTERNAL_FAULT");
        assert_eq!(answer.metadata("incident"), "made-by-the-edge");
    }
    assert_eq!(held.send(framed("still here")).await.code(), Code::Ok);
}

#[tokio::test]
async fn what_our_own_code_refuses_is_left_as_it_is() {
    let (_server, client) = started().await;
    let answer = client.call("Refuse", "").await;
    assert_refused(&answer, Code::PermissionDenied, "OUT_OF_SCOPE");
    assert_eq!(answer.status().message(), "not yours");
    assert_eq!(answer.metadata("resource"), "tickets/7");
}

#[tokio::test]
async fn a_status_that_says_no_reason_tells_nothing() {
    let (_server, client) = started().await;
    for method in ["Bare", "Unknown", "StreamBare"] {
        assert_refused(&client.call(method, "").await, Code::Internal, "INTERNAL_FAULT");
    }
}

#[tokio::test]
async fn requests_that_are_too_large_are_refused_with_the_limit() {
    let server = Server::with(EdgeLimits {
        requests: RequestLimits { small: 100_000, ..RequestLimits::default() },
        ..EdgeLimits::default()
    })
    .await;
    let client = Client::connect(server.address).await;
    let fits = client.call("Echo", &"a".repeat(REQUEST_LIMIT - 4)).await;
    assert_eq!(fits.code(), Code::Ok);
    let above_method = client.call("Echo", &"a".repeat(REQUEST_LIMIT - 3)).await;
    assert_refused(&above_method, Code::ResourceExhausted, "MESSAGE_TOO_LARGE");
    assert_eq!(above_method.metadata("limitBytes"), REQUEST_LIMIT.to_string());
    let above_edge = client.call("Echo", &"a".repeat(2_000_000)).await;
    assert_refused(&above_edge, Code::ResourceExhausted, "MESSAGE_TOO_LARGE");
    assert_eq!(above_edge.metadata("limitBytes"), "100000");
    assert_eq!(server.probe.reached.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn bytes_that_are_no_message_are_the_callers_fault() {
    let (server, client) = started().await;
    let malformed: [(&str, Bytes); 6] = [
        ("cut off", Bytes::from_static(&[0, 0, 0, 0, 9, 1])),
        ("no message at all", Bytes::new()),
        ("an unknown flag", Bytes::from_static(&[7, 0, 0, 0, 0])),
        ("compressed without saying how", Bytes::from_static(&[1, 0, 0, 0, 0])),
        ("not UTF-8", framed_bytes(&[0x0A, 2, 0xFF, 0xFF])),
        ("a wrong wire type", framed_bytes(&[0x08, 1])),
    ];
    for (what, body) in malformed {
        let answer = client.call_with("Echo", &[], body).await;
        assert_eq!(answer.refused(), (Code::InvalidArgument, "FIELD_INVALID".to_owned()), "{what}");
    }
    assert_eq!(server.probe.reached.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn what_is_no_call_of_ours_is_not_supported() {
    let (server, client) = started().await;
    let grpc = |method: &str, uri: &str, content_type: &str| {
        http::Request::builder().method(method).uri(format!("http://edge{uri}")).header("content-type", content_type)
    };
    let table = [
        (grpc("POST", "/probe.Probe/Nothing", "application/grpc"), 200, "/probe.Probe/Nothing"),
        (grpc("POST", "/no.Such/Service", "application/grpc"), 200, "/no.Such/Service"),
        (grpc("POST", "/probe.Probe/Echo?x=1", "application/grpc"), 200, "path"),
        (grpc("POST", "/probe.Probe/Echo/", "application/grpc"), 200, "path"),
        (grpc("POST", "/probe.Probe/%45cho", "application/grpc"), 200, "path"),
        (grpc("GET", "/probe.Probe/Echo", "application/grpc"), 405, "http-method"),
        (grpc("POST", "/probe.Probe/Echo", "application/json"), 415, "content-type"),
    ];
    for (request, http, feature) in table {
        let answer = client.begin(request).await.send(framed("")).await;
        assert_refused(&answer, Code::Unimplemented, "NOT_SUPPORTED");
        assert_eq!((answer.http, answer.metadata("feature").as_str()), (http, feature));
    }
    let calls = server.calls.0.lock().expect("not poisoned").clone();
    assert!(calls.iter().all(|(name, ..)| name == "_other/_other"), "callers make up no metric labels: {calls:?}");
}

#[tokio::test]
async fn too_much_metadata_and_two_credentials_are_refused() {
    let (server, client) = started().await;
    let much = "m".repeat(7_900);
    let answer = client.call_with("Echo", &[("x-much", &much)], framed("")).await;
    assert_eq!(answer.code(), Code::Ok);
    let too_much = "m".repeat(8_192);
    let answer = client.call_with("Echo", &[("x-much", &too_much)], framed("")).await;
    assert_refused(&answer, Code::ResourceExhausted, "METADATA_TOO_LARGE");
    assert_eq!(answer.metadata("limitBytes"), "8192");
    let two = [("authorization", "Bearer a"), ("authorization", "Bearer b")];
    let answer = client.call_with("Echo", &two, framed("")).await;
    assert_refused(&answer, Code::Unauthenticated, "CREDENTIAL_INVALID");
    assert_eq!(server.probe.reached.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_call_without_time_does_not_reach_its_handler() {
    let (server, client) = started().await;
    for timeout in ["0n", "1n", "999u", "4m"] {
        let answer = client.call_with("Echo", &[("grpc-timeout", timeout)], framed("")).await;
        assert_refused(&answer, Code::DeadlineExceeded, "DEADLINE_TOO_SHORT");
    }
    assert_eq!(server.probe.reached.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_call_whose_time_runs_out_is_answered_and_its_handler_dropped() {
    let (server, client) = started().await;
    let answer = client.call_with("Hold", &[("grpc-timeout", "60m")], framed("")).await;
    assert_refused(&answer, Code::DeadlineExceeded, "DEADLINE_TOO_SHORT");
    server.probe.until_held(0).await;
}

#[tokio::test]
async fn the_servers_time_holds_when_the_client_gives_none_or_more_or_nonsense() {
    let server = Server::with(EdgeLimits { call: ms(500), ..EdgeLimits::default() }).await;
    let client = Client::connect(server.address).await;
    for headers in
        [vec![], vec![("grpc-timeout", "99999999H")], vec![("grpc-timeout", "-1S")], vec![("grpc-timeout", "x")]]
    {
        let answer = client.call_with("Time", &headers, framed("")).await;
        let left: u64 = answer.message().parse().expect("milliseconds");
        assert!((1..=500).contains(&left), "{left} ms left with {headers:?}");
    }
    let short = EdgeLimits { call: ms(40), ..EdgeLimits::default() };
    let server = Server::with(short).await;
    let answer = Client::connect(server.address).await.call("Hold", "").await;
    assert_refused(&answer, Code::DeadlineExceeded, "DEADLINE_TOO_SHORT");
}

#[tokio::test]
async fn the_meter_hears_how_every_call_ended() {
    let (server, client) = started().await;
    client.call("Echo", "").await;
    client.call("Refuse", "").await;
    let held = client.open("Hold", &[]).await;
    let mut held = held;
    held.body.send_data(framed(""), true).expect("the stream is open");
    server.probe.until_held(1).await;
    held.body.send_reset(h2::Reason::CANCEL);
    server.probe.until_held(0).await;
    let calls = server.calls.0.lock().expect("not poisoned").clone();
    let named =
        |method: &str, code, reason: Option<&str>| (format!("probe.Probe/{method}"), code, reason.map(str::to_owned));
    assert_eq!(
        calls[..2],
        [named("Echo", Code::Ok, None), named("Refuse", Code::PermissionDenied, Some("OUT_OF_SCOPE")),]
    );
}
