//! WatchHandoffs: the open ones first, then each as it changes; resumable.

use std::time::Duration;

use helpdesk::grpc::pb::access::{AccessLevel, Seat};
use helpdesk::grpc::pb::v1::{
    self, ErrorReason, HandoffProcess as Process, HandoffState as State, inbound_sender::Point,
};
use tonic::{Status, Streaming};

use super::by_workflow::inbox;
use super::hands::{another, ask, asking, complete, give, hand_off, live, scene, set, to_people};
use crate::conversation::talk;
use crate::customer_agent::hands::{agent_name, runtime};
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

// C-094: who is asked hears of it, also somebody who sees own tickets only.
both_engines!(a_stream_tells_who_is_asked, |db| async move {
    let app = App::start(db).await;
    let scene = live(&app).await;
    let owned = v1::User { seat: Seat::Service.into(), ..app::person("una", AccessLevel::Owned) };
    let una = app.add_user(owned, "una").await;
    let offer_timeout = Some(prost_types::Duration { seconds: 30, nanos: 0 });
    let policy = v1::HandoffPolicy { offer_timeout, ..to_people(Process::Live, &["una"], &[]) };
    set(&app.root(), policy, &["same_targets", "offer_timeout"]).await.expect("set");
    let mut before = Watcher::open(&una, "").await.expect("opened");
    let offered = hand_off(&scene).await;
    let mut after = Watcher::open(&una, "").await.expect("opened");
    for watcher in [&mut before, &mut after] {
        let told = watcher.told().await;
        assert_eq!((told[0].name.as_str(), told[0].state()), (offered.name.as_str(), State::Offered));
    }
});

// C-097: the agent that gets it back hears of it, whoever asked for it.
both_engines!(a_stream_tells_what_came_back, |db| async move {
    let app = App::start(db).await;
    let scene = live(&app).await;
    let eva = runtime(&app, "eva").await;
    let mut watcher = Watcher::open(&eva, "").await.expect("opened");
    let given = hand_off(&scene).await;
    let customer_agent = agent_name("eva");
    let back = v1::ReturnHandoffRequest { name: given.name.clone(), customer_agent, ..Default::default() };
    app.root().handoffs().return_handoff(back).await.expect("given back");
    let told = watcher.told().await;
    assert_eq!((told[0].name.as_str(), told[0].state()), (given.name.as_str(), State::Returned));
});

// R-222, C-092: one that is only recorded is told as it is listed, also where the conversation has no ticket.
both_engines!(a_stream_tells_one_without_a_ticket, |db| async move {
    let app = App::start(db).await;
    let scene = scene(&app).await;
    inbox(&app, "inbox").await;
    let came = app.ingest(talk::from("inbox", "9", Point::Handle("zoe".to_owned()))).await;
    let conversation = talk::conversation_of(&came);
    give(&app.root(), &conversation, "ava").await.expect("given");
    let mut watcher = Watcher::open(&scene.mia, "").await.expect("opened");
    let mut own = Watcher::open(&scene.ava, "").await.expect("opened");
    let asked = asking(&conversation, &[v1::HandoffReason::ContactAsked]);
    let (kept, _) = ask(&scene.ava, asked).await.expect("recorded");
    for watcher in [&mut watcher, &mut own] {
        let told = watcher.told().await;
        assert_eq!((told.len(), told[0].name.as_str(), told[0].state()), (1, kept.name.as_str(), State::Declined));
    }
});
