//! Actions on statuses.

use std::time::Duration;

use helpdesk::grpc::pb::v1::{self, ChannelType, ErrorReason, StatusCategory as Is, workflow_step::Kind};

use super::hands::{
    act, act_after, acting, action_ids, action_name, actions, add_status, automate, delete_status, drop_action, enter,
    mask, plain_agent, rule, send_email,
};
use crate::mail::desk::MailDesk;
use crate::support::app::{App, pipeline_name, status_name, user_name};
use crate::support::client::{Client, assert_refused};
use crate::support::databases::{TestDatabase, both_engines};
use crate::ticket::hands::{chat, made};
use crate::workflow::hands::{
    category, delay, name as workflow_name, outcomes, runs, set_status, turn_off, turn_on, work,
};

async fn subjects_to(app: &App, address: &str) -> Vec<String> {
    let to = |sent: &crate::support::outbox::Sent| sent.mail.to.iter().any(|mailbox| mailbox.address == address);
    let sent = app.outbox().await.into_iter().filter(to);
    sent.map(|sent| sent.header("Subject").unwrap_or_default()).collect()
}

fn notify(user: &str) -> Kind {
    Kind::Notify(v1::NotifyStep { users: vec![user_name(user)], ..Default::default() })
}

async fn update(
    caller: &Client,
    status: &str,
    id: &str,
    (kind, note): (Kind, &str),
    paths: &[&str],
) -> Result<v1::StatusAction, tonic::Status> {
    let step =
        v1::WorkflowStep { step_id: id.to_owned(), kind: Some(kind), note: note.to_owned(), ..Default::default() };
    let action = v1::StatusAction { name: action_name(status, id), step: Some(step), ..Default::default() };
    let request = v1::UpdateStatusActionRequest {
        status_action: Some(action),
        update_mask: Some(mask(paths)),
        ..Default::default()
    };
    caller.pipelines().update_status_action(request).await.map(|done| done.into_inner().status_action.expect("it"))
}

// C-077: each entry runs them in order, creation in the status too; another write of the same status
// does not.
both_engines!(a_ticket_that_reaches_a_status_has_its_actions_done, |db: TestDatabase| async move {
    let desk = MailDesk::start(db).await;
    let (app, root) = (&desk.app, desk.app.root());
    act(&root, "new", "received", send_email("ticket-received")).await.expect("added");
    act(&root, "new", "tell", notify("mia")).await.expect("added");
    act(&root, "closed", "bye", send_email("ticket-closed")).await.expect("added");
    desk.begin("ann@x.example").await;
    let ticket = "accounts/acme/tickets/1";
    assert_eq!(subjects_to(app, "ann@x.example").await.len(), 1);
    assert_eq!(subjects_to(app, "mia@acme.example").await, ["[1] Printer"]);
    for status in ["closed", "closed", "new", "closed"] {
        enter(&root, ticket, &status_name(status)).await.expect("entered");
        work(app).await;
    }
    let subjects = subjects_to(app, "ann@x.example").await;
    let count = |text: &str| subjects.iter().filter(|subject| subject.contains(text)).count();
    assert_eq!((count("We received your request"), count("Your request is closed")), (2, 2), "{subjects:?}");
    let workflow = actions(&root, "new").await[0].workflow.clone();
    let id = super::hands::last(&workflow);
    let all = runs(&root, &id).await;
    assert_eq!(all.len(), 2);
    assert!(all.iter().all(|run| outcomes(run) == [("received", "DONE"), ("tell", "DONE")]), "{all:?}");
});

// the ready-made emails are edited and saved; they are there from the beginning and cannot be deleted.
both_engines!(the_ready_made_emails_can_be_edited, |db: TestDatabase| async move {
    let desk = MailDesk::start(db).await;
    let (app, root) = (&desk.app, desk.app.root());
    let list = |kind: v1::TextBlockType| v1::ListTextBlocksRequest {
        parent: "accounts/acme".to_owned(),
        r#type: kind.into(),
        ..Default::default()
    };
    let all = root.contents().list_text_blocks(list(v1::TextBlockType::AutomatedEmail)).await.expect("a page");
    let all = all.into_inner().text_blocks;
    let names: Vec<_> = all.iter().map(|block| (block.display_name.as_str(), block.transactional)).collect();
    assert_eq!(names, [("Ticket closed", true), ("Ticket received", true)]);
    let insertable = root.contents().list_text_blocks(list(v1::TextBlockType::Unspecified)).await.expect("a page");
    assert_eq!(insertable.into_inner().text_blocks, []);
    let body = Some(v1::RichText { text: "Thank you, {{contact.first_name}}.".to_owned(), ..Default::default() });
    let block = v1::TextBlock { name: all[1].name.clone(), body, subject: "Here".to_owned(), ..Default::default() };
    let edit = |block: v1::TextBlock| v1::UpdateTextBlockRequest {
        text_block: Some(block),
        update_mask: Some(mask(&["subject", "body"])),
        ..Default::default()
    };
    root.contents().update_text_block(edit(block.clone())).await.expect("edited");
    let ben = plain_agent(app, "ben").await;
    assert_refused(ben.contents().update_text_block(edit(block)).await, ErrorReason::PermissionMissing);
    let delete = v1::DeleteTextBlockRequest { name: all[1].name.clone(), ..Default::default() };
    assert_refused(root.contents().delete_text_block(delete).await, ErrorReason::ResourceInUse);
    act(&root, "new", "received", send_email("ticket-received")).await.expect("added");
    desk.begin("ann@x.example").await;
    assert_eq!(subjects_to(app, "ann@x.example").await, ["Re: Here"]);
    let mails = app.outbox().await;
    assert!(mails[0].raw.contains("Thank you, Ann."), "{}", mails[0].raw);
});

// edited, commented, ordered; deleted alone or with all later ones. With the last one the workflow goes.
both_engines!(actions_are_edited_ordered_and_deleted, |db| async move {
    let app = App::start(db).await;
    let root = app.root();
    for id in ["a", "b", "d"] {
        act(&root, "new", id, category(id)).await.expect("added");
    }
    act_after(&root, "new", "c", category("c"), "b").await.expect("added");
    let listed = actions(&root, "new").await;
    assert_eq!(action_ids(&listed), ["a", "b", "c", "d"]);
    assert_eq!(listed.iter().map(|action| action.position).collect::<Vec<_>>(), [0, 1, 2, 3]);
    assert_refused(act(&root, "new", "a", category("x")).await, ErrorReason::ResourceAlreadyExists);
    assert_refused(act_after(&root, "new", "e", category("x"), "z").await, ErrorReason::ReferenceNotFound);
    update(&root, "new", "d", (category("last"), ""), &["step"]).await.expect("edited");
    let noted = update(&root, "new", "a", (category("?"), "Ask Ben first"), &["step.note"]).await.expect("noted");
    assert_eq!(noted.step.as_ref().expect("a step").note, "Ask Ben first");
    assert_eq!(noted.step.expect("a step").kind, Some(category("a")), "the note alone");
    let get = v1::GetStatusActionRequest { name: action_name("new", "d") };
    let found = root.pipelines().get_status_action(get).await.expect("found").into_inner().status_action;
    assert_eq!(found.as_ref(), actions(&root, "new").await.last());
    let order = ["d", "a", "b", "c"].map(|id| action_name("new", id)).to_vec();
    let request = v1::ReorderStatusActionsRequest {
        name: status_name("new"),
        status_actions: order.clone(),
        ..Default::default()
    };
    let ordered = root.pipelines().reorder_status_actions(request.clone()).await.expect("ordered").into_inner();
    assert_eq!(action_ids(&ordered.status_actions), ["d", "a", "b", "c"]);
    let short = v1::ReorderStatusActionsRequest { status_actions: order[1..].to_vec(), ..request };
    assert_refused(root.pipelines().reorder_status_actions(short).await, ErrorReason::FieldInvalid);
    let ticket = made(&root, "One").await.name;
    work(&app).await;
    assert_eq!(app.ticket_now(&ticket).await.category, "c", "the last one counts");
    assert_eq!(action_ids(&drop_action(&root, "new", "a", false).await.expect("deleted")), ["d", "b", "c"]);
    assert_eq!(action_ids(&drop_action(&root, "new", "b", true).await.expect("deleted")), ["d"]);
    let workflow = actions(&root, "new").await[0].workflow.clone();
    assert_eq!(drop_action(&root, "new", "d", false).await.expect("deleted"), []);
    let gone = root.workflows().get_workflow(v1::GetWorkflowRequest { name: workflow }).await;
    assert_refused(gone, ErrorReason::ResourceNotFound);
    let get = v1::GetStatusActionRequest { name: action_name("new", "d") };
    assert_refused(root.pipelines().get_status_action(get).await, ErrorReason::ResourceNotFound);
});

// only super admins and people with access to the account; an etag that is old; C-080: a word where the email does
// not fit the status.
both_engines!(who_sets_actions_up_and_what_they_are_told, |db| async move {
    let app = App::start(db).await;
    let (root, ben) = (app.root(), plain_agent(&app, "ben").await);
    assert_refused(act(&ben, "new", "a", category("a")).await, ErrorReason::PermissionMissing);
    let request = acting("new", "bye", send_email("ticket-closed"), "");
    let answer = root.pipelines().create_status_action(request).await.expect("added").into_inner();
    let warnings = answer.mutation.expect("what it did").warnings;
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    let fine = acting("closed", "bye", send_email("ticket-closed"), "");
    let fine = root.pipelines().create_status_action(fine).await.expect("added").into_inner();
    assert_eq!(fine.mutation.expect("what it did").warnings, []);
    assert_eq!(action_ids(&actions(&ben, "new").await), ["bye"], "who sees pipelines sees them");
    assert_refused(drop_action(&ben, "new", "bye", false).await, ErrorReason::PermissionMissing);
    let held = actions(&root, "new").await[0].workflow.clone();
    let off = v1::TurnOffWorkflowRequest { name: held, ..Default::default() };
    assert_refused(ben.workflows().turn_off_workflow(off).await, ErrorReason::PermissionMissing);
    let stale = v1::DeleteStatusActionRequest {
        name: action_name("new", "bye"),
        etag: "\"9\"".to_owned(),
        ..Default::default()
    };
    assert_refused(root.pipelines().delete_status_action(stale).await, ErrorReason::EtagMismatch);
    let unknown = act(&root, "new", "x", send_email("nothing")).await;
    assert_refused(unknown, ErrorReason::ReferenceNotFound);
});

// C-081, C-082: a workflow that is looked at and edited; chats are left out until its condition
// lets them in. WhatsApp, mails and tickets by hand are not.
both_engines!(the_actions_of_a_status_are_a_workflow_that_leaves_chats_out, |db| async move {
    let app = App::start(db).await;
    let root = app.root();
    act(&root, "new", "mark", category("seen")).await.expect("added");
    let [held] = actions(&root, "new").await.try_into().expect("one");
    let get = v1::GetWorkflowRequest { name: held.workflow.clone() };
    let workflow = root.workflows().get_workflow(get).await.expect("found").into_inner().workflow.expect("it");
    assert_eq!(
        (workflow.status.as_str(), workflow.condition.as_str()),
        (status_name("new").as_str(), "source != CHAT")
    );
    assert_eq!(workflow.state(), v1::WorkflowState::On);
    for (id, kind) in [("chat", ChannelType::Chat), ("messenger", ChannelType::Messenger)] {
        app.channel(id, kind).await;
    }
    app.channel("whatsapp", ChannelType::Whatsapp).await;
    app.channel("mail", ChannelType::Email).await;
    let mut arrived = Vec::new();
    for (number, channel) in ["messenger", "whatsapp", "mail"].into_iter().enumerate() {
        arrived.push(app.arrives(channel, &format!("m{number}"), &format!("{channel}@x.example")).await.name);
    }
    arrived.push(chat(&app, "ann", "c1", "Hello").await.ticket.expect("a ticket").name);
    arrived.push(made(&root, "By hand").await.name);
    work(&app).await;
    let mut marked = Vec::new();
    for ticket in &arrived {
        marked.push(app.ticket_now(ticket).await.category == "seen");
    }
    assert_eq!(marked, [false, true, true, false, true]);
    let update = |workflow: v1::Workflow, path: &str| v1::UpdateWorkflowRequest {
        workflow: Some(v1::Workflow { etag: String::new(), ..workflow }),
        update_mask: Some(mask(&[path])),
        ..Default::default()
    };
    let open = v1::Workflow { condition: String::new(), ..workflow.clone() };
    root.workflows().update_workflow(update(open, "condition")).await.expect("edited");
    let other = chat(&app, "bob", "c2", "Hello").await.ticket.expect("a ticket").name;
    work(&app).await;
    assert_eq!(app.ticket_now(&other).await.category, "seen");
    let moved = v1::Workflow { triggers: Vec::new(), ..workflow };
    let refused = root.workflows().update_workflow(update(moved, "triggers")).await;
    assert_refused(refused, ErrorReason::FieldImmutable);
});

// C-083, R-197: branches are made in the workflow; inside one of them the later ones are those of the branch.
both_engines!(inside_a_branch_the_later_actions_are_those_of_the_branch, |db| async move {
    let app = App::start(db).await;
    let root = app.root();
    act(&root, "new", "fork", category("x")).await.expect("added");
    let held = actions(&root, "new").await[0].workflow.clone();
    let step = |id: &str, next: &str, kind: Kind| v1::WorkflowStep {
        step_id: id.to_owned(),
        next_step: next.to_owned(),
        kind: Some(kind),
        ..Default::default()
    };
    let arm = v1::BranchArm { condition: "priority = URGENT".to_owned(), next_step: "u1".to_owned() };
    let steps = vec![
        step("fork", "n1", Kind::Branch(v1::BranchStep { arms: vec![arm] })),
        step("u1", "u2", category("u1")),
        step("u2", "", category("u2")),
        step("n1", "n2", category("n1")),
        step("n2", "", category("n2")),
    ];
    let workflow = v1::Workflow { name: held, steps, ..Default::default() };
    let request = v1::UpdateWorkflowRequest {
        workflow: Some(workflow),
        update_mask: Some(mask(&["steps"])),
        ..Default::default()
    };
    root.workflows().update_workflow(request).await.expect("edited");
    assert_eq!(action_ids(&drop_action(&root, "new", "u1", true).await.expect("deleted")), ["fork", "n1", "n2"]);
    assert_eq!(action_ids(&drop_action(&root, "new", "n2", true).await.expect("deleted")), ["fork", "n1"]);
    let order = ["n1", "fork"].map(|id| action_name("new", id)).to_vec();
    let request =
        v1::ReorderStatusActionsRequest { name: status_name("new"), status_actions: order, ..Default::default() };
    assert_refused(root.pipelines().reorder_status_actions(request).await, ErrorReason::FieldInvalid);
});

// C-077, C-078, R-191, R-195: leaving the status stops nothing, an action that is refused neither, nor that all actions are
// deleted, and each entry is a run of its own. The next action is held by the same workflow.
both_engines!(a_run_of_actions_goes_on_when_the_ticket_leaves, |db| async move {
    let app = App::start(db).await;
    let root = app.root();
    app.agent("mia").await;
    act(&root, "new", "wait", delay(3_600)).await.expect("added");
    let owner = Kind::SetOwner(v1::SetOwnerStep { user: user_name("mia") });
    act(&root, "new", "give", owner).await.expect("added");
    act(&root, "new", "mark", category("done")).await.expect("added");
    let ticket = made(&root, "One").await.name;
    work(&app).await;
    let deactivate = v1::DeactivateUserRequest { name: user_name("mia"), ..Default::default() };
    root.users().deactivate_user(deactivate).await.expect("gone");
    enter(&root, &ticket, &status_name("closed")).await.expect("left");
    let held = actions(&root, "new").await[0].workflow.clone();
    assert_eq!(drop_action(&root, "new", "wait", true).await.expect("deleted"), []);
    let second = made(&root, "Two").await.name;
    app.advance(Duration::from_hours(1));
    work(&app).await;
    let root = app.root();
    assert_eq!(app.ticket_now(&ticket).await.category, "done");
    let list = v1::ListWorkflowsRequest { parent: "accounts/acme".to_owned(), ..Default::default() };
    assert_eq!(root.workflows().list_workflows(list).await.expect("listed").into_inner().workflows, []);
    let id = super::hands::last(&held);
    let [run] = runs(&root, &id).await.try_into().expect("nobody came in since");
    assert_eq!(outcomes(&run), [("wait", "WAITING"), ("give", "FAILED"), ("mark", "DONE")]);
    act(&root, "new", "mark", category("again")).await.expect("added");
    assert_eq!(actions(&root, "new").await[0].workflow, held);
    enter(&root, &second, &status_name("closed")).await.expect("left");
    enter(&root, &second, &status_name("new")).await.expect("back");
    work(&app).await;
    assert_eq!(app.ticket_now(&second).await.category, "again");
    assert_eq!(runs(&root, &id).await.iter().map(|run| run.workflow_revision).collect::<Vec<_>>(), [5, 3]);
});

// an action whose status is gone holds up no change of the others.
both_engines!(an_action_that_lost_what_it_names_holds_up_no_other, |db| async move {
    let app = App::start(db).await;
    let root = app.root();
    let spare = add_status(&root, "support", "spare", Is::WaitingOnUs).await.expect("added");
    act(&root, "new", "a", category("a")).await.expect("added");
    act(&root, "new", "lost", set_status(&spare)).await.expect("added");
    delete_status(&root, &spare, "").await.expect("deleted");
    update(&root, "new", "a", (category("b"), ""), &["step"]).await.expect("edited");
    act(&root, "new", "c", category("c")).await.expect("added");
    assert_eq!(action_ids(&drop_action(&root, "new", "a", false).await.expect("deleted")), ["lost", "c"]);
    assert_refused(act(&root, "closed", "lost", set_status(&spare)).await, ErrorReason::ReferenceNotFound);
});

// C-105: no placeholder comes among actions that are on, made or changed; while they are off it does, and they stay off.
both_engines!(actions_that_are_on_take_no_placeholder, |db| async move {
    let app = App::start(db).await;
    let root = app.root();
    let open = || Kind::Placeholder(v1::PlaceholderStep { text: "Ask Ben".to_owned() });
    assert_refused(act(&root, "new", "open", open()).await, ErrorReason::WorkflowIncomplete);
    act(&root, "new", "mark", category("a")).await.expect("added");
    assert_refused(act(&root, "new", "open", open()).await, ErrorReason::WorkflowIncomplete);
    let changed = update(&root, "new", "mark", (open(), ""), &["step"]).await;
    assert_refused(changed, ErrorReason::WorkflowIncomplete);
    let id = super::hands::last(&actions(&root, "new").await[0].workflow);
    turn_off(&root, &id).await;
    act(&root, "new", "open", open()).await.expect("added");
    assert_refused(turn_on(&root, &id).await, ErrorReason::WorkflowIncomplete);
});

// what follows emails, as workflows to look at, before the actions on statuses.
both_engines!(the_automation_of_a_pipeline_is_looked_at_as_workflows, |db| async move {
    let app = App::start(db).await;
    let root = app.root();
    let new = v1::PipelineAutomation { on_email_sent: Some(rule("")), ..Default::default() };
    automate(&root, "support", new, &["on_email_sent"]).await.expect("switched");
    act(&root, "closed", "bye", send_email("ticket-closed")).await.expect("added");
    let request = v1::InspectPipelineAutomationRequest { name: format!("{}/automation", pipeline_name()) };
    let shown = root.pipelines().inspect_pipeline_automation(request).await.expect("shown").into_inner().workflows;
    let [sent, answered, held] = shown.as_slice() else { panic!("{shown:?}") };
    let on = |workflow: &v1::Workflow| workflow.state() == v1::WorkflowState::On;
    assert_eq!((on(sent), on(answered), on(held)), (true, false, true));
    assert_eq!(sent.triggers[0].kind(), v1::WorkflowTriggerKind::MessageSent);
    let moves_to = |status: &str| Some(Kind::SetStatus(v1::SetStatusStep { status: status_name(status) }));
    assert_eq!(
        (&sent.steps[0].kind, &answered.steps[0].kind),
        (&moves_to("waiting-on-contact"), &moves_to("waiting-on-us"))
    );
    assert!(sent.name.is_empty() && held.status == status_name("closed"));
    assert_eq!(held.name, workflow_name(&super::hands::last(&held.name)));
});

// The actions of a status go with it, deleted ones too.
both_engines!(a_status_that_goes_takes_its_actions_along, |db| async move {
    let app = App::start(db).await;
    let root = app.root();
    let status = add_status(&root, "support", "spare", Is::WaitingOnUs).await.expect("added");
    act(&root, "spare", "mark", category("x")).await.expect("added");
    let held = actions(&root, "spare").await[0].workflow.clone();
    delete_status(&root, &status, "").await.expect("deleted");
    let other = add_status(&root, "support", "other", Is::WaitingOnUs).await.expect("added");
    act(&root, "other", "mark", category("x")).await.expect("added");
    assert_eq!(drop_action(&root, "other", "mark", false).await.expect("deleted"), []);
    delete_status(&root, &other, "").await.expect("deleted");
    let gone = root.workflows().get_workflow(v1::GetWorkflowRequest { name: held }).await;
    assert_refused(gone, ErrorReason::ResourceNotFound);
});
