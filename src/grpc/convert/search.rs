//! Hits of a search on the wire.

use crate::domain::ids::{AccountId, CommentId, ContactId, ConversationId, MessageId};
use crate::domain::names::Name;
use crate::domain::search::{Field, Query, excerpt};
use crate::grpc::convert::ticket::ticket;
use crate::grpc::pb::v1;
use crate::service::tickets::{Hit, Shown};

/// A hit as callers see it; `text` is the query.
pub fn hit(account: &AccountId, hit: &Hit, text: &str) -> v1::TicketHit {
    let query = Query::parse(text).ok();
    let snippet = hit.shown.as_ref().zip(query.as_ref()).map(|(shown, query)| excerpt(&shown.text, query));
    let own = Name::Ticket(hit.ticket.number);
    let source = hit.shown.as_ref().map(|shown| source(shown).unwrap_or(own).within(account));
    v1::TicketHit {
        ticket: Some(ticket(account, &hit.ticket)),
        field: hit.shown.as_ref().map_or(v1::SearchField::Unspecified, |shown| field(shown.field)).into(),
        source: source.unwrap_or_default(),
        snippet: snippet.unwrap_or_default(),
    }
}

fn source(shown: &Shown) -> Option<Name> {
    let (id, conversation) = shown.source?;
    let conversation = conversation.map(ConversationId);
    match shown.field {
        Field::Message => conversation.map(|conversation| Name::Message(conversation, MessageId(id))),
        Field::Comment => conversation.map(|conversation| Name::Comment(conversation, CommentId(id))),
        Field::Contact => Some(Name::Contact(ContactId(id))),
        Field::Subject | Field::Description => None,
    }
}

fn field(field: Field) -> v1::SearchField {
    match field {
        Field::Subject => v1::SearchField::Subject,
        Field::Contact => v1::SearchField::Contact,
        Field::Description => v1::SearchField::Description,
        Field::Message => v1::SearchField::Message,
        Field::Comment => v1::SearchField::Comment,
    }
}
