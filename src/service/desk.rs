//! What every use case does: look again at the rights, find records the caller may touch, compare etags.

use std::collections::BTreeSet;

use super::grant::Grant;
use super::{handoffs, named, queue, workflows};
use crate::domain::access::{Permission, Reach, Rights, Standing, Tier, Use, covers};
use crate::domain::channel::Target;
use crate::domain::conversation::Conversation;
use crate::domain::event::{Actor, EventType, FieldChange};
use crate::domain::ids::{AccountId, ConversationId, CustomerAgentId, PipelineId, TeamId, TicketNumber, UserId};
use crate::domain::life::survivor;
use crate::domain::names::Name;
use crate::domain::pipeline::Closing;
use crate::domain::plan::Feature;
use crate::domain::rejection::Rejection;
use crate::domain::routing::{CapacityGroup, Ineligibility};
use crate::domain::ticket::Ticket;
use crate::storage::lane::{Keys, Operation, Session, World};

/// A change of one account: its needs, and its decision with the rights looked at anew.
pub trait UseCase: Send + 'static {
    /// What the caller is told.
    type Outcome: Send;

    /// Names what must be read; see [`Operation::needs`].
    fn needs(&self, world: &World, keys: &mut Keys);

    /// Decides; see [`Operation::decide`].
    ///
    /// # Errors
    /// Why not.
    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<Self::Outcome, Rejection>;
}

/// A use case with the grant of its caller: the only form in which one enters a lane.
#[derive(Debug)]
pub struct Granted<U> {
    /// Who asks.
    pub grant: Grant,
    /// What for.
    pub case: U,
}

impl<U: UseCase> Operation for Granted<U> {
    type Outcome = U::Outcome;

    fn needs(&self, world: &World, keys: &mut Keys) {
        self.case.needs(world, keys);
    }

    /// Whatever an operation does: when it leaves somebody free, those who wait are served with it. The caller is told of
    /// what follows as far as the caller sees it.
    fn decide(&self, session: &mut Session<'_>) -> Result<U::Outcome, Rejection> {
        let rights = self.grant.judge_again(session.world)?;
        let (before, since) = (session.world.pulse(), session.world.head.last_event);
        let mut desk = Desk { session, rights, grant: &self.grant };
        let reach = named::Before::of(&desk);
        let outcome = self.case.decide(&mut desk)?;
        let own = reach.map(|reach| reach.own(&desk));
        queue::serve_freed(&mut desk, &before);
        queue::tell_left(&mut desk);
        handoffs::follow(&mut desk, since);
        workflows::enrol(&mut desk, None);
        if let Some(own) = own {
            named::leave_out(&mut desk, &own);
        }
        Ok(outcome)
    }
}

/// The account as one caller may change it.
#[derive(Debug)]
pub struct Desk<'d, 's> {
    /// The world, events, ids.
    pub session: &'d mut Session<'s>,
    /// What the caller may do, as of now.
    pub rights: Rights,
    /// Who asks.
    pub grant: &'d Grant,
}

impl Desk<'_, '_> {
    /// The world.
    pub fn world(&self) -> &World {
        self.session.world
    }

    /// The account's id.
    pub fn account(&self) -> AccountId {
        self.session.world.account.id.clone()
    }

    /// A full name.
    pub fn name(&self, name: &Name) -> String {
        name.within(&self.session.world.account.id)
    }

    /// The refusal for a record that is absent or invisible: they are one (C-004).
    pub fn not_found(&self, name: &Name) -> Rejection {
        Rejection::NotFound { resource: self.name(name) }
    }

    /// Whether these rights allow this with the ticket.
    pub fn reaches(&self, rights: &Rights, what: Use, ticket: &Ticket) -> bool {
        reaches(self.session.world, rights, what, ticket)
    }

    /// A ticket that the caller may view.
    ///
    /// # Errors
    /// [`Rejection::NotFound`] when it is absent or invisible.
    pub fn ticket(&self, number: TicketNumber) -> Result<Ticket, Rejection> {
        let found = self.world().tickets.get(&number).filter(|t| self.reaches(&self.rights, Use::View, t));
        found.cloned().ok_or_else(|| self.not_found(&Name::Ticket(number)))
    }

    /// A ticket that the caller may change, still as it was when the caller looked.
    ///
    /// # Errors
    /// [`Rejection::NotFound`], [`Rejection::OutOfScope`], [`Rejection::EtagMismatch`], [`Rejection::Merged`],
    /// [`Rejection::Deleted`], in this order.
    pub fn ticket_to_change(
        &self,
        number: TicketNumber,
        permission: Permission,
        etag: Option<i64>,
    ) -> Result<Ticket, Rejection> {
        let ticket = self.ticket_for(number, Use::Edit, permission, etag)?;
        self.writable(&ticket)?;
        Ok(ticket)
    }

    /// A ticket with which the caller may do this, whatever became of it, still as it was when the caller looked.
    ///
    /// # Errors
    /// [`Rejection::NotFound`], [`Rejection::OutOfScope`], [`Rejection::EtagMismatch`], in this order.
    pub fn ticket_for(
        &self,
        number: TicketNumber,
        what: Use,
        permission: Permission,
        etag: Option<i64>,
    ) -> Result<Ticket, Rejection> {
        let ticket = self.ticket(number)?;
        let name = Name::Ticket(number);
        if !self.reaches(&self.rights, what, &ticket) {
            let (level, resource) = (self.rights.reach(what).level, self.name(&name));
            return Err(Rejection::OutOfScope { permission, level, resource });
        }
        self.same_version(&name, etag, ticket.version)?;
        Ok(ticket)
    }

    /// Refuses writes to a ticket that was merged (C-017) or deleted (C-016).
    ///
    /// # Errors
    /// [`Rejection::Merged`], which names where the chain of merges ends; [`Rejection::Deleted`].
    pub fn writable(&self, ticket: &Ticket) -> Result<(), Rejection> {
        let name = |number| self.name(&Name::Ticket(number));
        if ticket.life.merged_into.is_some() {
            let merged_into = name(self.survivor(ticket.number));
            return Err(Rejection::Merged { ticket: name(ticket.number), merged_into });
        }
        if ticket.life.is_deleted() {
            return Err(Rejection::Deleted { resource: name(ticket.number) });
        }
        Ok(())
    }

    /// Where the chain of merges of a loaded ticket ends: lanes load a chain with its first ticket.
    pub fn survivor(&self, number: TicketNumber) -> TicketNumber {
        survivor(number, |ticket| self.world().tickets.peek(&ticket).and_then(|found| found.life.merged_into))
    }

    /// Whether the account's tier is at least `required` (C-006, C-008).
    ///
    /// # Errors
    /// [`Rejection::SubscriptionRequired`].
    pub fn needs_tier(&self, required: Tier, feature: &'static str) -> Result<(), Rejection> {
        let tier = self.world().account.tier;
        if tier >= required { Ok(()) } else { Err(Rejection::SubscriptionRequired { required, tier, feature }) }
    }

    /// Whether what the account has bought includes the feature now (C-007).
    pub fn includes(&self, feature: Feature) -> bool {
        self.world().account.includes(feature)
    }

    /// Refuses what the account has not bought (C-006).
    ///
    /// # Errors
    /// [`Rejection::SubscriptionRequired`], [`Rejection::AddOnRequired`].
    pub fn needs(&self, feature: Feature) -> Result<(), Rejection> {
        self.needs_tier(feature.tier(), feature.code())?;
        match feature.add_on() {
            Some(add_on) if !self.includes(feature) => {
                Err(Rejection::AddOnRequired { add_on, feature: feature.code() })
            }
            _ => Ok(()),
        }
    }

    /// Refuses a caller who lacks a permission that only part of what a method does asks for.
    ///
    /// # Errors
    /// [`Rejection::PermissionMissing`].
    pub fn holds(&self, permission: Permission, on: &Name) -> Result<(), Rejection> {
        if self.rights.has(permission) {
            return Ok(());
        }
        Err(Rejection::PermissionMissing { permission, resource: self.name(on) })
    }

    /// How close times of a pipeline behave now.
    pub fn closing(&self, pipeline: &PipelineId) -> Closing {
        let found = self.world().people().pipelines.get(pipeline);
        Closing { now: self.session.now(), sets_time: found.is_none_or(|found| found.automation.sets_close_time) }
    }

    /// Compares an etag that the caller sent.
    ///
    /// # Errors
    /// [`Rejection::EtagMismatch`] (C-021).
    pub fn same_version(&self, name: &Name, asked: Option<i64>, stored: i64) -> Result<(), Rejection> {
        match asked {
            Some(asked) if asked != stored => {
                Err(Rejection::EtagMismatch { resource: self.name(name), etag: etag(stored) })
            }
            _ => Ok(()),
        }
    }

    /// A conversation that the caller may read and that is written to, with its ticket. One without a ticket follows its
    /// channel's target teams; full standing sees all (A2).
    ///
    /// # Errors
    /// [`Rejection::NotFound`] when it is absent or invisible; [`Rejection::Deleted`] when its ticket is deleted.
    pub fn conversation(&self, id: ConversationId) -> Result<(Conversation, Option<Ticket>), Rejection> {
        let missing = || self.not_found(&Name::Conversation(id));
        let found = self.world().conversations.get(&id).cloned().ok_or_else(missing)?;
        let ticket = match self.grant.caller().customer_agent() {
            Some(agent) => self.ticket_of_agent(&found, agent),
            None => self.ticket_of_people(&found),
        }?;
        ticket.as_ref().map_or(Ok(()), |ticket| self.writable(ticket))?;
        Ok((found, ticket))
    }

    /// For a customer agent: what it has, or had last, and nothing else.
    ///
    /// # Errors
    /// [`Rejection::NotFound`]: the conversation is not there for it.
    fn ticket_of_agent(&self, found: &Conversation, agent: &CustomerAgentId) -> Result<Option<Ticket>, Rejection> {
        let missing = || self.not_found(&Name::Conversation(found.id));
        found.stretch.as_ref().filter(|stretch| stretch.agent == *agent).ok_or_else(missing)?;
        match found.ticket {
            Some(number) => self.world().tickets.get(&number).cloned().map(Some).ok_or_else(missing),
            None => Ok(None),
        }
    }

    /// For everybody else: what the ticket's access says, or the channel's.
    ///
    /// # Errors
    /// [`Rejection::NotFound`]: the conversation is not there for them.
    fn ticket_of_people(&self, found: &Conversation) -> Result<Option<Ticket>, Rejection> {
        let missing = || self.not_found(&Name::Conversation(found.id));
        match found.ticket {
            Some(number) => self.ticket(number).map(Some).map_err(|_| missing()),
            None if sees_channel(self.world(), &self.rights, found) => Ok(None),
            None => Err(missing()),
        }
    }

    /// Writes a ticket back with the marks of a change. Call once per change, before its events.
    pub fn save_ticket(&mut self, mut ticket: Ticket) {
        let before = self.world().tickets.peek(&ticket.number);
        let waited = before.is_some_and(Ticket::waits);
        ticket.settle_routing(before);
        let waits = ticket.waits();
        self.session.world.head.waiting += i64::from(waits) - i64::from(waited);
        if waited && !waits {
            self.session.left_queue.insert(ticket.number);
        }
        ticket.version += 1;
        ticket.update_time = self.session.now();
        self.session.world.tickets.put(ticket.number, ticket);
    }

    /// The ticket as the session has it now, event count included.
    pub fn saved_ticket(&self, number: TicketNumber) -> Ticket {
        self.world().tickets.get(&number).cloned().expect("it was written in this session")
    }

    /// An event about a ticket, made by the caller.
    pub fn ticket_event(&mut self, kind: EventType, number: TicketNumber, fields: Vec<FieldChange>) -> i64 {
        self.session.record(kind, Name::Ticket(number).to_string(), Some(number), fields, None)
    }

    /// An event about a ticket that a part of the service made because of the caller's.
    pub fn automatic_event(
        &mut self,
        kind: EventType,
        number: TicketNumber,
        fields: Vec<FieldChange>,
        actor: Actor,
    ) -> i64 {
        self.session.record(kind, Name::Ticket(number).to_string(), Some(number), fields, Some(actor))
    }

    /// An event about something outside tickets.
    pub fn event(&mut self, kind: EventType, name: &Name, fields: Vec<FieldChange>) -> i64 {
        self.session.record(kind, name.to_string(), None, fields, None)
    }

    /// Moves the open-ticket counts when a ticket changes owner or state (C-040, C-041). `automatic`: it was routed.
    pub fn move_load(&mut self, before: Option<&Ticket>, after: &Ticket, automatic: bool) {
        let holder = |ticket: &Ticket| ticket.owner.clone().filter(|_| ticket.is_work());
        let (was, is) = (before.and_then(holder), holder(after));
        if !automatic && before.and_then(|ticket| ticket.owner.as_ref()) != after.owner.as_ref() {
            self.warn_of_capacity(after);
        }
        if was != is {
            let group = CapacityGroup::of(after.source);
            if let Some(user) = was {
                self.add_load(&user, group, -1);
            }
            if let Some(user) = is {
                self.add_load(&user, group, 1);
            }
        }
        if let Some(owner) = after.owner.as_ref().filter(|_| automatic) {
            let mut load = self.world().load(owner);
            load.last_auto = Some(self.session.now());
            self.session.world.set_load(owner, load);
        }
    }

    /// By hand a limit may be passed; whoever does it is told (C-051, C-052).
    fn warn_of_capacity(&mut self, ticket: &Ticket) {
        let Some(owner) = ticket.owner.as_ref().filter(|_| ticket.is_work()) else { return };
        let Some(user) = self.world().people().users.get(owner) else { return };
        let (capacity, load) = (self.world().account.limits_of(user), self.world().load(owner));
        let group = CapacityGroup::of(ticket.source);
        let (open, limit) = match capacity.reached(load, group) {
            Some(Ineligibility::AtTotalCapacity) => (load.open, capacity.total),
            Some(_) => (load.in_group(group), capacity.of(group)),
            None => return,
        };
        let text = format!("{owner} has {} open tickets now and takes {}", open + 1, limit.unwrap_or_default());
        self.session.warn("owner", text, Name::User(owner.clone()).to_string());
    }

    /// Notes that a user got a ticket of a backlog now: the ramp counts from it.
    pub fn mark_backlog(&mut self, user: &UserId) {
        let mut load = self.world().load(user);
        load.last_backlog = Some(self.session.now());
        self.session.world.set_load(user, load);
    }

    /// Holds a place of a person, or lets go of it: it counts like an open ticket.
    pub fn hold_place(&mut self, user: &UserId, group: CapacityGroup, change: i64) {
        self.add_load(user, group, change);
    }

    /// Counts open tickets of a user up or down.
    pub fn add_load(&mut self, user: &UserId, group: CapacityGroup, change: i64) {
        let mut load = self.world().load(user);
        load.change(group, change);
        self.session.world.set_load(user, load);
    }
}

/// Whether these rights allow this with the ticket, by the people of the world.
pub fn reaches(world: &World, rights: &Rights, what: Use, ticket: &Ticket) -> bool {
    let owner: Option<(&UserId, &BTreeSet<TeamId>)> = ticket.owner.as_ref().map(|id| (id, world.teams_of(id)));
    covers(rights, what, Reach { owner, teams: &ticket.teams, shares: &ticket.life.shares })
}

/// Whether these rights show a conversation that has no ticket: to full standing, and to the teams that its channel
/// routes to (A2).
pub fn sees_channel(world: &World, rights: &Rights, conversation: &Conversation) -> bool {
    if rights.standing == Standing::Full {
        return true;
    }
    let channel = world.people().channels.get(&conversation.channel);
    match channel.map(|channel| &channel.routing.target) {
        Some(Target::People { teams, .. }) => teams.iter().any(|team| rights.teams.contains(team)),
        _ => false,
    }
}

/// The etag of a version, quoted as in RFC 7232.
pub fn etag(version: i64) -> String {
    format!("\"{version}\"")
}

/// Reads an etag; empty is none. One that is not ours matches nothing.
pub fn version_of(etag: &str) -> Option<i64> {
    if etag.is_empty() {
        return None;
    }
    let inner = etag.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    Some(inner.and_then(|digits| digits.parse().ok()).unwrap_or(-1))
}
