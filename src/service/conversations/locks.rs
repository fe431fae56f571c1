//! Whether comments in a conversation are locked (R-060 to R-062, C-036): all conversations of its ticket decide together.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::channel::ChannelKind;
use crate::domain::conversation::Conversation;
use crate::domain::ids::{ConversationId, TicketNumber};
use crate::domain::mention::comments_locked;
use crate::domain::rejection::Rejection;
use crate::domain::ticket::Ticket;
use crate::service::Service;
use crate::service::grant::Grant;
use crate::storage::StoreError;
use crate::storage::lane::{Keys, World};
use crate::storage::read;

/// A conversation with what its ticket says about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenConversation {
    /// The conversation.
    pub conversation: Conversation,
    /// Whether nobody may comment in it yet.
    pub comments_locked: bool,
}

impl SeenConversation {
    /// The conversation in a lane. Needs what [`needs_of_others`] names.
    pub(in crate::service) fn new(world: &World, conversation: Conversation) -> Self {
        Self { comments_locked: locked_now(world, &conversation), conversation }
    }
}

/// Names the other conversations of the ticket: a mail in any of them opens the comments in all.
pub(in crate::service) fn needs_of_others(world: &World, keys: &mut Keys, id: ConversationId) {
    let number = world.conversations.peek(&id).and_then(|found| found.ticket);
    let ticket = number.and_then(|number| world.tickets.peek(&number));
    keys.conversations.extend(ticket.into_iter().flat_map(|ticket| &ticket.conversations));
}

/// Whether nobody may comment in the conversation yet, which may have changed already; the others are as the batch has
/// them. Needs what [`needs_of_others`] names.
pub(super) fn locked_now(world: &World, conversation: &Conversation) -> bool {
    let ticket = conversation.ticket.and_then(|number| world.tickets.get(&number));
    let ids = ticket.map(|ticket| ticket.conversations.as_slice()).unwrap_or_default();
    let others = ids.iter().filter(|id| **id != conversation.id).filter_map(|id| world.conversations.get(id));
    comments_locked(conversation, ticket.and_then(|ticket| ticket.source), others)
}

/// Those of these conversations in which nobody may comment yet. Who may read them is judged by the caller.
///
/// # Errors
/// The storage's.
pub async fn locked(
    service: &Service,
    grant: &Grant,
    some: &[&Conversation],
) -> Result<BTreeSet<ConversationId>, Rejection> {
    // A mail of its own opens a conversation whatever the others say.
    let in_doubt: Vec<&Conversation> = some.iter().copied().filter(|one| one.outbound_mails == 0).collect();
    let (store, account) = (&service.store, grant.account()?);
    let numbers = |from_call: bool| -> BTreeSet<TicketNumber> {
        in_doubt.iter().filter(|one| one.from_call == from_call).filter_map(|one| one.ticket).collect()
    };
    let with_calls = read::tickets::came_from(store, account, &numbers(true), None).await.map_err(away)?;
    let source = Some(ChannelKind::Calling);
    let of_calls = read::tickets::came_from(store, account, &numbers(false), source).await.map_err(away)?;
    let tickets: BTreeMap<TicketNumber, Ticket> =
        with_calls.into_iter().chain(of_calls).map(|ticket| (ticket.number, ticket)).collect();
    let ids: Vec<ConversationId> = tickets.values().flat_map(|ticket| ticket.conversations.iter().copied()).collect();
    let found = match ids.as_slice() {
        [] => Vec::new(),
        ids => read::related::conversations(store, account, ids).await.map_err(away)?,
    };
    let found: BTreeMap<ConversationId, Conversation> = found.into_iter().map(|one| (one.id, one)).collect();
    let is_locked = |one: &&Conversation| {
        let ticket = one.ticket.and_then(|number| tickets.get(&number));
        let others = ticket.into_iter().flat_map(|ticket| &ticket.conversations).filter_map(|id| found.get(id));
        comments_locked(one, ticket.and_then(|ticket| ticket.source), others)
    };
    Ok(in_doubt.into_iter().filter(is_locked).map(|one| one.id).collect())
}

/// Whether nobody may comment in the conversation yet. Who may read it is judged by the caller.
///
/// # Errors
/// The storage's.
pub async fn is_locked(service: &Service, grant: &Grant, found: &Conversation) -> Result<bool, Rejection> {
    Ok(locked(service, grant, &[found]).await?.contains(&found.id))
}

#[expect(clippy::needless_pass_by_value, reason = "the shape of map_err")]
fn away(error: StoreError) -> Rejection {
    error.rejection()
}
