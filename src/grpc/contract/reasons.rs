//! How every error reason is sent, from the options of the contract (contract rule 2.9).

use tonic::Code;

use crate::grpc::pb::{self, google::rpc, helpdesk::v1::ErrorReason};

/// What the contract says of one reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spec {
    /// The reason itself.
    pub reason: ErrorReason,
    /// The text in `ErrorInfo.reason`: the value's name without its prefix.
    pub name: &'static str,
    /// The status code that always goes with it.
    code: rpc::Code,
    /// Keys that `ErrorInfo.metadata` always has.
    pub metadata_keys: &'static [&'static str],
    /// The same call may succeed later without any change.
    pub retryable: bool,
}

impl Spec {
    /// What holds where the option says nothing, and for the reason `Unspecified`, which is never sent.
    const UNSET: Self = Self {
        reason: ErrorReason::Unspecified,
        name: "UNSPECIFIED",
        code: rpc::Code::Internal,
        metadata_keys: &[],
        retryable: false,
    };

    /// The status code.
    pub fn code(&self) -> Code {
        Code::from_i32(self.code as i32)
    }
}

/// The specification of a reason.
pub fn spec(reason: ErrorReason) -> &'static Spec {
    REASONS.iter().find(|spec| spec.reason == reason).unwrap_or(&Spec::UNSET)
}

include!(concat!(env!("OUT_DIR"), "/reasons.rs"));
