//! A stream about one ticket: how it is and what happened to it last, then each change (contract 2.11, rule 7).

use std::sync::Arc;
use std::time::Duration;

use crate::domain::event::Event;
use crate::domain::ids::TicketNumber;
use crate::domain::rejection::Rejection;
use crate::domain::ticket::Ticket;
use crate::service::Service;
use crate::service::events::{self, Delivery, Origins, Sight, Start, StreamEnds, Subject, Wanted, WatchEvents};
use crate::service::grant::Grant;
use crate::storage::read::history;

/// Changes in the first answer.
const LAST: u64 = 50;

/// Which ticket to watch, and from where.
#[derive(Debug)]
pub struct WatchTicket {
    /// The ticket.
    pub ticket: TicketNumber,
    /// The place of a token; none begins with the ticket as it is.
    pub after: Option<i64>,
    /// How often to say that nothing happened.
    pub progress: Duration,
    /// What ends the stream from outside.
    pub ends: StreamEnds,
}

/// The ticket with some of its changes, or a sign of progress without it.
#[derive(Debug)]
pub struct TicketNews {
    /// The ticket as it is now.
    pub ticket: Option<Ticket>,
    /// Its changes, by sequence.
    pub changes: Vec<Arc<Event>>,
    /// Who began their chains.
    pub origins: Origins,
    /// Everything up to this sequence was delivered or passed over.
    pub upto: i64,
    /// Nothing older waits, now or once before.
    pub caught_up: bool,
}

/// The stream; nothing is read while nobody asks.
#[derive(Debug)]
pub struct TicketWatch {
    inner: events::Watch,
    ticket: TicketNumber,
    /// The place from which the ticket is told as it is; none once it was.
    fresh: Option<i64>,
    over: bool,
}

/// Opens a stream.
///
/// # Errors
/// [`Rejection::NotFound`] when the ticket is absent or invisible, [`Rejection::Quota`] when too many watch, and the
/// refusals of the place to begin at.
pub async fn watch(service: &Service, grant: Grant, asked: WatchTicket) -> Result<TicketWatch, Rejection> {
    super::get(service, &grant, asked.ticket).await?;
    let stream = WatchEvents {
        wanted: Wanted::of_ticket(asked.ticket),
        start: asked.after.map_or(Start::Now, Start::After),
        progress: asked.progress,
        credential_end: asked.ends.credential,
        ending: asked.ends.stream,
        subject: Some(Subject::Ticket(asked.ticket)),
        sight: Sight::Stream,
    };
    let inner = events::open(service, grant, stream).await?;
    let fresh = asked.after.is_none().then(|| inner.position());
    Ok(TicketWatch { inner, ticket: asked.ticket, fresh, over: false })
}

impl TicketWatch {
    /// The next answer; after an error nothing comes.
    pub async fn next(&mut self) -> Option<Result<TicketNews, Rejection>> {
        if self.over {
            return None;
        }
        let news = match self.inner.next().await? {
            Ok(delivery) => self.tell(delivery).await,
            Err(rejection) => Err(rejection),
        };
        self.over = news.is_err();
        Some(news)
    }

    async fn tell(&mut self, delivery: Delivery) -> Result<TicketNews, Rejection> {
        let Delivery { events: mut changes, mut origins, upto, caught_up, .. } = delivery;
        if let Some(place) = self.fresh.take() {
            let (service, account) = (self.inner.service(), self.inner.grant().account()?);
            let before = history::last_of_ticket(&service.store, account, self.ticket, place, LAST).await;
            let before = before.map_err(|error| error.rejection())?;
            origins.extend(events::origins(service, account, &before).await?);
            changes.splice(..0, before.into_iter().map(Arc::new));
        }
        let ticket = if changes.is_empty() {
            None
        } else {
            Some(super::get(self.inner.service(), self.inner.grant(), self.ticket).await?)
        };
        Ok(TicketNews { ticket, changes, origins, upto, caught_up })
    }
}
