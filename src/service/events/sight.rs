//! Who sees which event, judged on the records as they are now (A2).

use std::borrow::Borrow;
use std::collections::{BTreeMap, BTreeSet};

use crate::domain::access::{Level, Permission, Rights, Standing};
use crate::domain::event::{Event, EventType};
use crate::domain::ids::{ConversationId, TicketNumber, UserId};
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::service::Service;
use crate::service::grant::Grant;
use crate::storage::read::events::{self, ConversationFacts};

/// What decides whether an event is seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rule {
    /// The caller's rights did, already.
    Said(bool),
    /// Whether the caller may view this ticket.
    Ticket(TicketNumber),
    /// Whether the caller may view this conversation, which had no ticket then.
    Conversation(ConversationId),
}

/// The rule of an event, as the contract says at EventService.
fn rule(rights: &Rights, event: &Event) -> Rule {
    use EventType as E;
    let tickets = rights.has(Permission::TicketsView);
    match (event.ticket, event.kind) {
        (Some(_), _) if !tickets || rights.view.level == Level::None => Rule::Said(false),
        (Some(_), _) if rights.view.level == Level::All => Rule::Said(true),
        (Some(number), _) => Rule::Ticket(number),
        (None, E::UserChanged | E::TeamChanged | E::AvailabilityChanged | E::PresenceChanged) => {
            Rule::Said(rights.has(Permission::UsersView))
        }
        (None, E::ContactChanged | E::ActivityChanged | E::VisitorIdentified) => {
            Rule::Said(rights.has(Permission::ContactsView))
        }
        (None, E::CompanyChanged | E::DealChanged) => Rule::Said(rights.has(Permission::CompaniesView)),
        (None, E::CallChanged) => Rule::Said(rights.has(Permission::ChannelsView)),
        (None, E::ConfigChanged) => {
            Rule::Said(rights.standing == Standing::Full && rights.has(Permission::ChannelsView))
        }
        (None, E::PropertyChanged | E::FormChanged) => Rule::Said(tickets),
        // Nobody else hears when a person reads notifications.
        (None, E::NotificationsChanged) => Rule::Said(person(&event.resource) == rights.user),
        (None, _) if !tickets => Rule::Said(false),
        (None, _) => match conversation(&event.resource) {
            Some(id) => Rule::Conversation(id),
            None => Rule::Said(rights.standing == Standing::Full),
        },
    }
}

fn conversation(resource: &str) -> Option<ConversationId> {
    match Name::parse_path(resource).ok()? {
        Name::Conversation(id)
        | Name::Thread(id, _)
        | Name::Message(id, _)
        | Name::Comment(id, _)
        | Name::Draft(id, _)
        | Name::Turn(id, _) => Some(id),
        _ => None,
    }
}

/// Whose notifications or notification settings a resource is about.
fn person(resource: &str) -> Option<UserId> {
    let id = resource.strip_prefix("users/")?.split('/').next()?;
    UserId::parse(id).ok()
}

/// Those of `events` that the caller may see. Asks the database once for all tickets, and not at all where the level
/// is ALL.
pub(super) async fn visible<E: Borrow<Event>>(
    service: &Service,
    grant: &Grant,
    events: Vec<E>,
) -> Result<Vec<E>, Rejection> {
    let rights = grant.rights();
    let rules: Vec<Rule> = events.iter().map(|event| rule(rights, event.borrow())).collect();
    let conversations = conversations(service, grant, &rules).await?;
    let of_conversations = conversations.values().filter_map(|facts| facts.ticket);
    let of_events = rules.iter().filter_map(|rule| if let Rule::Ticket(number) = rule { Some(*number) } else { None });
    let tickets = tickets(service, grant, of_events.chain(of_conversations).collect()).await?;
    let seen = |rule: &Rule| match rule {
        Rule::Said(seen) => *seen,
        Rule::Ticket(number) => tickets.contains(number),
        Rule::Conversation(id) => conversations.get(id).is_some_and(|facts| follows(rights, facts, &tickets)),
    };
    Ok(events.into_iter().zip(rules).filter(|(_, rule)| seen(rule)).map(|(event, _)| event).collect())
}

/// A conversation is seen with its ticket; without one by the target teams of its channel, and by full standing.
fn follows(rights: &Rights, facts: &ConversationFacts, tickets: &BTreeSet<TicketNumber>) -> bool {
    match facts.ticket {
        Some(number) => tickets.contains(&number),
        None => rights.standing == Standing::Full || facts.teams.iter().any(|team| rights.teams.contains(team)),
    }
}

async fn conversations(
    service: &Service,
    grant: &Grant,
    rules: &[Rule],
) -> Result<BTreeMap<ConversationId, ConversationFacts>, Rejection> {
    let ids: BTreeSet<_> =
        rules.iter().filter_map(|rule| if let Rule::Conversation(id) = rule { Some(*id) } else { None }).collect();
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    events::conversations(&service.store, grant.account()?, &ids).await.map_err(|error| error.rejection())
}

async fn tickets(
    service: &Service,
    grant: &Grant,
    numbers: BTreeSet<TicketNumber>,
) -> Result<BTreeSet<TicketNumber>, Rejection> {
    if numbers.is_empty() || grant.rights().view.level == Level::All {
        return Ok(numbers);
    }
    let found = events::visible_tickets(&service.store, grant.account()?, grant.rights(), &numbers).await;
    found.map_err(|error| error.rejection())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::access::TicketAccess;
    use crate::domain::event::{Actor, SystemActor};
    use crate::domain::time::Timestamp;

    fn event(kind: EventType, resource: &str, ticket: Option<i64>) -> Event {
        Event {
            sequence: 1,
            kind,
            resource: resource.to_owned(),
            ticket: ticket.map(TicketNumber),
            ticket_sequence: 0,
            actor: Actor::System(SystemActor::Timer),
            cause_root: 1,
            cause_depth: 0,
            cause_parent: 0,
            fields: Vec::new(),
            request_id: String::new(),
            time: Timestamp::from_micros(0),
        }
    }

    fn rights(standing: Standing, level: Level, permissions: &[Permission]) -> Rights {
        let view = TicketAccess { level, include_unassigned: false };
        let permissions = permissions.iter().copied().collect();
        Rights { standing, permissions, view, ..Rights::system() }
    }

    /// R-010, C-003: an event never shows more than the record it is about.
    #[test]
    fn events_are_seen_by_the_rights_on_what_they_are_about() {
        use Permission as P;
        let about_ticket = event(EventType::TicketCreated, "tickets/7", Some(7));
        let about_person = event(EventType::UserChanged, "users/mia", None);
        let about_contact = event(EventType::ContactChanged, "contacts/x", None);
        let about_channel = event(EventType::ConfigChanged, "channels/mail", None);
        let judge = |rights: &Rights| {
            [&about_ticket, &about_person, &about_contact, &about_channel].map(|event| rule(rights, event))
        };
        let (yes, no) = (Rule::Said(true), Rule::Said(false));
        let collaborator = rights(Standing::Collaborator, Level::Team, &[P::TicketsView, P::UsersView]);
        assert_eq!(judge(&collaborator), [Rule::Ticket(TicketNumber(7)), yes, no, no]);
        let blind = rights(Standing::Collaborator, Level::None, &[P::TicketsView, P::ContactsView]);
        assert_eq!(judge(&blind), [no, no, yes, no]);
        assert_eq!(judge(&Rights::system()), [yes; 4]);
        let key = rights(Standing::Full, Level::All, &[P::TicketsView]);
        assert_eq!(judge(&key), [yes, no, no, no]);
    }

    #[test]
    fn a_message_without_a_ticket_is_judged_by_its_conversation() {
        let id = "01890a5d-ac96-774b-bcce-b302099a8057";
        let received = event(EventType::MessageReceived, &format!("conversations/{id}/messages/{id}"), None);
        let all = Rights::system();
        let Rule::Conversation(found) = rule(&all, &received) else { panic!("judged by its conversation") };
        assert_eq!(found.to_string(), id);
    }
}
