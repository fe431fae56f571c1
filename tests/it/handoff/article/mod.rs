//! The article about the hand-off of a customer agent, as one story from its first setting to its last message.
//!
//! A week of a desk: the agent is set up and knows a word of its own, hands over live during hours, is asked when nobody is
//! there, then hands over for later, then not at all; then a workflow made from the template gives what it hands over to
//! people by the original channel, and keeps or closes the chat where nobody is free. Contacts read two languages; each is
//! told once, and after that the agent says nothing.

mod desk;

use helpdesk::grpc::pb::v1::{
    self, ErrorReason, HandoffMessage, HandoffMode as Mode, HandoffOutcome, HandoffProcess as Process,
    HandoffReason as Why, HandoffState as State, UnassignedChat, UnassignedReason, workflow_step::Kind,
};

use super::hands::{give, ticket_of, work};
use crate::conversation::take_control::control;
use crate::conversation::talk;
use crate::customer_agent::hands::agent_name;
use crate::support::app::{status_name, user_name};
use crate::support::client::assert_refused;
use crate::support::databases::both_engines;
use crate::workflow::hands as flows;
use desk::{AWAY, Desk, HERE, NOBODY, rotating};

// C-087, C-090, C-092 to C-102, C-105, C-111.
both_engines!(the_hand_off_article_from_the_first_setting_to_the_last_message, |db| async move {
    let desk = Box::pin(Desk::set_up(db)).await;
    desk.go_to("2026-11-23T10:00:00Z").await;
    live_during_hours(&desk).await;
    desk.go_to("2026-11-23T18:00:00Z").await;
    live_when_nobody_is_there(&desk).await;
    asynchronous_after_hours(&desk).await;
    desk.go_to("2026-11-24T09:00:00Z").await;
    people_come_back_in_the_morning(&desk).await;
    not_at_all(&desk).await;
    a_trigger_that_is_deleted_hands_nothing_over(&desk).await;
    by_the_template(&desk).await;
    nobody_is_free(&desk, UnassignedChat::KeepOpen, "dora").await;
    nobody_is_free(&desk, UnassignedChat::Close, "emil").await;
    desk.nobody_was_told_twice().await;
});

/// The word hands over to somebody who is there, in the transaction of the message; the contact is told in German.
async fn live_during_hours(desk: &Desk) {
    let (conversation, handoff) = desk.asks_for_a_refund("wa", "anna").await;
    assert_eq!((handoff.state(), handoff.mode(), handoff.reason()), (State::Accepting, Mode::Live, Why::Phrase));
    assert_eq!(handoff.reasons.iter().map(|fired| fired.trigger.as_str()).collect::<Vec<_>>(), ["refund"]);
    assert_eq!((handoff.told(), handoff.customer_agent.as_str()), (v1::HandoffMessage::Available, &*agent_name("ava")));
    let facts = handoff.facts.as_ref().expect("facts");
    assert_eq!((facts.eligible_count, facts.available_count), (2, 2));
    assert!([user_name("mia"), user_name("ben")].contains(&handoff.user));
    assert_eq!(ticket_of(&desk.app, &conversation).await.owner, handoff.user);
    assert_eq!(control(&desk.app.root(), &conversation).await, (handoff.user.clone(), 3));
    desk.was_told(&conversation, &handoff, HERE[1]).await;
    desk.agent_is_silent(&conversation, &handoff).await;
    let person = desk.app.user(handoff.user.rsplit('/').next().expect("an id"));
    talk::send(&person, talk::reply(&conversation, "Ich kümmere mich darum.")).await;
    assert_eq!(desk.handoff_of(&conversation).await.state(), State::HumanActive);
    desk.agent_is_silent(&conversation, &handoff).await;
}

/// After hours the same setting finds nobody: told so, in English, and the conversation waits among the unassigned.
async fn live_when_nobody_is_there(desk: &Desk) {
    let (conversation, handoff) = desk.asks_for_a_refund("wa", "bob").await;
    assert_eq!((handoff.state(), handoff.user.as_str()), (State::Requested, ""));
    assert_eq!(handoff.told(), v1::HandoffMessage::Unavailable);
    let opens = handoff.facts.as_ref().and_then(|facts| facts.next_open_time).expect("somebody works tomorrow");
    assert_eq!(opens.seconds, desk.app.now().as_micros() / 1_000_000 + 15 * 3_600);
    let ticket = ticket_of(&desk.app, &conversation).await;
    assert_eq!((ticket.owner.as_str(), ticket.unassigned_reason()), ("", UnassignedReason::NobodyAvailable));
    assert!(desk.unassigned().await.contains(&ticket.name));
    assert_eq!(desk.chat_state(&conversation).await, v1::ThreadState::Open);
    desk.was_told(&conversation, &handoff, AWAY[0]).await;
    desk.agent_is_silent(&conversation, &handoff).await;
}

/// The process counts once it is saved: from now on somebody gets it for tomorrow, whether there or not.
async fn asynchronous_after_hours(desk: &Desk) {
    desk.process(Process::Asynchronous).await;
    let (conversation, handoff) = desk.asks_for_a_refund("wa", "clara").await;
    assert_eq!((handoff.state(), handoff.mode()), (State::QueuedAsync, Mode::Async));
    assert!([user_name("mia"), user_name("ben")].contains(&handoff.user), "{}", handoff.user);
    assert_eq!(ticket_of(&desk.app, &conversation).await.owner, handoff.user);
    assert_eq!(handoff.told(), v1::HandoffMessage::Unavailable);
    desk.was_told(&conversation, &handoff, AWAY[1]).await;
    desk.agent_is_silent(&conversation, &handoff).await;
}

/// In the morning a person answers what waited; the contacts are told nothing more of it by the agent.
async fn people_come_back_in_the_morning(desk: &Desk) {
    for who in ["bob", "clara"] {
        let conversation = desk.conversation_of("wa", who).await;
        talk::send(&desk.app.user("mia"), talk::reply(&conversation, "Good morning!")).await;
        let handoff = desk.handoff_of(&conversation).await;
        assert_eq!((handoff.state(), handoff.user.as_str()), (State::HumanActive, &*user_name("mia")));
        desk.agent_is_silent(&conversation, &handoff).await;
    }
}

/// Do not hand off: it is recorded, nobody is told, and the agent goes on.
async fn not_at_all(desk: &Desk) {
    desk.process(Process::None).await;
    let (conversation, handoff) = desk.asks_for_a_refund("wa", "fred").await;
    assert_eq!((handoff.state(), handoff.mode()), (State::Declined, Mode::None));
    assert_eq!(handoff.outcome(), HandoffOutcome::NotHandedOff);
    assert_eq!((handoff.told(), handoff.transition_message.as_str()), (v1::HandoffMessage::Unspecified, ""));
    assert_eq!(control(&desk.app.root(), &conversation).await, (agent_name("ava"), 2));
    desk.answers(&conversation, 2, "You find refunds in your account.").await.expect("it goes on");
    assert_eq!(desk.agent_said(&conversation).await, ["How can I help?", "You find refunds in your account."]);
}

/// A trigger that was deleted is none; the other one still is.
async fn a_trigger_that_is_deleted_hands_nothing_over(desk: &Desk) {
    desk.process(Process::Live).await;
    desk.triggers(&["cancellation"]).await;
    let conversation = desk.begins("wa", "greta").await;
    desk.writes("wa", "greta", "I want a REFUND!").await;
    assert_eq!(control(&desk.app.root(), &conversation).await, (agent_name("ava"), 2));
    assert!(desk.handoffs_of(&conversation).await.is_empty());
    desk.writes("wa", "greta", "Then I send my Cancellation.").await;
    let handoff = desk.handoff_of(&conversation).await;
    assert_eq!((handoff.state(), handoff.reason()), (State::Accepting, Why::Phrase));
    desk.was_told(&conversation, &handoff, HERE[0]).await;
    desk.agent_is_silent(&conversation, &handoff).await;
    desk.triggers(&["cancellation", "refund"]).await;
}

/// A workflow from the library gives what is handed over to people by the channel that it came in by.
async fn by_the_template(desk: &Desk) {
    let template = desk.template("customer agent handoff").await;
    assert_eq!(template.display_name, "Reassign Tickets for Customer Agent Handoff");
    let made = flows::create(&desk.app.root(), "assign", template.workflow.expect("a workflow")).await.expect("made");
    assert!(made.steps.iter().any(|step| matches!(step.kind, Some(Kind::Placeholder(_)))));
    assert_refused(flows::turn_on(&desk.app.root(), "assign").await, ErrorReason::WorkflowIncomplete);
    desk.fill_in(made, &[("chat", "mia"), ("messages", "ben")], "ben").await;
    flows::turn_on(&desk.app.root(), "assign").await.expect("on");
    desk.by_workflow("assign", UnassignedChat::KeepOpen).await;
    for (channel, who, owner, told) in [("chat", "hans", "mia", HERE[1]), ("wa", "ida", "ben", HERE[0])] {
        let (conversation, asked) = desk.asks_for_a_refund(channel, who).await;
        assert_eq!(
            (asked.state(), asked.user.as_str(), asked.told()),
            (State::Requested, "", HandoffMessage::default())
        );
        assert_eq!(control(&desk.app.root(), &conversation).await.0, "", "the agent is silent at once");
        work(&desk.app).await;
        let handoff = desk.handoff_of(&conversation).await;
        assert_eq!((handoff.state(), handoff.user.clone()), (State::Accepting, user_name(owner)), "{channel}");
        let ticket = ticket_of(&desk.app, &conversation).await;
        assert_eq!((ticket.area(), ticket.owner), (v1::Area::HelpDesk, user_name(owner)));
        let run = flows::runs(&desk.app.root(), "assign").await.into_iter().find(|run| run.ticket == ticket.name);
        assert_eq!(run.expect("a run of the ticket").cause, "customerAgents/ava/handoffPolicy");
        desk.was_told(&conversation, &handoff, told).await;
        desk.agent_is_silent(&conversation, &handoff).await;
    }
}

/// The workflow finds nobody with room: the contact is told that, and the chat stays open or is closed.
async fn nobody_is_free(desk: &Desk, chat: UnassignedChat, who: &str) {
    desk.by_workflow("assign", chat).await;
    desk.app.limit("mia", 0).await;
    let (conversation, _) = desk.asks_for_a_refund("chat", who).await;
    work(&desk.app).await;
    let handoff = desk.handoff_of(&conversation).await;
    assert_eq!((handoff.state(), handoff.user.as_str()), (State::Requested, ""));
    assert_eq!(handoff.told(), v1::HandoffMessage::NotAssigned);
    let german = who == "emil";
    desk.was_told(&conversation, &handoff, NOBODY[usize::from(german)]).await;
    let ticket = ticket_of(&desk.app, &conversation).await;
    assert_eq!((ticket.owner.as_str(), ticket.status.clone()), ("", status_name("new")));
    assert!(desk.unassigned().await.contains(&ticket.name));
    let closed = chat == UnassignedChat::Close;
    let state = if closed { v1::ThreadState::Closed } else { v1::ThreadState::Open };
    assert_eq!(desk.chat_state(&conversation).await, state);
    let again = desk.writes("chat", who, "Is anybody there?").await;
    assert_eq!((again.ticket_created, talk::conversation_of(&again)), (false, conversation.clone()));
    assert_eq!(desk.chat_state(&conversation).await, v1::ThreadState::Open, "a new message opens it again");
    desk.agent_is_silent(&conversation, &handoff).await;
}

impl Desk {
    /// Somebody begins a conversation, which the agent has and answers; then the word is said.
    async fn asks_for_a_refund(&self, channel: &str, who: &str) -> (String, v1::Handoff) {
        let conversation = self.begins(channel, who).await;
        self.writes(channel, who, "This is broken, I want a ＲＥＦＵＮＤ, please!").await;
        let handoff = self.handoff_of(&conversation).await;
        (conversation, handoff)
    }

    /// Somebody begins a conversation, which the agent has, by routing or by hand, and answers.
    async fn begins(&self, channel: &str, who: &str) -> String {
        let conversation = talk::conversation_of(&self.writes(channel, who, "Hello").await);
        if channel == "chat" {
            give(&self.app.user("mia"), &conversation, "ava").await.expect("given by hand");
        }
        assert_eq!(control(&self.app.root(), &conversation).await, (agent_name("ava"), 2));
        self.answers(&conversation, 2, "How can I help?").await.expect("answered");
        conversation
    }

    /// The workflow with its placeholders filled in: who gets what of which channel, and who everything else.
    async fn fill_in(&self, made: v1::Workflow, who: &[(&str, &str)], others: &str) {
        let mut edited = v1::Workflow { etag: String::new(), ..made };
        for step in &mut edited.steps {
            if let Some(Kind::Placeholder(_)) = step.kind {
                let known = who.iter().find(|(arm, _)| *arm == step.step_id);
                step.kind = Some(rotating(known.map_or(others, |(_, user)| user)));
            }
        }
        let update_mask = Some(crate::pipeline::hands::mask(&["steps"]));
        let request = v1::UpdateWorkflowRequest { workflow: Some(edited), update_mask, ..Default::default() };
        self.app.root().workflows().update_workflow(request).await.expect("filled in");
    }
}
