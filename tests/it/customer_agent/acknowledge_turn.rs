//! AcknowledgeTurn: to have a turn is one thing, to answer it another (complaint 15).

use std::time::Duration;

use helpdesk::grpc::pb::v1::{self, ErrorReason};
use tonic::Status;

use super::hands::{agent_name, make, pause, runtime_of};
use super::scene::{Scene, set_triggers};
use crate::conversation::take_control::take;
use crate::support::client::{Client, assert_refused};
use crate::support::databases::both_engines;

async fn acknowledge(caller: &Client, turn: &v1::Turn) -> Result<Option<v1::Turn>, Status> {
    let (name, control_epoch) = (turn.name.clone(), turn.control_epoch);
    let request = v1::AcknowledgeTurnRequest { name, control_epoch, ..Default::default() };
    Ok(caller.agents().acknowledge_turn(request).await?.into_inner().turn)
}

// Complaint 15: a slow answer is no failure, once the turn is taken; taken again it stays as it is.
both_engines!(a_turn_that_is_taken_may_take_its_time, |db| async move {
    let scene = Scene::start(db).await;
    let (name, epoch) = scene.given("ann", "Hello").await;
    let turn = scene.watch("").await.turn().await;
    assert_eq!((turn.state(), turn.acknowledge_by_time.is_some()), (v1::TurnState::Waiting, true));
    scene.app.advance(Duration::from_secs(29));
    let taken = acknowledge(&scene.ava, &turn).await.expect("in time").expect("the turn");
    assert_eq!((taken.state(), taken.acknowledge_by_time), (v1::TurnState::Taken, None));
    scene.app.advance(Duration::from_hours(3));
    scene.settle().await;
    let again = acknowledge(&scene.ava, &turn).await.expect("as it is").expect("the turn");
    assert_eq!(again.acknowledge_time, taken.acknowledge_time);
    assert_eq!(scene.answer(&name, epoch, "At last").await.expect("sent"), (agent_name("ava"), epoch));
    assert_eq!(scene.fired().await, Vec::<String>::new());
    assert_eq!(scene.turn_states().await, ["WAITING", "TAKEN", "ANSWERED"]);
});

// Complaints 15, 16: a turn that nobody takes in its time hands over, with the reason, once; not a moment before.
both_engines!(a_turn_that_nobody_takes_hands_over, |db| async move {
    let scene = Scene::start(db).await;
    let within = v1::HandoffTriggers {
        acknowledge_within: Some(prost_types::Duration { seconds: 5, nanos: 0 }),
        ..Default::default()
    };
    set_triggers(&scene.app.root(), within, &["acknowledge_within"]).await.expect("set");
    let (name, epoch) = scene.given("ann", "Hello").await;
    let turn = scene.watch("").await.turn().await;
    scene.app.advance(Duration::from_millis(4_999));
    scene.settle().await;
    assert_eq!(scene.controller(&name).await, (agent_name("ava"), epoch));
    scene.app.advance(Duration::from_millis(1));
    scene.settle().await;
    scene.settle().await;
    assert_eq!(scene.controller(&name).await, (String::new(), epoch + 1));
    assert_eq!(scene.fired().await, ["AGENT_FAILED"]);
    assert_refused(acknowledge(&scene.ava, &turn).await, ErrorReason::ControlEpochStale);
});

// An answer that is owed for too long hands over too, where that is asked for, although the turn was taken.
both_engines!(an_answer_may_be_owed_for_so_long, |db| async move {
    let scene = Scene::start(db).await;
    let limit = v1::HandoffTriggers {
        inactivity: Some(prost_types::Duration { seconds: 600, nanos: 0 }),
        ..Default::default()
    };
    set_triggers(&scene.app.root(), limit, &["inactivity"]).await.expect("set");
    let (name, _) = scene.given("ann", "Hello").await;
    acknowledge(&scene.ava, &scene.watch("").await.turn().await).await.expect("taken");
    scene.app.advance(Duration::from_mins(10));
    scene.settle().await;
    assert_eq!((scene.controller(&name).await.0, scene.fired().await), (String::new(), vec!["INACTIVITY".to_owned()]));
});

// T-52, T-51: under the present epoch, in control, and for its own turns alone.
both_engines!(turns_are_taken_by_whom_they_are_for, |db| async move {
    let scene = Scene::start(db).await;
    let (name, epoch) = scene.given("ann", "Hello").await;
    let turn = scene.watch("").await.turn().await;
    make(&scene.app.root(), "bob").await.expect("another");
    let bob = runtime_of(&scene.app, "bob").await;
    assert_refused(acknowledge(&bob, &turn).await, ErrorReason::ResourceNotFound);
    assert_refused(acknowledge(&scene.mia, &turn).await, ErrorReason::CallerKindNotAllowed);
    let old = v1::Turn { control_epoch: epoch + 1, ..turn.clone() };
    assert_refused(acknowledge(&scene.ava, &old).await, ErrorReason::ControlEpochStale);
    scene.answer(&name, epoch, "Hi").await.expect("answered");
    assert_refused(acknowledge(&scene.ava, &turn).await, ErrorReason::TurnNotOpen);
    scene.says("ann", "2", "And?").await;
    let next = scene.watch("").await.turn().await;
    pause(&scene.app.root(), "ava").await.expect("paused");
    assert_refused(acknowledge(&scene.ava, &next).await, ErrorReason::CustomerAgentNotLive);
    take(&scene.mia, &name, epoch).await.expect("taken");
    let late = v1::Turn { control_epoch: epoch + 1, ..next };
    assert_refused(acknowledge(&scene.ava, &late).await, ErrorReason::NotInControl);
});
