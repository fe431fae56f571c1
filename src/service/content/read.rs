//! Reading texts, and filling one to look at it.

use super::render::{Facts, Rendered, render};
use crate::domain::account::Account;
use crate::domain::contact::{Contact, PointKind};
use crate::domain::conversation::Conversation;
use crate::domain::hours::day_in;
use crate::domain::ids::{ContactId, ConversationId, TextBlockId};
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

/// What a text was filled with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FilledFor {
    /// The conversation; none: there was none, or none that the caller may read.
    pub conversation: Option<ConversationId>,
    /// The contact whose data is in it.
    pub contact: Option<ContactId>,
}

impl FilledFor {
    /// Whether the text may be said in this conversation: nothing in it is of another one, or of another contact.
    pub fn fits(self, conversation: &Conversation) -> bool {
        let same_place = self.conversation.is_none_or(|id| id == conversation.id);
        same_place && self.contact.is_none_or(|id| conversation.contact == Some(id))
    }
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
            facts_of(service, grant, Place::Conversation(conversation)).await?.0
        }
        Some(Place::Ticket(number)) => {
            tickets::get(service, grant, number).await.map_err(elsewhere)?;
            facts_of(service, grant, Place::Ticket(number)).await?.0
        }
    };
    let broken = |_| Rejection::Internal("a stored text cannot be filled".to_owned());
    render(&block, &facts).map_err(broken)
}

/// What is known for a reply there, and whose that is: of the conversation that the reply goes to, and of its contact and
/// nobody else. Somebody who may not read the place learns nothing of it: the facts are missing.
///
/// # Errors
/// The storage's.
pub(super) async fn facts_of(service: &Service, grant: &Grant, place: Place) -> Result<(Facts, FilledFor), Rejection> {
    let (facts, zone) = person(service, grant).await?;
    let (ticket, conversation) = found(service, grant, place).await?;
    let contact = match &conversation {
        Some(conversation) => conversation.contact,
        None => ticket.as_ref().and_then(|ticket| ticket.contact),
    };
    let filled_for = FilledFor { conversation: conversation.map(|found| found.id), contact };
    let contact = match contact {
        Some(id) => read::contacts::get(&service.store, grant.account()?, id).await.map_err(away)?,
        None => None,
    };
    let facts = ticket.iter().fold(facts, |facts, ticket| with_ticket(facts, ticket, &zone));
    Ok((contact.iter().fold(facts, with_contact), filled_for))
}

/// The ticket and the conversation of a place as far as the caller may read them; of a ticket that to which a reply goes.
async fn found(
    service: &Service,
    grant: &Grant,
    place: Place,
) -> Result<(Option<Ticket>, Option<Conversation>), Rejection> {
    match place {
        Place::Conversation(id) => {
            let conversation = readable(conversations::conversation(service, grant, id).await)?;
            let ticket = match conversation.as_ref().and_then(|found| found.ticket) {
                Some(number) => readable(tickets::get(service, grant, number).await)?,
                None => None,
            };
            Ok((ticket, conversation))
        }
        Place::Ticket(number) => match readable(tickets::get(service, grant, number).await)? {
            Some(ticket) => {
                let conversation = conversations::latest(service, grant, &ticket).await?;
                Ok((Some(ticket), conversation))
            }
            None => Ok((None, None)),
        },
    }
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
