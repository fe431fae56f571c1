//! Reading, through the API alone, what was handed over and how every conversation stands.

use std::collections::BTreeMap;

use super::super::lists::{Lists, PAGE};
use super::judge::{HandedOver, Talk};
use crate::client::{CallError, following_pages, until_answered};
use crate::grpc::pb::v1::{
    Conversation, Handoff, HandoffState, ListConversationsRequest, ListHandoffsRequest, controller::Party,
};

impl Lists {
    /// What was handed over, by conversation.
    ///
    /// # Errors
    /// The first page that cannot be read.
    pub async fn handed_over(&self) -> Result<BTreeMap<String, Vec<HandedOver>>, CallError> {
        let request =
            ListHandoffsRequest { parent: self.account.clone(), page_size: PAGE, ..ListHandoffsRequest::default() };
        let mut found: BTreeMap<String, Vec<HandedOver>> = BTreeMap::new();
        let fetch = async |page_token| {
            let request = ListHandoffsRequest { page_token, ..request.clone() };
            let page =
                until_answered(self.patience, async || self.connection.handoffs().list_handoffs(request.clone()).await);
            page.await.map(|page| (page.handoffs, page.next_page_token))
        };
        following_pages(fetch, |page: Vec<Handoff>| {
            for handoff in page {
                found.entry(handoff.conversation.clone()).or_default().push(handed(&handoff));
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

fn handed(handoff: &Handoff) -> HandedOver {
    let reasons =
        handoff.reasons.iter().map(|fired| fired.reason().as_str_name().trim_start_matches("HANDOFF_REASON_"));
    HandedOver {
        reasons: reasons.collect::<Vec<_>>().join(","),
        given: handoff.state() == HandoffState::Accepting && !handoff.user.is_empty(),
        told: !handoff.transition_message.is_empty(),
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
