//! What the tests of hand-offs do again and again.

use helpdesk::grpc::pb::v1::{
    self, ChannelType, HandoffProcess, HandoffReason, handoff_policy::Assignment, inbound_sender::Point,
};
use prost_types::FieldMask;
use tonic::{Response, Status};

use crate::conversation::talk;
use crate::customer_agent::hands::{agent_name, runtime};
use crate::support::app::{App, team_name, user_name};
use crate::support::client::Client;

pub const AVAILABLE: &str = "Somebody will be with you in a moment.";
pub const UNAVAILABLE: &str = "Nobody is here now. We will come back to you.";

/// A conversation on a chat that the customer agent `ava` has, and two people.
pub struct Scene {
    pub mia: Client,
    pub ben: Client,
    pub ava: Client,
    pub conversation: String,
}

pub fn policy_name(agent: &str) -> String {
    format!("{}/handoffPolicy", agent_name(agent))
}

fn said(text: &str) -> Vec<v1::HandoffText> {
    vec![v1::HandoffText { language_code: String::new(), text: text.to_owned() }]
}

/// A policy that goes to people, with its messages.
pub fn to_people(process: HandoffProcess, users: &[&str], teams: &[&str]) -> v1::HandoffPolicy {
    let targets = v1::HandoffTargets {
        users: users.iter().map(|id| user_name(id)).collect(),
        teams: teams.iter().map(|id| team_name(id)).collect(),
    };
    v1::HandoffPolicy {
        name: policy_name("ava"),
        process: process.into(),
        assignment: Some(Assignment::SameTargets(targets)),
        available_messages: said(AVAILABLE),
        unavailable_messages: said(UNAVAILABLE),
        ..Default::default()
    }
}

/// Sets some fields of a policy.
pub async fn set(caller: &Client, policy: v1::HandoffPolicy, paths: &[&str]) -> Result<v1::HandoffPolicy, Status> {
    let request = v1::UpdateHandoffPolicyRequest {
        handoff_policy: Some(policy),
        update_mask: Some(FieldMask { paths: paths.iter().map(|path| (*path).to_owned()).collect() }),
        ..Default::default()
    };
    let done = caller.handoffs().update_handoff_policy(request).await.map(Response::into_inner);
    done.map(|done| done.handoff_policy.expect("a policy"))
}

pub const BASIC: [&str; 4] = ["process", "same_targets", "available_messages", "unavailable_messages"];

/// A live hand-off to mia and ben.
pub async fn live(app: &App) -> Scene {
    let scene = scene(app).await;
    set(&app.root(), to_people(HandoffProcess::Live, &["mia", "ben"], &[]), &BASIC).await.expect("set");
    scene
}

/// The conversation, which the agent has, and nothing set.
pub async fn scene(app: &App) -> Scene {
    let (mia, ben) = (app.agent("mia").await, app.agent("ben").await);
    let ava = runtime(app, "ava").await;
    app.channel("chat", ChannelType::Chat).await;
    let conversation = another(app, "1", "ann").await;
    Scene { mia, ben, ava, conversation }
}

/// One more conversation that the agent has.
pub async fn another(app: &App, external_id: &str, contact: &str) -> String {
    let came = app.ingest(talk::from("chat", external_id, Point::Handle(contact.to_owned()))).await;
    let conversation = talk::conversation_of(&came);
    give(&app.root(), &conversation, "ava").await.expect("given to the agent");
    conversation
}

/// Gives a conversation to a customer agent.
pub async fn give(caller: &Client, conversation: &str, agent: &str) -> Result<v1::Conversation, Status> {
    let request = v1::AssignConversationRequest {
        conversation: conversation.to_owned(),
        customer_agent: agent_name(agent),
        ..Default::default()
    };
    let done = caller.agents().assign_conversation(request).await.map(Response::into_inner);
    done.map(|done| done.conversation.expect("the conversation"))
}

/// A request for a hand-off.
pub fn asking(conversation: &str, reasons: &[HandoffReason]) -> v1::RequestHandoffRequest {
    let reason = |reason: &HandoffReason| v1::RequestedReason { reason: (*reason).into(), text: String::new() };
    v1::RequestHandoffRequest {
        conversation: conversation.to_owned(),
        reasons: reasons.iter().map(reason).collect(),
        ..Default::default()
    }
}

/// Asks for a hand-off.
pub async fn ask(caller: &Client, request: v1::RequestHandoffRequest) -> Result<(v1::Handoff, v1::Controller), Status> {
    let done = caller.handoffs().request_handoff(request).await.map(Response::into_inner);
    done.map(|done| (done.handoff.expect("a hand-off"), done.controller.expect("a controller")))
}

/// The agent asks because the contact did.
pub async fn hand_off(scene: &Scene) -> v1::Handoff {
    let asked = asking(&scene.conversation, &[HandoffReason::ContactAsked]);
    ask(&scene.ava, asked).await.expect("a hand-off").0
}

/// A hand-off as it is now.
pub async fn get(caller: &Client, name: &str) -> v1::Handoff {
    let request = v1::GetHandoffRequest { name: name.to_owned() };
    caller.handoffs().get_handoff(request).await.expect("found").into_inner().handoff.expect("a hand-off")
}

pub async fn accept(caller: &Client, name: &str) -> Result<v1::Handoff, Status> {
    let request = v1::AcceptHandoffRequest { name: name.to_owned(), ..Default::default() };
    caller.handoffs().accept_handoff(request).await.map(|done| done.into_inner().handoff.expect("a hand-off"))
}

pub async fn decline(caller: &Client, name: &str) -> Result<v1::Handoff, Status> {
    let request = v1::DeclineHandoffRequest { name: name.to_owned(), ..Default::default() };
    caller.handoffs().decline_handoff(request).await.map(|done| done.into_inner().handoff.expect("a hand-off"))
}

pub async fn cancel(caller: &Client, name: &str) -> Result<v1::Handoff, Status> {
    let request = v1::CancelHandoffRequest { name: name.to_owned(), ..Default::default() };
    caller.handoffs().cancel_handoff(request).await.map(|done| done.into_inner().handoff.expect("a hand-off"))
}

pub async fn complete(caller: &Client, name: &str) -> Result<v1::Handoff, Status> {
    let request = v1::CompleteHandoffRequest { name: name.to_owned(), ..Default::default() };
    caller.handoffs().complete_handoff(request).await.map(|done| done.into_inner().handoff.expect("a hand-off"))
}

pub async fn transfer(caller: &Client, name: &str, users: &[&str]) -> Result<v1::Handoff, Status> {
    let target = v1::HandoffTargets { users: users.iter().map(|id| user_name(id)).collect(), teams: Vec::new() };
    let request = v1::TransferHandoffRequest { name: name.to_owned(), target: Some(target), ..Default::default() };
    caller.handoffs().transfer_handoff(request).await.map(|done| done.into_inner().handoff.expect("a hand-off"))
}

pub async fn give_back(caller: &Client, name: &str, note: &str) -> Result<v1::Handoff, Status> {
    let request = v1::ReturnHandoffRequest { name: name.to_owned(), note: note.to_owned(), ..Default::default() };
    caller.handoffs().return_handoff(request).await.map(|done| done.into_inner().handoff.expect("a hand-off"))
}

/// The ticket of a conversation as it is now.
pub async fn ticket_of(app: &App, conversation: &str) -> v1::Ticket {
    let found = talk::conversation(&app.root(), conversation).await;
    talk::ticket(&app.root(), &found.ticket).await
}

/// What was said to the contact, oldest first.
pub async fn told(app: &App, conversation: &str) -> Vec<v1::Message> {
    let request = v1::ListMessagesRequest {
        parent: conversation.to_owned(),
        filter: "direction = OUTBOUND".to_owned(),
        ..Default::default()
    };
    app.root().conversations().list_messages(request).await.expect("listed").into_inner().messages
}

/// The words of a message.
pub fn words(message: &v1::Message) -> &str {
    message.body.as_ref().map_or("", |body| body.text.as_str())
}

/// Works off what is due.
pub async fn work(app: &App) {
    app.running().worker.run_until_idle().await.expect("worked");
}
