//! Whether everybody got only what they can do, and who got what: pure judgements on what the service's lists say.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;

use super::desk::LEAST;
use super::intents::{NEEDS, skill_of};
use crate::domain::hours::Hours;
use crate::domain::time::Timestamp;

/// One ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// Its name.
    pub ticket: String,
    /// What it is about.
    pub intent: String,
    /// Id of its owner; empty when it has none.
    pub owner: String,
}

/// One person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// The id.
    pub user: String,
    /// Skills with levels.
    pub skills: BTreeMap<String, i32>,
    /// Working hours.
    pub hours: Hours,
}

/// One decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    /// The ticket.
    pub ticket: String,
    /// Who got it; empty for nobody.
    pub user: String,
    /// The rule that matched.
    pub rule: String,
    /// How many people each reason excluded.
    pub exclusions: BTreeMap<String, i32>,
    /// When.
    pub time: Timestamp,
}

/// What became of the tickets that ask for one skill.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Row {
    /// The skill.
    pub skill: &'static str,
    /// Tickets that ask for it.
    pub tickets: usize,
    /// Tickets by who got them.
    pub people: BTreeMap<String, usize>,
    /// Why others did not, with how many people in the last decision.
    pub passed_over: BTreeMap<String, i32>,
}

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Skilled {
    /// Tickets whose owner lacks the skill.
    pub wrong_skill: usize,
    /// Tickets whose decision names another rule than that of their skill, or another person than their owner.
    pub wrong_decision: usize,
    /// Tickets that somebody got outside of the working hours.
    pub outside_hours: usize,
    /// Tickets without an owner.
    pub unassigned: usize,
    /// By skill.
    pub skills: Vec<Row>,
}

/// Compares who got what with who can do what.
pub fn judge(given: &[Given], holders: &[Holder], decided: &[Decided]) -> Skilled {
    let holders: BTreeMap<&str, &Holder> = holders.iter().map(|holder| (holder.user.as_str(), holder)).collect();
    let decided: BTreeMap<&str, &Decided> = decided.iter().map(|it| (it.ticket.as_str(), it)).collect();
    let mut rows: BTreeMap<&str, Row> =
        NEEDS.iter().map(|need| (need.skill, Row { skill: need.skill, ..Row::default() })).collect();
    let mut found = Skilled::default();
    for ticket in given {
        let skill = skill_of(&ticket.intent);
        let level = |holder: &&Holder| skill.and_then(|skill| holder.skills.get(skill)).copied().unwrap_or_default();
        let able = holders.get(ticket.owner.as_str()).is_some_and(|holder| level(holder) >= LEAST);
        found.unassigned += usize::from(ticket.owner.is_empty());
        found.wrong_skill += usize::from(!ticket.owner.is_empty() && !able);
        let decision = decided.get(ticket.ticket.as_str());
        let agrees = |it: &&Decided| Some(it.rule.as_str()) == skill && it.user == ticket.owner;
        found.wrong_decision += usize::from(!decision.is_some_and(agrees));
        let at_work = |it: &&Decided| holders.get(it.user.as_str()).is_none_or(|holder| holder.hours.open_at(it.time));
        found.outside_hours += usize::from(decision.is_some_and(|it| !at_work(it)));
        if let Some(row) = skill.and_then(|skill| rows.get_mut(skill)) {
            row.tickets += 1;
            *row.people.entry(ticket.owner.clone()).or_default() += 1;
            row.passed_over = decision.map(|it| it.exclusions.clone()).unwrap_or_default();
        }
    }
    found.skills = rows.into_values().collect();
    found
}

impl Skilled {
    /// One sentence for each thing that is off; none when all is well.
    pub fn complaints(&self) -> Vec<String> {
        let all = [
            (self.wrong_skill, "tickets went to somebody who lacks the skill"),
            (self.wrong_decision, "tickets have a decision that does not fit them"),
            (self.outside_hours, "tickets went to somebody outside of the working hours"),
            (self.unassigned, "tickets went to nobody"),
        ];
        all.into_iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect()
    }

    /// Who got what, and why not the others; for people.
    pub fn table(&self) -> String {
        let mut text = format!("{:<16} {:>7}  who got them; why not others\n", "skill", "tickets");
        for row in &self.skills {
            let people: Vec<String> = row.people.iter().map(|(user, count)| format!("{user} {count}")).collect();
            let reasons = row.passed_over.iter().map(|(reason, count)| format!("{count} {}", reason.replace('_', " ")));
            let (people, reasons) = (people.join(", "), reasons.collect::<Vec<_>>().join(", "));
            // Writing to a text cannot fail.
            let _ = writeln!(text, "{:<16} {:>7}  {people}; {reasons}", row.skill, row.tickets);
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::hours::Block;

    fn given(owner: &str) -> Given {
        Given { ticket: "t".to_owned(), intent: "exchange_rate".to_owned(), owner: owner.to_owned() }
    }

    fn holder(level: i32) -> Holder {
        let block = Block { day: 3, start: 0, end: 60 };
        let hours = Hours { zone: "UTC".to_owned(), blocks: vec![block] };
        Holder { user: "ada".to_owned(), skills: [("exchange".to_owned(), level)].into(), hours }
    }

    fn decided(rule: &str, user: &str) -> Decided {
        let exclusions = [("skill".to_owned(), 59)].into();
        // The first second of a Thursday.
        let time = Timestamp::from_micros(0);
        Decided { ticket: "t".to_owned(), user: user.to_owned(), rule: rule.to_owned(), exclusions, time }
    }

    #[test]
    fn who_got_a_ticket_outside_of_the_hours_is_found() {
        let late = Decided { time: Timestamp::from_micros(3_600_000_000), ..decided("exchange", "ada") };
        assert_eq!(judge(&[given("ada")], &[holder(2)], &[late]).outside_hours, 1);
        assert_eq!(judge(&[given("ada")], &[holder(2)], &[decided("exchange", "ada")]).outside_hours, 0);
    }

    #[test]
    fn a_wrong_owner_a_wrong_decision_and_no_owner_are_found() {
        let judged = |owner, level, rule, user| {
            let found = judge(&[given(owner)], &[holder(level)], &[decided(rule, user)]);
            (found.wrong_skill, found.wrong_decision, found.unassigned)
        };
        assert_eq!(judged("ada", 2, "exchange", "ada"), (0, 0, 0));
        assert_eq!(judged("ada", 1, "exchange", "ada"), (1, 0, 0));
        assert_eq!(judged("zoe", 2, "exchange", "zoe"), (1, 0, 0));
        assert_eq!(judged("ada", 2, "cash", "ada"), (0, 1, 0));
        assert_eq!(judged("", 2, "exchange", "ada"), (0, 1, 1));
    }

    #[test]
    fn the_table_says_who_got_what_and_why_not_others() {
        let found = judge(&[given("ada"), given("ada")], &[holder(3)], &[decided("exchange", "ada")]);
        let line = found.table().lines().find(|line| line.starts_with("exchange")).map(str::to_owned);
        assert_eq!(line.as_deref(), Some("exchange               2  ada 2; 59 skill"));
        assert_eq!(found.complaints(), Vec::<String>::new());
    }
}
