//! WatchHandoffs: the open ones first, then each as it changes; resumable.

use std::time::Duration;

use helpdesk::grpc::pb::access::AccessLevel;
use helpdesk::grpc::pb::v1::{self, ErrorReason, HandoffState as State};
use tonic::{Status, Streaming};

use super::hands::{another, ask, asking, complete, hand_off, live};
use crate::conversation::talk;
use crate::support::app::{self, App};
use crate::support::client::{Client, assert_refused};
use crate::support::databases::both_engines;

/// A stream that says nothing for so long is broken.
const PATIENCE: Duration = Duration::from_secs(20);

struct Watcher(Streaming<v1::WatchHandoffsResponse>, String);

impl Watcher {
    async fn open(caller: &Client, token: &str) -> Result<Self, Status> {
        let request = v1::WatchHandoffsRequest { parent: app::account(), resume_token: token.to_owned() };
        Ok(Self(caller.handoffs().watch_handoffs(request).await?.into_inner(), token.to_owned()))
    }

    /// The next answer that tells something.
    async fn told(&mut self) -> Vec<v1::Handoff> {
        loop {
            let answer = tokio::time::timeout(PATIENCE, self.0.message()).await.expect("the stream says something");
            let answer = answer.expect("an answer").expect("a stream ends with a reason");
            self.1 = answer.resume_token;
            if !answer.progress {
                return answer.handoffs;
            }
        }
    }
}

both_engines!(a_stream_tells_the_open_ones_and_each_change, |db| async move {
    let app = App::start(db).await;
    let scene = live(&app).await;
    let nina = app.collaborator("nina", AccessLevel::Owned).await;
    app.available("ben", false).await;
    let first = hand_off(&scene).await;
    let mut watcher = Watcher::open(&scene.mia, "").await.expect("opened");
    let mut own = Watcher::open(&scene.ava, "").await.expect("opened");
    let mut blind = Watcher::open(&nina, "").await.expect("opened");
    let told = watcher.told().await;
    assert_eq!((told.len(), told[0].name.as_str()), (1, first.name.as_str()));
    assert_eq!(own.told().await[0].name, first.name);
    talk::send(&scene.mia, talk::reply(&scene.conversation, "Hello")).await;
    assert_eq!(watcher.told().await[0].state(), State::HumanActive);
    let token = watcher.1.clone();
    drop(watcher);
    complete(&scene.mia, &first.name).await.expect("done");
    let other = another(&app, "2", "zoe").await;
    let (second, _) = ask(&scene.ava, asking(&other, &[v1::HandoffReason::ContactAsked])).await.expect("one");
    let mut again = Watcher::open(&scene.mia, &token).await.expect("opened");
    let mut names: Vec<(String, State)> = Vec::new();
    while !names.iter().any(|(name, _)| *name == second.name) {
        names.extend(again.told().await.into_iter().map(|handoff| (handoff.name.clone(), handoff.state())));
    }
    assert!(names.contains(&(first.name, State::Completed)), "{names:?}");
    let quiet = tokio::time::timeout(Duration::from_millis(200), blind.0.message()).await;
    assert!(quiet.is_err() || quiet.expect("an answer").expect("open").expect("one").handoffs.is_empty());
    let bad = Watcher::open(&scene.mia, "nonsense").await.map(|watcher| watcher.1);
    assert_refused(bad, ErrorReason::ResumeTokenInvalid);
});
