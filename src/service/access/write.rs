//! Making and ending access keys.

use crate::auth::access_key::NewAccessKey;
use crate::domain::access::{Permission, Rights, TicketAccess};
use crate::domain::event::EventType;
use crate::domain::ids::{AccessKeyId, CustomerAgentId};
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::domain::time::Timestamp;
use crate::domain::user::AccessKey;
use crate::service::Service;
use crate::service::desk::{Desk, UseCase};
use crate::service::grant::Grant;
use crate::settings::Secret;
use crate::storage::lane::{Keys, World};

/// Makes an access key. Its secret is made before the lane, so that the decision can be repeated (W2).
#[derive(Debug, Clone)]
pub struct Create {
    id: AccessKeyId,
    chosen: bool,
    secret: NewAccessKey,
    display_name: String,
    permissions: Vec<Permission>,
    customer_agent: Option<CustomerAgentId>,
    expire_time: Option<Timestamp>,
}

/// What an access key is made of.
#[derive(Debug, Clone)]
pub struct KeyWish {
    /// The chosen id; one is made when there is none.
    pub id: Option<AccessKeyId>,
    /// Name for people, not blank.
    pub display_name: String,
    /// What it may do, on every record.
    pub permissions: Vec<Permission>,
    /// The customer agent whose runtime it is for.
    pub customer_agent: Option<CustomerAgentId>,
    /// When it ends by itself.
    pub expire_time: Option<Timestamp>,
}

/// A new key with the credential to show once.
#[derive(Debug)]
pub struct NewKey {
    /// The stored row.
    pub key: AccessKey,
    /// The whole credential.
    pub credential: Secret,
}

impl Create {
    /// Makes id and secret for a key of the caller's account.
    ///
    /// # Errors
    /// [`Rejection::CallerKind`] for an operator.
    pub fn prepare(service: &Service, grant: &Grant, wish: KeyWish) -> Result<Self, Rejection> {
        let ids = &service.ids;
        let made = || AccessKeyId::stored(crate::storage::dialect::hex(&ids.bytes::<16>()));
        let chosen = wish.id.is_some();
        let id = wish.id.unwrap_or_else(made);
        let secret = NewAccessKey::generate(grant.account()?, &id, ids);
        let KeyWish { display_name, permissions, customer_agent, expire_time, .. } = wish;
        Ok(Self { id, chosen, secret, display_name, permissions, customer_agent, expire_time })
    }
}

impl UseCase for Create {
    type Outcome = NewKey;

    fn needs(&self, _world: &World, _keys: &mut Keys) {}

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<NewKey, Rejection> {
        let name = Name::AccessKey(self.id.clone());
        if desk.world().people().keys.get(&self.id).is_some() {
            return Err(Rejection::AlreadyExists { resource: desk.name(&name) });
        }
        let now = desk.session.now();
        if self.expire_time.is_some_and(|end| end <= now) {
            return Err(Rejection::field("access_key.expire_time", "OUT_OF_RANGE", "must lie in the future"));
        }
        if let Some(permission) = self.permissions.iter().copied().find(|wanted| !may_give(&desk.rights, *wanted)) {
            return Err(Rejection::PermissionMissing { permission, resource: desk.name(&name) });
        }
        self.check_agent(desk)?;
        let key = AccessKey {
            id: self.id.clone(),
            display_name: self.display_name.clone(),
            permissions: self.permissions.clone(),
            customer_agent: self.customer_agent.clone(),
            secret_hash: self.secret.hash.as_bytes().to_vec(),
            revoked: false,
            expire_time: self.expire_time,
            create_time: now,
            update_time: now,
            version: 1,
        };
        desk.session.world.people_mut().keys.put(self.id.clone(), key.clone());
        desk.event(EventType::ConfigChanged, &name, Vec::new());
        if !self.chosen {
            desk.session.made_before(self.id.as_str());
        }
        Ok(NewKey { key, credential: self.secret.text.clone() })
    }
}

impl Create {
    /// A key of a customer agent is bound by its editors, and good for nothing else.
    fn check_agent(&self, desk: &Desk<'_, '_>) -> Result<(), Rejection> {
        let Some(agent) = &self.customer_agent else { return Ok(()) };
        let (permission, resource) = (Permission::CustomerAgentsManage, desk.name(&Name::CustomerAgent(agent.clone())));
        if !desk.rights.has(permission) {
            return Err(Rejection::PermissionMissing { permission, resource });
        }
        if desk.world().people().agents.get(agent).is_none() {
            return Err(Rejection::ReferenceNotFound { field: "access_key.customer_agent".to_owned(), resource });
        }
        if self.permissions.iter().any(|held| *held != Permission::CustomerAgentsAct) {
            let text = "a key of a customer agent holds PERMISSION_CUSTOMER_AGENTS_ACT and nothing else";
            return Err(Rejection::field("access_key.permissions", "INCONSISTENT", text));
        }
        Ok(())
    }
}

/// Whether a caller may put a permission into a key: it must hold it, on every ticket where tickets are concerned. No
/// person holds what is for machines alone, so whoever may make keys may give that.
fn may_give(rights: &Rights, permission: Permission) -> bool {
    use Permission as P;
    let everywhere = match permission {
        P::IngressWrite | P::CustomerAgentsAct => return true,
        P::TicketsView | P::HandoffsView => rights.view.covers(TicketAccess::ALL),
        P::TicketsEdit | P::TicketsAssign | P::TicketsCommunicate | P::HandoffsAct => {
            rights.edit.covers(TicketAccess::ALL)
        }
        P::TicketsDelete => rights.delete.covers(TicketAccess::ALL),
        _ => true,
    };
    everywhere && rights.has(permission)
}

/// Ends an access key for good; ending an ended one changes nothing.
#[derive(Debug, Clone)]
pub struct Revoke {
    /// Which.
    pub key: AccessKeyId,
    /// What the caller last saw.
    pub etag: Option<i64>,
}

impl UseCase for Revoke {
    type Outcome = AccessKey;

    fn needs(&self, _world: &World, _keys: &mut Keys) {}

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<AccessKey, Rejection> {
        let name = Name::AccessKey(self.key.clone());
        let found = desk.world().people().keys.get(&self.key).cloned();
        let mut key = found.ok_or_else(|| desk.not_found(&name))?;
        desk.same_version(&name, self.etag, key.version)?;
        if !key.revoked {
            key.revoked = true;
            key.version += 1;
            key.update_time = desk.session.now();
            desk.session.world.people_mut().keys.put(self.key.clone(), key.clone());
            let change = crate::domain::event::FieldChange::of("revoked", false, true);
            desk.event(EventType::ConfigChanged, &name, change.into_iter().collect());
        }
        Ok(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::access::{Level, Standing};

    fn rights(permissions: &[Permission], view: TicketAccess) -> Rights {
        let permissions = permissions.iter().copied().collect();
        Rights { permissions, view, standing: Standing::Full, ..Rights::system() }
    }

    #[test]
    fn a_key_gets_no_more_than_its_maker_has() {
        let team = TicketAccess { level: Level::Team, include_unassigned: true };
        let held = [Permission::TicketsView, Permission::TicketsCreate];
        assert!(may_give(&rights(&held, TicketAccess::ALL), Permission::TicketsView));
        assert!(!may_give(&rights(&held, team), Permission::TicketsView));
        assert!(may_give(&rights(&held, team), Permission::TicketsCreate));
        assert!(!may_give(&rights(&held, TicketAccess::ALL), Permission::ChannelsManage));
        assert!(may_give(&rights(&[], team), Permission::IngressWrite));
    }
}
