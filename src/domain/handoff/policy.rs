//! How a hand-off is to go: the configuration that it was asked for with, kept as it was.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::domain::codes::coded;
use crate::domain::ids::{TeamId, UserId, WorkflowId};
use crate::domain::life::Area;
use crate::domain::time::Timestamp;

/// Characters of a message at most (C-104).
pub const LONGEST_MESSAGE: usize = 2_000;
/// How long a live hand-off waits for a person, unless somebody says otherwise: a day.
pub const USUAL_PATIENCE: u32 = 24 * 60 * 60;

coded! {
    /// The process of a configuration.
    Process {
        /// To the next available person, at once.
        Live = "live",
        /// To a person, for later.
        Async = "async",
        /// Not at all: the customer agent goes on.
        None = "none",
    }
}

coded! {
    /// How one hand-off is served: found once, kept with its facts.
    Mode {
        /// Somebody is there now.
        Live = "live",
        /// Somebody comes back to it later.
        Async = "async",
        /// Not handed off.
        None = "none",
    }
}

coded! {
    /// What becomes of the chat when a live hand-off leaves the ticket to nobody.
    UnassignedChat {
        /// It stays open, in the Unassigned view.
        KeepOpen = "keep_open",
        /// Its thread is closed; the ticket stays as it is (C-102).
        Close = "close",
    }
}

coded! {
    /// Who has control when a hand-off ends before a person was there.
    Then {
        /// The customer agent that had it before.
        Agent = "agent",
        /// Nobody: it waits for a person.
        Nobody = "nobody",
    }
}

/// A message in several languages, by language tag in lower case; the empty one is for everybody else.
pub type Texts = BTreeMap<String, String>;

/// What the contact is told.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Words {
    /// The team is available.
    pub available: Texts,
    /// The team is unavailable.
    pub unavailable: Texts,
    /// The workflow gave the ticket to nobody.
    pub not_assigned: Texts,
}

coded! {
    /// Which of the messages the contact is told.
    Said {
        /// The team is available.
        Available = "available",
        /// The team is unavailable.
        Unavailable = "unavailable",
        /// The workflow gave the ticket to nobody.
        NotAssigned = "not_assigned",
    }
}

impl Words {
    /// The texts of one case.
    pub const fn texts(&self, said: Said) -> &Texts {
        match said {
            Said::Available => &self.available,
            Said::Unavailable => &self.unavailable,
            Said::NotAssigned => &self.not_assigned,
        }
    }

    /// What the contact is told, in the nearest language there is (R-242; RFC 4647, lookup).
    pub fn text(&self, said: Said, language: &str) -> Option<&str> {
        let texts = self.texts(said);
        let mut tag = language.to_lowercase().replace('_', "-");
        loop {
            if let Some(text) = texts.get(&tag) {
                return Some(text);
            }
            match tag.rfind('-') {
                Some(cut) => tag.truncate(cut),
                None if tag.is_empty() => return None,
                None => tag.clear(),
            }
        }
    }
}

/// How a customer agent hands over: one for all channels. A hand-off keeps the one that it was asked for with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Policy {
    /// The process; a new agent hands nothing over.
    pub process: Process,
    /// Where people find it.
    pub destination: Area,
    /// Users it may go to, named directly.
    pub users: Vec<UserId>,
    /// Teams it may go to, main members only.
    pub teams: Vec<TeamId>,
    /// The workflow that assigns instead; none: users and teams.
    pub workflow: Option<WorkflowId>,
    /// What becomes of the chat when the workflow gives the ticket to nobody.
    pub unassigned_chat: UnassignedChat,
    /// How long one person may think about an offer, in seconds; none: the ticket is given at once.
    pub offer: Option<u32>,
    /// How long a live hand-off waits for a person, in seconds.
    pub patience: u32,
    /// Whether it is given to whoever becomes free while it waits.
    pub retries: bool,
    /// Who has control when it ends before a person was there.
    pub then: Then,
    /// What the contact is told.
    pub words: Words,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            process: Process::None,
            destination: Area::HelpDesk,
            users: Vec::new(),
            teams: Vec::new(),
            workflow: None,
            unassigned_chat: UnassignedChat::KeepOpen,
            offer: None,
            patience: USUAL_PATIENCE,
            retries: false,
            then: Then::Nobody,
            words: Words::default(),
        }
    }
}

/// The policy of a customer agent, as it is stored beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Configured {
    /// The policy.
    pub policy: Policy,
    /// When it last changed; none: never.
    pub update_time: Option<Timestamp>,
    /// The etag.
    pub version: i64,
}

impl Default for Configured {
    fn default() -> Self {
        Self { policy: Policy::default(), update_time: None, version: 1 }
    }
}

/// Why a policy cannot be saved, by the field of the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// A hand-off to people needs it.
    Missing(&'static str),
    /// The process does not have it.
    NotOffered(&'static str),
}

impl Policy {
    /// How a hand-off of this process is served.
    pub const fn mode(&self) -> Mode {
        match self.process {
            Process::Live => Mode::Live,
            Process::Async => Mode::Async,
            Process::None => Mode::None,
        }
    }

    /// How long an offer stands.
    pub fn offer_stands(&self) -> Option<Duration> {
        self.offer.map(|seconds| Duration::from_secs(seconds.into()))
    }

    /// How long a live hand-off waits.
    pub fn waits(&self) -> Duration {
        Duration::from_secs(self.patience.into())
    }

    /// What of it does not go together (R-223, R-229, R-235, R-240, C-104). What is set for another process than NONE stays
    /// where NONE is chosen.
    pub fn fault(&self) -> Option<Fault> {
        if self.process == Process::None {
            return None;
        }
        let said = |said| self.words.texts(said).contains_key("");
        let by_workflow = self.workflow.is_some();
        let people = !self.users.is_empty() || !self.teams.is_empty();
        let checks = [
            (!by_workflow && !people, Fault::Missing("assignment")),
            (by_workflow && self.destination != Area::HelpDesk, Fault::NotOffered("destination")),
            (
                self.unassigned_chat == UnassignedChat::Close && !self.keeps_or_closes(),
                Fault::NotOffered("unassigned_chat"),
            ),
            (
                self.offer.is_some() && (by_workflow || self.process != Process::Live),
                Fault::NotOffered("offer_timeout"),
            ),
            (!said(Said::Available), Fault::Missing("available_messages")),
            (!by_workflow && !said(Said::Unavailable), Fault::Missing("unavailable_messages")),
            (by_workflow && !said(Said::NotAssigned), Fault::Missing("not_assigned_messages")),
            (by_workflow && !self.words.unavailable.is_empty(), Fault::NotOffered("unavailable_messages")),
            (!by_workflow && !self.words.not_assigned.is_empty(), Fault::NotOffered("not_assigned_messages")),
        ];
        checks.into_iter().find_map(|(wrong, fault)| wrong.then_some(fault))
    }

    /// Whether there is a choice of what becomes of the chat: only of a live hand-off by a workflow.
    pub const fn keeps_or_closes(&self) -> bool {
        matches!(self.process, Process::Live) && self.workflow.is_some()
    }
}
