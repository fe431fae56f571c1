//! Ask before promising: how a hand-off would be served now, and a place that is held so that the answer stays true.

use std::time::Duration;

use super::keep::open_in;
use super::place::{demand, facts, group_of, group_of_channel};
use super::request::{Request, need_request};
use crate::domain::control::{Party, Silence};
use crate::domain::conversation::{Conversation, HeldPlace};
use crate::domain::handoff::{Configured, Context, Facts, Mode, Policy};
use crate::domain::ids::{ConversationId, UserId};
use crate::domain::rejection::Rejection;
use crate::domain::time::Timestamp;
use crate::service::conversations::refused;
use crate::service::desk::{Desk, UseCase};
use crate::service::queue_read::expected;
use crate::storage::lane::{Keys, World};

/// Asks how a hand-off would be served.
#[derive(Debug, Clone)]
pub struct Check {
    /// Which conversation.
    pub conversation: ConversationId,
    /// So long a place is held from now on; none: one that is held already stays for its time, and no other is.
    pub hold: Option<Duration>,
}

/// How a hand-off would be served now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// How: the mode that the hand-off has then.
    pub mode: Mode,
    /// On what that was found.
    pub facts: Facts,
    /// The place in the line, from 1; 0 where nothing waits.
    pub position: u64,
    /// How long it may take, at least and at most; none when too few were handed over to tell.
    pub wait: Option<(Duration, Duration)>,
    /// Until when a place is held.
    pub held_until: Option<Timestamp>,
}

impl UseCase for Check {
    type Outcome = Checked;

    fn needs(&self, world: &World, keys: &mut Keys) {
        need_request(world, keys, self.conversation);
        if let Some(found) = world.conversations.peek(&self.conversation)
            && let Party::Agent(agent) = &found.control.party
        {
            keys.handoffs.lines.insert(agent.clone());
        }
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<Checked, Rejection> {
        let asked =
            Request { conversation: self.conversation, reasons: Vec::new(), context: Context::default(), epoch: None };
        let found = asked.found(desk)?;
        let Party::Agent(agent) = found.control.party.clone() else {
            if let Some(open) = open_in(desk, found.id) {
                let facts = open.facts.clone();
                return Ok(Checked { mode: open.mode, facts, position: 0, wait: None, held_until: None });
            }
            return Err(refused(desk, &found, Silence::NotInControl));
        };
        let configured =
            desk.world().people().agents.get(&agent).map_or_else(Configured::default, |it| it.handoff.clone());
        let policy = configured.policy;
        // Its own place is no other's.
        let before = let_go(desk, self.conversation);
        let facts = facts(desk, self.conversation, &policy);
        let mode = policy.mode();
        let line = desk.world().handoffs.line(&agent);
        // Whom a workflow gives it to is known when it has run.
        let known = mode != Mode::None && policy.workflow.is_none();
        let waits = known && !facts.team_available();
        let position = if waits { line.waiting + 1 } else { 0 };
        let wait = match (waits, mode) {
            (true, _) => expected(position, line.served),
            (false, Mode::Live) if known => Some((Duration::ZERO, Duration::ZERO)),
            (false, _) => None,
        };
        let place = match self.hold {
            Some(span) => place_for(desk, self.conversation, &policy, (before, span)),
            // Nobody asks for another: it stays for the time that it has.
            None => before,
        };
        let held_until = place.map(|place| hold(desk, self.conversation, place));
        Ok(Checked { mode, facts, position, wait, held_until })
    }
}

/// A place of whoever would get it, the same as before if that person has room; only of a live hand-off to users and teams.
fn place_for(
    desk: &mut Desk<'_, '_>,
    conversation: ConversationId,
    policy: &Policy,
    (before, span): (Option<HeldPlace>, Duration),
) -> Option<HeldPlace> {
    if policy.mode() != Mode::Live || policy.workflow.is_some() {
        return None;
    }
    let until = desk.session.now().plus(span);
    let group = group_of(desk, conversation);
    let pool = desk.session.world.pool(&demand(policy, group, true));
    let ranked = || pool.ranked().map(|score| &score.user);
    let same = |user: &&UserId| before.as_ref().is_some_and(|before| before.user == **user);
    let user = ranked().find(same).or_else(|| ranked().next()).cloned()?;
    Some(HeldPlace { user, group: Some(group), until })
}

/// Holds a place for a conversation. Until when.
fn hold(desk: &mut Desk<'_, '_>, conversation: ConversationId, place: HeldPlace) -> Timestamp {
    let until = place.until;
    let group = place.group.unwrap_or_else(|| group_of_channel(desk, conversation));
    desk.hold_place(&place.user, group, 1);
    if let Some(mut found) = desk.world().conversations.peek(&conversation).cloned() {
        found.held = Some(place);
        desk.session.world.conversations.put(conversation, found);
    }
    let job = desk.session.new_id();
    desk.session.world.wake(super::due::RUN_HANDOFFS, job, until);
    until
}

/// Lets go of the place that is held for a conversation: as it was, unless its time was over.
pub(super) fn let_go(desk: &mut Desk<'_, '_>, conversation: ConversationId) -> Option<HeldPlace> {
    let mut found = desk.world().conversations.peek(&conversation).cloned()?;
    let held = found.held.take()?;
    let group = held.group.unwrap_or_else(|| group_of_channel(desk, conversation));
    desk.hold_place(&held.user, group, -1);
    let good = held.until > desk.session.now();
    desk.session.world.conversations.put(conversation, found);
    Some(held).filter(|_| good)
}

/// Lets go of the places whose time is over.
pub(super) fn let_go_of_due(desk: &mut Desk<'_, '_>) {
    let now = desk.session.now();
    let over = |found: &&Conversation| found.held.as_ref().is_some_and(|held| held.until <= now);
    let mut due: Vec<ConversationId> = desk.world().conversations.values().filter(over).map(|found| found.id).collect();
    due.sort_unstable();
    for id in due {
        let_go(desk, id);
    }
}

/// Lets go of the place that is held for a conversation that goes away.
pub fn let_go_of_place(desk: &mut Desk<'_, '_>, conversation: ConversationId) {
    let_go(desk, conversation);
}
