//! ListAccessKeys: revoked ones included.

use helpdesk::grpc::pb::access::Permission;
use helpdesk::grpc::pb::v1::{ListAccessKeysRequest, RevokeAccessKeyRequest};

use super::{create, key_name};
use crate::support::app::{self, App};
use crate::support::databases::both_engines;

both_engines!(every_key_is_listed_once_in_order_of_name, |db| async move {
    let app = App::start(db).await;
    for id in ["c", "a"] {
        app.root().access().create_access_key(create(id, &[Permission::UsersView])).await.expect("a key");
    }
    let revoke = RevokeAccessKeyRequest { name: key_name("a"), ..RevokeAccessKeyRequest::default() };
    app.root().access().revoke_access_key(revoke).await.expect("revoked");
    let mut request = ListAccessKeysRequest { parent: app::account(), page_size: 2, page_token: String::new() };
    let first = app.root().access().list_access_keys(request.clone()).await.expect("a page").into_inner();
    request.page_token = first.next_page_token;
    let second = app.root().access().list_access_keys(request).await.expect("a page").into_inner();
    let all: Vec<_> = first.access_keys.iter().chain(&second.access_keys).collect();
    let seen: Vec<_> = all.iter().map(|key| (key.name.clone(), key.revoked)).collect();
    // `default` came with the account.
    let expected = [("a", true), ("c", false), ("default", false)].map(|(id, revoked)| (key_name(id), revoked));
    assert_eq!((seen, second.next_page_token.as_str()), (expected.to_vec(), ""));
});
