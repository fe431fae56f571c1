//! WatchEvents and GetResumeToken (contract 2.11).

use std::time::Duration;

use helpdesk::grpc::pb::access::AccessLevel;
use helpdesk::grpc::pb::v1::{self, ErrorReason};
use tonic::Code;

use super::stream::{Watcher, after, make_ticket, now, oldest, sequences, token_of};
use crate::support::app::{self, App};
use crate::support::client::assert_refused;
use crate::support::databases::both_engines;

async fn place(client: &crate::support::client::Client) -> v1::GetResumeTokenResponse {
    let request = v1::GetResumeTokenRequest { parent: app::account(), at: None };
    client.events().get_resume_token(request).await.expect("a token").into_inner()
}

// C-109: an event says what happened to which record, who did it and what brought it about.
both_engines!(an_event_is_delivered_with_everything_that_is_known_of_it, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    let mut watcher = Watcher::open(&mia, now()).await.expect("a stream");
    let first = watcher.next().await.expect("a sign that it began");
    assert!(first.progress && first.caught_up && first.events.is_empty());
    let made = make_ticket(&mia, "Broken").await.ticket.expect("a ticket");
    let answer = watcher.next().await.expect("the event");
    assert!(answer.caught_up && !answer.progress);
    let event = &answer.events[0];
    assert_eq!(event.r#type(), v1::EventType::TicketCreated);
    assert_eq!((&event.resource, &event.ticket, &event.ordering_key), (&made.name, &made.name, &made.name));
    assert_eq!(event.ordering_sequence, 1);
    let actor = Some(v1::Actor { kind: Some(v1::actor::Kind::User(app::user_name("mia"))) });
    assert_eq!(event.actor, actor);
    assert_eq!(event.cause_chain.as_ref().map(|chain| &chain.root), Some(&event.name));
});

// A snapshot without a gap: token, list, watch.
both_engines!(what_happens_between_a_token_and_its_watch_is_delivered, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    make_ticket(&mia, "Before").await;
    let token = place(&mia).await.resume_token;
    let made = make_ticket(&mia, "Between").await.ticket.expect("a ticket");
    let mut watcher = Watcher::open(&mia, after(&token)).await.expect("a stream");
    let (events, _) = watcher.until_caught_up().await;
    assert!(!events.is_empty() && events.iter().all(|event| event.ticket == made.name));
});

// R-010, C-003: each event is judged at delivery, on the record as it is then.
both_engines!(events_of_tickets_out_of_reach_are_passed_over, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    let cole = app.collaborator("cole", AccessLevel::Owned).await;
    let theirs = make_ticket(&mia, "Theirs").await.ticket.expect("a ticket");
    let own = make_ticket(&mia, "For Cole").await.ticket.expect("a ticket");
    let assign = v1::AssignTicketRequest {
        name: own.name.clone(),
        owner: app::user_name("cole"),
        ..v1::AssignTicketRequest::default()
    };
    mia.tickets().assign_ticket(assign).await.expect("assigned");
    let (seen, _) = Watcher::open(&cole, oldest()).await.expect("a stream").until_caught_up().await;
    let tickets: Vec<&str> = seen.iter().map(|e| e.ticket.as_str()).filter(|name| !name.is_empty()).collect();
    assert!(tickets.contains(&own.name.as_str()) && !tickets.contains(&theirs.name.as_str()), "{tickets:?}");
    let (all, _) = Watcher::open(&mia, oldest()).await.expect("a stream").until_caught_up().await;
    assert!(all.iter().any(|event| event.ticket == theirs.name));
});

// L-11, C-004: whoever loses the right hears it from the open stream.
both_engines!(a_stream_ends_when_its_caller_loses_the_right, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    let mut watcher = Watcher::open(&mia, now()).await.expect("a stream");
    watcher.next().await.expect("a sign that it began");
    let deactivate = v1::DeactivateUserRequest { name: app::user_name("mia"), ..v1::DeactivateUserRequest::default() };
    app.root().users().deactivate_user(deactivate).await.expect("deactivated");
    let status = watcher.end().await;
    assert_eq!(status.code(), Code::PermissionDenied, "{status:?}");
});

both_engines!(a_filter_moves_the_token_past_what_it_hides, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    make_ticket(&mia, "One").await;
    let second = make_ticket(&mia, "Two").await.ticket.expect("a ticket");
    let only = |filter: String| Some(v1::EventFilter { filter, types: vec![v1::EventType::TicketCreated.into()] });
    let filter = only(format!("ticket = \"{}\"", second.name));
    let mut watcher = Watcher::open_filtered(&mia, oldest(), filter).await.expect("a stream");
    let (seen, token) = watcher.until_caught_up().await;
    assert_eq!(seen.iter().map(|event| &event.ticket).collect::<Vec<_>>(), [&second.name]);
    let (rest, _) = Watcher::open(&mia, after(&token)).await.expect("a stream").until_caught_up().await;
    assert_eq!(sequences(&rest), [] as [i64; 0]);
    let wrong = only("colour = red".to_owned());
    let refused = Watcher::open_filtered(&mia, oldest(), wrong).await.map(|_| ());
    assert_refused(refused, ErrorReason::FilterFieldUnknown);
});

// L-12: the places of one caller are counted and given back.
both_engines!(a_caller_watches_so_many_times_at_once_and_no_more, |db| async move {
    let app = App::start_set(db, &[("watch.per_caller", "2")]).await;
    let mia = app.agent("mia").await;
    let mut first = Watcher::open(&mia, now()).await.expect("a stream");
    let _second = Watcher::open(&mia, now()).await.expect("a stream");
    assert_refused(Watcher::open(&mia, now()).await.map(|_| ()), ErrorReason::QuotaExceeded);
    Watcher::open(&app.root(), now()).await.expect("another caller has places of its own");
    first.next().await.expect("the others go on");
});

// C-001: a token is of its account, and nothing else opens it.
both_engines!(a_token_of_another_account_is_refused, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    let token = token_of(&make_ticket(&mia, "Mine").await);
    let other = app.caller(&app.new_account("other").await);
    let request = v1::WatchEventsRequest {
        parent: "accounts/other".to_owned(),
        start: Some(after(&token)),
        ..v1::WatchEventsRequest::default()
    };
    assert_refused(other.events().watch_events(request.clone()).await, ErrorReason::ResumeTokenInvalid);
    assert_refused(mia.events().watch_events(request).await.map(|_| ()), ErrorReason::ResourceNotFound);
    assert_refused(Watcher::open(&mia, after("nonsense")).await.map(|_| ()), ErrorReason::ResumeTokenInvalid);
});

// L-13, C4: what is older than the retention is let go, but never the history of a ticket.
both_engines!(a_token_older_than_the_retention_is_refused_with_the_oldest_time, |db| async move {
    let app = App::start_set(db, &[("events.keep_at_least", "0")]).await;
    let mia = app.agent("mia").await;
    let token = place(&mia).await.resume_token;
    let old = make_ticket(&mia, "Old").await;
    let last_old = token_of(&old);
    app.advance(Duration::from_hours(8 * 24));
    let mia = app.user("mia");
    Watcher::open(&mia, after(&last_old)).await.expect("nothing was missed since");
    let fresh = make_ticket(&mia, "Fresh").await.ticket.expect("a ticket");
    let status =
        assert_refused(Watcher::open(&mia, after(&token)).await.map(|_| ()), ErrorReason::ResumeTokenCompacted);
    assert_eq!(status.code(), Code::OutOfRange);
    app.running().worker.run_until_idle().await.expect("swept");
    let (seen, _) = Watcher::open(&mia, oldest()).await.expect("a stream").until_caught_up().await;
    assert!(seen.iter().all(|event| event.ticket == fresh.name), "{seen:?}");
    let history = v1::GetEventRequest { name: format!("{}/events/{}", app::account(), seen[0].sequence - 1) };
    let kept = mia.events().get_event(history).await.expect("the history of a ticket").into_inner().event;
    assert_eq!(kept.expect("an event").ticket, old.ticket.expect("a ticket").name);
    let gone = v1::GetEventRequest { name: format!("{}/events/1", app::account()) };
    assert_refused(mia.events().get_event(gone).await, ErrorReason::ResourceNotFound);
});

// L-28, F-13: a stream ends with a token to go on from, and nothing is lost over a restart.
both_engines!(a_drained_stream_goes_on_from_its_last_token, |db| async move {
    let mut app = App::start(db).await;
    let mia = app.agent("mia").await;
    let mut watcher = Watcher::open(&mia, now()).await.expect("a stream");
    watcher.next().await.expect("a sign that it began");
    let last = async {
        let answer = watcher.next().await.expect("a last token");
        (answer.resume_token, watcher.end().await)
    };
    let ((token, status), ()) = tokio::join!(last, app.restart());
    assert_eq!(status.code(), Code::Unavailable);
    assert_refused(Err::<(), _>(status), ErrorReason::StreamDraining);
    let mia = app.user("mia");
    let made = make_ticket(&mia, "After the restart").await.ticket.expect("a ticket");
    let mut watcher = Watcher::open(&mia, after(&token)).await.expect("a stream");
    let (seen, _) = watcher.until_caught_up().await;
    assert_eq!(seen[0].ticket, made.name);
});
