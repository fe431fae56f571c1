//! GetAccessKey: everything but the secret.

use helpdesk::grpc::pb::access::Permission;
use helpdesk::grpc::pb::v1::{ErrorReason, GetAccessKeyRequest};

use super::{create, key_name};
use crate::support::app::App;
use crate::support::client::assert_refused;
use crate::support::databases::both_engines;

both_engines!(a_key_is_read_without_its_secret, |db| async move {
    let app = App::start(db).await;
    let held = [Permission::UsersView, Permission::IngressWrite];
    let made = app.root().access().create_access_key(create("bot", &held)).await.expect("a key").into_inner();
    let get = |name: String| GetAccessKeyRequest { name };
    let found = app.root().access().get_access_key(get(key_name("bot"))).await.expect("a key").into_inner();
    assert_eq!(found.access_key, made.access_key);
    assert!(!format!("{found:?}").contains(&made.secret));
    assert_refused(app.root().access().get_access_key(get(key_name("none"))).await, ErrorReason::ResourceNotFound);
    let mia = app.agent("mia").await;
    assert_refused(mia.access().get_access_key(get(key_name("bot"))).await, ErrorReason::PermissionMissing);
});
