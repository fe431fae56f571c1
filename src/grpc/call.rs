//! What every handler does, once: find the grant, check the fields, convert, call, answer.

use std::sync::Arc;
use std::time::Instant;

use prost::Message;
use tonic::{Request, Response, Status};

use super::contract::calls::{Call, Mutated, Mutating, Texts as _, request_hash};
use super::contract::validate::Validate;
use super::convert;
use super::paging::ListLimits;
use super::pb::v1::{ErrorReason, MutationInfo};
use super::sealing::Sealer;
use super::status::Refusal;
use super::validation::checked;
use crate::domain::ids::AccountId;
use crate::domain::rejection::Rejection;
use crate::domain::time::Timestamp;
use crate::service::desk::UseCase;
use crate::service::grant::Grant;
use crate::service::{Answer, Encoder, Service, WriteCall, Written};

/// What a handler answers.
pub type Reply<T> = Result<Response<T>, Status>;

/// Handlers' common ground: the service, and the seals of tokens.
#[derive(Debug, Clone)]
pub struct Front {
    /// Use cases.
    pub service: Service,
    /// Page and resume tokens.
    pub sealer: Arc<Sealer>,
    /// What lists may hold.
    pub lists: ListLimits,
}

/// The moment after which a call is not begun any more, put there by the edge.
#[derive(Debug, Clone, Copy)]
pub struct CallDeadline(pub Instant);

/// When the token of a call ends, put there by the gate; an access key says it itself.
#[derive(Debug, Clone, Copy)]
pub struct CredentialEnd(pub Timestamp);

/// The grant of a call. Its absence is a mistake of ours and never full access.
pub fn grant_of<T>(request: &Request<T>) -> Result<Grant, Rejection> {
    request.extensions().get::<Grant>().cloned().ok_or_else(|| Rejection::Internal("a call without a grant".to_owned()))
}

impl Front {
    /// Answers a read.
    ///
    /// # Errors
    /// Why not.
    pub async fn read<Q, A, F>(&self, request: Request<Q>, answer: impl FnOnce(Grant, Q) -> F) -> Reply<A>
    where
        Q: Validate,
        F: Future<Output = Result<A, Rejection>>,
    {
        let grant = grant_of(&request)?;
        let message = checked(request.into_inner())?;
        Ok(Response::new(answer(grant, message).await?))
    }

    /// Answers a write: `build` makes the use case out of the request, `respond` the response out of its outcome. The
    /// response is kept under the request id; what the write brought about is filled in here.
    ///
    /// # Errors
    /// Why not.
    pub async fn write<Q, U>(
        &self,
        request: Request<Q>,
        build: impl FnOnce(&Grant, Q) -> Result<U, Rejection>,
        respond: impl Fn(&Grant, U::Outcome) -> Q::Response + Send + 'static,
    ) -> Reply<Q::Response>
    where
        Q: Validate + Mutating,
        Q::Response: Mutated + Clone + Default + Send + 'static,
        U: UseCase,
    {
        self.write_keeping(request, build, respond, |_| ()).await
    }

    /// As [`Self::write`], for responses with something that must not be kept: `strip` takes it out of the stored copy.
    ///
    /// # Errors
    /// Why not.
    pub async fn write_keeping<Q, U>(
        &self,
        request: Request<Q>,
        build: impl FnOnce(&Grant, Q) -> Result<U, Rejection>,
        respond: impl Fn(&Grant, U::Outcome) -> Q::Response + Send + 'static,
        strip: impl Fn(&mut Q::Response) + Send + 'static,
    ) -> Reply<Q::Response>
    where
        Q: Validate + Mutating,
        Q::Response: Mutated + Clone + Default + Send + 'static,
        U: UseCase,
    {
        let grant = grant_of(&request)?;
        let deadline = request.extensions().get::<CallDeadline>().map(|deadline| deadline.0);
        let message = checked(request.into_inner())?;
        self.write_by(grant, (message, deadline), build, respond, strip).await
    }

    /// As [`Self::write`], for an operator who changes something inside the account that `account` finds in the request.
    ///
    /// # Errors
    /// Why not.
    pub async fn write_inside<Q, U>(
        &self,
        request: Request<Q>,
        account: impl FnOnce(&Q) -> Result<AccountId, Rejection>,
        build: impl FnOnce(&Grant, Q) -> Result<U, Rejection>,
        respond: impl Fn(&Grant, U::Outcome) -> Q::Response + Send + 'static,
    ) -> Reply<Q::Response>
    where
        Q: Validate + Mutating,
        Q::Response: Mutated + Clone + Default + Send + 'static,
        U: UseCase,
    {
        let grant = grant_of(&request)?;
        let deadline = request.extensions().get::<CallDeadline>().map(|deadline| deadline.0);
        let message = checked(request.into_inner())?;
        let grant = grant.inside(&account(&message)?)?;
        self.write_by(grant, (message, deadline), build, respond, |_| ()).await
    }

    async fn write_by<Q, U>(
        &self,
        grant: Grant,
        (message, deadline): (Q, Option<Instant>),
        build: impl FnOnce(&Grant, Q) -> Result<U, Rejection>,
        respond: impl Fn(&Grant, U::Outcome) -> Q::Response + Send + 'static,
        strip: impl Fn(&mut Q::Response) + Send + 'static,
    ) -> Reply<Q::Response>
    where
        Q: Validate + Mutating,
        Q::Response: Mutated + Clone + Default + Send + 'static,
        U: UseCase,
    {
        let call = write_call(&message, deadline);
        let case = build(&grant, message)?;
        let (sealer, account) = (self.sealer.clone(), grant.account()?.clone());
        let held = grant.clone();
        let encoder = Encoder {
            respond: Box::new(move |outcome, written: &Written| {
                let mut response = respond(&held, outcome);
                response.set_mutation(convert::mutation(&sealer, &account, written));
                if written.validated_only {
                    response.texts(&mut |text| clear_unused(text, &written.unused));
                }
                response
            }),
            store: Box::new(move |response| {
                let mut kept = response.clone();
                strip(&mut kept);
                kept.encode_to_vec()
            }),
        };
        match self.service.write(&grant, call, case, encoder).await? {
            Answer::Fresh(response) => Ok(Response::new(response)),
            Answer::Replayed(bytes) => replayed(&bytes),
        }
    }
}

/// Clears a name or another text that has an id which was made and not stored: no record will ever be found by it.
fn clear_unused(text: &mut String, unused: &[String]) {
    let is_part = |at: usize, id: &str| {
        let joins = |neighbor: Option<char>| neighbor.is_some_and(|letter| letter.is_ascii_alphanumeric());
        !joins(text[..at].chars().next_back()) && !joins(text[at + id.len()..].chars().next())
    };
    if unused.iter().any(|id| text.match_indices(id.as_str()).any(|(at, _)| is_part(at, id))) {
        text.clear();
    }
}

/// What a write carries beside its content.
pub(super) fn write_call<Q: Mutating>(message: &Q, deadline: Option<Instant>) -> WriteCall {
    let request = (!message.request_id().is_empty())
        .then(|| (message.request_id().to_lowercase(), request_hash(message).to_vec()));
    WriteCall { request, validate_only: message.validate_only(), deadline }
}

/// The answer of an earlier call, as it was kept.
pub(super) fn replayed<A: Mutated + Default>(bytes: &[u8]) -> Reply<A> {
    let broken = |_| Status::from(Rejection::Internal("a stored answer does not decode".to_owned()));
    let mut response = A::decode(bytes).map_err(broken)?;
    response.mutation_mut().get_or_insert_with(MutationInfo::default).replayed = true;
    Ok(Response::new(response))
}

/// A refusal for a request that no rule of the contract's annotations covers.
pub fn field_invalid(field: &str, reason: &'static str, description: &str) -> Rejection {
    Rejection::field(field, reason, description)
}

/// The path of the method that a request belongs to.
pub const fn path_of<Q: Call>() -> &'static str {
    Q::PATH
}

/// `NOT_SUPPORTED`: for what a peer may ask and this service does not do.
pub fn not_supported(feature: &str) -> Status {
    Refusal::new(ErrorReason::NotSupported, "not supported").with("feature", feature).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cleared_by_whole_ids_only() {
        let cleared = |text: &str, id: &str| {
            let mut text = text.to_owned();
            clear_unused(&mut text, &[id.to_owned()]);
            text.is_empty()
        };
        assert!(cleared("accounts/acme/tickets/7", "tickets/7"));
        assert!(cleared("accounts/acme/tickets/7/routingDecisions/x", "tickets/7"));
        assert!(!cleared("accounts/acme/tickets/77", "tickets/7"));
        assert!(cleared("hd_acme_0b5c_secret", "0b5c") && !cleared("a0b5c", "0b5c"));
    }
}
