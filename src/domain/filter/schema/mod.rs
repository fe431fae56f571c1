//! The fields of each resource that can be filtered, and those that lists may be ordered by.

mod activity;
mod contact;
mod conversation;
mod event;
mod handoff;
mod notification;
mod records;
mod route;
mod routing;
mod ticket;
mod user;
mod workflow;

pub use activity::{ACTIVITY, ACTIVITY_ORDER, ActivityField};
pub use contact::{CONTACT, CONTACT_ORDER, ContactField};
pub use conversation::{CONVERSATION, ConversationField, MESSAGE, MessageField};
pub use event::{EVENT, EventField};
pub use handoff::{HANDOFF, HANDOFF_ORDER, HandoffField};
pub use notification::{NOTIFICATION, NotificationField};
pub use records::{COMPANY, COMPANY_ORDER, CompanyField, DEAL, DEAL_ORDER, DealField};
pub use route::{ROUTE, Route, RouteField};
pub use routing::{DECISION, DecisionField};
pub use ticket::{TICKET, TICKET_ORDER, TicketField};
pub use user::{USER, UserField};
pub use workflow::{WORKFLOW, WorkflowField};

use super::kind::{Field, IdKind, Kind, Parent, Reference};

/// The codes of an enum of the domain, as a constant, so that the two cannot differ.
macro_rules! codes {
    ($set:ty) => {{
        const COUNT: usize = <$set>::ALL.len();
        const CODES: [&str; COUNT] = {
            let mut codes = [""; COUNT];
            let mut index = 0;
            while index < COUNT {
                codes[index] = <$set>::ALL[index].code();
                index += 1;
            }
            codes
        };
        &CODES
    }};
}
use codes;

const fn field<F>(path: &'static str, id: F, kind: Kind<F>) -> Field<F> {
    Field { path, id, kind, searched: false }
}

/// A field in which a word standing alone is looked for.
const fn searched<F>(path: &'static str, id: F, kind: Kind<F>) -> Field<F> {
    Field { path, id, kind, searched: true }
}

const fn reference<F>(collection: &'static str, id: IdKind) -> Kind<F> {
    Kind::Reference(Reference { collection, id, parent: None })
}

/// A reference whose full name has a level between the account and the resource, held by another field.
const fn reference_below<F>(
    upper: &'static str,
    field: F,
    upper_id: IdKind,
    collection: &'static str,
    id: IdKind,
) -> Kind<F> {
    let parent = Some(Parent { collection: upper, field, id: upper_id });
    Kind::Reference(Reference { collection, id, parent })
}
