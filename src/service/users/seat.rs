//! The paid place of a person.

use super::granting::check_grant;
use super::person::{Person, find, person, save, warn_of_routing};
use super::release::{FIRST, release_tickets};
use crate::domain::access::Seat;
use crate::domain::ids::UserId;
use crate::domain::rejection::Rejection;
use crate::domain::user::User;
use crate::service::desk::{Desk, UseCase};
use crate::storage::lane::{Keys, World};

/// Gives or takes a seat. Open tickets stay as long as service or sales access still reaches them (A4).
#[derive(Debug, Clone)]
pub struct ChangeSeat {
    /// Whose.
    pub user: UserId,
    /// The new one.
    pub seat: Seat,
    /// What the caller last saw.
    pub etag: Option<i64>,
}

impl UseCase for ChangeSeat {
    type Outcome = Person;

    fn needs(&self, _world: &World, keys: &mut Keys) {
        keys.open_tickets_of.insert((self.user.clone(), FIRST));
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<Person, Rejection> {
        let before = find(desk, &self.user, self.etag)?;
        let after = User { seat: self.seat, ..before.clone() };
        check_grant(desk, Some(&before), &after)?;
        if after != before {
            save(desk, Some(&before), after);
            if before.seat == Seat::Service {
                warn_of_routing(desk, &self.user, "seat");
            }
            release_tickets(desk, &self.user);
        }
        Ok(person(desk, &self.user))
    }
}
