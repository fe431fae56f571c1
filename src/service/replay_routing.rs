//! Past tickets of a channel decided again under another routing: who would have got what.

use std::collections::BTreeMap;

use super::desk::{Desk, UseCase};
use super::grant::Grant;
use super::routing::route_found;
use super::routing_now::needs_to_route;
use super::{Answer, Encoder, Service, WriteCall};
use crate::domain::channel::Routing;
use crate::domain::ids::{ChannelId, TicketNumber, UserId};
use crate::domain::life::Routed;
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::domain::routing::{Outcome, RecordedDecision, RoutingCause};
use crate::domain::ticket::Ticket;
use crate::storage::lane::{Keys, World};
use crate::storage::read::decisions;

/// One ticket, decided then and again.
#[derive(Debug, Clone, PartialEq)]
pub struct Replayed {
    /// The ticket.
    pub ticket: TicketNumber,
    /// Who got it then.
    pub before: Option<UserId>,
    /// Who would get it.
    pub after: Option<UserId>,
    /// Why.
    pub summary: String,
    /// The rule that matched; empty: none.
    pub rule: String,
}

/// Decides about tickets again, one after another, oldest first. Nothing of it is stored.
#[derive(Debug)]
struct Replay {
    channel: ChannelId,
    routing: Routing,
    past: Vec<RecordedDecision>,
}

impl UseCase for Replay {
    type Outcome = Vec<Replayed>;

    fn needs(&self, world: &World, keys: &mut Keys) {
        for decision in &self.past {
            keys.tickets.insert(decision.ticket);
            needs_to_route(world, keys, decision.ticket);
        }
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<Vec<Replayed>, Rejection> {
        let name = Name::Channel(self.channel.clone());
        let channel = desk.world().people().channels.get(&self.channel).cloned();
        let mut channel = channel.ok_or_else(|| desk.not_found(&name))?;
        channel.routing = self.routing.clone();
        desk.session.world.people_mut().channels.put(self.channel.clone(), channel.clone());
        let users: Vec<UserId> = desk.world().people().users.values().map(|user| user.id.clone()).collect();
        // Everybody begins with nothing: what counts is how these tickets are shared.
        for user in users {
            desk.session.world.set_load(&user, crate::domain::routing::Load::default());
        }
        let mut again = Vec::new();
        for past in &self.past {
            let Some(ticket) = desk.world().tickets.get(&past.ticket).cloned() else { continue };
            let number = TicketNumber(desk.world().head.last_ticket + 1);
            desk.session.world.head.last_ticket = number.0;
            let mut anew = Ticket { number, owner: None, open: true, ..ticket };
            anew.life.routed = Routed::default();
            desk.save_ticket(anew);
            let decision = route_found(desk, number, &channel, RoutingCause::Created).decision.decision;
            let user = |outcome: &Outcome| match outcome {
                Outcome::Assigned(user) => Some(user.clone()),
                Outcome::LeftUnassigned(_) | Outcome::Queued(_) => None,
            };
            again.push(Replayed {
                ticket: past.ticket,
                before: user(&past.decision.outcome),
                after: user(&decision.outcome),
                summary: decision.summary,
                rule: decision.way.rule.unwrap_or_default(),
            });
        }
        Ok(again)
    }
}

/// Decides the last tickets of a channel again under `routing`.
///
/// # Errors
/// [`Rejection::NotFound`] for the channel.
pub async fn replay(
    service: &Service,
    grant: &Grant,
    channel: &ChannelId,
    routing: Routing,
    limit: u64,
) -> Result<Vec<Replayed>, Rejection> {
    let past = decisions::created_on(&service.store, grant.account()?, channel, limit).await;
    let past = past.map_err(|error| error.rejection())?;
    let dry = WriteCall { validate_only: true, ..WriteCall::default() };
    let encoder = Encoder { respond: Box::new(|again, _| again), store: Box::new(|_| Vec::new()) };
    let case = Replay { channel: channel.clone(), routing, past };
    match service.write(grant, dry, case, encoder).await? {
        Answer::Fresh(again) => Ok(again),
        Answer::Replayed(_) => Err(Rejection::Internal("a replay was kept".to_owned())),
    }
}

/// How many each person would get, and how many nobody.
pub fn shares(again: &[Replayed]) -> (BTreeMap<&UserId, usize>, usize) {
    let mut shares = BTreeMap::new();
    for user in again.iter().filter_map(|replayed| replayed.after.as_ref()) {
        *shares.entry(user).or_default() += 1;
    }
    (shares, again.iter().filter(|replayed| replayed.after.is_none()).count())
}
