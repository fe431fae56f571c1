//! CheckHandoff: what can be promised, and a place that is held.

use std::time::Duration;

use helpdesk::grpc::pb::v1::{
    self, ErrorReason, HandoffMode as Mode, HandoffProcess as Process, HandoffReason as Why, handoff_policy::Assignment,
};

use super::by_workflow::gives_to;
use super::hands::{
    AVAILABLE, BASIC, Scene, another, ask, asking, hand_off, live, scene, set, ticket_of, to_people, told, words, work,
};
use crate::conversation::take_control::take;
use crate::conversation::talk;
use crate::support::app::{App, user_name};
use crate::support::client::{Client, assert_refused};
use crate::support::databases::both_engines;
use crate::ticket::hands::merge;
use crate::workflow::hands as flows;

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
    set(&app.root(), to_people(Process::Live, &["mia", "ben"], &[]), &BASIC).await.expect("set");
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
    assert_eq!(
        (later.mode(), later.position, later.hold_expire_time),
        (Mode::Live, 2, None),
        "live, and nobody is there"
    );
    let seconds = |span: Option<prost_types::Duration>| span.expect("a span").seconds;
    assert_eq!(
        (seconds(later.expected_wait_min), seconds(later.expected_wait_max)),
        (3_600, 14_400),
        "one in the last hour"
    );
    let handoff = hand_off(&scene).await;
    let open = check(&scene.ava, &scene.conversation, None).await;
    assert_eq!((open.facts, open.mode(), handoff.mode()), (handoff.facts, later.mode(), later.mode()));
});

// C-093, C-095: what is announced is what the hand-off has, whoever is there.
both_engines!(the_mode_that_it_says_is_that_of_the_hand_off, |db| async move {
    let app = App::start(db).await;
    let scene = live(&app).await;
    app.limit("mia", 0).await;
    app.limit("ben", 0).await;
    let both = [("zoe", Process::Live, Mode::Live), ("kim", Process::Asynchronous, Mode::Async)];
    for (contact, process, mode) in both {
        set(&app.root(), to_people(process, &["mia", "ben"], &[]), &BASIC).await.expect("set");
        let conversation = another(&app, contact, contact).await;
        let seen = check(&scene.ava, &conversation, None).await;
        let (handoff, _) = ask(&scene.ava, asking(&conversation, &[Why::ContactAsked])).await.expect("it waits");
        let open = check(&scene.ava, &conversation, None).await;
        assert_eq!((seen.mode(), handoff.mode(), open.mode()), (mode, mode, mode));
    }
});

// whom a workflow will ask is not known: nothing is counted, and nobody's place is held, whoever was named before.
both_engines!(with_a_workflow_nobody_is_counted_or_held, |db| async move {
    let app = App::start(db).await;
    let scene = live(&app).await;
    flows::live(&app.root(), "assign", flows::workflow(Vec::new(), vec![gives_to("ben")])).await;
    let text = v1::HandoffText { language_code: String::new(), text: "Everybody is busy.".to_owned() };
    let policy = v1::HandoffPolicy {
        assignment: Some(Assignment::Workflow(flows::name("assign"))),
        unavailable_messages: Vec::new(),
        not_assigned_messages: vec![text],
        ..to_people(Process::Live, &[], &[])
    };
    let paths = ["workflow", "unavailable_messages", "not_assigned_messages"];
    set(&app.root(), policy, &paths).await.expect("set");
    let seen = check(&scene.ava, &scene.conversation, Some(60)).await;
    assert_eq!((seen.mode(), seen.hold_expire_time), (Mode::Live, None));
    assert_eq!((seen.position, seen.expected_wait_min, seen.expected_wait_max), (0, None, None), "the workflow knows");
    let handoff = hand_off(&scene).await;
    for facts in [seen.facts, handoff.facts] {
        let facts = facts.expect("facts");
        assert_eq!((facts.eligible_count, facts.available_count, facts.next_open_time), (0, 0, None));
    }
});

/// Only mia is there, and she takes one chat.
async fn one_chat(app: &App) -> Scene {
    let scene = live(app).await;
    app.available("ben", false).await;
    let group = v1::GroupCapacity { group: v1::CapacityGroup::Messaging.into(), limit: 1 };
    app.capacity("mia", v1::Capacity { groups: vec![group], ..Default::default() }).await;
    scene
}

/// Merges the ticket of the scene's chat into that of a mail.
async fn into_a_mail(app: &App, scene: &Scene) {
    app.channel("mail", v1::ChannelType::Email).await;
    let mail = app.arrives("mail", "m1", "ann@example.com").await;
    let chat = ticket_of(app, &scene.conversation).await;
    merge(&scene.mia, &mail.name, &[&chat.name]).await.expect("merged");
    assert_eq!(ticket_of(app, &scene.conversation).await.name, mail.name);
}

// C-096, C-051: what is counted is what the allocator counts: a chat whose ticket became that of a mail takes no chat's place.
both_engines!(it_counts_as_the_ticket_does, |db| async move {
    let app = App::start(db).await;
    let scene = one_chat(&app).await;
    let other = another(&app, "2", "zoe").await;
    let (given, _) = ask(&scene.ava, asking(&other, &[Why::ContactAsked])).await.expect("given");
    assert_eq!(given.user, user_name("mia"));
    assert_eq!(check(&scene.ava, &scene.conversation, None).await.position, 1, "no more chats");
    into_a_mail(&app, &scene).await;
    let seen = check(&scene.ava, &scene.conversation, None).await;
    assert_eq!((seen.position, seen.facts.expect("facts").available_count), (0, 1));
    let handoff = hand_off(&scene).await;
    assert_eq!((handoff.user, handoff.facts.expect("facts").available_count), (user_name("mia"), 1));
    assert_eq!(words(&told(&app, &scene.conversation).await[0]), AVAILABLE);
});

// C-051: what was held as a chat is let go of as a chat, whatever became of the ticket.
both_engines!(a_held_place_is_let_go_of_as_it_was_held, |db| async move {
    let app = App::start(db).await;
    let scene = one_chat(&app).await;
    assert!(check(&scene.ava, &scene.conversation, Some(60)).await.hold_expire_time.is_some());
    into_a_mail(&app, &scene).await;
    assert_eq!(hand_off(&scene).await.user, user_name("mia"));
    let other = another(&app, "2", "zoe").await;
    let (given, _) = ask(&scene.ava, asking(&other, &[Why::ContactAsked])).await.expect("given");
    assert_eq!(given.user, user_name("mia"), "her one chat");
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
    let nobody = check(&scene.ava, &other, Some(60)).await;
    assert_eq!((nobody.position, nobody.hold_expire_time), (1, None));
    let (waits, _) = ask(&scene.ava, asking(&other, &[Why::ContactAsked])).await.expect("it waits");
    assert_eq!(waits.user, "");
    assert_eq!(hand_off(&scene).await.user, user_name("mia"));
    assert_eq!(ticket_of(&app, &scene.conversation).await.owner, user_name("mia"));
});

// Who asks without holding takes nothing from whom a place is held for.
both_engines!(who_only_asks_leaves_a_held_place, |db| async move {
    let app = App::start(db).await;
    let scene = one_each(&app).await;
    let held = check(&scene.ava, &scene.conversation, Some(30)).await.hold_expire_time;
    assert!(held.is_some());
    app.advance(Duration::from_secs(10));
    for caller in [&scene.mia, &scene.ava] {
        let seen = check(caller, &scene.conversation, None).await;
        assert_eq!((seen.mode(), seen.position, seen.hold_expire_time), (Mode::Live, 0, held));
    }
    let other = another(&app, "2", "zoe").await;
    let (waits, _) = ask(&scene.ava, asking(&other, &[Why::ContactAsked])).await.expect("it waits");
    assert_eq!(waits.user, "");
    assert_eq!(hand_off(&scene).await.user, user_name("mia"));
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
