//! What hands the conversations of a customer agent over: GetHandoffTriggers, UpdateHandoffTriggers.

use helpdesk::grpc::pb::v1::{self, ErrorReason};

use crate::customer_agent::hands::{agent_name, buy, make};
use crate::customer_agent::scene::{phrases, read_triggers, set_triggers, triggers_name};
use crate::support::app::{self, App};
use crate::support::client::assert_refused;
use crate::support::databases::both_engines;

// one place per agent; a new agent has the triggers that are always on, and the usual patience.
both_engines!(each_agent_has_one_place_for_its_triggers, |db| async move {
    let app = App::start(db).await;
    let root = app.root();
    assert_refused(read_triggers(&root).await, ErrorReason::ResourceNotFound);
    make(&root, "ava").await.expect("made");
    let first = read_triggers(&root).await.expect("triggers");
    assert_eq!((first.name.clone(), first.etag.as_str()), (triggers_name(), "\"1\""));
    assert_eq!(first.name, format!("{}/handoffTriggers", agent_name("ava")));
    assert_eq!((first.phrases.len(), first.turn_limit, first.sentiment, first.inactivity), (0, None, None, None));
    assert_eq!((first.failed_turn_limit, first.acknowledge_within.map(|span| span.seconds)), (Some(3), Some(30)));
});

// C-088: phrases are added and deleted, trimmed, each once; what is saved is read.
both_engines!(phrases_are_a_list_without_doubles, |db| async move {
    let app = App::start(db).await;
    let root = app.root();
    make(&root, "ava").await.expect("made");
    let set = async |of: &[&str]| set_triggers(&root, phrases(of), &["phrases"]).await;
    let kept = set(&["  Refund ", "money back"]).await.expect("set");
    assert_eq!(
        (kept.phrases.clone(), kept.etag.as_str()),
        (vec!["Refund".to_owned(), "money back".to_owned()], "\"2\"")
    );
    assert_eq!(read_triggers(&root).await.expect("triggers"), kept);
    for bad in [&["refund", " "][..], &["Money back", "money\u{a0} BACK"], &[&"x".repeat(101)]] {
        assert_refused(set(bad).await, ErrorReason::FieldInvalid);
    }
    let many: Vec<String> = (0..101).map(|number| format!("phrase {number}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    assert_refused(set(&many).await, ErrorReason::FieldInvalid);
    assert_eq!(set(&many[..100]).await.expect("a hundred").phrases.len(), 100);
    assert_eq!(set(&["refund"]).await.expect("set").phrases, ["refund"]);
    assert_eq!(set(&[]).await.expect("set").phrases, Vec::<String>::new());
});

// R-218, C-091: what comes on top is set and unset one by one; what is always on has no switch.
both_engines!(options_are_set_and_unset_one_by_one, |db| async move {
    let app = App::start(db).await;
    let root = app.root();
    make(&root, "ava").await.expect("made");
    let span = |seconds| Some(prost_types::Duration { seconds, nanos: 0 });
    let all = v1::HandoffTriggers {
        turn_limit: Some(5),
        same_answer_limit: Some(3),
        sentiment: Some(v1::SentimentTrigger { below_percent: -50, times: 0 }),
        inactivity: span(600),
        failed_turn_limit: Some(2),
        acknowledge_within: span(5),
        ..Default::default()
    };
    let paths =
        ["turn_limit", "same_answer_limit", "sentiment", "inactivity", "failed_turn_limit", "acknowledge_within"];
    let set = set_triggers(&root, all, &paths).await.expect("set");
    assert_eq!(set.sentiment, Some(v1::SentimentTrigger { below_percent: -50, times: 1 }));
    assert_eq!((set.turn_limit, set.inactivity, set.failed_turn_limit), (Some(5), span(600), Some(2)));
    let none = set_triggers(&root, v1::HandoffTriggers::default(), &paths).await.expect("set");
    assert_eq!((none.turn_limit, none.sentiment, none.inactivity), (None, None, None));
    assert_eq!((none.failed_turn_limit, none.acknowledge_within), (Some(3), span(30)));
    let signals = v1::HandoffSignals { cannot_answer: true, contact_asked: true, ..Default::default() };
    let asked = v1::EvaluateHandoffRequest { name: triggers_name(), signals: Some(signals), ..Default::default() };
    let fired = root.handoffs().evaluate_handoff(asked).await.expect("judged").into_inner().fired;
    assert_eq!(fired.len(), 2, "with nothing set, what is always on still is");
    let half = Some(prost_types::Duration { seconds: 5, nanos: 1 });
    let half = v1::HandoffTriggers { acknowledge_within: half, ..Default::default() };
    assert_refused(set_triggers(&root, half, &["acknowledge_within"]).await, ErrorReason::FieldInvalid);
});

// C-006, C-021: the triggers are the editors', on the plans with customer agents.
both_engines!(triggers_are_for_editors_on_plans_that_include_agents, |db| async move {
    let app = App::start(db).await;
    let root = app.root();
    let mia = app.agent("mia").await;
    make(&root, "ava").await.expect("made");
    read_triggers(&mia).await.expect("whoever has full standing reads");
    let refund = || phrases(&["refund"]);
    assert_refused(set_triggers(&mia, refund(), &["phrases"]).await, ErrorReason::PermissionMissing);
    let stale = v1::HandoffTriggers { etag: "\"7\"".to_owned(), ..refund() };
    assert_refused(set_triggers(&root, stale, &["phrases"]).await, ErrorReason::EtagMismatch);
    let tier = v1::Subscription { tier: helpdesk::grpc::pb::access::Tier::Starter.into(), ..Default::default() };
    buy(&app, tier, "subscription.tier").await;
    assert_refused(set_triggers(&root, refund(), &["phrases"]).await, ErrorReason::SubscriptionRequired);
    let events = v1::ListEventsRequest { parent: app::account(), page_size: 200, ..Default::default() };
    let events = root.events().list_events(events).await.expect("events").into_inner().events;
    assert!(!events.iter().any(|event| event.resource == triggers_name()), "nothing was changed");
});
