//! What hands a conversation of a customer agent over to people: a pure judgement of what was said and done.

mod phrases;

pub use phrases::{BadPhrase, LONGEST_PHRASE, MOST_PHRASES, Phrases, fold};

use serde::{Deserialize, Serialize};

use super::handoff::Reason;

/// Turns in a row at which a runtime may fail, unless somebody says otherwise.
pub const USUAL_FAILURES: u32 = 3;
/// Seconds within which a runtime has to take a turn, unless somebody says otherwise.
pub const USUAL_ACKNOWLEDGEMENT: u32 = 30;

/// How unhappy a visitor may be, and how often in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentimentLimit {
    /// Percent from -100 to 100; what is lower counts.
    pub below: i32,
    /// How often in a row.
    pub times: u32,
}

/// What hands over the conversations of one customer agent, beside what always does; unset, it never does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Triggers {
    /// Words and phrases of visitors.
    pub phrases: Phrases,
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

impl Default for Triggers {
    fn default() -> Self {
        Self {
            phrases: Phrases::default(),
            turn_limit: None,
            same_answers: None,
            sentiment: None,
            inactivity: None,
            failed_turns: USUAL_FAILURES,
            acknowledge_within: USUAL_ACKNOWLEDGEMENT,
        }
    }
}

/// What a runtime says of a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Signals {
    /// It cannot answer.
    pub cannot_answer: bool,
    /// The visitor asks for a person.
    pub asks_for_person: bool,
    /// How happy the visitor is, in percent from -100 to 100.
    pub sentiment: Option<i32>,
}

/// What there is to judge. Counts are of the stretch since the agent got control.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Facts<'a> {
    /// What the visitor wrote; never what the agent or a person wrote (C-087).
    pub said: &'a str,
    /// What the runtime says.
    pub signals: Signals,
    /// The agent is paused.
    pub paused: bool,
    /// Answers, one that is only drafted among them.
    pub answers: u32,
    /// How often in a row the answer was the same, the last one among them.
    pub same_answers: u32,
    /// How often in a row the visitor was unhappier than the limit, now among them.
    pub low_sentiments: u32,
    /// Turns in a row at which the runtime failed.
    pub failed_turns: u32,
    /// A turn was not taken in its time.
    pub not_taken: bool,
    /// Seconds since the oldest message of the visitor without an answer.
    pub owed: u32,
}

/// A trigger that fired.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fired {
    /// Which kind.
    pub reason: Reason,
    /// Phrases of the list; else empty.
    pub phrases: Vec<String>,
}

/// Everything that fires, each kind once, in the order of [`Reason`].
pub fn fired(triggers: &Triggers, facts: &Facts<'_>) -> Vec<Fired> {
    let phrases: Vec<String> = triggers.phrases.found_in(facts.said).into_iter().map(str::to_owned).collect();
    let reached = |limit: Option<u32>, count: u32| limit.is_some_and(|limit| count >= limit);
    let holds = |reason: &Reason| match reason {
        Reason::ContactAsked => facts.signals.asks_for_person,
        Reason::Phrase => !phrases.is_empty(),
        Reason::CannotAnswer => facts.signals.cannot_answer,
        Reason::AgentPaused => facts.paused,
        Reason::AgentFailed => facts.not_taken || facts.failed_turns >= triggers.failed_turns,
        Reason::TurnLimit => reached(triggers.turn_limit, facts.answers),
        Reason::Loop => reached(triggers.same_answers, facts.same_answers),
        Reason::Sentiment => reached(triggers.sentiment.map(|limit| limit.times), facts.low_sentiments),
        Reason::Inactivity => reached(triggers.inactivity, facts.owed),
        // Somebody says so: no trigger.
        Reason::Workflow | Reason::Requested => false,
    };
    let of =
        |reason: Reason| Fired { reason, phrases: if reason == Reason::Phrase { phrases.clone() } else { Vec::new() } };
    Reason::ALL.iter().copied().filter(holds).map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::Reason as T;
    use super::*;

    fn triggers() -> Triggers {
        Triggers {
            phrases: Phrases::stored(vec!["refund".to_owned()]),
            turn_limit: Some(5),
            same_answers: Some(3),
            sentiment: Some(SentimentLimit { below: -50, times: 2 }),
            inactivity: Some(600),
            ..Triggers::default()
        }
    }

    fn reasons(facts: Facts<'_>) -> Vec<Reason> {
        fired(&triggers(), &facts).into_iter().map(|fired| fired.reason).collect()
    }

    // C-090: the defaults hold beside the phrases, and all that fires is told in order.
    #[test]
    fn all_that_fires_is_told_in_order() {
        let signals = Signals { cannot_answer: true, asks_for_person: true, sentiment: None };
        let facts = Facts { said: "a refund, please", signals, paused: true, ..Facts::default() };
        assert_eq!(reasons(facts), [T::ContactAsked, T::Phrase, T::CannotAnswer, T::AgentPaused]);
        assert_eq!(fired(&triggers(), &facts)[1].phrases, ["refund"]);
        assert_eq!(reasons(Facts { said: "hello", ..Facts::default() }), []);
    }

    #[test]
    fn limits_fire_when_they_are_reached_and_not_before() {
        let facts = Facts::default();
        let cases: [(Facts<'_>, Facts<'_>, Reason); 5] = [
            (Facts { answers: 4, ..facts }, Facts { answers: 5, ..facts }, T::TurnLimit),
            (Facts { same_answers: 2, ..facts }, Facts { same_answers: 3, ..facts }, T::Loop),
            (Facts { low_sentiments: 1, ..facts }, Facts { low_sentiments: 2, ..facts }, T::Sentiment),
            (Facts { owed: 599, ..facts }, Facts { owed: 600, ..facts }, T::Inactivity),
            (Facts { failed_turns: 2, ..facts }, Facts { failed_turns: 3, ..facts }, T::AgentFailed),
        ];
        for (before, reached, reason) in cases {
            assert_eq!(reasons(before), [], "{reason}");
            assert_eq!(reasons(reached), [reason]);
        }
        assert_eq!(reasons(Facts { not_taken: true, ..facts }), [T::AgentFailed]);
    }
}
