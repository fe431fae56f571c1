//! ChangeUserSeat: the paid place, and the tickets that stay or go with it.

use helpdesk::grpc::pb::access::{AccessLevel, Seat, Standing};
use helpdesk::grpc::pb::v1::{self, ChangeUserSeatRequest, ErrorReason};

use super::{manager, owned_ticket, ticket};
use crate::support::app::{self, App, person};
use crate::support::client::assert_refused;
use crate::support::databases::both_engines;
use crate::support::scene::{people, rule};

fn request(id: &str, seat: Seat) -> ChangeUserSeatRequest {
    ChangeUserSeatRequest { name: app::user_name(id), seat: seat.into(), ..ChangeUserSeatRequest::default() }
}

both_engines!(losing_the_seat_keeps_tickets_that_another_access_still_reaches, |db| async move {
    let app = App::start(db).await;
    let both = v1::User { seat: Seat::Service.into(), service_access: true, ..person("mia", AccessLevel::Owned) };
    app.add_user(both, "mia").await;
    app.agent("ben").await;
    let (mias, bens) = (owned_ticket(&app, "mia", &[]).await, owned_ticket(&app, "ben", &[]).await);
    let changed = app.root().users().change_user_seat(request("mia", Seat::None)).await.expect("changed").into_inner();
    assert_eq!(changed.user.expect("a user").standing(), Standing::Collaborator);
    assert!(changed.mutation.expect("mutation").effects.is_empty());
    assert_eq!(ticket(&app.root(), &mias.name).await.expect("a ticket").owner, mias.owner);
    // Nothing else lets ben in: without the seat the ticket is out of reach.
    let changed = app.root().users().change_user_seat(request("ben", Seat::Core)).await.expect("changed").into_inner();
    assert_eq!(changed.mutation.expect("mutation").effects.len(), 1);
    assert_eq!(ticket(&app.root(), &bens.name).await.expect("a ticket").owner, "");
});

both_engines!(a_seat_is_given_only_by_those_who_have_what_it_brings, |db| async move {
    let app = App::start(db).await;
    let hr = app.add_user(v1::User { account_access: true, ..person("hr", AccessLevel::None) }, "hr").await;
    app.add_user(person("new", AccessLevel::None), "new").await;
    assert_refused(hr.users().change_user_seat(request("new", Seat::Service)).await, ErrorReason::PermissionMissing);
    assert_refused(hr.users().change_user_seat(request("hr", Seat::Service)).await, ErrorReason::PermissionMissing);
    hr.users().change_user_seat(request("new", Seat::ViewOnly)).await.expect("gives no standing");
    let manager = manager(&app, AccessLevel::Team).await;
    let full = manager.users().change_user_seat(request("new", Seat::Service)).await.expect("changed").into_inner();
    assert_eq!(full.user.expect("a user").standing(), Standing::Full);
    assert_refused(
        app.root().users().change_user_seat(request("new", Seat::Unspecified)).await,
        ErrorReason::FieldInvalid,
    );
});

/// The routings that a change warns of.
fn warned(mutation: Option<v1::MutationInfo>) -> Vec<String> {
    let warnings = mutation.expect("mutation").warnings;
    warnings.into_iter().map(|warning| warning.resource).collect()
}

// C-050: the rule stays, and whoever takes the seat is told which routing passes the person over from now on.
both_engines!(who_leaves_a_routing_target_without_a_seat_is_pointed_out, |db| async move {
    let app = App::start(db).await;
    app.agent("mia").await;
    app.agent("ben").await;
    for channel in ["form", "chat"] {
        app.channel(channel, v1::ChannelType::Form).await;
    }
    app.route_to("form", people(&["mia", "ben"], &[])).await;
    app.route_to("chat", people(&["ben"], &[])).await;
    let changed = app.root().users().change_user_seat(request("mia", Seat::Core)).await.expect("changed").into_inner();
    assert_eq!(warned(changed.mutation), ["accounts/acme/channels/form/routing"]);
    let deactivate = v1::DeactivateUserRequest { name: app::user_name("ben"), ..Default::default() };
    let done = app.root().users().deactivate_user(deactivate).await.expect("done").into_inner();
    let both = ["accounts/acme/channels/chat/routing", "accounts/acme/channels/form/routing"];
    assert_eq!(warned(done.mutation), both);
});

// C-050: who is named by a rule of the routing alone is pointed out, too.
both_engines!(who_leaves_a_routing_rule_without_a_seat_is_pointed_out, |db| async move {
    let app = App::start(db).await;
    for id in ["mia", "ben", "leo"] {
        app.agent(id).await;
    }
    for (channel, user) in [("form", "mia"), ("chat", "ben")] {
        app.channel(channel, v1::ChannelType::Form).await;
        app.route_to(channel, people(&["leo"], &[])).await;
        let named = v1::PeopleTarget { users: vec![app::user_name(user)], teams: Vec::new() };
        let card = v1::RoutingRule { people: Some(named), ..rule("card", "message.text:card", &[]) };
        app.rules(channel, vec![card]).await;
    }
    let changed = app.root().users().change_user_seat(request("mia", Seat::Core)).await.expect("changed").into_inner();
    assert_eq!(warned(changed.mutation), ["accounts/acme/channels/form/routing"]);
    let deactivate = v1::DeactivateUserRequest { name: app::user_name("ben"), ..Default::default() };
    let done = app.root().users().deactivate_user(deactivate).await.expect("done").into_inner();
    assert_eq!(warned(done.mutation), ["accounts/acme/channels/chat/routing"]);
});
