//! DeactivateUser: shut out at once, tickets released.

use helpdesk::grpc::pb::access::AccessLevel;
use helpdesk::grpc::pb::v1::{self, DeactivateUserRequest, ErrorReason, UserState};

use super::{get, manager, owned_ticket, ticket};
use crate::support::app::{self, App, person};
use crate::support::client::assert_refused;
use crate::support::databases::both_engines;

fn request(id: &str) -> DeactivateUserRequest {
    DeactivateUserRequest { name: app::user_name(id), ..DeactivateUserRequest::default() }
}

both_engines!(a_deactivated_person_is_out_and_owns_no_open_ticket, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    app.team("red", &["mia"]).await;
    let first = owned_ticket(&app, "mia", &["red"]).await;
    let second = owned_ticket(&app, "mia", &[]).await;
    let others = owned_ticket(&app, "root", &[]).await;
    let done = app.root().users().deactivate_user(request("mia")).await.expect("done").into_inner();
    assert_eq!((done.released_ticket_count, done.user.expect("a user").state()), (2, UserState::Deactivated));
    let effects = done.mutation.expect("mutation").effects;
    let released: Vec<_> = effects.iter().map(|effect| effect.resource.clone()).collect();
    assert_eq!(released, [first.name.clone(), second.name.clone()]);
    let after = ticket(&app.root(), &first.name).await.expect("a ticket");
    assert_eq!((after.owner.as_str(), after.teams), ("", first.teams));
    assert_eq!(ticket(&app.root(), &others.name).await.expect("a ticket"), others);
    let out = mia.users().get_user(v1::GetUserRequest { name: app::user_name("mia") }).await;
    assert_refused(out, ErrorReason::UserDeactivated);
    assert_refused(app.root().users().deactivate_user(request("mia")).await, ErrorReason::StateTransitionNotAllowed);
    assert_eq!(get(&app.root(), "mia").await.teams.len(), 1);
});

both_engines!(the_last_active_super_admin_cannot_be_shut_out, |db| async move {
    let app = App::start(db).await;
    let refused = app.root().users().deactivate_user(request("root")).await;
    let status = assert_refused(refused, ErrorReason::StateTransitionNotAllowed);
    assert!(format!("{status:?}").contains("LAST_SUPER_ADMIN"), "{status:?}");
    app.add_user(v1::User { super_admin: true, ..person("second", AccessLevel::None) }, "second").await;
    app.user("second").users().deactivate_user(request("root")).await.expect("there is another one");
    // A deactivated super admin does not count.
    let refused = app.user("second").users().deactivate_user(request("second")).await;
    assert_refused(refused, ErrorReason::StateTransitionNotAllowed);
});

both_engines!(a_manager_shuts_out_people_but_no_super_admin, |db| async move {
    let app = App::start(db).await;
    let manager = manager(&app, AccessLevel::None).await;
    app.agent("mia").await;
    app.add_user(v1::User { super_admin: true, ..person("second", AccessLevel::None) }, "second").await;
    assert_refused(manager.users().deactivate_user(request("second")).await, ErrorReason::PermissionMissing);
    manager.users().deactivate_user(request("mia")).await.expect("done");
    assert_refused(manager.users().deactivate_user(request("none")).await, ErrorReason::ResourceNotFound);
    let stale = DeactivateUserRequest { etag: "\"99\"".into(), ..request("manager") };
    assert_refused(app.root().users().deactivate_user(stale).await, ErrorReason::EtagMismatch);
});
