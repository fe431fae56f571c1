//! Hand-offs that a workflow assigns.

use helpdesk::grpc::pb::v1::{
    self, ErrorReason, HandoffProcess as Process, HandoffState as State, handoff_policy::Assignment,
    workflow_step::Kind,
};

use super::hands::{
    AVAILABLE, Scene, accept, another, ask, asking, get, give, hand_off, scene, set, ticket_of, to_people, told,
    transfer, words, work,
};
use crate::conversation::take_control::{control, take};
use crate::conversation::talk;
use crate::support::app::{self, App, user_name};
use crate::support::client::assert_refused;
use crate::support::databases::both_engines;
use crate::workflow::hands as flows;

const NOBODY: &str = "Everybody is busy.";

/// Live by a workflow with these steps.
async fn by(app: &App, kinds: Vec<Kind>, chat: v1::UnassignedChat) -> Scene {
    let scene = scene(app).await;
    flows::live(&app.root(), "assign", flows::workflow(Vec::new(), kinds)).await;
    let policy = v1::HandoffPolicy {
        assignment: Some(Assignment::Workflow(flows::name("assign"))),
        unassigned_chat: chat.into(),
        not_assigned_messages: vec![v1::HandoffText { language_code: String::new(), text: NOBODY.to_owned() }],
        ..to_people(Process::Live, &[], &[])
    };
    let paths = ["process", "workflow", "unassigned_chat", "available_messages", "not_assigned_messages"];
    set(&app.root(), policy, &paths).await.expect("set");
    scene
}

pub(super) fn gives_to(user: &str) -> Kind {
    Kind::SetOwner(v1::SetOwnerStep { user: user_name(user) })
}

async fn chat_state(app: &App, conversation: &str) -> v1::ThreadState {
    let request = v1::ListThreadsRequest { parent: conversation.to_owned(), ..Default::default() };
    app.root().conversations().list_threads(request).await.expect("listed").into_inner().threads[0].state()
}

// C-101: the ticket comes into the workflow, and whom it assigns has the hand-off.
both_engines!(whom_the_workflow_assigns_has_it, |db| async move {
    let app = App::start(db).await;
    let scene = by(&app, vec![gives_to("ben")], v1::UnassignedChat::KeepOpen).await;
    let asked = hand_off(&scene).await;
    assert_eq!((asked.state(), asked.told()), (State::Requested, v1::HandoffMessage::Unspecified));
    assert_eq!(control(&scene.mia, &scene.conversation).await.0, "", "the agent is silent at once");
    work(&app).await;
    let given = get(&scene.mia, &asked.name).await;
    assert_eq!((given.state(), given.user.as_str()), (State::Accepting, user_name("ben").as_str()));
    let said = told(&app, &scene.conversation).await;
    assert_eq!((said.len(), words(&said[0])), (1, AVAILABLE));
    let run = flows::only_run(&app.root(), "assign").await;
    assert_eq!(run.ticket, ticket_of(&app, &scene.conversation).await.name);
});

// C-100, C-101: nobody by the end of the run; the chat stays open.
both_engines!(nobody_by_the_end_keeps_the_chat_open, |db| async move {
    let app = App::start(db).await;
    let scene = by(&app, vec![flows::category("handed")], v1::UnassignedChat::KeepOpen).await;
    let asked = hand_off(&scene).await;
    work(&app).await;
    let waits = get(&scene.mia, &asked.name).await;
    assert_eq!((waits.state(), waits.told()), (State::Requested, v1::HandoffMessage::NotAssigned));
    assert_eq!(words(&told(&app, &scene.conversation).await[0]), NOBODY);
    assert_eq!(chat_state(&app, &scene.conversation).await, v1::ThreadState::Open);
    assert!(waits.expire_time.is_some());
});

// R-234, C-100, C-102: decided at the first delay; the chat is closed, the ticket stays, and a new message opens the chat again.
both_engines!(nobody_by_the_first_delay_closes_the_chat, |db| async move {
    let app = App::start(db).await;
    let steps = vec![flows::delay(3_600), gives_to("ben")];
    let scene = by(&app, steps, v1::UnassignedChat::Close).await;
    let asked = hand_off(&scene).await;
    work(&app).await;
    assert_eq!(get(&scene.mia, &asked.name).await.told(), v1::HandoffMessage::NotAssigned);
    assert_eq!(chat_state(&app, &scene.conversation).await, v1::ThreadState::Closed);
    let before = ticket_of(&app, &scene.conversation).await;
    assert_eq!(before.status, crate::support::app::status_name("new"));
    let point = v1::inbound_sender::Point::Handle("ann".to_owned());
    let came = app.ingest(talk::from("chat", "2", point)).await;
    assert_eq!((came.ticket_created, talk::conversation_of(&came)), (false, scene.conversation.clone()));
    assert_eq!(chat_state(&app, &scene.conversation).await, v1::ThreadState::Open);
    app.advance(std::time::Duration::from_hours(1));
    work(&app).await;
    let late = get(&scene.mia, &asked.name).await;
    assert_eq!((late.state(), late.user.as_str()), (State::Accepting, user_name("ben").as_str()));
    assert_eq!(told(&app, &scene.conversation).await.len(), 1);
});

// C-103: a workflow that was switched off since leaves it to nobody, and says so on the ticket.
both_engines!(a_workflow_that_is_off_leaves_it_to_nobody, |db| async move {
    let app = App::start(db).await;
    let scene = by(&app, vec![gives_to("ben")], v1::UnassignedChat::Close).await;
    flows::turn_off(&app.root(), "assign").await;
    let waits = hand_off(&scene).await;
    assert_eq!((waits.state(), waits.told()), (State::Requested, v1::HandoffMessage::NotAssigned));
    assert_eq!(chat_state(&app, &scene.conversation).await, v1::ThreadState::Closed);
    let entries = talk::events(&app, v1::EventType::TicketAutomationSkipped).await;
    assert!(entries[0].fields.iter().any(|change| change.after == "WORKFLOW_NOT_ENROLLED"));
    assert_refused(super::hands::give_back(&scene.mia, &waits.name, "").await, ErrorReason::HandoffNotOpen);
});

/// Conversations of this channel make no tickets.
pub(super) async fn inbox(app: &App, id: &str) {
    app.channel(id, v1::ChannelType::Chat).await;
    let channel = v1::Channel { name: app::channel_name(id), creates_tickets: Some(false), ..v1::Channel::default() };
    let update_mask = Some(prost_types::FieldMask { paths: vec!["creates_tickets".to_owned()] });
    let request = v1::UpdateChannelRequest { channel: Some(channel), update_mask, ..Default::default() };
    app.root().channels().update_channel(request).await.expect("changed");
}

// C-099: a conversation without ticket gets one, in the help desk, in its default pipeline and there in the
// first open status, and that ticket comes into the workflow.
both_engines!(a_ticket_is_made_for_the_workflow, |db| async move {
    let app = App::start(db).await;
    let scene = by(&app, vec![gives_to("ben")], v1::UnassignedChat::KeepOpen).await;
    inbox(&app, "inbox").await;
    let point = v1::inbound_sender::Point::Handle("zoe".to_owned());
    let came = app.ingest(talk::from("inbox", "9", point)).await;
    assert_eq!(came.ticket, None);
    let conversation = talk::conversation_of(&came);
    give(&app.root(), &conversation, "ava").await.expect("given");
    let (asked, _) = ask(&scene.ava, asking(&conversation, &[v1::HandoffReason::ContactAsked])).await.expect("one");
    work(&app).await;
    assert_eq!(get(&scene.mia, &asked.name).await.user, user_name("ben"));
    let ticket = ticket_of(&app, &conversation).await;
    assert_eq!((ticket.area(), ticket.owner.as_str()), (v1::Area::HelpDesk, user_name("ben").as_str()));
    assert_eq!((ticket.pipeline, ticket.status), (app::pipeline_name(), app::status_name("new")));
    assert_eq!(flows::only_run(&app.root(), "assign").await.ticket, ticket.name);
});

// C-098: a conversation that has a ticket keeps it, and it is moved from the inbox to the help desk.
both_engines!(a_ticket_that_is_there_is_taken_and_moved_to_the_help_desk, |db| async move {
    let app = App::start(db).await;
    let scene = by(&app, vec![gives_to("ben")], v1::UnassignedChat::KeepOpen).await;
    let before = ticket_of(&app, &scene.conversation).await;
    let request =
        v1::MoveTicketRequest { name: before.name.clone(), area: v1::Area::Inbox.into(), ..Default::default() };
    app.root().tickets().move_ticket(request).await.expect("moved to the inbox");
    hand_off(&scene).await;
    work(&app).await;
    let after = ticket_of(&app, &scene.conversation).await;
    assert_eq!((after.area(), after.name, after.owner), (v1::Area::HelpDesk, before.name, user_name("ben")));
    let list = v1::ListTicketsRequest { parent: app::account(), ..Default::default() };
    let all = app.root().tickets().list_tickets(list).await.expect("listed").into_inner().tickets;
    assert_eq!(all.len(), 1, "no second one");
});

// the actions of a status are no such workflow; and only a live hand-off has the choice of what becomes of the chat.
both_engines!(what_assigns_takes_tickets_by_choice, |db| async move {
    let app = App::start(db).await;
    by(&app, vec![gives_to("ben")], v1::UnassignedChat::KeepOpen).await;
    let root = app.root();
    crate::pipeline::hands::act(&root, "new", "mark", flows::category("seen")).await.expect("an action");
    let list = v1::ListWorkflowsRequest { parent: app::account(), page_size: 200, ..Default::default() };
    let all = root.workflows().list_workflows(list).await.expect("listed").into_inner().workflows;
    let of_status = all.into_iter().find(|workflow| !workflow.status.is_empty()).expect("that of the status");
    let by_status = v1::HandoffPolicy {
        assignment: Some(Assignment::Workflow(of_status.name)),
        ..to_people(Process::Live, &[], &[])
    };
    assert_refused(set(&root, by_status, &["workflow"]).await, ErrorReason::FieldInvalid);
    let close = v1::HandoffPolicy {
        unassigned_chat: v1::UnassignedChat::Close.into(),
        ..to_people(Process::Asynchronous, &[], &[])
    };
    assert_refused(set(&root, close.clone(), &["process", "unassigned_chat"]).await, ErrorReason::FieldInvalid);
    let live = v1::HandoffPolicy { process: Process::Live.into(), ..close };
    set(&root, live, &["process", "unassigned_chat"]).await.expect("live has it");
});

/// What became of a hand-off: how far it has come, who has it, and what the contact was told.
fn fate(handoff: v1::Handoff) -> (State, String, v1::HandoffMessage) {
    let (state, told) = (handoff.state(), handoff.told());
    (state, handoff.user, told)
}

// R-207, C-101: a person who takes it before the workflow has done anything has it: the contact is told then, and that the
// workflow assigns to nobody changes nothing any more.
both_engines!(who_is_faster_than_the_workflow_has_it, |db| async move {
    let app = App::start(db).await;
    let scene = by(&app, vec![flows::category("handed")], v1::UnassignedChat::Close).await;
    let asked = hand_off(&scene).await;
    let has = (State::Accepting, user_name("mia"), v1::HandoffMessage::Available);
    assert_eq!(fate(accept(&scene.mia, &asked.name).await.expect("taken")), has);
    work(&app).await;
    assert_eq!(fate(get(&scene.mia, &asked.name).await), has);
    assert_eq!(chat_state(&app, &scene.conversation).await, v1::ThreadState::Open);
    assert_eq!(control(&scene.mia, &scene.conversation).await.0, user_name("mia"));
    let said = told(&app, &scene.conversation).await;
    assert_eq!((said.len(), words(&said[0])), (1, AVAILABLE));
});

// whom the workflow assigns after that gets everything: the ticket, the hand-off and control.
both_engines!(the_workflow_assigns_what_was_taken_before, |db| async move {
    let app = App::start(db).await;
    let scene = by(&app, vec![gives_to("ben")], v1::UnassignedChat::KeepOpen).await;
    let asked = hand_off(&scene).await;
    accept(&scene.mia, &asked.name).await.expect("taken");
    work(&app).await;
    let has = (State::Accepting, user_name("ben"), v1::HandoffMessage::Available);
    assert_eq!(fate(get(&scene.mia, &asked.name).await), has);
    assert_eq!(ticket_of(&app, &scene.conversation).await.owner, user_name("ben"));
    assert_eq!(control(&scene.mia, &scene.conversation).await.0, user_name("ben"));
    assert_eq!(told(&app, &scene.conversation).await.len(), 1);
});

// R-234, C-100: whoever takes control meanwhile speaks: nothing is told for nobody, and the chat is not closed.
both_engines!(who_takes_control_before_the_workflow_keeps_it, |db| async move {
    let app = App::start(db).await;
    let scene = by(&app, vec![flows::category("handed")], v1::UnassignedChat::Close).await;
    let asked = hand_off(&scene).await;
    take(&scene.mia, &scene.conversation, 0).await.expect("taken");
    let has = (State::HumanActive, user_name("mia"), v1::HandoffMessage::Available);
    assert_eq!(fate(get(&scene.mia, &asked.name).await), has);
    work(&app).await;
    assert_eq!(fate(get(&scene.mia, &asked.name).await), has);
    assert_eq!(chat_state(&app, &scene.conversation).await, v1::ThreadState::Open);
    assert_eq!(control(&scene.mia, &scene.conversation).await.0, user_name("mia"));
    assert_eq!(told(&app, &scene.conversation).await.len(), 1);
});

// C-101: one that goes on to others before the workflow is told of like the workflow's: somebody has it, or nobody.
both_engines!(one_that_goes_on_before_the_workflow_is_told_of, |db| async move {
    let app = App::start(db).await;
    let scene = by(&app, vec![flows::category("handed")], v1::UnassignedChat::Close).await;
    let asked = hand_off(&scene).await;
    let has = (State::Accepting, user_name("ben"), v1::HandoffMessage::Available);
    assert_eq!(fate(transfer(&scene.mia, &asked.name, &["ben"]).await.expect("transferred")), has);
    app.available("ben", false).await;
    let other = another(&app, "2", "zoe").await;
    let (second, _) = ask(&scene.ava, asking(&other, &[v1::HandoffReason::ContactAsked])).await.expect("one");
    let waits = (State::Requested, String::new(), v1::HandoffMessage::NotAssigned);
    assert_eq!(fate(transfer(&scene.mia, &second.name, &["ben"]).await.expect("transferred")), waits);
    work(&app).await;
    assert_eq!(fate(get(&scene.mia, &asked.name).await), has);
    assert_eq!(fate(get(&scene.mia, &second.name).await), waits);
    for (conversation, text) in [(&scene.conversation, AVAILABLE), (&other, NOBODY)] {
        let said = told(&app, conversation).await;
        assert_eq!((said.len(), words(&said[0])), (1, text));
        assert_eq!(chat_state(&app, conversation).await, v1::ThreadState::Open);
    }
});
