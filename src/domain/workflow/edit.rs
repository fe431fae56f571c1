//! Changes of a definition step by step, as the actions of a status are changed.

use std::collections::BTreeSet;

use super::{Definition, Step, StepKind, Trigger, TriggerKind};
use crate::domain::ids::{PipelineId, StatusId};

/// Live chat and Messenger are left out unless somebody says otherwise (R-198, R-199, C-081, C-082).
const NO_CHAT: &str = "source != CHAT";

impl Definition {
    /// What the actions of a status begin with: every entry, again and again (C-077), but for chats.
    pub fn of_status(pipeline: PipelineId, status: StatusId) -> Self {
        let entered =
            Trigger { kind: TriggerKind::StatusEntered, statuses: vec![(pipeline, status)], field: String::new() };
        Self { triggers: vec![entered], condition: NO_CHAT.to_owned(), again: true, steps: Vec::new() }
    }

    /// Puts a step behind another one, or at the end of the way that no branch leaves. Says whether the other is there.
    pub fn insert(&mut self, mut step: Step, after: Option<&str>) -> bool {
        let place = match after {
            Some(id) => self.steps.iter().position(|other| other.id == id),
            None => self.end(),
        };
        match place {
            Some(place) => {
                step.next = self.steps[place].next.replace(step.id.clone());
                self.steps.insert(place + 1, step);
                true
            }
            None if self.steps.is_empty() && after.is_none() => {
                step.next = None;
                self.steps.push(step);
                true
            }
            None => false,
        }
    }

    /// The last step of the way that goes past every arm.
    fn end(&self) -> Option<usize> {
        let mut at = self.steps.first().map(|_| 0)?;
        while let Some(next) = self.steps[at].next.as_deref() {
            at = self.steps.iter().position(|step| step.id == next)?;
        }
        Some(at)
    }

    /// Takes a step out. What stood before it goes on with what stood behind it, or ends there with everything
    /// that only it led to (R-195, C-083).
    pub fn remove(&mut self, id: &str, later_too: bool) {
        let Some(step) = self.step(id) else { return };
        let next = step.next.clone().filter(|_| !later_too);
        let entry = match self.steps.first() {
            Some(first) if first.id == id => next.clone(),
            first => first.map(|first| first.id.clone()),
        };
        for step in &mut self.steps {
            step.links().filter(|link| link.as_deref() == Some(id)).for_each(|link| link.clone_from(&next));
        }
        let kept = self.reached(entry);
        self.steps.retain(|step| kept.contains(&step.id));
    }

    /// The steps that a run may come to.
    fn reached(&self, entry: Option<String>) -> BTreeSet<String> {
        let (mut found, mut open) = (BTreeSet::new(), Vec::from_iter(entry));
        while let Some(id) = open.pop() {
            if let Some(step) = self.step(&id).filter(|_| found.insert(id.clone())) {
                open.extend(step.next.iter().chain(step.arms().into_iter().flatten()).cloned());
            }
        }
        found
    }

    /// Whether the steps stand in a row: no branch leads anywhere else.
    pub fn is_row(&self) -> bool {
        let mut next = self.steps.iter().skip(1).map(|step| Some(&step.id)).chain([None]);
        self.steps.iter().all(|step| step.arms().is_empty() && Some(step.next.as_ref()) == next.next())
    }

    /// Puts steps that stand in a row into another order. Says whether every one was named once.
    pub fn reorder(&mut self, ids: &[String]) -> bool {
        let named: BTreeSet<&String> = ids.iter().collect();
        if named.len() != ids.len() || ids.len() != self.steps.len() {
            return false;
        }
        let found: Option<Vec<Step>> = ids.iter().map(|id| self.step(id).cloned()).collect();
        let Some(mut steps) = found else { return false };
        let next = ids.iter().skip(1).cloned().map(Some).chain([None]);
        steps.iter_mut().zip(next).for_each(|(step, next)| step.next = next);
        self.steps = steps;
        true
    }
}

impl Step {
    /// Everything that says where it leads.
    fn links(&mut self) -> impl Iterator<Item = &mut Option<String>> {
        let arms: Vec<&mut Option<String>> = match &mut self.kind {
            StepKind::Branch(arms) => arms.iter_mut().map(|arm| &mut arm.next).collect(),
            StepKind::ByValue(_, arms) => arms.iter_mut().map(|arm| &mut arm.next).collect(),
            _ => Vec::new(),
        };
        std::iter::once(&mut self.next).chain(arms)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Arm;
    use super::*;

    fn step(id: &str, next: Option<&str>, kind: StepKind) -> Step {
        Step { id: id.to_owned(), next: next.map(str::to_owned), note: String::new(), kind }
    }

    fn delay(id: &str) -> Step {
        step(id, None, StepKind::Delay(60))
    }

    fn row(ids: &[&str]) -> Definition {
        let mut definition = Definition::default();
        for id in ids {
            assert!(definition.insert(delay(id), None));
        }
        definition
    }

    fn ids(definition: &Definition) -> Vec<&str> {
        assert!(definition.steps.is_empty() || definition.broken().is_none(), "{definition:?}");
        definition.steps.iter().map(|step| step.id.as_str()).collect()
    }

    /// a, then b when it holds and else c; both come together in d.
    fn fork() -> Definition {
        let arm = Arm { condition: "x".to_owned(), next: Some("b".to_owned()) };
        let branch = step("a", Some("c"), StepKind::Branch(vec![arm]));
        let steps = vec![branch, step("b", Some("d"), StepKind::Delay(60)), step("c", Some("d"), StepKind::Delay(60))];
        Definition { steps: steps.into_iter().chain([delay("d")]).collect(), ..Definition::default() }
    }

    // in order, at the end or behind another one.
    #[test]
    fn steps_are_put_behind_each_other() {
        let mut three = row(&["a", "b", "c"]);
        assert!(three.is_row() && three.insert(delay("x"), Some("a")));
        assert_eq!(ids(&three), ["a", "x", "b", "c"]);
        assert!(three.is_row() && !three.insert(delay("y"), Some("z")));
        assert!(three.reorder(&["c", "x", "a", "b"].map(str::to_owned)) && three.is_row());
        assert_eq!(ids(&three), ["c", "x", "a", "b"]);
        assert!(!three.reorder(&["c", "x", "a"].map(str::to_owned)));
        assert!(!three.reorder(&["c", "c", "a", "b"].map(str::to_owned)));
    }

    //
    #[test]
    fn one_goes_alone_or_with_all_later_ones() {
        let after = |id: &str, later: bool| {
            let mut three = row(&["a", "b", "c"]);
            three.remove(id, later);
            ids(&three).join("")
        };
        assert_eq!([after("a", false), after("b", false), after("c", false)], ["bc", "ac", "ab"]);
        assert_eq!([after("a", true), after("b", true), after("c", true)], ["", "a", "ab"]);
        assert_eq!(after("x", true), "abc");
    }

    // C-083: inside a branch, all later ones of that branch; what another way leads to as well stays.
    #[test]
    fn in_a_branch_the_later_ones_are_those_of_the_branch() {
        let after = |id: &str, later: bool| {
            let mut fork = fork();
            fork.remove(id, later);
            ids(&fork).join("")
        };
        assert_eq!([after("b", true), after("b", false), after("d", true)], ["acd", "acd", "abc"]);
        assert_eq!([after("a", false), after("a", true)], ["cd", ""], "the arms go with their branch");
        assert!(!fork().is_row());
    }
}
