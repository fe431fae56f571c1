//! Whether a person is there to take tickets (C-047, C-057, C-059).

use super::person::find;
use super::schedule::{by_hand, save};
use crate::domain::ids::UserId;
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::domain::user::User;
use crate::service::desk::{Desk, UseCase};
use crate::storage::lane::{Keys, World};

/// Sets the availability of the caller, or of another with the permission for it, until the next boundary of the
/// person's hours. What holds already is left alone, the time included.
#[derive(Debug, Clone)]
pub struct SetAvailability {
    /// Whose.
    pub user: UserId,
    /// Available or away.
    pub available: bool,
    /// Whether a period out of office that lasts ends with it.
    pub end_out_of_office: bool,
}

impl UseCase for SetAvailability {
    type Outcome = User;

    fn needs(&self, _world: &World, _keys: &mut Keys) {}

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<User, Rejection> {
        let name = Name::User(self.user.clone());
        if desk.grant.caller().user() != Some(&self.user) {
            desk.grant.ask_for_another(&desk.rights, &desk.name(&name))?;
        }
        let (before, now) = (find(desk, &self.user, None)?, desk.session.now());
        if before.is_available(now) == self.available {
            return Ok(before);
        }
        let mut after = before.clone();
        if self.available && after.work.schedule.is_absent(now) {
            if !self.end_out_of_office {
                let (from, to) = ("OUT_OF_OFFICE".to_owned(), "AVAILABLE".to_owned());
                return Err(Rejection::Transition { resource: desk.name(&name), from, to });
            }
            after.work.schedule.end_absences(now);
        }
        let (source, by) = by_hand(desk, &self.user);
        after.set_state(self.available, source, by, now);
        after.availability_since = now;
        save(desk, &before, after, Vec::new(), None);
        find(desk, &self.user, None)
    }
}
