//! What time does to a hand-off: offers end, patience ends, whoever becomes free gets one that waits.

use std::time::Duration;

use helpdesk::grpc::pb::v1::{self, HandoffProcess as Process, HandoffState as State};

use super::hands::{BASIC, Scene, cancel, decline, get, hand_off, scene, set, ticket_of, to_people, told, work};
use crate::conversation::take_control::control;
use crate::conversation::talk;
use crate::customer_agent::hands::{agent_name, delete, pause};
use crate::support::app::{App, user_name};
use crate::support::databases::both_engines;

fn seconds(seconds: i64) -> prost_types::Duration {
    prost_types::Duration { seconds, nanos: 0 }
}

async fn with(app: &App, policy: v1::HandoffPolicy, paths: &[&str]) -> Scene {
    let scene = scene(app).await;
    set(&app.root(), policy, &[&BASIC[..], paths].concat()).await.expect("set");
    scene
}

both_engines!(an_offer_that_nobody_answers_goes_on, |db| async move {
    let app = App::start(db).await;
    let policy =
        v1::HandoffPolicy { offer_timeout: Some(seconds(30)), ..to_people(Process::Live, &["mia", "ben"], &[]) };
    let scene = with(&app, policy, &["offer_timeout"]).await;
    let first = hand_off(&scene).await;
    app.advance(Duration::from_secs(29));
    work(&app).await;
    assert_eq!(get(&scene.mia, &first.name).await.user, first.user);
    app.advance(Duration::from_secs(1));
    work(&app).await;
    let second = get(&scene.mia, &first.name).await;
    assert_eq!(second.state(), State::Offered);
    assert_ne!(second.user, first.user);
    app.advance(Duration::from_secs(30));
    work(&app).await;
    let nobody = get(&scene.mia, &first.name).await;
    assert_eq!((nobody.state(), nobody.user.as_str()), (State::Requested, ""));
    assert_eq!(told(&app, &scene.conversation).await.len(), 1);
});

/// One that waits for `mia`, who is away, and falls back to the agent after two minutes.
async fn falls_back(app: &App) -> (Scene, v1::Handoff) {
    let policy = v1::HandoffPolicy {
        patience: Some(seconds(120)),
        fallback: v1::HandoffFallback::CustomerAgent.into(),
        ..to_people(Process::Live, &["mia"], &[])
    };
    let scene = with(app, policy, &["patience", "fallback"]).await;
    app.available("mia", false).await;
    app.advance(Duration::from_secs(1));
    let waits = hand_off(&scene).await;
    assert_eq!(waits.state(), State::Requested);
    (scene, waits)
}

/// The contact writes.
async fn writes(app: &App, id: &str) {
    app.advance(Duration::from_secs(1));
    app.ingest(talk::from("chat", id, v1::inbound_sender::Point::Handle("ann".to_owned()))).await;
}

/// What became of turns so far, in order.
async fn turns(app: &App) -> Vec<String> {
    talk::events(app, v1::EventType::TurnChanged).await.iter().map(|event| event.fields[0].after.clone()).collect()
}

// C-093, C-097: the agent has it again, with what the contact wrote while nobody came.
both_engines!(one_that_waits_ends_after_its_patience, |db| async move {
    let app = App::start(db).await;
    let (scene, waits) = falls_back(&app).await;
    assert_eq!(waits.expire_time.expect("a time").seconds, waits.create_time.expect("a time").seconds + 120);
    writes(&app, "2").await;
    assert_eq!(turns(&app).await, ["WAITING", "ENDED"], "nobody has it");
    app.advance(Duration::from_secs(118));
    work(&app).await;
    assert_eq!(get(&scene.mia, &waits.name).await.state(), State::Requested);
    assert_eq!(control(&scene.mia, &scene.conversation).await.0, "");
    app.advance(Duration::from_secs(1));
    work(&app).await;
    let over = get(&scene.mia, &waits.name).await;
    assert_eq!((over.state(), over.outcome()), (State::Expired, v1::HandoffOutcome::Nobody));
    let (controller, epoch) = control(&scene.mia, &scene.conversation).await;
    assert_eq!(controller, agent_name("ava"));
    assert_eq!(turns(&app).await, ["WAITING", "ENDED", "WAITING"]);
    let answer = v1::SendMessageRequest { control_epoch: epoch, ..talk::reply(&scene.conversation, "Sorry") };
    talk::send(&scene.ava, answer).await;
    assert_eq!(turns(&app).await, ["WAITING", "ENDED", "WAITING", "ANSWERED"]);
});

// C-097: called off, too; what handed over is not given once more.
both_engines!(one_that_is_called_off_gives_back_what_was_written_since, |db| async move {
    let app = App::start(db).await;
    let (scene, waits) = falls_back(&app).await;
    cancel(&scene.ava, &waits.name).await.expect("called off");
    assert_eq!(turns(&app).await, ["WAITING", "ENDED"], "the contact was told, and wrote nothing since");
    let waits = hand_off(&scene).await;
    writes(&app, "2").await;
    cancel(&scene.ava, &waits.name).await.expect("called off");
    assert_eq!(control(&scene.mia, &scene.conversation).await.0, agent_name("ava"));
    assert_eq!(turns(&app).await, ["WAITING", "ENDED", "WAITING"]);
});

/// The patience ends while the agent cannot have it: people can.
async fn ends_with_people(app: &App, scene: &Scene, waits: &v1::Handoff) {
    app.advance(Duration::from_mins(2));
    work(app).await;
    assert_eq!(get(&scene.mia, &waits.name).await.state(), State::Expired);
    assert_eq!(control(&scene.mia, &scene.conversation).await.0, "");
    let ticket = ticket_of(app, &scene.conversation).await;
    assert_eq!((ticket.owner.as_str(), ticket.unassigned_reason()), ("", v1::UnassignedReason::NobodyAvailable));
    talk::send(&scene.mia, talk::reply(&scene.conversation, "I am here")).await;
}

// C-097, R-213: a paused agent does not get it back.
both_engines!(one_whose_agent_is_paused_is_left_to_people, |db| async move {
    let app = App::start(db).await;
    let (scene, waits) = falls_back(&app).await;
    pause(&app.root(), "ava").await.expect("paused");
    writes(&app, "2").await;
    ends_with_people(&app, &scene, &waits).await;
});

// C-097, complaint 39: an agent that is no more gets nothing.
both_engines!(one_whose_agent_is_gone_is_left_to_people, |db| async move {
    let app = App::start(db).await;
    let (scene, waits) = falls_back(&app).await;
    let keys = v1::ListAccessKeysRequest { parent: crate::support::app::account(), ..Default::default() };
    let keys = app.root().access().list_access_keys(keys).await.expect("keys").into_inner().access_keys;
    for key in keys.into_iter().filter(|key| key.customer_agent == agent_name("ava")) {
        let request = v1::RevokeAccessKeyRequest { name: key.name, ..Default::default() };
        app.root().access().revoke_access_key(request).await.expect("revoked");
    }
    delete(&app.root(), "ava").await.expect("deleted");
    writes(&app, "2").await;
    ends_with_people(&app, &scene, &waits).await;
});

// T-52: it is given to whoever becomes free, within a second.
both_engines!(whoever_becomes_free_gets_one_that_waits, |db| async move {
    let app = App::start(db).await;
    let policy = v1::HandoffPolicy { retries: true, ..to_people(Process::Live, &["mia"], &[]) };
    let scene = with(&app, policy, &["retries"]).await;
    app.available("mia", false).await;
    let waits = hand_off(&scene).await;
    app.advance(Duration::from_secs(1));
    work(&app).await;
    let still = get(&scene.mia, &waits.name).await;
    assert_eq!(
        (still.state(), still.etag.as_str()),
        (State::Requested, waits.etag.as_str()),
        "looking changes nothing"
    );
    app.available("mia", true).await;
    app.advance(Duration::from_secs(1));
    work(&app).await;
    let given = get(&scene.mia, &waits.name).await;
    assert_eq!((given.state(), given.user), (State::Accepting, user_name("mia")));
    assert_eq!(ticket_of(&app, &scene.conversation).await.owner, user_name("mia"));
    assert_eq!(control(&scene.mia, &scene.conversation).await.0, user_name("mia"));
});

both_engines!(one_for_later_that_nobody_can_have_is_looked_at_again, |db| async move {
    let app = App::start(db).await;
    let scene = with(&app, to_people(Process::Asynchronous, &["mia"], &[]), &[]).await;
    app.limit("mia", 0).await;
    let waits = hand_off(&scene).await;
    assert_eq!((waits.state(), waits.user.as_str()), (State::QueuedAsync, ""));
    app.limit("mia", 1).await;
    app.advance(Duration::from_mins(15));
    work(&app).await;
    let given = get(&scene.mia, &waits.name).await;
    assert_eq!((given.state(), given.user.as_str()), (State::QueuedAsync, user_name("mia").as_str()));
    let declined = decline(&scene.mia, &waits.name).await.expect("declined");
    assert_eq!(declined.user, "", "nobody else can have it");
});

// C-095: looking for somebody in vain is written down once, however often it is looked.
both_engines!(looking_in_vain_writes_nothing, |db| async move {
    let app = App::start(db).await;
    let scene = with(&app, to_people(Process::Asynchronous, &["mia"], &[]), &[]).await;
    app.limit("mia", 0).await;
    let waits = hand_off(&scene).await;
    let before = talk::events(&app, v1::EventType::RoutingDecided).await.len();
    for _ in 0..3 {
        app.advance(Duration::from_mins(15));
        work(&app).await;
    }
    let still = get(&scene.mia, &waits.name).await;
    assert_eq!((still.state(), still.etag), (State::QueuedAsync, waits.etag));
    assert_eq!(talk::events(&app, v1::EventType::RoutingDecided).await.len(), before);
});
