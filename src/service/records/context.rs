//! What somebody who answers wants to have before them: a ticket or conversation with the records
//! around it, as far as the caller may view them.

use std::collections::BTreeSet;

use crate::domain::access::Permission;
use crate::domain::activity::Activity;
use crate::domain::company::Company;
use crate::domain::contact::Contact;
use crate::domain::conversation::Conversation;
use crate::domain::deal::Deal;
use crate::domain::ids::{ConversationId, TicketNumber};
use crate::domain::links::{RecordKind, RecordRef};
use crate::domain::rejection::Rejection;
use crate::domain::ticket::Ticket;
use crate::service::Service;
use crate::service::conversations;
use crate::service::grant::Grant;
use crate::service::tickets;
use crate::storage::StoreError;
use crate::storage::read::{contacts, records, related};

/// Entries of each list that may grow without end.
const NEWEST: u64 = 20;

/// See the module.
#[derive(Debug, Clone, Default)]
pub struct Context {
    /// The ticket.
    pub ticket: Option<Ticket>,
    /// Its conversations, oldest first.
    pub conversations: Vec<Conversation>,
    /// The contacts, the primary one first.
    pub contacts: Vec<Contact>,
    /// The companies, by name.
    pub companies: Vec<Company>,
    /// The deals, by name.
    pub deals: Vec<Deal>,
    /// The newest of the ticket's activities.
    pub activities: Vec<Activity>,
    /// Other conversations with the contacts, newest first.
    pub earlier: Vec<Conversation>,
    /// Other tickets of the records, newest first.
    pub others: Vec<Ticket>,
    /// Other activities about the records, newest first.
    pub recent: Vec<Activity>,
}

/// What is around a ticket.
///
/// # Errors
/// [`Rejection::NotFound`] when it is absent or invisible, and the storage's.
pub async fn ticket_context(service: &Service, grant: &Grant, number: TicketNumber) -> Result<Context, Rejection> {
    let ticket = tickets::get(service, grant, number).await?;
    let store = (&service.store, grant.account()?);
    let own = related::conversations(store.0, store.1, &ticket.conversations).await.map_err(away)?;
    around(service, grant, Some(ticket), own).await
}

/// A conversation and what is around it.
///
/// # Errors
/// [`Rejection::NotFound`] when it is absent or invisible, and the storage's.
pub async fn conversation_context(
    service: &Service,
    grant: &Grant,
    id: ConversationId,
) -> Result<(Conversation, Context), Rejection> {
    let conversation = conversations::conversation(service, grant, id).await?;
    let context = match conversation.ticket {
        Some(number) => ticket_context(service, grant, number).await?,
        None => around(service, grant, None, vec![conversation.clone()]).await?,
    };
    Ok((conversation, context))
}

/// The records around a ticket, or around conversations without one.
async fn around(
    service: &Service,
    grant: &Grant,
    ticket: Option<Ticket>,
    own: Vec<Conversation>,
) -> Result<Context, Rejection> {
    let (store, account) = (&service.store, grant.account()?);
    let sees = |permission| grant.rights().has(permission);
    let of_conversations = || own.iter().filter_map(|conversation| conversation.contact).map(RecordRef::Contact);
    let linked: Vec<RecordRef> = match &ticket {
        Some(ticket) => ticket.records().collect(),
        None => of_conversations().collect(),
    };
    let seen = |record: &RecordRef| match record.kind() {
        RecordKind::Contact | RecordKind::Activity => sees(Permission::ContactsView),
        RecordKind::Company | RecordKind::Deal => sees(Permission::CompaniesView),
    };
    let linked: Vec<RecordRef> = linked.into_iter().filter(seen).collect();
    let about: BTreeSet<RecordRef> =
        linked.iter().copied().filter(|record| record.kind() != RecordKind::Activity).collect();
    let mut context = Context {
        contacts: in_order(&linked, contacts::some(store, account, &linked).await.map_err(away)?),
        companies: records::some_companies(store, account, &linked).await.map_err(away)?,
        deals: records::some_deals(store, account, &linked).await.map_err(away)?,
        activities: related::activities(store, account, &linked, NEWEST).await.map_err(away)?,
        ..Context::default()
    };
    if sees(Permission::ContactsView) {
        context.recent = related::activities_about(store, account, &about, &linked, NEWEST).await.map_err(away)?;
    }
    let viewer = conversations::Reader::of(service, grant).await?;
    let but: Vec<ConversationId> = own.iter().map(|conversation| conversation.id).collect();
    context.earlier = related::with_contacts(store, viewer.viewer(grant)?, &about, &but, NEWEST).await.map_err(away)?;
    let but = ticket.as_ref().map(|ticket| ticket.number);
    context.others = related::tickets_of(store, account, grant.rights(), &about, but, NEWEST).await.map_err(away)?;
    (context.ticket, context.conversations) = (ticket, own);
    Ok(context)
}

/// The contacts in the order in which the ticket has them.
fn in_order(linked: &[RecordRef], mut contacts: Vec<Contact>) -> Vec<Contact> {
    let place = |contact: &Contact| linked.iter().position(|record| *record == RecordRef::Contact(contact.id));
    contacts.sort_by_key(place);
    contacts
}

#[expect(clippy::needless_pass_by_value, reason = "the shape of map_err")]
pub(super) fn away(error: StoreError) -> Rejection {
    error.rejection()
}
