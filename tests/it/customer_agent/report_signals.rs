//! ReportSignals: what the service cannot know, said by the runtime (C-089).

use helpdesk::grpc::pb::v1::{self, ErrorReason, HandoffReason as Reason};
use tonic::Status;

use super::hands::agent_name;
use super::scene::{Scene, phrases, set_triggers};
use crate::conversation::take_control::held;
use crate::support::client::{Client, assert_refused};
use crate::support::databases::both_engines;

async fn report(
    caller: &Client,
    turn: &v1::Turn,
    signals: v1::HandoffSignals,
) -> Result<(Vec<Reason>, String), Status> {
    let (name, control_epoch) = (turn.name.clone(), turn.control_epoch);
    let request = v1::ReportSignalsRequest { name, control_epoch, signals: Some(signals), ..Default::default() };
    let told = caller.agents().report_signals(request).await?.into_inner();
    Ok((told.fired.iter().map(v1::FiredTrigger::reason).collect(), held(told.controller).0))
}

// C-089, C-090: each default signal hands over, with or without phrases; both at once is one hand-off.
both_engines!(what_the_runtime_found_hands_over, |db| async move {
    let scene = Scene::start(db).await;
    set_triggers(&scene.app.root(), phrases(&["refund"]), &["phrases"]).await.expect("set");
    let cannot = v1::HandoffSignals { cannot_answer: true, ..Default::default() };
    let asked = v1::HandoffSignals { contact_asked: true, ..Default::default() };
    let both = v1::HandoffSignals { contact_asked: true, ..cannot };
    let mut turns = scene.watch("").await;
    assert_eq!(turns.any().await.turns.len(), 0);
    for (who, signals, reasons) in [
        ("ann", cannot, vec![Reason::CannotAnswer]),
        ("bea", asked, vec![Reason::ContactAsked]),
        ("cleo", both, vec![Reason::ContactAsked, Reason::CannotAnswer]),
    ] {
        let (name, epoch) = scene.given(who, "Where is my card?").await;
        let turn = loop {
            if let Some(turn) = turns.next().await.turns.pop() {
                break turn;
            }
        };
        assert_eq!(turn.conversation, name);
        let none = report(&scene.ava, &turn, v1::HandoffSignals::default()).await.expect("told");
        assert_eq!(none, (vec![], agent_name("ava")));
        assert_eq!(report(&scene.ava, &turn, signals).await.expect("told"), (reasons, String::new()));
        assert_eq!(scene.controller(&name).await, (String::new(), epoch + 1));
        assert_refused(report(&scene.ava, &turn, signals).await, ErrorReason::ControlEpochStale);
    }
    assert_eq!(scene.fired().await, ["CANNOT_ANSWER", "CONTACT_ASKED", "CONTACT_ASKED,CANNOT_ANSWER"]);
});

// An unhappy contact, so often in a row as is asked for.
both_engines!(unhappy_so_often_in_a_row, |db| async move {
    let scene = Scene::start(db).await;
    let limit = v1::SentimentTrigger { below_percent: -40, times: 2 };
    let limit = v1::HandoffTriggers { sentiment: Some(limit), ..Default::default() };
    set_triggers(&scene.app.root(), limit, &["sentiment"]).await.expect("set");
    scene.given("ann", "Hello").await;
    let turn = scene.watch("").await.turn().await;
    let percent = |percent| v1::HandoffSignals { sentiment_percent: Some(percent), ..Default::default() };
    for (said, fires) in [(-80, false), (-40, false), (-41, false), (-100, true)] {
        let (reasons, _) = report(&scene.ava, &turn, percent(said)).await.expect("told");
        assert_eq!(reasons, if fires { vec![Reason::Sentiment] } else { vec![] }, "{said}");
    }
});
