//! `UserService`.

use tonic::{Request, Response, Status};

use crate::domain::plan::Feature;
use crate::domain::user::User;
use crate::grpc::call::{Front, Reply, grant_of};
use crate::grpc::convert::{name, schedule, user as convert};
use crate::grpc::paging::list_fields;
use crate::grpc::pb::v1::{self, user_service_server::UserService};
use crate::grpc::validation::checked;
use crate::service::grant::Grant;
use crate::service::users::{self, Person};

fn shown(grant: &Grant, person: &Person) -> Option<v1::User> {
    let limited = grant.tier_includes(Feature::Capacity);
    grant.account().ok().map(|account| convert::user(account, &person.user, &person.teams, limited))
}

impl Front {
    /// A lease that holds, renewed without the lane; none where the lane has to decide.
    async fn renewed(
        &self,
        request: &Request<v1::RenewPresenceRequest>,
    ) -> Result<Option<v1::RenewPresenceResponse>, Status> {
        let grant = grant_of(request)?;
        let case = convert::renew_presence(&grant, &checked(request.get_ref().clone())?)?;
        let renewed = users::renew(&self.service, &grant, &case).await?;
        let account = grant.account()?;
        Ok(renewed.map(|it| convert::renewed(account, &it)))
    }
}

#[tonic::async_trait]
impl UserService for Front {
    async fn get_user(&self, request: Request<v1::GetUserRequest>) -> Reply<v1::GetUserResponse> {
        self.read(request, async |grant, request| {
            let id = name::user(&grant, "name", &request.name)?;
            let person = users::get(&self.service, &grant, &id).await?;
            Ok(v1::GetUserResponse { user: shown(&grant, &person) })
        })
        .await
    }

    async fn list_users(&self, request: Request<v1::ListUsersRequest>) -> Reply<v1::ListUsersResponse> {
        self.read(request, async |grant, request| {
            let account = name::account(&grant, "parent", &request.parent)?;
            let paging = self.paging(&grant, list_fields!(request, plain))?;
            let page = users::list(&self.service, &grant, &paging.query.page).await?;
            let limited = grant.tier_includes(Feature::Capacity);
            Ok(v1::ListUsersResponse {
                users: page.items.iter().map(|it| convert::user(&account, &it.user, &it.teams, limited)).collect(),
                next_page_token: paging.next(page.next),
            })
        })
        .await
    }

    async fn create_user(&self, request: Request<v1::CreateUserRequest>) -> Reply<v1::CreateUserResponse> {
        let respond = |grant: &Grant, person| v1::CreateUserResponse { user: shown(grant, &person), mutation: None };
        self.write(request, convert::create, respond).await
    }

    async fn update_user(&self, request: Request<v1::UpdateUserRequest>) -> Reply<v1::UpdateUserResponse> {
        let respond = |grant: &Grant, person| v1::UpdateUserResponse { user: shown(grant, &person), mutation: None };
        self.write(request, convert::update, respond).await
    }

    async fn deactivate_user(&self, request: Request<v1::DeactivateUserRequest>) -> Reply<v1::DeactivateUserResponse> {
        let respond = |grant: &Grant, (person, released): (Person, usize)| v1::DeactivateUserResponse {
            user: shown(grant, &person),
            released_ticket_count: i32::try_from(released).unwrap_or(i32::MAX),
            mutation: None,
        };
        self.write(request, convert::deactivate, respond).await
    }

    async fn reactivate_user(&self, request: Request<v1::ReactivateUserRequest>) -> Reply<v1::ReactivateUserResponse> {
        let respond =
            |grant: &Grant, person| v1::ReactivateUserResponse { user: shown(grant, &person), mutation: None };
        self.write(request, convert::reactivate, respond).await
    }

    async fn change_user_seat(&self, request: Request<v1::ChangeUserSeatRequest>) -> Reply<v1::ChangeUserSeatResponse> {
        let respond =
            |grant: &Grant, person| v1::ChangeUserSeatResponse { user: shown(grant, &person), mutation: None };
        self.write(request, convert::change_seat, respond).await
    }

    async fn renew_presence(&self, request: Request<v1::RenewPresenceRequest>) -> Reply<v1::RenewPresenceResponse> {
        let plain = request.get_ref().request_id.is_empty() && !request.get_ref().validate_only;
        if plain && let Some(answer) = self.renewed(&request).await? {
            return Ok(Response::new(answer));
        }
        let respond =
            |grant: &Grant, it| grant.account().map(|account| convert::renewed(account, &it)).unwrap_or_default();
        self.write(request, |grant, request| convert::renew_presence(grant, &request), respond).await
    }

    async fn set_availability(
        &self,
        request: Request<v1::SetAvailabilityRequest>,
    ) -> Reply<v1::SetAvailabilityResponse> {
        let respond = |grant: &Grant, user: User| v1::SetAvailabilityResponse {
            availability: grant.account().ok().map(|account| convert::availability(account, &user)),
            mutation: None,
        };
        self.write(request, convert::set_availability, respond).await
    }

    async fn get_work_schedule(
        &self,
        request: Request<v1::GetWorkScheduleRequest>,
    ) -> Reply<v1::GetWorkScheduleResponse> {
        self.read(request, async |grant, request| {
            let id = name::work_schedule(&grant, "name", &request.name)?;
            let person = users::get(&self.service, &grant, &id).await?;
            let work_schedule = Some(schedule::work_schedule(grant.account()?, &person.user));
            Ok(v1::GetWorkScheduleResponse { work_schedule })
        })
        .await
    }

    async fn set_work_schedule(
        &self,
        request: Request<v1::SetWorkScheduleRequest>,
    ) -> Reply<v1::SetWorkScheduleResponse> {
        let respond = |grant: &Grant, user: User| v1::SetWorkScheduleResponse {
            work_schedule: grant.account().ok().map(|account| schedule::work_schedule(account, &user)),
            availability: grant.account().ok().map(|account| convert::availability(account, &user)),
            mutation: None,
        };
        self.write(request, schedule::set, respond).await
    }
}
