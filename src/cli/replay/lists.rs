//! Reading through the API, and through it alone, what a replay left behind.

use std::time::Duration;

use super::judge::{Findings, StoredMessage, StoredTicket};
use super::plan::Way;
use crate::client::{CallError, Connection, Patience, following_pages, until_answered};
use crate::grpc::pb::v1::{
    ListEventsRequest, ListMessagesRequest, ListRoutingDecisionsRequest, ListTicketsRequest, RoutingDecision, Ticket,
    TicketState,
};

/// Items on a page: the most that the service gives.
pub(super) const PAGE: i32 = 200;

/// Reads lists of one account.
#[derive(Debug, Clone)]
pub struct Lists {
    pub(super) connection: Connection,
    /// `accounts/..`.
    pub(super) account: String,
    /// How long each page is tried.
    pub(super) patience: Patience,
}

fn stored(ticket: Ticket) -> StoredTicket {
    StoredTicket { open: ticket.state() == TicketState::Open, name: ticket.name, owner: ticket.owner }
}

impl Lists {
    /// Lists of `account` (`accounts/..`); each page is tried for `patience`.
    pub fn of(connection: &Connection, account: &str, patience: Duration) -> Self {
        Self { connection: connection.clone(), account: account.to_owned(), patience: Patience::of(patience, 0) }
    }

    /// Everything that the judgement of a replay needs.
    ///
    /// # Errors
    /// The first page that cannot be read.
    pub async fn findings(&self) -> Result<Findings, CallError> {
        let decided = self.decisions().await?.into_iter().map(|decision| decision.ticket).collect();
        let mut found = Findings { decided, sequence: self.sequence().await?, ..Findings::default() };
        for way in Way::ALL {
            found.messages.extend(self.messages(way.channel()).await?);
            found.tickets.extend(self.tickets(way.channel()).await?.into_iter().map(stored));
        }
        Ok(found)
    }

    /// Inbound messages of a channel.
    ///
    /// # Errors
    /// The first page that cannot be read.
    pub async fn messages(&self, channel: &str) -> Result<Vec<StoredMessage>, CallError> {
        let channel = format!("{}/channels/{channel}", self.account);
        let request = ListMessagesRequest {
            parent: format!("{}/conversations/-", self.account),
            page_size: PAGE,
            filter: format!("channel = \"{channel}\" AND direction = INBOUND"),
            ..ListMessagesRequest::default()
        };
        let mut found = Vec::new();
        let fetch = async |page_token| {
            let request = ListMessagesRequest { page_token, ..request.clone() };
            let page = until_answered(self.patience, async || {
                self.connection.conversations().list_messages(request.clone()).await
            });
            page.await.map(|page| (page.messages, page.next_page_token))
        };
        following_pages(fetch, |page| {
            found.extend(page.into_iter().map(|message| StoredMessage {
                external_id: bare_id(&message.external_id).to_owned(),
                text: message.body.unwrap_or_default().text,
            }));
        })
        .await?;
        Ok(found)
    }

    /// The tickets of a channel, oldest first.
    ///
    /// # Errors
    /// The first page that cannot be read.
    pub async fn tickets(&self, channel: &str) -> Result<Vec<Ticket>, CallError> {
        let request = ListTicketsRequest {
            parent: self.account.clone(),
            page_size: PAGE,
            filter: format!("channel = \"{}/channels/{channel}\"", self.account),
            order_by: "number".to_owned(),
            ..ListTicketsRequest::default()
        };
        let mut found = Vec::new();
        let fetch = async |page_token| {
            let request = ListTicketsRequest { page_token, ..request.clone() };
            let page =
                until_answered(self.patience, async || self.connection.tickets().list_tickets(request.clone()).await);
            page.await.map(|page| (page.tickets, page.next_page_token))
        };
        following_pages(fetch, |page| found.extend(page)).await?;
        Ok(found)
    }

    /// Every decision.
    ///
    /// # Errors
    /// The first page that cannot be read.
    pub async fn decisions(&self) -> Result<Vec<RoutingDecision>, CallError> {
        let request = ListRoutingDecisionsRequest {
            parent: format!("{}/tickets/-", self.account),
            page_size: PAGE,
            ..ListRoutingDecisionsRequest::default()
        };
        let mut found = Vec::new();
        let fetch = async |page_token| {
            let request = ListRoutingDecisionsRequest { page_token, ..request.clone() };
            let page = until_answered(self.patience, async || {
                self.connection.routing().list_routing_decisions(request.clone()).await
            });
            page.await.map(|page| (page.routing_decisions, page.next_page_token))
        };
        following_pages(fetch, |page| found.extend(page)).await?;
        Ok(found)
    }

    async fn sequence(&self) -> Result<Vec<i64>, CallError> {
        let request =
            ListEventsRequest { parent: self.account.clone(), page_size: PAGE, ..ListEventsRequest::default() };
        let mut found = Vec::new();
        let fetch = async |page_token| {
            let request = ListEventsRequest { page_token, ..request.clone() };
            let page =
                until_answered(self.patience, async || self.connection.events().list_events(request.clone()).await);
            page.await.map(|page| (page.events, page.next_page_token))
        };
        following_pages(fetch, |page| found.extend(page.into_iter().map(|event| event.sequence))).await?;
        Ok(found)
    }
}

/// A Message-ID without its angle brackets; any other id as it is.
pub fn bare_id(id: &str) -> &str {
    id.strip_prefix('<').and_then(|id| id.strip_suffix('>')).unwrap_or(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_brackets_are_taken_off() {
        assert_eq!(["<a@b>", "a@b", "<a"].map(bare_id), ["a@b", "a@b", "<a"]);
    }
}
