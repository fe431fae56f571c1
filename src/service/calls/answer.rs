//! Somebody takes a call: the first to do so becomes the owner of its ticket (C-061).

use super::{SeenCall, caller, find, message_of, save, seen};
use crate::domain::call::{Call, CallState};
use crate::domain::ids::{CallId, UserId};
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::domain::user::UserState;
use crate::service::desk::{Desk, UseCase};
use crate::service::files::NamedFiles;
use crate::service::intake::{Given, Ingest};
use crate::storage::lane::{Keys, World};

/// Takes a call that rings at `user`.
#[derive(Debug, Clone)]
pub struct AnswerCall {
    /// Which.
    pub call: CallId,
    /// Who took it.
    pub user: UserId,
}

impl UseCase for AnswerCall {
    type Outcome = SeenCall;

    fn needs(&self, world: &World, keys: &mut Keys) {
        keys.calls.calls.insert(self.call);
        if let Some(call) = world.calls.calls.peek(&self.call) {
            self.message(call).needs(world, keys);
        }
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<SeenCall, Rejection> {
        let before = find(desk, self.call)?;
        if before.occupies(&self.user) {
            return Ok(seen(desk, before));
        }
        let resource = desk.name(&Name::Call(self.call));
        if before.state != CallState::Ringing {
            let (from, to) = (before.state.code().to_uppercase(), "ANSWERED".to_owned());
            return Err(Rejection::Transition { resource, from, to });
        }
        // It rings no more at somebody who was shut out meanwhile (A4).
        let user = desk.world().people().users.get(&self.user);
        let active = user.is_some_and(|user| user.state == UserState::Active);
        if !active || !before.facts.ringing.contains(&self.user) {
            let resource = desk.name(&Name::User(self.user.clone()));
            return Err(Rejection::ReferenceNotFound { field: "user".to_owned(), resource });
        }
        let taken = self.message(&before).decide(desk)?;
        let mut after = before.clone();
        after.state = CallState::Answered;
        after.facts.answerer = Some(self.user.clone());
        after.facts.answer_time = Some(desk.session.now());
        after.facts.ticket = taken.ticket.map(|ticket| ticket.number);
        let call = save(desk, Some(&before), after);
        Ok(seen(desk, call))
    }
}

impl AnswerCall {
    fn message(&self, call: &Call) -> Ingest {
        let text = format!("Call from {}, answered by {}.", caller(call), self.user);
        message_of(call, Given::To(self.user.clone()), text, NamedFiles::default())
    }
}
