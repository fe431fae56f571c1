//! RemoveTeamMember: the next team becomes the main one.

use std::time::Duration;

use helpdesk::grpc::pb::v1::{EffectKind, ErrorReason};

use super::{get, remove, teams_of};
use crate::support::app::App;
use crate::support::client::assert_refused;
use crate::support::databases::both_engines;

both_engines!(the_team_joined_longest_ago_becomes_the_main_one, |db| async move {
    let app = App::start(db).await;
    app.agent("mia").await;
    for (team, main) in [("red", true), ("green", false), ("blue", false)] {
        app.team(team, &[]).await;
        app.join(team, "mia", main).await;
        app.advance(Duration::from_secs(1));
    }
    let gone = app.root().teams().remove_team_member(remove("red", "mia")).await.expect("out").into_inner();
    assert!(gone.membership.expect("a membership").main, "as it was");
    assert_eq!(gone.mutation.expect("mutation").effects[0].kind(), EffectKind::MainTeamChanged);
    assert_eq!(teams_of(&app.root(), "mia").await, [("blue".to_owned(), false), ("green".to_owned(), true)]);
    assert_eq!(get(&app.root(), "red").await.expect("a team").member_count, 0);
    let extra = app.root().teams().remove_team_member(remove("blue", "mia")).await.expect("out").into_inner();
    assert!(extra.mutation.expect("mutation").effects.is_empty());
    app.root().teams().remove_team_member(remove("green", "mia")).await.expect("out");
    assert!(teams_of(&app.root(), "mia").await.is_empty());
});

// An owner always sees the own ticket: leaving the team takes nothing away.
both_engines!(the_owner_keeps_tickets_of_the_team_that_was_left, |db| async move {
    let app = App::start(db).await;
    app.agent("mia").await;
    app.team("red", &["mia"]).await;
    let before = crate::user::owned_ticket(&app, "mia", &["red"]).await;
    app.root().teams().remove_team_member(remove("red", "mia")).await.expect("out");
    assert_eq!(crate::user::ticket(&app.root(), &before.name).await.expect("a ticket").owner, before.owner);
});

both_engines!(who_is_not_in_the_team_cannot_leave_it, |db| async move {
    let app = App::start(db).await;
    app.agent("mia").await;
    app.team("red", &[]).await;
    let root = app.root();
    assert_refused(root.teams().remove_team_member(remove("red", "mia")).await, ErrorReason::ReferenceNotFound);
    assert_refused(root.teams().remove_team_member(remove("none", "mia")).await, ErrorReason::ResourceNotFound);
});
