//! Rings 1 and 2: who calls, and may this kind of caller use this method. A tower layer, because interceptors do not see
//! the method's path (contract 2.12).

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use futures_util::future::BoxFuture;
use http::HeaderMap;
use tonic::Status;
use tower::Layer;

use super::call::CredentialEnd;
use super::contract::access::{self as table, Rule};
use super::pb::access as wire;
use super::pb::v1::ErrorReason;
use super::server::{Inside, Request, Response};
use super::status::Refusal;
use crate::auth::access_key::{PresentedAccessKey, is_access_key};
use crate::auth::{Bearer, Claims, KeyFiles, TokenFault};
use crate::clock::SharedClock;
use crate::domain::access::{Permission, Standing, Tier};
use crate::domain::time::Timestamp;
use crate::service::grant::{Callers, Principal, Requirement, authorize};
use crate::service::{Service, callers};

/// Services that ask no credential: probes and tools must reach them. The whole list.
const OPEN: [&str; 3] =
    ["/grpc.health.v1.Health/", "/grpc.reflection.v1.ServerReflection/", "/grpc.reflection.v1alpha.ServerReflection/"];
/// Verified tokens remembered at most; beyond it the memory starts anew.
const REMEMBERED: usize = 10_000;

/// Finds out who calls.
pub struct Gate {
    service: Service,
    keys: Arc<KeyFiles>,
    clock: SharedClock,
    requirements: HashMap<&'static str, Requirement>,
    verified: Mutex<Verified>,
}

/// Signatures that were verified, by token, until the keys change. Rights are never remembered (A3).
#[derive(Default)]
struct Verified {
    generation: u64,
    claims: HashMap<String, Claims>,
}

impl std::fmt::Debug for Gate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Gate")
    }
}

impl Gate {
    /// A gate over the contract's access table.
    pub fn new(service: Service, keys: Arc<KeyFiles>, clock: SharedClock) -> Self {
        let requirements = table::rules().iter().map(|rule| (rule.path, requirement(rule))).collect();
        Self { service, keys, clock, requirements, verified: Mutex::default() }
    }

    /// Judges a call and puts its grant into the extensions.
    async fn admit(&self, mut request: Request) -> Result<Request, Status> {
        let path = request.uri().path();
        if OPEN.iter().any(|open| path.starts_with(open)) {
            return Ok(request);
        }
        let Some(asked) = self.requirements.get(path) else {
            // The edge answers paths that are not served; one of ours without a rule must never pass.
            return Err(super::call::not_supported("method"));
        };
        let credential = bearer(request.headers())?;
        let now = self.clock.now();
        let (principal, ends) = self.principal(credential, now).await?;
        let grant = authorize(principal, asked, now).map_err(Status::from)?;
        tracing::Span::current().record("helpdesk.caller", grant.caller().key());
        if let Some(end) = ends {
            request.extensions_mut().insert(CredentialEnd(end));
        }
        request.extensions_mut().insert(grant);
        Ok(request)
    }

    /// Who calls, and when the token of a call ends.
    async fn principal(&self, credential: &str, now: Timestamp) -> Result<(Principal, Option<Timestamp>), Status> {
        if is_access_key(credential) {
            let presented = PresentedAccessKey::parse(credential).map_err(|_| invalid())?;
            return Ok((callers::access_key(&self.service, &presented).await?, None));
        }
        let Claims { bearer, expires } = self.claims(credential, now)?;
        let principal = match bearer {
            Bearer::Operator { name } => Principal::Operator { name },
            Bearer::User { account, user } => callers::user(&self.service, &account, &user).await?,
        };
        Ok((principal, Some(expires)))
    }

    fn claims(&self, token: &str, now: Timestamp) -> Result<Claims, Status> {
        let generation = self.keys.generation();
        let mut verified = self.verified.lock().unwrap_or_else(PoisonError::into_inner);
        if verified.generation != generation || verified.claims.len() >= REMEMBERED {
            *verified = Verified { generation, claims: HashMap::new() };
        }
        if let Some(claims) = verified.claims.get(token).filter(|claims| claims.expires > now) {
            return Ok(claims.clone());
        }
        drop(verified);
        let claims = self.keys.verifier().verify(token, now).map_err(|fault| refused(fault, now))?;
        let mut verified = self.verified.lock().unwrap_or_else(PoisonError::into_inner);
        if verified.generation == generation {
            verified.claims.insert(token.to_owned(), claims.clone());
        }
        Ok(claims)
    }
}

fn bearer(headers: &HeaderMap) -> Result<&str, Status> {
    let missing =
        || Refusal::new(ErrorReason::CredentialMissing, "send authorization: Bearer with a token or access key");
    let header = headers.get(http::header::AUTHORIZATION).ok_or_else(missing)?;
    let text = header.to_str().map_err(|_| invalid())?;
    let (scheme, credential) = text.split_once(' ').ok_or_else(invalid)?;
    if scheme.eq_ignore_ascii_case("bearer") && !credential.is_empty() { Ok(credential) } else { Err(invalid()) }
}

/// One constant answer, whatever is wrong (T-11).
fn invalid() -> Status {
    Refusal::new(ErrorReason::CredentialInvalid, "the credential is not valid").into()
}

fn refused(fault: TokenFault, now: Timestamp) -> Status {
    tracing::debug!(?fault, "a token was refused");
    match fault {
        TokenFault::Expired => {
            Refusal::new(ErrorReason::CredentialExpired, "the credential has expired").with("expireTime", now).into()
        }
        _ => invalid(),
    }
}

fn requirement(rule: &Rule) -> Requirement {
    let is = |kind| rule.callers.contains(&kind);
    Requirement {
        method: rule.path,
        standing: standing(rule.standing),
        permission: permission(rule.permission),
        also: rule.also.iter().filter_map(|asked| permission(*asked)).collect(),
        own_only: rule.own_only,
        tier: tier(rule.tier),
        callers: Callers {
            users: is(wire::CallerKind::User),
            access_keys: is(wire::CallerKind::AccessKey),
            customer_agents: is(wire::CallerKind::CustomerAgent),
            operators: is(wire::CallerKind::Operator),
        },
    }
}

fn standing(standing: wire::Standing) -> Standing {
    match standing {
        wire::Standing::Unspecified | wire::Standing::SignedIn => Standing::SignedIn,
        wire::Standing::Collaborator => Standing::Collaborator,
        wire::Standing::Full => Standing::Full,
    }
}

fn tier(tier: wire::Tier) -> Option<Tier> {
    match tier {
        wire::Tier::Unspecified => None,
        wire::Tier::Free => Some(Tier::Free),
        wire::Tier::Starter => Some(Tier::Starter),
        wire::Tier::Professional => Some(Tier::Professional),
        wire::Tier::Enterprise => Some(Tier::Enterprise),
    }
}

/// The domain's permission with the contract's name.
pub fn permission(permission: wire::Permission) -> Option<Permission> {
    let name = permission.as_str_name().strip_prefix("PERMISSION_")?.to_lowercase();
    Permission::from_code(&name)
}

/// Puts a [`Gate`] before the routes.
#[derive(Debug, Clone)]
pub struct GateLayer(pub Arc<Gate>);

impl Layer<Inside> for GateLayer {
    type Service = Gated;

    fn layer(&self, inside: Inside) -> Gated {
        Gated { gate: self.0.clone(), inside }
    }
}

/// The routes behind a [`Gate`].
#[derive(Clone)]
pub struct Gated {
    gate: Arc<Gate>,
    inside: Inside,
}

impl tower::Service<Request> for Gated {
    type Response = Response;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response, Infallible>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inside.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let waiting = self.inside.clone();
        let mut inside = std::mem::replace(&mut self.inside, waiting);
        let gate = self.gate.clone();
        Box::pin(async move {
            match gate.admit(request).await {
                Ok(request) => inside.call(request).await,
                Err(status) => Ok(status.into_http()),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_permission_of_the_contract_has_its_value_in_the_domain() {
        for rule in table::rules() {
            let asked = std::iter::once(rule.permission).chain(rule.also.iter().copied());
            for wanted in asked.filter(|p| *p != wire::Permission::Unspecified) {
                assert!(permission(wanted).is_some(), "{wanted:?} of {}", rule.path);
            }
        }
    }

    #[test]
    fn a_method_asks_something_of_its_caller() {
        for rule in table::rules() {
            let asked = requirement(rule);
            let open = asked.permission.is_none() && !asked.own_only && !asked.callers.operators;
            assert!(!open && !rule.anonymous, "{} would let anybody in", rule.path);
        }
    }
}
