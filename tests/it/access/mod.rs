//! AccessService.

mod create_access_key;
mod get_access_key;
mod get_caller;
mod list_access_keys;
mod revoke_access_key;

use helpdesk::grpc::pb::access::Permission;
use helpdesk::grpc::pb::v1;

use crate::support::app;

/// A request for a new key.
pub fn create(id: &str, permissions: &[Permission]) -> v1::CreateAccessKeyRequest {
    let permissions = permissions.iter().map(|held| (*held).into()).collect();
    let access_key = v1::AccessKey { display_name: "A key".to_owned(), permissions, ..v1::AccessKey::default() };
    v1::CreateAccessKeyRequest {
        parent: app::account(),
        access_key: Some(access_key),
        access_key_id: id.to_owned(),
        ..v1::CreateAccessKeyRequest::default()
    }
}

/// Name of a key.
pub fn key_name(id: &str) -> String {
    format!("accounts/acme/accessKeys/{id}")
}
