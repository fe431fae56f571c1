//! What the service itself says to a contact.

use super::Speaking;
use super::place::Place;
use super::route::{Found, Way, check_open};
use super::send::Send;
use crate::domain::conversation::{Message, Thread};
use crate::domain::event::Actor;
use crate::domain::ids::ConversationId;
use crate::domain::rejection::Rejection;
use crate::service::desk::Desk;
use crate::service::files::{FileRules, NamedFiles};

/// Sends a text on the thread of the contact's last message, under the control that holds, as `sender`. It is nobody's
/// reply: it makes nobody owner and marks no reply time. Says on which thread it went; needs the conversation with its
/// threads.
///
/// # Errors
/// Why nothing can go out now; nothing is written then.
pub(in crate::service) fn say(
    desk: &mut Desk<'_, '_>,
    conversation: ConversationId,
    text: &str,
    sender: Actor,
) -> Result<(Message, Thread), Rejection> {
    let found = desk.world().conversations.get(&conversation).cloned();
    let conversation = found.ok_or_else(|| Rejection::Internal("a conversation that nobody read".to_owned()))?;
    let way = Way::Thread(None);
    let (thread, channel) = match way.find(desk, &conversation, ["", ""])? {
        Found::Thread(thread, channel) => (thread, channel),
        Found::NewOn(_) => return Err(Rejection::Internal("no thread was asked for".to_owned())),
    };
    check_open(desk, &thread, &channel)?;
    let send = Send {
        place: Place::Conversation(conversation.id),
        way,
        draft: None,
        subject: String::new(),
        text: text.to_owned(),
        html: String::new(),
        inserts: Vec::new(),
        filled_for: None,
        files: NamedFiles { ids: Vec::new(), rules: FileRules::default() },
        speaking: Speaking::default(),
    };
    let caller = std::mem::replace(&mut desk.session.actor, sender);
    let message = send.queue(desk, conversation, (&thread, &channel), None, Vec::new());
    desk.session.actor = caller;
    Ok((message, thread))
}
