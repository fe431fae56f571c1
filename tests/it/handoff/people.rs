//! What people do with a hand-off: take it, leave it, pass it on, call it off, be done.

use std::time::Duration;

use helpdesk::grpc::pb::access::{AccessLevel, Seat};
use helpdesk::grpc::pb::v1::{self, ErrorReason, HandoffProcess as Process, HandoffState as State};

use super::hands::{
    BASIC, Scene, accept, cancel, complete, decline, get, hand_off, live, scene, set, ticket_of, to_people, told,
    transfer,
};
use crate::conversation::take_control::control;
use crate::conversation::talk;
use crate::customer_agent::hands::agent_name;
use crate::support::app::{App, account, person, user_name};
use crate::support::client::{Client, assert_refused};
use crate::support::databases::both_engines;

/// Live, and each is asked for 30 seconds.
pub async fn offering(app: &App) -> Scene {
    let scene = scene(app).await;
    let policy = v1::HandoffPolicy {
        offer_timeout: Some(prost_types::Duration { seconds: 30, nanos: 0 }),
        ..to_people(Process::Live, &["mia", "ben"], &[])
    };
    set(&app.root(), policy, &[&BASIC[..], &["offer_timeout"]].concat()).await.expect("set");
    scene
}

/// Whom it is offered to, with the other one.
pub fn asked<'s>(scene: &'s Scene, handoff: &v1::Handoff) -> [(&'static str, &'s Client); 2] {
    let (mia, ben) = (("mia", &scene.mia), ("ben", &scene.ben));
    if handoff.user == user_name("mia") { [mia, ben] } else { [ben, mia] }
}

/// A hand-off that is offered to somebody new with a Service seat, who sees tickets within a level only.
async fn offered_to(app: &App, id: &str, level: AccessLevel) -> (Scene, Client, v1::Handoff) {
    let scene = offering(app).await;
    let one = app.add_user(v1::User { seat: Seat::Service.into(), ..person(id, level) }, id).await;
    set(&app.root(), to_people(Process::Live, &[id], &[]), &["same_targets"]).await.expect("set");
    let offered = hand_off(&scene).await;
    assert_eq!((offered.state(), offered.user.as_str()), (State::Offered, user_name(id).as_str()));
    (scene, one, offered)
}

async fn listed(caller: &Client) -> Vec<String> {
    let request = v1::ListHandoffsRequest { parent: account(), ..Default::default() };
    let page = caller.handoffs().list_handoffs(request).await.expect("listed").into_inner();
    page.handoffs.into_iter().map(|handoff| handoff.name).collect()
}

// R-220, C-094: whoever may be owner is asked, and sees and takes what is offered, whatever else the person sees; C-004 for others.
both_engines!(an_offer_is_taken_by_who_sees_own_tickets_only, |db| async move {
    let app = App::start(db).await;
    let (scene, una, offered) = offered_to(&app, "una", AccessLevel::Owned).await;
    let nina = app.collaborator("nina", AccessLevel::Owned).await;
    assert_refused(accept(&nina, &offered.name).await, ErrorReason::ResourceNotFound);
    assert!(listed(&nina).await.is_empty());
    assert_eq!(listed(&una).await, std::slice::from_ref(&offered.name));
    assert_eq!(get(&una, &offered.name).await.etag, offered.etag);
    assert_refused(cancel(&una, &offered.name).await, ErrorReason::OutOfScope);
    let taken = accept(&una, &offered.name).await.expect("taken");
    assert_eq!((taken.state(), taken.user), (State::Accepting, user_name("una")));
    assert_eq!(ticket_of(&app, &scene.conversation).await.owner, user_name("una"));
    assert_eq!(control(&una, &scene.conversation).await.0, user_name("una"));
});

// R-220, C-094: the same below the level of the team; after the offer it is out of reach again.
both_engines!(an_offer_is_declined_by_who_sees_tickets_of_the_team_only, |db| async move {
    let app = App::start(db).await;
    let (_, tom, offered) = offered_to(&app, "tom", AccessLevel::Team).await;
    assert_eq!(listed(&tom).await, std::slice::from_ref(&offered.name));
    let waits = decline(&tom, &offered.name).await.expect("declined");
    assert_eq!((waits.state(), waits.user.as_str()), (State::Requested, ""));
    assert!(listed(&tom).await.is_empty());
    assert_refused(decline(&tom, &offered.name).await, ErrorReason::ResourceNotFound);
});

both_engines!(only_who_is_asked_takes_an_offer, |db| async move {
    let app = App::start(db).await;
    let scene = offering(&app).await;
    let offered = hand_off(&scene).await;
    assert_eq!(offered.state(), State::Offered);
    assert_eq!(ticket_of(&app, &scene.conversation).await.owner, "", "nobody has it yet");
    assert_eq!(control(&scene.mia, &scene.conversation).await.0, "", "the agent is silent already");
    let [(first, one), (_, other)] = asked(&scene, &offered);
    assert_refused(accept(other, &offered.name).await, ErrorReason::HandoffNotYours);
    assert_refused(decline(other, &offered.name).await, ErrorReason::HandoffNotYours);
    let taken = accept(one, &offered.name).await.expect("taken");
    assert_eq!((taken.state(), taken.user.as_str()), (State::Accepting, user_name(first).as_str()));
    assert_eq!(accept(one, &offered.name).await.expect("taken already").etag, taken.etag);
    assert_refused(accept(other, &offered.name).await, ErrorReason::HandoffNotYours);
    assert_eq!(ticket_of(&app, &scene.conversation).await.owner, user_name(first));
    assert_eq!(control(&scene.mia, &scene.conversation).await.0, user_name(first));
    assert_eq!(told(&app, &scene.conversation).await.len(), 1);
});

both_engines!(who_declined_is_not_asked_again, |db| async move {
    let app = App::start(db).await;
    let scene = offering(&app).await;
    let offered = hand_off(&scene).await;
    let [(_, one), (second, other)] = asked(&scene, &offered);
    let next = decline(one, &offered.name).await.expect("declined");
    assert_eq!((next.state(), next.user.as_str()), (State::Offered, user_name(second).as_str()));
    let nobody = decline(other, &offered.name).await.expect("declined");
    assert_eq!((nobody.state(), nobody.user.as_str()), (State::Requested, ""));
    let taken = accept(one, &offered.name).await.expect("one that waits is free to take");
    assert_eq!(taken.state(), State::Accepting);
});

both_engines!(one_that_was_given_can_be_declined_before_a_word, |db| async move {
    let app = App::start(db).await;
    let scene = live(&app).await;
    let given = hand_off(&scene).await;
    let [(_, one), (second, other)] = asked(&scene, &given);
    let next = decline(one, &given.name).await.expect("declined");
    assert_eq!((next.state(), next.user.as_str()), (State::Accepting, user_name(second).as_str()));
    assert_eq!(ticket_of(&app, &scene.conversation).await.owner, user_name(second));
    talk::send(other, talk::reply(&scene.conversation, "Hello")).await;
    assert_refused(decline(other, &given.name).await, ErrorReason::HandoffNotOpen);
});

both_engines!(one_is_called_off_before_a_person_speaks, |db| async move {
    let app = App::start(db).await;
    let scene = offering(&app).await;
    let back =
        v1::HandoffPolicy { fallback: v1::HandoffFallback::CustomerAgent.into(), ..to_people(Process::Live, &[], &[]) };
    set(&app.root(), back, &["fallback"]).await.expect("set");
    let offered = hand_off(&scene).await;
    let ended = cancel(&scene.ava, &offered.name).await.expect("called off by the agent");
    assert_eq!((ended.state(), ended.outcome()), (State::Cancelled, v1::HandoffOutcome::CalledOff));
    assert_eq!(control(&scene.mia, &scene.conversation).await.0, agent_name("ava"));
    assert_refused(cancel(&scene.mia, &offered.name).await, ErrorReason::HandoffNotOpen);
    let again = hand_off(&scene).await;
    assert_ne!(again.name, offered.name, "C-097: armed again");
    let [(_, one), _] = asked(&scene, &again);
    accept(one, &again.name).await.expect("taken");
    talk::send(one, talk::reply(&scene.conversation, "Hello")).await;
    assert_refused(cancel(one, &again.name).await, ErrorReason::HandoffNotOpen);
});

both_engines!(one_goes_on_to_others, |db| async move {
    let app = App::start(db).await;
    let scene = live(&app).await;
    let zoe = app.agent("zoe").await;
    let given = hand_off(&scene).await;
    assert_refused(transfer(&scene.mia, &given.name, &[]).await, ErrorReason::FieldInvalid);
    assert_refused(transfer(&scene.mia, &given.name, &["nobody"]).await, ErrorReason::ReferenceNotFound);
    let moved = transfer(&scene.mia, &given.name, &["zoe"]).await.expect("transferred");
    assert_eq!((moved.state(), moved.user.as_str()), (State::Accepting, user_name("zoe").as_str()));
    assert_eq!((moved.transfer_count, control(&zoe, &scene.conversation).await.0), (1, user_name("zoe")));
    assert_eq!(ticket_of(&app, &scene.conversation).await.owner, user_name("zoe"));
    assert_eq!(told(&app, &scene.conversation).await.len(), 1, "the contact is told once");
});

both_engines!(a_person_is_done_with_it, |db| async move {
    let app = App::start(db).await;
    let scene = live(&app).await;
    app.available("ben", false).await;
    let given = hand_off(&scene).await;
    app.advance(Duration::from_mins(1));
    talk::send(&scene.mia, talk::reply(&scene.conversation, "Hello")).await;
    let speaks = get(&scene.mia, &given.name).await;
    assert_eq!(speaks.state(), State::HumanActive);
    let seconds = |time: Option<prost_types::Timestamp>| time.expect("a time").seconds;
    assert_eq!(seconds(speaks.first_human_reply_time), seconds(speaks.accept_time) + 60);
    let done = complete(&scene.mia, &given.name).await.expect("done");
    assert_eq!((done.state(), done.outcome()), (State::Completed, v1::HandoffOutcome::Resolved));
    assert_eq!(control(&scene.mia, &scene.conversation).await.0, user_name("mia"));
    assert_refused(complete(&scene.mia, &given.name).await, ErrorReason::HandoffNotOpen);
    let events = talk::events(&app, v1::EventType::HandoffCompleted).await;
    assert_eq!((events.len(), events[0].resource.as_str()), (1, given.name.as_str()));
});
