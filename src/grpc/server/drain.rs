//! Refusals before the request was read.

use std::time::Duration;

use http_body_util::BodyExt;
use tonic::body::Body;

use super::refuse::answer;
use super::stage::{Request, Response};
use crate::grpc::status::Refusal;

/// What is read of a request that is refused (contract 4.4).
const MOST_BYTES: usize = 1 << 20;
/// How long it is waited for.
const MOST_TIME: Duration = Duration::from_secs(2);

/// Answers with `refusal` once the request is read out, within bounds: an answer that overtakes its request ends the
/// stream with a reset, which some clients report instead of the answer.
pub async fn refuse_drained(request: Request, refusal: Refusal) -> Response {
    drain(request.into_body()).await;
    answer(refusal)
}

async fn drain(body: Body) {
    if !http_body::Body::is_end_stream(&body) {
        // Too slow or too much: then the reset it is.
        let _ = tokio::time::timeout(MOST_TIME, read_out(body)).await;
    }
}

async fn read_out(mut body: Body) {
    let mut read = 0;
    while let Some(Ok(frame)) = body.frame().await {
        read += frame.data_ref().map_or(0, bytes::Bytes::len);
        if read > MOST_BYTES {
            return;
        }
    }
}
