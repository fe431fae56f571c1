//! Which events a caller asked for.

use std::collections::BTreeSet;

use crate::domain::event::{Event, EventType};
use crate::domain::filter::schema::{EVENT, EventField};
use crate::domain::filter::{Plan, matches};
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

    /// Whether the event was asked for.
    pub fn has(&self, event: &Event) -> bool {
        (self.kinds.is_empty() || self.kinds.contains(&event.kind)) && matches(&self.plan, event)
    }
}
