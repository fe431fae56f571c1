//! FailTurn: bot trouble fails open, and not at the first try (complaint 15).

use helpdesk::grpc::pb::v1::{self, ErrorReason, HandoffReason};
use tonic::Status;

use super::hands::agent_name;
use super::scene::{Scene, set_triggers};
use crate::conversation::take_control::held;
use crate::support::client::{Client, assert_refused};
use crate::support::databases::both_engines;

async fn fail(caller: &Client, turn: &v1::Turn) -> Result<v1::FailTurnResponse, Status> {
    let (name, control_epoch) = (turn.name.clone(), turn.control_epoch);
    let request = v1::FailTurnRequest { name, control_epoch, ..Default::default() };
    Ok(caller.agents().fail_turn(request).await?.into_inner())
}

// Complaint 15: a failed turn is given again; the third failure in a row hands over, with the reason.
both_engines!(three_failures_in_a_row_hand_over, |db| async move {
    let scene = Scene::start(db).await;
    let (name, epoch) = scene.given("ann", "Hello").await;
    let mut turns = scene.watch("").await;
    let mut turn = turns.turn().await;
    for failures in 1..3 {
        let failed = fail(&scene.ava, &turn).await.expect("told");
        assert_eq!((failed.fired.len(), held(failed.controller)), (0, (agent_name("ava"), epoch)));
        turn = turns.turn().await;
        assert_eq!((turn.failure_count, turn.state()), (failures, v1::TurnState::Waiting));
    }
    let last = fail(&scene.ava, &turn).await.expect("told");
    assert_eq!(last.fired[0].reason(), HandoffReason::AgentFailed);
    assert_eq!(held(last.controller), (String::new(), epoch + 1));
    assert_eq!(scene.fired().await, ["AGENT_FAILED"]);
    assert_refused(fail(&scene.ava, &turn).await, ErrorReason::ControlEpochStale);
    assert_eq!(scene.controller(&name).await.0, "");
});

both_engines!(an_answer_forgives_and_the_limit_is_a_setting, |db| async move {
    let scene = Scene::start(db).await;
    let limit = v1::HandoffTriggers { failed_turn_limit: Some(2), ..Default::default() };
    set_triggers(&scene.app.root(), limit, &["failed_turn_limit"]).await.expect("set");
    let (name, epoch) = scene.given("ann", "Hello").await;
    fail(&scene.ava, &scene.watch("").await.turn().await).await.expect("told");
    scene.answer(&name, epoch, "Now I know").await.expect("answered");
    scene.says("ann", "2", "And?").await;
    let turn = scene.watch("").await.turn().await;
    assert_eq!(fail(&scene.ava, &turn).await.expect("told").fired.len(), 0, "the first since");
    assert_eq!(fail(&scene.ava, &turn).await.expect("told").fired.len(), 1);
    assert_eq!(scene.controller(&name).await.0, "");
});
