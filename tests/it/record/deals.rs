//! `DealService`.

use helpdesk::grpc::pb::v1::{self, ErrorReason};

use super::{deal, mask};
use crate::support::app::{self, App};
use crate::support::client::assert_refused;
use crate::support::databases::both_engines;

fn update(deal: v1::Deal, paths: &[&str]) -> v1::UpdateDealRequest {
    v1::UpdateDealRequest { deal: Some(deal), update_mask: Some(mask(paths)), ..Default::default() }
}

both_engines!(a_deal_is_made_read_changed_and_deleted, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    let made = deal(&mia, "Ten rockets").await;
    assert_eq!(made.amount.as_ref().map(|amount| amount.amount_micros), Some(12_500_000));
    let get = || v1::GetDealRequest { name: made.name.clone() };
    let read = mia.deals().get_deal(get()).await.expect("read").into_inner().deal;
    assert_eq!(read.as_ref(), Some(&made));
    let change = v1::Deal { stage: " Offer sent ".to_owned(), amount: None, ..made.clone() };
    let changed = mia.deals().update_deal(update(change.clone(), &["stage", "amount"])).await.expect("changed");
    let changed = changed.into_inner().deal.expect("a deal");
    assert_eq!((changed.stage.as_str(), &changed.amount, changed.etag.as_str()), ("Offer sent", &None, "\"2\""));
    assert_refused(mia.deals().update_deal(update(change, &["stage"])).await, ErrorReason::EtagMismatch);
    let delete = || v1::DeleteDealRequest { name: made.name.clone(), ..Default::default() };
    mia.deals().delete_deal(delete()).await.expect("deleted");
    assert_refused(mia.deals().get_deal(get()).await, ErrorReason::ResourceNotFound);
    assert_refused(mia.deals().delete_deal(delete()).await, ErrorReason::ResourceNotFound);
});

both_engines!(an_amount_has_a_currency, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    for (currency, micros) in [("", 1), ("eur", 1), ("EUR", -1)] {
        let amount = Some(v1::Money { currency_code: currency.to_owned(), amount_micros: micros });
        let deal = v1::Deal { display_name: "Rockets".to_owned(), amount, ..v1::Deal::default() };
        let request = v1::CreateDealRequest { parent: app::account(), deal: Some(deal), ..Default::default() };
        assert_refused(mia.deals().create_deal(request).await, ErrorReason::FieldInvalid);
    }
});

both_engines!(deals_are_listed_by_name_and_filtered, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    for name in ["beta", "Alpha", "Gamma"] {
        deal(&mia, name).await;
    }
    let ask = |filter: &str, order_by: &str| v1::ListDealsRequest {
        parent: app::account(),
        filter: filter.to_owned(),
        order_by: order_by.to_owned(),
        ..Default::default()
    };
    for (filter, order, wanted) in [
        ("", "", &["Alpha", "beta", "Gamma"][..]),
        ("currency_code = EUR AND amount_micros > 12000000", "create_time", &["beta", "Alpha", "Gamma"]),
        ("gam", "", &["Gamma"]),
        ("stage:*", "", &[]),
    ] {
        let page = mia.deals().list_deals(ask(filter, order)).await.expect("a page").into_inner();
        let found: Vec<_> = page.deals.iter().map(|deal| deal.display_name.as_str()).collect();
        assert_eq!(found, wanted, "{filter} {order}");
    }
});
