//! Reading one's own notifications. What is about a ticket that the person may no longer see does not exist (A2).

use crate::domain::filter::schema::NOTIFICATION;
use crate::domain::ids::{ChannelId, NotificationId, UserId};
use crate::domain::names::Name;
use crate::domain::notification::{Notification, NotificationSettings};
use crate::domain::page::Page;
use crate::domain::rejection::Rejection;
use crate::service::Service;
use crate::service::conversations::{Sight, sight};
use crate::service::grant::{Grant, Principal};
use crate::service::page::{ListQuery, plan};
use crate::storage::read::notifications::{self, Own};

/// A page of notifications, with names for those who brought them about.
#[derive(Debug, Clone)]
pub struct Listed {
    /// The notifications, newest first.
    pub page: Page<(Notification, String)>,
    /// Unread ones, counted up to 1,000.
    pub unread: u64,
}

/// Refuses whatever is not the caller's own: it does not exist for anybody else.
///
/// # Errors
/// [`Rejection::NotFound`].
pub fn own(grant: &Grant, user: &UserId, name: &Name) -> Result<(), Rejection> {
    if grant.caller().user() == Some(user) {
        return Ok(());
    }
    Err(Rejection::NotFound { resource: name.within(grant.account()?) })
}

/// What the caller sees of conversations without ticket, for the reads below.
pub(super) async fn channels(service: &Service, grant: &Grant) -> Result<Option<Vec<ChannelId>>, Rejection> {
    Ok(match sight(service, grant).await? {
        Sight::All => None,
        Sight::Channels(channels) => Some(channels.into_iter().collect()),
    })
}

/// One notification of the caller.
///
/// # Errors
/// [`Rejection::NotFound`].
pub async fn get(
    service: &Service,
    grant: &Grant,
    user: &UserId,
    id: NotificationId,
) -> Result<(Notification, String), Rejection> {
    let name = Name::Notification(user.clone(), id);
    own(grant, user, &name)?;
    let account = grant.account()?;
    let channels = channels(service, grant).await?;
    let own = Own { account, user, rights: grant.rights(), channels: channels.as_deref() };
    let found = notifications::get(&service.store, own, id).await.map_err(|error| error.rejection())?;
    found.ok_or_else(|| Rejection::NotFound { resource: name.within(account) })
}

/// One page of the caller's notifications, newest first.
///
/// # Errors
/// [`Rejection::NotFound`] for somebody else's, a filter that does not hold, and the storage's.
pub async fn list(service: &Service, grant: &Grant, user: &UserId, query: &ListQuery) -> Result<Listed, Rejection> {
    own(grant, user, &Name::User(user.clone()))?;
    let plan = plan(service, grant, &NOTIFICATION, &query.filter)?;
    let channels = channels(service, grant).await?;
    let own = Own { account: grant.account()?, user, rights: grant.rights(), channels: channels.as_deref() };
    let page = notifications::list(&service.store, own, &plan, &query.page).await;
    let unread = notifications::unread(&service.store, own).await.map_err(|error| error.rejection())?;
    Ok(Listed { page: page.map_err(|error| error.rejection())?, unread })
}

/// What the caller wants to be told.
///
/// # Errors
/// [`Rejection::NotFound`] for somebody else's.
pub fn settings(grant: &Grant, user: &UserId) -> Result<NotificationSettings, Rejection> {
    let name = Name::NotificationSettings(user.clone());
    own(grant, user, &name)?;
    match grant.principal() {
        Some(Principal::User { user, .. }) => Ok(user.notifications.clone()),
        _ => Err(Rejection::NotFound { resource: name.within(grant.account()?) }),
    }
}
