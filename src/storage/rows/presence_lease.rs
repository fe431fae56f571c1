//! Until when a client has said that its person is there.

use super::{Corrupt, Stored};
use crate::domain::ids::{AccountId, UserId};
use crate::domain::presence::Lease;
use crate::domain::time::Timestamp;
use sea_orm::entity::prelude::*;

/// A row of `presence_lease`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "presence_lease")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    /// The account.
    pub account_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    /// The user.
    pub user_id: String,
    /// Microseconds.
    pub expire_time: i64,
}

super::plain_entity!();

impl Stored for Lease {
    type Table = Entity;

    fn to_row(&self, account: &AccountId) -> Model {
        Model { account_id: account.to_string(), user_id: self.user.to_string(), expire_time: self.expire.as_micros() }
    }

    fn from_row(row: Model) -> Result<Self, Corrupt> {
        Ok(Self { user: UserId::stored(row.user_id), expire: Timestamp::from_micros(row.expire_time) })
    }
}
