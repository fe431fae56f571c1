//! A call comes in: whom it rings at, or what the caller hears (R-141, R-142, R-143, R-146; C-060, C-061).

use super::{SeenCall, save, seen};
use crate::domain::call::{Call, CallFacts, CallState, MOST_RINGING};
use crate::domain::channel::{Channel, ChannelKind};
use crate::domain::ids::{CallId, ChannelId, UserId};
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::domain::routing::{CapacityGroup, Plan};
use crate::service::desk::{Desk, UseCase};
use crate::storage::lane::{Keys, World};

/// Takes in a call; the same one again answers as before.
#[derive(Debug, Clone)]
pub struct ComeIn {
    /// The channel.
    pub channel: ChannelId,
    /// The platform's id.
    pub external_id: String,
    /// The caller's name; may be empty.
    pub caller_name: String,
    /// The caller's number; may be empty.
    pub caller_number: String,
}

impl UseCase for ComeIn {
    type Outcome = SeenCall;

    fn needs(&self, _world: &World, keys: &mut Keys) {
        keys.calls.external.insert((self.channel.clone(), self.external_id.clone()));
        keys.calls.live = true;
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<SeenCall, Rejection> {
        let channel = self.calling_channel(desk)?;
        let key = (self.channel.clone(), self.external_id.clone());
        let known = desk.world().calls.external.get(&key).copied();
        if let Some(known) = known.and_then(|id| desk.world().calls.calls.peek(&id).cloned()) {
            return Ok(seen(desk, known));
        }
        let now = desk.session.now();
        let after_hours = !channel.calling.hours.open_at(now);
        let ringing = if after_hours { Vec::new() } else { ringing(desk, &channel) };
        // Nobody to ring at: the voicemail at once.
        let state = if ringing.is_empty() { CallState::Voicemail } else { CallState::Ringing };
        let facts = CallFacts {
            caller_name: self.caller_name.clone(),
            caller_number: self.caller_number.clone(),
            after_hours,
            ringing,
            answerer: None,
            ticket: None,
            answer_time: None,
            end_time: None,
            lapsed: false,
        };
        let call = Call {
            id: CallId(desk.session.new_id()),
            channel: self.channel.clone(),
            external_id: self.external_id.clone(),
            state,
            facts,
            create_time: now,
            version: 0,
        };
        let call = save(desk, None, call);
        Ok(seen(desk, call))
    }
}

impl ComeIn {
    fn calling_channel(&self, desk: &Desk<'_, '_>) -> Result<Channel, Rejection> {
        let name = Name::Channel(self.channel.clone());
        let channel = desk.world().people().channels.get(&self.channel).cloned();
        let channel = channel.ok_or_else(|| desk.not_found(&name))?;
        if channel.kind != ChannelKind::Calling {
            return Err(Rejection::field("channel", "INCONSISTENT", "must be a calling channel"));
        }
        if !channel.enabled {
            return Err(Rejection::ChannelDisabled { channel: desk.name(&name) });
        }
        Ok(channel)
    }
}

/// Everybody named who may take a call now and is not on the phone, in the order of routing; nobody where the account has
/// not bought routing (C-008).
fn ringing(desk: &mut Desk<'_, '_>, channel: &Channel) -> Vec<UserId> {
    let routing = channel.routing.bought(|feature| desk.includes(feature));
    let Some(demand) = Plan::plain(&routing).demand(CapacityGroup::Calling) else { return Vec::new() };
    let ranked: Vec<UserId> = desk.session.world.pool(&demand).ranked().map(|score| score.user.clone()).collect();
    let calls = &desk.world().calls;
    ranked.into_iter().filter(|user| !calls.is_busy(user)).take(MOST_RINGING).collect()
}
