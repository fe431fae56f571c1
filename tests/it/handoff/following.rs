//! What other calls do to a hand-off: whoever writes or takes control has it, whoever gets the ticket too.

use helpdesk::grpc::pb::v1::{self, HandoffState as State};

use super::hands::{get, hand_off, live, ticket_of};
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
    let assign = v1::AssignTicketRequest { name: name.clone(), owner: user_name("ben"), ..Default::default() };
    app.root().tickets().assign_ticket(assign).await.expect("assigned");
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
    let assign = v1::AssignTicketRequest { name: target.clone(), owner: user_name("ben"), ..Default::default() };
    app.root().tickets().assign_ticket(assign).await.expect("assigned");
    let source = ticket_of(&app, &scene.conversation).await.name;
    let merge = v1::MergeTicketsRequest { name: target, sources: vec![source], ..Default::default() };
    app.root().tickets().merge_tickets(merge).await.expect("merged");
    let has = get(&scene.mia, &waits.name).await;
    assert_eq!((has.state(), has.user.as_str()), (State::Accepting, user_name("ben").as_str()));
});
