//! Views of tickets that people made.

use super::{Corrupt, Stored, from_json, known, to_json};
use crate::domain::ids::{AccountId, TeamId, UserId, ViewId};
use crate::domain::time::Timestamp;
use crate::domain::view::{TicketView, ViewScope};
use sea_orm::entity::prelude::*;

/// A row of `ticket_view`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "ticket_view")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    /// The account.
    pub account_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    /// The view.
    pub id: String,
    /// Display name.
    pub display_name: String,
    /// In the filter language.
    pub filter: String,
    /// Order.
    pub order_by: String,
    /// JSON list.
    pub columns: String,
    /// Who sees it.
    pub scope: String,
    /// The team that sees it; no foreign key, because a team may go and leave the view to its owner.
    pub team_id: Option<String>,
    /// Who made it.
    pub owner_id: Option<String>,
    /// Microseconds.
    pub create_time: i64,
    /// Microseconds.
    pub update_time: i64,
    /// The etag.
    pub version: i64,
}

super::plain_entity!();

impl Stored for TicketView {
    type Table = Entity;

    fn to_row(&self, account: &AccountId) -> Model {
        Model {
            account_id: account.to_string(),
            id: self.id.to_string(),
            display_name: self.display_name.clone(),
            filter: self.filter.clone(),
            order_by: self.order_by.clone(),
            columns: to_json(&self.columns),
            scope: self.scope.code().to_owned(),
            team_id: self.team.as_ref().map(ToString::to_string),
            owner_id: self.owner.as_ref().map(ToString::to_string),
            create_time: self.create_time.as_micros(),
            update_time: self.update_time.as_micros(),
            version: self.version,
        }
    }

    fn from_row(row: Model) -> Result<Self, Corrupt> {
        Ok(Self {
            columns: from_json(&row.columns, "ticket_view", "columns")?,
            scope: known(ViewScope::from_code(&row.scope), "ticket_view", "scope")?,
            id: ViewId::stored(row.id),
            display_name: row.display_name,
            filter: row.filter,
            order_by: row.order_by,
            team: row.team_id.map(TeamId::stored),
            owner: row.owner_id.map(UserId::stored),
            create_time: Timestamp::from_micros(row.create_time),
            update_time: Timestamp::from_micros(row.update_time),
            version: row.version,
        })
    }
}
