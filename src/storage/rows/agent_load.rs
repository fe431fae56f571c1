//! What each user has to do, kept exact in the transaction of every change (C-041).

use crate::domain::ids::UserId;
use crate::domain::routing::Load;
use crate::domain::time::Timestamp;
use sea_orm::entity::prelude::*;

/// A row of `agent_load`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "agent_load")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    /// The account.
    pub account_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    /// The user.
    pub user_id: String,
    /// Open tickets owned.
    pub open_tickets: i64,
    /// Of those, calls.
    pub calling: i64,
    /// Of those, from chat, WhatsApp and Messenger.
    pub messaging: i64,
    /// Last assignment out of a queue in microseconds.
    pub last_backlog: Option<i64>,
    /// Last automatic assignment in microseconds.
    pub last_auto: Option<i64>,
    /// Load sequence of the last change.
    pub changed_seq: i64,
}

super::plain_entity!();

impl Model {
    /// The row of a load.
    pub fn new(account_id: String, user: &UserId, load: Load, changed_seq: i64) -> Self {
        Self {
            account_id,
            user_id: user.to_string(),
            open_tickets: load.open,
            calling: load.calling,
            messaging: load.messaging,
            last_backlog: load.last_backlog.map(Timestamp::as_micros),
            last_auto: load.last_auto.map(Timestamp::as_micros),
            changed_seq,
        }
    }

    /// The load of the row.
    pub fn load(&self) -> Load {
        Load {
            open: self.open_tickets,
            calling: self.calling,
            messaging: self.messaging,
            last_auto: self.last_auto.map(Timestamp::from_micros),
            last_backlog: self.last_backlog.map(Timestamp::from_micros),
        }
    }
}
