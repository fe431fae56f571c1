//! WatchNotifications: state first, then changes; resumable; ended with the right.

use std::time::Duration;

use helpdesk::grpc::pb::access::AccessLevel;
use helpdesk::grpc::pb::v1::{self, ErrorReason};
use tonic::{Status, Streaming};

use super::reading::mark;
use crate::conversation::comments::{comment, mailed};
use crate::support::app::{App, user_name};
use crate::support::client::{Client, assert_refused};
use crate::support::databases::both_engines;

/// A stream that says nothing for so long is broken.
const PATIENCE: Duration = Duration::from_secs(20);

struct Watcher(Streaming<v1::WatchNotificationsResponse>);

impl Watcher {
    async fn open(client: &Client, user: &str, resume_token: &str) -> Result<Self, Status> {
        let request = v1::WatchNotificationsRequest { parent: user_name(user), resume_token: resume_token.to_owned() };
        Ok(Self(client.notifications().watch_notifications(request).await?.into_inner()))
    }

    async fn next(&mut self) -> Result<v1::WatchNotificationsResponse, Status> {
        let answer = tokio::time::timeout(PATIENCE, self.0.message()).await.expect("the stream says something");
        answer.map(|answer| answer.expect("a stream ends with a reason"))
    }

    /// The next answer with notifications: what they are about, and the answer's token.
    async fn told(&mut self) -> (Vec<(String, bool)>, String) {
        loop {
            let answer = self.next().await.expect("an answer");
            if !answer.notifications.is_empty() {
                let seen = answer.notifications.into_iter().map(|told| (told.about, told.read)).collect();
                return (seen, answer.resume_token);
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

async fn write(client: &Client, conversation: &str, text: &str) -> String {
    comment(client, conversation, text).await.expect("written").comment.expect("a comment").name
}

both_engines!(a_stream_begins_with_the_unread_and_goes_on_with_what_changes, |db| async move {
    let app = App::start(db).await;
    let (mia, ben) = (app.agent("mia").await, app.agent("ben").await);
    let (_, conversation) = mailed(&app).await;
    let (first, second) = (write(&mia, &conversation, "@ben 1").await, write(&mia, &conversation, "@ben 2").await);
    let mut watcher = Watcher::open(&ben, "ben", "").await.expect("a stream");
    let (seen, token) = watcher.told().await;
    assert_eq!(seen, [(first, false), (second.clone(), false)], "oldest first");
    let third = write(&mia, &conversation, "@ben 3").await;
    assert_eq!(watcher.told().await.0, [(third.clone(), false)]);
    let fourth = write(&mia, &conversation, "for @mia alone, and @ben").await;
    assert_eq!(watcher.told().await.0, [(fourth.clone(), false)]);
    assert_eq!(mark(&ben, "ben", &[]).await.expect("marked"), 4);
    let (marked, _) = watcher.told().await;
    assert_eq!((marked.len(), marked.iter().all(|(_, read)| *read)), (4, true), "read marks are told, too");
    drop(watcher);
    let mut again = Watcher::open(&ben, "ben", &token).await.expect("a stream");
    let (missed, _) = again.told().await;
    assert!(missed.contains(&(third, true)) && missed.contains(&(fourth, true)), "what changed since: {missed:?}");
    assert_refused(Watcher::open(&mia, "mia", &token).await.map(|_| ()), ErrorReason::ResumeTokenInvalid);
    assert_refused(Watcher::open(&mia, "ben", "").await.map(|_| ()), ErrorReason::ResourceNotFound);
});

// T-05, R-010: a ticket that goes out of sight is not told of any more, and a right taken away ends the stream.
both_engines!(a_stream_ends_with_the_right_and_tells_nothing_out_of_sight, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    let cole = app.collaborator("cole", AccessLevel::All).await;
    let (_, conversation) = mailed(&app).await;
    let mut watcher = Watcher::open(&cole, "cole", "").await.expect("a stream");
    let first = write(&mia, &conversation, "@cole").await;
    assert_eq!(watcher.told().await.0, [(first, false)]);
    let gone = v1::DeactivateUserRequest { name: user_name("cole"), ..Default::default() };
    app.root().users().deactivate_user(gone).await.expect("deactivated");
    write(&mia, &conversation, "@cole, hidden").await;
    assert_refused::<()>(Err(watcher.end().await), ErrorReason::UserDeactivated);
});
