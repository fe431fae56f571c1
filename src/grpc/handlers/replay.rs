//! A replay of routing on its way out: the tickets as they are decided, then the summary.

use std::collections::VecDeque;

use futures_util::StreamExt;
use futures_util::stream::{BoxStream, unfold};
use tonic::Status;

use crate::grpc::convert::simulate;
use crate::grpc::pb::v1;
use crate::service::replay_routing::{Replay, Replayed};

/// Tickets decided again, with the summary at the end.
pub type ReplayStream = BoxStream<'static, Result<v1::ReplayRoutingResponse, Status>>;

/// What of a replay is still to be told.
struct Telling {
    replay: Replay,
    decided: VecDeque<Replayed>,
}

/// The answers of a replay whose first tickets are decided.
pub fn answers(replay: Replay, first: Vec<Replayed>) -> ReplayStream {
    unfold(Some(Telling { replay, decided: first.into() }), step).boxed()
}

type Step = Option<(Result<v1::ReplayRoutingResponse, Status>, Option<Telling>)>;

async fn step(telling: Option<Telling>) -> Step {
    let mut telling = telling?;
    while telling.decided.is_empty() && !telling.replay.is_over() {
        match telling.replay.next().await {
            Ok(decided) => telling.decided = decided.into(),
            Err(rejection) => return Some((Err(rejection.into()), None)),
        }
    }
    let account = match telling.replay.account() {
        Ok(account) => account.clone(),
        Err(rejection) => return Some((Err(rejection.into()), None)),
    };
    Some(match telling.decided.pop_front() {
        Some(replayed) => (Ok(simulate::replayed(&account, &replayed)), Some(telling)),
        None => (Ok(simulate::summary(&account, telling.replay.shares())), None),
    })
}
