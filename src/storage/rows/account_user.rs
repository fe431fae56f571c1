//! People.

use super::{Corrupt, Stored, from_json, known, to_json};
use crate::domain::access::{Level, Seat, TicketAccess};
use crate::domain::ids::{AccountId, UserId};
use crate::domain::notification::NotificationSettings;
use crate::domain::time::Timestamp;
use crate::domain::user::{User, UserState, Work};
use sea_orm::entity::prelude::*;

/// A row of `account_user`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "account_user")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    /// The account.
    pub account_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    /// The user.
    pub id: String,
    /// Display name.
    pub display_name: String,
    /// Email.
    pub email: String,
    /// Address in the compared form.
    pub email_key: String,
    /// State.
    pub state: String,
    /// Seat.
    pub seat: String,
    /// Super admin.
    pub super_admin: bool,
    /// Account access.
    pub account_access: bool,
    /// Service access.
    pub service_access: bool,
    /// Sales access.
    pub sales_access: bool,
    /// View level.
    pub view_level: String,
    /// View unassigned.
    pub view_unassigned: bool,
    /// Edit level.
    pub edit_level: String,
    /// Edit unassigned.
    pub edit_unassigned: bool,
    /// Delete level.
    pub delete_level: String,
    /// Delete unassigned.
    pub delete_unassigned: bool,
    /// Available.
    pub available: bool,
    /// Microseconds.
    pub availability_since: i64,
    /// JSON of what the person can do, and how much; empty while nothing was said.
    pub work: String,
    /// JSON of what the person wants to be told; empty while nothing was changed.
    pub notifications: String,
    /// Open tickets still to be looked at.
    pub releasing: i64,
    /// Whether the person manages customer agents.
    pub customer_agent_editor: bool,
    /// Microseconds.
    pub create_time: i64,
    /// Microseconds.
    pub update_time: i64,
    /// The etag.
    pub version: i64,
}

super::plain_entity!();

impl Stored for User {
    type Table = Entity;

    fn to_row(&self, account: &AccountId) -> Model {
        Model {
            account_id: account.to_string(),
            id: self.id.to_string(),
            display_name: self.display_name.clone(),
            email: self.email.clone(),
            email_key: Self::email_key(&self.email),
            state: self.state.code().to_owned(),
            seat: self.seat.code().to_owned(),
            super_admin: self.super_admin,
            account_access: self.account_access,
            service_access: self.service_access,
            sales_access: self.sales_access,
            view_level: self.view.level.code().to_owned(),
            view_unassigned: self.view.include_unassigned,
            edit_level: self.edit.level.code().to_owned(),
            edit_unassigned: self.edit.include_unassigned,
            delete_level: self.delete.level.code().to_owned(),
            delete_unassigned: self.delete.include_unassigned,
            available: self.available,
            availability_since: self.availability_since.as_micros(),
            work: if self.work == Work::default() { String::new() } else { to_json(&self.work) },
            notifications: to_json(&self.notifications),
            releasing: self.releasing,
            customer_agent_editor: self.customer_agent_editor,
            create_time: self.create_time.as_micros(),
            update_time: self.update_time.as_micros(),
            version: self.version,
        }
    }

    fn from_row(row: Model) -> Result<Self, Corrupt> {
        let level = |code: &str, column| known(Level::from_code(code), "account_user", column);
        Ok(Self {
            state: known(UserState::from_code(&row.state), "account_user", "state")?,
            seat: known(Seat::from_code(&row.seat), "account_user", "seat")?,
            view: TicketAccess {
                level: level(&row.view_level, "view_level")?,
                include_unassigned: row.view_unassigned,
            },
            edit: TicketAccess {
                level: level(&row.edit_level, "edit_level")?,
                include_unassigned: row.edit_unassigned,
            },
            delete: TicketAccess {
                level: level(&row.delete_level, "delete_level")?,
                include_unassigned: row.delete_unassigned,
            },
            id: UserId::stored(row.id),
            display_name: row.display_name,
            email: row.email,
            super_admin: row.super_admin,
            account_access: row.account_access,
            service_access: row.service_access,
            sales_access: row.sales_access,
            customer_agent_editor: row.customer_agent_editor,
            available: row.available,
            availability_since: Timestamp::from_micros(row.availability_since),
            work: match row.work.as_str() {
                "" => Work::default(),
                text => from_json(text, "account_user", "work")?,
            },
            notifications: match row.notifications.as_str() {
                "" => NotificationSettings::default(),
                text => from_json(text, "account_user", "notifications")?,
            },
            releasing: row.releasing,
            create_time: Timestamp::from_micros(row.create_time),
            update_time: Timestamp::from_micros(row.update_time),
            version: row.version,
        })
    }
}
