//! Tickets by what is written on them (decision T4), within the caller's reach.

use crate::domain::access::Permission;
use crate::domain::page::{Page, Place};
use crate::domain::rejection::Rejection;
use crate::domain::search::{BadQuery, Field, MAX_PHRASE, MAX_TERMS, Query};
use crate::service::Service;
use crate::service::grant::Grant;
use crate::service::page::{self, ListQuery};
use crate::storage::search::{self, Found, Hit, Seek};

/// Hits on a page when the caller names no number.
const DEFAULT_SIZE: u32 = 20;
/// Hits on a page at most.
const MAX_SIZE: u32 = 50;
/// Text on a page: what is more comes on the next one.
const PAGE_BYTES: usize = 1 << 20;

/// One page of the tickets that `text` finds and the filter lets through.
///
/// # Errors
/// A query or a filter that is none, or the storage's.
pub async fn search(service: &Service, grant: &Grant, text: &str, list: &ListQuery) -> Result<Found, Rejection> {
    let query = Query::parse(text).map_err(refusal)?;
    let filter = page::ticket_plan(service, grant, &list.filter).await?;
    let page = list.page.clone();
    let (account, rights) = (grant.account()?, grant.rights());
    // Whoever may view a ticket may read its messages and comments; contacts ask for a right of their own.
    let fields: Vec<Field> = Field::ALL
        .iter()
        .copied()
        .filter(|field| *field != Field::Contact || rights.has(Permission::ContactsView))
        .collect();
    let texts = u64::from(service.search_texts);
    let seek = Seek { account, rights, query: &query, filter: &filter, fields: &fields, page: &page, texts };
    let found = search::find(&service.store, &seek).await.map_err(|error| error.rejection())?;
    Ok(Found { page: within(found.page), ..found })
}

/// How many hits a page has: 0 is the default, more than the maximum is the maximum.
pub const fn page_size(asked: i32) -> i32 {
    let (default, most) = (DEFAULT_SIZE.cast_signed(), MAX_SIZE.cast_signed());
    if asked == 0 {
        default
    } else if asked > most {
        most
    } else {
        asked
    }
}

fn refusal(bad: BadQuery) -> Rejection {
    match bad {
        BadQuery::Empty => Rejection::field("query", "REQUIRED", "must hold a word to look for"),
        BadQuery::TooManyTerms => {
            Rejection::field("query", "TOO_MANY", format!("must hold at most {MAX_TERMS} words and phrases"))
        }
        BadQuery::PhraseTooLong => {
            Rejection::field("query", "TOO_LONG", format!("must hold phrases of at most {MAX_PHRASE} words"))
        }
    }
}

/// Cuts a page where its tickets grow too long; it keeps at least one.
fn within(mut page: Page<Hit>) -> Page<Hit> {
    let mut bytes = 0;
    let fits = |hit: &Hit| {
        bytes += hit.ticket.subject.len() + hit.ticket.description.len();
        bytes <= PAGE_BYTES
    };
    let kept = page.items.iter().map(fits).take_while(|fits| *fits).count().max(1);
    if kept < page.items.len() {
        page.items.truncate(kept);
        let place = |hit: &Hit| vec![Place::Number(hit.score), Place::Number(hit.ticket.number.0)];
        page.next = page.items.last().map(place);
    }
    page
}
