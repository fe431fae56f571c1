//! CreateAccessKey: a secret shown once, never more than its maker holds.

use helpdesk::grpc::pb::access::{AccessLevel, Permission, Seat};
use helpdesk::grpc::pb::v1::{self, ErrorReason, GetCallerRequest};

use super::create;
use crate::support::app::{App, person};
use crate::support::client::assert_refused;
use crate::support::databases::both_engines;

both_engines!(a_new_key_works_with_the_secret_of_its_answer, |db| async move {
    let app = App::start(db).await;
    let made = app.root().access().create_access_key(create("bot", &[Permission::UsersView])).await.expect("a key");
    let made = made.into_inner();
    assert!(made.secret.starts_with("hd_acme_bot_"), "the parts of the key");
    let caller = app.caller(&made.secret).access().get_caller(GetCallerRequest {}).await.expect("known").into_inner();
    assert_eq!(caller.caller.expect("a caller").principal, "accounts/acme/accessKeys/bot");
    let mut wrong = made.secret.clone();
    let last = wrong.pop().expect("a digit");
    wrong.push(if last == '0' { '1' } else { '0' });
    assert_refused(app.caller(&wrong).access().get_caller(GetCallerRequest {}).await, ErrorReason::CredentialInvalid);
    let again = app.root().access().create_access_key(create("bot", &[Permission::UsersView])).await;
    assert_refused(again, ErrorReason::ResourceAlreadyExists);
});

// C-108: the answer is kept, the secret is not.
both_engines!(a_replay_shows_no_secret_and_says_so, |db| async move {
    let app = App::start(db).await;
    let request_id = "0190b6a5-6f3e-7c4e-9f0a-3d1f6f1e2a03".to_owned();
    let request = v1::CreateAccessKeyRequest { request_id, ..create("", &[Permission::UsersView]) };
    let first = app.root().access().create_access_key(request.clone()).await.expect("a key").into_inner();
    let second = app.root().access().create_access_key(request).await.expect("the same").into_inner();
    assert!(!first.secret.is_empty() && second.secret.is_empty());
    assert_eq!(first.access_key, second.access_key);
    let mutation = second.mutation.expect("mutation");
    assert!(mutation.replayed);
    assert_eq!(mutation.warnings.iter().map(|warning| warning.field.as_str()).collect::<Vec<_>>(), ["secret"]);
    assert!(first.mutation.expect("mutation").warnings.is_empty());
    app.caller(&first.secret).access().get_caller(GetCallerRequest {}).await.expect("the first secret works");
});

both_engines!(a_key_holds_no_more_than_its_maker, |db| async move {
    let app = App::start(db).await;
    let seat = Seat::Service.into();
    let admin = v1::User { seat, account_access: true, ..person("ada", AccessLevel::Team) };
    let ada = app.add_user(admin, "ada").await;
    let ask = async |permissions: &[Permission]| ada.access().create_access_key(create("", permissions)).await;
    ask(&[Permission::UsersManage, Permission::ChannelsManage]).await.expect("held");
    ask(&[Permission::IngressWrite]).await.expect("for channel adapters, whoever may make keys");
    // Machines reach every ticket; this maker reaches those of her teams.
    assert_refused(ask(&[Permission::TicketsView]).await, ErrorReason::PermissionMissing);
    assert_refused(ask(&[Permission::TicketsAssign]).await, ErrorReason::PermissionMissing);
    let small = app.root().access().create_access_key(create("small", &[Permission::AccessKeysManage])).await;
    let small = app.caller(&small.expect("a key").into_inner().secret);
    let more = small.access().create_access_key(create("", &[Permission::UsersManage])).await;
    assert_refused(more, ErrorReason::PermissionMissing);
});

both_engines!(settings_are_not_for_collaborators, |db| async move {
    let app = App::start(db).await;
    let cole = v1::User { service_access: true, account_access: true, ..person("cole", AccessLevel::All) };
    let cole = app.add_user(cole, "cole").await;
    let refused = cole.access().create_access_key(create("", &[Permission::UsersView])).await;
    assert_refused(refused, ErrorReason::StandingTooLow);
    let mia = app.agent("mia").await;
    let refused = mia.access().create_access_key(create("", &[Permission::UsersView])).await;
    assert_refused(refused, ErrorReason::PermissionMissing);
});

both_engines!(a_key_that_ends_ends_by_itself, |db| async move {
    let app = App::start(db).await;
    let at = |seconds: i64| {
        let mut request = create("", &[Permission::UsersView]);
        let key = request.access_key.as_mut().expect("a key");
        key.expire_time = Some(prost_types::Timestamp { seconds, nanos: 0 });
        request
    };
    let now = app.now().as_micros() / 1_000_000;
    assert_refused(app.root().access().create_access_key(at(now)).await, ErrorReason::FieldInvalid);
    let made = app.root().access().create_access_key(at(now + 60)).await.expect("a key").into_inner();
    let machine = app.caller(&made.secret);
    let caller = machine.access().get_caller(GetCallerRequest {}).await.expect("good").into_inner().caller;
    assert_eq!(caller.expect("a caller").expire_time.expect("a time").seconds, now + 60);
    app.advance(std::time::Duration::from_mins(1));
    assert_refused(machine.access().get_caller(GetCallerRequest {}).await, ErrorReason::CredentialInvalid);
});

both_engines!(nothing_is_made_when_only_tried, |db| async move {
    let app = App::start(db).await;
    let tried = v1::CreateAccessKeyRequest { validate_only: true, ..create("", &[Permission::UsersView]) };
    let tried = app.root().access().create_access_key(tried).await.expect("valid").into_inner();
    assert_eq!((tried.secret.as_str(), tried.access_key.expect("a key").name.as_str()), ("", ""));
    let nothing = create("", &[]);
    assert_refused(app.root().access().create_access_key(nothing).await, ErrorReason::FieldInvalid);
});
