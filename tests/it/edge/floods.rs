//! Floods of frames end their own connection and nothing else (T-41, reliability 0.2).

use tonic::Code;

use super::client::Client;
use super::raw::{
    CONTINUATION, DATA, Frame, GOAWAY, HEADERS, HEADERS_ONLY, RST_STREAM, Raw, WHOLE, call_headers, frame,
};
use super::server::Server;

const FLOOD: u32 = 10_000;
const ENHANCE_YOUR_CALM: u32 = 11;
/// `:method: POST` and nothing else: no request (RFC 9113, section 8.3.1).
const MALFORMED: [u8; 1] = [0x83];

/// What `frames` makes for each of many streams.
fn for_many_streams(frames: impl Fn(u32) -> Vec<u8>) -> Vec<u8> {
    (0..FLOOD).flat_map(|number| frames(2 * number + 1)).collect()
}

/// Sends bytes as fast as it goes and reads until the connection is closed.
async fn flood(server: &Server, bytes: Vec<u8>) -> Vec<Frame> {
    let Raw { mut read, mut write } = Raw::connect(server.address).await;
    let sending = tokio::spawn(async move {
        // The server closes the connection before it has read everything.
        let _ = tokio::io::AsyncWriteExt::write_all(&mut write, &bytes).await;
        write
    });
    let mut seen = Vec::new();
    while let Some(frame) = super::raw::read_frame(&mut read).await {
        seen.push(frame);
    }
    drop(sending.await);
    seen
}

async fn assert_calmed(server: &Server, seen: &[Frame]) {
    let goodbye = seen.iter().find(|frame| frame.kind == GOAWAY).expect("the connection is told to go");
    assert_eq!(goodbye.error_code(), ENHANCE_YOUR_CALM);
    let other = Client::connect(server.address).await;
    assert_eq!(other.call("Echo", "still here").await.message(), "still here");
}

#[tokio::test]
async fn ten_thousand_malformed_requests_end_their_connection_only() {
    let server = Server::start().await;
    let seen = flood(&server, for_many_streams(|stream| frame(HEADERS, WHOLE, stream, &MALFORMED))).await;
    let resets = seen.iter().filter(|frame| frame.kind == RST_STREAM).count();
    assert!(resets <= 1_100, "{resets} resets were sent");
    assert_calmed(&server, &seen).await;
}

#[tokio::test]
async fn ten_thousand_canceled_requests_end_their_connection_only() {
    let server = Server::start().await;
    let headers = call_headers("/probe.Probe/Hold");
    let cancel = 8_u32.to_be_bytes();
    let both = |stream| [frame(HEADERS, WHOLE, stream, &headers), frame(RST_STREAM, 0, stream, &cancel)].concat();
    let seen = flood(&server, for_many_streams(both)).await;
    assert_calmed(&server, &seen).await;
    server.probe.until_held(0).await;
}

#[tokio::test]
async fn headers_without_end_end_their_connection_only() {
    let server = Server::start().await;
    let begin = frame(HEADERS, 0, 1, &call_headers("/probe.Probe/Echo"));
    let more = frame(CONTINUATION, 0, 1, &[]).repeat(20_000);
    assert_calmed(&server, &flood(&server, [begin, more].concat()).await).await;
}

#[tokio::test]
async fn empty_data_without_end_ends_its_connection_only() {
    let server = Server::start().await;
    let begin = frame(HEADERS, HEADERS_ONLY, 1, &call_headers("/probe.Probe/Echo"));
    let more = frame(DATA, 0, 1, &[]).repeat(60_000);
    assert_calmed(&server, &flood(&server, [begin, more].concat()).await).await;
}

#[tokio::test]
async fn a_client_that_goes_away_takes_its_calls_with_it() {
    let server = Server::start().await;
    let client = Client::connect(server.address).await;
    let mut calls = Vec::new();
    for _ in 0..20 {
        let mut call = client.open("Hold", &[]).await;
        call.body.send_data(super::client::framed(""), true).expect("the stream is open");
        calls.push(call);
    }
    server.probe.until_held(20).await;
    client.connection.abort();
    server.probe.until_held(0).await;
    assert_eq!(Client::connect(server.address).await.call("Echo", "").await.code(), Code::Ok);
}
