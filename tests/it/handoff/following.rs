//! What other calls do to a hand-off: whoever writes or takes control has it, whoever gets the ticket too.

use std::time::Duration;

use helpdesk::grpc::pb::v1::{self, HandoffState as State};

use super::hands::{get, hand_off, live, ticket_of, work};
use super::people::{asked, offering};
use crate::conversation::take_control::{control, take};
use crate::conversation::talk;
use crate::support::app::{App, user_name};
use crate::support::databases::both_engines;

/// A hand-off that waits, because nobody is there.
async fn waiting(app: &App) -> (super::hands::Scene, v1::Handoff) {
    let scene = live(app).await;
    app.available("mia", false).await;
    app.available("ben", false).await;
    let waits = hand_off(&scene).await;
    assert_eq!(waits.state(), State::Requested);
    (scene, waits)
}

both_engines!(whoever_writes_has_it, |db| async move {
    let app = App::start(db).await;
    let (scene, waits) = waiting(&app).await;
    talk::send(&scene.mia, talk::reply(&scene.conversation, "I am here")).await;
    let has = get(&scene.mia, &waits.name).await;
    assert_eq!((has.state(), has.user.as_str()), (State::HumanActive, user_name("mia").as_str()));
    assert!(has.first_human_reply_time.is_some() && has.expire_time.is_none());
    assert_eq!(ticket_of(&app, &scene.conversation).await.owner, user_name("mia"));
});

both_engines!(whoever_takes_control_has_it, |db| async move {
    let app = App::start(db).await;
    let (scene, waits) = waiting(&app).await;
    take(&scene.ben, &scene.conversation, 0).await.expect("taken");
    let has = get(&scene.mia, &waits.name).await;
    assert_eq!((has.state(), has.user.as_str()), (State::HumanActive, user_name("ben").as_str()));
    assert_eq!(has.first_human_reply_time, None);
});

both_engines!(whoever_gets_the_ticket_by_hand_has_it, |db| async move {
    let app = App::start(db).await;
    let (scene, waits) = waiting(&app).await;
    let name = ticket_of(&app, &scene.conversation).await.name;
    assign(&app, &name, "ben").await;
    let has = get(&scene.mia, &waits.name).await;
    assert_eq!((has.state(), has.user.as_str()), (State::Accepting, user_name("ben").as_str()));
    assert_eq!(control(&scene.mia, &scene.conversation).await.0, user_name("ben"));
    let unassign = v1::UnassignTicketRequest { name, ..Default::default() };
    app.root().tickets().unassign_ticket(unassign).await.expect("unassigned");
    let lost = get(&scene.mia, &waits.name).await;
    assert_eq!((lost.state(), lost.user.as_str()), (State::Requested, ""));
    assert!(lost.expire_time.is_some(), "nobody has it, and somebody looks again");
});

// Complaint 39: control never moves without an event.
both_engines!(a_closed_ticket_completes_it_and_control_never_moves_without_an_event, |db| async move {
    let app = App::start(db).await;
    let scene = live(&app).await;
    let given = hand_off(&scene).await;
    app.close(&ticket_of(&app, &scene.conversation).await.name).await;
    let done = get(&scene.mia, &given.name).await;
    assert_eq!((done.state(), done.outcome()), (State::Completed, v1::HandoffOutcome::Resolved));
    let moved = talk::events(&app, v1::EventType::ControlChanged).await;
    assert_eq!(moved.len(), 2, "to the agent, and to the person");
});

both_engines!(a_ticket_that_goes_ends_it, |db| async move {
    let app = App::start(db).await;
    let (scene, waits) = waiting(&app).await;
    let name = ticket_of(&app, &scene.conversation).await.name;
    let delete = v1::DeleteTicketRequest { name: name.clone(), ..Default::default() };
    app.root().tickets().delete_ticket(delete).await.expect("deleted");
    let ended = talk::events(&app, v1::EventType::HandoffEnded).await;
    assert_eq!((ended.len(), ended[0].resource.as_str()), (1, waits.name.as_str()));
    let expunge = v1::ExpungeTicketRequest { name, ..Default::default() };
    app.root().tickets().expunge_ticket(expunge).await.expect("gone for good");
    let read = v1::GetHandoffRequest { name: waits.name };
    let gone = scene.mia.handoffs().get_handoff(read).await;
    crate::support::client::assert_refused(gone, v1::ErrorReason::ResourceNotFound);
});

both_engines!(a_merged_ticket_takes_it_along, |db| async move {
    let app = App::start(db).await;
    let (scene, waits) = waiting(&app).await;
    let target = talk::manual_ticket(&app.root(), "Stays").await.name;
    assign(&app, &target, "ben").await;
    let source = ticket_of(&app, &scene.conversation).await.name;
    let merge = v1::MergeTicketsRequest { name: target, sources: vec![source], ..Default::default() };
    app.root().tickets().merge_tickets(merge).await.expect("merged");
    let has = get(&scene.mia, &waits.name).await;
    assert_eq!((has.state(), has.user.as_str()), (State::Accepting, user_name("ben").as_str()));
});

async fn assign(app: &App, ticket: &str, to: &str) {
    let request = v1::AssignTicketRequest { name: ticket.to_owned(), owner: user_name(to), ..Default::default() };
    app.root().tickets().assign_ticket(request).await.expect("assigned");
}

// R-220, C-094: an offer is taken by whoever takes control, also by the one who is asked: its end takes nothing away.
both_engines!(whoever_is_asked_and_takes_control_keeps_it, |db| async move {
    let app = App::start(db).await;
    let scene = offering(&app).await;
    let offered = hand_off(&scene).await;
    let [(who, one), _] = asked(&scene, &offered);
    take(one, &scene.conversation, 0).await.expect("taken");
    let has = get(&scene.mia, &offered.name).await;
    assert_eq!((has.state(), has.user.as_str()), (State::HumanActive, user_name(who).as_str()));
    app.advance(Duration::from_secs(30));
    work(&app).await;
    assert_eq!(get(&scene.mia, &offered.name).await.etag, has.etag, "the offer does not end any more");
    assert_eq!(control(&scene.mia, &scene.conversation).await.0, user_name(who));
});

// R-220, C-094.
both_engines!(whoever_is_asked_and_gets_the_ticket_by_hand_keeps_it, |db| async move {
    let app = App::start(db).await;
    let scene = offering(&app).await;
    let offered = hand_off(&scene).await;
    let [(who, _), _] = asked(&scene, &offered);
    assign(&app, &ticket_of(&app, &scene.conversation).await.name, who).await;
    let has = get(&scene.mia, &offered.name).await;
    assert_eq!((has.state(), has.user.as_str()), (State::Accepting, user_name(who).as_str()));
    app.advance(Duration::from_secs(30));
    work(&app).await;
    assert_eq!(get(&scene.mia, &offered.name).await.etag, has.etag, "the offer does not end any more");
    assert_eq!(ticket_of(&app, &scene.conversation).await.owner, user_name(who));
    assert_eq!(control(&scene.mia, &scene.conversation).await.0, user_name(who));
});

// T-52: never a conversation with nobody responsible and no time at which somebody looks.
both_engines!(one_that_is_given_up_waits_again, |db| async move {
    let app = App::start(db).await;
    let (scene, waits) = waiting(&app).await;
    take(&scene.ben, &scene.conversation, 0).await.expect("taken");
    let release = v1::ReleaseControlRequest { name: scene.conversation.clone(), ..Default::default() };
    scene.ben.conversations().release_control(release).await.expect("given up");
    let lost = get(&scene.mia, &waits.name).await;
    assert_eq!((lost.state(), lost.user.as_str()), (State::Requested, ""));
    assert!(lost.expire_time.is_some(), "nobody has it, and somebody looks again");
});

// T-52: whoever is shut out speaks no longer, also without the ticket.
both_engines!(one_of_a_person_who_is_shut_out_waits_again, |db| async move {
    let app = App::start(db).await;
    let (scene, waits) = waiting(&app).await;
    take(&scene.ben, &scene.conversation, 0).await.expect("taken");
    let request = v1::DeactivateUserRequest { name: user_name("ben"), ..Default::default() };
    app.root().users().deactivate_user(request).await.expect("shut out");
    work(&app).await;
    let lost = get(&scene.mia, &waits.name).await;
    assert_eq!((lost.state(), lost.user.as_str()), (State::Requested, ""));
    assert!(lost.expire_time.is_some(), "nobody has it, and somebody looks again");
    assert_eq!(control(&scene.mia, &scene.conversation).await.0, "");
});

// T-52: who speaks goes on when somebody else loses the ticket.
both_engines!(who_speaks_keeps_the_word_without_the_ticket, |db| async move {
    let app = App::start(db).await;
    let (scene, waits) = waiting(&app).await;
    let ticket = ticket_of(&app, &scene.conversation).await.name;
    assign(&app, &ticket, "ben").await;
    take(&scene.mia, &scene.conversation, 0).await.expect("taken over");
    let unassign = v1::UnassignTicketRequest { name: ticket, ..Default::default() };
    app.root().tickets().unassign_ticket(unassign).await.expect("unassigned");
    let has = get(&scene.mia, &waits.name).await;
    assert_eq!((has.state(), has.user.as_str()), (State::HumanActive, user_name("mia").as_str()));
    assert_eq!(control(&scene.mia, &scene.conversation).await.0, user_name("mia"));
});
