//! Calls.

use super::{Corrupt, Stored, from_json, known, to_json};
use crate::domain::call::{Call, CallState};
use crate::domain::ids::{AccountId, CallId, ChannelId};
use crate::domain::time::Timestamp;
use sea_orm::entity::prelude::*;

/// A row of `call`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "call")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    /// The account.
    pub account_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    /// The call.
    pub id: Uuid,
    /// The channel.
    pub channel_id: String,
    /// The platform's id.
    pub external_id: String,
    /// Where it stands.
    pub state: String,
    /// JSON of what else is known.
    pub facts: String,
    /// Microseconds.
    pub create_time: i64,
    /// The etag.
    pub version: i64,
}

super::plain_entity!();

impl Stored for Call {
    type Table = Entity;

    fn to_row(&self, account: &AccountId) -> Model {
        Model {
            account_id: account.to_string(),
            id: self.id.0,
            channel_id: self.channel.to_string(),
            external_id: self.external_id.clone(),
            state: self.state.code().to_owned(),
            facts: to_json(&self.facts),
            create_time: self.create_time.as_micros(),
            version: self.version,
        }
    }

    fn from_row(row: Model) -> Result<Self, Corrupt> {
        Ok(Self {
            state: known(CallState::from_code(&row.state), "call", "state")?,
            facts: from_json(&row.facts, "call", "facts")?,
            id: CallId(row.id),
            channel: ChannelId::stored(row.channel_id),
            external_id: row.external_id,
            create_time: Timestamp::from_micros(row.create_time),
            version: row.version,
        })
    }
}
