//! `TeamService`.

use tonic::Request;

use crate::domain::user::Membership;
use crate::grpc::call::{Front, Reply};
use crate::grpc::convert::{name, team as convert};
use crate::grpc::paging::{ListFields, list_fields};
use crate::grpc::pb::v1::{self, team_service_server::TeamService};
use crate::service::grant::Grant;
use crate::service::teams::{self, CountedTeam};

fn shown(grant: &Grant, team: &CountedTeam) -> Option<v1::Team> {
    grant.account().ok().map(|account| convert::team(account, team))
}

fn joined(grant: &Grant, member: &Membership) -> Option<v1::TeamMembership> {
    grant.account().ok().map(|account| convert::membership(account, member))
}

#[tonic::async_trait]
impl TeamService for Front {
    async fn get_team(&self, request: Request<v1::GetTeamRequest>) -> Reply<v1::GetTeamResponse> {
        self.read(request, async |grant, request| {
            let id = name::team(&grant, "name", &request.name)?;
            let team = teams::get(&self.service, &grant, &id).await?;
            Ok(v1::GetTeamResponse { team: shown(&grant, &team) })
        })
        .await
    }

    async fn list_teams(&self, request: Request<v1::ListTeamsRequest>) -> Reply<v1::ListTeamsResponse> {
        self.read(request, async |grant, request| {
            let account = name::account(&grant, "parent", &request.parent)?;
            let paging = self.paging(&grant, list_fields!(request, plain))?;
            let page = teams::list(&self.service, &grant, &paging.query.page).await?;
            Ok(v1::ListTeamsResponse {
                teams: page.items.iter().map(|team| convert::team(&account, team)).collect(),
                next_page_token: paging.next(page.next),
            })
        })
        .await
    }

    async fn list_team_members(
        &self,
        request: Request<v1::ListTeamMembersRequest>,
    ) -> Reply<v1::ListTeamMembersResponse> {
        self.read(request, async |grant, request| {
            let (id, account) = (name::team(&grant, "name", &request.name)?, grant.account()?);
            let fields = ListFields {
                parent: &request.name,
                page_size: request.page_size,
                page_token: &request.page_token,
                ..ListFields::default()
            };
            let paging = self.paging(&grant, fields)?;
            let page = teams::members(&self.service, &grant, &id, &paging.query.page).await?;
            Ok(v1::ListTeamMembersResponse {
                memberships: page.items.iter().map(|member| convert::membership(account, member)).collect(),
                next_page_token: paging.next(page.next),
            })
        })
        .await
    }

    async fn create_team(&self, request: Request<v1::CreateTeamRequest>) -> Reply<v1::CreateTeamResponse> {
        let respond = |grant: &Grant, team| v1::CreateTeamResponse { team: shown(grant, &team), mutation: None };
        self.write(request, convert::create, respond).await
    }

    async fn update_team(&self, request: Request<v1::UpdateTeamRequest>) -> Reply<v1::UpdateTeamResponse> {
        let respond = |grant: &Grant, team| v1::UpdateTeamResponse { team: shown(grant, &team), mutation: None };
        self.write(request, convert::update, respond).await
    }

    async fn delete_team(&self, request: Request<v1::DeleteTeamRequest>) -> Reply<v1::DeleteTeamResponse> {
        self.write(request, convert::delete, |_: &Grant, ()| v1::DeleteTeamResponse { mutation: None }).await
    }

    async fn add_team_member(&self, request: Request<v1::AddTeamMemberRequest>) -> Reply<v1::AddTeamMemberResponse> {
        let respond =
            |grant: &Grant, member| v1::AddTeamMemberResponse { membership: joined(grant, &member), mutation: None };
        self.write(request, convert::add_member, respond).await
    }

    async fn remove_team_member(
        &self,
        request: Request<v1::RemoveTeamMemberRequest>,
    ) -> Reply<v1::RemoveTeamMemberResponse> {
        let respond =
            |grant: &Grant, member| v1::RemoveTeamMemberResponse { membership: joined(grant, &member), mutation: None };
        self.write(request, convert::remove_member, respond).await
    }
}
