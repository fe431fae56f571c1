//! Versions of routings.

use super::{Corrupt, Stored, from_json, known, to_json};
use crate::domain::event::Actor;
use crate::domain::ids::{AccountId, ChannelId};
use crate::domain::routing::{RoutingVersion, VersionState};
use crate::domain::time::Timestamp;
use sea_orm::entity::prelude::*;

/// A row of `routing_version`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "routing_version")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    /// The account.
    pub account_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    /// The channel.
    pub channel_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    /// Its number on the channel.
    pub number: i64,
    /// Where it stands.
    pub state: String,
    /// JSON of the routing.
    pub routing: String,
    /// Note.
    pub note: String,
    /// Author.
    pub author: String,
    /// Microseconds.
    pub create_time: i64,
    /// Microseconds.
    pub activate_time: Option<i64>,
}

super::plain_entity!();

impl Stored for RoutingVersion {
    type Table = Entity;

    fn to_row(&self, account: &AccountId) -> Model {
        Model {
            account_id: account.to_string(),
            channel_id: self.channel.to_string(),
            number: self.number,
            state: self.state.code().to_owned(),
            routing: to_json(&self.routing),
            note: self.note.clone(),
            author: self.author.code(),
            create_time: self.create_time.as_micros(),
            activate_time: self.activate_time.map(Timestamp::as_micros),
        }
    }

    fn from_row(row: Model) -> Result<Self, Corrupt> {
        let table = "routing_version";
        Ok(Self {
            state: known(VersionState::from_code(&row.state), table, "state")?,
            routing: from_json(&row.routing, table, "routing")?,
            author: known(Actor::from_code(&row.author), table, "author")?,
            channel: ChannelId::stored(row.channel_id),
            number: row.number,
            note: row.note,
            create_time: Timestamp::from_micros(row.create_time),
            activate_time: row.activate_time.map(Timestamp::from_micros),
        })
    }
}
