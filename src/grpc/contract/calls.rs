//! What requests and responses have in common: fixed field numbers (contract rule 2.4) made into traits.

use aws_lc_rs::digest;
use prost::Message;

use crate::grpc::pb::{self, helpdesk::v1::MutationInfo};

/// The request of an rpc.
pub trait Call {
    /// What the rpc answers; each message of it where it streams.
    type Response;
    /// Path of the rpc, as in [`super::access::Rule::path`].
    const PATH: &'static str;
    /// Name of the record or account that the access level is judged on, from the rule's `resource`. Empty where the
    /// rule names no record or the request leaves the name out.
    fn scope(&self) -> &str;
}

/// The request of a unary write: may be sent again under the same id, or only tried.
pub trait Retryable: Message + Clone {
    /// UUID chosen by the caller, or empty.
    fn request_id(&self) -> &str;
    /// Takes the id away, so that requests compare by what they ask.
    fn clear_request_id(&mut self);
    /// Everything runs, nothing is stored.
    fn validate_only(&self) -> bool;
}

/// A message with texts in it, at any depth.
pub trait Texts {
    /// Shows every text to `visit`, which may change it.
    fn texts(&mut self, visit: &mut dyn FnMut(&mut String));
}

/// The answer to a unary write.
pub trait Mutated: Message + Texts {
    /// What the write brought about.
    fn mutation_mut(&mut self) -> &mut Option<MutationInfo>;

    /// Puts in what the write brought about.
    fn set_mutation(&mut self, mutation: MutationInfo) {
        *self.mutation_mut() = Some(mutation);
    }
}

/// A unary write: its request can be repeated and its response tells the effects.
pub trait Mutating: Retryable + Call<Response: Mutated> {}

impl<R: Retryable + Call<Response: Mutated>> Mutating for R {}

/// SHA-256 over everything that a request asks, without its id. Equal requests have equal hashes: fields are encoded
/// in the order of their numbers, maps in the order of their keys, unknown fields not at all.
pub fn request_hash<M: Retryable>(request: &M) -> [u8; 32] {
    let mut request = request.clone();
    request.clear_request_id();
    hash_of(&request.encode_to_vec())
}

/// SHA-256 of what stands for a request.
pub fn hash_of(bytes: &[u8]) -> [u8; 32] {
    digest::digest(&digest::SHA256, bytes).as_ref().try_into().expect("SHA-256 has 32 bytes")
}

include!(concat!(env!("OUT_DIR"), "/calls.rs"));
include!(concat!(env!("OUT_DIR"), "/texts.rs"));
