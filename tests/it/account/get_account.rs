//! GetAccount: one's own; any for the operator.

use helpdesk::grpc::pb::access::{AccessLevel, Tier};
use helpdesk::grpc::pb::v1::{AccountState, ErrorReason, GetAccountRequest};

use crate::support::app::{self, App, person};
use crate::support::client::assert_refused;
use crate::support::databases::both_engines;

fn get(id: &str) -> GetAccountRequest {
    GetAccountRequest { name: format!("accounts/{id}") }
}

both_engines!(the_own_account_is_read_by_everybody_in_it, |db| async move {
    let app = App::start(db).await;
    let plain = app.add_user(person("plain", AccessLevel::None), "plain").await;
    for client in [&plain, &app.root(), &app.machine()] {
        let account = client.accounts().get_account(get("acme")).await.expect("an account").into_inner().account;
        let account = account.expect("an account");
        assert_eq!((account.name.as_str(), account.state()), ("accounts/acme", AccountState::Active));
        assert_eq!(account.subscription.expect("a subscription").tier(), Tier::Enterprise);
        assert_eq!(account.settings.expect("settings").default_pipeline, app::pipeline_name());
    }
});

// C-004: absent and foreign are one.
both_engines!(other_accounts_are_for_the_operator, |db| async move {
    let app = App::start(db).await;
    app.new_account("other").await;
    for id in ["other", "none"] {
        assert_refused(app.root().accounts().get_account(get(id)).await, ErrorReason::ResourceNotFound);
    }
    app.operator().accounts().get_account(get("other")).await.expect("any account");
    assert_refused(app.operator().accounts().get_account(get("none")).await, ErrorReason::ResourceNotFound);
});
