//! Deals on the wire.

use crate::domain::deal::{Deal, Money};
use crate::domain::ids::AccountId;
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::grpc::convert::user::display_name;
use crate::grpc::convert::{mask, name, timestamp};
use crate::grpc::pb::v1;
use crate::service::desk::{etag, version_of};
use crate::service::grant::Grant;
use crate::service::records::{CreateDeal, DealChanges, DeleteDeal, UpdateDeal};

const CHANGEABLE: [&str; 4] = ["display_name", "amount", "owner", "stage"];
const OUTPUT_ONLY: [&str; 4] = ["name", "create_time", "update_time", "etag"];

/// A deal as callers see it.
pub fn deal(account: &AccountId, deal: &Deal) -> v1::Deal {
    v1::Deal {
        name: Name::Deal(deal.id).within(account),
        display_name: deal.display_name.clone(),
        amount: deal
            .amount
            .as_ref()
            .map(|amount| v1::Money { currency_code: amount.currency.clone(), amount_micros: amount.micros }),
        owner: deal.owner.clone().map(|id| Name::User(id).within(account)).unwrap_or_default(),
        stage: deal.stage.clone(),
        create_time: Some(timestamp(deal.create_time)),
        update_time: Some(timestamp(deal.update_time)),
        etag: etag(deal.version),
    }
}

fn amount(deal: &v1::Deal) -> Option<Money> {
    let amount = deal.amount.as_ref();
    amount.map(|amount| Money { micros: amount.amount_micros, currency: amount.currency_code.clone() })
}

/// The use case of a `CreateDeal` request.
///
/// # Errors
/// Fields that break a rule, or a reference that cannot exist.
pub fn create(grant: &Grant, request: v1::CreateDealRequest) -> Result<CreateDeal, Rejection> {
    name::account(grant, "parent", &request.parent)?;
    let deal = name::required("deal", request.deal)?;
    let values = DealChanges {
        display_name: Some(display_name("deal.display_name", &deal.display_name)?),
        amount: Some(amount(&deal)),
        owner: Some(name::user_ref(grant, "deal.owner", &deal.owner)?),
        stage: Some(deal.stage.trim().to_owned()),
    };
    Ok(CreateDeal { values })
}

/// The use case of an `UpdateDeal` request.
///
/// # Errors
/// A bad mask, fields that break a rule, or a reference that cannot exist.
pub fn update(grant: &Grant, request: v1::UpdateDealRequest) -> Result<UpdateDeal, Rejection> {
    let paths = mask::paths(request.update_mask.as_ref(), &CHANGEABLE, &OUTPUT_ONLY)?;
    let deal = name::required("deal", request.deal)?;
    let id = name::deal(grant, "deal.name", &deal.name)?;
    let asked = |path: &str| paths.contains(&path);
    let mut changes = DealChanges {
        amount: asked("amount").then(|| amount(&deal)),
        stage: asked("stage").then(|| deal.stage.trim().to_owned()),
        ..DealChanges::default()
    };
    if asked("display_name") {
        changes.display_name = Some(display_name("deal.display_name", &deal.display_name)?);
    }
    if asked("owner") {
        changes.owner = Some(name::user_ref(grant, "deal.owner", &deal.owner)?);
    }
    Ok(UpdateDeal { deal: id, changes, etag: version_of(&deal.etag) })
}

/// The use case of a `DeleteDeal` request.
///
/// # Errors
/// A name of something else.
pub fn delete(grant: &Grant, request: v1::DeleteDealRequest) -> Result<DeleteDeal, Rejection> {
    let v1::DeleteDealRequest { name: deal, etag, .. } = request;
    Ok(DeleteDeal { deal: name::deal(grant, "name", &deal)?, etag: version_of(&etag) })
}
