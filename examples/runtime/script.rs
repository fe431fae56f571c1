//! A brain that follows a script: the first rule whose words are in the message says what to do.

use std::path::Path;

use helpdesk::client::{Brain, Thought};
use helpdesk::domain::triggers::Phrases;
use helpdesk::grpc::pb::v1::{HandoffSignals, Turn};
use serde::Deserialize;

use crate::Failure;

/// What a script says; see `script.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Script {
    /// For everything that no rule is about; without it the agent cannot answer.
    answer: Option<String>,
    /// In order.
    #[serde(default)]
    rules: Vec<Rule>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    /// Words and phrases, any of them; found as the service finds the phrases of triggers.
    words: Phrases,
    /// What the agent answers.
    answer: Option<String>,
    /// What it says of the contact instead.
    signal: Option<Signal>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Signal {
    ContactAsked,
    CannotAnswer,
}

impl Script {
    /// Reads a script.
    pub fn read(file: &Path) -> Result<Self, Failure> {
        let text = std::fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
        toml::from_str(&text).map_err(|error| format!("{}: {error}", file.display()).into())
    }
}

impl Brain for Script {
    fn think(&self, turn: &Turn) -> Thought {
        let text = said(turn);
        let rule = self.rules.iter().find(|rule| !rule.words.found_in(text).is_empty());
        let signal = rule.and_then(|rule| rule.signal);
        let answer = rule.map_or(&self.answer, |rule| &rule.answer);
        match (signal, answer) {
            (Some(Signal::ContactAsked), _) => {
                Thought::Signal(HandoffSignals { contact_asked: true, ..HandoffSignals::default() })
            }
            (None, Some(answer)) => Thought::Answer(answer.clone()),
            _ => Thought::Signal(HandoffSignals { cannot_answer: true, ..HandoffSignals::default() }),
        }
    }
}

/// What the contact wrote.
pub fn said(turn: &Turn) -> &str {
    let body = turn.message.as_ref().and_then(|message| message.body.as_ref());
    body.map(|body| body.text.as_str()).unwrap_or_default()
}
