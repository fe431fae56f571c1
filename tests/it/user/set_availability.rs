//! SetAvailability: for oneself, and for others with the permission.

use std::time::Duration;

use helpdesk::grpc::pb::access::AccessLevel;
use helpdesk::grpc::pb::v1::{AvailabilityState, ErrorReason, SetAvailabilityRequest};

use super::{get, manager};
use crate::support::app::{self, App, person};
use crate::support::client::assert_refused;
use crate::support::databases::both_engines;

fn request(id: &str, state: AvailabilityState) -> SetAvailabilityRequest {
    SetAvailabilityRequest { name: app::user_name(id), state: state.into(), ..SetAvailabilityRequest::default() }
}

// C-047.
both_engines!(everybody_goes_away_and_comes_back, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    let before = get(&mia, "mia").await.availability.expect("availability");
    app.advance(Duration::from_mins(1));
    let away = request("mia", AvailabilityState::Away);
    let set = mia.users().set_availability(away.clone()).await.expect("set").into_inner();
    let now = set.availability.expect("availability");
    assert_eq!(now.state(), AvailabilityState::Away);
    assert!(now.since_time.expect("a time").seconds == before.since_time.expect("a time").seconds + 60);
    app.advance(Duration::from_mins(1));
    let again = mia.users().set_availability(away).await.expect("holds already").into_inner();
    assert_eq!(again.availability.as_ref(), Some(&now));
    assert_eq!(get(&mia, "mia").await.availability, Some(now));
});

both_engines!(the_availability_of_others_needs_the_permission, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    let plain = app.add_user(person("plain", AccessLevel::None), "plain").await;
    let away = |id: &str| request(id, AvailabilityState::Away);
    assert_refused(mia.users().set_availability(away("plain")).await, ErrorReason::PermissionMissing);
    // Not even whether there is such a person is told.
    assert_refused(mia.users().set_availability(away("none")).await, ErrorReason::PermissionMissing);
    plain.users().set_availability(away("plain")).await.expect("the own one");
    manager(&app, AccessLevel::None).await.users().set_availability(away("mia")).await.expect("by a manager");
    app.machine().users().set_availability(request("mia", AvailabilityState::Available)).await.expect("by a machine");
    assert_refused(app.root().users().set_availability(away("none")).await, ErrorReason::ResourceNotFound);
    let nothing = request("mia", AvailabilityState::Unspecified);
    assert_refused(mia.users().set_availability(nothing).await, ErrorReason::FieldInvalid);
});
