//! How and when a customer agent hands over to people: one place for all channels (R-210).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::codes::coded;
use super::ids::{TeamId, UserId};
use super::triggers::Phrases;

/// Characters of a message at most (C-104).
pub const LONGEST_MESSAGE: usize = 2_000;
/// Turns in a row at which a runtime may fail, unless somebody says otherwise.
const USUAL_FAILURES: u32 = 3;
/// Seconds within which a runtime has to take a turn, unless somebody says otherwise.
const USUAL_ACKNOWLEDGEMENT: u32 = 30;

coded! {
    /// What happens when a trigger fires (R-219).
    Process {
        /// The conversation goes at once to whoever is available (R-220).
        Live = "live",
        /// It goes to somebody for later, available or not (R-221).
        Asynchronous = "asynchronous",
        /// It stays with the agent, which goes on (R-222). Of a new agent.
        None = "none",
    }
}

coded! {
    /// Where people find what was handed over (R-224).
    Destination { HelpDesk = "help_desk", Inbox = "inbox" }
}

/// How unhappy a visitor may be, and how often in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentimentLimit {
    /// Percent from -100 to 100; what is lower counts.
    pub below: i32,
    /// How often in a row.
    pub times: u32,
}

/// Triggers with numbers; unset, they never fire.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Options {
    /// Answers after which the agent hands over.
    pub turn_limit: Option<u32>,
    /// Same answers in a row that count as a loop.
    pub same_answers: Option<u32>,
    /// How unhappy a visitor may be.
    pub sentiment: Option<SentimentLimit>,
    /// Seconds that the agent may owe an answer.
    pub inactivity: Option<u32>,
    /// Turns in a row at which the runtime may fail; always set.
    pub failed_turns: u32,
    /// Seconds within which the runtime has to take a turn; always set.
    pub acknowledge_within: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            turn_limit: None,
            same_answers: None,
            sentiment: None,
            inactivity: None,
            failed_turns: USUAL_FAILURES,
            acknowledge_within: USUAL_ACKNOWLEDGEMENT,
        }
    }
}

/// A message in several languages, by language tag in lower case; the empty one is for everybody else.
pub type Texts = BTreeMap<String, String>;

/// Everything about the hand-off of one customer agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct HandoffSettings {
    /// What happens when a trigger fires.
    pub process: Process,
    /// Where it goes.
    pub destination: Destination,
    /// Users to whom it goes (R-225).
    pub users: Vec<UserId>,
    /// Teams to whose main members it goes.
    pub teams: Vec<TeamId>,
    /// What the visitor is told when somebody is available (R-237).
    pub available: Texts,
    /// What the visitor is told when nobody is (R-238).
    pub unavailable: Texts,
    /// Words and phrases of visitors that hand over (R-214).
    pub phrases: Phrases,
    /// Triggers with numbers.
    pub options: Options,
}

impl Default for HandoffSettings {
    fn default() -> Self {
        Self {
            process: Process::None,
            destination: Destination::HelpDesk,
            users: Vec::new(),
            teams: Vec::new(),
            available: Texts::new(),
            unavailable: Texts::new(),
            phrases: Phrases::default(),
            options: Options::default(),
        }
    }
}

/// What a process lacks to be carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lacking {
    /// Nobody is named to whom it goes.
    Targets,
    /// No message for when somebody is available, or none for everybody else's language.
    Available,
    /// No message for when nobody is.
    Unavailable,
}

impl HandoffSettings {
    /// Whether a trigger hands the conversation over.
    pub fn hands_over(&self) -> bool {
        self.process != Process::None
    }

    /// What is missing for a hand-off to people (R-223, C-104); none where the agent keeps the conversation.
    pub fn lacking(&self) -> Option<Lacking> {
        let said = |texts: &Texts| texts.contains_key("");
        match self.process {
            Process::None => None,
            _ if self.users.is_empty() && self.teams.is_empty() => Some(Lacking::Targets),
            _ if !said(&self.available) => Some(Lacking::Available),
            _ if !said(&self.unavailable) => Some(Lacking::Unavailable),
            _ => None,
        }
    }

    /// What the visitor is told, in the nearest language there is (R-242).
    pub fn message(&self, team_available: bool, language: &str) -> Option<&str> {
        nearest(if team_available { &self.available } else { &self.unavailable }, language)
    }
}

/// The text of the language, or of a wider one, or for everybody else (RFC 4647, lookup).
fn nearest<'a>(texts: &'a Texts, language: &str) -> Option<&'a str> {
    let mut tag = language.to_lowercase();
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

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(of: &[(&str, &str)]) -> Texts {
        of.iter().map(|(tag, text)| ((*tag).to_owned(), (*text).to_owned())).collect()
    }

    // R-223, C-104.
    #[test]
    fn a_hand_off_to_people_needs_people_and_messages() {
        let mut settings = HandoffSettings::default();
        assert_eq!((settings.lacking(), settings.hands_over()), (None, false));
        settings.process = Process::Asynchronous;
        assert_eq!(settings.lacking(), Some(Lacking::Targets));
        settings.teams = vec![TeamId::stored("first")];
        assert_eq!(settings.lacking(), Some(Lacking::Available));
        settings.available = texts(&[("de", "Gleich")]);
        assert_eq!(settings.lacking(), Some(Lacking::Available), "nothing for everybody else");
        settings.available = texts(&[("", "Soon")]);
        assert_eq!(settings.lacking(), Some(Lacking::Unavailable));
        settings.unavailable = texts(&[("", "Later")]);
        assert_eq!(settings.lacking(), None);
    }

    // R-242.
    #[test]
    fn the_message_is_of_the_nearest_language() {
        let settings = HandoffSettings {
            available: texts(&[("", "Soon"), ("de", "Gleich"), ("pt-br", "Já")]),
            unavailable: texts(&[("", "Later")]),
            ..HandoffSettings::default()
        };
        let said = |available, language| settings.message(available, language);
        assert_eq!(said(true, "de-AT"), Some("Gleich"));
        assert_eq!(said(true, "pt-BR"), Some("Já"));
        assert_eq!((said(true, "pt"), said(true, ""), said(true, "zh-Hant-TW")), (Some("Soon"), Some("Soon"), Some("Soon")));
        assert_eq!(said(false, "de"), Some("Later"));
    }
}
