//! Steps of workflows: waits, branches, and what is done to a ticket.

use serde::{Deserialize, Serialize};

use super::super::hours::Hours;
use super::super::ids::{ContactId, PipelineId, PropertyId, StatusId, TeamId, TextBlockId, UserId};
use super::super::plan::Feature;
use super::super::property::PropertyValue;
use super::super::ticket::Priority;
use super::super::time::Timestamp;

/// One step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Unique in the workflow.
    #[serde(rename = "i")]
    pub id: String,
    /// The step after it; none: the run ends.
    #[serde(rename = "n")]
    pub next: Option<String>,
    /// What people say to each other about it; may be empty (R-193).
    #[serde(rename = "o", default)]
    pub note: String,
    /// What it does.
    #[serde(rename = "k")]
    pub kind: StepKind,
}

/// What a step does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum StepKind {
    /// Waits for so many seconds.
    #[serde(rename = "d")]
    Delay(u32),
    /// Waits until a moment.
    #[serde(rename = "u")]
    Until(Timestamp),
    /// Waits until these hours are open; goes on at once while they are.
    #[serde(rename = "h")]
    Hours(Hours),
    /// Goes where the arm with the value of a field leads; else to the next step.
    #[serde(rename = "v")]
    ByValue(String, Vec<ValueArm>),
    /// Goes where the first arm leads whose condition holds; else to the next step.
    #[serde(rename = "b")]
    Branch(Vec<Arm>),
    /// Does something.
    #[serde(rename = "a")]
    Act(Action),
}

/// One way of a branch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arm {
    /// In the filter language.
    #[serde(rename = "c")]
    pub condition: String,
    /// Where it leads; none: the run ends.
    #[serde(rename = "n")]
    pub next: Option<String>,
}

/// One way of a branch by value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ValueArm {
    /// The value, as a filter writes it.
    #[serde(rename = "v")]
    pub value: String,
    /// Where it leads; none: the run ends.
    #[serde(rename = "n")]
    pub next: Option<String>,
}

/// Where a contact comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ContactSource {
    /// This one.
    #[serde(rename = "c")]
    Known(ContactId),
    /// Whose mail address this is; made if need be.
    #[serde(rename = "a")]
    Address(String),
    /// Whose mail address a property of the ticket says; made if need be.
    #[serde(rename = "p")]
    Property(PropertyId),
}

/// Something that a workflow does to its ticket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Action {
    /// Sets the priority; none clears it.
    #[serde(rename = "p")]
    SetPriority(Option<Priority>),
    /// Sets the category; empty clears it.
    #[serde(rename = "c")]
    SetCategory(String),
    /// Adds tags, and takes tags away.
    #[serde(rename = "t")]
    ChangeTags(Vec<String>, Vec<String>),
    /// Sets the status; one of another pipeline moves nothing and is skipped.
    #[serde(rename = "s")]
    SetStatus(PipelineId, StatusId),
    /// Sets the owner, whatever load and availability (C-051).
    #[serde(rename = "o")]
    SetOwner(UserId),
    /// Gives the ticket to whom routing would choose among these (C-051).
    #[serde(rename = "r")]
    RotateOwner(Rotation),
    /// Adds followers.
    #[serde(rename = "f")]
    AddFollowers(Vec<UserId>),
    /// Writes a comment.
    #[serde(rename = "m")]
    Comment(String),
    /// Tells people of the account by mail.
    #[serde(rename = "n")]
    Notify(Notice),
    /// Sends an automated email to the contact (R-181).
    #[serde(rename = "e")]
    SendEmail(TextBlockId),
    /// Sets a property of the account; none clears it.
    #[serde(rename = "y")]
    SetProperty(PropertyId, Option<PropertyValue>),
    /// Associates a contact.
    #[serde(rename = "k")]
    SetContact(ContactSource),
    /// Calls this URL.
    #[serde(rename = "w")]
    Webhook(String),
    /// Nothing yet: what is to be done here (C-105).
    #[serde(rename = "x")]
    Placeholder(String),
}

/// What people of the account are told by mail (R-180).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// These users.
    #[serde(rename = "u")]
    pub users: Vec<UserId>,
    /// The owner of the ticket.
    #[serde(rename = "o")]
    pub owner: bool,
    /// The main members of these teams.
    #[serde(rename = "t", default)]
    pub teams: Vec<TeamId>,
    /// Subject with placeholders; empty: the usual one.
    #[serde(rename = "s", default)]
    pub subject: String,
    /// Text with placeholders; empty: the usual one.
    #[serde(rename = "w", default)]
    pub text: String,
}

/// Whom a ticket is given to, by turns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rotation {
    /// Users.
    #[serde(rename = "u")]
    pub users: Vec<UserId>,
    /// Teams, of which main members count.
    #[serde(rename = "t")]
    pub teams: Vec<TeamId>,
    /// Only people who are available.
    #[serde(rename = "a")]
    pub available_only: bool,
    /// Only where nobody has the ticket.
    #[serde(rename = "n")]
    pub only_unassigned: bool,
}

impl StepKind {
    /// The URL that it calls.
    pub fn url(&self) -> Option<&str> {
        if let Self::Act(Action::Webhook(url)) = self { Some(url) } else { None }
    }

    /// What an account must have bought for it to stand among the actions of a status (R-175, R-176).
    pub fn feature(&self) -> Feature {
        match self {
            Self::Act(Action::SendEmail(_) | Action::Notify(_)) => Feature::StatusActions,
            _ => Feature::StatusActionKinds,
        }
    }
}

impl Step {
    /// Its conditions.
    pub fn conditions(&self) -> Vec<String> {
        match &self.kind {
            StepKind::Branch(arms) => arms.iter().map(|arm| arm.condition.clone()).collect(),
            StepKind::ByValue(field, arms) => arms.iter().map(|arm| arm.condition(field)).collect(),
            _ => Vec::new(),
        }
    }

    /// Where its arms lead.
    pub fn arms(&self) -> Vec<&Option<String>> {
        match &self.kind {
            StepKind::Branch(arms) => arms.iter().map(|arm| &arm.next).collect(),
            StepKind::ByValue(_, arms) => arms.iter().map(|arm| &arm.next).collect(),
            _ => Vec::new(),
        }
    }
}

impl ValueArm {
    /// When the arm is taken, in the filter language.
    pub fn condition(&self, field: &str) -> String {
        let value: String = self
            .value
            .chars()
            .flat_map(|c| matches!(c, '"' | '\\' | '*').then_some('\\').into_iter().chain([c]))
            .collect();
        format!("{field} = \"{value}\"")
    }
}
