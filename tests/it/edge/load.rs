//! What happens when there is too much to do at once (L-14, F-12, T-42, T-44).

use bytes::Bytes;
use helpdesk::grpc::server::{EdgeLimits, InFlight};
use tonic::Code;
use tonic_types::StatusExt;

use super::client::{Client, framed};
use super::server::{Server, ms};

/// Nobody may learn more: a slow call is one of an hour.
fn one_at_a_time() -> EdgeLimits {
    let in_flight = InFlight { start: 1, least: 1, most: 1, slow: ms(3_600_000) };
    EdgeLimits { in_flight, wait_for_turn: ms(30), ..EdgeLimits::default() }
}

#[tokio::test]
async fn a_call_too_many_is_sent_away_with_a_time_to_come_back_and_health_is_not() {
    let limits = one_at_a_time();
    let server = Server::with(limits).await;
    let client = Client::connect(server.address).await;
    let mut held = client.open("Hold", &[]).await;
    held.body.send_data(framed(""), true).expect("the stream is open");
    server.probe.until_held(1).await;

    let answer = client.call("Echo", "").await;
    assert_eq!(answer.refused(), (Code::Unavailable, "SERVER_OVERLOADED".to_owned()));
    let delay = answer.status().get_details_retry_info().and_then(|info| info.retry_delay).expect("a RetryInfo");
    assert_eq!(answer.headers["grpc-retry-pushback-ms"], delay.as_millis().to_string());

    let check =
        http::Request::post("http://edge/grpc.health.v1.Health/Check").header("content-type", "application/grpc");
    assert_eq!(client.begin(check).await.send(framed("")).await.code(), Code::Ok);

    server.probe.release.add_permits(1);
    assert_eq!(held.answer().await.message(), "let go");
    assert_eq!(client.call("Echo", "again").await.code(), Code::Ok);
}

#[tokio::test]
async fn requests_that_never_arrive_whole_keep_nobody_waiting() {
    let limits = one_at_a_time();
    let server = Server::with(limits).await;
    let slow = Client::connect(server.address).await;
    let mut drips = Vec::new();
    for _ in 0..100 {
        let mut drip = slow.open("Echo", &[]).await;
        drip.body.send_data(Bytes::from_static(&[0, 0, 0, 0, 9]), false).expect("the stream is open");
        drips.push(drip);
    }
    let quick = Client::connect(server.address).await;
    assert_eq!(quick.call("Echo", "hello").await.message(), "hello");
    assert_eq!(slow.call("Echo", "hello").await.message(), "hello");
    drop(drips);
}

#[tokio::test]
async fn a_request_that_never_arrives_whole_is_ended_by_its_deadline() {
    let server = Server::with(EdgeLimits { call: ms(50), ..EdgeLimits::default() }).await;
    let client = Client::connect(server.address).await;
    let mut drip = client.open("Echo", &[]).await;
    drip.body.send_data(Bytes::from_static(&[0, 0]), false).expect("the stream is open");
    assert_eq!(drip.answer().await.refused(), (Code::DeadlineExceeded, "DEADLINE_TOO_SHORT".to_owned()));
}

#[tokio::test]
async fn unfinished_large_requests_keep_only_large_ones_waiting() {
    let limits = EdgeLimits { large_requests: 1, small_request: 1_000, call: ms(300), ..EdgeLimits::default() };
    let server = Server::with(limits).await;
    let client = Client::connect(server.address).await;
    let mut unfinished = client.open("Echo", &[]).await;
    unfinished.body.send_data(Bytes::from(vec![0; 2_000]), false).expect("the stream is open");
    assert_eq!(client.call("Echo", "small").await.code(), Code::Ok);
    // The slot is free again when the unfinished one has run out of time, if not before.
    assert_eq!(unfinished.answer().await.code(), Code::DeadlineExceeded);
    assert_eq!(client.call("Echo", &"l".repeat(2_000)).await.code(), Code::Ok);
}

#[tokio::test]
async fn an_answer_that_nobody_takes_is_dropped() {
    let server = Server::with(EdgeLimits { take_answer: ms(50), ..EdgeLimits::default() }).await;
    let mut closed_window = h2::client::Builder::new();
    closed_window.initial_window_size(0);
    let stream = tokio::net::TcpStream::connect(server.address).await.expect("the server listens");
    let client = Client::over(stream, closed_window).await;
    let mut big = client.open("Big", &[]).await;
    big.body.send_data(framed(""), true).expect("the stream is open");
    assert_eq!(big.reset().await.reason(), Some(h2::Reason::CANCEL));
}
