//! What people do with a hand-off.

use super::give::need_unanswered;
use super::keep::{named, refused, settle, take};
use crate::domain::access::Permission;
use crate::domain::conversation::Conversation;
use crate::domain::event::Actor;
use crate::domain::handoff::{Handoff, Outcome, Step};
use crate::domain::ids::{HandoffId, TeamId, UserId};
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::domain::ticket::Ticket;
use crate::service::channels::check_named;
use crate::service::conversations::{may_change, needs_of};
use crate::service::desk::{Desk, UseCase};
use crate::service::tickets::check_owner;
use crate::storage::lane::{Keys, World};

/// A hand-off with its conversation, as they are after a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acted {
    /// The hand-off.
    pub handoff: Handoff,
    /// The conversation.
    pub conversation: Conversation,
}

/// Takes a hand-off.
#[derive(Debug, Clone)]
pub struct Accept {
    /// Which.
    pub handoff: HandoffId,
}

/// Will not take a hand-off.
#[derive(Debug, Clone)]
pub struct Decline {
    /// Which.
    pub handoff: HandoffId,
}

/// Calls a hand-off off.
#[derive(Debug, Clone)]
pub struct Cancel {
    /// Which.
    pub handoff: HandoffId,
}

/// Has done what a hand-off was for.
#[derive(Debug, Clone)]
pub struct Complete {
    /// Which.
    pub handoff: HandoffId,
}

/// Gives a hand-off to others.
#[derive(Debug, Clone)]
pub struct Transfer {
    /// Which.
    pub handoff: HandoffId,
    /// Users.
    pub users: Vec<UserId>,
    /// Teams, of which only main members count.
    pub teams: Vec<TeamId>,
}

/// Names what a step of a hand-off reads.
pub(super) fn need(world: &World, keys: &mut Keys, id: HandoffId) {
    keys.handoffs.ids.insert(id);
    if let Some(found) = world.handoffs.rows.peek(&id) {
        needs_of(world, keys, found.conversation);
    }
}

/// A hand-off that the caller may change: by the rights on its conversation, a customer agent those that it may read.
///
/// # Errors
/// [`Rejection::NotFound`], [`Rejection::OutOfScope`]; what is wrong with the ticket.
pub(super) fn found(desk: &Desk<'_, '_>, id: HandoffId) -> Result<(Handoff, Option<Ticket>), Rejection> {
    let handoff = named(desk, id)?;
    if let Actor::CustomerAgent(agent) = &desk.session.actor {
        return if handoff.is_of(agent) { Ok((handoff, None)) } else { Err(desk.not_found(&Name::Handoff(id))) };
    }
    let (conversation, ticket) = seen(desk, &handoff)?;
    let (permission, level) = (Permission::HandoffsAct, desk.rights.edit.level);
    may_change(desk, &conversation, ticket.as_ref(), permission).map_err(|refusal| match refusal {
        // It is seen because it is offered to the caller, and the ticket is not.
        Rejection::NotFound { .. } => {
            Rejection::OutOfScope { permission, level, resource: desk.name(&Name::Handoff(id)) }
        }
        other => other,
    })?;
    Ok((handoff, ticket))
}

/// A hand-off that the caller may answer: one that is offered to the caller, whatever else the caller may change; else as
/// [`found`].
fn to_answer(desk: &Desk<'_, '_>, id: HandoffId) -> Result<(Handoff, Option<Ticket>), Rejection> {
    let handoff = named(desk, id)?;
    if !is_offered(desk, &handoff) {
        return found(desk, id);
    }
    let (_, ticket) = seen(desk, &handoff)?;
    Ok((handoff, ticket))
}

/// The conversation of a hand-off, with its ticket: seen with its ticket, or because the hand-off is offered to the caller.
fn seen(desk: &Desk<'_, '_>, handoff: &Handoff) -> Result<(Conversation, Option<Ticket>), Rejection> {
    let missing = || desk.not_found(&Name::Handoff(handoff.id));
    if !is_offered(desk, handoff) {
        return desk.conversation(handoff.conversation).map_err(|refusal| match refusal {
            Rejection::NotFound { .. } => missing(),
            other => other,
        });
    }
    let conversation = desk.world().conversations.get(&handoff.conversation).cloned().ok_or_else(missing)?;
    let ticket = conversation.ticket.and_then(|number| desk.world().tickets.get(&number)).cloned();
    ticket.as_ref().map_or(Ok(()), |ticket| desk.writable(ticket))?;
    Ok((conversation, ticket))
}

/// Whether a hand-off is offered to the caller: only who is asked can answer, and so sees it.
fn is_offered(desk: &Desk<'_, '_>, handoff: &Handoff) -> bool {
    matches!(&desk.session.actor, Actor::User(user) if handoff.is_offered_to(user))
}

/// The caller, who is a person: the contract lets nobody else in.
pub(super) fn person(desk: &Desk<'_, '_>, handoff: &Handoff) -> Result<UserId, Rejection> {
    match &desk.session.actor {
        Actor::User(user) => Ok(user.clone()),
        _ => Err(Rejection::HandoffNotYours { handoff: desk.name(&Name::Handoff(handoff.id)) }),
    }
}

pub(super) fn acted(desk: &Desk<'_, '_>, handoff: Handoff) -> Result<Acted, Rejection> {
    let conversation = desk.world().conversations.get(&handoff.conversation).cloned();
    let conversation = conversation.ok_or_else(|| Rejection::Internal("a hand-off about nothing".to_owned()))?;
    Ok(Acted { handoff, conversation })
}

impl UseCase for Accept {
    type Outcome = Acted;

    fn needs(&self, world: &World, keys: &mut Keys) {
        need(world, keys, self.handoff);
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<Acted, Rejection> {
        let (handoff, ticket) = to_answer(desk, self.handoff)?;
        let user = person(desk, &handoff)?;
        if let Some(ticket) = &ticket {
            check_owner(desk, &user, ticket, "name")?;
        }
        let after = take(desk, &handoff, Step::Take(user))?;
        acted(desk, after)
    }
}

impl UseCase for Decline {
    type Outcome = Acted;

    fn needs(&self, world: &World, keys: &mut Keys) {
        need(world, keys, self.handoff);
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<Acted, Rejection> {
        let (handoff, _) = to_answer(desk, self.handoff)?;
        let user = person(desk, &handoff)?;
        let after = take(desk, &handoff, Step::Decline(user))?;
        acted(desk, after)
    }
}

impl UseCase for Cancel {
    type Outcome = Acted;

    fn needs(&self, world: &World, keys: &mut Keys) {
        need(world, keys, self.handoff);
        if let Some(found) = world.handoffs.rows.peek(&self.handoff) {
            need_unanswered(world, keys, found);
        }
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<Acted, Rejection> {
        let (handoff, _) = found(desk, self.handoff)?;
        let after = take(desk, &handoff, Step::Cancel)?;
        acted(desk, after)
    }
}

impl UseCase for Complete {
    type Outcome = Acted;

    fn needs(&self, world: &World, keys: &mut Keys) {
        need(world, keys, self.handoff);
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<Acted, Rejection> {
        let (handoff, _) = found(desk, self.handoff)?;
        let after = take(desk, &handoff, Step::Complete(Outcome::Resolved))?;
        acted(desk, after)
    }
}

impl UseCase for Transfer {
    type Outcome = Acted;

    fn needs(&self, world: &World, keys: &mut Keys) {
        need(world, keys, self.handoff);
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<Acted, Rejection> {
        let (before, _) = found(desk, self.handoff)?;
        if self.users.is_empty() && self.teams.is_empty() {
            return Err(Rejection::field("target", "TOO_FEW", "must name a user or a team"));
        }
        check_named(desk, &self.users, &self.teams, "target")?;
        let mut after = before.clone();
        let done = after.step(Step::Transfer, desk.session.now());
        let done = done.map_err(|wrong| refused(desk, &before, wrong))?;
        after.policy.users.clone_from(&self.users);
        after.policy.teams.clone_from(&self.teams);
        after.policy.workflow = None;
        after.run = None;
        let after = settle(desk, &before, after, done);
        acted(desk, after)
    }
}
