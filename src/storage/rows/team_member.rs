//! Who is in which team.

use super::{Corrupt, Stored};
use crate::domain::ids::{AccountId, TeamId, UserId};
use crate::domain::time::Timestamp;
use crate::domain::user::Membership;
use sea_orm::entity::prelude::*;

/// A row of `team_member`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "team_member")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    /// The account.
    pub account_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    /// The team.
    pub team_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    /// The user.
    pub user_id: String,
    /// Whether it is the main team.
    pub main: bool,
    /// Microseconds.
    pub join_time: i64,
}

super::plain_entity!();

impl Stored for Membership {
    type Table = Entity;

    fn to_row(&self, account: &AccountId) -> Model {
        Model {
            account_id: account.to_string(),
            team_id: self.team.to_string(),
            user_id: self.user.to_string(),
            main: self.main,
            join_time: self.join_time.as_micros(),
        }
    }

    fn from_row(row: Model) -> Result<Self, Corrupt> {
        Ok(Self {
            team: TeamId::stored(row.team_id),
            user: UserId::stored(row.user_id),
            main: row.main,
            join_time: Timestamp::from_micros(row.join_time),
        })
    }
}
