//! Contacts.

use super::{Corrupt, Stored, from_json, known, to_json};
use crate::domain::contact::{Contact, Point, PointKind};
use crate::domain::filter::fold;
use crate::domain::ids::{AccountId, ContactId, UserId};
use crate::domain::per_hour::{PerDay, PerHour};
use crate::domain::time::Timestamp;
use sea_orm::entity::prelude::*;

/// A row of `contact`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "contact")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    /// The account.
    pub account_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    /// The contact.
    pub id: Uuid,
    /// Display name.
    pub display_name: String,
    /// Name and addresses folded for search.
    pub name_folded: String,
    /// Owner id.
    pub owner_id: Option<String>,
    /// Language code.
    pub language_code: String,
    /// JSON list of addresses.
    pub points: String,
    /// Tracked.
    pub tracked: bool,
    /// May get automated emails that are not transactional.
    pub marketing: bool,
    /// Microseconds: when it was deleted. What is left then is the id.
    pub delete_time: Option<i64>,
    /// The contact that it became one with, where that is why.
    pub merged_into: Option<Uuid>,
    /// Microseconds; since when its tickets are counted.
    pub opened_since: Option<i64>,
    /// How many since then.
    pub opened_tickets: i64,
    /// Microseconds; since when its automated emails are counted.
    pub mailed_since: Option<i64>,
    /// How many since then.
    pub mailed_times: i64,
    /// Microseconds.
    pub create_time: i64,
    /// Microseconds.
    pub update_time: i64,
    /// The etag.
    pub version: i64,
}

super::plain_entity!();

/// What is left of a deleted contact: a row without anything about the person, to which what it wrote still points.
pub fn emptied(last: &Contact, account: &AccountId, now: Timestamp, merged_into: Option<ContactId>) -> Model {
    let blank = Contact {
        display_name: String::new(),
        owner: None,
        language_code: String::new(),
        points: Vec::new(),
        tracked: false,
        marketing: false,
        merged_into,
        update_time: now,
        version: last.version + 1,
        ..last.clone()
    };
    Model { delete_time: Some(now.as_micros()), ..blank.to_row(account) }
}

impl Stored for Contact {
    type Table = Entity;

    fn to_row(&self, account: &AccountId) -> Model {
        let points: Vec<(&str, &str)> = self.points.iter().map(|p| (p.kind.code(), p.value.as_str())).collect();
        Model {
            account_id: account.to_string(),
            id: self.id.0,
            display_name: self.display_name.clone(),
            name_folded: fold(&self.display_name),
            owner_id: self.owner.as_ref().map(ToString::to_string),
            language_code: self.language_code.clone(),
            points: to_json(&points),
            tracked: self.tracked,
            marketing: self.marketing,
            delete_time: None,
            merged_into: self.merged_into.map(|id| id.0),
            opened_since: self.opened.since.map(Timestamp::as_micros),
            opened_tickets: self.opened.times,
            mailed_since: self.mailed.since.map(Timestamp::as_micros),
            mailed_times: self.mailed.times,
            create_time: self.create_time.as_micros(),
            update_time: self.update_time.as_micros(),
            version: self.version,
        }
    }

    fn from_row(row: Model) -> Result<Self, Corrupt> {
        let points: Vec<(String, String)> = from_json(&row.points, "contact", "points")?;
        let points = points.into_iter().map(|(kind, value)| {
            known(PointKind::from_code(&kind), "contact", "points").map(|kind| Point { kind, value })
        });
        Ok(Self {
            points: points.collect::<Result<_, _>>()?,
            id: ContactId(row.id),
            display_name: row.display_name,
            owner: row.owner_id.map(UserId::stored),
            language_code: row.language_code,
            tracked: row.tracked,
            marketing: row.marketing,
            mailed: PerDay { since: row.mailed_since.map(Timestamp::from_micros), times: row.mailed_times },
            merged_into: row.merged_into.map(ContactId),
            opened: PerHour { since: row.opened_since.map(Timestamp::from_micros), times: row.opened_tickets },
            create_time: Timestamp::from_micros(row.create_time),
            update_time: Timestamp::from_micros(row.update_time),
            version: row.version,
        })
    }
}
