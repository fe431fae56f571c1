//! CreateTeam.

use helpdesk::grpc::pb::v1::{CreateTeamRequest, ErrorReason};

use super::{create, get};
use crate::support::app::App;
use crate::support::client::assert_refused;
use crate::support::databases::both_engines;

both_engines!(a_new_team_has_nobody_in_it, |db| async move {
    let app = App::start(db).await;
    let made = app.root().teams().create_team(create("red", " Red ")).await.expect("a team").into_inner();
    let team = made.team.expect("a team");
    assert_eq!((team.name.as_str(), team.display_name.as_str()), ("accounts/acme/teams/red", "Red"));
    assert_eq!((team.member_count, team.etag.as_str()), (0, "\"1\""));
    assert_eq!(get(&app.root(), "red").await.expect("a team"), team);
    assert_refused(app.root().teams().create_team(create("red", "Again")).await, ErrorReason::ResourceAlreadyExists);
});

both_engines!(teams_are_made_by_those_who_manage_people, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    assert_refused(mia.teams().create_team(create("red", "Red")).await, ErrorReason::PermissionMissing);
    assert_refused(app.root().teams().create_team(create("red", " ")).await, ErrorReason::FieldInvalid);
    assert_refused(app.root().teams().create_team(create("Red", "Red")).await, ErrorReason::FieldInvalid);
    let tried = CreateTeamRequest { validate_only: true, ..create("", "Red") };
    let tried = app.root().teams().create_team(tried).await.expect("valid").into_inner().team.expect("a team");
    assert_eq!(tried.name, "");
    app.machine().teams().create_team(create("red", "Red")).await.expect("a team");
    assert_refused(get(&app.root(), "blue").await, ErrorReason::ResourceNotFound);
});
