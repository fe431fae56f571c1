//! What time does to a hand-off: offers end, patience ends, whoever becomes free gets one that waits.

use std::time::Duration;

use helpdesk::grpc::pb::v1::{self, HandoffProcess as Process, HandoffState as State};

use super::hands::{BASIC, Scene, decline, get, hand_off, scene, set, ticket_of, to_people, told, work};
use crate::conversation::take_control::control;
use crate::customer_agent::hands::agent_name;
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

both_engines!(one_that_waits_ends_after_its_patience, |db| async move {
    let app = App::start(db).await;
    let policy = v1::HandoffPolicy {
        patience: Some(seconds(120)),
        fallback: v1::HandoffFallback::CustomerAgent.into(),
        ..to_people(Process::Live, &["mia"], &[])
    };
    let scene = with(&app, policy, &["patience", "fallback"]).await;
    app.available("mia", false).await;
    let waits = hand_off(&scene).await;
    assert_eq!(waits.state(), State::Requested);
    assert_eq!(waits.expire_time.expect("a time").seconds, waits.create_time.expect("a time").seconds + 120);
    app.advance(Duration::from_secs(119));
    work(&app).await;
    assert_eq!(get(&scene.mia, &waits.name).await.state(), State::Requested);
    assert_eq!(control(&scene.mia, &scene.conversation).await.0, "");
    app.advance(Duration::from_secs(1));
    work(&app).await;
    let over = get(&scene.mia, &waits.name).await;
    assert_eq!((over.state(), over.outcome()), (State::Expired, v1::HandoffOutcome::Nobody));
    assert_eq!(control(&scene.mia, &scene.conversation).await.0, agent_name("ava"));
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
