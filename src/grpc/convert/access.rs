//! Standing, seats, levels, permissions and access keys on the wire.

use crate::domain::access::{Caller, Level, Permission, Seat, Standing, TicketAccess, Tier};
use crate::domain::ids::{AccessKeyId, AccountId};
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::domain::user::AccessKey;
use crate::grpc::convert::common::moment;
use crate::grpc::convert::user::display_name;
use crate::grpc::convert::{name, timestamp};
use crate::grpc::pb::{access as wire, v1};
use crate::service::access::{CallerView, KeyWish, Revoke};
use crate::service::desk::{etag, version_of};
use crate::service::grant::Grant;

/// A seat.
pub fn seat(seat: Seat) -> wire::Seat {
    match seat {
        Seat::None => wire::Seat::None,
        Seat::ViewOnly => wire::Seat::ViewOnly,
        Seat::Core => wire::Seat::Core,
        Seat::Service => wire::Seat::Service,
    }
}

/// A seat that a caller gave; unset is none.
pub fn seat_of(seat: wire::Seat) -> Seat {
    match seat {
        wire::Seat::Unspecified | wire::Seat::None => Seat::None,
        wire::Seat::ViewOnly => Seat::ViewOnly,
        wire::Seat::Core => Seat::Core,
        wire::Seat::Service => Seat::Service,
    }
}

/// A standing.
pub fn standing(standing: Standing) -> wire::Standing {
    match standing {
        Standing::SignedIn => wire::Standing::SignedIn,
        Standing::Collaborator => wire::Standing::Collaborator,
        Standing::Full => wire::Standing::Full,
    }
}

/// A tier.
pub fn tier(tier: Tier) -> wire::Tier {
    match tier {
        Tier::Free => wire::Tier::Free,
        Tier::Starter => wire::Tier::Starter,
        Tier::Professional => wire::Tier::Professional,
        Tier::Enterprise => wire::Tier::Enterprise,
    }
}

/// A tier that a caller gave; unset is none.
pub fn tier_of(tier: wire::Tier) -> Option<Tier> {
    match tier {
        wire::Tier::Unspecified => None,
        wire::Tier::Free => Some(Tier::Free),
        wire::Tier::Starter => Some(Tier::Starter),
        wire::Tier::Professional => Some(Tier::Professional),
        wire::Tier::Enterprise => Some(Tier::Enterprise),
    }
}

/// A level.
pub fn level(level: Level) -> wire::AccessLevel {
    match level {
        Level::None => wire::AccessLevel::None,
        Level::Owned => wire::AccessLevel::Owned,
        Level::Team => wire::AccessLevel::Team,
        Level::All => wire::AccessLevel::All,
    }
}

/// A level that a caller gave; unset is none at all.
pub fn level_of(level: wire::AccessLevel) -> Level {
    match level {
        wire::AccessLevel::Unspecified | wire::AccessLevel::None => Level::None,
        wire::AccessLevel::Owned => Level::Owned,
        wire::AccessLevel::Team => Level::Team,
        wire::AccessLevel::All => Level::All,
    }
}

/// A permission; the contract has a value for each of the domain's.
pub fn permission(permission: Permission) -> wire::Permission {
    let name = format!("PERMISSION_{}", permission.code().to_uppercase());
    wire::Permission::from_str_name(&name).unwrap_or_default()
}

/// A permission that a caller gave.
pub fn permission_of(permission: wire::Permission) -> Option<Permission> {
    Permission::from_code(&permission.as_str_name().strip_prefix("PERMISSION_")?.to_lowercase())
}

/// The caller as it is shown to itself. `token_end`: when its token ends.
pub fn caller(view: &CallerView, token_end: Option<prost_types::Timestamp>) -> v1::Caller {
    let account = |account: &AccountId| Name::Account.within(account);
    let (kind, account, principal) = match &view.caller {
        Caller::User(of, id) => (wire::CallerKind::User, account(of), Name::User(id.clone()).within(of)),
        Caller::AccessKey(of, id) => (wire::CallerKind::AccessKey, account(of), Name::AccessKey(id.clone()).within(of)),
        Caller::CustomerAgent(of, id, _) => {
            (wire::CallerKind::CustomerAgent, account(of), Name::CustomerAgent(id.clone()).within(of))
        }
        Caller::Operator(name) => (wire::CallerKind::Operator, String::new(), name.clone()),
        Caller::System(reason) => (wire::CallerKind::Unspecified, String::new(), (*reason).to_owned()),
    };
    let grant = |permitted: Permission, reach: TicketAccess| v1::PermissionGrant {
        permission: permission(permitted).into(),
        level: level(reach.level).into(),
        include_unassigned: reach.include_unassigned && matches!(reach.level, Level::Owned | Level::Team),
    };
    v1::Caller {
        kind: kind.into(),
        account,
        principal,
        seat: view.seat.map_or(wire::Seat::Unspecified, seat).into(),
        tier: view.tier.map_or(wire::Tier::Unspecified, tier).into(),
        grants: view.grants.iter().map(|held| grant(held.permission, held.reach)).collect(),
        expire_time: view.expire_time.map(timestamp).or(token_end),
        standing: view.standing.map_or(wire::Standing::Unspecified, standing).into(),
    }
}

/// An access key as callers see it.
pub fn access_key(account: &AccountId, key: &AccessKey) -> v1::AccessKey {
    let agent = key.customer_agent.clone();
    v1::AccessKey {
        name: Name::AccessKey(key.id.clone()).within(account),
        display_name: key.display_name.clone(),
        expire_time: key.expire_time.map(timestamp),
        revoked: key.revoked,
        permissions: key.permissions.iter().map(|held| permission(*held).into()).collect(),
        customer_agent: agent.map(|id| Name::CustomerAgent(id).within(account)).unwrap_or_default(),
        create_time: Some(timestamp(key.create_time)),
        update_time: Some(timestamp(key.update_time)),
        etag: etag(key.version),
    }
}

/// What a `CreateAccessKey` request wishes for.
///
/// # Errors
/// Fields that break a rule.
pub fn wish(grant: &Grant, request: v1::CreateAccessKeyRequest) -> Result<KeyWish, Rejection> {
    name::account(grant, "parent", &request.parent)?;
    let key = name::required("access_key", request.access_key)?;
    let expire_time = match &key.expire_time {
        Some(end) => Some(moment(end).ok_or_else(|| bad_time("access_key.expire_time"))?),
        None => None,
    };
    let id = (!request.access_key_id.is_empty()).then(|| AccessKeyId::stored(request.access_key_id));
    let customer_agent = name::customer_agent_ref(grant, "access_key.customer_agent", &key.customer_agent)?;
    let permissions = key.permissions().filter_map(permission_of).collect();
    Ok(KeyWish {
        id,
        permissions,
        customer_agent,
        expire_time,
        display_name: display_name("access_key.display_name", &key.display_name)?,
    })
}

fn bad_time(field: &str) -> Rejection {
    Rejection::field(field, "OUT_OF_RANGE", "must lie in the years 1 to 9999")
}

/// The use case of a `RevokeAccessKey` request.
///
/// # Errors
/// A name that is none.
pub fn revoke(grant: &Grant, request: v1::RevokeAccessKeyRequest) -> Result<Revoke, Rejection> {
    let v1::RevokeAccessKeyRequest { name: key, etag, .. } = request;
    Ok(Revoke { key: name::access_key(grant, "name", &key)?, etag: version_of(&etag) })
}

/// Takes the secret out of an answer that is kept, and says so to whoever gets the kept one.
pub fn hide_secret(secret: &mut String, mutation: &mut Option<v1::MutationInfo>) {
    secret.clear();
    let text = "the secret was shown once, in the first answer; it is stored nowhere".to_owned();
    let warning = v1::Warning { field: "secret".to_owned(), text, resource: String::new() };
    mutation.get_or_insert_default().warnings.push(warning);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_permission_has_its_value_on_the_wire() {
        for held in Permission::ALL {
            assert_eq!(permission_of(permission(*held)), Some(*held));
        }
    }

    #[test]
    fn words_read_back_as_they_were_written() {
        assert!(Seat::ALL.iter().all(|it| seat_of(seat(*it)) == *it));
        assert!(Level::ALL.iter().all(|it| level_of(level(*it)) == *it));
        assert!(Tier::ALL.iter().all(|it| tier_of(tier(*it)) == Some(*it)));
    }
}
