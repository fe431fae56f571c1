//! What a stretch of events asks of the index.

use std::collections::BTreeSet;

use uuid::Uuid;

use crate::domain::names::Name;

/// Kinds of event that change no text and move none: the busiest ones. Any other kind is looked into.
const WITHOUT_TEXT: &[&str] = &[
    "ticket.assigned",
    "ticket.unassigned",
    "ticket.status_changed",
    "ticket.closed",
    "ticket.reopened",
    "ticket.followed",
    "ticket.shared",
    "ticket.automation_skipped",
    "message.delivery_changed",
    "routing.decided",
    "queue.entered",
    "queue.left",
    "control.changed",
    "handoff.triggered",
    "handoff.requested",
    "handoff.offered",
    "handoff.accepted",
    "handoff.returned",
    "handoff.completed",
    "handoff.ended",
    "handoff.changed",
    "turn.changed",
    "draft.changed",
    "mail.held",
    "availability.changed",
];

/// What events are about.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Touched {
    /// Tickets whose parts are compared with the index.
    pub tickets: BTreeSet<i64>,
    /// Tickets whose own texts are read anew.
    pub texts: BTreeSet<i64>,
    /// Messages to be read anew.
    pub messages: BTreeSet<Uuid>,
    /// Comments to be read anew.
    pub comments: BTreeSet<Uuid>,
    /// Contacts to be read anew.
    pub contacts: BTreeSet<Uuid>,
}

impl Touched {
    /// Takes an event in: its kind, its resource relative to the account, and its ticket.
    pub fn event(&mut self, kind: &str, resource: &str, ticket: Option<i64>) {
        if WITHOUT_TEXT.contains(&kind) {
            return;
        }
        self.tickets.extend(ticket);
        match Name::parse_path(resource) {
            Ok(Name::Ticket(number)) => {
                self.tickets.insert(number.0);
                self.texts.insert(number.0);
            }
            Ok(Name::Message(_, id)) => self.messages.extend([id.0]),
            Ok(Name::Comment(_, id)) => self.comments.extend([id.0]),
            Ok(Name::Contact(id)) => self.contacts.extend([id.0]),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::event::EventType;

    #[test]
    fn kinds_without_text_are_kinds_of_event() {
        for kind in WITHOUT_TEXT {
            assert!(EventType::from_code(kind).is_some(), "{kind}");
        }
    }

    #[test]
    fn an_event_touches_what_it_names_and_its_ticket() {
        let id = Uuid::from_u128(7);
        let mut touched = Touched::default();
        touched.event("message.received", &format!("conversations/{id}/messages/{id}"), Some(3));
        touched.event("ticket.updated", "tickets/4", Some(4));
        touched.event("something.new", "tickets/5", None);
        touched.event("contact.changed", &format!("contacts/{id}"), None);
        touched.event("ticket.assigned", "tickets/9", Some(9));
        touched.event("config.changed", "channels/mail", None);
        assert_eq!(touched.tickets, BTreeSet::from([3, 4, 5]));
        assert_eq!(touched.texts, BTreeSet::from([4, 5]));
        assert_eq!((touched.messages, touched.contacts), (BTreeSet::from([id]), BTreeSet::from([id])));
        assert!(touched.comments.is_empty());
    }
}
