//! Reading, through the API alone, what fired and how every conversation stands.

use std::collections::BTreeMap;

use super::super::lists::{Lists, PAGE};
use super::judge::Talk;
use crate::client::{CallError, following_pages, until_answered};
use crate::grpc::pb::v1::{
    Conversation, Event, EventFilter, EventType, ListConversationsRequest, ListEventsRequest, controller::Party,
};

impl Lists {
    /// What fired, by conversation, one text of reasons for each time.
    ///
    /// # Errors
    /// The first page that cannot be read.
    pub async fn fired(&self) -> Result<BTreeMap<String, Vec<String>>, CallError> {
        let filter = EventFilter { types: vec![EventType::HandoffTriggered.into()], filter: String::new() };
        let request = ListEventsRequest {
            parent: self.account.clone(),
            page_size: PAGE,
            event_filter: Some(filter),
            ..ListEventsRequest::default()
        };
        let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let fetch = async |page_token| {
            let request = ListEventsRequest { page_token, ..request.clone() };
            let page =
                until_answered(self.patience, async || self.connection.events().list_events(request.clone()).await);
            page.await.map(|page| (page.events, page.next_page_token))
        };
        following_pages(fetch, |page: Vec<Event>| {
            for event in page {
                let reasons = event.fields.iter().find(|field| field.field == "reasons");
                let reasons = reasons.map(|field| field.after.clone()).unwrap_or_default();
                found.entry(event.resource).or_default().push(reasons);
            }
        })
        .await?;
        Ok(found)
    }

    /// The conversations of a channel, by name.
    ///
    /// # Errors
    /// The first page that cannot be read.
    pub async fn talks(&self, channel: &str) -> Result<BTreeMap<String, Talk>, CallError> {
        let request = ListConversationsRequest {
            parent: self.account.clone(),
            page_size: PAGE,
            filter: format!("channel = \"{}/channels/{channel}\"", self.account),
            ..ListConversationsRequest::default()
        };
        let mut found = BTreeMap::new();
        let fetch = async |page_token| {
            let request = ListConversationsRequest { page_token, ..request.clone() };
            let page = until_answered(self.patience, async || {
                self.connection.conversations().list_conversations(request.clone()).await
            });
            page.await.map(|page| (page.conversations, page.next_page_token))
        };
        following_pages(fetch, |page: Vec<Conversation>| {
            found.extend(page.into_iter().map(|it| (it.name.clone(), talk(&it))));
        })
        .await?;
        Ok(found)
    }
}

fn talk(conversation: &Conversation) -> Talk {
    let party = conversation.controller.as_ref().and_then(|controller| controller.party.as_ref());
    let agent = party.and_then(|party| match party {
        Party::CustomerAgent(name) => Some(name.clone()),
        Party::User(_) => None,
    });
    Talk { agent: agent.unwrap_or_default(), messages: conversation.message_count }
}
