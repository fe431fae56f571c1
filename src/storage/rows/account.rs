//! Accounts.

use super::{Corrupt, Stored, from_json, known, to_json};
use crate::domain::access::Tier;
use crate::domain::account::{Account, AccountState};
use crate::domain::ids::AccountId;
use crate::domain::time::Timestamp;
use sea_orm::entity::prelude::*;

/// A row of `account`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "account")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    /// The account.
    pub id: String,
    /// Display name.
    pub display_name: String,
    /// State.
    pub state: String,
    /// Tier.
    pub tier: String,
    /// JSON list of what was bought beside.
    pub add_ons: String,
    /// IANA time zone.
    pub time_zone: String,
    /// Credits bought, ever.
    pub credits: i64,
    /// Number of the secret of webhooks.
    pub webhook_generation: i64,
    /// Microseconds; since when it is that one.
    pub webhook_rotate_time: Option<i64>,
    /// Microseconds.
    pub create_time: i64,
    /// Microseconds.
    pub update_time: i64,
    /// The etag.
    pub version: i64,
}

super::plain_entity!();

impl Related<super::account_head::Entity> for Entity {
    fn to() -> RelationDef {
        Self::belongs_to(super::account_head::Entity).from(Column::Id).to(super::account_head::Column::AccountId).into()
    }
}

impl Stored for Account {
    type Table = Entity;

    fn to_row(&self, _account: &AccountId) -> Model {
        Model {
            id: self.id.to_string(),
            display_name: self.display_name.clone(),
            state: self.state.code().to_owned(),
            tier: self.tier.code().to_owned(),
            add_ons: to_json(&self.add_ons),
            time_zone: self.time_zone.clone(),
            credits: self.credits,
            webhook_generation: self.webhook_generation,
            webhook_rotate_time: self.webhook_rotate_time.map(Timestamp::as_micros),
            create_time: self.create_time.as_micros(),
            update_time: self.update_time.as_micros(),
            version: self.version,
        }
    }

    fn from_row(row: Model) -> Result<Self, Corrupt> {
        Ok(Self {
            state: known(AccountState::from_code(&row.state), "account", "state")?,
            tier: known(Tier::from_code(&row.tier), "account", "tier")?,
            add_ons: from_json(&row.add_ons, "account", "add_ons")?,
            id: AccountId::stored(row.id),
            display_name: row.display_name,
            time_zone: row.time_zone,
            credits: row.credits,
            webhook_generation: row.webhook_generation,
            webhook_rotate_time: row.webhook_rotate_time.map(Timestamp::from_micros),
            create_time: Timestamp::from_micros(row.create_time),
            update_time: Timestamp::from_micros(row.update_time),
            version: row.version,
        })
    }
}
