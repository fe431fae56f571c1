//! What hands a conversation of a customer agent over to people: a pure judgement of what was said and done.

mod phrases;

pub use phrases::{BadPhrase, LONGEST_PHRASE, MOST_PHRASES, Phrases};

use super::codes::coded;
use super::handoff_settings::HandoffSettings;

coded! {
    /// Why a conversation is handed over, in the order in which several are told (C-090).
    TriggerReason {
        /// The visitor asks for a person, as the runtime found.
        ContactAsked = "contact_asked",
        /// The visitor wrote a word or phrase of the list.
        Phrase = "phrase",
        /// The agent cannot answer, as the runtime says.
        CannotAnswer = "cannot_answer",
        /// The agent is paused, by hand or for lack of credits (R-213, C-009).
        AgentPaused = "agent_paused",
        /// The runtime did not take a turn in time, or failed at several in a row.
        AgentFailed = "agent_failed",
        /// The agent has answered often enough.
        TurnLimit = "turn_limit",
        /// The agent says the same again and again.
        Loop = "loop",
        /// The visitor is unhappy, as the runtime found.
        Sentiment = "sentiment",
        /// The agent has owed an answer for too long.
        Inactivity = "inactivity",
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
    pub reason: TriggerReason,
    /// Phrases of the list; else empty.
    pub phrases: Vec<String>,
}

/// Everything that fires, each kind once, in the order of [`TriggerReason`].
pub fn fired(settings: &HandoffSettings, facts: &Facts<'_>) -> Vec<Fired> {
    let phrases: Vec<String> = settings.phrases.found_in(facts.said).into_iter().map(str::to_owned).collect();
    let options = &settings.options;
    let reached = |limit: Option<u32>, count: u32| limit.is_some_and(|limit| count >= limit);
    let holds = |reason: &TriggerReason| match reason {
        TriggerReason::ContactAsked => facts.signals.asks_for_person,
        TriggerReason::Phrase => !phrases.is_empty(),
        TriggerReason::CannotAnswer => facts.signals.cannot_answer,
        TriggerReason::AgentPaused => facts.paused,
        TriggerReason::AgentFailed => facts.not_taken || facts.failed_turns >= options.failed_turns,
        TriggerReason::TurnLimit => reached(options.turn_limit, facts.answers),
        TriggerReason::Loop => reached(options.same_answers, facts.same_answers),
        TriggerReason::Sentiment => reached(options.sentiment.map(|limit| limit.times), facts.low_sentiments),
        TriggerReason::Inactivity => reached(options.inactivity, facts.owed),
    };
    let of = |reason: TriggerReason| Fired {
        reason,
        phrases: if reason == TriggerReason::Phrase { phrases.clone() } else { Vec::new() },
    };
    TriggerReason::ALL.iter().copied().filter(holds).map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::handoff_settings::{Options, SentimentLimit};

    fn settings() -> HandoffSettings {
        let options = Options {
            turn_limit: Some(5),
            same_answers: Some(3),
            sentiment: Some(SentimentLimit { below: -50, times: 2 }),
            inactivity: Some(600),
            ..Options::default()
        };
        HandoffSettings { phrases: Phrases::stored(vec!["refund".to_owned()]), options, ..HandoffSettings::default() }
    }

    fn reasons(facts: Facts<'_>) -> Vec<TriggerReason> {
        fired(&settings(), &facts).into_iter().map(|fired| fired.reason).collect()
    }

    // C-090: the defaults hold beside the phrases, and all that fires is told in order.
    #[test]
    fn all_that_fires_is_told_in_order() {
        let signals = Signals { cannot_answer: true, asks_for_person: true, sentiment: None };
        let facts = Facts { said: "a refund, please", signals, paused: true, ..Facts::default() };
        use TriggerReason as T;
        assert_eq!(reasons(facts), [T::ContactAsked, T::Phrase, T::CannotAnswer, T::AgentPaused]);
        assert_eq!(fired(&settings(), &facts)[1].phrases, ["refund"]);
        assert_eq!(reasons(Facts { said: "hello", ..Facts::default() }), []);
    }

    #[test]
    fn limits_fire_when_they_are_reached_and_not_before() {
        use TriggerReason as T;
        let cases: [(Facts<'_>, Facts<'_>, TriggerReason); 5] = [
            (Facts { answers: 4, ..Facts::default() }, Facts { answers: 5, ..Facts::default() }, T::TurnLimit),
            (Facts { same_answers: 2, ..Facts::default() }, Facts { same_answers: 3, ..Facts::default() }, T::Loop),
            (Facts { low_sentiments: 1, ..Facts::default() }, Facts { low_sentiments: 2, ..Facts::default() }, T::Sentiment),
            (Facts { owed: 599, ..Facts::default() }, Facts { owed: 600, ..Facts::default() }, T::Inactivity),
            (Facts { failed_turns: 2, ..Facts::default() }, Facts { failed_turns: 3, ..Facts::default() }, T::AgentFailed),
        ];
        for (before, reached, reason) in cases {
            assert_eq!(reasons(before), [], "{reason}");
            assert_eq!(reasons(reached), [reason]);
        }
        assert_eq!(reasons(Facts { not_taken: true, ..Facts::default() }), [T::AgentFailed]);
    }
}
