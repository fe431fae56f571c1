//! TeamService.

mod add_team_member;
mod create_team;
mod delete_team;
mod get_team;
mod list_team_members;
mod list_teams;
mod remove_team_member;
mod update_team;

use helpdesk::grpc::pb::v1;

use crate::support::app;
use crate::support::client::Client;

/// A request for a new team.
pub fn create(id: &str, name: &str) -> v1::CreateTeamRequest {
    v1::CreateTeamRequest {
        parent: app::account(),
        team: Some(v1::Team { display_name: name.to_owned(), ..v1::Team::default() }),
        team_id: id.to_owned(),
        ..v1::CreateTeamRequest::default()
    }
}

/// A request that puts a person into a team.
pub fn add(team: &str, user: &str, main: bool) -> v1::AddTeamMemberRequest {
    v1::AddTeamMemberRequest {
        name: app::team_name(team),
        user: app::user_name(user),
        main,
        ..v1::AddTeamMemberRequest::default()
    }
}

/// A request that takes a person out of a team.
pub fn remove(team: &str, user: &str) -> v1::RemoveTeamMemberRequest {
    v1::RemoveTeamMemberRequest {
        name: app::team_name(team),
        user: app::user_name(user),
        ..v1::RemoveTeamMemberRequest::default()
    }
}

/// A team as stored.
pub async fn get(client: &Client, id: &str) -> Result<v1::Team, tonic::Status> {
    let request = v1::GetTeamRequest { name: app::team_name(id) };
    Ok(client.teams().get_team(request).await?.into_inner().team.expect("a team"))
}

/// The teams of a person with the main mark, by team.
pub async fn teams_of(client: &Client, user: &str) -> Vec<(String, bool)> {
    let request = v1::GetUserRequest { name: app::user_name(user) };
    let user = client.users().get_user(request).await.expect("a user").into_inner().user.expect("a user");
    let short = |name: &str| name.rsplit('/').next().unwrap_or_default().to_owned();
    user.teams.iter().map(|member| (short(&member.team), member.main)).collect()
}
