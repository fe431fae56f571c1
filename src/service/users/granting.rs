//! Nobody gives what they lack (A1): what somebody would gain, held against what the caller has.

use std::collections::BTreeSet;

use crate::domain::access::{Permission, Rights, TicketAccess, user_rights};
use crate::domain::account::{Account, AccountState};
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::domain::user::{User, UserState};
use crate::service::desk::Desk;

/// What a person's row is worth.
struct Worth {
    super_admin: bool,
    permissions: BTreeSet<Permission>,
    /// Reach of reading: as it works, and as it stands in the row, where it may wait for a seat.
    view: [TicketAccess; 2],
    /// Reach of changing, likewise.
    edit: [TicketAccess; 2],
    /// Reach of deleting, likewise.
    delete: [TicketAccess; 2],
}

impl Worth {
    fn nothing() -> Self {
        let none = [TicketAccess::NONE; 2];
        Self { super_admin: false, permissions: BTreeSet::new(), view: none, edit: none, delete: none }
    }
}

/// The worth of a row, as if account and person were active: rights that sleep now wake up later.
fn worth(account: &Account, user: &User) -> Worth {
    let account = Account { state: AccountState::Active, ..account.clone() };
    let awake = User { state: UserState::Active, ..user.clone() };
    let Ok(rights) = user_rights(&account, &awake, BTreeSet::new()) else { return Worth::nothing() };
    Worth {
        super_admin: user.super_admin,
        permissions: rights.permissions,
        view: [rights.view, user.view],
        edit: [rights.edit, user.edit],
        delete: [rights.delete, user.delete],
    }
}

/// The first permission that `after` has beyond `before` and that the caller could not give. Only a super admin makes or
/// unmakes a super admin.
pub fn lacking(account: &Account, caller: &Rights, before: Option<&User>, after: &User) -> Option<Permission> {
    let (had, has) = (before.map_or_else(Worth::nothing, |user| worth(account, user)), worth(account, after));
    if had.super_admin != has.super_admin && !caller.super_admin {
        return Some(Permission::UsersManage);
    }
    let gained = has.permissions.difference(&had.permissions).find(|permission| !caller.has(**permission)).copied();
    let beyond = |had: [TicketAccess; 2], has: [TicketAccess; 2], mine: TicketAccess, permission| {
        let gains = |(had, has): (TicketAccess, TicketAccess)| !had.covers(has) && !mine.covers(has);
        had.into_iter().zip(has).any(gains).then_some(permission)
    };
    gained
        .or_else(|| beyond(had.view, has.view, caller.view, Permission::TicketsView))
        .or_else(|| beyond(had.edit, has.edit, caller.edit, Permission::TicketsEdit))
        .or_else(|| beyond(had.delete, has.delete, caller.delete, Permission::TicketsDelete))
}

/// Refuses a change through which a person would get more than the caller has.
///
/// # Errors
/// [`Rejection::PermissionMissing`].
pub fn check_grant(desk: &Desk<'_, '_>, before: Option<&User>, after: &User) -> Result<(), Rejection> {
    match lacking(&desk.world().account, &desk.rights, before, after) {
        Some(permission) => {
            Err(Rejection::PermissionMissing { permission, resource: desk.name(&Name::User(after.id.clone())) })
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::access::{Level, Seat, Tier};
    use crate::domain::ids::{AccountId, UserId};
    use crate::domain::time::Timestamp;

    const NOW: Timestamp = Timestamp::from_micros(0);

    fn account() -> Account {
        Account {
            id: AccountId::stored("acme"),
            display_name: "Acme".into(),
            state: AccountState::Active,
            add_ons: std::collections::BTreeSet::new(),
            tier: Tier::Enterprise,
            time_zone: "UTC".into(),
            credits: 0,
            webhook_generation: 0,
            webhook_rotate_time: None,
            create_time: NOW,
            update_time: NOW,
            version: 1,
        }
    }

    fn nobody(id: &str) -> User {
        User {
            id: UserId::stored(id),
            display_name: id.into(),
            email: format!("{id}@acme.example"),
            state: UserState::Active,
            seat: Seat::None,
            super_admin: false,
            account_access: false,
            service_access: false,
            sales_access: false,
            customer_agent_editor: false,
            view: TicketAccess::NONE,
            edit: TicketAccess::NONE,
            delete: TicketAccess::NONE,
            available: true,
            availability_since: NOW,
            work: crate::domain::user::Work::default(),
            notifications: crate::domain::notification::NotificationSettings::default(),
            releasing: 0,
            create_time: NOW,
            update_time: NOW,
            version: 1,
        }
    }

    fn rights(user: &User) -> Rights {
        user_rights(&account(), user, BTreeSet::new()).expect("active")
    }

    /// A manager of people with a Service seat who reads the tickets of the own teams.
    fn manager() -> User {
        let team = TicketAccess { level: Level::Team, include_unassigned: false };
        User { seat: Seat::Service, account_access: true, view: team, edit: team, ..nobody("manager") }
    }

    fn refused(caller: &User, before: Option<&User>, after: &User) -> Option<Permission> {
        lacking(&account(), &rights(caller), before, after)
    }

    /// R-011, A1.
    #[test]
    fn levels_are_given_only_as_far_as_ones_own_reach() {
        let owned = TicketAccess { level: Level::Owned, include_unassigned: false };
        let agent = User { seat: Seat::Service, view: owned, edit: owned, ..nobody("agent") };
        assert_eq!(refused(&manager(), None, &agent), None);
        let wider = User { view: TicketAccess::ALL, ..agent.clone() };
        assert_eq!(refused(&manager(), Some(&agent), &wider), Some(Permission::TicketsView));
        let free = User { edit: TicketAccess { level: Level::Owned, include_unassigned: true }, ..agent.clone() };
        assert_eq!(refused(&manager(), Some(&agent), &free), Some(Permission::TicketsEdit));
        // What is there already may stay and may be lowered.
        assert_eq!(refused(&manager(), Some(&wider), &wider), None);
        assert_eq!(refused(&manager(), Some(&wider), &agent), None);
    }

    #[test]
    fn a_level_that_waits_for_a_seat_counts_as_given() {
        let waiting = User { view: TicketAccess::ALL, ..nobody("later") };
        assert_eq!(refused(&manager(), None, &waiting), Some(Permission::TicketsView));
        // Somebody else stored the level; the seat would wake it up.
        let seated = User { seat: Seat::Service, ..waiting.clone() };
        assert_eq!(refused(&manager(), Some(&waiting), &seated), Some(Permission::TicketsView));
    }

    #[test]
    fn a_manager_without_a_seat_gives_no_seats() {
        let caller = User { account_access: true, ..nobody("hr") };
        let agent = User { seat: Seat::Service, ..nobody("agent") };
        assert!(refused(&caller, None, &agent).is_some());
        assert_eq!(refused(&caller, None, &nobody("plain")), None);
        assert_eq!(refused(&caller, None, &User { account_access: true, ..nobody("peer") }), None);
    }

    #[test]
    fn only_a_super_admin_makes_and_unmakes_one() {
        let chief = User { super_admin: true, ..nobody("chief") };
        let next = User { super_admin: true, ..nobody("next") };
        assert_eq!(refused(&manager(), Some(&nobody("next")), &next), Some(Permission::UsersManage));
        assert_eq!(refused(&manager(), Some(&next), &nobody("next")), Some(Permission::UsersManage));
        assert_eq!(refused(&chief, None, &next), None);
        assert_eq!(refused(&chief, Some(&next), &nobody("next")), None);
    }
}
