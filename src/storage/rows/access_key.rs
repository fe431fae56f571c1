//! Machine credentials.

use super::{Corrupt, Stored, from_json, to_json};
use crate::domain::ids::{AccessKeyId, AccountId, CustomerAgentId};
use crate::domain::time::Timestamp;
use crate::domain::user::AccessKey;
use sea_orm::entity::prelude::*;

/// A row of `access_key`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "access_key")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    /// The account.
    pub account_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    /// The key.
    pub id: String,
    /// Display name.
    pub display_name: String,
    /// JSON list of codes.
    pub permissions: String,
    /// The customer agent it is bound to.
    pub customer_agent_id: Option<String>,
    #[sea_orm(column_type = "Blob")]
    /// SHA-256 of the secret.
    pub secret_hash: Vec<u8>,
    /// Revoked.
    pub revoked: bool,
    /// Microseconds.
    pub expire_time: Option<i64>,
    /// Microseconds.
    pub create_time: i64,
    /// Microseconds.
    pub update_time: i64,
    /// The etag.
    pub version: i64,
}

super::plain_entity!();

impl Stored for AccessKey {
    type Table = Entity;

    fn to_row(&self, account: &AccountId) -> Model {
        Model {
            account_id: account.to_string(),
            id: self.id.to_string(),
            display_name: self.display_name.clone(),
            permissions: to_json(&self.permissions),
            customer_agent_id: self.customer_agent.as_ref().map(ToString::to_string),
            secret_hash: self.secret_hash.clone(),
            revoked: self.revoked,
            expire_time: self.expire_time.map(Timestamp::as_micros),
            create_time: self.create_time.as_micros(),
            update_time: self.update_time.as_micros(),
            version: self.version,
        }
    }

    fn from_row(row: Model) -> Result<Self, Corrupt> {
        Ok(Self {
            permissions: from_json(&row.permissions, "access_key", "permissions")?,
            id: AccessKeyId::stored(row.id),
            display_name: row.display_name,
            customer_agent: row.customer_agent_id.map(CustomerAgentId::stored),
            secret_hash: row.secret_hash,
            revoked: row.revoked,
            expire_time: row.expire_time.map(Timestamp::from_micros),
            create_time: Timestamp::from_micros(row.create_time),
            update_time: Timestamp::from_micros(row.update_time),
            version: row.version,
        })
    }
}
