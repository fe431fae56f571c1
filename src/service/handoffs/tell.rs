//! What the contact is told of a hand-off, once; and what becomes of the chat.

use crate::domain::event::{Actor, SystemActor};
use crate::domain::handoff::{Handoff, Said};
use crate::domain::ids::ConversationId;
use crate::domain::names::Name;
use crate::service::conversations::{rest, say};
use crate::service::desk::Desk;

/// Sends the message of the transition, in the transaction that makes it and under the control that was: once,
/// whatever follows. Where nothing can go out, the caller is told.
pub(super) fn tell(desk: &mut Desk<'_, '_>, handoff: &mut Handoff, said: Said) {
    if handoff.said.is_some() {
        return;
    }
    handoff.said = Some(said);
    let text = handoff.policy.words.text(said, &handoff.context.language).map(str::to_owned);
    let Some(text) = text else { return };
    let sender = match handoff.agent() {
        Some(agent) => Actor::CustomerAgent(agent.clone()),
        None => Actor::System(SystemActor::Router),
    };
    match say(desk, handoff.conversation, &text, sender) {
        Ok((message, _)) => handoff.message = Some(message.id),
        Err(rejection) => {
            let name = Name::Conversation(handoff.conversation).to_string();
            desk.session.warn("conversation", format!("the contact was not told: {rejection}"), name);
        }
    }
}

/// Ends the chat until the contact writes again; the ticket stays as it is (C-102).
pub(super) fn close_chat(desk: &mut Desk<'_, '_>, conversation: ConversationId) {
    let ticket = desk.world().conversations.peek(&conversation).and_then(|found| found.ticket);
    for thread in desk.world().threads_in(conversation) {
        rest(desk, &thread, ticket);
    }
}
