//! DeleteTeam: only what nothing depends on.

use helpdesk::grpc::pb::v1::channel_routing::Target;
use helpdesk::grpc::pb::v1::{self, DeleteTeamRequest, ErrorReason};

use super::{create, get, remove};
use crate::support::app::{self, App};
use crate::support::client::assert_refused;
use crate::support::databases::both_engines;
use crate::support::scene::people;

fn delete(id: &str) -> DeleteTeamRequest {
    DeleteTeamRequest { name: app::team_name(id), ..DeleteTeamRequest::default() }
}

both_engines!(a_team_nobody_needs_is_deleted_and_may_come_again, |db| async move {
    let app = App::start(db).await;
    app.team("red", &[]).await;
    let stale = DeleteTeamRequest { etag: "\"7\"".into(), ..delete("red") };
    assert_refused(app.root().teams().delete_team(stale).await, ErrorReason::EtagMismatch);
    app.root().teams().delete_team(delete("red")).await.expect("deleted");
    assert_refused(get(&app.root(), "red").await, ErrorReason::ResourceNotFound);
    assert_refused(app.root().teams().delete_team(delete("red")).await, ErrorReason::ResourceNotFound);
    app.root().teams().create_team(create("red", "Red again")).await.expect("a team");
});

both_engines!(a_team_in_use_stays, |db| async move {
    let app = App::start(db).await;
    app.agent("mia").await;
    app.team("red", &["mia"]).await;
    let status = assert_refused(app.root().teams().delete_team(delete("red")).await, ErrorReason::ResourceInUse);
    assert!(format!("{status:?}").contains("accounts/acme/users/mia"), "{status:?}");
    app.root().teams().remove_team_member(remove("red", "mia")).await.expect("out");
    let ticket = v1::Ticket { teams: vec![app::team_name("red")], ..app::ticket("Red's") };
    let request =
        v1::CreateTicketRequest { parent: app::account(), ticket: Some(ticket), ..v1::CreateTicketRequest::default() };
    app.root().tickets().create_ticket(request).await.expect("a ticket");
    let status = assert_refused(app.root().teams().delete_team(delete("red")).await, ErrorReason::ResourceInUse);
    assert!(format!("{status:?}").contains("accounts/acme/tickets/1"), "{status:?}");
    get(&app.root(), "red").await.expect("still there");
});

// C-050: routing that names a team keeps it from being deleted.
both_engines!(a_team_that_a_channel_routes_to_stays, |db| async move {
    let app = App::start(db).await;
    app.team("red", &[]).await;
    app.channel("form", v1::ChannelType::Form).await;
    app.route_to("form", people(&[], &["red"])).await;
    let status = assert_refused(app.root().teams().delete_team(delete("red")).await, ErrorReason::ResourceInUse);
    assert!(format!("{status:?}").contains("accounts/acme/channels/form"), "{status:?}");
    app.route_to("form", Target::Nobody(v1::NobodyTarget::default())).await;
    app.root().teams().delete_team(delete("red")).await.expect("deleted");
});

// C-050: so does a rule that names it.
both_engines!(a_team_that_a_rule_routes_to_stays, |db| async move {
    let app = App::start(db).await;
    app.team("red", &[]).await;
    app.channel("form", v1::ChannelType::Form).await;
    let rule = v1::RoutingRule {
        rule_id: "red".to_owned(),
        people: Some(v1::PeopleTarget { users: Vec::new(), teams: vec![app::team_name("red")] }),
        ..Default::default()
    };
    app.rules("form", vec![rule]).await;
    let status = assert_refused(app.root().teams().delete_team(delete("red")).await, ErrorReason::ResourceInUse);
    assert!(format!("{status:?}").contains("accounts/acme/channels/form"), "{status:?}");
    app.rules("form", Vec::new()).await;
    app.root().teams().delete_team(delete("red")).await.expect("deleted");
});
