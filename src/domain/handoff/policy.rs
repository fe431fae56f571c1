//! How a hand-off is to go: the configuration that it was asked for with, kept as it was.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::domain::codes::coded;
use crate::domain::ids::{TeamId, UserId};

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

/// The words that tell the contact, by language; `""` for every other one.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Words {
    /// The team is available.
    pub available: BTreeMap<String, String>,
    /// The team is unavailable.
    pub unavailable: BTreeMap<String, String>,
    /// The workflow gave the ticket to nobody.
    pub not_assigned: BTreeMap<String, String>,
}

impl Words {
    /// The words of one case in a language: `de-AT`, else `de`, else those for every other one.
    pub fn in_language<'w>(words: &'w BTreeMap<String, String>, language: &str) -> Option<&'w str> {
        let broad = language.split(['-', '_']).next().unwrap_or_default();
        let found = words.get(language).or_else(|| words.get(broad)).or_else(|| words.get(""));
        found.map(String::as_str).filter(|text| !text.trim().is_empty())
    }
}

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Policy {
    /// The process.
    pub process: Process,
    /// Users it may go to, named directly.
    pub users: Vec<UserId>,
    /// Teams it may go to, main members only.
    pub teams: Vec<TeamId>,
    /// The workflow that assigns instead; empty: users and teams.
    pub workflow: String,
    /// What becomes of the chat when nobody gets the ticket.
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
            process: Process::Live,
            users: Vec::new(),
            teams: Vec::new(),
            workflow: String::new(),
            unassigned_chat: UnassignedChat::KeepOpen,
            offer: None,
            patience: USUAL_PATIENCE,
            retries: false,
            then: Then::Nobody,
            words: Words::default(),
        }
    }
}

/// How long a live hand-off waits for a person, unless somebody says otherwise: a day.
pub const USUAL_PATIENCE: u32 = 24 * 60 * 60;

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
}
