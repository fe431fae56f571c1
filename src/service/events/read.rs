//! Reading the log page by page, and places in it.

use super::origin::{Origins, origins};
use super::place::{self, Start};
use super::{Wanted, fitting, sight};
use crate::domain::event::Event;
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::domain::time::Timestamp;
use crate::service::Service;
use crate::service::grant::Grant;
use crate::storage::read::events::{self, Span};

/// A page is filled by so many statements at most; events out of reach make it shorter, not slower.
const ROUNDS: usize = 5;

/// Which page of the log.
#[derive(Debug)]
pub struct ListEvents {
    /// Which events.
    pub wanted: Wanted,
    /// Where to begin.
    pub start: Start,
    /// At most so many.
    pub size: u32,
}

/// One page of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogPage {
    /// The events, by sequence.
    pub events: Vec<Event>,
    /// Who began their chains.
    pub origins: Origins,
    /// Everything up to this sequence is on this page or was passed over.
    pub upto: i64,
    /// Whether more may follow.
    pub more: bool,
}

/// A place in the log, for those who ask for one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResumePlace {
    /// After this sequence.
    pub sequence: i64,
    /// Time of the last event before it.
    pub event_time: Option<Timestamp>,
    /// Time of the oldest event within reach.
    pub oldest_time: Option<Timestamp>,
}

/// One page of what the caller may see.
///
/// # Errors
/// The refusals of the place to begin at.
pub async fn list(service: &Service, grant: &Grant, asked: ListEvents) -> Result<LogPage, Rejection> {
    let account = grant.account()?;
    let reach = place::reach(service, account).await?;
    let last = reach.head.last;
    let size = asked.size as usize;
    let upto = place::begin(service, account, &reach, asked.start).await?;
    let mut page = LogPage { events: Vec::new(), origins: Origins::new(), upto, more: true };
    for _ in 0..ROUNDS {
        let Wanted { kinds, plan } = &asked.wanted;
        let span = Span { after: page.upto, upto: last, kinds, plan, limit: u64::from(asked.size) };
        let found = events::span(&service.store, account, &span).await.map_err(|error| error.rejection())?;
        let exhausted = found.len() < size;
        let end = found.last().filter(|_| !exhausted).map_or(last, |event| event.sequence);
        let seen = sight::visible(service, grant, found).await?;
        if !page.fill(seen, size) {
            break;
        }
        page.upto = end;
        page.more = !exhausted;
        if exhausted || page.events.len() == size {
            break;
        }
    }
    page.origins = origins(service, account, &page.events).await?;
    Ok(page)
}

impl LogPage {
    /// Adds events; returns whether all of them fit.
    fn fill(&mut self, seen: Vec<Event>, size: usize) -> bool {
        let all = seen.len();
        let held = self.events.len();
        self.events.extend(seen);
        self.events.truncate(size);
        self.events.truncate(fitting(self.events.iter()));
        if let Some(event) = self.events.last() {
            self.upto = event.sequence;
        }
        self.events.len() == held + all
    }
}

/// One event, and who began its chain.
///
/// # Errors
/// [`Rejection::NotFound`] when it is not kept or the caller may not see it.
pub async fn get(service: &Service, grant: &Grant, sequence: i64) -> Result<(Event, Origins), Rejection> {
    let account = grant.account()?;
    let found = events::get(&service.store, account, sequence).await.map_err(|error| error.rejection())?;
    let seen = sight::visible(service, grant, found.into_iter().collect()).await?;
    let origins = origins(service, account, &seen).await?;
    let missing = || Rejection::NotFound { resource: Name::Event(sequence).within(account) };
    Ok((seen.into_iter().next().ok_or_else(missing)?, origins))
}

/// A place in the log. A time before everything within reach gives the oldest place.
///
/// # Errors
/// The storage's.
pub async fn resume_place(service: &Service, grant: &Grant, start: Start) -> Result<ResumePlace, Rejection> {
    let account = grant.account()?;
    let reach = place::reach(service, account).await?;
    let sequence = match place::begin(service, account, &reach, start).await {
        Err(Rejection::ResumeTokenCompacted { .. }) => reach.first - 1,
        other => other?,
    };
    let before = events::last_until(&service.store, account, sequence).await.map_err(|error| error.rejection())?;
    let oldest_time = place::oldest(service, account, &reach).await?;
    Ok(ResumePlace { sequence, event_time: before.map(|(_, time)| time), oldest_time })
}
