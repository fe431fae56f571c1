//! UpdateAccount: the operator's; what was bought holds at once.

use helpdesk::grpc::pb::access::Tier;
use helpdesk::grpc::pb::v1::{self, ErrorReason, UpdateAccountRequest};
use prost_types::FieldMask;

use crate::support::app::{self, App};
use crate::support::client::assert_refused;
use crate::support::databases::both_engines;

fn request(account: v1::Account, paths: &[&str]) -> UpdateAccountRequest {
    let update_mask = Some(FieldMask { paths: paths.iter().map(|path| (*path).to_owned()).collect() });
    UpdateAccountRequest { account: Some(account), update_mask, ..Default::default() }
}

fn named(name: String) -> v1::Account {
    v1::Account { name, display_name: "Acme & Sons".to_owned(), ..Default::default() }
}

both_engines!(the_operator_renames_an_account_and_says_what_it_bought, |db| async move {
    let app = App::start(db).await;
    let subscription = Some(v1::Subscription { tier: Tier::Starter.into(), ..Default::default() });
    let asked = request(v1::Account { subscription, ..named(app::account()) }, &["display_name", "subscription"]);
    let changed = app.operator().accounts().update_account(asked).await.expect("changed").into_inner();
    let changed = changed.account.expect("an account");
    assert_eq!((changed.display_name.as_str(), changed.etag.as_str()), ("Acme & Sons", "\"2\""));
    assert_eq!(changed.subscription.as_ref().expect("a subscription").tier(), Tier::Starter);
    let found = app.root().accounts().get_account(v1::GetAccountRequest { name: app::account() }).await;
    assert_eq!(found.expect("found").into_inner().account.as_ref(), Some(&changed));
    let events = v1::ListEventsRequest { parent: app::account(), page_size: 200, ..Default::default() };
    let events = app.root().events().list_events(events).await.expect("a page").into_inner().events;
    let told = events.last().expect("an event");
    assert_eq!((told.resource.clone(), told.fields.len()), (app::account(), 2));
    assert!(format!("{:?}", told.actor).contains("Operator"), "{told:?}");
});

both_engines!(the_time_zone_of_an_account_is_one_that_there_is, |db| async move {
    let app = App::start(db).await;
    let found = app.root().accounts().get_account(v1::GetAccountRequest { name: app::account() }).await;
    assert_eq!(found.expect("found").into_inner().account.expect("an account").time_zone, "UTC");
    let zone = |zone: &str| v1::Account { name: app::account(), time_zone: zone.to_owned(), ..Default::default() };
    let operator = app.operator();
    let refused = operator.accounts().update_account(request(zone("Middle/Earth"), &["time_zone"])).await;
    assert_refused(refused, ErrorReason::FieldInvalid);
    for (asked, stored) in [("Asia/Kathmandu", "Asia/Kathmandu"), ("", "UTC")] {
        let done = operator.accounts().update_account(request(zone(asked), &["time_zone"])).await.expect("changed");
        assert_eq!(done.into_inner().account.expect("an account").time_zone, stored);
    }
});

both_engines!(nobody_else_changes_an_account_and_nothing_else_of_it, |db| async move {
    let app = App::start(db).await;
    let asked = || request(named(app::account()), &["display_name"]);
    for caller in [app.root(), app.machine()] {
        assert_refused(caller.accounts().update_account(asked()).await, ErrorReason::CallerKindNotAllowed);
    }
    let operator = app.operator();
    let refused = operator.accounts().update_account(request(named(app::account()), &["state"])).await;
    refused.expect("what only the service writes is left out");
    let refused = operator.accounts().update_account(request(named(app::account()), &["etc"])).await;
    assert_refused(refused, ErrorReason::UpdateMaskInvalid);
    let stale = v1::Account { etag: "\"9\"".to_owned(), ..named(app::account()) };
    let refused = operator.accounts().update_account(request(stale, &["display_name"])).await;
    assert_refused(refused, ErrorReason::EtagMismatch);
    let refused =
        operator.accounts().update_account(request(named("accounts/none".to_owned()), &["display_name"])).await;
    assert_refused(refused, ErrorReason::ResourceNotFound);
    let refused = operator.accounts().update_account(request(named("x".to_owned()), &["display_name"])).await;
    assert_refused(refused, ErrorReason::ResourceNameInvalid);
});
