//! Customer agents.

use super::{Corrupt, Stored, from_json, to_json};
use crate::domain::customer_agent::CustomerAgent;
use crate::domain::handoff::{Configured, Policy};
use crate::domain::ids::{AccountId, CustomerAgentId};
use crate::domain::time::Timestamp;
use crate::domain::triggers::Triggers;
use sea_orm::entity::prelude::*;

/// A row of `customer_agent`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "customer_agent")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    /// The account.
    pub account_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    /// The customer agent.
    pub id: String,
    /// Display name.
    pub display_name: String,
    /// JSON of how it hands over; empty: as it is made.
    pub handoff_policy: String,
    /// The etag of that.
    pub policy_version: i64,
    /// Microseconds.
    pub policy_update_time: Option<i64>,
    /// Microseconds.
    pub pause_time: Option<i64>,
    /// Microseconds.
    pub create_time: i64,
    /// Microseconds.
    pub update_time: i64,
    /// The etag.
    pub version: i64,
    /// JSON; empty: the usual.
    pub handoff_triggers: String,
    /// The etag of the triggers.
    pub triggers_version: i64,
    /// Microseconds.
    pub triggers_update_time: i64,
}

super::plain_entity!();

impl Stored for CustomerAgent {
    type Table = Entity;

    fn to_row(&self, account: &AccountId) -> Model {
        Model {
            account_id: account.to_string(),
            id: self.id.to_string(),
            display_name: self.display_name.clone(),
            handoff_policy: to_json(&self.handoff.policy),
            policy_version: self.handoff.version,
            policy_update_time: self.handoff.update_time.map(Timestamp::as_micros),
            pause_time: self.pause_time.map(Timestamp::as_micros),
            create_time: self.create_time.as_micros(),
            update_time: self.update_time.as_micros(),
            version: self.version,
            handoff_triggers: to_json(&self.triggers),
            triggers_version: self.triggers_version,
            triggers_update_time: self.triggers_update_time.as_micros(),
        }
    }

    fn from_row(row: Model) -> Result<Self, Corrupt> {
        let policy = match row.handoff_policy.as_str() {
            "" => Policy::default(),
            text => from_json(text, "customer_agent", "handoff_policy")?,
        };
        let update_time = row.policy_update_time.map(Timestamp::from_micros);
        let triggers = match row.handoff_triggers.as_str() {
            "" => Triggers::default(),
            text => from_json(text, "customer_agent", "handoff_triggers")?,
        };
        Ok(Self {
            handoff: Configured { policy, update_time, version: row.policy_version },
            id: CustomerAgentId::stored(row.id),
            display_name: row.display_name,
            pause_time: row.pause_time.map(Timestamp::from_micros),
            create_time: Timestamp::from_micros(row.create_time),
            update_time: Timestamp::from_micros(row.update_time),
            version: row.version,
            triggers,
            triggers_version: row.triggers_version,
            triggers_update_time: Timestamp::from_micros(row.triggers_update_time),
        })
    }
}
