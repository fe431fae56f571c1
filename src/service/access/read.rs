//! Reading access keys.

use crate::domain::ids::AccessKeyId;
use crate::domain::names::Name;
use crate::domain::page::{Page, PageRequest};
use crate::domain::rejection::Rejection;
use crate::domain::user::AccessKey;
use crate::service::Service;
use crate::service::grant::Grant;
use crate::storage::read::people;

/// One access key.
///
/// # Errors
/// [`Rejection::NotFound`].
pub async fn get(service: &Service, grant: &Grant, id: &AccessKeyId) -> Result<AccessKey, Rejection> {
    let account = grant.account()?;
    let found = people::key(&service.store, account, id).await.map_err(|error| error.rejection())?;
    found.ok_or_else(|| Rejection::NotFound { resource: Name::AccessKey(id.clone()).within(account) })
}

/// One page of the access keys by id, revoked ones included.
///
/// # Errors
/// The storage's.
pub async fn list(service: &Service, grant: &Grant, page: &PageRequest) -> Result<Page<AccessKey>, Rejection> {
    people::keys(&service.store, grant.account()?, page).await.map_err(|error| error.rejection())
}
