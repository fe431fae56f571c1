//! A brain that follows a script: it hears when somebody wants a person, and has one answer for everything else.

use super::tenth::ASKS;
use crate::client::{Brain, Thought};
use crate::domain::triggers::Phrases;
use crate::grpc::pb::v1::{HandoffSignals, Turn};

/// See the module.
#[derive(Debug)]
pub struct Scripted {
    asks: Phrases,
}

impl Scripted {
    /// The script of the replay.
    pub fn new() -> Self {
        Self { asks: Phrases::stored(ASKS.iter().map(|text| (*text).to_owned()).collect()) }
    }
}

impl Brain for Scripted {
    fn think(&self, turn: &Turn) -> Thought {
        let body = turn.message.as_ref().and_then(|message| message.body.as_ref());
        let text = body.map(|body| body.text.as_str()).unwrap_or_default();
        if self.asks.found_in(text).is_empty() {
            Thought::Answer("Thank you for asking. Here is what our help pages say about it.".to_owned())
        } else {
            Thought::Signal(HandoffSignals { contact_asked: true, ..HandoffSignals::default() })
        }
    }
}
