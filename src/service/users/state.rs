//! Shutting a person out, and letting the person in again (A4).

use super::granting::check_grant;
use super::person::{Person, check_not_last_admin, find, person, save, warn_of_routing};
use super::release::{FIRST, release_tickets};
use crate::domain::access::Permission;
use crate::domain::ids::UserId;
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::domain::user::{User, UserState};
use crate::service::customer_agents::release_person;
use crate::service::desk::{Desk, UseCase};
use crate::storage::lane::{Keys, World};

/// Shuts a person out; the open tickets lose this owner, and the conversations this party in control.
#[derive(Debug, Clone)]
pub struct Deactivate {
    /// Who.
    pub user: UserId,
    /// What the caller last saw.
    pub etag: Option<i64>,
}

impl UseCase for Deactivate {
    /// The person, and how many tickets were released.
    type Outcome = (Person, usize);

    fn needs(&self, _world: &World, keys: &mut Keys) {
        keys.open_tickets_of.insert((self.user.clone(), FIRST));
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<Self::Outcome, Rejection> {
        let before = find(desk, &self.user, self.etag)?;
        leaves(desk, &before, UserState::Deactivated)?;
        if before.super_admin && !desk.rights.super_admin {
            let resource = desk.name(&Name::User(self.user.clone()));
            return Err(Rejection::PermissionMissing { permission: Permission::UsersManage, resource });
        }
        check_not_last_admin(desk, &before, "DEACTIVATED")?;
        save(desk, Some(&before), User { state: UserState::Deactivated, ..before.clone() });
        warn_of_routing(desk, &self.user, "name");
        let released = release_tickets(desk, &self.user);
        release_person(desk, &self.user);
        Ok((person(desk, &self.user), released))
    }
}

/// Lets a deactivated person in again: with seat, access and teams of then, without the tickets.
#[derive(Debug, Clone)]
pub struct Reactivate {
    /// Who.
    pub user: UserId,
    /// What the caller last saw.
    pub etag: Option<i64>,
}

impl UseCase for Reactivate {
    type Outcome = Person;

    fn needs(&self, _world: &World, _keys: &mut Keys) {}

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<Person, Rejection> {
        let before = find(desk, &self.user, self.etag)?;
        leaves(desk, &before, UserState::Active)?;
        // Whoever lets somebody in gives all that the row holds.
        check_grant(desk, None, &before)?;
        save(desk, Some(&before), User { state: UserState::Active, ..before.clone() });
        Ok(person(desk, &self.user))
    }
}

/// Refuses a state that holds already.
fn leaves(desk: &Desk<'_, '_>, user: &User, to: UserState) -> Result<(), Rejection> {
    if user.state != to {
        return Ok(());
    }
    let upper = |state: UserState| state.code().to_uppercase();
    let resource = desk.name(&Name::User(user.id.clone()));
    Err(Rejection::Transition { resource, from: upper(user.state), to: upper(to) })
}
