//! Name, mail address and access of a person.

use super::granting::check_grant;
use super::person::{Person, check_capacity, check_email, check_not_last_admin, find, person, save};
use super::presence;
use super::release::{FIRST, release_tickets};
use crate::domain::access::{Level, Seat, TicketAccess};
use crate::domain::ids::UserId;
use crate::domain::rejection::Rejection;
use crate::domain::routing::Capacity;
use crate::domain::user::User;
use crate::service::desk::{Desk, UseCase};
use crate::storage::lane::{Keys, World};

/// Changes a person; what is `None` stays.
#[derive(Debug, Clone)]
pub struct Update {
    /// Who.
    pub user: UserId,
    /// The new values.
    pub changes: Changes,
    /// What the caller last saw.
    pub etag: Option<i64>,
}

/// New values of a person.
#[derive(Debug, Clone, Default)]
pub struct Changes {
    /// Name for people, not blank.
    pub display_name: Option<String>,
    /// Mail address.
    pub email: Option<String>,
    /// Holds every permission.
    pub super_admin: Option<bool>,
    /// Manages people and the account.
    pub account_access: Option<bool>,
    /// Collaborates without a seat.
    pub service_access: Option<bool>,
    /// Collaborates without a seat.
    pub sales_access: Option<bool>,
    /// Manages customer agents.
    pub customer_agent_editor: Option<bool>,
    /// Which tickets the person reads.
    pub view: AccessChange,
    /// Which tickets the person changes.
    pub edit: AccessChange,
    /// Which tickets the person deletes.
    pub delete: AccessChange,
    /// How many open tickets the person gets automatically.
    pub capacity: Option<Capacity>,
    /// Whether the person has to keep a lease of presence.
    pub presence_required: Option<bool>,
    /// Must be the seat the person has: it is changed by its own verb.
    pub seat: Option<Seat>,
}

/// A new reach, in whole or in part.
#[derive(Debug, Clone, Copy, Default)]
pub struct AccessChange {
    /// The level.
    pub level: Option<Level>,
    /// The tickets without owner.
    pub include_unassigned: Option<bool>,
}

impl AccessChange {
    fn apply(self, access: &mut TicketAccess) {
        set(&mut access.level, self.level.as_ref());
        set(&mut access.include_unassigned, self.include_unassigned.as_ref());
    }
}

fn set<T: Clone>(place: &mut T, value: Option<&T>) {
    if let Some(value) = value {
        place.clone_from(value);
    }
}

impl Changes {
    fn apply(&self, user: &mut User) {
        set(&mut user.display_name, self.display_name.as_ref());
        set(&mut user.email, self.email.as_ref());
        set(&mut user.super_admin, self.super_admin.as_ref());
        set(&mut user.account_access, self.account_access.as_ref());
        set(&mut user.service_access, self.service_access.as_ref());
        set(&mut user.sales_access, self.sales_access.as_ref());
        set(&mut user.customer_agent_editor, self.customer_agent_editor.as_ref());
        set(&mut user.work.capacity, self.capacity.as_ref());
        set(&mut user.work.presence.required, self.presence_required.as_ref());
        self.view.apply(&mut user.view);
        self.edit.apply(&mut user.edit);
        self.delete.apply(&mut user.delete);
    }
}

impl UseCase for Update {
    type Outcome = Person;

    fn needs(&self, _world: &World, keys: &mut Keys) {
        keys.open_tickets_of.insert((self.user.clone(), FIRST));
        if self.changes.presence_required.is_some() {
            keys.leases.insert(self.user.clone());
        }
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<Person, Rejection> {
        let before = find(desk, &self.user, self.etag)?;
        if self.changes.seat.is_some_and(|seat| seat != before.seat) {
            return Err(Rejection::FieldImmutable { field: "user.seat".to_owned() });
        }
        let mut after = before.clone();
        self.changes.apply(&mut after);
        if after.work.presence.required != before.work.presence.required {
            presence::settle(desk, &mut after);
        }
        check_email(desk, &after)?;
        check_capacity(desk, before.work.capacity, after.work.capacity)?;
        check_grant(desk, Some(&before), &after)?;
        if !after.super_admin {
            check_not_last_admin(desk, &before, "NO_SUPER_ADMIN")?;
        }
        if after != before {
            save(desk, Some(&before), after);
            release_tickets(desk, &self.user);
        }
        Ok(person(desk, &self.user))
    }
}
