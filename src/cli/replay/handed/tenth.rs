//! Which questions are to be handed over, and why: a seeded tenth of them, listed in `tenth.csv`.

use std::collections::BTreeMap;

use super::super::questions::Question;

/// The list: number of the question, from 0, and of the sentence that it ends with.
const LIST: &str = include_str!("tenth.csv");

/// Phrases of the triggers.
pub const PHRASES: [&str; 3] = ["ombudsman", "legal action", "chargeback"];
/// What the brain takes for somebody who wants a person.
pub const ASKS: [&str; 2] = ["talk to a human", "put me through"];

/// Why a question is to be handed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// It asks for a person.
    Asks,
    /// It holds a phrase.
    Phrase,
}

impl Why {
    /// The reason, as the service tells it.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Asks => "CONTACT_ASKED",
            Self::Phrase => "PHRASE",
        }
    }
}

/// What may be said at the end of a question.
const SENTENCES: [(&str, Why); 5] = [
    ("Can I TALK to a human, please?", Why::Asks),
    ("Please put me through to a person.", Why::Asks),
    ("I will call the Ombudsman.", Why::Phrase),
    ("Otherwise I take\u{a0}legal  action!", Why::Phrase),
    ("I want my chargeback.", Why::Phrase),
];

/// One question of the plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// What the service knows it by.
    pub id: String,
    /// What is written.
    pub text: String,
    /// Why it is to be handed over; none: it is not.
    pub why: Option<Why>,
}

/// The questions with the sentences of those that the list names.
pub fn planned(questions: Vec<Question>) -> Vec<Planned> {
    let listed = listed();
    let planned = |(number, question): (usize, Question)| {
        let sentence = listed.get(&number).and_then(|sentence| SENTENCES.get(*sentence));
        let text = sentence.map_or(question.text.clone(), |(words, _)| format!("{} {words}", question.text));
        Planned { id: format!("handed-{number}"), text, why: sentence.map(|(_, why)| *why) }
    };
    questions.into_iter().enumerate().map(planned).collect()
}

fn listed() -> BTreeMap<usize, usize> {
    let row = |line: &str| {
        let (question, sentence) = line.split_once(',')?;
        Some((question.parse().ok()?, sentence.parse().ok()?))
    };
    LIST.lines().skip(1).filter_map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::super::super::generate;
    use super::*;
    use crate::domain::triggers::Phrases;

    #[test]
    fn a_tenth_is_listed_each_with_a_sentence() {
        let listed = listed();
        assert_eq!((listed.len(), LIST.lines().count()), (1_000, 1_001));
        assert!(listed.iter().all(|(question, sentence)| *question < 10_003 && *sentence < SENTENCES.len()));
        assert!((60..=140).contains(&listed.range(..1_000).count()), "a tenth of the first thousand too");
    }

    #[test]
    fn exactly_those_say_what_they_are_to_be_handed_over_for() {
        let of = |texts: &[&str]| Phrases::stored(texts.iter().map(|text| (*text).to_owned()).collect());
        let (phrases, asks) = (of(&PHRASES), of(&ASKS));
        for planned in planned(generate::questions(2_000)) {
            let found = (!phrases.found_in(&planned.text).is_empty(), !asks.found_in(&planned.text).is_empty());
            let why = planned.why;
            assert_eq!(found, (why == Some(Why::Phrase), why == Some(Why::Asks)), "{}", planned.text);
        }
    }
}
