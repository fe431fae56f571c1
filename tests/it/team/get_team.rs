//! GetTeam.

use helpdesk::grpc::pb::v1::{ErrorReason, GetTeamRequest};

use super::get;
use crate::support::app::App;
use crate::support::client::assert_refused;
use crate::support::databases::both_engines;

both_engines!(a_team_counts_main_and_extra_members, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    app.agent("ben").await;
    app.team("red", &["mia"]).await;
    app.team("blue", &["ben"]).await;
    app.join("red", "ben", false).await;
    assert_eq!(get(&mia, "red").await.expect("a team").member_count, 2);
    assert_eq!(get(&mia, "blue").await.expect("a team").member_count, 1);
});

both_engines!(teams_of_other_accounts_are_not_there, |db| async move {
    let app = App::start(db).await;
    app.team("red", &[]).await;
    app.new_account("other").await;
    let request = GetTeamRequest { name: "accounts/acme/teams/red".into() };
    let foreign = app.user_of("other", "root").teams().get_team(request).await;
    assert_refused(foreign, ErrorReason::ResourceNotFound);
    assert_refused(get(&app.root(), "none").await, ErrorReason::ResourceNotFound);
});
