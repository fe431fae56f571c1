//! Accounts on the wire.

use std::collections::BTreeSet;

use crate::domain::access::Tier;
use crate::domain::account::{Account, AccountState};
use crate::domain::hours::is_zone;
use crate::domain::ids::{AccountId, PipelineId, UserId};
use crate::domain::names::Name;
use crate::domain::pipeline::DEFAULT_PIPELINE;
use crate::domain::plan::{AddOn, FIRST_CREDITS};
use crate::domain::rejection::Rejection;
use crate::grpc::convert::access::{access_key, tier, tier_of};
use crate::grpc::convert::user::{display_name, user};
use crate::grpc::convert::{mask, name, timestamp};
use crate::grpc::pb::v1;
use crate::service::accounts::{Created, FIRST_USER, NewAccount, Update};
use crate::service::desk::{etag, version_of};
use crate::service::grant::Grant;

/// Paths that an update changes.
const CHANGEABLE: [&str; 6] =
    ["display_name", "subscription", "subscription.tier", "subscription.add_ons", "subscription.credits", "time_zone"];
const OUTPUT_ONLY: [&str; 7] =
    ["name", "state", "subscription.credits_used", "settings", "create_time", "update_time", "etag"];

/// An account as callers see it.
pub fn account(account: &Account, credits_used: i64) -> v1::Account {
    let state = match account.state {
        AccountState::Active => v1::AccountState::Active,
        AccountState::Suspended => v1::AccountState::Suspended,
    };
    let default_pipeline = Name::Pipeline(PipelineId::stored(DEFAULT_PIPELINE)).within(&account.id);
    v1::Account {
        name: Name::Account.within(&account.id),
        display_name: account.display_name.clone(),
        state: state.into(),
        subscription: Some(v1::Subscription {
            tier: tier(account.tier).into(),
            add_ons: account.add_ons.iter().map(|it| add_on(*it).into()).collect(),
            credits: Some(account.credits),
            credits_used,
        }),
        time_zone: account.time_zone.clone(),
        settings: Some(v1::AccountSettings { default_pipeline }),
        create_time: Some(timestamp(account.create_time)),
        update_time: Some(timestamp(account.update_time)),
        etag: etag(account.version),
    }
}

/// An add-on on the wire.
pub fn add_on(add_on: AddOn) -> v1::AddOn {
    match add_on {
        AddOn::MarketingHub => v1::AddOn::MarketingHubProfessional,
        AddOn::TransactionalEmail => v1::AddOn::TransactionalEmail,
    }
}

fn add_ons_of(subscription: &v1::Subscription) -> BTreeSet<AddOn> {
    let one = |given: v1::AddOn| match given {
        v1::AddOn::Unspecified => None,
        v1::AddOn::MarketingHubProfessional => Some(AddOn::MarketingHub),
        v1::AddOn::TransactionalEmail => Some(AddOn::TransactionalEmail),
    };
    subscription.add_ons().filter_map(one).collect()
}

/// The account that a call is about, whosever it is.
///
/// # Errors
/// [`Rejection::NameInvalid`] for anything but the name of an account.
pub fn account_name(field: &str, text: &str) -> Result<AccountId, Rejection> {
    match Name::parse(text) {
        Ok((account, Name::Account)) => Ok(account),
        _ => Err(Rejection::NameInvalid { field: field.to_owned(), value: text.to_owned() }),
    }
}

/// What a `CreateAccount` request asks for.
///
/// # Errors
/// Fields that break a rule.
pub fn new_account(request: v1::CreateAccountRequest) -> Result<NewAccount, Rejection> {
    let account = name::required("account", request.account)?;
    let administrator = name::required("administrator", request.administrator)?;
    let subscription = account.subscription.unwrap_or_default();
    let tier = tier_of(subscription.tier());
    let chosen = request.administrator_id;
    Ok(NewAccount {
        id: AccountId::stored(request.account_id),
        display_name: display_name("account.display_name", &account.display_name)?,
        tier: tier.unwrap_or(Tier::Enterprise),
        add_ons: add_ons_of(&subscription),
        time_zone: time_zone(&account.time_zone)?,
        credits: subscription.credits.unwrap_or(FIRST_CREDITS),
        administrator: UserId::stored(if chosen.is_empty() { FIRST_USER.to_owned() } else { chosen }),
        administrator_name: display_name("administrator.display_name", &administrator.display_name)?,
        administrator_email: administrator.email.trim().to_owned(),
    })
}

/// A time zone that there is; UTC for none.
fn time_zone(zone: &str) -> Result<String, Rejection> {
    match zone {
        "" => Ok("UTC".to_owned()),
        zone if is_zone(zone) => Ok(zone.to_owned()),
        _ => Err(Rejection::field("account.time_zone", "NOT_ALLOWED", "must be an IANA time zone")),
    }
}

/// The account that an `UpdateAccount` request is about.
///
/// # Errors
/// A name that is none.
pub fn changed_account(request: &v1::UpdateAccountRequest) -> Result<AccountId, Rejection> {
    account_name("account.name", request.account.as_ref().map(|account| account.name.as_str()).unwrap_or_default())
}

/// The use case of an `UpdateAccount` request.
///
/// # Errors
/// A bad mask, and fields that break a rule.
pub fn update(_grant: &Grant, request: v1::UpdateAccountRequest) -> Result<Update, Rejection> {
    let paths = mask::paths(request.update_mask.as_ref(), &CHANGEABLE, &OUTPUT_ONLY)?;
    let account = name::required("account", request.account)?;
    let renamed = paths.contains(&"display_name");
    let asked = |path: &str| paths.contains(&"subscription") || paths.contains(&path);
    let subscription = account.subscription.unwrap_or_default();
    let moved = paths.contains(&"time_zone");
    Ok(Update {
        display_name: renamed.then(|| display_name("account.display_name", &account.display_name)).transpose()?,
        tier: asked("subscription.tier").then_some(tier_of(subscription.tier()).unwrap_or(Tier::Enterprise)),
        add_ons: asked("subscription.add_ons").then(|| add_ons_of(&subscription)),
        credits: if asked("subscription.credits") { subscription.credits } else { None },
        time_zone: moved.then(|| time_zone(&account.time_zone)).transpose()?,
        etag: version_of(&account.etag),
    })
}

/// The answer to `CreateAccount`, without what every write answers. With `validate_only` there is no secret.
pub fn created(made: &Created, validate_only: bool) -> v1::CreateAccountResponse {
    let id = &made.account.id;
    let secret = if validate_only { String::new() } else { made.credential.expose().to_owned() };
    v1::CreateAccountResponse {
        account: Some(account(&made.account, 0)),
        administrator: Some(user(id, &made.administrator, &[], true)),
        access_key: Some(access_key(id, &made.key)),
        secret,
        mutation: None,
    }
}
