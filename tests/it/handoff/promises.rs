//! CheckHandoff: what can be promised, and a place that is held.

use std::time::Duration;

use helpdesk::grpc::pb::v1::{self, ErrorReason, HandoffMode as Mode, HandoffProcess as Process, HandoffReason as Why};

use super::hands::{Scene, another, ask, asking, hand_off, live, scene, ticket_of, work};
use crate::conversation::take_control::take;
use crate::conversation::talk;
use crate::support::app::{App, user_name};
use crate::support::client::{Client, assert_refused};
use crate::support::databases::both_engines;

fn checking(conversation: &str, hold: Option<i64>) -> v1::CheckHandoffRequest {
    v1::CheckHandoffRequest {
        conversation: conversation.to_owned(),
        hold: hold.map(|seconds| prost_types::Duration { seconds, nanos: 0 }),
        ..Default::default()
    }
}

async fn check(caller: &Client, conversation: &str, hold: Option<i64>) -> v1::CheckHandoffResponse {
    caller.handoffs().check_handoff(checking(conversation, hold)).await.expect("an answer").into_inner()
}

both_engines!(it_says_what_a_hand_off_would_be, |db| async move {
    let app = App::start(db).await;
    let scene = scene(&app).await;
    assert_eq!(check(&scene.ava, &scene.conversation, None).await.mode(), Mode::None);
    let policy = super::hands::to_people(Process::Live, &["mia", "ben"], &[]);
    super::hands::set(&app.root(), policy, &super::hands::BASIC).await.expect("set");
    let now = check(&scene.ava, &scene.conversation, None).await;
    assert_eq!((now.mode(), now.position), (Mode::Live, 0));
    assert_eq!(now.expected_wait_max, Some(prost_types::Duration::default()));
    let other = another(&app, "2", "zoe").await;
    ask(&scene.ava, asking(&other, &[Why::ContactAsked])).await.expect("given");
    app.available("mia", false).await;
    app.available("ben", false).await;
    let third = another(&app, "3", "kim").await;
    ask(&scene.ava, asking(&third, &[Why::ContactAsked])).await.expect("it waits");
    let later = check(&scene.ava, &scene.conversation, Some(60)).await;
    assert_eq!((later.mode(), later.position, later.hold_expire_time), (Mode::Async, 2, None));
    let seconds = |span: Option<prost_types::Duration>| span.expect("a span").seconds;
    assert_eq!(
        (seconds(later.expected_wait_min), seconds(later.expected_wait_max)),
        (3_600, 14_400),
        "one in the last hour"
    );
    let handoff = hand_off(&scene).await;
    assert_eq!(check(&scene.ava, &scene.conversation, None).await.facts, handoff.facts);
});

/// Live, and each of the two takes one ticket.
async fn one_each(app: &App) -> Scene {
    let scene = live(app).await;
    app.limit("mia", 1).await;
    app.available("ben", false).await;
    scene
}

// The answer stays true: nobody else gets the place while it is held.
both_engines!(a_held_place_is_nobody_elses, |db| async move {
    let app = App::start(db).await;
    let scene = one_each(&app).await;
    let held = check(&scene.ava, &scene.conversation, Some(30)).await;
    assert_eq!(held.mode(), Mode::Live);
    assert_eq!(held.hold_expire_time.expect("held").seconds, app.now().as_micros() / 1_000_000 + 30);
    let again = check(&scene.ava, &scene.conversation, Some(60)).await;
    assert_eq!(again.mode(), Mode::Live, "its own place is no other's");
    let other = another(&app, "2", "zoe").await;
    assert_eq!(check(&scene.ava, &other, Some(60)).await.mode(), Mode::Async);
    let (waits, _) = ask(&scene.ava, asking(&other, &[Why::ContactAsked])).await.expect("it waits");
    assert_eq!(waits.user, "");
    assert_eq!(hand_off(&scene).await.user, user_name("mia"));
    assert_eq!(ticket_of(&app, &scene.conversation).await.owner, user_name("mia"));
});

both_engines!(a_held_place_is_let_go_of, |db| async move {
    let app = App::start(db).await;
    let scene = one_each(&app).await;
    // What the agent has answered is not handed over for its silence.
    let answer = v1::SendMessageRequest { control_epoch: 2, ..talk::reply(&scene.conversation, "Let me see.") };
    talk::send(&scene.ava, answer).await;
    check(&scene.ava, &scene.conversation, Some(30)).await;
    app.advance(Duration::from_secs(30));
    work(&app).await;
    let other = another(&app, "2", "zoe").await;
    let (given, _) = ask(&scene.ava, asking(&other, &[Why::ContactAsked])).await.expect("given");
    assert_eq!(given.user, user_name("mia"));
    assert_eq!(hand_off(&scene).await.user, "");
});

both_engines!(only_who_may_hand_over_asks, |db| async move {
    let app = App::start(db).await;
    let scene = live(&app).await;
    take(&scene.mia, &scene.conversation, 0).await.expect("taken");
    let refused = scene.ava.handoffs().check_handoff(checking(&scene.conversation, None)).await;
    assert_refused(refused, ErrorReason::NotInControl);
    let long = scene.mia.handoffs().check_handoff(checking(&scene.conversation, Some(61))).await;
    assert_refused(long, ErrorReason::FieldInvalid);
});
