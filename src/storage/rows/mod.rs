//! The tables as SeaORM sees them, and the way from a row to a domain value and back.
//!
//! One file per table. A row that does not read back is [`Corrupt`]: it says table, column and key, and becomes INTERNAL.

use sea_orm::{EntityTrait, ModelTrait};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::domain::ids::AccountId;

pub mod access_key;
pub mod account;
pub mod account_head;
pub mod account_user;
pub mod activity;
pub mod activity_record;
pub mod agent_load;
pub mod attachment;
pub mod call;
pub mod channel;
pub mod comment;
pub mod comment_mention;
pub mod company;
pub mod company_domain;
pub mod contact;
pub mod contact_cookie;
pub mod contact_point;
pub mod conversation;
pub mod customer_agent;
pub mod deal;
pub mod draft;
pub mod event;
pub mod handoff;
pub mod job;
pub mod job_head;
pub mod lane_batch;
pub mod message;
pub mod notification;
pub mod pipeline;
pub mod pipeline_status;
pub mod presence_lease;
pub mod property;
pub mod request_record;
pub mod routing_decision;
pub mod routing_version;
pub mod search_part;
pub mod skill;
pub mod team;
pub mod team_member;
pub mod text_block;
pub mod thread;
pub mod ticket;
pub mod ticket_follower;
pub mod ticket_form;
pub mod ticket_record;
pub mod ticket_share;
pub mod ticket_tag;
pub mod ticket_team;
pub mod ticket_value;
pub mod ticket_view;
pub mod workflow;
pub mod workflow_revision;
pub mod workflow_run;

/// A stored value that this version cannot read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("table {table} has an unreadable {column}")]
pub struct Corrupt {
    /// The table.
    pub table: &'static str,
    /// The column.
    pub column: &'static str,
}

/// A domain value that has a table of its own.
pub trait Stored: Sized + Clone + PartialEq + Send + Sync + 'static {
    /// Its table.
    type Table: EntityTrait<Model: ModelTrait<Entity = Self::Table> + Send + Sync>;

    /// The row of this value in `account`.
    fn to_row(&self, account: &AccountId) -> <Self::Table as EntityTrait>::Model;

    /// The value of a row.
    ///
    /// # Errors
    /// [`Corrupt`] when a column does not read back.
    fn from_row(row: <Self::Table as EntityTrait>::Model) -> Result<Self, Corrupt>;
}

/// A list or map as JSON text.
fn to_json<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("plain data always serializes")
}

/// JSON text as a list or map.
fn from_json<T: DeserializeOwned>(text: &str, table: &'static str, column: &'static str) -> Result<T, Corrupt> {
    serde_json::from_str(text).map_err(|_| Corrupt { table, column })
}

/// A code that must be known.
fn known<T>(value: Option<T>, table: &'static str, column: &'static str) -> Result<T, Corrupt> {
    value.ok_or(Corrupt { table, column })
}

/// Declares what every entity without relations needs.
macro_rules! plain_entity {
    () => {
        /// No relations: queries say what they join.
        #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
        pub enum Relation {}

        impl ActiveModelBehavior for ActiveModel {}
    };
}
use plain_entity;
