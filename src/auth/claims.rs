//! The claims of a token, each read as exactly the type it must have (T-12).

use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use super::fault::TokenFault;
use super::verifier::TokenPolicy;
use crate::domain::ids::{AccountId, UserId};
use crate::domain::time::Timestamp;

/// Audiences that one token may name.
const MAX_AUDIENCES: usize = 16;
/// Longest name of an operator.
const MAX_OPERATOR: usize = 255;

/// Who a genuine token stands for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Bearer {
    /// A person of an account.
    User {
        /// The account, from claim `account`.
        account: AccountId,
        /// The user, from claim `sub`.
        user: UserId,
    },
    /// Who runs the service; may make accounts and nothing else.
    Operator {
        /// Who it is, from claim `sub`, for logs and events.
        name: String,
    },
}

/// What a genuine token says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    /// Who it stands for.
    pub bearer: Bearer,
    /// When it ends; the forgiven difference of clocks is not part of it.
    pub expires: Timestamp,
}

/// Which of the two key sets signed a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Signed {
    /// The key set of users.
    ForUsers,
    /// The key set of operators.
    ForOperators,
}

/// The claims as JSON. Names that are not listed are ignored; a name that comes twice is an error.
#[derive(Deserialize)]
pub(super) struct RawClaims {
    iss: Option<Value>,
    aud: Option<Value>,
    exp: Option<Value>,
    nbf: Option<Value>,
    iat: Option<Value>,
    sub: Option<Value>,
    account: Option<Value>,
    operator: Option<Value>,
}

impl RawClaims {
    /// Judges all claims at `now`.
    pub(super) fn judge(self, policy: &TokenPolicy, signed: Signed, now: Timestamp) -> Result<Claims, TokenFault> {
        judge_issuer(self.iss.as_ref(), policy)?;
        judge_audience(self.aud.as_ref(), policy)?;
        let expires = seconds("exp", self.exp.as_ref())?.ok_or(TokenFault::ClaimMissing("exp"))?;
        judge_times(expires, seconds("nbf", self.nbf.as_ref())?, seconds("iat", self.iat.as_ref())?, policy, now)?;
        let bearer = self.bearer(signed)?;
        Ok(Claims { bearer, expires })
    }

    fn bearer(&self, signed: Signed) -> Result<Bearer, TokenFault> {
        let says_operator = match &self.operator {
            None => false,
            Some(Value::Bool(value)) => *value,
            Some(_) => return Err(TokenFault::ClaimInvalid("operator")),
        };
        match (signed, says_operator) {
            (Signed::ForUsers, false) => self.user(),
            (Signed::ForOperators, true) => self.operator(),
            _ => Err(TokenFault::WrongKind),
        }
    }

    fn user(&self) -> Result<Bearer, TokenFault> {
        let account = AccountId::parse(text("account", self.account.as_ref())?);
        let user = UserId::parse(text("sub", self.sub.as_ref())?);
        Ok(Bearer::User {
            account: account.map_err(|_| TokenFault::ClaimInvalid("account"))?,
            user: user.map_err(|_| TokenFault::ClaimInvalid("sub"))?,
        })
    }

    fn operator(&self) -> Result<Bearer, TokenFault> {
        if self.account.is_some() {
            // An operator belongs to no account: such a token was meant for something else.
            return Err(TokenFault::ClaimInvalid("account"));
        }
        let name = text("sub", self.sub.as_ref())?;
        let plain = !name.trim().is_empty() && name.len() <= MAX_OPERATOR && !name.contains(char::is_control);
        if plain { Ok(Bearer::Operator { name: name.to_owned() }) } else { Err(TokenFault::ClaimInvalid("sub")) }
    }
}

fn judge_issuer(issuer: Option<&Value>, policy: &TokenPolicy) -> Result<(), TokenFault> {
    if text("iss", issuer)? == policy.issuer { Ok(()) } else { Err(TokenFault::IssuerWrong) }
}

/// `aud` is a text or a list of texts (RFC 7519, section 4.1.3).
fn judge_audience(audience: Option<&Value>, policy: &TokenPolicy) -> Result<(), TokenFault> {
    let audience = audience.ok_or(TokenFault::ClaimMissing("aud"))?;
    let single = std::slice::from_ref(audience);
    let named = audience.as_array().map_or(single, Vec::as_slice);
    if named.is_empty() || named.len() > MAX_AUDIENCES || !named.iter().all(Value::is_string) {
        return Err(TokenFault::ClaimInvalid("aud"));
    }
    let ours = named.iter().any(|name| name.as_str() == Some(&policy.audience));
    if ours { Ok(()) } else { Err(TokenFault::AudienceWrong) }
}

fn judge_times(
    expires: Timestamp,
    not_before: Option<Timestamp>,
    issued: Option<Timestamp>,
    policy: &TokenPolicy,
    now: Timestamp,
) -> Result<(), TokenFault> {
    let (late, early) = (now.plus(policy.leeway), now.minus(policy.leeway));
    if expires <= early {
        return Err(TokenFault::Expired);
    }
    if not_before.is_some_and(|start| start > late) || issued.is_some_and(|start| start > late) {
        return Err(TokenFault::NotYetValid);
    }
    // Without `iat` the end must be near; with it the whole life is known.
    let too_far = expires > late.plus(policy.max_age);
    let too_long = issued.is_some_and(|start| start.plus(policy.max_age) < expires);
    let too_old = issued.is_some_and(|start| start.plus(policy.max_age) < early);
    if too_far || too_long || too_old { Err(TokenFault::TooOld) } else { Ok(()) }
}

/// A required text.
fn text<'a>(name: &'static str, value: Option<&'a Value>) -> Result<&'a str, TokenFault> {
    value.ok_or(TokenFault::ClaimMissing(name))?.as_str().ok_or(TokenFault::ClaimInvalid(name))
}

/// Whole seconds since 1970, from 0 to the year 9999. Texts, fractions and negative numbers are refused.
fn seconds(name: &'static str, value: Option<&Value>) -> Result<Option<Timestamp>, TokenFault> {
    const YEAR_10000: u64 = 253_402_300_800;
    let Some(value) = value else { return Ok(None) };
    let seconds = value.as_u64().filter(|seconds| *seconds < YEAR_10000).ok_or(TokenFault::ClaimInvalid(name))?;
    Ok(Some(Timestamp::from_micros(0).plus(Duration::from_secs(seconds))))
}
