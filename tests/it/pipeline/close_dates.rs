//! Close dates, and the switch that every pipeline has for them.

use std::time::Duration;

use helpdesk::grpc::pb::access::{AccessLevel, Seat, Tier as WireTier};
use helpdesk::grpc::pb::v1::{self, ErrorReason, StatusCategory as Is};

use super::hands::{
    add_status, automate, automation, create, enter, pipeline, plain_agent, set_tier, status, ticket_in,
};
use crate::support::app::{self, App};
use crate::support::client::{Client, assert_refused};
use crate::support::databases::both_engines;

async fn switch(caller: &Client, id: &str, on: bool) -> v1::PipelineAutomation {
    let new = v1::PipelineAutomation { set_close_time: Some(on), ..Default::default() };
    automate(caller, id, new, &["set_close_time"]).await.expect("switched")
}

async fn closed(app: &App, ticket: &str) -> Option<prost_types::Timestamp> {
    app.close(ticket).await;
    app.ticket_now(ticket).await.close_time
}

// C-064, C-066: one pipeline sets close dates or does not, whatever another one does;
// opening clears them in any case. The date is the moment itself.
both_engines!(every_pipeline_sets_close_dates_or_does_not, |db| async move {
    let app = App::start(db).await;
    let root = app.root();
    create(&root, "sales", &[]).await;
    assert_eq!(automation(&root, "sales").await.set_close_time, Some(true));
    let off = switch(&root, "sales", false).await;
    assert_eq!((off.set_close_time, automation(&root, "support").await.set_close_time), (Some(false), Some(true)));
    let ours = ticket_in(&root, "support", "new").await.expect("made").name;
    let theirs = ticket_in(&root, "sales", "new").await.expect("made").name;
    assert_eq!(closed(&app, &theirs).await, None, "switched off: as it was");
    let moment = app.now().as_micros();
    let time = closed(&app, &ours).await.expect("set in the other pipeline");
    assert_eq!(time.seconds * 1_000_000 + i64::from(time.nanos) / 1_000, moment);
    assert_eq!(ticket_in(&root, "sales", "closed").await.expect("made").close_time, None);

    let reopen = |name: &str| v1::ReopenTicketRequest { name: name.to_owned(), ..Default::default() };
    root.tickets().reopen_ticket(reopen(&theirs)).await.expect("opened");
    switch(&root, "sales", true).await;
    assert!(closed(&app, &theirs).await.is_some(), "switched on again");
    switch(&root, "sales", false).await;
    root.tickets().reopen_ticket(reopen(&theirs)).await.expect("opened");
    assert_eq!(app.ticket_now(&theirs).await.close_time, None, "clearing always happens");
});

// C-065, C-067: closed to closed changes nothing, and a date that is given counts, also where none would be set.
both_engines!(a_given_close_date_wins_and_closed_to_closed_leaves_it, |db| async move {
    let app = App::start(db).await;
    let root = app.root();
    let other = add_status(&root, "support", "void", Is::Closed).await.expect("a status");
    let ticket = ticket_in(&root, "support", "new").await.expect("made").name;
    let first = closed(&app, &ticket).await.expect("a date");
    app.advance(Duration::from_mins(30));
    let there = enter(&root, &ticket, &other).await.expect("changed");
    assert_eq!((there.status, there.close_time), (other, Some(first)));
    switch(&root, "support", false).await;
    let second = ticket_in(&root, "support", "new").await.expect("made").name;
    let request = v1::CloseTicketRequest { name: second, close_time: Some(first), ..Default::default() };
    let given = root.tickets().close_ticket(request).await.expect("closed").into_inner().ticket;
    assert_eq!(given.expect("a ticket").close_time, Some(first));
});

// C-068: of a move to another pipeline that one's switch decides.
both_engines!(a_move_follows_the_switch_of_the_pipeline_it_goes_to, |db| async move {
    let app = App::start(db).await;
    let root = app.root();
    create(&root, "sales", &[]).await;
    switch(&root, "sales", false).await;
    let relocated = async |from: &str, to: &str| {
        let ticket = ticket_in(&root, from, "new").await.expect("made").name;
        let request = v1::MoveTicketRequest {
            name: ticket,
            pipeline: pipeline(to),
            status: status(to, "closed"),
            ..Default::default()
        };
        let done = root.tickets().move_ticket(request).await.expect("moved").into_inner();
        done.ticket.expect("a ticket").close_time
    };
    assert_eq!(relocated("support", "sales").await, None);
    assert!(relocated("sales", "support").await.is_some());
});

// A ticket that was closed as spam where no close dates are set opens again with its mark.
both_engines!(spam_comes_back_where_no_close_dates_are_set, |db| async move {
    let app = App::start(db).await;
    let root = app.root();
    switch(&root, "support", false).await;
    let name = ticket_in(&root, "support", "new").await.expect("made").name;
    app.advance(Duration::from_secs(5));
    let mark = v1::MarkTicketSpamRequest { name: name.clone(), ..Default::default() };
    root.tickets().mark_ticket_spam(mark).await.expect("marked");
    assert_eq!(app.ticket_now(&name).await.state(), v1::TicketState::Closed);
    let unmark = v1::UnmarkTicketSpamRequest { name: name.clone(), ..Default::default() };
    root.tickets().unmark_ticket_spam(unmark).await.expect("unmarked");
    assert_eq!(app.ticket_now(&name).await.state(), v1::TicketState::Open);
});

// close dates are on every plan.
both_engines!(close_dates_are_on_every_plan, |db| async move {
    let app = App::start(db).await;
    let root = app.root();
    for tier in [WireTier::Free, WireTier::Starter, WireTier::Professional, WireTier::Enterprise] {
        set_tier(&app, app::ACCOUNT, tier).await;
        let ticket = ticket_in(&root, "support", "new").await.expect("made").name;
        switch(&root, "support", false).await;
        assert_eq!(closed(&app, &ticket).await, None, "{tier:?}");
        switch(&root, "support", true).await;
        let ticket = ticket_in(&root, "support", "new").await.expect("made").name;
        assert!(closed(&app, &ticket).await.is_some(), "{tier:?}");
    }
});

// what happens by itself is set by super admins and people with access to the account, a Service seat is not enough.
both_engines!(only_managers_change_what_happens_by_itself, |db| async move {
    let app = App::start(db).await;
    let mia = plain_agent(&app, "mia").await;
    let new = || v1::PipelineAutomation { set_close_time: Some(false), ..Default::default() };
    let refused = automate(&mia, "support", new(), &["set_close_time"]).await;
    assert_refused(refused, ErrorReason::PermissionMissing);
    let manager =
        v1::User { seat: Seat::Service.into(), account_access: true, ..app::person("manager", AccessLevel::None) };
    let manager = app.add_user(manager, "manager").await;
    automate(&manager, "support", new(), &["set_close_time"]).await.expect("changed");
    let stale = v1::PipelineAutomation { etag: "\"99\"".to_owned(), ..new() };
    assert_refused(automate(&manager, "support", stale, &["set_close_time"]).await, ErrorReason::EtagMismatch);
    let unknown = automate(&manager, "nowhere", new(), &["set_close_time"]).await;
    assert_refused(unknown, ErrorReason::ResourceNotFound);
});
