//! A call is over: one that nobody took leaves a ticket with the voicemail as its message (C-062).

use super::{SeenCall, caller, find, message_of, save, seen};
use crate::domain::call::{Call, CallState};
use crate::domain::ids::CallId;
use crate::domain::rejection::Rejection;
use crate::service::desk::{Desk, UseCase};
use crate::service::files::NamedFiles;
use crate::service::intake::{Given, Ingest};
use crate::storage::lane::{Keys, World};

/// Ends a call; one that is over stays as it is.
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
        if !before.is_live() {
            return Ok(seen(desk, before));
        }
        let mut after = before.clone();
        after.facts.end_time = Some(desk.session.now());
        if before.state == CallState::Answered {
            after.state = CallState::Ended;
        } else {
            after.state = CallState::Missed;
            let taken = self.message(&before).decide(desk)?;
            after.facts.ticket = taken.ticket.map(|ticket| ticket.number);
        }
        let call = save(desk, Some(&before), after);
        Ok(seen(desk, call))
    }
}

impl EndCall {
    fn message(&self, call: &Call) -> Ingest {
        let said = self.transcript.trim();
        let text = match (said.is_empty(), self.recording.ids.is_empty()) {
            (false, _) => said.to_owned(),
            (true, false) => format!("Voicemail from {}.", caller(call)),
            (true, true) => format!("Missed call from {}.", caller(call)),
        };
        message_of(call, Given::Nobody, text, self.recording.clone())
    }
}
