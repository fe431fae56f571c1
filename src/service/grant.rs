//! The proof that somebody may do something (ring 2), and its second look inside the lane (W11).

use crate::domain::access::{Caller, NotAdmitted, Permission, Rights, Standing, Tier, key_rights, user_rights};
use crate::domain::account::Account;
use crate::domain::event::{Actor, SystemActor};
use crate::domain::ids::{AccountId, TeamId};
use crate::domain::names::Name;
use crate::domain::plan::Feature;
use crate::domain::rejection::Rejection;
use crate::domain::time::Timestamp;
use crate::domain::user::{AccessKey, User};
use crate::storage::lane::World;
use std::collections::BTreeSet;

/// What a method asks of its caller: the contract's access rule, without wire types.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirement {
    /// The method, for refusals and for the key of request ids.
    pub method: &'static str,
    /// Lowest standing of a person.
    pub standing: Standing,
    /// What must be held, unless the caller acts on itself.
    pub permission: Option<Permission>,
    /// Asked in the service of a caller that acts on another.
    pub also: Vec<Permission>,
    /// The caller acts on itself.
    pub own_only: bool,
    /// Lowest tier of the account.
    pub tier: Option<Tier>,
    /// Which kinds of caller are let in.
    pub callers: Callers,
}

/// Kinds of caller let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Callers {
    /// People.
    pub users: bool,
    /// Machine credentials.
    pub access_keys: bool,
    /// Runtimes of customer agents.
    pub customer_agents: bool,
    /// Whoever runs the service.
    pub operators: bool,
}

/// The stored rows behind a credential, read in one statement.
#[derive(Debug, Clone)]
#[expect(clippy::large_enum_variant, reason = "one at a time, and most are the largest: people")]
pub enum Principal {
    /// A person.
    User {
        /// The account.
        account: Account,
        /// The person.
        user: User,
        /// The person's teams.
        teams: BTreeSet<TeamId>,
    },
    /// A machine credential, of an integration or of a customer agent's runtime.
    AccessKey {
        /// The account.
        account: Account,
        /// The key.
        key: AccessKey,
    },
    /// Whoever runs the service.
    Operator {
        /// Who.
        name: String,
    },
}

/// That a caller may use a method. Services take it first; the only ways to one are [`authorize`] and [`Grant::system`].
#[derive(Debug, Clone)]
pub struct Grant {
    caller: Caller,
    account: Option<AccountId>,
    rights: Rights,
    requirement: Requirement,
    principal: Option<Principal>,
}

/// Judges a caller against what a method asks (contract 2.9: account state, caller kind, standing, permission, tier).
///
/// # Errors
/// The first that is missing.
pub fn authorize(principal: Principal, requirement: &Requirement, now: Timestamp) -> Result<Grant, Rejection> {
    let (caller, account, rights) = match &principal {
        Principal::User { account, user, teams } => {
            let rights =
                user_rights(account, user, teams.clone()).map_err(|why| refused(why, account, user.id.as_str()))?;
            (Caller::User(account.id.clone(), user.id.clone()), Some(account), rights)
        }
        Principal::AccessKey { account, key } => {
            let rights = key_rights(account, key, now).map_err(|why| refused(why, account, ""))?;
            let (of, id) = (account.id.clone(), key.id.clone());
            let caller = match &key.customer_agent {
                Some(agent) => Caller::CustomerAgent(of, agent.clone(), id),
                None => Caller::AccessKey(of, id),
            };
            (caller, Some(account), rights)
        }
        Principal::Operator { name } => (Caller::Operator(name.clone()), None, Rights::system()),
    };
    check(&caller, &rights, account, requirement)?;
    let account = account.map(|account| account.id.clone());
    Ok(Grant { caller, account, rights, requirement: requirement.clone(), principal: Some(principal) })
}

fn refused(why: NotAdmitted, account: &Account, user: &str) -> Rejection {
    match why {
        NotAdmitted::AccountSuspended => Rejection::AccountSuspended { account: Name::Account.within(&account.id) },
        NotAdmitted::UserDeactivated => {
            Rejection::UserDeactivated { user: format!("accounts/{}/users/{user}", account.id) }
        }
        NotAdmitted::KeyInvalid => Rejection::CredentialInvalid,
    }
}

fn check(caller: &Caller, rights: &Rights, account: Option<&Account>, asked: &Requirement) -> Result<(), Rejection> {
    let (kind, allowed) = match caller {
        Caller::User(..) => ("USER", asked.callers.users),
        Caller::AccessKey(..) => ("ACCESS_KEY", asked.callers.access_keys),
        Caller::CustomerAgent(..) => ("CUSTOMER_AGENT", asked.callers.customer_agents),
        Caller::Operator(_) => ("OPERATOR", asked.callers.operators),
        Caller::System(_) => return Ok(()),
    };
    if !allowed {
        return Err(Rejection::CallerKind { kind, method: asked.method.to_owned() });
    }
    if matches!(caller, Caller::Operator(_)) {
        return Ok(());
    }
    if matches!(caller, Caller::User(..)) && rights.standing < asked.standing {
        let (required, standing) = (asked.standing, rights.standing);
        return Err(Rejection::StandingTooLow { required, standing, method: asked.method.to_owned() });
    }
    // Of a customer agent one thing is asked wherever it is let in, whatever the rule asks of others.
    let permission = match caller {
        Caller::CustomerAgent(..) => asked.permission.map(|_| Permission::CustomerAgentsAct),
        _ => asked.permission,
    };
    if let Some(permission) = permission.filter(|p| !asked.own_only && !rights.has(*p)) {
        let resource = account.map(|account| Name::Account.within(&account.id)).unwrap_or_default();
        return Err(Rejection::PermissionMissing { permission, resource });
    }
    match (asked.tier, account) {
        (Some(required), Some(account)) if account.tier < required => {
            Err(Rejection::SubscriptionRequired { required, tier: account.tier, feature: asked.method })
        }
        _ => Ok(()),
    }
}

impl Grant {
    /// For work of the service itself in `account`; the reason lands in the events.
    pub fn system(account: AccountId, reason: &'static str) -> Self {
        let callers = Callers { users: false, access_keys: false, customer_agents: false, operators: false };
        let requirement = Requirement {
            method: reason,
            standing: Standing::SignedIn,
            permission: None,
            also: Vec::new(),
            own_only: false,
            tier: None,
            callers,
        };
        let account = Some(account);
        Self { caller: Caller::System(reason), account, rights: Rights::system(), requirement, principal: None }
    }

    /// The same grant judged on rows read again, for calls that last.
    ///
    /// # Errors
    /// As [`authorize`].
    pub fn renewed(&self, principal: Principal, now: Timestamp) -> Result<Self, Rejection> {
        authorize(principal, &self.requirement, now)
    }

    /// Who calls.
    pub fn caller(&self) -> &Caller {
        &self.caller
    }

    /// What the caller may do, as it was when the call began. Lanes look again.
    pub fn rights(&self) -> &Rights {
        &self.rights
    }

    /// The method.
    pub fn method(&self) -> &'static str {
        self.requirement.method
    }

    /// Whether the method writes to tickets that its caller need not see: those of channel adapters, and of customer agents.
    pub fn works_unseen(&self) -> bool {
        self.caller.customer_agent().is_some() || self.requirement.permission == Some(Permission::IngressWrite)
    }

    /// The rows behind the caller, as they were when the call began.
    pub fn principal(&self) -> Option<&Principal> {
        self.principal.as_ref()
    }

    /// The caller's account; an operator has none.
    ///
    /// # Errors
    /// [`Rejection::CallerKind`] for an operator.
    pub fn account(&self) -> Result<&AccountId, Rejection> {
        self.account
            .as_ref()
            .ok_or_else(|| Rejection::CallerKind { kind: "OPERATOR", method: self.method().to_owned() })
    }

    /// The tier of the caller's account, as it was when the call began.
    pub fn tier(&self) -> Option<Tier> {
        match self.principal.as_ref()? {
            Principal::User { account, .. } | Principal::AccessKey { account, .. } => Some(account.tier),
            Principal::Operator { .. } => None,
        }
    }

    /// Whether the tier of the caller's account includes it; whoever runs the service sees what is set.
    pub fn tier_includes(&self, feature: Feature) -> bool {
        self.tier().is_none_or(|tier| feature.is_in(tier))
    }

    /// Who shows in the events.
    pub fn actor(&self) -> Actor {
        match &self.caller {
            Caller::User(_, user) => Actor::User(user.clone()),
            Caller::AccessKey(_, key) => Actor::AccessKey(key.clone()),
            Caller::CustomerAgent(_, agent, _) => Actor::CustomerAgent(agent.clone()),
            Caller::Operator(_) => Actor::System(SystemActor::Operator),
            Caller::System(_) => Actor::System(SystemActor::Timer),
        }
    }

    /// Asks what a caller needs that acts on somebody else (`own_only` methods).
    ///
    /// # Errors
    /// [`Rejection::PermissionMissing`].
    pub fn ask_for_another(&self, rights: &Rights, resource: &str) -> Result<(), Rejection> {
        match self.requirement.also.iter().find(|permission| !rights.has(**permission)) {
            Some(permission) => {
                Err(Rejection::PermissionMissing { permission: *permission, resource: resource.to_owned() })
            }
            None => Ok(()),
        }
    }

    /// The grant of an operator for a change inside an account; of anybody else only for their own.
    ///
    /// # Errors
    /// [`Rejection::NotFound`] for the account of others.
    pub fn inside(&self, account: &AccountId) -> Result<Self, Rejection> {
        let own = self.account.as_ref().is_some_and(|own| own == account);
        if own || matches!(self.caller, Caller::Operator(_)) {
            return Ok(Self { account: Some(account.clone()), ..self.clone() });
        }
        Err(Rejection::NotFound { resource: Name::Account.within(account) })
    }

    /// The same judgement on fresh rows, for calls that last (A3).
    ///
    /// # Errors
    /// As [`authorize`].
    pub fn judged_on(&self, principal: Principal, now: Timestamp) -> Result<Self, Rejection> {
        authorize(principal, &self.requirement, now)
    }

    /// The same judgement on the rows as the lane sees them: a right taken away holds at once (W11).
    ///
    /// # Errors
    /// As [`authorize`].
    pub fn judge_again(&self, world: &World) -> Result<Rights, Rejection> {
        let account = &world.account;
        let rights = match &self.caller {
            Caller::User(_, id) => {
                let user = world.people().users.get(id).ok_or(Rejection::CredentialInvalid)?;
                user_rights(account, user, world.teams_of(id).clone())
                    .map_err(|why| refused(why, account, id.as_str()))?
            }
            Caller::AccessKey(_, id) | Caller::CustomerAgent(_, _, id) => {
                let key = world.people().keys.get(id).ok_or(Rejection::CredentialInvalid)?;
                key_rights(account, key, world.now).map_err(|why| refused(why, account, ""))?
            }
            Caller::Operator(_) | Caller::System(_) => Rights::system(),
        };
        check(&self.caller, &rights, Some(account), &self.requirement)?;
        Ok(rights)
    }
}
