//! Hand-offs.

use super::{Corrupt, Stored, from_json, known, to_json};
use crate::domain::control::Party;
use crate::domain::handoff::{Context, Digest, Facts, Handoff, Mode, Outcome, Policy, Reasons, Said, State, Times};
use crate::domain::ids::{
    AccountId, ConversationId, CustomerAgentId, DecisionId, HandoffId, MessageId, RunId, TicketNumber, UserId,
};
use crate::domain::time::Timestamp;
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// A row of `handoff`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "handoff")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    /// The account.
    pub account_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    /// The hand-off.
    pub id: Uuid,
    /// The conversation.
    pub conversation_id: Uuid,
    /// Who had control before.
    pub source: String,
    /// How far it has come.
    pub state: String,
    /// How it is served.
    pub mode: String,
    /// Why: the leading reason.
    pub reason: String,
    /// Whom it is offered or given to.
    pub user_id: Option<String>,
    /// The customer agent that got it back.
    pub returned_to: Option<String>,
    /// Microseconds; when something is to be done.
    pub due_time: Option<i64>,
    /// JSON of the rest.
    pub body: String,
    /// Microseconds.
    pub create_time: i64,
    /// Microseconds.
    pub update_time: i64,
    /// The etag.
    pub version: i64,
}

super::plain_entity!();

const TABLE: &str = "handoff";

/// What no statement looks at.
#[derive(Debug, Serialize, Deserialize)]
struct Body {
    facts: Facts,
    reasons: Reasons,
    policy: Policy,
    context: Context,
    declined: Vec<UserId>,
    transfers: i64,
    decision: Option<(TicketNumber, DecisionId)>,
    message: Option<MessageId>,
    said: Option<Said>,
    run: Option<RunId>,
    expire: Option<Timestamp>,
    outcome: Option<Outcome>,
    digest: Option<Digest>,
    times: Times,
}

impl Stored for Handoff {
    type Table = Entity;

    fn to_row(&self, account: &AccountId) -> Model {
        let body = Body {
            facts: self.facts.clone(),
            reasons: self.reasons.clone(),
            policy: self.policy.clone(),
            context: self.context.clone(),
            declined: self.declined.clone(),
            transfers: self.transfers,
            decision: self.decision,
            message: self.message,
            said: self.said,
            run: self.run,
            expire: self.expire,
            outcome: self.outcome,
            digest: self.digest.clone(),
            times: self.times.clone(),
        };
        Model {
            account_id: account.to_string(),
            id: self.id.0,
            conversation_id: self.conversation.0,
            source: self.from.code(),
            state: self.state.code().to_owned(),
            mode: self.mode.code().to_owned(),
            reason: self.reasons.first().map(|fired| fired.reason.code().to_owned()).unwrap_or_default(),
            user_id: self.user.as_ref().map(ToString::to_string),
            returned_to: self.returned.as_ref().map(ToString::to_string),
            due_time: self.due.map(Timestamp::as_micros),
            body: to_json(&body),
            create_time: self.create_time.as_micros(),
            update_time: self.update_time.as_micros(),
            version: self.version,
        }
    }

    fn from_row(row: Model) -> Result<Self, Corrupt> {
        let body: Body = from_json(&row.body, TABLE, "body")?;
        Ok(Self {
            from: known(Party::from_code(&row.source), TABLE, "source")?,
            state: known(State::from_code(&row.state), TABLE, "state")?,
            mode: known(Mode::from_code(&row.mode), TABLE, "mode")?,
            id: HandoffId(row.id),
            conversation: ConversationId(row.conversation_id),
            facts: body.facts,
            reasons: body.reasons,
            policy: body.policy,
            context: body.context,
            user: row.user_id.map(UserId::stored),
            declined: body.declined,
            transfers: body.transfers,
            decision: body.decision,
            message: body.message,
            said: body.said,
            run: body.run,
            expire: body.expire,
            due: row.due_time.map(Timestamp::from_micros),
            outcome: body.outcome,
            digest: body.digest,
            returned: row.returned_to.map(CustomerAgentId::stored),
            times: body.times,
            create_time: Timestamp::from_micros(row.create_time),
            update_time: Timestamp::from_micros(row.update_time),
            version: row.version,
        })
    }
}
