//! A call is over: one that nobody took leaves a ticket with the voicemail as its message (C-062).

use super::{SeenCall, caller, find, message_of, save, seen};
use crate::domain::call::{Call, CallState};
use crate::domain::ids::CallId;
use crate::domain::rejection::Rejection;
use crate::service::desk::{Desk, UseCase};
use crate::service::files::NamedFiles;
use crate::service::intake::{Given, Ingest};
use crate::storage::lane::{Keys, World};

/// Ends a call; one that is over stays as it is, but what the voicemail recorded is taken in where the call ended by itself.
#[derive(Debug, Clone)]
pub struct EndCall {
    /// Which.
    pub call: CallId,
    /// What the caller said to the voicemail, as text; may be empty.
    pub transcript: String,
    /// The recording of it, uploaded for the channel; at most one.
    pub recording: NamedFiles,
}

impl UseCase for EndCall {
    type Outcome = SeenCall;

    fn needs(&self, world: &World, keys: &mut Keys) {
        keys.calls.calls.insert(self.call);
        if let Some(call) = world.calls.calls.peek(&self.call) {
            self.message(call).needs(world, keys);
        }
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<SeenCall, Rejection> {
        let before = find(desk, self.call)?;
        let call = if before.is_live() {
            self.end(desk, &before, false)?
        } else if before.state == CallState::Missed && before.facts.lapsed && self.has_voicemail() {
            self.add_voicemail(desk, before)?
        } else {
            before
        };
        Ok(seen(desk, call))
    }
}

impl EndCall {
    /// Ends a call that goes on; `lapsed`: by itself.
    pub(super) fn end(&self, desk: &mut Desk<'_, '_>, before: &Call, lapsed: bool) -> Result<Call, Rejection> {
        let mut after = before.clone();
        after.facts.end_time = Some(desk.session.now());
        after.facts.lapsed = lapsed;
        if before.state == CallState::Answered {
            after.state = CallState::Ended;
        } else {
            after.state = CallState::Missed;
            after.facts.ticket = match self.message(before).decide(desk) {
                Ok(taken) => taken.ticket.map(|ticket| ticket.number),
                // The channel takes nothing in any more; the call does not go on for that.
                Err(Rejection::ChannelDisabled { .. }) if lapsed => None,
                Err(refused) => return Err(refused),
            };
        }
        Ok(save(desk, Some(before), after))
    }

    fn has_voicemail(&self) -> bool {
        !self.transcript.trim().is_empty() || !self.recording.ids.is_empty()
    }

    /// What the voicemail recorded of a call that ended by itself before anybody told it: one more message.
    fn add_voicemail(&self, desk: &mut Desk<'_, '_>, before: Call) -> Result<Call, Rejection> {
        let taken = self.message(&before).decide(desk)?;
        let mut after = before.clone();
        after.facts.ticket = taken.ticket.map(|ticket| ticket.number);
        Ok(if after == before { before } else { save(desk, Some(&before), after) })
    }

    fn message(&self, call: &Call) -> Ingest {
        let said = self.transcript.trim();
        let text = match (said.is_empty(), self.recording.ids.is_empty()) {
            (false, _) => said.to_owned(),
            (true, false) => format!("Voicemail from {}.", caller(call)),
            (true, true) => format!("Missed call from {}.", caller(call)),
        };
        let message = message_of(call, Given::Nobody, text, self.recording.clone());
        if call.is_live() {
            return message;
        }
        // The call's own id is that of the message that it left when it ended.
        Ingest { external_id: format!("{}/voicemail", call.external_id), ..message }
    }
}
