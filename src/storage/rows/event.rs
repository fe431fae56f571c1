//! The event log.

use super::{Corrupt, Stored, from_json, known, to_json};
use crate::domain::event::{Actor, Event, EventType};
use crate::domain::ids::{AccountId, TicketNumber};
use crate::domain::time::Timestamp;
use sea_orm::entity::prelude::*;

/// A row of `event`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "event")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    /// The account.
    pub account_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    /// Without gap per account.
    pub sequence: i64,
    /// Kind.
    pub kind: String,
    /// Relative to the account.
    pub resource: String,
    /// Ticket number.
    pub ticket_number: Option<i64>,
    /// Without gap per ticket.
    pub ticket_sequence: i64,
    /// Actor.
    pub actor: String,
    /// Cause root.
    pub cause_root: i64,
    /// Cause depth.
    pub cause_depth: i64,
    /// Cause parent.
    pub cause_parent: i64,
    /// JSON list.
    pub fields: String,
    /// Request id.
    pub request_id: String,
    /// Microseconds.
    pub time: i64,
}

super::plain_entity!();

const TABLE: &str = "event";

impl Stored for Event {
    type Table = Entity;

    fn to_row(&self, account: &AccountId) -> Model {
        Model {
            account_id: account.to_string(),
            sequence: self.sequence,
            kind: self.kind.code().to_owned(),
            resource: self.resource.clone(),
            ticket_number: self.ticket.map(|t| t.0),
            ticket_sequence: self.ticket_sequence,
            actor: self.actor.code(),
            cause_root: self.cause_root,
            cause_depth: self.cause_depth,
            cause_parent: self.cause_parent,
            fields: to_json(&self.fields),
            request_id: self.request_id.clone(),
            time: self.time.as_micros(),
        }
    }

    fn from_row(row: Model) -> Result<Self, Corrupt> {
        Ok(Self {
            kind: known(EventType::from_code(&row.kind), TABLE, "kind")?,
            actor: known(Actor::from_code(&row.actor), TABLE, "actor")?,
            fields: from_json(&row.fields, TABLE, "fields")?,
            sequence: row.sequence,
            resource: row.resource,
            ticket: row.ticket_number.map(TicketNumber),
            ticket_sequence: row.ticket_sequence,
            cause_root: row.cause_root,
            cause_depth: row.cause_depth,
            cause_parent: row.cause_parent,
            request_id: row.request_id,
            time: Timestamp::from_micros(row.time),
        })
    }
}
