//! WatchTicket: the ticket first, then each change; resumable; ended with the right.

use std::time::Duration;

use helpdesk::grpc::pb::access::AccessLevel;
use helpdesk::grpc::pb::v1::{self, ErrorReason, EventType as E};
use prost_types::FieldMask;
use tonic::{Status, Streaming};

use crate::conversation::talk::manual_ticket;
use crate::support::app::{App, team_name, user_name};
use crate::support::client::{Client, assert_refused};
use crate::support::databases::both_engines;
use crate::ticket_property::change;

/// A stream that says nothing for so long is broken.
const PATIENCE: Duration = Duration::from_secs(20);

struct Watcher(Streaming<v1::WatchTicketResponse>);

impl Watcher {
    async fn open(client: &Client, ticket: &str, resume_token: &str) -> Result<Self, Status> {
        let request = v1::WatchTicketRequest { name: ticket.to_owned(), resume_token: resume_token.to_owned() };
        Ok(Self(client.tickets().watch_ticket(request).await?.into_inner()))
    }

    async fn next(&mut self) -> Result<v1::WatchTicketResponse, Status> {
        let answer = tokio::time::timeout(PATIENCE, self.0.message()).await.expect("the stream says something");
        answer.map(|answer| answer.expect("a stream ends with a reason"))
    }

    /// The next answer with changes.
    async fn told(&mut self) -> v1::WatchTicketResponse {
        loop {
            let answer = self.next().await.expect("an answer");
            assert_eq!(answer.progress, answer.ticket.is_none());
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

fn kinds(answer: &v1::WatchTicketResponse) -> Vec<E> {
    answer.ticket_changes.iter().map(v1::TicketChange::r#type).collect()
}

async fn rename(caller: &Client, ticket: &str, subject: &str) -> v1::Ticket {
    let named = v1::Ticket { name: ticket.to_owned(), subject: subject.to_owned(), ..Default::default() };
    change(caller, named, &["subject"]).await.expect("changed")
}

async fn give(caller: &Client, ticket: &str, user: &str) {
    let give = v1::AssignTicketRequest { name: ticket.to_owned(), owner: user_name(user), ..Default::default() };
    caller.tickets().assign_ticket(give).await.expect("assigned");
}

both_engines!(a_stream_begins_with_the_ticket_and_goes_on_with_its_changes, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    let ticket = manual_ticket(&mia, "One").await;
    let two = rename(&mia, &ticket.name, "Two").await;
    let mut watcher = Watcher::open(&mia, &ticket.name, "").await.expect("a stream");
    let first = watcher.next().await.expect("the ticket");
    assert_eq!((first.ticket.as_ref(), first.caught_up, first.progress), (Some(&two), true, false));
    assert_eq!(kinds(&first), [E::TicketCreated, E::TicketUpdated]);
    let other = manual_ticket(&mia, "Another").await;
    rename(&mia, &other.name, "Not this one").await;
    let three = rename(&mia, &ticket.name, "Three").await;
    let told = watcher.told().await;
    assert_eq!((told.ticket.as_ref(), kinds(&told)), (Some(&three), vec![E::TicketUpdated]));
    let field = &told.ticket_changes[0].fields[0];
    assert_eq!((field.field.as_str(), field.before.as_str(), field.after.as_str()), ("subject", "Two", "Three"));
});

// Complaint 23: what happens while nobody is connected is delivered afterwards, and a token opens its own stream only.
both_engines!(a_stream_goes_on_from_its_token, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    let (ticket, other) = (manual_ticket(&mia, "One").await, manual_ticket(&mia, "Another").await);
    let mut watcher = Watcher::open(&mia, &ticket.name, "").await.expect("a stream");
    let token = watcher.told().await.resume_token;
    drop(watcher);
    rename(&mia, &ticket.name, "Two").await;
    rename(&mia, &other.name, "Not this one").await;
    rename(&mia, &ticket.name, "Three").await;
    let mut again = Watcher::open(&mia, &ticket.name, &token).await.expect("a stream");
    let mut seen = Vec::new();
    while seen.len() < 2 {
        seen.extend(again.told().await.ticket_changes.into_iter().map(|change| change.ordering_sequence));
    }
    assert_eq!(seen, [2, 3]);
    for (ticket, token) in [(&other.name, token.as_str()), (&ticket.name, "nonsense")] {
        let refused = Watcher::open(&mia, ticket, token).await.map(|_| ());
        assert_refused(refused, ErrorReason::ResumeTokenInvalid);
    }
});

// L-11, C-004: a ticket that goes out of view ends the stream, whether the ticket changed or the people around it.
both_engines!(a_stream_ends_when_the_ticket_goes_out_of_view, |db| async move {
    let app = App::start(db).await;
    let (mia, _ben) = (app.agent("mia").await, app.agent("ben").await);
    let cole = app.collaborator("cole", AccessLevel::Owned).await;
    let teo = app.collaborator("teo", AccessLevel::Team).await;
    app.team("red", &["ben", "teo"]).await;
    let ticket = manual_ticket(&mia, "One").await.name;
    assert_refused(Watcher::open(&cole, &ticket, "").await.map(|_| ()), ErrorReason::ResourceNotFound);
    give(&mia, &ticket, "cole").await;
    let mut watcher = Watcher::open(&cole, &ticket, "").await.expect("a stream");
    watcher.told().await;
    give(&mia, &ticket, "ben").await;
    assert_refused::<()>(Err(watcher.end().await), ErrorReason::ResourceNotFound);
    let mut watcher = Watcher::open(&teo, &ticket, "").await.expect("a stream");
    watcher.told().await;
    let leave = v1::RemoveTeamMemberRequest { name: team_name("red"), user: user_name("ben"), ..Default::default() };
    app.root().teams().remove_team_member(leave).await.expect("left");
    assert_refused::<()>(Err(watcher.end().await), ErrorReason::ResourceNotFound);
});

both_engines!(a_stream_ends_with_the_right_and_with_the_ticket, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    let cole = app.collaborator("cole", AccessLevel::All).await;
    let dan = app.collaborator("dan", AccessLevel::All).await;
    let ticket = manual_ticket(&mia, "One").await.name;
    let mut watcher = Watcher::open(&cole, &ticket, "").await.expect("a stream");
    watcher.told().await;
    let blind = v1::User {
        name: user_name("cole"),
        ticket_view: Some(v1::TicketAccess { level: AccessLevel::None.into(), ..Default::default() }),
        ..Default::default()
    };
    let update_mask = Some(FieldMask { paths: vec!["ticket_view".to_owned()] });
    let update = v1::UpdateUserRequest { user: Some(blind), update_mask, ..Default::default() };
    app.root().users().update_user(update).await.expect("changed");
    assert_refused::<()>(Err(watcher.end().await), ErrorReason::ResourceNotFound);
    let mut watcher = Watcher::open(&dan, &ticket, "").await.expect("a stream");
    watcher.told().await;
    let gone = v1::DeactivateUserRequest { name: user_name("dan"), ..Default::default() };
    app.root().users().deactivate_user(gone).await.expect("deactivated");
    assert_refused::<()>(Err(watcher.end().await), ErrorReason::UserDeactivated);
    let mut watcher = Watcher::open(&mia, &ticket, "").await.expect("a stream");
    watcher.told().await;
    let expunge = v1::ExpungeTicketRequest { name: ticket, ..Default::default() };
    app.root().tickets().expunge_ticket(expunge).await.expect("gone for good");
    assert_refused::<()>(Err(watcher.end().await), ErrorReason::ResourceNotFound);
});

// L-28, L-13: a drain gives a last token; one older than the log is told so.
both_engines!(a_drained_stream_goes_on_and_an_old_token_begins_anew, |db| async move {
    let mut app = App::start_set(db, &[("events.keep_at_least", "0")]).await;
    let mia = app.agent("mia").await;
    let ticket = manual_ticket(&mia, "One").await.name;
    let mut watcher = Watcher::open(&mia, &ticket, "").await.expect("a stream");
    watcher.told().await;
    let last = async {
        let answer = watcher.next().await.expect("a last token");
        (answer.resume_token, watcher.end().await)
    };
    let ((token, status), ()) = tokio::join!(last, app.restart());
    assert_refused::<()>(Err(status), ErrorReason::StreamDraining);
    let mia = app.user("mia");
    rename(&mia, &ticket, "Two").await;
    let mut watcher = Watcher::open(&mia, &ticket, &token).await.expect("a stream");
    assert_eq!(kinds(&watcher.told().await), [E::TicketUpdated]);
    app.advance(Duration::from_hours(8 * 24));
    let mia = app.user("mia");
    manual_ticket(&mia, "Another").await;
    let refused = Watcher::open(&mia, &ticket, &token).await.map(|_| ());
    assert_refused(refused, ErrorReason::ResumeTokenCompacted);
});
