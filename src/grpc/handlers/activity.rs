//! `ActivityService`.

use tonic::Request;

use crate::domain::activity::Activity;
use crate::grpc::call::{Front, Reply};
use crate::grpc::convert::common::count;
use crate::grpc::convert::{activity as convert, name};
use crate::grpc::paging::list_fields;
use crate::grpc::pb::v1::{self, activity_service_server::ActivityService};
use crate::service::conversations;
use crate::service::grant::Grant;
use crate::service::records::{self, Released};

fn wire(grant: &Grant, activity: &Activity) -> Option<v1::Activity> {
    grant.account().ok().map(|account| convert::activity(account, activity))
}

#[tonic::async_trait]
impl ActivityService for Front {
    async fn get_activity(&self, request: Request<v1::GetActivityRequest>) -> Reply<v1::GetActivityResponse> {
        self.read(request, async |grant, request| {
            let id = name::activity(&grant, "name", &request.name)?;
            let activity = records::activity(&self.service, &grant, id).await?;
            Ok(v1::GetActivityResponse { activity: wire(&grant, &activity) })
        })
        .await
    }

    async fn list_activities(&self, request: Request<v1::ListActivitiesRequest>) -> Reply<v1::ListActivitiesResponse> {
        self.read(request, async |grant, request| {
            let account = name::account(&grant, "parent", &request.parent)?;
            let paging = self.paging(&grant, list_fields!(request))?;
            let page = records::activities(&self.service, &grant, &paging.query).await?;
            Ok(v1::ListActivitiesResponse {
                activities: page.items.iter().map(|activity| convert::activity(&account, activity)).collect(),
                next_page_token: paging.next(page.next),
            })
        })
        .await
    }

    async fn create_activity(&self, request: Request<v1::CreateActivityRequest>) -> Reply<v1::CreateActivityResponse> {
        let respond =
            |grant: &Grant, activity| v1::CreateActivityResponse { activity: wire(grant, &activity), mutation: None };
        self.write(request, convert::create, respond).await
    }

    async fn update_activity(&self, request: Request<v1::UpdateActivityRequest>) -> Reply<v1::UpdateActivityResponse> {
        let respond =
            |grant: &Grant, activity| v1::UpdateActivityResponse { activity: wire(grant, &activity), mutation: None };
        self.write(request, convert::update, respond).await
    }

    async fn delete_activity(&self, request: Request<v1::DeleteActivityRequest>) -> Reply<v1::DeleteActivityResponse> {
        let respond = |_: &Grant, released: Released| v1::DeleteActivityResponse {
            released_tickets: count(released.tickets),
            release_pending: released.pending,
            mutation: None,
        };
        self.write(request, convert::delete, respond).await
    }

    async fn list_timeline(&self, request: Request<v1::ListTimelineRequest>) -> Reply<v1::ListTimelineResponse> {
        self.read(request, async |grant, request| {
            let named = name::subject(&grant, "parent", &request.parent)?;
            let of = records::subject_of(&named, "parent", &request.parent)?;
            let paging = self.paging(&grant, list_fields!(request, plain))?;
            let page = records::timeline(&self.service, &grant, of, &paging.query.page).await?;
            let locked = conversations::locked(&self.service, &grant, &convert::conversations_of(&page.items)).await?;
            let account = grant.account()?;
            Ok(v1::ListTimelineResponse {
                entries: page.items.iter().map(|entry| convert::entry(account, entry, &locked)).collect(),
                next_page_token: paging.next(page.next),
            })
        })
        .await
    }
}
