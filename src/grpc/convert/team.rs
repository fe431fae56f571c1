//! Teams and memberships on the wire.

use crate::domain::ids::{AccountId, TeamId};
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::domain::user::Membership;
use crate::grpc::convert::user::display_name;
use crate::grpc::convert::{mask, name, timestamp};
use crate::grpc::pb::v1;
use crate::service::desk::{etag, version_of};
use crate::service::grant::Grant;
use crate::service::teams::{AddMember, CountedTeam, Create, Delete, RemoveMember, Update};

/// A team as callers see it.
pub fn team(account: &AccountId, counted: &CountedTeam) -> v1::Team {
    let team = &counted.team;
    v1::Team {
        name: Name::Team(team.id.clone()).within(account),
        display_name: team.display_name.clone(),
        member_count: i32::try_from(counted.members).unwrap_or(i32::MAX),
        create_time: Some(timestamp(team.create_time)),
        update_time: Some(timestamp(team.update_time)),
        etag: etag(team.version),
    }
}

/// A membership as callers see it.
pub fn membership(account: &AccountId, member: &Membership) -> v1::TeamMembership {
    v1::TeamMembership {
        team: Name::Team(member.team.clone()).within(account),
        user: Name::User(member.user.clone()).within(account),
        main: member.main,
        join_time: Some(timestamp(member.join_time)),
    }
}

/// The use case of a `CreateTeam` request.
///
/// # Errors
/// Fields that break a rule.
pub fn create(grant: &Grant, request: v1::CreateTeamRequest) -> Result<Create, Rejection> {
    name::account(grant, "parent", &request.parent)?;
    let team = name::required("team", request.team)?;
    let id = (!request.team_id.is_empty()).then(|| TeamId::stored(request.team_id));
    Ok(Create { id, display_name: display_name("team.display_name", &team.display_name)? })
}

/// The use case of an `UpdateTeam` request.
///
/// # Errors
/// Fields that break a rule, and a mask that is wrong.
pub fn update(grant: &Grant, request: v1::UpdateTeamRequest) -> Result<Update, Rejection> {
    let output_only = ["name", "member_count", "create_time", "update_time", "etag"];
    let paths = mask::paths(request.update_mask.as_ref(), &["display_name"], &output_only)?;
    let team = name::required("team", request.team)?;
    let named = !paths.is_empty();
    Ok(Update {
        display_name: named.then(|| display_name("team.display_name", &team.display_name)).transpose()?,
        team: name::team(grant, "team.name", &team.name)?,
        etag: version_of(&team.etag),
    })
}

/// The use case of a `DeleteTeam` request.
///
/// # Errors
/// A name that is none.
pub fn delete(grant: &Grant, request: v1::DeleteTeamRequest) -> Result<Delete, Rejection> {
    let v1::DeleteTeamRequest { name: team, etag, .. } = request;
    Ok(Delete { team: name::team(grant, "name", &team)?, etag: version_of(&etag) })
}

/// The use case of an `AddTeamMember` request.
///
/// # Errors
/// Names that are none, and a person who cannot exist.
pub fn add_member(grant: &Grant, request: v1::AddTeamMemberRequest) -> Result<AddMember, Rejection> {
    let v1::AddTeamMemberRequest { name: team, user, main, .. } = request;
    let team = name::team(grant, "name", &team)?;
    Ok(AddMember { team, user: name::required("user", name::user_ref(grant, "user", &user)?)?, main })
}

/// The use case of a `RemoveTeamMember` request.
///
/// # Errors
/// Names that are none, and a person who cannot exist.
pub fn remove_member(grant: &Grant, request: v1::RemoveTeamMemberRequest) -> Result<RemoveMember, Rejection> {
    let v1::RemoveTeamMemberRequest { name: team, user, .. } = request;
    let team = name::team(grant, "name", &team)?;
    Ok(RemoveMember { team, user: name::required("user", name::user_ref(grant, "user", &user)?)? })
}
