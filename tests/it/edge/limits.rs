//! The limits of connections (L-04 to L-09), read from the wire and not from the configuration.

use helpdesk::grpc::server::EdgeLimits;
use tonic::Code;

use super::client::{Client, framed};
use super::raw::{GOAWAY, HEADERS, HEADERS_ONLY, RST_STREAM, Raw, SETTINGS, call_headers, frame};
use super::server::{PATIENCE, Server, ms};

const REFUSED_STREAM: u32 = 7;

#[tokio::test]
async fn the_settings_frame_names_the_limits() {
    let server = Server::start().await;
    let settings = Raw::connect(server.address).await.until(SETTINGS).await.expect("settings").settings();
    // RFC 9113, section 6.5.2: 3 = concurrent streams, 4 = initial window, 6 = header list.
    for (id, value) in [(3, 128), (4, 256 * 1_024), (6, 16 * 1_024)] {
        assert!(settings.contains(&(id, value)), "{id} = {value} in {settings:?}");
    }
}

#[tokio::test]
async fn one_stream_too_many_is_refused_and_another_client_is_not() {
    let server = Server::with(EdgeLimits { streams_per_connection: 8, ..EdgeLimits::default() }).await;
    let mut raw = Raw::connect(server.address).await;
    for stream in 0..9 {
        raw.send(&frame(HEADERS, HEADERS_ONLY, 2 * stream + 1, &call_headers("/probe.Probe/Echo"))).await;
    }
    let refused = raw.until(RST_STREAM).await.expect("a reset");
    assert_eq!((refused.stream, refused.error_code()), (17, REFUSED_STREAM));
    assert_eq!(Client::connect(server.address).await.call("Echo", "hello").await.message(), "hello");
}

#[tokio::test]
async fn a_connection_that_does_not_speak_is_closed() {
    let server = Server::with(EdgeLimits { preface: ms(30), ..EdgeLimits::default() }).await;
    let mut silent = Raw::silent(server.address).await;
    let mut half = Raw::silent(server.address).await;
    half.send(b"PRI * HTTP/2.0\r\n").await;
    let mut without_settings = Raw::silent(server.address).await;
    without_settings.send(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await;
    for raw in [&mut silent, &mut half, &mut without_settings] {
        raw.until_closed().await;
    }
}

#[tokio::test]
async fn an_idle_connection_is_sent_away_and_a_busy_one_is_not() {
    let limits = EdgeLimits { idle: ms(60), goodbye: ms(20), ..EdgeLimits::default() };
    let server = Server::with(limits).await;
    let busy = Client::connect(server.address).await;
    let mut held = busy.open("Hold", &[]).await;
    held.body.send_data(framed(""), true).expect("the stream is open");
    let mut idle = Raw::connect(server.address).await;
    assert_eq!(idle.until(GOAWAY).await.expect("a goodbye").error_code(), 0);
    idle.until_closed().await;
    server.probe.release.add_permits(1);
    assert_eq!(held.answer().await.message(), "let go");
}

#[tokio::test]
async fn an_old_connection_is_sent_away_and_its_call_finishes() {
    let limits = EdgeLimits { connection_age: ms(50), ..EdgeLimits::default() };
    let server = Server::with(limits).await;
    let client = Client::connect(server.address).await;
    let mut held = client.open("Hold", &[]).await;
    held.body.send_data(framed(""), true).expect("the stream is open");
    server.probe.until_held(1).await;
    let mut watched = Raw::connect(server.address).await;
    assert_eq!(watched.until(GOAWAY).await.expect("a goodbye").error_code(), 0);
    server.probe.release.add_permits(1);
    let answer = held.answer().await;
    assert_eq!((answer.code(), answer.message().as_str()), (Code::Ok, "let go"));
    let closed = tokio::time::timeout(PATIENCE, client.connection).await.expect("the connection ends");
    closed.expect("no panic").expect("without an error");
}

#[tokio::test]
async fn a_connection_too_many_is_closed_at_once() {
    let server = Server::with(EdgeLimits { connections: 2, ..EdgeLimits::default() }).await;
    let first = Client::connect(server.address).await;
    let second = Client::connect(server.address).await;
    assert_eq!(first.call("Echo", "").await.code(), Code::Ok);
    assert_eq!(second.call("Echo", "").await.code(), Code::Ok);
    Raw::silent(server.address).await.until_closed().await;
    assert_eq!(first.call("Echo", "").await.code(), Code::Ok);
}

#[tokio::test]
async fn one_address_has_only_its_share_of_connections() {
    let server = Server::with(EdgeLimits { connections_per_address: 1, ..EdgeLimits::default() }).await;
    let first = Client::connect(server.address).await;
    assert_eq!(first.call("Echo", "").await.code(), Code::Ok);
    Raw::silent(server.address).await.until_closed().await;
    assert_eq!(first.call("Peer", "").await.message(), "127.0.0.1 0");
}
