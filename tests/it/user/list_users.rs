//! ListUsers: pages by name.

use helpdesk::grpc::pb::access::AccessLevel;
use helpdesk::grpc::pb::v1::{ErrorReason, ListUsersRequest};

use crate::support::app::{self, App, person};
use crate::support::client::assert_refused;
use crate::support::databases::both_engines;

both_engines!(pages_show_everybody_once_in_order_of_name, |db| async move {
    let app = App::start(db).await;
    for id in ["e", "a", "c", "b", "d"] {
        app.add_user(person(id, AccessLevel::None), id).await;
    }
    app.new_account("other").await;
    let mut request = ListUsersRequest { parent: app::account(), page_size: 4, page_token: String::new() };
    let mut seen = Vec::new();
    loop {
        let page = app.root().users().list_users(request.clone()).await.expect("a page").into_inner();
        assert!(page.users.len() <= 4);
        seen.extend(page.users.into_iter().map(|user| user.name));
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }
    let names = ["a", "b", "c", "d", "e", "root"].map(app::user_name);
    assert_eq!(seen, names);
});

both_engines!(a_page_token_is_good_for_its_list_only, |db| async move {
    let app = App::start(db).await;
    app.agent("mia").await;
    app.new_account("other").await;
    let list = |parent: &str, token: &str| ListUsersRequest {
        parent: parent.to_owned(),
        page_size: 1,
        page_token: token.to_owned(),
    };
    let first = app.root().users().list_users(list("accounts/acme", "")).await.expect("a page").into_inner();
    let token = first.next_page_token;
    let foreign = app.user_of("other", "root").users().list_users(list("accounts/other", &token)).await;
    assert_refused(foreign, ErrorReason::PageTokenInvalid);
    assert_refused(app.root().users().list_users(list("accounts/acme", "abc")).await, ErrorReason::PageTokenInvalid);
    app.advance(std::time::Duration::from_hours(73));
    assert_refused(app.root().users().list_users(list("accounts/acme", &token)).await, ErrorReason::PageTokenInvalid);
    assert_refused(app.root().users().list_users(list("accounts/other", "")).await, ErrorReason::ResourceNotFound);
});
