//! What the log says happened, judged change by change.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use helpdesk::grpc::pb::v1::{self, EventType as E, actor::Kind};

use crate::support::app::user_name;

/// One person, as of the last change.
#[derive(Debug)]
struct Person {
    available: bool,
    limit: Option<i64>,
    open: i64,
}

impl Person {
    fn has_room(&self) -> bool {
        self.available && self.limit.is_none_or(|limit| self.open < limit)
    }
}

/// The desk as the log tells it.
#[derive(Debug, Default)]
pub struct Judge {
    people: BTreeMap<String, Person>,
    /// Owner of each open ticket; empty for none.
    tickets: BTreeMap<String, String>,
    waiting: BTreeSet<String>,
    closed: usize,
    /// Whether people only receive: then nobody ever has two more than another.
    pub only_receiving: bool,
    /// Tickets that routing gave out, and those of them that had waited.
    pub given: usize,
    pub served: usize,
    /// Since when a place is free while somebody waits, and the longest that it was.
    free_since: Option<Duration>,
    pub longest_free: Duration,
    now: Duration,
}

impl Judge {
    pub fn new(people: &[&str]) -> Self {
        let person = |id: &&str| (user_name(id), Person { available: true, limit: None, open: 0 });
        Self { people: people.iter().map(person).collect(), ..Self::default() }
    }

    pub fn tickets(&self) -> usize {
        self.closed + self.tickets.len()
    }

    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// Open tickets with an owner.
    pub fn owned(&self) -> impl Iterator<Item = &str> {
        self.tickets.iter().filter(|(_, owner)| !owner.is_empty()).map(|(ticket, _)| ticket.as_str())
    }

    /// Takes over what happened. Events of one transaction have one time: between them nothing is judged but limits.
    pub fn see(&mut self, events: &[v1::Event]) {
        for event in events {
            let time = event.event_time.expect("a time");
            let time =
                Duration::new(time.seconds.try_into().expect("after 1970"), time.nanos.try_into().expect("a part"));
            if time != self.now {
                self.close_transaction();
                self.now = time;
            }
            self.happened(event);
        }
        self.close_transaction();
    }

    /// After a transaction: whether somebody waits while there is room.
    fn close_transaction(&mut self) {
        let free = !self.waiting.is_empty() && self.people.values().any(Person::has_room);
        if free {
            self.free_since.get_or_insert(self.now);
        } else if let Some(since) = self.free_since.take() {
            // The transaction that ended it has this time.
            self.longest_free = self.longest_free.max(self.now.saturating_sub(since));
        }
    }

    fn happened(&mut self, event: &v1::Event) {
        let field = |name: &str| event.fields.iter().find(|field| field.field == name);
        match event.r#type() {
            E::AvailabilityChanged => {
                let person = self.people.get_mut(&event.resource).expect("one of them");
                person.available = field("availability.state").expect("the state").after == "AVAILABLE";
            }
            E::UserChanged => {
                if let Some((person, field)) = self.people.get_mut(&event.resource).zip(field("capacity")) {
                    person.limit = field.after.strip_prefix("total=").map(|limit| limit.parse().expect("a number"));
                }
            }
            E::TicketCreated => assert_eq!(self.tickets.insert(event.ticket.clone(), String::new()), None),
            E::TicketAssigned => {
                if let Some(owner) = field("owner") {
                    self.assigned(event, &owner.before, &owner.after);
                }
            }
            E::TicketClosed => {
                let owner = self.tickets.remove(&event.ticket).expect("an open ticket");
                self.people.get_mut(&owner).expect("its owner").open -= 1;
                self.closed += 1;
            }
            E::QueueEntered => assert!(self.waiting.insert(event.ticket.clone()), "{event:?}"),
            E::QueueLeft => assert!(self.waiting.remove(&event.ticket), "{event:?}"),
            _ => {}
        }
    }

    /// Routing gave a ticket to somebody: who had room, was there, and is not ahead of the others.
    fn assigned(&mut self, event: &v1::Event, before: &str, after: &str) {
        assert!(
            matches!(event.actor.as_ref().and_then(|actor| actor.kind.as_ref()), Some(Kind::System(_))),
            "{event:?}"
        );
        let owner = self.tickets.get_mut(&event.ticket).expect("an open ticket");
        assert_eq!((owner.as_str(), before), ("", ""), "given to two: {event:?}");
        after.clone_into(owner);
        let person = self.people.get_mut(after).expect("one of them");
        assert!(person.has_room(), "over a limit, or to somebody away: {event:?} {person:?}");
        person.open += 1;
        self.given += 1;
        self.served += usize::from(self.waiting.contains(&event.ticket));
        let open = || self.people.values().map(|person| person.open);
        let spread = open().max().unwrap_or_default() - open().min().unwrap_or_default();
        assert!(!self.only_receiving || spread <= 1, "uneven: {event:?} {:?}", self.people);
    }

    /// Whether the service says the same: every open ticket has its one owner, and the counts are right.
    pub fn agrees(&self, open: &[(String, String)], loads: &[(String, i32)]) {
        let open: BTreeMap<String, String> = open.iter().cloned().collect();
        assert_eq!(open, self.tickets);
        assert!(open.values().all(|owner| !owner.is_empty()), "{open:?}");
        for (user, count) in loads {
            let Some(person) = self.people.get(user) else { continue };
            assert_eq!(i64::from(*count), person.open, "{user}");
        }
    }
}
