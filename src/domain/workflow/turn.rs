//! One turn of a run: what is to be done now. Pure: the step, the moment and what holds of the ticket give it.

use std::time::Duration;

use super::{Action, LONGEST_DELAY, Step, StepKind};
use crate::domain::time::Timestamp;

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Turn<'a> {
    /// Nothing until then, which may be now; after it the step named, or the end.
    Wait(Timestamp, Option<&'a str>),
    /// This, and then the step named, or the end.
    Act(&'a Action, Option<&'a str>),
    /// Nothing but going on: the number of the arm that was taken, from 1, 0 for none, and the step, or the end.
    Go(usize, Option<&'a str>),
}

/// What a step asks for.
pub fn turn(step: &Step, now: Timestamp, holds: impl Fn(&str) -> bool) -> Turn<'_> {
    let next = step.next.as_deref();
    match &step.kind {
        StepKind::Delay(seconds) => Turn::Wait(now.plus(Duration::from_secs((*seconds).into())), next),
        StepKind::Until(time) => {
            Turn::Wait((*time).clamp(now, now.plus(Duration::from_secs(LONGEST_DELAY.into()))), next)
        }
        StepKind::Hours(hours) if hours.open_at(now) => Turn::Wait(now, next),
        StepKind::Hours(hours) => Turn::Wait(hours.next_change(now).unwrap_or(now), next),
        StepKind::ByValue(field, arms) => match arms.iter().position(|arm| holds(&arm.condition(field))) {
            Some(taken) => Turn::Go(taken + 1, arms[taken].next.as_deref()),
            None => Turn::Go(0, next),
        },
        StepKind::Act(action) => Turn::Act(action, next),
        StepKind::Branch(arms) => match arms.iter().position(|arm| holds(&arm.condition)) {
            Some(taken) => Turn::Go(taken + 1, arms[taken].next.as_deref()),
            None => Turn::Go(0, next),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Arm, ValueArm};
    use super::*;
    use crate::domain::hours::{Block, Hours};

    fn step(kind: StepKind) -> Step {
        Step { id: "a".to_owned(), next: Some("b".to_owned()), note: String::new(), kind }
    }

    #[test]
    fn a_branch_takes_the_first_arm_that_holds_and_else_the_next_step() {
        let arm = |condition: &str| Arm { condition: condition.to_owned(), next: Some(condition.to_owned()) };
        let branch = step(StepKind::Branch(vec![arm("x"), arm("y")]));
        let now = Timestamp::from_micros(0);
        assert_eq!(turn(&branch, now, |text| text == "y"), Turn::Go(2, Some("y")));
        assert_eq!(turn(&branch, now, |_| true), Turn::Go(1, Some("x")));
        assert_eq!(turn(&branch, now, |_| false), Turn::Go(0, Some("b")));
    }

    #[test]
    fn a_delay_counts_from_the_moment_that_it_is_reached() {
        let delay = step(StepKind::Delay(90));
        let now = Timestamp::from_micros(5);
        assert_eq!(turn(&delay, now, |_| false), Turn::Wait(Timestamp::from_micros(90_000_005), Some("b")));
    }

    // A quote, a star or a backslash in a value is part of it and nothing of the filter language.
    #[test]
    fn a_branch_by_value_compares_with_the_value_as_it_is() {
        let arm = |value: &str| ValueArm { value: value.to_owned(), next: Some("x".to_owned()) };
        assert_eq!(arm(r#"a"b*c\d"#).condition("category"), r#"category = "a\"b\*c\\d""#);
        let branch = step(StepKind::ByValue("source".to_owned(), vec![arm("CHAT"), arm("EMAIL")]));
        let now = Timestamp::from_micros(0);
        assert_eq!(turn(&branch, now, |text| text == r#"source = "EMAIL""#), Turn::Go(2, Some("x")));
        assert_eq!(turn(&branch, now, |_| false), Turn::Go(0, Some("b")));
    }

    // Complaint 30: by the hours of a time zone, over a change of the clock.
    #[test]
    fn hours_and_moments_are_waited_for() {
        let at = |text: &str| Timestamp::parse_rfc3339(text).expect("a time");
        let blocks = vec![Block { day: 0, start: 540, end: 1_020 }];
        let hours = step(StepKind::Hours(Hours { zone: "Europe/Berlin".to_owned(), blocks }));
        let monday = at("2026-03-30T07:00:00Z");
        assert_eq!(turn(&hours, at("2026-03-28T12:00:00Z"), |_| false), Turn::Wait(monday, Some("b")));
        assert_eq!(turn(&hours, monday, |_| false), Turn::Wait(monday, Some("b")));
        let until = step(StepKind::Until(monday));
        assert_eq!(turn(&until, at("2026-03-28T12:00:00Z"), |_| false), Turn::Wait(monday, Some("b")));
        let after = at("2026-03-31T12:00:00Z");
        assert_eq!(turn(&until, after, |_| false), Turn::Wait(after, Some("b")));
    }
}
