//! Whether exactly the listed questions were handed over, each once, and every other one answered once: a pure judgement.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;

use super::tenth::{Planned, Why};

/// How a conversation stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Talk {
    /// The customer agent that has control; empty: none.
    pub agent: String,
    /// Messages in it.
    pub messages: i32,
}

/// A hand-off.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HandedOver {
    /// Why, as the service tells it.
    pub reasons: String,
    /// Somebody has it.
    pub given: bool,
    /// The customer was told.
    pub told: bool,
}

/// What became of the questions of one kind.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Row {
    /// What is to become of them.
    pub kind: &'static str,
    /// Questions.
    pub questions: usize,
    /// Handed over.
    pub handed: usize,
    /// Answered by the agent.
    pub answered: usize,
}

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Handed {
    /// Questions without a conversation, or with one that they share.
    pub lost: usize,
    /// Listed, and not handed over for their reason.
    pub missed: usize,
    /// Handed over more than once.
    pub twice: usize,
    /// Handed over, and not listed.
    pub wrongly: usize,
    /// Handed over, and to nobody, or the customer was not told.
    pub left: usize,
    /// Listed, and answered by the agent all the same; or still its own.
    pub talked_over: usize,
    /// Not listed, and not answered once by the agent that has it.
    pub unanswered: usize,
    /// By kind.
    pub kinds: Vec<Row>,
}

/// Compares what became of each conversation with what its question asks for.
pub fn judge(
    plan: &[Planned],
    sent: &BTreeMap<usize, String>,
    handed: &BTreeMap<String, Vec<HandedOver>>,
    talks: &BTreeMap<String, Talk>,
    agent: &str,
) -> Handed {
    let kinds = [Some(Why::Asks), Some(Why::Phrase), None];
    let mut rows = kinds.map(|why| Row { kind: why.map_or("to be answered", Why::code), ..Row::default() });
    let mut found = Handed::default();
    let mut seen = BTreeMap::new();
    for (number, planned) in plan.iter().enumerate() {
        let name = sent.get(&number).map(String::as_str).unwrap_or_default();
        let Some(talk) = talks.get(name).filter(|_| seen.insert(name, number).is_none()) else {
            found.lost += 1;
            continue;
        };
        let times = handed.get(name).map(Vec::as_slice).unwrap_or_default();
        // The question, and one answer; or that it was handed over.
        let (held, said_once) = (talk.agent == agent, talk.messages == 2);
        if let Some(row) = rows.iter_mut().zip(kinds).find(|(_, why)| *why == planned.why).map(|(row, _)| row) {
            row.questions += 1;
            row.handed += usize::from(!times.is_empty());
            row.answered += usize::from(held && said_once);
        }
        found.twice += usize::from(times.len() > 1);
        found.left += usize::from(times.iter().any(|one| !one.given || !one.told));
        if let Some(why) = planned.why {
            found.missed += usize::from(times.first().is_none_or(|one| one.reasons != why.code()));
            found.talked_over += usize::from(held || !said_once);
        } else {
            found.wrongly += usize::from(!times.is_empty());
            found.unanswered += usize::from(!held || !said_once);
        }
    }
    found.kinds = rows.into();
    found
}

impl Handed {
    /// One sentence for each thing that is off; none when all is well.
    pub fn complaints(&self) -> Vec<String> {
        let all = [
            (self.lost, "questions have no conversation of their own"),
            (self.missed, "questions were not handed over for what they say"),
            (self.twice, "questions were handed over more than once"),
            (self.wrongly, "questions were handed over without a reason"),
            (self.left, "questions were handed over to nobody, or the customer was not told"),
            (self.talked_over, "questions were answered by the agent, or are still its own, though handed over"),
            (self.unanswered, "questions were not answered once by the agent"),
        ];
        all.into_iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect()
    }

    /// What became of the questions, for people.
    pub fn table(&self) -> String {
        let mut text = format!("{:<16} {:>9} {:>11} {:>9}\n", "asked for", "questions", "handed over", "answered");
        for Row { kind, questions, handed, answered } in &self.kinds {
            // Writing to a text cannot fail.
            let _ = writeln!(text, "{kind:<16} {questions:>9} {handed:>11} {answered:>9}");
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn planned(why: Option<Why>) -> Planned {
        Planned { id: "q".to_owned(), text: "?".to_owned(), why }
    }

    fn handed(reasons: &str) -> HandedOver {
        HandedOver { reasons: reasons.to_owned(), given: true, told: true }
    }

    fn judged(why: Option<Why>, times: &[&str], agent: &str, messages: i32) -> Handed {
        of(why, times.iter().map(|reasons| handed(reasons)).collect(), agent, messages)
    }

    fn of(why: Option<Why>, times: Vec<HandedOver>, agent: &str, messages: i32) -> Handed {
        let sent = [(0, "c".to_owned())].into();
        let handed = if times.is_empty() { BTreeMap::new() } else { [("c".to_owned(), times)].into() };
        let talks = [("c".to_owned(), Talk { agent: agent.to_owned(), messages })].into();
        judge(&[planned(why)], &sent, &handed, &talks, "ava")
    }

    #[test]
    fn what_is_listed_is_handed_over_once_for_its_reason_and_told_alone() {
        let why = Some(Why::Phrase);
        assert_eq!(judged(why, &["PHRASE"], "", 2).complaints(), Vec::<String>::new());
        assert_eq!(judged(why, &[], "", 2).missed, 1);
        assert_eq!(judged(why, &["CONTACT_ASKED"], "", 2).missed, 1);
        assert_eq!(judged(why, &["PHRASE,CONTACT_ASKED"], "", 2).missed, 1);
        assert_eq!(judged(why, &["PHRASE", "PHRASE"], "", 2).twice, 1);
        assert_eq!((judged(why, &["PHRASE"], "", 1).talked_over, judged(why, &["PHRASE"], "", 3).talked_over), (1, 1));
        assert_eq!(judged(why, &["PHRASE"], "ava", 2).talked_over, 1);
        let (nobody, untold) =
            (HandedOver { given: false, ..handed("PHRASE") }, HandedOver { told: false, ..handed("PHRASE") });
        assert_eq!((of(why, vec![nobody], "", 2).left, of(why, vec![untold], "", 2).left), (1, 1));
    }

    #[test]
    fn everything_else_is_answered_once_by_the_agent() {
        assert_eq!(judged(None, &[], "ava", 2).complaints(), Vec::<String>::new());
        assert_eq!(judged(None, &["PHRASE"], "ava", 2).wrongly, 1);
        assert_eq!(judged(None, &[], "", 2).unanswered, 1);
        assert_eq!((judged(None, &[], "ava", 1).unanswered, judged(None, &[], "ava", 3).unanswered), (1, 1));
    }

    #[test]
    fn a_conversation_is_one_questions_alone() {
        let sent = [(0, "c".to_owned()), (1, "c".to_owned())].into();
        let talks = [("c".to_owned(), Talk { agent: "ava".to_owned(), messages: 2 })].into();
        let found = judge(&[planned(None), planned(None)], &sent, &BTreeMap::new(), &talks, "ava");
        assert_eq!(found.lost, 1);
    }

    #[test]
    fn the_table_says_what_became_of_which() {
        let table = judged(Some(Why::Asks), &["CONTACT_ASKED"], "", 2).table();
        assert_eq!(table.lines().nth(1), Some("CONTACT_ASKED            1           1         0"));
    }
}
