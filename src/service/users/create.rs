//! A person added to the account.

use super::granting::check_grant;
use super::person::{Person, check_capacity, check_email, person, save};
use crate::domain::access::{Seat, TicketAccess};
use crate::domain::ids::UserId;
use crate::domain::names::Name;
use crate::domain::presence::Presence;
use crate::domain::rejection::Rejection;
use crate::domain::routing::Capacity;
use crate::domain::user::{User, UserState, Work};
use crate::service::desk::{Desk, UseCase};
use crate::storage::lane::{Keys, World};

/// Adds a person, who is active and available.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the contract, independent of the others")]
pub struct Create {
    /// The chosen id; one is made when there is none.
    pub id: Option<UserId>,
    /// Name for people, not blank.
    pub display_name: String,
    /// Mail address.
    pub email: String,
    /// Paid place.
    pub seat: Seat,
    /// Holds every permission.
    pub super_admin: bool,
    /// Manages people and the account.
    pub account_access: bool,
    /// Collaborates without a seat.
    pub service_access: bool,
    /// Collaborates without a seat.
    pub sales_access: bool,
    /// Manages customer agents.
    pub customer_agent_editor: bool,
    /// Which tickets the person reads.
    pub view: TicketAccess,
    /// Which tickets the person changes.
    pub edit: TicketAccess,
    /// Which tickets the person deletes.
    pub delete: TicketAccess,
    /// How many open tickets the person gets automatically.
    pub capacity: Capacity,
    /// Whether the person has to keep a lease of presence.
    pub presence_required: bool,
}

impl UseCase for Create {
    type Outcome = Person;

    fn needs(&self, _world: &World, _keys: &mut Keys) {}

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<Person, Rejection> {
        let made = desk.session.token();
        let id = self.id.clone().unwrap_or_else(|| UserId::stored(made));
        if desk.world().people().users.get(&id).is_some() {
            return Err(Rejection::AlreadyExists { resource: desk.name(&Name::User(id)) });
        }
        let user = self.row(&id, desk);
        check_email(desk, &user)?;
        check_grant(desk, None, &user)?;
        check_capacity(desk, Capacity::default(), self.capacity)?;
        save(desk, None, user);
        Ok(person(desk, &id))
    }
}

impl Create {
    fn row(&self, id: &UserId, desk: &Desk<'_, '_>) -> User {
        let now = desk.world().now;
        User {
            id: id.clone(),
            display_name: self.display_name.clone(),
            email: self.email.clone(),
            state: UserState::Active,
            seat: self.seat,
            super_admin: self.super_admin,
            account_access: self.account_access,
            service_access: self.service_access,
            sales_access: self.sales_access,
            customer_agent_editor: self.customer_agent_editor,
            view: self.view,
            edit: self.edit,
            delete: self.delete,
            available: true,
            availability_since: now,
            work: Work {
                capacity: self.capacity,
                presence: Presence { required: self.presence_required, lost: self.presence_required },
                ..Work::default()
            },
            notifications: crate::domain::notification::NotificationSettings::default(),
            releasing: 0,
            create_time: now,
            update_time: now,
            version: 0,
        }
    }
}
