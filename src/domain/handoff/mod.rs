//! Hand-off: a conversation goes from a customer agent, or a person, to people, and back.
//!
//! One hand-off is open per conversation at most. What may follow on what is [`Handoff::step`], a pure state machine; who
//! gets the ticket is the allocator's decision, which the machine is told ([`Placed`]).

mod facts;
mod follow;
mod policy;
mod state;
#[cfg(test)]
mod tests;

pub use facts::{Context, Digest, Facts, Fired, MOST_CONTEXT, MOST_DIGEST, Reasons, Times};
pub use policy::{
    Configured, Fault, LONGEST_MESSAGE, Mode, Policy, Process, Said, Texts, Then, USUAL_PATIENCE, UnassignedChat, Words,
};
pub use state::{Done, Placed, State, Step, Wrong};

use super::codes::coded;
use super::control::Party;
use super::ids::{ConversationId, CustomerAgentId, DecisionId, HandoffId, MessageId, RunId, TicketNumber, UserId};
use super::time::Timestamp;

/// Hand-offs to a customer agent on one ticket within an hour.
pub const MOST_RETURNS: i64 = 3;

coded! {
    /// Why a conversation is handed off. Ordered: of several the first leads (C-090).
    Reason {
        /// The contact wants to talk to a person.
        ContactAsked = "contact_asked",
        /// The contact used a word or phrase of the configuration.
        Phrase = "phrase",
        /// The customer agent cannot answer.
        CannotAnswer = "cannot_answer",
        /// The customer agent is paused.
        AgentPaused = "agent_paused",
        /// The customer agent failed, or did not answer in time.
        AgentFailed = "agent_failed",
        /// It went on for too many turns.
        TurnLimit = "turn_limit",
        /// The customer agent says the same again and again.
        Loop = "loop",
        /// The contact is unhappy.
        Sentiment = "sentiment",
        /// Nothing was said for too long.
        Inactivity = "inactivity",
        /// A workflow says so.
        Workflow = "workflow",
        /// A person, or an integration, says so.
        Requested = "requested",
    }
}

coded! {
    /// How a hand-off ended.
    Outcome {
        /// A person did what was to be done.
        Resolved = "resolved",
        /// It went back to the customer agent.
        Returned = "returned",
        /// Nobody took it in time.
        Nobody = "nobody",
        /// It was called off.
        CalledOff = "called_off",
        /// The process says: do not hand off.
        NotHandedOff = "not_handed_off",
        /// It was over before anybody did anything, for example because the ticket went away.
        Abandoned = "abandoned",
    }
}

/// One hand-off of one conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handoff {
    /// Made id.
    pub id: HandoffId,
    /// The conversation.
    pub conversation: ConversationId,
    /// Who had control before.
    pub from: Party,
    /// How far it has come.
    pub state: State,
    /// How it is served: found once.
    pub mode: Mode,
    /// What the mode was found on.
    pub facts: Facts,
    /// Everything that asked for it, the leading one first.
    pub reasons: Reasons,
    /// How it is to go.
    pub policy: Policy,
    /// What whoever gets it should know.
    pub context: Context,
    /// Whom it is offered or given to.
    pub user: Option<UserId>,
    /// Who does not get it again.
    pub declined: Vec<UserId>,
    /// How often it was transferred.
    pub transfers: i64,
    /// The latest decision of the allocator about it, with its ticket.
    pub decision: Option<(TicketNumber, DecisionId)>,
    /// The message that told the contact; none where there was none to send, or none could be sent.
    pub message: Option<MessageId>,
    /// Which of the messages that was; none: nothing was told yet.
    pub said: Option<Said>,
    /// The run of the workflow that is to assign; none: no workflow, or it has.
    pub run: Option<RunId>,
    /// When something is to be done about it, unless something else happens before.
    pub due: Option<Timestamp>,
    /// When it ends unless a person has it by then.
    pub expire: Option<Timestamp>,
    /// How it ended.
    pub outcome: Option<Outcome>,
    /// What people did, for the customer agent that gets it back.
    pub digest: Option<Digest>,
    /// The customer agent that got it back.
    pub returned: Option<CustomerAgentId>,
    /// When what happened.
    pub times: Times,
    /// When it was asked for.
    pub create_time: Timestamp,
    /// When it last changed.
    pub update_time: Timestamp,
    /// The etag.
    pub version: i64,
}

impl Handoff {
    /// The customer agent that had control before.
    pub fn agent(&self) -> Option<&CustomerAgentId> {
        if let Party::Agent(id) = &self.from { Some(id) } else { None }
    }

    /// Whether a customer agent may read it: one that had control before, or got it back.
    pub fn is_of(&self, agent: &CustomerAgentId) -> bool {
        self.agent() == Some(agent) || self.returned.as_ref() == Some(agent)
    }

    /// Whether it is offered to this person, who may answer it whatever else the person sees.
    pub fn is_offered_to(&self, user: &UserId) -> bool {
        self.state == State::Offered && self.user.as_ref() == Some(user)
    }

    /// Whether it is over for whoever may still want something of it.
    pub fn is_open(&self) -> bool {
        self.state.is_open()
    }
}
