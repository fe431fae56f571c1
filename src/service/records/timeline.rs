//! What happened with a contact or a company: tickets, conversations, comments and logged activities in one
//! list, newest first, as far as the caller may view them.

use super::context::away;
use super::read;
use crate::domain::access::Permission;
use crate::domain::activity::Activity;
use crate::domain::conversation::{Comment, Conversation};
use crate::domain::links::RecordRef;
use crate::domain::names::Name;
use crate::domain::page::{Page, PageRequest, Place};
use crate::domain::rejection::Rejection;
use crate::domain::ticket::Ticket;
use crate::domain::time::Timestamp;
use crate::service::Service;
use crate::service::grant::Grant;
use crate::service::{contacts, conversations};
use crate::storage::read::related::{self, Cursor, Part};

/// One thing that happened.
#[derive(Debug, Clone)]
pub struct Entry {
    /// When.
    pub time: Timestamp,
    /// What.
    pub what: Happened,
}

/// What happened.
#[derive(Debug, Clone)]
pub enum Happened {
    /// A ticket was made.
    Ticket(Box<Ticket>),
    /// A conversation began.
    Conversation(Box<Conversation>),
    /// A comment was written.
    Comment(Box<Comment>),
    /// An activity was logged.
    Activity(Box<Activity>),
}

/// One page of what happened with a contact or company.
///
/// # Errors
/// [`Rejection::NotFound`], [`Rejection::PermissionMissing`] for a company without the right to view any, and the
/// storage's.
pub async fn timeline(
    service: &Service,
    grant: &Grant,
    of: RecordRef,
    page: &PageRequest,
) -> Result<Page<Entry>, Rejection> {
    check(service, grant, of).await?;
    let after = page.after.as_deref().map(cursor).transpose()?;
    let reader = conversations::Reader::of(service, grant).await?;
    let (store, viewer) = (&service.store, reader.viewer(grant)?);
    let part = |rank| Part { rank, after: after.as_ref(), limit: u64::from(page.size) + 1 };
    let tickets = related::ticket_part(store, viewer, of, part(0)).await.map_err(away)?;
    let said = related::conversation_part(store, viewer, of, part(1)).await.map_err(away)?;
    let comments = related::comment_part(store, viewer, of, part(2)).await.map_err(away)?;
    let logged = related::activity_part(store, viewer.account, of, part(3)).await.map_err(away)?;
    let entry = |time, what| Entry { time, what };
    let mut all: Vec<Entry> = Vec::new();
    all.extend(tickets.into_iter().map(|it| entry(it.create_time, Happened::Ticket(Box::new(it)))));
    all.extend(said.into_iter().map(|it| entry(it.create_time, Happened::Conversation(Box::new(it)))));
    all.extend(comments.into_iter().map(|it| entry(it.create_time, Happened::Comment(Box::new(it)))));
    all.extend(logged.into_iter().map(|it| entry(it.happen_time, Happened::Activity(Box::new(it)))));
    all.sort_by_key(|entry| std::cmp::Reverse(entry.key()));
    Ok(cut(all, page))
}

/// Whether the record is there for this caller.
async fn check(service: &Service, grant: &Grant, of: RecordRef) -> Result<(), Rejection> {
    match of {
        RecordRef::Contact(id) => contacts::get(service, grant, id).await.map(drop),
        RecordRef::Company(id) if grant.rights().has(Permission::CompaniesView) => {
            read::company(service, grant, id).await.map(drop)
        }
        _ => {
            let resource = of.name().within(grant.account()?);
            Err(Rejection::PermissionMissing { permission: Permission::CompaniesView, resource })
        }
    }
}

/// As many as the page holds, in entries and bytes; at least one.
fn cut(mut all: Vec<Entry>, page: &PageRequest) -> Page<Entry> {
    let mut bytes = 0;
    let fits = |entry: &&Entry| {
        bytes += entry.size();
        bytes <= page.bytes
    };
    let kept = all.iter().take(page.size as usize).take_while(fits).count().max(1);
    let more = all.len() > kept;
    all.truncate(kept);
    let next = all.last().filter(|_| more).map(Entry::place);
    Page { items: all, next }
}

fn cursor(places: &[Place]) -> Result<Cursor, Rejection> {
    match places {
        [Place::Number(time), Place::Number(rank), id] => Ok(Cursor { time: *time, rank: *rank, id: id.clone() }),
        _ => Err(Rejection::PageToken),
    }
}

impl Entry {
    fn rank(&self) -> i64 {
        match self.what {
            Happened::Ticket(_) => 0,
            Happened::Conversation(_) => 1,
            Happened::Comment(_) => 2,
            Happened::Activity(_) => 3,
        }
    }

    fn id(&self) -> Place {
        match &self.what {
            Happened::Ticket(it) => Place::Number(it.number.0),
            Happened::Conversation(it) => Place::Id(it.id.0),
            Happened::Comment(it) => Place::Id(it.id.0),
            Happened::Activity(it) => Place::Id(it.id.0),
        }
    }

    /// What entries are ordered by.
    fn key(&self) -> (i64, i64, i64, uuid::Uuid) {
        let (number, id) = match self.id() {
            Place::Number(number) => (number, uuid::Uuid::nil()),
            Place::Id(id) => (0, id),
            Place::Text(_) => (0, uuid::Uuid::nil()),
        };
        (self.time.as_micros(), self.rank(), number, id)
    }

    fn place(&self) -> Vec<Place> {
        vec![Place::Number(self.time.as_micros()), Place::Number(self.rank()), self.id()]
    }

    /// About how many bytes it takes in an answer.
    fn size(&self) -> usize {
        1_024
            + match &self.what {
                Happened::Comment(it) => it.text.len() + it.html.len(),
                Happened::Activity(it) => it.text.len(),
                Happened::Ticket(_) | Happened::Conversation(_) => 0,
            }
    }
}

/// The record whose timeline it is.
///
/// # Errors
/// [`Rejection::NameInvalid`] for a name of anything else.
pub fn subject_of(name: &Name, field: &str, text: &str) -> Result<RecordRef, Rejection> {
    match RecordRef::of_name(name) {
        Some(of @ (RecordRef::Contact(_) | RecordRef::Company(_))) => Ok(of),
        _ => Err(Rejection::NameInvalid { field: field.to_owned(), value: text.to_owned() }),
    }
}
