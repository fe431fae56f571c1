//! The one allocator: every automatic way to an owner goes through it (C-041, C-055).

use rand::SeedableRng;
use rand::rngs::SmallRng;

use super::desk::Desk;
use super::notifications::tell_owner;
use super::tickets::assignment_changes;
use crate::domain::channel::Channel;
use crate::domain::event::{Actor, EventType, SystemActor};
use crate::domain::ids::{DecisionId, TicketNumber};
use crate::domain::names::Name;
use crate::domain::routing::{Decision, Facts, Outcome, RecordedDecision, RoutingCause, decide};
use crate::domain::ticket::Ticket;
use crate::storage::lane::EffectKind;

/// Decides about a stored ticket of `channel` and writes owner, load, decision and events.
pub fn route(
    desk: &mut Desk<'_, '_>,
    number: TicketNumber,
    channel: &Channel,
    cause: RoutingCause,
) -> RecordedDecision {
    let span = tracing::info_span!("routing.decide", ticket = number.0, outcome = tracing::field::Empty);
    let _entered = span.clone().entered();
    let before = desk.saved_ticket(number);
    let (now, seed) = (desk.session.now(), desk.session.random());
    let decision = decide_about(desk, &before, channel, seed);
    let mut after = before.clone();
    match &decision.outcome {
        Outcome::Assigned(user) => {
            after.assign(user.clone(), now);
            span.record("outcome", "assigned");
        }
        Outcome::LeftUnassigned(reason) => {
            after.owner = None;
            after.unassigned_reason = Some(*reason);
            after.teams.extend(decision.teams.iter().cloned());
            span.record("outcome", reason.code());
        }
    }
    let id = DecisionId(desk.session.new_id());
    let fields = assignment_changes(desk, &before, &after);
    desk.move_load(Some(&before), &after, matches!(decision.outcome, Outcome::Assigned(_)));
    if after != before {
        desk.save_ticket(after.clone());
    }
    let router = Actor::System(SystemActor::Router);
    let place = Name::Decision(number, id);
    let sequence = desk.session.record(
        EventType::RoutingDecided,
        place.to_string(),
        Some(number),
        Vec::new(),
        Some(router.clone()),
    );
    if !fields.is_empty() {
        desk.automatic_event(EventType::TicketAssigned, number, fields, router.clone());
        let cause = Name::ChannelRouting(channel.id.clone()).to_string();
        desk.session.effect(EffectKind::Assigned, Name::Ticket(number).to_string(), &cause, decision.summary.clone());
        tell_owner(desk, before.owner.as_ref(), &after, &router);
    }
    let recorded = RecordedDecision {
        id,
        ticket: number,
        cause,
        decide_time: now,
        channel: channel.id.clone(),
        routing_version: channel.routing_version,
        routing: channel.routing.clone(),
        seed: i64::from_ne_bytes(seed.to_ne_bytes()),
        decision,
        sequence,
    };
    desk.session.world.decisions.put(id, recorded.clone());
    recorded
}

/// The decision alone, on the facts as the desk has them.
fn decide_about(desk: &mut Desk<'_, '_>, ticket: &Ticket, channel: &Channel, seed: u64) -> Decision {
    let contact = ticket.contact.and_then(|id| desk.world().contacts.get(&id).cloned());
    let owner =
        contact.as_ref().and_then(|c| c.owner.as_ref()).and_then(|id| desk.world().people().users.get(id)).cloned();
    let owner_load = owner.as_ref().map(|user| desk.world().load(&user.id)).unwrap_or_default();
    decide(
        &Facts {
            routing: &channel.routing,
            contact: contact.as_ref(),
            contact_owner: owner.as_ref().map(|user| (user, owner_load)),
            pool: desk.session.world.pool(&channel.id),
        },
        &mut SmallRng::seed_from_u64(seed),
    )
}
