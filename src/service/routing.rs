//! The one allocator: every automatic way to an owner goes through it (C-041, C-055).

use std::time::Duration;

use rand::SeedableRng;
use rand::rngs::SmallRng;

use super::decisions::FoundDecision;
use super::desk::Desk;
use super::mail::SystemMail;
use super::notifications::tell_owner;
use super::queue;
use super::tickets::assignment_changes;
use crate::domain::channel::{Channel, WhenFull};
use crate::domain::contact::Contact;
use crate::domain::conversation::{Direction, Message};
use crate::domain::event::{Actor, EventType, SystemActor};
use crate::domain::filter::schema::Route;
use crate::domain::ids::{ContactId, DecisionId, TicketNumber, UserId};
use crate::domain::names::Name;
use crate::domain::routing::{
    CapacityGroup, Decision, Demand, Moment, Named, Outcome, Plan, Pool, RecordedDecision, RoutingCause, Subject,
    UnassignedReason, away, decide, first_match, standing_blockers,
};
use crate::domain::ticket::Ticket;
use crate::domain::time::Timestamp;
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
    let seed = desk.session.random();
    let decision = without_own_load(desk, &before, |desk| decide_about(desk, &before, channel, cause, seed, &[]));
    span.record("outcome", outcome_code(&decision.outcome));
    carry_out(desk, &before, channel, cause, &decision);
    let recorded = record(desk, number, channel, cause, seed, decision);
    if recorded.decision.outcome == Outcome::LeftUnassigned(UnassignedReason::OwnerAway)
        && cause != RoutingCause::Manual
    {
        mail_owner(desk, &before);
    }
    recorded
}

/// How a hand-off asks for a person.
#[derive(Debug, Clone, Copy)]
pub struct HandoffAsks<'a> {
    /// A channel whose routing is that of the hand-off.
    pub channel: &'a Channel,
    /// Who does not get it again.
    pub except: &'a [UserId],
    /// It is only offered: the ticket stays as it is.
    pub offer: bool,
    /// It was asked for before: where there is still nobody, nothing is written.
    pub again: bool,
}

/// Decides about a ticket that is handed to people: by the same allocator, with a target of its own. None where it was
/// asked for before and there is still nobody.
pub fn route_handoff(desk: &mut Desk<'_, '_>, number: TicketNumber, asks: HandoffAsks<'_>) -> Option<RecordedDecision> {
    let (before, cause, seed) = (desk.saved_ticket(number), RoutingCause::Handoff, desk.session.random());
    let decision = decide_about(desk, &before, asks.channel, cause, seed, asks.except);
    let found = matches!(decision.outcome, Outcome::Assigned(_));
    if asks.again && !found {
        return None;
    }
    if !(asks.offer && found) {
        carry_out(desk, &before, asks.channel, cause, &decision);
    }
    Some(record(desk, number, asks.channel, cause, seed, decision))
}

/// Decides as if nobody had the ticket: its owner is one candidate among others, and it is not counted against the owner.
fn without_own_load<T>(desk: &mut Desk<'_, '_>, ticket: &Ticket, decide: impl FnOnce(&mut Desk<'_, '_>) -> T) -> T {
    let Some(owner) = ticket.owner.as_ref().filter(|_| ticket.is_work()) else { return decide(desk) };
    let group = CapacityGroup::of(ticket.source);
    desk.add_load(owner, group, -1);
    let decided = decide(desk);
    desk.add_load(owner, group, 1);
    decided
}

/// Whom a ticket that waits asks for now; nobody where it would not wait any more.
pub fn wanted(desk: &mut Desk<'_, '_>, ticket: &Ticket, channel: &Channel) -> Option<Demand> {
    let plan = plan_of(desk, ticket, None, channel, RoutingCause::Served);
    plan.demand(CapacityGroup::of(ticket.source)).filter(|_| plan.when_full == WhenFull::Queue)
}

/// Whether somebody may take a ticket that waits now.
pub fn could_take(desk: &mut Desk<'_, '_>, ticket: &Ticket, channel: &Channel) -> bool {
    let (seed, except) = (desk.session.random(), let_go(desk, ticket, channel));
    let decision = decide_about(desk, ticket, channel, RoutingCause::Served, seed, except.as_slice());
    matches!(decision.outcome, Outcome::Assigned(_))
}

/// Who let a ticket that waits go and does not get it back yet: not before it has waited for as long again.
pub fn let_go(desk: &Desk<'_, '_>, ticket: &Ticket, channel: &Channel) -> Option<UserId> {
    let routed = &ticket.life.routed;
    let again = routed.waiting_since?.plus(Duration::from_secs(channel.routing.return_after?.into()));
    routed.let_go_by.clone().filter(|_| desk.session.now() < again)
}

/// Gives a ticket that waits to whom may take it now; when nobody may, nothing is written. Where the channel does not let
/// tickets wait any more, it is left to people, with the reason. Says whether it has left the queue.
pub fn serve_one(desk: &mut Desk<'_, '_>, ticket: &Ticket, channel: &Channel) -> bool {
    let (cause, seed, except) = (RoutingCause::Served, desk.session.random(), let_go(desk, ticket, channel));
    let decision = decide_about(desk, ticket, channel, cause, seed, except.as_slice());
    if matches!(decision.outcome, Outcome::Queued(_)) {
        return false;
    }
    carry_out(desk, ticket, channel, cause, &decision);
    record(desk, ticket.number, channel, cause, seed, decision);
    true
}

/// The same, with what brought the decision about.
pub fn route_found(
    desk: &mut Desk<'_, '_>,
    number: TicketNumber,
    channel: &Channel,
    cause: RoutingCause,
) -> FoundDecision {
    let decision = route(desk, number, channel, cause);
    let events = &desk.world().events;
    let event = events.peek(&decision.sequence).cloned();
    let root = event.as_ref().and_then(|event| events.peek(&event.cause_root));
    FoundDecision { root_actor: root.map(|root| root.actor.clone()), event, decision }
}

fn outcome_code(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Assigned(_) => "assigned",
        Outcome::LeftUnassigned(reason) | Outcome::Queued(reason) => reason.code(),
    }
}

/// Whom a way that is not a channel's gives a ticket to: the decision alone, by the one allocator.
pub fn rotate(desk: &mut Desk<'_, '_>, ticket: &Ticket, plan: &Plan) -> Decision {
    let group = CapacityGroup::of(ticket.source);
    let subject = Subject { contact: None, contact_owner: None, group, except: &[] };
    let moment = Moment { now: desk.session.now(), ramp: None, behind: false };
    let seed = desk.session.random();
    without_own_load(desk, ticket, |desk| decide_at(desk, &subject, plan, moment, seed))
}

/// The decision alone, on the facts as the desk has them.
fn decide_about(
    desk: &mut Desk<'_, '_>,
    ticket: &Ticket,
    channel: &Channel,
    cause: RoutingCause,
    seed: u64,
    except: &[UserId],
) -> Decision {
    let contact = ticket.contact.and_then(|id| desk.world().contacts.peek(&id).cloned());
    let owner =
        contact.as_ref().and_then(|c| c.owner.as_ref()).and_then(|id| desk.world().people().users.get(id)).cloned();
    let owner_load = owner.as_ref().map(|user| desk.world().load(&user.id)).unwrap_or_default();
    let subject = Subject {
        contact: contact.as_ref(),
        contact_owner: owner.as_ref().map(|user| (user, owner_load, desk.world().account.limits_of(user))),
        group: CapacityGroup::of(ticket.source),
        except,
    };
    let plan = plan_of(desk, ticket, contact.as_ref(), channel, cause);
    let backlog = cause == RoutingCause::Served && channel.routing.ramp > 0;
    let ramp = backlog.then(|| Duration::from_secs(channel.routing.ramp.into()));
    let moment = Moment { now: desk.session.now(), ramp, behind: false };
    let decision = decide_at(desk, &subject, &plan, moment, seed);
    let waits_its_turn = !matches!(cause, RoutingCause::Served | RoutingCause::Manual);
    match &decision.outcome {
        Outcome::Assigned(user) if waits_its_turn && queue::is_behind(desk, ticket, &plan, user) => {
            decide_at(desk, &subject, &plan, Moment { behind: true, ..moment }, seed)
        }
        _ => decision,
    }
}

/// The decision of a moment, on whom the plan asks for.
fn decide_at(desk: &mut Desk<'_, '_>, subject: &Subject<'_>, plan: &Plan, moment: Moment, seed: u64) -> Decision {
    let mut dice = SmallRng::seed_from_u64(seed);
    match plan.demand(subject.group) {
        Some(demand) => decide(subject, plan, desk.session.world.pool(&demand), moment, &mut dice),
        None => decide(subject, plan, &Pool::empty(subject.group), moment, &mut dice),
    }
}

/// The way of a ticket. Which rule it falls under is settled once, by its first message; later decisions remember it.
fn plan_of(
    desk: &mut Desk<'_, '_>,
    ticket: &Ticket,
    contact: Option<&Contact>,
    channel: &Channel,
    cause: RoutingCause,
) -> Plan {
    let routing = channel.routing.bought(|feature| desk.includes(feature));
    let (now, rules) = (desk.session.now(), &routing.rules);
    let anew = matches!(cause, RoutingCause::Created | RoutingCause::Moved | RoutingCause::Manual);
    let waited = ticket.life.routed.waiting_since.map(|since| now.since(since)).unwrap_or_default();
    let rule = if anew {
        let message = first_message(desk, ticket);
        let (route, account) = (Route { ticket, contact, message: message.as_ref() }, desk.account());
        first_match(rules, &route, &mut desk.session.world.conditions, &account, now)
    } else {
        rules.iter().find(|rule| rule.enabled && rule.id == ticket.life.routed.rule)
    };
    Plan::of(&routing, rule, waited)
}

/// The first message of the contact that is at hand.
fn first_message(desk: &Desk<'_, '_>, ticket: &Ticket) -> Option<Message> {
    let of_ticket = |message: &&Message| {
        message.direction == Direction::Inbound && ticket.conversations.contains(&message.conversation)
    };
    let said = desk.world().messages.values().filter(of_ticket);
    said.min_by_key(|message| (message.create_time, message.id)).cloned()
}

/// Writes what was decided to the ticket, with its load and its events.
fn carry_out(desk: &mut Desk<'_, '_>, before: &Ticket, channel: &Channel, cause: RoutingCause, decision: &Decision) {
    let (number, now) = (before.number, desk.session.now());
    let mut after = before.clone();
    after.life.routed.rule = decision.way.rule.clone().unwrap_or_default();
    match &decision.outcome {
        Outcome::Assigned(user) => {
            after.assign(user.clone(), now);
            after.life.routed.return_time = return_time(desk, user, channel);
        }
        Outcome::LeftUnassigned(reason) | Outcome::Queued(reason) => {
            after.owner = None;
            after.unassigned_reason = Some(*reason);
            after.teams.extend(decision.teams.iter().cloned());
        }
    }
    let waits = matches!(decision.outcome, Outcome::Queued(_)).then(|| before.life.routed.waiting_since.unwrap_or(now));
    after.life.routed.waiting_since = waits;
    let fields = assignment_changes(desk, before, &after);
    desk.move_load(Some(before), &after, matches!(decision.outcome, Outcome::Assigned(_)));
    if let Outcome::Assigned(user) = &decision.outcome
        && cause == RoutingCause::Served
    {
        desk.mark_backlog(user);
    }
    if after != *before {
        desk.save_ticket(after.clone());
    }
    if waits.is_some() && !before.waits() {
        queue::entered(desk, number);
    }
    if let Some(due) = after.life.routed.return_time.filter(|_| after.owner != before.owner) {
        queue::watch(desk, due);
    }
    if !fields.is_empty() {
        let router = Actor::System(SystemActor::Router);
        desk.automatic_event(EventType::TicketAssigned, number, fields, router.clone());
        let cause = Name::ChannelRouting(channel.id.clone()).to_string();
        desk.session.effect(EffectKind::Assigned, Name::Ticket(number).to_string(), &cause, decision.summary.clone());
        tell_owner(desk, before.owner.as_ref(), &after, &router);
    }
}

/// Routes a ticket that was opened again, where its channel says so and its owner could not get it now (C-037).
pub fn reroute_reopened(desk: &mut Desk<'_, '_>, number: TicketNumber) -> Option<FoundDecision> {
    let ticket = desk.saved_ticket(number);
    let channel = ticket.channel.as_ref().and_then(|id| desk.world().people().channels.get(id)).cloned();
    let channel = channel.filter(|channel| channel.routing.reroute_reopened)?;
    let owner = desk.world().people().users.get(ticket.owner.as_ref()?)?;
    let gone = channel.routing.available_only && away(owner, desk.session.now()).is_some();
    if !gone && standing_blockers(owner, Named::Fully).is_empty() {
        return None;
    }
    Some(route_found(desk, number, &channel, RoutingCause::Reopened))
}

/// When a ticket goes back that is given to `user` now and not touched (off by default).
fn return_time(desk: &Desk<'_, '_>, user: &UserId, channel: &Channel) -> Option<Timestamp> {
    let span = Duration::from_secs(channel.routing.return_after?.into());
    let hours = &desk.world().people().users.get(user)?.work.schedule.hours;
    Some(hours.after_open(desk.session.now(), span))
}

/// Takes a ticket back from an owner who did not touch it: to somebody else where the channel queues, else to nobody.
pub fn take_back(desk: &mut Desk<'_, '_>, ticket: &Ticket) {
    let channel = ticket.channel.as_ref().and_then(|id| desk.world().people().channels.get(id)).cloned();
    let Some(channel) = channel else { return };
    let mut after = Ticket { owner: None, unassigned_reason: Some(UnassignedReason::Returned), ..ticket.clone() };
    after.life.routed.return_time = None;
    after.life.routed.let_go_by.clone_from(&ticket.owner);
    let fields = assignment_changes(desk, ticket, &after);
    desk.move_load(Some(ticket), &after, false);
    desk.save_ticket(after);
    let timer = Actor::System(SystemActor::Timer);
    desk.automatic_event(EventType::TicketUnassigned, ticket.number, fields, timer);
    if channel.routing.when_full == WhenFull::Queue {
        let (cause, seed) = (RoutingCause::Returned, desk.session.random());
        let free = desk.saved_ticket(ticket.number);
        let decision = decide_about(desk, &free, &channel, cause, seed, ticket.owner.as_slice());
        carry_out(desk, &free, &channel, cause, &decision);
        record(desk, ticket.number, &channel, cause, seed, decision);
    }
}

/// Keeps the decision, with its event.
fn record(
    desk: &mut Desk<'_, '_>,
    number: TicketNumber,
    channel: &Channel,
    cause: RoutingCause,
    seed: u64,
    decision: Decision,
) -> RecordedDecision {
    let id = DecisionId(desk.session.new_id());
    let place = Name::Decision(number, id).to_string();
    let router = Some(Actor::System(SystemActor::Router));
    let sequence = desk.session.record(EventType::RoutingDecided, place, Some(number), Vec::new(), router);
    let recorded = RecordedDecision {
        id,
        ticket: number,
        cause,
        decide_time: desk.session.now(),
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

/// Sends the submission to the owner of the contact, who is away (R-102, R-109, R-120, C-046).
fn mail_owner(desk: &mut Desk<'_, '_>, ticket: &Ticket) {
    let world = desk.world();
    let owner_of = |id: ContactId| world.contacts.peek(&id).and_then(|contact| contact.owner.clone());
    let owner = ticket.contact.and_then(owner_of).and_then(|id| world.people().users.get(&id).cloned());
    let Some(owner) = owner else { return };
    let (text, html) = first_message(desk, ticket).map(|message| (message.text, message.html)).unwrap_or_default();
    let number = ticket.number;
    let link = desk.name(&Name::Ticket(number));
    let mail = SystemMail {
        to: owner.email,
        to_name: owner.display_name,
        subject: format!("[{number}] {}", ticket.subject),
        text: format!("{text}\n\n{link}\n"),
        html,
        about: Name::Ticket(number).to_string(),
    };
    if mail.queue(desk.session).is_some() {
        return;
    }
    let summary = format!("{}, the owner of the contact, is away and gets the submission by mail.", owner.id);
    let cause = Name::User(owner.id).to_string();
    desk.session.effect(EffectKind::Notified, Name::Ticket(number).to_string(), &cause, summary);
}
