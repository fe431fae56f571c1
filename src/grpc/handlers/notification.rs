//! `NotificationService`.

use futures_util::StreamExt;
use futures_util::stream::{BoxStream, unfold};
use tonic::{Request, Response, Status};

use crate::domain::ids::{AccountId, UserId};
use crate::domain::rejection::Rejection;
use crate::grpc::call::{CredentialEnd, Front, Reply, grant_of};
use crate::grpc::convert::{name, notification as convert};
use crate::grpc::paging::list_fields;
use crate::grpc::pb::v1::{self, notification_service_server::NotificationService};
use crate::grpc::server::StreamEnd;
use crate::grpc::validation::checked;
use crate::service::events::StreamEnds;
use crate::service::grant::Grant;
use crate::service::notifications::{self, Told, Watch, WatchNotifications, WatchPlace};

/// Notifications on their way out.
type Stream = BoxStream<'static, Result<v1::WatchNotificationsResponse, Status>>;

fn count(number: u64) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

/// A token of one person's stream opens no other.
fn purpose(user: &UserId) -> String {
    format!("notifications/{user}")
}

impl Front {
    fn place_of(&self, account: &AccountId, user: &UserId, token: &str) -> Result<Option<WatchPlace>, Rejection> {
        if token.is_empty() {
            return Ok(None);
        }
        self.sealer.open(&purpose(user), account, token).map(Some).ok_or(Rejection::ResumeToken)
    }

    fn told(&self, account: &AccountId, user: &UserId, told: &Told) -> v1::WatchNotificationsResponse {
        v1::WatchNotificationsResponse {
            notifications: told.notifications.iter().map(|one| convert::notification(account, one)).collect(),
            unread_count: count(told.unread),
            resume_token: self.sealer.seal(&purpose(user), account, &told.place),
            progress: told.notifications.is_empty(),
            caught_up: told.caught_up,
        }
    }

    fn stream_of(&self, account: AccountId, user: UserId, watch: Watch) -> Stream {
        let front = self.clone();
        unfold((front, account, user, watch), async |(front, account, user, mut watch)| {
            let told = watch.next().await?;
            let answer = told.map(|one| front.told(&account, &user, &one)).map_err(Status::from);
            Some((answer, (front, account, user, watch)))
        })
        .boxed()
    }
}

#[tonic::async_trait]
impl NotificationService for Front {
    async fn get_notification(
        &self,
        request: Request<v1::GetNotificationRequest>,
    ) -> Reply<v1::GetNotificationResponse> {
        self.read(request, async |grant, request| {
            let (user, id) = name::notification(&grant, "name", &request.name)?;
            let found = notifications::get(&self.service, &grant, &user, id).await?;
            let notification = Some(convert::notification(grant.account()?, &found));
            Ok(v1::GetNotificationResponse { notification })
        })
        .await
    }

    async fn list_notifications(
        &self,
        request: Request<v1::ListNotificationsRequest>,
    ) -> Reply<v1::ListNotificationsResponse> {
        self.read(request, async |grant, request| {
            let user = name::user(&grant, "parent", &request.parent)?;
            let paging = self.paging(&grant, list_fields!(request, filtered))?;
            let found = notifications::list(&self.service, &grant, &user, &paging.query).await?;
            let account = grant.account()?;
            Ok(v1::ListNotificationsResponse {
                notifications: found.page.items.iter().map(|one| convert::notification(account, one)).collect(),
                next_page_token: paging.next(found.page.next),
                unread_count: count(found.unread),
            })
        })
        .await
    }

    async fn mark_notifications_read(
        &self,
        request: Request<v1::MarkNotificationsReadRequest>,
    ) -> Reply<v1::MarkNotificationsReadResponse> {
        let respond = |_: &Grant, marked: notifications::Marked| v1::MarkNotificationsReadResponse {
            marked_count: i32::try_from(marked.0).unwrap_or(i32::MAX),
            mutation: None,
        };
        self.write(request, convert::mark_read, respond).await
    }

    type WatchNotificationsStream = Stream;

    async fn watch_notifications(&self, request: Request<v1::WatchNotificationsRequest>) -> Reply<Stream> {
        let grant = grant_of(&request)?;
        let extensions = request.extensions();
        let credential = extensions.get::<CredentialEnd>().map(|end| end.0);
        let stream = extensions.get::<StreamEnd>().map(|end| end.0.clone()).unwrap_or_default();
        let message = checked(request.into_inner())?;
        let (account, user) = (grant.account()?.clone(), name::user(&grant, "parent", &message.parent)?);
        let asked = WatchNotifications {
            user: user.clone(),
            place: self.place_of(&account, &user, &message.resume_token)?,
            progress: self.service.watches.options().progress,
            ends: StreamEnds { credential, stream },
        };
        let watch = notifications::open(&self.service, grant, asked).await?;
        Ok(Response::new(self.stream_of(account, user, watch)))
    }

    async fn get_notification_settings(
        &self,
        request: Request<v1::GetNotificationSettingsRequest>,
    ) -> Reply<v1::GetNotificationSettingsResponse> {
        self.read(request, async |grant, request| {
            let user = name::notification_settings(&grant, "name", &request.name)?;
            let found = notifications::settings(&grant, &user)?;
            let notification_settings = Some(convert::settings(grant.account()?, &user, &found));
            Ok(v1::GetNotificationSettingsResponse { notification_settings })
        })
        .await
    }

    async fn update_notification_settings(
        &self,
        request: Request<v1::UpdateNotificationSettingsRequest>,
    ) -> Reply<v1::UpdateNotificationSettingsResponse> {
        let respond = |grant: &Grant, changed| {
            let own = grant.account().ok().zip(grant.caller().user());
            let notification_settings = own.map(|(account, user)| convert::settings(account, user, &changed));
            v1::UpdateNotificationSettingsResponse { notification_settings, mutation: None }
        };
        self.write(request, convert::update, respond).await
    }
}
