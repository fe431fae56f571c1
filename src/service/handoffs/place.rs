//! To whom a hand-off goes, and on what the mode is found.

use std::time::Duration;

use super::keep::ticket_of;
use crate::domain::channel::{Channel, Distribution, Routing, Target, WhenFull};
use crate::domain::handoff::{Facts, Handoff, Mode, Placed, Policy};
use crate::domain::ids::{ConversationId, TicketNumber, UserId};
use crate::domain::routing::{CapacityGroup, Demand, Outcome};
use crate::domain::time::Timestamp;
use crate::domain::user::User;
use crate::service::desk::Desk;
use crate::service::routing::{HandoffAsks, route_handoff};

/// How far it is looked for the next who works.
const AHEAD: Duration = Duration::from_hours(14 * 24);

/// What the mode of a hand-off of a conversation is found on. A workflow says only later who is asked: nothing is counted.
pub(super) fn facts(desk: &mut Desk<'_, '_>, conversation: ConversationId, policy: &Policy) -> Facts {
    let now = desk.session.now();
    if policy.workflow.is_some() {
        return Facts { time: Some(now), ..Facts::default() };
    }
    let group = group_of(desk, conversation);
    let available = desk.session.world.pool(&demand(policy, group, true)).len();
    let all = desk.session.world.pool(&demand(policy, group, false));
    let eligible: Vec<_> =
        all.ranked().map(|score| score.user.clone()).chain(all.full().map(|(user, _)| user.clone())).collect();
    let people = desk.world().people();
    let somebody_there = eligible.iter().any(|id| people.users.get(id).is_some_and(|user| user.is_available(now)));
    let next = eligible.iter().filter_map(|id| opens(people.users.get(id)?, now)).min();
    let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    Facts {
        eligible: count(eligible.len()),
        available: count(available),
        next_open: next.filter(|_| !somebody_there),
        time: Some(now),
    }
}

/// Who is considered for a hand-off.
pub(super) fn demand(policy: &Policy, group: CapacityGroup, available_only: bool) -> Demand {
    let named = Some((policy.users.clone(), policy.teams.clone()));
    Demand { named, available_only, skills: Vec::new(), group }
}

/// The kind of work that a conversation is: that of its ticket, as the allocator counts it, else that of its channel.
pub(super) fn group_of(desk: &Desk<'_, '_>, conversation: ConversationId) -> CapacityGroup {
    let ticket = ticket_of(desk, conversation).and_then(|number| desk.world().tickets.peek(&number));
    ticket.map_or_else(|| group_of_channel(desk, conversation), |ticket| CapacityGroup::of(ticket.source))
}

/// The kind of work that comes from the channel on which a conversation began.
pub(super) fn group_of_channel(desk: &Desk<'_, '_>, conversation: ConversationId) -> CapacityGroup {
    CapacityGroup::of(channel_of(desk, conversation).map(|channel| channel.kind))
}

/// When a person who is away works next, as far as that is known.
fn opens(user: &User, now: Timestamp) -> Option<Timestamp> {
    let until = user.changes_at(now)?;
    user.work.schedule.first_open(until, now.plus(AHEAD), None)
}

/// The channel that a conversation began on.
pub(super) fn channel_of(desk: &Desk<'_, '_>, conversation: ConversationId) -> Option<Channel> {
    let found = desk.world().conversations.peek(&conversation)?;
    desk.world().people().channels.get(&found.channel).cloned()
}

/// Gives it to whom a place was held for, who has it without being asked.
pub(super) fn place_held(desk: &mut Desk<'_, '_>, handoff: &mut Handoff, user: &UserId) -> Option<Placed> {
    let (number, channel) = routed_as(desk, handoff)?;
    let target = Target::People { users: vec![user.clone()], teams: Vec::new() };
    let channel = Channel { routing: Routing { target, ..channel.routing.clone() }, ..channel };
    let asks = HandoffAsks { channel: &channel, except: &[], offer: false, again: true };
    let recorded = route_handoff(desk, number, asks)?;
    handoff.decision = Some((number, recorded.id));
    Some(Placed::Given(user.clone()))
}

/// Looks for somebody through the one allocator. `again`: it was looked before, and nothing is told of nobody.
pub(super) fn place(desk: &mut Desk<'_, '_>, handoff: &mut Handoff, again: bool) -> Placed {
    let Some((number, channel)) = routed_as(desk, handoff) else { return Placed::Nobody };
    let offer = handoff.policy.offer_stands().is_some();
    let asks = HandoffAsks { channel: &channel, except: &handoff.declined, offer, again };
    let Some(recorded) = route_handoff(desk, number, asks) else { return Placed::Nobody };
    handoff.decision = Some((number, recorded.id));
    match recorded.decision.outcome {
        Outcome::Assigned(user) if offer => Placed::Offered(user),
        Outcome::Assigned(user) => Placed::Given(user),
        Outcome::LeftUnassigned(_) | Outcome::Queued(_) => Placed::Nobody,
    }
}

/// The ticket, and its channel with the routing of the hand-off: who is named, balanced (C-094), who is there for a live
/// one and everybody for one for later (C-095). None where a workflow says who is asked.
fn routed_as(desk: &Desk<'_, '_>, handoff: &Handoff) -> Option<(TicketNumber, Channel)> {
    if handoff.policy.workflow.is_some() {
        return None;
    }
    let number = ticket_of(desk, handoff.conversation)?;
    let channel = channel_of(desk, handoff.conversation)?;
    let (users, teams) = (handoff.policy.users.clone(), handoff.policy.teams.clone());
    let routing = Routing {
        target: Target::People { users, teams },
        distribution: Distribution::Balanced,
        available_only: handoff.mode == Mode::Live,
        when_full: WhenFull::Hold,
        rules: Vec::new(),
        ..channel.routing.clone()
    };
    Some((number, Channel { routing, ..channel }))
}
