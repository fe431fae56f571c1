//! What happened to tickets, and what was said, on the wire.

use crate::domain::event::Event;
use crate::domain::ids::AccountId;
use crate::domain::names::Name;
use crate::grpc::convert::{conversation as said, event as convert, ticket, timestamp};
use crate::grpc::pb::v1;
use crate::service::conversations::{ConversationNews, Item, Said};
use crate::service::events::Origins;
use crate::service::tickets::TicketNews;

/// A change of a ticket as callers see it.
pub fn change(account: &AccountId, event: &Event, origins: &Origins) -> v1::TicketChange {
    let told = convert::event(account, event, origins);
    v1::TicketChange {
        event: told.name,
        event_time: told.event_time,
        actor: told.actor,
        cause_chain: told.cause_chain,
        fields: told.fields,
        r#type: told.r#type,
        resource: told.resource,
        sequence: told.sequence,
        ordering_sequence: told.ordering_sequence,
    }
}

/// An answer of a watch over a ticket.
pub fn ticket_news(account: &AccountId, news: &TicketNews, resume_token: String) -> v1::WatchTicketResponse {
    v1::WatchTicketResponse {
        ticket: news.ticket.as_ref().map(|found| ticket::ticket(account, found)),
        ticket_changes: news.changes.iter().map(|event| change(account, event, &news.origins)).collect(),
        resume_token,
        caught_up: news.caught_up,
        progress: news.ticket.is_none(),
    }
}

/// An answer of a watch over a conversation.
pub fn conversation_news(
    account: &AccountId,
    news: &ConversationNews,
    resume_token: String,
) -> v1::WatchConversationResponse {
    let conversation = news.conversation.as_ref();
    v1::WatchConversationResponse {
        feed_items: news.items.iter().map(|item| feed_item(account, conversation, item)).collect(),
        conversation: conversation.map(|found| said::conversation(account, found, news.comments_locked)),
        threads: news.threads.iter().map(|thread| said::thread(account, thread)).collect(),
        resume_token,
        caught_up: news.caught_up,
        progress: news.conversation.is_none(),
        reset: news.reset,
    }
}

fn feed_item(
    account: &AccountId,
    conversation: Option<&crate::domain::conversation::Conversation>,
    item: &Item,
) -> v1::FeedItem {
    use v1::feed_item::Item as Wire;
    let said = match &item.said {
        Said::Message(message) => Wire::Message(said::shown_message(account, message)),
        Said::Comment(comment) => Wire::Comment(said::shown_comment(account, comment)),
        Said::NoComment(id) => {
            let name = conversation.map(|of| Name::Comment(of.id, *id).within(account));
            Wire::DeletedComment(name.unwrap_or_default())
        }
    };
    v1::FeedItem { item: Some(said), sequence: item.sequence, event_time: Some(timestamp(item.time)) }
}
