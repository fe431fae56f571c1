//! EvaluateHandoff: which triggers would fire, without effect.

use helpdesk::grpc::pb::v1::{self, ErrorReason, HandoffReason as Reason};
use tonic::Status;

use crate::customer_agent::hands::{make, pause, runtime_of};
use crate::customer_agent::scene::{Scene, phrases, set_triggers, triggers_name};
use crate::support::app::App;
use crate::support::client::{Client, assert_refused};
use crate::support::databases::both_engines;

async fn asked(caller: &Client, request: v1::EvaluateHandoffRequest) -> Result<Vec<v1::FiredTrigger>, Status> {
    let request = v1::EvaluateHandoffRequest { name: triggers_name(), ..request };
    Ok(caller.handoffs().evaluate_handoff(request).await?.into_inner().fired)
}

async fn reasons(caller: &Client, request: v1::EvaluateHandoffRequest) -> Vec<Reason> {
    asked(caller, request).await.expect("judged").iter().map(v1::FiredTrigger::reason).collect()
}

fn said(text: &str) -> v1::EvaluateHandoffRequest {
    v1::EvaluateHandoffRequest { contact_message: text.to_owned(), ..Default::default() }
}

fn signals(signals: v1::HandoffSignals) -> v1::EvaluateHandoffRequest {
    v1::EvaluateHandoffRequest { signals: Some(signals), ..Default::default() }
}

// C-089, C-090: the three that are always on, the phrases on top of them, all that
// fire in order.
both_engines!(all_that_would_fire_is_told_in_order, |db| async move {
    let app = App::start(db).await;
    let root = app.root();
    make(&root, "ava").await.expect("made");
    assert_eq!(reasons(&root, said("I want a refund")).await, []);
    assert_eq!(reasons(&root, said("I want to talk to a human")).await, [], "that is for the runtime to find");
    let cannot = v1::HandoffSignals { cannot_answer: true, ..Default::default() };
    let both = v1::HandoffSignals { contact_asked: true, ..cannot };
    assert_eq!(reasons(&root, signals(cannot)).await, [Reason::CannotAnswer]);
    assert_eq!(reasons(&root, signals(both)).await, [Reason::ContactAsked, Reason::CannotAnswer]);
    set_triggers(&root, phrases(&["refund", "money back"]), &["phrases"]).await.expect("set");
    let fired = asked(&root, said("A REFUND. My money \n back!")).await.expect("judged");
    assert_eq!(fired.len(), 1);
    assert_eq!(
        (fired[0].reason(), fired[0].phrases.clone()),
        (Reason::Phrase, vec!["refund".into(), "money back".into()])
    );
    pause(&root, "ava").await.expect("paused");
    let all = v1::EvaluateHandoffRequest { signals: Some(both), ..said("refund") };
    let order = [Reason::ContactAsked, Reason::Phrase, Reason::CannotAnswer, Reason::AgentPaused];
    assert_eq!(reasons(&root, all).await, order);
});

// C-087: a draft of the agent's never has a phrase; of what the contact wrote whole words count, whatever their case, form and space.
both_engines!(only_what_the_contact_wrote_has_phrases, |db| async move {
    let app = App::start(db).await;
    let root = app.root();
    make(&root, "ava").await.expect("made");
    set_triggers(&root, phrases(&["refund"]), &["phrases"]).await.expect("set");
    let draft = v1::EvaluateHandoffRequest { draft_answer: "You get a refund.".to_owned(), ..Default::default() };
    assert_eq!(reasons(&root, draft).await, []);
    set_triggers(&root, phrases(&["cancel", "straße sperren"]), &["phrases"]).await.expect("set");
    for (text, fires) in [
        ("I want to CANCEL.", true),
        ("Ｃａｎｃｅｌ it", true),
        ("My cancellation", false),
        ("I cancelled, miscancel", false),
        ("Die STRASSE\u{a0}\n Sperren!", true),
        ("Die Straße. Sperren!", false),
    ] {
        assert_eq!(reasons(&root, said(text)).await, if fires { vec![Reason::Phrase] } else { vec![] }, "{text}");
    }
});

// The limits count what was said in the conversation, and the draft as the next answer; nothing of it is kept.
both_engines!(a_draft_is_the_next_answer_of_the_conversation, |db| async move {
    let scene = Scene::start(db).await;
    let root = scene.app.root();
    let limits = v1::HandoffTriggers { turn_limit: Some(3), same_answer_limit: Some(2), ..Default::default() };
    set_triggers(&root, limits, &["turn_limit", "same_answer_limit"]).await.expect("set");
    let (conversation, epoch) = scene.given("ann", "Hello").await;
    scene.answer(&conversation, epoch, "Please restart it.").await.expect("answered");
    let draft = |text: &str| v1::EvaluateHandoffRequest {
        conversation: conversation.clone(),
        draft_answer: text.to_owned(),
        ..Default::default()
    };
    for caller in [&root, &scene.ava] {
        assert_eq!(reasons(caller, draft("please  RESTART it.")).await, [Reason::Loop]);
        assert_eq!(reasons(caller, draft("Something else.")).await, []);
    }
    scene.answer(&conversation, epoch, "Did it help?").await.expect("answered");
    assert_eq!(reasons(&root, draft("Third")).await, [Reason::TurnLimit]);
    assert_eq!(scene.controller(&conversation).await.1, epoch, "nothing happened");
});

// T-51: an agent asks about itself and its own conversations.
both_engines!(a_customer_agent_asks_about_itself, |db| async move {
    let scene = Scene::start(db).await;
    make(&scene.app.root(), "bob").await.expect("another");
    let bob = runtime_of(&scene.app, "bob").await;
    let (conversation, _) = scene.given("ann", "Hello").await;
    assert_refused(asked(&bob, said("hello")).await, ErrorReason::ResourceNotFound);
    let of = |name: &str| v1::EvaluateHandoffRequest { conversation: name.to_owned(), ..said("hello") };
    asked(&scene.ava, of(&conversation)).await.expect("its own");
    let other = scene.people_only("eve").await;
    assert_refused(asked(&scene.ava, of(&other)).await, ErrorReason::ReferenceNotFound);
    assert_refused(asked(&scene.app.root(), of(&other)).await, ErrorReason::ReferenceNotFound);
});
