//! UpdateTeam: another name.

use helpdesk::grpc::pb::v1::{ErrorReason, Team, UpdateTeamRequest};
use prost_types::FieldMask;

use super::get;
use crate::support::app::{self, App};
use crate::support::client::assert_refused;
use crate::support::databases::both_engines;

fn update(id: &str, team: Team, path: &str) -> UpdateTeamRequest {
    UpdateTeamRequest {
        team: Some(Team { name: app::team_name(id), ..team }),
        update_mask: Some(FieldMask { paths: vec![path.to_owned()] }),
        ..UpdateTeamRequest::default()
    }
}

// C-021: the etag guards the change.
both_engines!(a_team_is_renamed_and_an_old_etag_refused, |db| async move {
    let app = App::start(db).await;
    app.team("red", &[]).await;
    let seen = get(&app.root(), "red").await.expect("a team");
    let wanted = Team { display_name: "Crimson".into(), etag: seen.etag.clone(), ..Team::default() };
    let request = update("red", wanted.clone(), "display_name");
    let changed = app.root().teams().update_team(request).await.expect("changed").into_inner().team.expect("a team");
    assert_eq!((changed.display_name.as_str(), changed.name), ("Crimson", seen.name));
    let again = app.root().teams().update_team(update("red", wanted, "display_name")).await;
    assert_refused(again, ErrorReason::EtagMismatch);
    let same = app.root().teams().update_team(update("red", Team::default(), "member_count")).await.expect("ignored");
    assert_eq!(same.into_inner().team.expect("a team").etag, changed.etag);
});

both_engines!(masks_and_names_are_checked, |db| async move {
    let app = App::start(db).await;
    app.team("red", &[]).await;
    let named = Team { display_name: "X".into(), ..Team::default() };
    let star = app.root().teams().update_team(update("red", named.clone(), "*")).await;
    assert_refused(star, ErrorReason::UpdateMaskInvalid);
    let blank = app.root().teams().update_team(update("red", Team::default(), "display_name")).await;
    assert_refused(blank, ErrorReason::FieldInvalid);
    let none = app.root().teams().update_team(update("none", named, "display_name")).await;
    assert_refused(none, ErrorReason::ResourceNotFound);
});
