//! Why a bearer token is refused.

use std::fmt;

/// Why a bearer token is refused.
///
/// The caller is told one constant text, whatever the reason (T-11): a reason would help whoever forges tokens. The
/// reason is for logs and metrics, see [`TokenFault::reason`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TokenFault {
    /// Longer than the limit of tokens (L-03).
    TooLong,
    /// Not three parts of base64url with JSON in the first two, or a header that must not be ignored.
    Malformed,
    /// The header names no key and there is no key without a name.
    KeyMissing,
    /// The header names a key that is not in the key sets, or a name over 64 bytes.
    KeyUnknown,
    /// The header names another algorithm than the key has; `none` is one of them.
    AlgorithmRefused,
    /// The signature does not belong to the token.
    SignatureWrong,
    /// A required claim is missing or null.
    ClaimMissing(&'static str),
    /// A claim has another type or form than it must have.
    ClaimInvalid(&'static str),
    /// From another issuer.
    IssuerWrong,
    /// For another audience.
    AudienceWrong,
    /// `exp` is past.
    Expired,
    /// `nbf` or `iat` lies in the future.
    NotYetValid,
    /// Lives longer than tokens may, or was issued longer ago.
    TooOld,
    /// A user's key signed for an operator, or the reverse.
    WrongKind,
}

impl TokenFault {
    /// A short constant name for log fields and metric labels.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::TooLong => "too_long",
            Self::Malformed => "malformed",
            Self::KeyMissing => "key_missing",
            Self::KeyUnknown => "key_unknown",
            Self::AlgorithmRefused => "algorithm_refused",
            Self::SignatureWrong => "signature_wrong",
            Self::ClaimMissing(_) => "claim_missing",
            Self::ClaimInvalid(_) => "claim_invalid",
            Self::IssuerWrong => "issuer_wrong",
            Self::AudienceWrong => "audience_wrong",
            Self::Expired => "expired",
            Self::NotYetValid => "not_yet_valid",
            Self::TooOld => "too_old",
            Self::WrongKind => "wrong_kind",
        }
    }
}

impl fmt::Display for TokenFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the bearer token is not valid")
    }
}

impl std::error::Error for TokenFault {}
