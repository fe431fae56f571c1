//! ReactivateUser: back with everything but the tickets.

use helpdesk::grpc::pb::access::{AccessLevel, Seat};
use helpdesk::grpc::pb::v1::{DeactivateUserRequest, ErrorReason, ReactivateUserRequest, User, UserState};

use super::{get, manager, owned_ticket, ticket};
use crate::support::app::{self, App, person};
use crate::support::client::assert_refused;
use crate::support::databases::both_engines;

fn request(id: &str) -> ReactivateUserRequest {
    ReactivateUserRequest { name: app::user_name(id), ..ReactivateUserRequest::default() }
}

async fn deactivate(app: &App, id: &str) {
    let request = DeactivateUserRequest { name: app::user_name(id), ..DeactivateUserRequest::default() };
    app.root().users().deactivate_user(request).await.expect("done");
}

both_engines!(a_person_comes_back_with_seat_and_teams_and_without_the_tickets, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    app.team("red", &["mia"]).await;
    let owned = owned_ticket(&app, "mia", &[]).await;
    assert_refused(app.root().users().reactivate_user(request("mia")).await, ErrorReason::StateTransitionNotAllowed);
    deactivate(&app, "mia").await;
    let back =
        app.root().users().reactivate_user(request("mia")).await.expect("back").into_inner().user.expect("a user");
    assert_eq!((back.state(), back.seat(), back.teams.len()), (UserState::Active, Seat::Service, 1));
    assert_eq!(get(&mia, "mia").await, back);
    assert_eq!(ticket(&mia, &owned.name).await.expect("a ticket").owner, "");
});

// Whoever lets somebody in gives all that the person holds.
both_engines!(a_manager_lets_in_nobody_who_holds_more, |db| async move {
    let app = App::start(db).await;
    let manager = manager(&app, AccessLevel::Team).await;
    app.agent("mia").await;
    app.add_user(User { seat: Seat::Service.into(), ..person("ann", AccessLevel::Team) }, "ann").await;
    deactivate(&app, "mia").await;
    deactivate(&app, "ann").await;
    assert_refused(manager.users().reactivate_user(request("mia")).await, ErrorReason::PermissionMissing);
    manager.users().reactivate_user(request("ann")).await.expect("no more than the manager");
});
