//! Activities.

use super::{Corrupt, Stored, from_json, known, to_json};
use crate::domain::activity::{Activity, ActivityKind};
use crate::domain::event::Actor;
use crate::domain::filter::fold;
use crate::domain::ids::{AccountId, ActivityId};
use crate::domain::time::Timestamp;
use sea_orm::entity::prelude::*;

/// A row of `activity`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "activity")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    /// The account.
    pub account_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    /// The activity.
    pub id: Uuid,
    /// Kind.
    pub kind: String,
    /// Subject.
    pub subject: String,
    /// Text.
    pub text: String,
    /// Subject and text folded for search.
    pub text_folded: String,
    /// JSON list of records.
    pub about: String,
    /// Who logged it.
    pub creator: String,
    /// Microseconds.
    pub happen_time: i64,
    /// Microseconds.
    pub create_time: i64,
    /// Microseconds.
    pub update_time: i64,
    /// The etag.
    pub version: i64,
}

super::plain_entity!();

impl Stored for Activity {
    type Table = Entity;

    fn to_row(&self, account: &AccountId) -> Model {
        Model {
            account_id: account.to_string(),
            id: self.id.0,
            kind: self.kind.code().to_owned(),
            subject: self.subject.clone(),
            text: self.text.clone(),
            text_folded: fold(&format!("{}\n{}", self.subject, self.text)),
            about: to_json(&self.about),
            creator: self.creator.code(),
            happen_time: self.happen_time.as_micros(),
            create_time: self.create_time.as_micros(),
            update_time: self.update_time.as_micros(),
            version: self.version,
        }
    }

    fn from_row(row: Model) -> Result<Self, Corrupt> {
        Ok(Self {
            id: ActivityId(row.id),
            kind: known(ActivityKind::from_code(&row.kind), "activity", "kind")?,
            subject: row.subject,
            text: row.text,
            about: from_json(&row.about, "activity", "about")?,
            creator: known(Actor::from_code(&row.creator), "activity", "creator")?,
            happen_time: Timestamp::from_micros(row.happen_time),
            create_time: Timestamp::from_micros(row.create_time),
            update_time: Timestamp::from_micros(row.update_time),
            version: row.version,
        })
    }
}
