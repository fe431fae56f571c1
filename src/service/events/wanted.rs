//! Which events a caller asked for.

use std::collections::BTreeSet;

use crate::domain::event::{Event, EventType};
use crate::domain::filter::schema::{EVENT, EventField};
use crate::domain::filter::{Case, Pattern, Plan, Scalar, Test, matches};
use crate::domain::ids::{ConversationId, TicketNumber};
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::service::grant::Grant;
use crate::service::{Service, page};

/// A checked event filter.
#[derive(Debug, Clone, PartialEq)]
pub struct Wanted {
    /// Types; empty: all.
    pub kinds: BTreeSet<EventType>,
    /// The filter.
    pub plan: Plan<EventField>,
}

impl Wanted {
    /// Checks `filter`.
    ///
    /// # Errors
    /// [`Rejection::FilterInvalid`] and [`Rejection::FilterField`].
    pub fn new(service: &Service, grant: &Grant, kinds: BTreeSet<EventType>, filter: &str) -> Result<Self, Rejection> {
        Ok(Self { kinds, plan: page::plan(service, grant, &EVENT, filter)? })
    }

    /// Everything of these types.
    pub fn of_kinds(kinds: impl IntoIterator<Item = EventType>) -> Self {
        Self { kinds: kinds.into_iter().collect(), plan: Plan::And(Vec::new()) }
    }

    /// What happens to a ticket.
    pub fn of_ticket(number: TicketNumber) -> Self {
        let plan = Plan::Field(EventField::Ticket, Test::Equals(Scalar::Number(number.0)));
        Self { kinds: BTreeSet::new(), plan }
    }

    /// What happens in a conversation, and what may take it, or what was said in it, elsewhere.
    pub fn of_conversation(id: ConversationId) -> Self {
        let name = Name::Conversation(id).to_string();
        let below = Pattern::new([format!("{name}/"), String::new()]);
        let kinds = [EventType::TicketMerged, EventType::TicketSplit, EventType::TicketExpunged];
        let kinds = kinds.iter().map(|kind| Scalar::Text(kind.code().to_owned())).collect();
        let plan = Plan::Or(vec![
            Plan::Field(EventField::Resource, Test::Equals(Scalar::Text(name))),
            Plan::Field(EventField::Resource, Test::Like(Case::Exact, below)),
            Plan::Field(EventField::Type, Test::In(kinds)),
        ]);
        Self { kinds: BTreeSet::new(), plan }
    }

    /// Whether the event was asked for.
    pub fn has(&self, event: &Event) -> bool {
        (self.kinds.is_empty() || self.kinds.contains(&event.kind)) && matches(&self.plan, event)
    }
}
