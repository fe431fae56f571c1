//! AssignConversation: any conversation can be a customer agent's (C-111).

use helpdesk::grpc::pb::v1::{self, ErrorReason};
use tonic::Status;

use super::hands::{agent_name, pause};
use super::scene::{Scene, phrases, set_triggers};
use crate::conversation::take_control::{held, take};
use crate::conversation::talk;
use crate::handoff::hands::give_back;
use crate::support::app::user_name;
use crate::support::client::{Client, assert_refused};
use crate::support::databases::both_engines;

/// Gives a conversation to a customer agent; who has control then, and the epoch.
pub async fn assign(caller: &Client, name: &str, agent: &str, control_epoch: i64) -> Result<(String, i64), Status> {
    let (conversation, customer_agent) = (name.to_owned(), agent_name(agent));
    let request = v1::AssignConversationRequest { conversation, customer_agent, control_epoch, ..Default::default() };
    let given = caller.agents().assign_conversation(request).await?.into_inner();
    Ok(held(given.conversation.expect("the conversation").controller))
}

// C-111: a conversation of any channel is given to a customer agent; what nobody has answered is its first turn, and its ticket
// is nobody's.
both_engines!(a_conversation_of_any_channel_is_given_to_an_agent, |db| async move {
    let scene = Scene::start(db).await;
    let name = scene.people_only("ann").await;
    assert_eq!(assign(&scene.mia, &name, "ava", 1).await.expect("given"), (agent_name("ava"), 2));
    assert_eq!(assign(&scene.mia, &name, "ava", 0).await.expect("hers already"), (agent_name("ava"), 2));
    let mut turns = scene.watch("").await;
    let turn = turns.turn().await;
    assert_eq!((turn.conversation.as_str(), turn.control_epoch), (name.as_str(), 2));
    scene.answer(&name, 2, "Good day").await.expect("answered");
    talk::send(&scene.mia, v1::SendMessageRequest { take_control: true, ..talk::reply(&name, "I am here") }).await;
    assert_eq!(scene.controller(&name).await, (user_name("mia"), 3));
    let ticket = talk::conversation(&scene.mia, &name).await.ticket;
    assert_eq!(assign(&scene.mia, &name, "ava", 3).await.expect("given back"), (agent_name("ava"), 4));
    assert_eq!(talk::ticket(&scene.mia, &ticket).await.owner, "");
    let states = scene.turn_states().await;
    assert_eq!(states, ["WAITING", "ANSWERED"], "everything is answered: no turn");
});

// C-097: given back to the agent, it is armed again, and counts from the beginning.
both_engines!(given_back_the_triggers_are_armed_again, |db| async move {
    let scene = Scene::start(db).await;
    set_triggers(&scene.app.root(), phrases(&["refund"]), &["phrases"]).await.expect("set");
    let name = talk::conversation_of(&scene.says("ann", "1", "A refund, please").await);
    assert_eq!(scene.controller(&name).await, (String::new(), 3), "given, and taken at once");
    assert_eq!(scene.fired().await, ["PHRASE"]);
    scene.says("ann", "2", "My refund!").await;
    assert_eq!(scene.fired().await, ["PHRASE"]);
    take(&scene.mia, &name, 0).await.expect("taken");
    talk::send(&scene.mia, talk::reply(&name, "It is on its way")).await;
    assert_refused(assign(&scene.mia, &name, "ava", 0).await, ErrorReason::HandoffNotOpen);
    let handoff = scene.handoff(&name).await;
    give_back(&scene.mia, &handoff, "").await.expect("given back");
    let (_, epoch) = scene.controller(&name).await;
    scene.says("ann", "3", "Which refund?").await;
    assert_eq!(scene.fired().await, ["PHRASE", "PHRASE"]);
    assert_eq!(scene.controller(&name).await, (String::new(), epoch + 1));
});

// C-097: what nobody has answered when it comes back is the agent's first turn.
both_engines!(an_open_question_is_the_first_turn_after_a_return, |db| async move {
    let scene = Scene::start(db).await;
    set_triggers(&scene.app.root(), phrases(&["refund"]), &["phrases"]).await.expect("set");
    let name = talk::conversation_of(&scene.says("ann", "1", "A refund, please").await);
    take(&scene.mia, &name, 0).await.expect("taken");
    talk::send(&scene.mia, talk::reply(&name, "It is on its way")).await;
    let open = scene.says("ann", "2", "And when does it arrive?").await;
    let handoff = scene.handoff(&name).await;
    give_back(&scene.mia, &handoff, "").await.expect("given back");
    let turn = scene.watch("").await.turn().await;
    assert_eq!(turn.message.expect("a message").name, open.message.expect("a message").name);
    assert_eq!(turn.control_epoch, scene.controller(&name).await.1);
});

// T-52, R-213: not under an old epoch, not to a paused agent or one that is not there, and not by whoever may not assign.
both_engines!(what_cannot_be_given_is_not, |db| async move {
    let scene = Scene::start(db).await;
    let name = scene.people_only("ann").await;
    take(&scene.mia, &name, 1).await.expect("taken");
    assert_refused(assign(&scene.mia, &name, "ava", 1).await, ErrorReason::ControlEpochStale);
    assert_refused(assign(&scene.mia, &name, "none", 2).await, ErrorReason::ReferenceNotFound);
    assert_refused(assign(&scene.ava, &name, "ava", 2).await, ErrorReason::CallerKindNotAllowed);
    let none = helpdesk::grpc::pb::access::AccessLevel::None;
    let blind = scene.app.collaborator("cole", none).await;
    assert_refused(assign(&blind, &name, "ava", 2).await, ErrorReason::ResourceNotFound);
    pause(&scene.app.root(), "ava").await.expect("paused");
    assert_refused(assign(&scene.mia, &name, "ava", 2).await, ErrorReason::CustomerAgentNotLive);
    assert_eq!(scene.controller(&name).await, (user_name("mia"), 2));
});
