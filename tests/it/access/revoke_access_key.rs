//! RevokeAccessKey: at once, and for good.

use helpdesk::grpc::pb::access::Permission;
use helpdesk::grpc::pb::v1::{ErrorReason, GetCallerRequest, RevokeAccessKeyRequest};

use super::{create, key_name};
use crate::support::app::App;
use crate::support::client::assert_refused;
use crate::support::databases::both_engines;

fn revoke(id: &str) -> RevokeAccessKeyRequest {
    RevokeAccessKeyRequest { name: key_name(id), ..RevokeAccessKeyRequest::default() }
}

both_engines!(a_revoked_key_fails_with_the_next_call, |db| async move {
    let app = App::start(db).await;
    let made = app.root().access().create_access_key(create("bot", &[Permission::UsersView])).await.expect("a key");
    let bot = app.caller(&made.into_inner().secret);
    bot.access().get_caller(GetCallerRequest {}).await.expect("good");
    let ended = app.root().access().revoke_access_key(revoke("bot")).await.expect("revoked").into_inner();
    assert!(ended.access_key.as_ref().expect("a key").revoked);
    assert_refused(bot.access().get_caller(GetCallerRequest {}).await, ErrorReason::CredentialInvalid);
    let again = app.root().access().revoke_access_key(revoke("bot")).await.expect("changes nothing").into_inner();
    assert_eq!(again.access_key, ended.access_key);
});

both_engines!(a_key_may_end_itself, |db| async move {
    let app = App::start(db).await;
    let machine = app.machine();
    machine.access().revoke_access_key(revoke("default")).await.expect("revoked");
    assert_refused(machine.access().get_caller(GetCallerRequest {}).await, ErrorReason::CredentialInvalid);
    assert_refused(app.root().access().revoke_access_key(revoke("none")).await, ErrorReason::ResourceNotFound);
    let stale = RevokeAccessKeyRequest { etag: "\"1\"".into(), ..revoke("default") };
    assert_refused(app.root().access().revoke_access_key(stale).await, ErrorReason::EtagMismatch);
});
