//! Tickets.

use super::{Corrupt, Stored, from_json, known, to_json};
use crate::domain::channel::ChannelKind;
use crate::domain::event::Actor;
use crate::domain::filter::fold;
use crate::domain::ids::{AccountId, ChannelId, ContactId, PipelineId, StatusId, ThreadId, TicketNumber, UserId};
use crate::domain::life::{Area, Life, Routed};
use crate::domain::per_hour::PerHour;
use crate::domain::pipeline::StatusCategory;
use crate::domain::routing::UnassignedReason;
use crate::domain::ticket::{Priority, Ticket};
use crate::domain::time::Timestamp;
use sea_orm::entity::prelude::*;

/// A row of `ticket`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "ticket")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    /// The account.
    pub account_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    /// The ticket.
    pub number: i64,
    /// Subject.
    pub subject: String,
    /// Description.
    pub description: String,
    /// Subject and description folded for search.
    pub text_folded: String,
    /// Pipeline id.
    pub pipeline_id: String,
    /// Status id.
    pub status_id: String,
    /// Status category.
    pub status_category: String,
    /// Whether the status is open.
    pub open: bool,
    /// Priority.
    pub priority: Option<String>,
    /// Category.
    pub category: String,
    /// JSON list.
    pub tags: String,
    /// JSON object: property to value.
    pub properties: String,
    /// Contact id.
    pub contact_id: Option<Uuid>,
    /// JSON list: what it is associated with beside the contact.
    pub links: String,
    /// Owner id.
    pub owner_id: Option<String>,
    /// JSON list.
    pub teams: String,
    /// Channel id.
    pub channel_id: Option<String>,
    /// Kind of the channel.
    pub source: Option<String>,
    /// JSON list.
    pub conversations: String,
    /// Manual.
    pub manual: bool,
    /// Unassigned reason.
    pub unassigned_reason: Option<String>,
    /// Creator.
    pub creator: String,
    /// Microseconds.
    pub close_time: Option<i64>,
    /// Microseconds.
    pub first_assign_time: Option<i64>,
    /// Microseconds.
    pub first_reply_time: Option<i64>,
    /// Microseconds.
    pub last_reply_time: Option<i64>,
    /// Microseconds.
    pub last_contact_message_time: Option<i64>,
    /// Microseconds.
    pub status_change_time: i64,
    /// Number of its last event.
    pub event_count: i64,
    /// The ticket it was merged into.
    pub merged_into: Option<i64>,
    /// The ticket it was split off from.
    pub split_from: Option<i64>,
    /// Microseconds.
    pub delete_time: Option<i64>,
    /// Microseconds.
    pub purge_time: Option<i64>,
    /// Microseconds.
    pub spam_time: Option<i64>,
    /// Help desk or inbox.
    pub area: String,
    /// JSON object: user to microseconds.
    pub followers: String,
    /// JSON list.
    pub shares: String,
    /// The rule of the routing that matched it.
    pub routing_rule: String,
    /// Microseconds; none unless it waits in order.
    pub waiting_since: Option<i64>,
    /// Its rank among those that wait.
    pub waiting_rank: i64,
    /// Microseconds.
    pub return_time: Option<i64>,
    /// Who let it go.
    pub let_go_by: Option<String>,
    /// The thread it began with.
    pub origin_thread_id: Option<Uuid>,
    /// It was closed and opened again.
    pub reopened: bool,
    /// Microseconds; since when mail is counted that followed by itself.
    pub mailed_since: Option<i64>,
    /// How often since then.
    pub mailed_times: i64,
    /// First time of this hour that a workflow did something, in microseconds.
    pub acted_since: Option<i64>,
    /// Times in this hour that workflows did something.
    pub acted_times: i64,
    /// A hand-off is open in one of its conversations.
    pub handed: bool,
    /// First time of this hour that it went to a customer agent, in microseconds.
    pub returned_since: Option<i64>,
    /// Times in this hour that it did.
    pub returned_times: i64,
    /// Microseconds.
    pub create_time: i64,
    /// Microseconds.
    pub update_time: i64,
    /// The etag.
    pub version: i64,
}

super::plain_entity!();

const TABLE: &str = "ticket";

/// What a word search over tickets looks at.
pub fn search_text(subject: &str, description: &str) -> String {
    fold(&format!("{subject}\n{description}"))
}

impl Stored for Ticket {
    type Table = Entity;

    fn to_row(&self, account: &AccountId) -> Model {
        let micros = |time: Option<Timestamp>| time.map(Timestamp::as_micros);
        Model {
            account_id: account.to_string(),
            number: self.number.0,
            subject: self.subject.clone(),
            description: self.description.clone(),
            text_folded: search_text(&self.subject, &self.description),
            pipeline_id: self.pipeline.to_string(),
            status_id: self.status.to_string(),
            status_category: self.status_category.code().to_owned(),
            open: self.open,
            priority: self.priority.map(|p| p.code().to_owned()),
            category: self.category.clone(),
            tags: to_json(&self.tags),
            properties: to_json(&self.properties),
            contact_id: self.contact.map(|c| c.0),
            links: to_json(&self.links),
            owner_id: self.owner.as_ref().map(ToString::to_string),
            teams: to_json(&self.teams),
            channel_id: self.channel.as_ref().map(ToString::to_string),
            source: self.source.map(|s| s.code().to_owned()),
            conversations: to_json(&self.conversations),
            manual: self.manual,
            unassigned_reason: self.unassigned_reason.map(|r| r.code().to_owned()),
            creator: self.creator.code(),
            close_time: micros(self.close_time),
            first_assign_time: micros(self.first_assign_time),
            first_reply_time: micros(self.first_reply_time),
            last_reply_time: micros(self.last_reply_time),
            last_contact_message_time: micros(self.last_contact_message_time),
            status_change_time: self.status_change_time.as_micros(),
            event_count: self.event_count,
            merged_into: self.life.merged_into.map(|number| number.0),
            split_from: self.life.split_from.map(|number| number.0),
            delete_time: micros(self.life.delete_time),
            purge_time: micros(self.life.purge_time),
            spam_time: micros(self.life.spam_time),
            area: self.life.area.code().to_owned(),
            followers: to_json(&self.life.followers),
            shares: to_json(&self.life.shares),
            routing_rule: self.life.routed.rule.clone(),
            waiting_since: micros(self.life.routed.waiting_since),
            waiting_rank: self.waiting_rank(),
            return_time: micros(self.life.routed.return_time),
            let_go_by: self.life.routed.let_go_by.as_ref().map(ToString::to_string),
            origin_thread_id: self.life.origin.map(|thread| thread.0),
            reopened: self.life.reopened,
            mailed_since: micros(self.life.mailed.since),
            mailed_times: self.life.mailed.times,
            acted_since: micros(self.life.acted.since),
            acted_times: self.life.acted.times,
            handed: self.life.handed,
            returned_since: micros(self.life.returned.since),
            returned_times: self.life.returned.times,
            create_time: self.create_time.as_micros(),
            update_time: self.update_time.as_micros(),
            version: self.version,
        }
    }

    fn from_row(row: Model) -> Result<Self, Corrupt> {
        let time = |micros: Option<i64>| micros.map(Timestamp::from_micros);
        let code = |text: Option<String>, column, read: fn(&str) -> bool| match text {
            Some(text) if !read(&text) => Err(Corrupt { table: TABLE, column }),
            other => Ok(other),
        };
        let priority = code(row.priority, "priority", |c| Priority::from_code(c).is_some())?;
        let source = code(row.source, "source", |c| ChannelKind::from_code(c).is_some())?;
        let reason = code(row.unassigned_reason, "unassigned_reason", |c| UnassignedReason::from_code(c).is_some())?;
        Ok(Self {
            number: TicketNumber(row.number),
            subject: row.subject,
            description: row.description,
            pipeline: PipelineId::stored(row.pipeline_id),
            status: StatusId::stored(row.status_id),
            status_category: known(StatusCategory::from_code(&row.status_category), TABLE, "status_category")?,
            open: row.open,
            priority: priority.and_then(|c| Priority::from_code(&c)),
            category: row.category,
            tags: from_json(&row.tags, TABLE, "tags")?,
            properties: from_json(&row.properties, TABLE, "properties")?,
            contact: row.contact_id.map(ContactId),
            links: from_json(&row.links, TABLE, "links")?,
            owner: row.owner_id.map(UserId::stored),
            teams: from_json(&row.teams, TABLE, "teams")?,
            channel: row.channel_id.map(ChannelId::stored),
            source: source.and_then(|c| ChannelKind::from_code(&c)),
            conversations: from_json(&row.conversations, TABLE, "conversations")?,
            manual: row.manual,
            unassigned_reason: reason.and_then(|c| UnassignedReason::from_code(&c)),
            creator: known(Actor::from_code(&row.creator), TABLE, "creator")?,
            close_time: time(row.close_time),
            first_assign_time: time(row.first_assign_time),
            first_reply_time: time(row.first_reply_time),
            last_reply_time: time(row.last_reply_time),
            last_contact_message_time: time(row.last_contact_message_time),
            status_change_time: Timestamp::from_micros(row.status_change_time),
            life: Life {
                merged_into: row.merged_into.map(TicketNumber),
                split_from: row.split_from.map(TicketNumber),
                delete_time: time(row.delete_time),
                purge_time: time(row.purge_time),
                spam_time: time(row.spam_time),
                area: known(Area::from_code(&row.area), TABLE, "area")?,
                followers: from_json(&row.followers, TABLE, "followers")?,
                shares: from_json(&row.shares, TABLE, "shares")?,
                routed: Routed {
                    rule: row.routing_rule,
                    waiting_since: time(row.waiting_since),
                    return_time: time(row.return_time),
                    let_go_by: row.let_go_by.map(UserId::stored),
                },
                origin: row.origin_thread_id.map(ThreadId),
                reopened: row.reopened,
                mailed: PerHour { since: time(row.mailed_since), times: row.mailed_times },
                acted: PerHour { since: time(row.acted_since), times: row.acted_times },
                handed: row.handed,
                returned: PerHour { since: time(row.returned_since), times: row.returned_times },
            },
            event_count: row.event_count,
            create_time: Timestamp::from_micros(row.create_time),
            update_time: Timestamp::from_micros(row.update_time),
            version: row.version,
        })
    }
}
