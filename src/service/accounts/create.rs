//! A new account that can be worked with at once (A5).

use std::collections::BTreeSet;
use std::time::Duration;

use super::founding::founding;
use crate::auth::access_key::NewAccessKey;
use crate::domain::access::Tier;
use crate::domain::account::Account;
use crate::domain::ids::{AccessKeyId, AccountId, UserId};
use crate::domain::names::Name;
use crate::domain::plan::AddOn;
use crate::domain::rejection::Rejection;
use crate::domain::user::{AccessKey, User};
use crate::ids::Ids;
use crate::service::grant::Grant;
use crate::service::{Service, WriteCall};
use crate::settings::Secret;
use crate::storage::Store;
use crate::storage::accounts::{self as storage, KeptAnswer, Place};
use crate::storage::lane::{Answer, Encoder, RequestKey, Written};

/// The id of the first person unless another is chosen.
pub const FIRST_USER: &str = "admin";
/// The id of the first access key.
pub const FIRST_KEY: &str = "default";

/// What an account is made of.
#[derive(Debug, Clone)]
pub struct NewAccount {
    /// Its id, for ever.
    pub id: AccountId,
    /// Name for people.
    pub display_name: String,
    /// What it has bought; ENTERPRISE unless said otherwise (A5).
    pub tier: Tier,
    /// What it has bought beside.
    pub add_ons: BTreeSet<AddOn>,
    /// Where its days begin: an IANA time zone (C-066).
    pub time_zone: String,
    /// Answers of customer agents that it has bought.
    pub credits: i64,
    /// Id of the first person.
    pub administrator: UserId,
    /// Name of the first person.
    pub administrator_name: String,
    /// Mail address of the first person.
    pub administrator_email: String,
}

/// What was made.
#[derive(Debug)]
pub struct Created {
    /// The account.
    pub account: Account,
    /// The first person: super admin with a Service seat.
    pub administrator: User,
    /// The first access key, with every permission.
    pub key: AccessKey,
    /// The whole credential of the key, shown once.
    pub credential: Secret,
}

/// How a call asks for it.
#[derive(Debug, Clone, Default)]
pub struct CreateCall {
    /// Caller, method and request id, with the hash of the request; the answer is kept in the new account.
    pub request: Option<(RequestKey, Vec<u8>)>,
    /// How long the answer is kept.
    pub keep_answer: Duration,
    /// Decide, but store nothing.
    pub validate_only: bool,
}

/// Makes an account, for whoever has the database at hand.
///
/// # Errors
/// [`Rejection::AlreadyExists`] when the id is taken, and the storage's.
pub async fn create(store: &Store, new: &NewAccount) -> Result<Created, Rejection> {
    let encoder = Encoder { respond: Box::new(|created, _: &Written| created), store: Box::new(|_| Vec::new()) };
    match create_once(store, new, CreateCall::default(), encoder).await? {
        Answer::Fresh(created) => Ok(created),
        Answer::Replayed(_) => Err(Rejection::Internal("an answer to a call without request id".to_owned())),
    }
}

/// Makes an account for an operator's call.
///
/// # Errors
/// As [`create_once`].
pub async fn create_for<R>(
    service: &Service,
    grant: &Grant,
    call: WriteCall,
    new: &NewAccount,
    encoder: Encoder<Created, R>,
) -> Result<Answer<R>, Rejection> {
    let key = |request_id| RequestKey { caller: grant.caller().key(), method: grant.method().to_owned(), request_id };
    let request = call.request.map(|(request_id, hash)| (key(request_id), hash));
    let call = CreateCall { request, keep_answer: service.keep_answers, validate_only: call.validate_only };
    create_once(&service.store, new, call, encoder).await
}

/// Makes an account for a call that may come again.
///
/// # Errors
/// As [`create`]; [`Rejection::RequestIdReused`].
pub async fn create_once<R>(
    store: &Store,
    new: &NewAccount,
    call: CreateCall,
    encoder: Encoder<Created, R>,
) -> Result<Answer<R>, Rejection> {
    let CreateCall { request, keep_answer, validate_only } = call;
    let request = request.filter(|_| !validate_only);
    let key = request.as_ref().map(|(key, _)| key);
    let free = match storage::place(store, &new.id, key).await.map_err(|error| error.rejection())? {
        Place::Free(free) => free,
        Place::Taken => return Err(Rejection::AlreadyExists { resource: Name::Account.within(&new.id) }),
        Place::Answered { hash, answer } => return answered(request, &hash, answer),
    };
    let secret = NewAccessKey::generate(&new.id, &AccessKeyId::stored(FIRST_KEY), &Ids::system());
    let request_id = key.map(|key| key.request_id.as_str()).unwrap_or_default();
    let founding = founding(new, secret.hash.as_bytes(), request_id, free.now);
    let created = Created {
        account: founding.account.clone(),
        administrator: founding.administrator.clone(),
        key: founding.key.clone(),
        credential: secret.text,
    };
    let sequence = founding.events.last().map_or(0, |event| event.sequence);
    let written = Written { sequence, time: free.now, validated_only: validate_only, ..Written::default() };
    let response = (encoder.respond)(created, &written);
    if !validate_only {
        let expire_time = free.now.plus(keep_answer);
        let kept = request.map(|(key, hash)| KeptAnswer { key, hash, answer: (encoder.store)(&response), expire_time });
        free.fill(&founding, kept).await?;
    }
    Ok(Answer::Fresh(response))
}

fn answered<R>(request: Option<(RequestKey, Vec<u8>)>, stored: &[u8], answer: Vec<u8>) -> Result<Answer<R>, Rejection> {
    match request {
        Some((_, hash)) if hash == stored => Ok(Answer::Replayed(answer)),
        Some((key, _)) => Err(Rejection::RequestIdReused { request_id: key.request_id, method: key.method }),
        None => Err(Rejection::Internal("an answer to a call without request id".to_owned())),
    }
}
