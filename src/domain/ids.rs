//! Identifiers: cheap to clone, checked where they enter.
//!
//! Chosen ids (account, user, team, channel, pipeline, status, access key) are short text; a ticket has the next
//! number of its account; everything else is a UUIDv7. Callers treat all of them as opaque.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A text that is not an id: `^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$` is the rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an id has 1 to 63 of a-z, 0-9 and -, and neither begins nor ends with -")]
pub struct BadId;

/// Whether `text` may be a chosen id.
pub fn is_chosen_id(text: &str) -> bool {
    let bytes = text.as_bytes();
    let plain = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    matches!(bytes.len(), 1..=63)
        && bytes.iter().all(|b| plain(b) || *b == b'-')
        && bytes.first().is_some_and(plain)
        && bytes.last().is_some_and(plain)
}

/// Whether `text` may be the id of a property: one that field masks can name in JSON, where `order_id` is `orderId`.
pub fn is_property_id(text: &str) -> bool {
    let part = |part: &str| {
        part.bytes().next().is_some_and(|first| first.is_ascii_lowercase())
            && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    };
    text.len() <= 63 && text.split('_').all(part)
}

macro_rules! text_ids {
    ($rule:ident: $($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Checks the rule of these ids.
            ///
            /// # Errors
            /// [`BadId`] when `text` breaks it.
            pub fn parse(text: &str) -> Result<Self, BadId> {
                if $rule(text) { Ok(Self(text.into())) } else { Err(BadId) }
            }

            /// Takes an id as it was stored.
            pub fn stored(text: impl Into<Arc<str>>) -> Self {
                Self(text.into())
            }

            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}", self.0)
            }
        }
    )*};
}

text_ids! {
    is_property_id:
    /// A property that an account adds to its tickets.
    PropertyId,
}

text_ids! {
    is_chosen_id:
    /// A tenant.
    AccountId,
    /// A person of the account.
    UserId,
    /// A team of people.
    TeamId,
    /// A way in and out.
    ChannelId,
    /// A ticket pipeline.
    PipelineId,
    /// A status, unique within its pipeline.
    StatusId,
    /// A machine credential.
    AccessKeyId,
    /// A view of tickets that somebody made.
    ViewId,
    /// A text that replies insert.
    TextBlockId,
    /// Something that people can do and tickets ask for.
    SkillId,
    /// What happens by itself to tickets that come in.
    WorkflowId,
    /// An automatic agent that answers contacts.
    CustomerAgentId,
}

macro_rules! uuid_ids {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// Reads the lower-case hyphenated form; nothing else is an id.
            ///
            /// # Errors
            /// [`BadId`] for any other text.
            pub fn parse(text: &str) -> Result<Self, BadId> {
                let id = Uuid::try_parse(text).map_err(|_| BadId)?;
                if id.hyphenated().to_string() == text { Ok(Self(id)) } else { Err(BadId) }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }
    )*};
}

uuid_ids! {
    /// Somebody who writes in.
    ContactId,
    /// All that was said on one ticket.
    ConversationId,
    /// One strand on one channel.
    ThreadId,
    /// One message between the contact and us.
    MessageId,
    /// One internal comment.
    CommentId,
    /// Something a person is told.
    NotificationId,
    /// One routing decision.
    DecisionId,
    /// One telephone call.
    CallId,
    /// One reply that is not sent.
    DraftId,
    /// One file.
    AttachmentId,
    /// An organisation.
    CompanyId,
    /// Business under way.
    DealId,
    /// Something that was done with a contact, a company or about a deal.
    ActivityId,
    /// A ticket on its way through a workflow.
    RunId,
    /// A hand-off.
    HandoffId,
}

/// The number of a ticket, unique in its account, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TicketNumber(pub i64);

impl TicketNumber {
    /// Reads a positive decimal number without sign or leading zero.
    ///
    /// # Errors
    /// [`BadId`] for any other text.
    pub fn parse(text: &str) -> Result<Self, BadId> {
        let plain = !text.starts_with('0') && text.bytes().all(|b| b.is_ascii_digit());
        if plain { text.parse().map(Self).map_err(|_| BadId) } else { Err(BadId) }
    }
}

impl fmt::Display for TicketNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chosen_ids_follow_the_rule() {
        for good in ["a", "0", "mia", "team-7", &"x".repeat(63)] {
            assert!(is_chosen_id(good), "{good}");
        }
        for bad in ["", "-a", "a-", "A", "a_b", "a b", "é", &"x".repeat(64)] {
            assert!(!is_chosen_id(bad), "{bad}");
        }
    }

    #[test]
    fn ids_of_properties_survive_the_json_of_field_masks() {
        for good in ["a", "order_id", "line2_total", &"x".repeat(63)] {
            assert!(is_property_id(good), "{good}");
        }
        for bad in ["", "_a", "a_", "a__b", "a_2", "2a", "A", "a-b", "a.b", &"x".repeat(64)] {
            assert!(!is_property_id(bad), "{bad}");
        }
    }

    #[test]
    fn only_the_canonical_form_of_a_uuid_is_an_id() {
        let text = "01890a5d-ac96-774b-bcce-b302099a8057";
        assert!(ContactId::parse(text).is_ok());
        assert!(ContactId::parse(&text.to_uppercase()).is_err());
        assert!(ContactId::parse(&text.replace('-', "")).is_err());
    }

    #[test]
    fn ticket_numbers_are_plain_decimals() {
        assert_eq!(TicketNumber::parse("1042"), Ok(TicketNumber(1042)));
        for bad in ["", "0", "01", "-1", "+1", "1.0", "99999999999999999999"] {
            assert!(TicketNumber::parse(bad).is_err(), "{bad}");
        }
    }
}
