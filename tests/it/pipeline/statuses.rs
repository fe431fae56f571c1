//! Statuses: made, changed, ordered.

use helpdesk::grpc::pb::v1::{self, ErrorReason, StatusCategory as Is};

use super::hands::{add_status, automate, automation, change_status, get, last, pipeline, rule, status, ticket_in};
use crate::support::app::App;
use crate::support::client::assert_refused;
use crate::support::databases::both_engines;

both_engines!(statuses_are_added_and_renamed, |db| async move {
    let app = App::start(db).await;
    let root = app.root();
    let before = get(&root, "support").await.expect("found");
    let spare = add_status(&root, "support", "spare", Is::WaitingOnUs).await.expect("a status");
    let after = get(&root, "support").await.expect("found");
    assert_eq!(after.statuses.last(), Some(&spare));
    assert_ne!(before.etag, after.etag, "whoever reads the pipeline sees another one");
    assert_refused(add_status(&root, "support", "spare", Is::New).await, ErrorReason::ResourceAlreadyExists);
    let new = v1::PipelineStatus { name: spare.clone(), display_name: "NEW".to_owned(), ..Default::default() };
    assert_refused(change_status(&root, new.clone(), &["display_name"]).await, ErrorReason::DuplicateValue);
    let new = v1::PipelineStatus { display_name: "Parked".to_owned(), ..new };
    let changed = change_status(&root, new, &["display_name"]).await.expect("renamed");
    assert_eq!(changed.display_name, "Parked");
    let unknown = add_status(&root, "nowhere", "x", Is::New).await;
    assert_refused(unknown, ErrorReason::ResourceNotFound);
});

// C-070: the first open status by order is where tickets go that are opened again.
both_engines!(the_order_of_statuses_says_which_is_the_first, |db| async move {
    let app = App::start(db).await;
    let root = app.root();
    let order = |ids: &[&str]| v1::ReorderPipelineStatusesRequest {
        name: pipeline("support"),
        statuses: ids.iter().map(|id| status("support", id)).collect(),
        ..Default::default()
    };
    let request = order(&["closed", "waiting-on-us", "new", "waiting-on-contact"]);
    let ordered = root.pipelines().reorder_pipeline_statuses(request).await.expect("ordered").into_inner();
    let names: Vec<_> = ordered.pipeline.expect("a pipeline").statuses.iter().map(|name| last(name)).collect();
    assert_eq!(names, ["closed", "waiting-on-us", "new", "waiting-on-contact"]);
    let ticket = ticket_in(&root, "support", "closed").await.expect("made").name;
    let reopen = v1::ReopenTicketRequest { name: ticket, ..Default::default() };
    let open = root.tickets().reopen_ticket(reopen).await.expect("opened").into_inner().ticket.expect("a ticket");
    assert_eq!(open.status, status("support", "waiting-on-us"));
    let wrong = order(&["closed", "new"]);
    assert_refused(root.pipelines().reorder_pipeline_statuses(wrong).await, ErrorReason::FieldInvalid);
});

// C-071: a status changes its meaning while no ticket is in it, and the pipeline keeps an open and a closed one.
both_engines!(a_status_with_tickets_keeps_its_meaning, |db| async move {
    let app = App::start(db).await;
    let root = app.root();
    let spare = add_status(&root, "support", "spare", Is::WaitingOnUs).await.expect("a status");
    let closed =
        |name: &str| v1::PipelineStatus { name: name.to_owned(), category: Is::Closed.into(), ..Default::default() };
    let changed = change_status(&root, closed(&spare), &["category"]).await.expect("it is empty");
    assert_eq!(changed.category(), Is::Closed);
    let ticket = ticket_in(&root, "support", "new").await.expect("made");
    let refused = change_status(&root, closed(&status("support", "new")), &["category"]).await;
    let refused = assert_refused(refused, ErrorReason::ResourceInUse);
    let used_by = format!("{refused:?}");
    assert!(used_by.contains(&ticket.name), "{used_by}");
    let open = |name: String| v1::PipelineStatus { name, category: Is::WaitingOnUs.into(), ..Default::default() };
    change_status(&root, open(spare), &["category"]).await.expect("there is another closed one");
    let last_closed = change_status(&root, open(status("support", "closed")), &["category"]).await;
    assert_refused(last_closed, ErrorReason::PipelineNeedsStatus);
});

// C-071, C-075: the last status of a category that a rule goes to keeps it as long as the rule is on.
both_engines!(a_status_that_a_rule_goes_to_keeps_its_meaning, |db| async move {
    let app = App::start(db).await;
    let root = app.root();
    let sent = |enabled: bool| v1::PipelineAutomation {
        on_email_sent: Some(v1::StatusRule { enabled, ..rule("") }),
        ..Default::default()
    };
    automate(&root, "support", sent(true), &["on_email_sent"]).await.expect("on");
    let waits = status("support", "waiting-on-contact");
    let means =
        |name: &str, is: Is| v1::PipelineStatus { name: name.to_owned(), category: is.into(), ..Default::default() };
    let refused = change_status(&root, means(&waits, Is::WaitingOnUs), &["category"]).await;
    let refused = assert_refused(refused, ErrorReason::ResourceInUse);
    let used_by = format!("{refused:?}");
    assert!(used_by.contains(&format!("{}/automation", pipeline("support"))), "{used_by}");
    change_status(&root, means(&status("support", "waiting-on-us"), Is::New), &["category"]).await.expect("no rule");

    let spare = add_status(&root, "support", "spare", Is::WaitingOnContact).await.expect("a status");
    change_status(&root, means(&waits, Is::WaitingOnUs), &["category"]).await.expect("there is another one");
    let last_one = change_status(&root, means(&spare, Is::New), &["category"]).await;
    assert_refused(last_one, ErrorReason::ResourceInUse);
    let kept = v1::PipelineAutomation { set_close_time: Some(false), ..Default::default() };
    automate(&root, "support", kept, &["set_close_time"]).await.expect("no other rule is in the way");
    assert!(automation(&root, "support").await.on_email_sent.expect("a rule").enabled);
    automate(&root, "support", sent(false), &["on_email_sent"]).await.expect("off");
    change_status(&root, means(&spare, Is::New), &["category"]).await.expect("nobody goes there any more");
});
