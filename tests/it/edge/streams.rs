//! How streams end (T-45, L-11).

use helpdesk::grpc::server::EdgeLimits;
use tonic::Code;

use super::client::{Client, framed};
use super::server::{Server, ms};

async fn ended(limits: EdgeLimits, method: &str, headers: &[(&str, &str)]) -> super::client::Answer {
    let server = Server::with(limits).await;
    Client::connect(server.address).await.call_with(method, headers, framed("")).await
}

#[tokio::test]
async fn a_stream_that_is_old_is_asked_to_end_and_says_how_to_go_on() {
    let limits = EdgeLimits { stream_age: ms(30), ..EdgeLimits::default() };
    let answer = ended(limits, "Polite", &[]).await;
    assert_eq!(answer.message(), "first");
    assert_eq!(answer.refused(), (Code::Unavailable, "STREAM_DRAINING".to_owned()));
    assert_eq!(answer.status().message(), "resume with a token");
}

#[tokio::test]
async fn a_stream_that_does_not_listen_is_ended() {
    let limits = EdgeLimits { stream_age: ms(30), stream_farewell: ms(10), ..EdgeLimits::default() };
    let answer = ended(limits, "Rude", &[]).await;
    assert_eq!(answer.message(), "first");
    assert_eq!(answer.refused(), (Code::Unavailable, "STREAM_DRAINING".to_owned()));
    assert!(answer.status_headers().contains_key("grpc-retry-pushback-ms"));
}

#[tokio::test]
async fn a_stream_outlives_the_time_of_a_unary_call_but_not_its_clients_patience() {
    let limits = EdgeLimits { call: ms(10), ..EdgeLimits::default() };
    let answer = ended(limits, "Rude", &[("grpc-timeout", "60m")]).await;
    assert_eq!(answer.message(), "first");
    assert_eq!(answer.refused(), (Code::DeadlineExceeded, "DEADLINE_TOO_SHORT".to_owned()));
}
