//! Past tickets of a channel decided again under another routing: who would have got what.
//!
//! They are decided in stretches, each an operation of the account's lane that is only validated, so that nobody waits
//! behind a long replay; what a stretch came to is where the next one goes on.

use std::collections::{BTreeMap, BTreeSet};

use super::channels::Tried;
use super::desk::{Desk, UseCase};
use super::events::StreamEnds;
use super::grant::Grant;
use super::routing::route_found;
use super::routing_now::needs_to_try;
use super::{Answer, Encoder, Service, WriteCall};
use crate::domain::channel::{Channel, WhenFull};
use crate::domain::ids::{ChannelId, TicketNumber, UserId};
use crate::domain::life::Routed;
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::domain::routing::{CapacityGroup, Load, Outcome, RecordedDecision, RoutingCause, UnassignedReason};
use crate::domain::ticket::Ticket;
use crate::domain::time::Timestamp;
use crate::storage::lane::{Keys, World};
use crate::storage::read::decisions;

/// Tickets that one operation decides about.
const STRETCH: usize = 50;

/// One ticket, decided then and again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replayed {
    /// The ticket.
    pub ticket: TicketNumber,
    /// When it was decided on.
    pub decide_time: Timestamp,
    /// Who got it then.
    pub before: Option<UserId>,
    /// The version of the routing that decided then.
    pub version: i64,
    /// Who would get it.
    pub after: Option<UserId>,
    /// Why nobody would.
    pub reason: Option<UnassignedReason>,
    /// Why, in words.
    pub summary: String,
    /// The rule that matched; empty: none.
    pub rule: String,
}

/// How many each person got and would get, and how many nobody.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shares {
    /// Tickets.
    pub tickets: usize,
    /// Of each person, then and again.
    pub people: BTreeMap<UserId, (usize, usize)>,
    /// Of nobody, then and again.
    pub nobody: (usize, usize),
}

impl Shares {
    fn count(&mut self, replayed: &Replayed) {
        self.tickets += 1;
        match &replayed.before {
            Some(user) => self.people.entry(user.clone()).or_default().0 += 1,
            None => self.nobody.0 += 1,
        }
        match &replayed.after {
            Some(user) => self.people.entry(user.clone()).or_default().1 += 1,
            None => self.nobody.1 += 1,
        }
    }
}

/// How people stand between two stretches.
#[derive(Debug, Clone, Default)]
struct Standing {
    loads: BTreeMap<UserId, Load>,
    /// Tickets that were closed later on, by when: they free whom they were given to.
    closing: BTreeSet<(Timestamp, TicketNumber, UserId, CapacityGroup)>,
}

/// Decides about tickets again, one after another, oldest first. Nothing of it is stored.
#[derive(Debug)]
struct Stretch {
    channel: ChannelId,
    tried: Tried,
    past: Vec<RecordedDecision>,
    standing: Standing,
}

impl UseCase for Stretch {
    type Outcome = (Vec<Replayed>, Standing);

    fn needs(&self, world: &World, keys: &mut Keys) {
        self.tried.needs(keys);
        let has_rules = self.tried.has_rules(world);
        for decision in &self.past {
            keys.tickets.insert(decision.ticket);
            needs_to_try(world, keys, decision.ticket, has_rules);
        }
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<Self::Outcome, Rejection> {
        let name = Name::Channel(self.channel.clone());
        let channel = desk.world().people().channels.get(&self.channel).cloned();
        let mut channel = channel.ok_or_else(|| desk.not_found(&name))?;
        channel.routing = self.tried.of(desk, &channel)?;
        // What waits now has nothing to do with then: a ticket that nobody could take is counted, and that is all.
        channel.routing.when_full = WhenFull::Hold;
        let mut standing = self.standing.clone();
        self.set_out(desk, &standing);
        let decided = self.past.iter().filter_map(|past| again(desk, &channel, past, &mut standing)).collect();
        let users: Vec<UserId> = desk.world().people().users.values().map(|user| user.id.clone()).collect();
        standing.loads = users.into_iter().map(|user| (user.clone(), desk.world().load(&user))).collect();
        standing.loads.retain(|_, load| *load != Load::default());
        Ok((decided, standing))
    }
}

impl Stretch {
    /// Everybody has what the stretches before came to, and is there as hours and periods out of office say.
    fn set_out(&self, desk: &mut Desk<'_, '_>, standing: &Standing) {
        let Some(first) = self.past.first() else { return };
        let mut users: Vec<_> = desk.world().people().users.values().cloned().collect();
        users.sort_by(|one, other| one.id.cmp(&other.id));
        for mut user in users {
            let load = standing.loads.get(&user.id).copied().unwrap_or_default();
            desk.session.world.set_load(&user.id, load);
            user.work.schedule.until = Some(first.decide_time);
            desk.session.world.people_mut().users.put(user.id.clone(), user);
        }
    }
}

/// Decides about one ticket at its moment; nothing for one that the caller may not view, or that is gone.
fn again(
    desk: &mut Desk<'_, '_>,
    channel: &Channel,
    past: &RecordedDecision,
    standing: &mut Standing,
) -> Option<Replayed> {
    let ticket = desk.ticket(past.ticket).ok()?;
    let (now, group) = (past.decide_time, CapacityGroup::of(ticket.source));
    desk.session.world.pretend_moment(now);
    while standing.closing.first().is_some_and(|(closed, ..)| *closed <= now)
        && let Some((_, _, user, group)) = standing.closing.pop_first()
    {
        let mut load = desk.world().load(&user);
        load.change(group, -1);
        desk.session.world.set_load(&user, load);
    }
    let number = TicketNumber(desk.world().head.last_ticket + 1);
    desk.session.world.head.last_ticket = number.0;
    let close_time = ticket.close_time;
    let mut anew = Ticket { number, owner: None, open: true, ..ticket };
    anew.life.routed = Routed::default();
    desk.save_ticket(anew);
    let decision = route_found(desk, number, channel, RoutingCause::Created).decision.decision;
    let (after, reason) = taken(&decision.outcome);
    if let (Some(user), Some(closed)) = (&after, close_time) {
        standing.closing.insert((closed, past.ticket, user.clone(), group));
    }
    Some(Replayed {
        ticket: past.ticket,
        decide_time: now,
        before: taken(&past.decision.outcome).0,
        version: past.routing_version,
        after,
        reason,
        summary: decision.summary,
        rule: decision.way.rule.unwrap_or_default(),
    })
}

/// Who gets it, or why nobody does.
fn taken(outcome: &Outcome) -> (Option<UserId>, Option<UnassignedReason>) {
    match outcome {
        Outcome::Assigned(user) => (Some(user.clone()), None),
        Outcome::LeftUnassigned(reason) | Outcome::Queued(reason) => (None, Some(*reason)),
    }
}

/// What is decided again.
#[derive(Debug, Clone)]
pub struct AskedReplay {
    /// The channel.
    pub channel: ChannelId,
    /// The routing that is tried.
    pub tried: Tried,
    /// How many of the last tickets.
    pub limit: u64,
}

/// A replay under way.
#[derive(Debug)]
pub struct Replay {
    service: Service,
    grant: Grant,
    asked: AskedReplay,
    ends: StreamEnds,
    places: Vec<i64>,
    standing: Standing,
    shares: Shares,
}

impl Replay {
    /// Finds the tickets.
    ///
    /// # Errors
    /// The storage's.
    pub async fn open(
        service: &Service,
        grant: Grant,
        asked: AskedReplay,
        ends: StreamEnds,
    ) -> Result<Self, Rejection> {
        let places = decisions::created_on(&service.store, grant.account()?, &asked.channel, asked.limit).await;
        let places = places.map_err(|error| error.rejection())?;
        let (standing, shares) = Default::default();
        Ok(Self { service: service.clone(), grant, asked, ends, places, standing, shares })
    }

    /// The next tickets. The first stretch says what is wrong with the request, also when there is no ticket.
    ///
    /// # Errors
    /// As a change of the routing; [`Rejection::NotFound`] for the channel; what ends a stream.
    pub async fn next(&mut self) -> Result<Vec<Replayed>, Rejection> {
        if self.ends.stream.is_cancelled() {
            return Err(Rejection::Draining);
        }
        if self.ends.credential.is_some_and(|end| end <= self.service.clock.now()) {
            return Err(Rejection::CredentialInvalid);
        }
        let places: Vec<i64> = self.places.drain(..self.places.len().min(STRETCH)).collect();
        let past = decisions::at(&self.service.store, self.grant.account()?, &places).await;
        let past = past.map_err(|error| error.rejection())?;
        let AskedReplay { channel, tried, .. } = self.asked.clone();
        let case = Stretch { channel, tried, past, standing: std::mem::take(&mut self.standing) };
        let dry = WriteCall { validate_only: true, ..WriteCall::default() };
        let encoder = Encoder { respond: Box::new(|again, _| again), store: Box::new(|_| Vec::new()) };
        let Answer::Fresh((again, standing)) = self.service.write(&self.grant, dry, case, encoder).await? else {
            return Err(Rejection::Internal("a replay was kept".to_owned()));
        };
        self.standing = standing;
        for replayed in &again {
            self.shares.count(replayed);
        }
        Ok(again)
    }

    /// Whether every ticket was decided again.
    pub fn is_over(&self) -> bool {
        self.places.is_empty()
    }

    /// Whose tickets they are.
    ///
    /// # Errors
    /// A grant without an account.
    pub fn account(&self) -> Result<&crate::domain::ids::AccountId, Rejection> {
        self.grant.account()
    }

    /// Who would have got how many, so far.
    pub fn shares(&self) -> &Shares {
        &self.shares
    }
}
