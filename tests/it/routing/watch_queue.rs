//! WatchQueue: those that wait first, then who comes, moves and goes; resumable; ended with the right.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::StreamExt;
use helpdesk::grpc::pb::access::AccessLevel;
use helpdesk::grpc::pb::v1::{self, ChannelType, ErrorReason, Priority};
use prost_types::FieldMask;
use tonic::{Status, Streaming};

use crate::support::app::{self, App, channel_name, team_name, user_name};
use crate::support::client::{Client, assert_refused};
use crate::support::databases::{TestDatabase, both_engines};
use crate::support::scene::people;

/// A stream that says nothing for so long is broken.
const PATIENCE: Duration = Duration::from_secs(20);

fn all() -> v1::WatchQueueRequest {
    v1::WatchQueueRequest { parent: app::account(), ..Default::default() }
}

fn of_channel(id: &str) -> v1::WatchQueueRequest {
    v1::WatchQueueRequest { channel: channel_name(id), ..all() }
}

struct Watcher(Streaming<v1::WatchQueueResponse>);

impl Watcher {
    async fn open(client: &Client, request: v1::WatchQueueRequest) -> Result<Self, Status> {
        Ok(Self(client.routing().watch_queue(request).await?.into_inner()))
    }

    async fn next(&mut self) -> Result<v1::WatchQueueResponse, Status> {
        let answer = tokio::time::timeout(PATIENCE, self.0.message()).await.expect("the stream says something");
        answer.map(|answer| answer.expect("a stream ends with a reason"))
    }

    /// The next answer that tells something.
    async fn told(&mut self) -> v1::WatchQueueResponse {
        loop {
            let answer = self.next().await.expect("an answer");
            if !answer.progress {
                return answer;
            }
        }
    }

    async fn end(&mut self) -> Status {
        loop {
            if let Err(status) = self.next().await {
                return status;
            }
        }
    }
}

/// One agent, away, and a chat and a mail channel that queue, without ramp.
async fn desk(db: TestDatabase) -> App {
    let app = App::start(db).await;
    prepare(&app).await;
    app
}

async fn prepare(app: &App) {
    app.agent("ada").await;
    app.available("ada", false).await;
    for (id, kind) in [("mail", ChannelType::Email), ("form", ChannelType::Form)] {
        app.channel(id, kind).await;
        app.route_to(id, people(&["ada"], &[])).await;
        app.queue(id, 0).await;
    }
}

async fn comes(app: &App, channel: &str, id: &str) -> String {
    let ticket = app.arrives(channel, &format!("{channel}-{id}"), "ann@example.com").await;
    app.advance(Duration::from_secs(1));
    ticket.name
}

async fn prioritize(app: &App, ticket: &str, priority: Priority) {
    let ticket = v1::Ticket { name: ticket.to_owned(), priority: priority.into(), ..Default::default() };
    let update_mask = Some(FieldMask { paths: vec!["priority".to_owned()] });
    let request = v1::UpdateTicketRequest { ticket: Some(ticket), update_mask, ..Default::default() };
    app.root().tickets().update_ticket(request).await.expect("changed");
}

fn places(answer: &v1::WatchQueueResponse) -> Vec<(&str, i32)> {
    answer.queue_entries.iter().map(|entry| (entry.ticket.as_str(), entry.position)).collect()
}

// C-037: those that wait in their order, each with its place on its channel; then who comes, moves up and goes.
both_engines!(a_stream_begins_with_those_that_wait_and_goes_on_with_changes, |db| async move {
    let app = desk(db).await;
    let (first, second) = (comes(&app, "mail", "1").await, comes(&app, "mail", "2").await);
    let other = comes(&app, "form", "1").await;
    let mut mails = Watcher::open(&app.root(), of_channel("mail")).await.expect("a stream");
    let mut every = Watcher::open(&app.root(), all()).await.expect("a stream");
    let told = mails.next().await.expect("those that wait");
    assert_eq!(places(&told), [(first.as_str(), 1), (second.as_str(), 2)]);
    assert_eq!((told.caught_up, told.progress, told.reset), (true, false, false));
    let told = every.next().await.expect("those that wait");
    assert_eq!(places(&told), [(first.as_str(), 1), (second.as_str(), 2), (other.as_str(), 1)]);
    let third = comes(&app, "mail", "3").await;
    assert_eq!(places(&mails.told().await), [(third.as_str(), 3)]);
    prioritize(&app, &third, Priority::Urgent).await;
    assert_eq!(places(&mails.told().await), [(third.as_str(), 1)]);
    app.limit("ada", 1).await;
    app.available("ada", true).await;
    let told = mails.told().await;
    assert_eq!((places(&told), &told.left_tickets), (vec![], &vec![third.clone()]));
    app.close(&first).await;
    assert_eq!(mails.told().await.left_tickets, std::slice::from_ref(&first));
    let mut gone = BTreeSet::new();
    while gone.len() < 2 {
        gone.extend(every.told().await.left_tickets);
    }
    assert_eq!(gone, BTreeSet::from([first, third]));
});

// The pace of the last hour tells how long it may take.
both_engines!(a_stream_tells_how_long_it_may_take, |db| async move {
    let app = desk(db).await;
    let (_first, second) = (comes(&app, "mail", "1").await, comes(&app, "mail", "2").await);
    app.limit("ada", 1).await;
    app.available("ada", true).await;
    let mut watcher = Watcher::open(&app.root(), of_channel("mail")).await.expect("a stream");
    let told = watcher.told().await;
    let entry = &told.queue_entries[0];
    let wait = |wait: &Option<prost_types::Duration>| wait.as_ref().map(|wait| wait.seconds);
    assert_eq!((entry.ticket.as_str(), entry.position), (second.as_str(), 1));
    assert_eq!((wait(&entry.expected_wait_low), wait(&entry.expected_wait_high)), (Some(1_800), Some(7_200)));
});

// A token goes on where it was given, among those that wait too; it opens no other stream.
both_engines!(a_stream_goes_on_from_its_token, |db| async move {
    let app = desk(db).await;
    let first = comes(&app, "mail", "1").await;
    let mut watcher = Watcher::open(&app.root(), of_channel("mail")).await.expect("a stream");
    let token = watcher.told().await.resume_token;
    drop(watcher);
    let second = comes(&app, "mail", "2").await;
    app.close(&first).await;
    let request = v1::WatchQueueRequest { resume_token: token.clone(), ..of_channel("mail") };
    let mut again = Watcher::open(&app.root(), request).await.expect("a stream");
    let (mut came, mut left) = (BTreeSet::new(), BTreeSet::new());
    while came.is_empty() || left.is_empty() {
        let told = again.told().await;
        assert!(!told.reset, "whoever sees every ticket loses nothing");
        came.extend(told.queue_entries.into_iter().map(|entry| entry.ticket));
        left.extend(told.left_tickets);
    }
    assert_eq!((came, left), (BTreeSet::from([second]), BTreeSet::from([first])));
    for (resume_token, request) in [(token, all()), ("nonsense".to_owned(), of_channel("mail"))] {
        let request = v1::WatchQueueRequest { resume_token, ..request };
        let refused = Watcher::open(&app.root(), request).await.map(|_| ());
        assert_refused(refused, ErrorReason::ResumeTokenInvalid);
    }
});

// L-02: many are told in answers of 200, each with a token, the last of which says that nothing older waits.
both_engines!(many_that_wait_are_told_part_by_part, |db| async move {
    let app = desk(db).await;
    let arrivals = futures_util::stream::iter(0..201).map(|index| {
        let app = &app;
        async move { app.arrives("form", &index.to_string(), "ann@example.com").await.name }
    });
    let names: BTreeSet<String> = arrivals.buffer_unordered(16).collect().await;
    let mut watcher = Watcher::open(&app.root(), all()).await.expect("a stream");
    let part = watcher.next().await.expect("the first part");
    assert_eq!((part.queue_entries.len(), part.caught_up), (200, false));
    drop(watcher);
    let request = v1::WatchQueueRequest { resume_token: part.resume_token.clone(), ..all() };
    let mut watcher = Watcher::open(&app.root(), request).await.expect("a stream");
    let rest = watcher.next().await.expect("the rest");
    assert_eq!((rest.queue_entries.len(), rest.caught_up), (1, true));
    let told = part.queue_entries.iter().chain(&rest.queue_entries);
    let positions: Vec<i32> = told.clone().map(|entry| entry.position).collect();
    assert_eq!(positions, (1..=201).collect::<Vec<i32>>());
    assert_eq!(told.map(|entry| entry.ticket.clone()).collect::<BTreeSet<_>>(), names);
});

// L-11, A2: only tickets within reach are told; one that leaves it goes, one that enters it comes, and a caller whose
// rights change is told anew within 2 seconds.
both_engines!(a_stream_tells_what_is_within_reach, |db| async move {
    let app = desk(db).await;
    app.agent("bea").await;
    app.available("bea", false).await;
    app.collaborator("teo", AccessLevel::Team).await;
    for (team, member, channel) in [("red", "ada", "form"), ("blue", "bea", "mail")] {
        app.team(team, &[member]).await;
        app.route_to(channel, people(&[], &[team])).await;
    }
    app.join("red", "teo", true).await;
    let (mine, other) = (comes(&app, "form", "1").await, comes(&app, "mail", "1").await);
    let teo = app.user("teo");
    let mut watcher = Watcher::open(&teo, all()).await.expect("a stream");
    assert_eq!(places(&watcher.told().await), [(mine.as_str(), 1)]);
    share(&app, &other, true).await;
    assert_eq!(places(&watcher.told().await), [(other.as_str(), 1)]);
    share(&app, &other, false).await;
    assert_eq!(watcher.told().await.left_tickets, std::slice::from_ref(&other));
    let of_team = v1::WatchQueueRequest { team: team_name("blue"), ..all() };
    let mut of_team = Watcher::open(&app.root(), of_team).await.expect("a stream");
    assert_eq!(places(&of_team.told().await), [(other.as_str(), 1)]);
    app.join("blue", "teo", false).await;
    let told = watcher.told().await;
    assert_eq!((told.reset, places(&told)), (true, vec![(mine.as_str(), 1), (other.as_str(), 1)]));
    let token = told.resume_token;
    drop(watcher);
    let request = v1::WatchQueueRequest { resume_token: token, ..all() };
    let mut watcher = Watcher::open(&teo, request).await.expect("a stream");
    let told = watcher.told().await;
    assert_eq!((told.reset, told.queue_entries.len()), (true, 2));
    let gone = v1::DeactivateUserRequest { name: user_name("teo"), ..Default::default() };
    app.root().users().deactivate_user(gone).await.expect("deactivated");
    assert_refused::<()>(Err(watcher.end().await), ErrorReason::UserDeactivated);
});

/// Shares a ticket with teo, or takes it back.
async fn share(app: &App, ticket: &str, shared: bool) {
    use v1::{ticket_share::Grantee, unshare_ticket_request::Grantee as Taken};
    let (name, teo) = (ticket.to_owned(), user_name("teo"));
    if shared {
        let (grantee, level) = (Some(Grantee::User(teo)), v1::ShareLevel::View.into());
        let ticket_share = Some(v1::TicketShare { grantee, level, ..Default::default() });
        let request = v1::ShareTicketRequest { name, ticket_share, ..Default::default() };
        app.root().tickets().share_ticket(request).await.expect("shared");
    } else {
        let request = v1::UnshareTicketRequest { name, grantee: Some(Taken::User(teo)), ..Default::default() };
        app.root().tickets().unshare_ticket(request).await.expect("taken back");
    }
}

// L-28: a drain gives a last token. C-016: a ticket that waited and is gone for good is told, and counts no longer.
both_engines!(a_drained_stream_goes_on_and_a_ticket_gone_for_good_is_told, |db| async move {
    let mut app = App::start(db).await;
    prepare(&app).await;
    let (first, second) = (comes(&app, "form", "1").await, comes(&app, "form", "2").await);
    let mut watcher = Watcher::open(&app.root(), all()).await.expect("a stream");
    watcher.told().await;
    let last = async {
        let answer = watcher.next().await.expect("a last token");
        (answer.resume_token, watcher.end().await)
    };
    let ((token, status), ()) = tokio::join!(last, app.restart());
    assert_refused::<()>(Err(status), ErrorReason::StreamDraining);
    let expunge = v1::ExpungeTicketRequest { name: first.clone(), ..Default::default() };
    app.root().tickets().expunge_ticket(expunge).await.expect("gone for good");
    let request = v1::WatchQueueRequest { resume_token: token, ..all() };
    let mut watcher = Watcher::open(&app.root(), request).await.expect("a stream");
    assert_eq!(watcher.told().await.left_tickets, [first]);
    app.available("ada", true).await;
    assert_eq!(watcher.told().await.left_tickets, [second]);
});
