//! Who a credential stands for, and everything it may do.

use crate::domain::access::{Caller, Permission, Rights, Seat, Standing, TicketAccess, Tier};
use crate::domain::time::Timestamp;
use crate::service::grant::{Grant, Principal};

/// A permission with its reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    /// What may be done.
    pub permission: Permission,
    /// On which records; ALL where tickets are not concerned.
    pub reach: TicketAccess,
}

/// A caller as it is shown to itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallerView {
    /// Who.
    pub caller: Caller,
    /// The seat of a person.
    pub seat: Option<Seat>,
    /// The standing of a person.
    pub standing: Option<Standing>,
    /// The tier of the account.
    pub tier: Option<Tier>,
    /// Everything held at some level, in order.
    pub grants: Vec<Held>,
    /// When an access key ends by itself.
    pub expire_time: Option<Timestamp>,
}

/// What the grant says of its caller.
pub fn view(grant: &Grant) -> CallerView {
    let mut view = CallerView {
        caller: grant.caller().clone(),
        seat: None,
        standing: None,
        tier: None,
        grants: held(grant.rights()),
        expire_time: None,
    };
    match grant.principal() {
        Some(Principal::User { account, user, .. }) => {
            view.seat = Some(user.seat);
            view.standing = Some(grant.rights().standing);
            view.tier = Some(account.tier);
        }
        Some(Principal::AccessKey { account, key }) => {
            view.tier = Some(account.tier);
            view.expire_time = key.expire_time;
        }
        // An operator makes and reads accounts and touches nothing inside them.
        Some(Principal::Operator { .. }) => {
            view.grants.retain(|held| matches!(held.permission, Permission::AccountView | Permission::AccountManage));
        }
        None => {}
    }
    view
}

/// What is held at some level above none.
fn held(rights: &Rights) -> Vec<Held> {
    use Permission as P;
    let reach = |permission| match permission {
        P::TicketsView => rights.view,
        P::TicketsEdit | P::TicketsAssign | P::TicketsCommunicate => rights.edit,
        P::TicketsDelete => rights.delete,
        _ => TicketAccess::ALL,
    };
    let all = rights.permissions.iter().map(|permission| Held { permission: *permission, reach: reach(*permission) });
    all.filter(|held| held.reach.level > TicketAccess::NONE.level).collect()
}
