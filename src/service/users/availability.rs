//! Whether a person is there to take tickets (C-047).

use super::person::find;
use crate::domain::event::{EventType, FieldChange};
use crate::domain::ids::UserId;
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::domain::user::User;
use crate::service::desk::{Desk, UseCase};
use crate::storage::lane::{Keys, World};

/// Sets the availability of the caller, or of another with the permission for it. What holds already is left alone, the
/// time included.
#[derive(Debug, Clone)]
pub struct SetAvailability {
    /// Whose.
    pub user: UserId,
    /// Available or away.
    pub available: bool,
}

impl UseCase for SetAvailability {
    type Outcome = User;

    fn needs(&self, _world: &World, _keys: &mut Keys) {}

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<User, Rejection> {
        let name = Name::User(self.user.clone());
        if desk.grant.caller().user() != Some(&self.user) {
            desk.grant.ask_for_another(&desk.rights, &desk.name(&name))?;
        }
        let before = find(desk, &self.user, None)?;
        if before.available == self.available {
            return Ok(before);
        }
        let now = desk.session.now();
        let after = User {
            available: self.available,
            availability_since: now,
            update_time: now,
            version: before.version + 1,
            ..before.clone()
        };
        desk.session.world.people_mut().users.put(self.user.clone(), after.clone());
        let change = FieldChange::of("availability.state", word(before.available), word(after.available));
        desk.event(EventType::AvailabilityChanged, &name, change.into_iter().collect());
        Ok(after)
    }
}

fn word(available: bool) -> &'static str {
    if available { "AVAILABLE" } else { "AWAY" }
}
