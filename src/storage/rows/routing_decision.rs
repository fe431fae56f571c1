//! Routing decisions with their whole why.

use super::{Corrupt, Stored, from_json, known, to_json};
use crate::domain::ids::{AccountId, ChannelId, DecisionId, TicketNumber, UserId};
use crate::domain::routing::{Decision, Outcome, RecordedDecision, RoutingCause, UnassignedReason, Way};
use crate::domain::time::Timestamp;
use sea_orm::entity::prelude::*;

/// A row of `routing_decision`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "routing_decision")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    /// The account.
    pub account_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    /// The decision.
    pub id: Uuid,
    /// Ticket number.
    pub ticket_number: i64,
    /// Cause.
    pub cause: String,
    /// Microseconds.
    pub decide_time: i64,
    /// Outcome.
    pub outcome: String,
    /// Unassigned reason.
    pub unassigned_reason: Option<String>,
    /// User id.
    pub user_id: Option<String>,
    /// JSON list.
    pub teams: String,
    /// Channel id.
    pub channel_id: String,
    /// Routing version.
    pub routing_version: i64,
    /// JSON of the routing it was made with.
    pub routing: String,
    /// Tie break.
    pub tie_break: String,
    /// Seed.
    pub seed: i64,
    /// JSON list.
    pub candidates: String,
    /// JSON map.
    pub exclusions: String,
    /// Summary.
    pub summary: String,
    /// JSON of what the plan said; empty for decisions older than the column.
    pub way: String,
    /// Place in the event order.
    pub sequence: i64,
}

super::plain_entity!();

const TABLE: &str = "routing_decision";

impl Stored for RecordedDecision {
    type Table = Entity;

    fn to_row(&self, account: &AccountId) -> Model {
        let (outcome, user, reason) = match &self.decision.outcome {
            Outcome::Assigned(user) => ("assigned", Some(user.to_string()), None),
            Outcome::LeftUnassigned(reason) | Outcome::Queued(reason) => {
                ("left_unassigned", None, Some(reason.code().to_owned()))
            }
        };
        Model {
            account_id: account.to_string(),
            id: self.id.0,
            ticket_number: self.ticket.0,
            cause: self.cause.code().to_owned(),
            decide_time: self.decide_time.as_micros(),
            outcome: outcome.to_owned(),
            unassigned_reason: reason,
            user_id: user,
            teams: to_json(&self.decision.teams),
            channel_id: self.channel.to_string(),
            routing_version: self.routing_version,
            routing: to_json(&self.routing),
            tie_break: self.decision.tie_break.clone(),
            seed: self.seed,
            candidates: to_json(&self.decision.candidates),
            exclusions: to_json(&self.decision.exclusions),
            summary: self.decision.summary.clone(),
            way: to_json(&self.decision.way),
            sequence: self.sequence,
        }
    }

    fn from_row(row: Model) -> Result<Self, Corrupt> {
        let way = match row.way.as_str() {
            "" => Way::default(),
            text => from_json(text, TABLE, "way")?,
        };
        let outcome = match (row.user_id, row.unassigned_reason) {
            (Some(user), _) => Outcome::Assigned(UserId::stored(user)),
            (None, Some(code)) => {
                let reason = known(UnassignedReason::from_code(&code), TABLE, "unassigned_reason")?;
                if way.queued { Outcome::Queued(reason) } else { Outcome::LeftUnassigned(reason) }
            }
            (None, None) => return Err(Corrupt { table: TABLE, column: "outcome" }),
        };
        let decision = Decision {
            outcome,
            teams: from_json(&row.teams, TABLE, "teams")?,
            candidates: from_json(&row.candidates, TABLE, "candidates")?,
            exclusions: from_json(&row.exclusions, TABLE, "exclusions")?,
            tie_break: row.tie_break,
            summary: row.summary,
            way,
        };
        Ok(Self {
            cause: known(RoutingCause::from_code(&row.cause), TABLE, "cause")?,
            routing: from_json(&row.routing, TABLE, "routing")?,
            id: DecisionId(row.id),
            ticket: TicketNumber(row.ticket_number),
            decide_time: Timestamp::from_micros(row.decide_time),
            channel: ChannelId::stored(row.channel_id),
            routing_version: row.routing_version,
            seed: row.seed,
            decision,
            sequence: row.sequence,
        })
    }
}
