//! Pipelines and statuses that go, and where their tickets go.

use futures_util::future::join_all;
use helpdesk::grpc::pb::v1::{self, ChannelType, ErrorReason, EventType, StatusCategory as Is, TicketState};

use super::hands::{
    add_status, automate, create, delete, delete_status, enter, get, ids, limit, pipeline, rule, status, ticket_in,
};
use crate::support::app::{self, App, channel_name, user_name};
use crate::support::client::{Client, assert_refused};
use crate::support::databases::both_engines;
use crate::support::scene::people;
use crate::ticket::hands::{change, events, give, merge, numbers};

const SALES: [(&str, Is); 4] =
    [("fresh", Is::New), ("ours", Is::WaitingOnUs), ("won", Is::Closed), ("lost", Is::Closed)];

fn used_by(status: &tonic::Status) -> String {
    use tonic_types::StatusExt;
    let info = status.get_details_error_info().expect("an error info");
    info.metadata.get("usedBy").cloned().expect("usedBy")
}

// a pipeline goes with nothing in it; what depends on it is named.
both_engines!(a_pipeline_that_is_used_stays, |db| async move {
    let app = App::start(db).await;
    let root = app.root();
    create(&root, "sales", &SALES).await;
    let refused = assert_refused(delete(&root, "support", "sales").await, ErrorReason::ResourceInUse);
    assert_eq!(used_by(&refused), app::account(), "the default pipeline");
    let ticket = ticket_in(&root, "sales", "fresh").await.expect("made").name;
    let refused = assert_refused(delete(&root, "sales", "").await, ErrorReason::ResourceInUse);
    assert_eq!(used_by(&refused), ticket);
    app.channel("form", ChannelType::Form).await;
    let connect = |to: &str| {
        let channel = v1::Channel { name: channel_name("form"), pipeline: pipeline(to), ..Default::default() };
        let update_mask = Some(super::hands::mask(&["pipeline"]));
        v1::UpdateChannelRequest { channel: Some(channel), update_mask, ..Default::default() }
    };
    root.channels().update_channel(connect("sales")).await.expect("connected");
    let refused = assert_refused(delete(&root, "sales", "support").await, ErrorReason::ResourceInUse);
    assert_eq!(used_by(&refused), channel_name("form"), "a channel keeps its pipeline");
    root.channels().update_channel(connect("support")).await.expect("connected elsewhere");
    assert_refused(delete(&root, "sales", "sales").await, ErrorReason::FieldInvalid);
    assert_refused(delete(&root, "sales", "nowhere").await, ErrorReason::ReferenceNotFound);
    let done = delete(&root, "sales", "support").await.expect("deleted");
    assert_eq!((done.moved_ticket_count, done.pending), (1, false));
    assert_eq!(
        (ids(&root).await, app.ticket_now(&ticket).await.pipeline),
        (vec!["support".to_owned()], pipeline("support"))
    );
    assert_refused(get(&root, "sales").await, ErrorReason::ResourceNotFound);
});

// C-020, C-068: tickets go by category or as they are told; open stays open, closed stays closed as of then, deleted and
// merged ones come along.
both_engines!(tickets_of_a_deleted_pipeline_keep_what_they_are, |db| async move {
    let app = App::start(db).await;
    let root = app.root();
    create(&root, "sales", &SALES).await;
    app.agent("mia").await;
    let fresh = ticket_in(&root, "sales", "fresh").await.expect("made").name;
    give(&root, &fresh, "mia").await;
    let [ours, won, lost] = ["ours", "won", "lost"];
    let mapped = ticket_in(&root, "sales", ours).await.expect("made").name;
    let closed = ticket_in(&root, "sales", won).await.expect("made");
    let gone = ticket_in(&root, "sales", lost).await.expect("made").name;
    let merged = ticket_in(&root, "sales", "fresh").await.expect("made").name;
    merge(&root, &fresh, &[&merged]).await.expect("merged");
    let request = v1::DeleteTicketRequest { name: gone.clone(), ..Default::default() };
    root.tickets().delete_ticket(request).await.expect("deleted");
    app.advance(std::time::Duration::from_mins(1));
    let request = v1::DeletePipelineRequest {
        name: pipeline("sales"),
        move_tickets_to: pipeline("support"),
        status_mapping: [(status("sales", ours), status("support", "new"))].into(),
        ..Default::default()
    };
    let done = root.pipelines().delete_pipeline(request).await.expect("deleted").into_inner();
    assert_eq!((done.moved_ticket_count, done.pending), (5, false));
    let first = app.ticket_now(&fresh).await;
    assert_eq!((&first.owner, &first.status), (&user_name("mia"), &status("support", "new")));
    assert_eq!(app.ticket_now(&mapped).await.status, status("support", "new"));
    let there = app.ticket_now(&closed.name).await;
    assert_eq!((there.state(), there.close_time), (TicketState::Closed, closed.close_time));
    let told = events(&root, &fresh).await;
    let moved: Vec<_> = told.iter().filter(|event| event.r#type() == EventType::TicketMoved).collect();
    let expected = (pipeline("sales"), pipeline("support"));
    assert_eq!(change(moved[0], "pipeline"), Some((expected.0.as_str(), expected.1.as_str())));
    assert_eq!(numbers(&root, "pipeline = support", true).await.len(), 5, "the deleted one too");
    let request = v1::UndeleteTicketRequest { name: gone, ..Default::default() };
    root.tickets().undelete_ticket(request).await.expect("it can still come back");
});

// W7: thousands move 500 at a time, each once, and nothing new comes in meanwhile.
both_engines!(thousands_of_tickets_move_in_bounded_batches, |db| async move {
    let app = App::start(db).await;
    let root = app.root();
    create(&root, "sales", &SALES).await;
    for _ in 0..20 {
        join_all((0..60).map(|_| ticket_in(&root, "sales", "fresh"))).await;
    }
    let done = delete(&root, "sales", "support").await.expect("it goes");
    assert_eq!((done.moved_ticket_count, done.pending), (500, true));
    let leaving = get(&root, "sales").await.expect("still there");
    assert_eq!(leaving.moving_tickets_to, pipeline("support"));
    assert_refused(ticket_in(&root, "sales", "fresh").await, ErrorReason::ReferenceNotFound);
    assert_refused(delete(&root, "sales", "support").await, ErrorReason::StateTransitionNotAllowed);
    let left = async || all(&root, "pipeline = sales").await;
    let mut seen = vec![left().await];
    while get(&root, "sales").await.is_ok() {
        assert!(app.running().worker.turn().await.expect("a turn"), "a job is due while tickets are left");
        let now = left().await;
        seen.extend((seen.last() != Some(&now)).then_some(now));
    }
    assert_eq!(seen, [700, 200, 0]);
    assert_eq!(
        all(&root, "pipeline = support AND status = \"accounts/acme/pipelines/support/statuses/new\"").await,
        1_200
    );
});

/// How many tickets a filter finds, over all pages.
async fn all(caller: &Client, filter: &str) -> usize {
    let (mut count, mut page_token) = (0, String::new());
    loop {
        let request = v1::ListTicketsRequest {
            parent: app::account(),
            filter: filter.to_owned(),
            page_size: 200,
            page_token,
            ..Default::default()
        };
        let page = caller.tickets().list_tickets(request).await.expect("a page").into_inner();
        count += page.tickets.len();
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return count;
        }
    }
}

// C-071, C-074: a status goes whose tickets have a place, and nothing sets it or names it.
both_engines!(a_status_goes_and_its_tickets_go_to_another, |db| async move {
    let app = App::start(db).await;
    let root = app.root();
    let spare = add_status(&root, "support", "spare", Is::WaitingOnUs).await.expect("a status");
    let ticket = ticket_in(&root, "support", "spare").await.expect("made").name;
    let refused = assert_refused(delete_status(&root, &spare, "").await, ErrorReason::ResourceInUse);
    assert_eq!(used_by(&refused), ticket);
    let target = status("support", "waiting-on-us");
    for wrong in [&spare, &status("support", "closed")] {
        assert_refused(delete_status(&root, &spare, wrong).await, ErrorReason::FieldInvalid);
    }
    let sent = v1::PipelineAutomation { on_email_sent: Some(rule(&spare)), ..Default::default() };
    automate(&root, "support", sent, &["on_email_sent"]).await.expect("set");
    let refused = assert_refused(delete_status(&root, &spare, &target).await, ErrorReason::ResourceInUse);
    assert_eq!(used_by(&refused), format!("{}/automation", pipeline("support")));
    automate(&root, "support", v1::PipelineAutomation::default(), &["on_email_sent"]).await.expect("unset");
    limit(&root, "support", &[("new", "spare")]).await.expect("limited");
    let refused = assert_refused(delete_status(&root, &spare, &target).await, ErrorReason::ResourceInUse);
    assert_eq!(used_by(&refused), pipeline("support"));
    limit(&root, "support", &[]).await.expect("free");
    let done = delete_status(&root, &spare, &target).await.expect("deleted");
    assert_eq!((done.moved_ticket_count, done.pending), (1, false));
    assert_eq!(app.ticket_now(&ticket).await.status, target);
    assert_refused(enter(&root, &ticket, &spare).await, ErrorReason::ReferenceNotFound);
    let last_closed = delete_status(&root, &status("support", "closed"), "").await;
    assert_refused(last_closed, ErrorReason::PipelineNeedsStatus);
    let told = events(&root, &ticket).await;
    assert_eq!(told.last().map(v1::Event::r#type), Some(EventType::TicketStatusChanged));
});

// C-075: the status that a rule takes by itself is one that it sets.
both_engines!(the_usual_status_of_a_rule_stays, |db| async move {
    let app = App::start(db).await;
    let root = app.root();
    let sent = v1::PipelineAutomation { on_email_sent: Some(rule("")), ..Default::default() };
    automate(&root, "support", sent, &["on_email_sent"]).await.expect("set");
    let usual = status("support", "waiting-on-contact");
    let refused = assert_refused(delete_status(&root, &usual, "").await, ErrorReason::ResourceInUse);
    assert_eq!(used_by(&refused), format!("{}/automation", pipeline("support")));
});

// A ticket that waits in order waits on, and its load counts on, wherever its pipeline went.
both_engines!(tickets_that_wait_keep_their_place, |db| async move {
    let app = App::start(db).await;
    let root = app.root();
    create(&root, "sales", &SALES).await;
    app.agent("mia").await;
    app.available("mia", false).await;
    app.channel("form", ChannelType::Form).await;
    app.route_to("form", people(&["mia"], &[])).await;
    app.queue("form", 0).await;
    let [first, second] = ["1", "2"].map(|id| app.arrives("form", id, "ann@example.com"));
    let (first, second) = (first.await, second.await);
    let there =
        |name: &str| v1::MoveTicketRequest { name: name.to_owned(), pipeline: pipeline("sales"), ..Default::default() };
    root.tickets().move_ticket(there(&first.name)).await.expect("moved");
    delete(&root, "sales", "support").await.expect("deleted");
    let request = v1::ListQueueEntriesRequest { parent: app::account(), ..Default::default() };
    let queue = root.routing().list_queue_entries(request).await.expect("a queue").into_inner().queue_entries;
    let names: Vec<_> = queue.into_iter().map(|entry| entry.ticket).collect();
    assert_eq!(names, [first.name.clone(), second.name]);
    app.available("mia", true).await;
    app.running().worker.run_until_idle().await.expect("worked");
    assert_eq!(app.ticket_now(&first.name).await.owner, user_name("mia"));
});
