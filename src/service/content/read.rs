//! Reading texts, and filling one to look at it.

use super::render::{Facts, Rendered, render};
use crate::domain::account::Account;
use crate::domain::contact::{Contact, PointKind};
use crate::domain::conversation::Conversation;
use crate::domain::hours::day_in;
use crate::domain::ids::{ConversationId, TextBlockId};
use crate::domain::names::Name;
use crate::domain::page::{Page, PageRequest};
use crate::domain::rejection::Rejection;
use crate::domain::text_block::{TextBlock, TextBlockKind};
use crate::domain::ticket::Ticket;
use crate::domain::time::Timestamp;
use crate::service::Service;
use crate::service::conversations::{self, Place};
use crate::service::grant::Grant;
use crate::service::tickets;
use crate::storage::{StoreError, read};

/// Which texts are listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockQuery {
    /// Only of this kind; none: those that replies insert.
    pub kind: Option<TextBlockKind>,
    /// Those out of use, too.
    pub archived: bool,
    /// Which page.
    pub page: PageRequest,
}

/// One text.
///
/// # Errors
/// [`Rejection::NotFound`], and the storage's.
pub async fn get(service: &Service, grant: &Grant, id: &TextBlockId) -> Result<TextBlock, Rejection> {
    let account = grant.account()?;
    let found = read::text_blocks::get(&service.store, account, id).await.map_err(away)?;
    found.ok_or_else(|| Rejection::NotFound { resource: Name::TextBlock(id.clone()).within(account) })
}

/// One page of texts, by id.
///
/// # Errors
/// The storage's.
pub async fn list(service: &Service, grant: &Grant, query: &BlockQuery) -> Result<Page<TextBlock>, Rejection> {
    let BlockQuery { kind, archived, page } = query;
    read::text_blocks::list(&service.store, grant.account()?, *kind, *archived, page).await.map_err(away)
}

/// A text filled for a conversation or ticket, or with what is known of the caller alone.
///
/// # Errors
/// [`Rejection::NotFound`] for a text, [`Rejection::ReferenceNotFound`] for a place that is not there.
pub async fn rendered(
    service: &Service,
    grant: &Grant,
    id: &TextBlockId,
    place: Option<Place>,
) -> Result<Rendered, Rejection> {
    let block = get(service, grant, id).await?;
    let facts = match place {
        None => person(service, grant).await?.0,
        Some(Place::Conversation(conversation)) => {
            conversations::conversation(service, grant, conversation).await.map_err(elsewhere)?;
            facts_of(service, grant, Place::Conversation(conversation)).await?
        }
        Some(Place::Ticket(number)) => {
            tickets::get(service, grant, number).await.map_err(elsewhere)?;
            facts_of(service, grant, Place::Ticket(number)).await?
        }
    };
    let broken = |_| Rejection::Internal("a stored text cannot be filled".to_owned());
    render(&block, &facts).map_err(broken)
}

/// What is known for a reply there. Somebody who may not read the place learns nothing of it: the facts are missing.
///
/// # Errors
/// The storage's.
pub(super) async fn facts_of(service: &Service, grant: &Grant, place: Place) -> Result<Facts, Rejection> {
    let (facts, zone) = person(service, grant).await?;
    let (account, store) = (grant.account()?, &service.store);
    let (conversation, number) = match place {
        Place::Conversation(id) => match readable(conversations::conversation(service, grant, id).await)? {
            Some(found) => (Some(found.clone()), found.ticket),
            None => return Ok(facts),
        },
        Place::Ticket(number) => (None, Some(number)),
    };
    let ticket = match number {
        Some(number) => readable(tickets::get(service, grant, number).await)?,
        None => None,
    };
    let latest = ticket.as_ref().and_then(|ticket| ticket.conversations.last().copied());
    let conversation = match (conversation, latest) {
        (Some(found), _) => Some(found),
        (None, Some(id)) => self::conversation(service, grant, id).await?,
        (None, None) => None,
    };
    let contact = conversation.and_then(|found| found.contact).or(ticket.as_ref().and_then(|ticket| ticket.contact));
    let contact = match contact {
        Some(id) => read::contacts::get(store, account, id).await.map_err(away)?,
        None => None,
    };
    let facts = ticket.iter().fold(facts, |facts, ticket| with_ticket(facts, ticket, &zone));
    Ok(contact.iter().fold(facts, with_contact))
}

fn with_ticket(facts: Facts, ticket: &Ticket, zone: &str) -> Facts {
    let date = |time: Option<Timestamp>| time.map(|time| day_in(zone, time).to_string()).unwrap_or_default();
    facts
        .with("ticket", "number", &ticket.number.to_string())
        .with("ticket", "subject", &ticket.subject)
        .with("ticket", "create_date", &date(Some(ticket.create_time)))
        .with("ticket", "close_date", &date(ticket.close_time))
}

fn with_contact(facts: Facts, contact: &Contact) -> Facts {
    let first = |kind| contact.points.iter().find(|point| point.kind == kind).map_or("", |point| &point.value);
    let (email, phone) = (first(PointKind::Email), first(PointKind::Phone));
    facts.with_name("contact", &contact.display_name).with("contact", "email", email).with("contact", "phone", phone)
}

/// What is known for a text that the service itself sends about a ticket.
pub fn facts_about(account: &Account, ticket: &Ticket, contact: Option<&Contact>) -> Facts {
    let facts = Facts::default().with("account", "name", &account.display_name);
    contact.into_iter().fold(with_ticket(facts, ticket, &account.time_zone), with_contact)
}

async fn conversation(service: &Service, grant: &Grant, id: ConversationId) -> Result<Option<Conversation>, Rejection> {
    readable(conversations::conversation(service, grant, id).await)
}

/// Who writes, and in whose name; with the time zone of the account.
async fn person(service: &Service, grant: &Grant) -> Result<(Facts, String), Rejection> {
    let (account, store) = (grant.account()?, &service.store);
    let house = read::accounts::get(store, account).await.map_err(away)?;
    let facts = Facts::default().with("account", "name", house.as_ref().map_or("", |house| &house.display_name));
    let zone = house.map_or_else(String::new, |house| house.time_zone);
    let Some(id) = &grant.rights().user else { return Ok((facts, zone)) };
    let user = read::people::user(store, account, id).await.map_err(away)?;
    let facts = user
        .into_iter()
        .fold(facts, |facts, (user, _)| facts.with_name("user", &user.display_name).with("user", "email", &user.email));
    Ok((facts, zone))
}

/// The place is a reference, not what the call is about.
fn elsewhere(rejection: Rejection) -> Rejection {
    match rejection {
        Rejection::NotFound { resource } => Rejection::ReferenceNotFound { field: "place".to_owned(), resource },
        other => other,
    }
}

/// What is out of reach is nothing.
fn readable<T>(found: Result<T, Rejection>) -> Result<Option<T>, Rejection> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(Rejection::NotFound { .. }) => Ok(None),
        Err(other) => Err(other),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "the shape of map_err")]
fn away(error: StoreError) -> Rejection {
    error.rejection()
}
