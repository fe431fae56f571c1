//! AddTeamMember: one main team for everybody who is in any.

use helpdesk::grpc::pb::access::AccessLevel;
use helpdesk::grpc::pb::v1::{EffectKind, ErrorReason};

use super::{add, get, teams_of};
use crate::support::app::{self, App, person};
use crate::support::client::assert_refused;
use crate::support::databases::both_engines;

// the main team is what counts for routing; exactly one is it.
both_engines!(the_first_team_is_the_main_one_and_the_mark_moves, |db| async move {
    let app = App::start(db).await;
    app.agent("mia").await;
    app.team("red", &[]).await;
    app.team("blue", &[]).await;
    let first = app.root().teams().add_team_member(add("red", "mia", false)).await.expect("in").into_inner();
    assert!(first.membership.expect("a membership").main, "whatever was asked");
    let extra = app.root().teams().add_team_member(add("blue", "mia", false)).await.expect("in").into_inner();
    assert!(!extra.membership.expect("a membership").main);
    assert!(extra.mutation.expect("mutation").effects.is_empty());
    let moved = app.root().teams().add_team_member(add("blue", "mia", true)).await.expect("main").into_inner();
    assert!(moved.membership.expect("a membership").main);
    let effects = moved.mutation.expect("mutation").effects;
    let told: Vec<_> = effects.iter().map(|effect| (effect.kind(), effect.resource.as_str())).collect();
    assert_eq!(told, [(EffectKind::MainTeamChanged, app::user_name("mia").as_str())]);
    assert_eq!(teams_of(&app.root(), "mia").await, [("blue".to_owned(), true), ("red".to_owned(), false)]);
    assert_eq!(get(&app.root(), "blue").await.expect("a team").member_count, 1);
});

both_engines!(the_main_mark_is_moved_and_never_dropped, |db| async move {
    let app = App::start(db).await;
    app.agent("mia").await;
    app.team("red", &["mia"]).await;
    app.team("blue", &[]).await;
    app.join("blue", "mia", false).await;
    let kept = app.root().teams().add_team_member(add("red", "mia", false)).await.expect("unchanged").into_inner();
    assert!(kept.membership.expect("a membership").main);
    assert_eq!(kept.mutation.expect("mutation").warnings.len(), 1);
});

both_engines!(who_or_what_is_not_there_is_told_apart, |db| async move {
    let app = App::start(db).await;
    app.agent("mia").await;
    app.team("red", &[]).await;
    let root = app.root();
    assert_refused(root.teams().add_team_member(add("none", "mia", true)).await, ErrorReason::ResourceNotFound);
    assert_refused(root.teams().add_team_member(add("red", "none", true)).await, ErrorReason::ReferenceNotFound);
    let mut foreign = add("red", "mia", true);
    foreign.user = "accounts/other/users/root".into();
    assert_refused(root.teams().add_team_member(foreign).await, ErrorReason::ReferenceNotFound);
    assert_refused(
        app.user("mia").teams().add_team_member(add("red", "mia", true)).await,
        ErrorReason::PermissionMissing,
    );
});

// Team level reaches what the own teams have (A2), from the moment of joining.
both_engines!(joining_a_team_widens_the_reach_at_once, |db| async move {
    let app = App::start(db).await;
    let cole = app.collaborator("cole", AccessLevel::Team).await;
    app.add_user(person("x", AccessLevel::None), "x").await;
    app.team("red", &[]).await;
    let ticket = crate::user::owned_ticket(&app, "root", &["red"]).await;
    assert_refused(crate::user::ticket(&cole, &ticket.name).await, ErrorReason::ResourceNotFound);
    app.join("red", "cole", false).await;
    crate::user::ticket(&cole, &ticket.name).await.expect("the team's");
});
