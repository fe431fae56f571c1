//! Channels and their routing.

use super::{Corrupt, Stored, from_json, known, to_json};
use crate::domain::call::CallingConfig;
use crate::domain::channel::{Channel, ChannelKind, Deliverer};
use crate::domain::ids::{AccountId, ChannelId, PipelineId};
use crate::domain::time::Timestamp;
use sea_orm::entity::prelude::*;
use std::time::Duration;

/// A row of `channel`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "channel")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    /// The account.
    pub account_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    /// The channel.
    pub id: String,
    /// Display name.
    pub display_name: String,
    /// Kind.
    pub kind: String,
    /// Enabled.
    pub enabled: bool,
    /// Creates tickets.
    pub creates_tickets: bool,
    /// Where its tickets begin.
    pub pipeline_id: String,
    /// Email address.
    pub email_address: String,
    /// Who delivers.
    pub delivered_by: String,
    /// No tagged addresses.
    pub plain_reply_to: bool,
    /// Microseconds; none as the kind has it.
    pub reply_window: Option<i64>,
    /// JSON of what a calling channel has; empty for nothing.
    pub calling: String,
    /// JSON of the routing.
    pub routing: String,
    /// Grows with each change of the routing.
    pub routing_version: i64,
    /// The highest number of a version of the routing.
    pub routing_numbers: i64,
    /// Microseconds.
    pub routing_update_time: i64,
    /// Microseconds.
    pub create_time: i64,
    /// Microseconds.
    pub update_time: i64,
    /// The etag.
    pub version: i64,
}

super::plain_entity!();

impl Stored for Channel {
    type Table = Entity;

    fn to_row(&self, account: &AccountId) -> Model {
        Model {
            account_id: account.to_string(),
            id: self.id.to_string(),
            display_name: self.display_name.clone(),
            kind: self.kind.code().to_owned(),
            enabled: self.enabled,
            creates_tickets: self.creates_tickets,
            pipeline_id: self.pipeline.to_string(),
            email_address: self.email_address.clone(),
            delivered_by: self.delivered_by.code().to_owned(),
            plain_reply_to: self.plain_reply_to,
            reply_window: self.reply_window.map(|window| i64::try_from(window.as_micros()).unwrap_or(i64::MAX)),
            calling: if self.calling == CallingConfig::default() { String::new() } else { to_json(&self.calling) },
            routing: to_json(&self.routing),
            routing_version: self.routing_version,
            routing_numbers: self.routing_numbers,
            routing_update_time: self.routing_update_time.as_micros(),
            create_time: self.create_time.as_micros(),
            update_time: self.update_time.as_micros(),
            version: self.version,
        }
    }

    fn from_row(row: Model) -> Result<Self, Corrupt> {
        Ok(Self {
            kind: known(ChannelKind::from_code(&row.kind), "channel", "kind")?,
            calling: match row.calling.as_str() {
                "" => CallingConfig::default(),
                text => from_json(text, "channel", "calling")?,
            },
            delivered_by: known(Deliverer::from_code(&row.delivered_by), "channel", "delivered_by")?,
            plain_reply_to: row.plain_reply_to,
            routing: from_json(&row.routing, "channel", "routing")?,
            id: ChannelId::stored(row.id),
            display_name: row.display_name,
            enabled: row.enabled,
            creates_tickets: row.creates_tickets,
            pipeline: PipelineId::stored(row.pipeline_id),
            email_address: row.email_address,
            reply_window: row.reply_window.map(|micros| Duration::from_micros(u64::try_from(micros).unwrap_or(0))),
            routing_version: row.routing_version,
            routing_numbers: row.routing_numbers,
            routing_update_time: Timestamp::from_micros(row.routing_update_time),
            create_time: Timestamp::from_micros(row.create_time),
            update_time: Timestamp::from_micros(row.update_time),
            version: row.version,
        })
    }
}
