//! The end of the server: in time, whatever its clients do (F-13, L-28, reliability 0.4).

use helpdesk::grpc::server::EdgeLimits;
use helpdesk::lifecycle::DrainTimes;
use tokio::net::TcpStream;
use tokio::time::Instant;
use tonic::Code;

use super::client::{Client, framed};
use super::raw::{GOAWAY, Raw};
use super::server::{Server, ms};

/// Stages that are far apart: what a test does not wait for shows as a time-out.
const NEVER: u64 = 3_600_000;

fn drain(server: &Server, settle: u64, hard_end: u64) {
    let shutdown = server.shutdown.clone();
    let times = DrainTimes { settle: ms(settle), hard_end: ms(hard_end), exit: ms(NEVER) };
    tokio::spawn(async move { shutdown.run(times).await });
    server.shutdown.begin();
}

#[tokio::test]
async fn silent_connections_do_not_hold_up_the_end() {
    let server = Server::start().await;
    let mut silent = Vec::new();
    for _ in 0..100 {
        silent.push(Raw::silent(server.address).await);
    }
    // A call makes sure that all of them were accepted.
    assert_eq!(Client::connect(server.address).await.call("Echo", "").await.code(), Code::Ok);
    drain(&server, 0, NEVER);
    server.ended().await;
}

#[tokio::test]
async fn a_client_that_ignores_the_goodbye_does_not_either() {
    let server = Server::with(EdgeLimits { goodbye: ms(50), ..EdgeLimits::default() }).await;
    let mut deaf = Raw::connect(server.address).await;
    deaf.until(super::raw::SETTINGS).await.expect("the server speaks");
    drain(&server, 0, NEVER);
    assert_eq!(deaf.until(GOAWAY).await.expect("a goodbye").error_code(), 0);
    server.ended().await;
}

#[tokio::test]
async fn calls_under_way_finish_and_streams_say_how_to_go_on() {
    let server = Server::start().await;
    let client = Client::connect(server.address).await;
    let mut held = client.open("Hold", &[]).await;
    held.body.send_data(framed(""), true).expect("the stream is open");
    let mut polite = client.open("Polite", &[]).await;
    polite.body.send_data(framed(""), true).expect("the stream is open");
    let polite = polite.begun().await;
    server.probe.until_held(1).await;
    drain(&server, 0, NEVER);
    assert_eq!(polite.rest().await.refused(), (Code::Unavailable, "STREAM_DRAINING".to_owned()));
    server.probe.release.add_permits(1);
    assert_eq!(held.answer().await.message(), "let go");
    server.ended().await;
}

#[tokio::test]
async fn while_it_settles_the_server_serves_new_connections_too() {
    let server = Server::start().await;
    drain(&server, NEVER, NEVER);
    assert!(server.shutdown.is_draining());
    let late = Client::connect(server.address).await;
    assert_eq!(late.call("Echo", "late").await.message(), "late");
    server.shutdown.close();
    let address = server.address;
    server.ended().await;
    assert!(TcpStream::connect(address).await.is_err(), "the port is closed");
}

#[tokio::test]
async fn the_hard_end_comes_whatever_is_under_way() {
    let server = Server::start().await;
    let client = Client::connect(server.address).await;
    let mut held = client.open("Hold", &[]).await;
    held.body.send_data(framed(""), true).expect("the stream is open");
    server.probe.until_held(1).await;
    let begun = Instant::now();
    drain(&server, 20, 100);
    let probe = server.probe.clone();
    server.ended().await;
    assert!(begun.elapsed().as_millis() >= 100, "the call had its time");
    probe.until_held(0).await;
    held.reset().await;
}
