//! One turn of a run: what is to be done now. Pure: the step, the moment and what holds of the ticket give it.

use std::time::Duration;

use super::{Action, Step, StepKind};
use crate::domain::time::Timestamp;

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Turn<'a> {
    /// Nothing until then; after it the step named, or the end.
    Wait(Timestamp, Option<&'a str>),
    /// This, and then the step named, or the end.
    Act(&'a Action, Option<&'a str>),
    /// Nothing but going on: the number of the arm that was taken, from 1, 0 for none, and the step, or the end.
    Go(usize, Option<&'a str>),
}

/// What a step asks for.
pub fn turn<'a>(step: &'a Step, now: Timestamp, holds: impl Fn(&str) -> bool) -> Turn<'a> {
    let next = step.next.as_deref();
    match &step.kind {
        StepKind::Delay(seconds) => Turn::Wait(now.plus(Duration::from_secs((*seconds).into())), next),
        StepKind::Act(action) => Turn::Act(action, next),
        StepKind::Branch(arms) => match arms.iter().position(|arm| holds(&arm.condition)) {
            Some(taken) => Turn::Go(taken + 1, arms[taken].next.as_deref()),
            None => Turn::Go(0, next),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::super::Arm;
    use super::*;

    fn step(kind: StepKind) -> Step {
        Step { id: "a".to_owned(), next: Some("b".to_owned()), kind }
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
}
