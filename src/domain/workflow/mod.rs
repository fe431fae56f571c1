//! Workflows: what happens by itself when something happens to a ticket. Pure: the definition, the run, one turn of it.

mod edit;
mod run;
mod step;
pub mod templates;
mod turn;

pub use run::{Chain, LogEntry, MOST_ACTIONS, MOST_DEPTH, MOST_STATUS_CHANGES, MOST_TRIES, Origin, Run, RunState};
pub use step::{Action, Arm, ContactSource, Notice, Rotation, Step, StepKind, ValueArm};
pub use turn::{Turn, turn};

use serde::{Deserialize, Serialize};

use super::codes::coded;
use super::event::{Actor, Event, EventType, SystemActor};
use super::filter::schema::{WORKFLOW, WorkflowField};
use super::filter::{Context, FilterError, Plan, check, matches, parse};
use super::ids::{AccountId, PipelineId, StatusId, TextBlockId, UserId, WorkflowId};
use super::names::Name;
use super::plan::Feature;
use super::property::Property;
use super::ticket::Ticket;
use super::time::Timestamp;

/// Workflows of one account at most (L-24).
pub const MOST_WORKFLOWS: usize = 200;
/// Steps of one workflow at most.
pub const MOST_STEPS: usize = 100;
/// Arms of one branch at most.
pub const MOST_ARMS: usize = 20;
/// The shortest delay (C-086).
pub const SHORTEST_DELAY: u32 = 60;
/// The longest delay (C-086).
pub const LONGEST_DELAY: u32 = 365 * 86_400;

coded! {
    /// Whether a workflow takes tickets in.
    WorkflowState { Off = "off", On = "on" }
}

coded! {
    /// What takes a ticket in.
    TriggerKind {
        /// A ticket was made.
        Created = "created",
        /// A ticket reached a status, at its creation too (C-077).
        StatusEntered = "status_entered",
        /// A field of a ticket changed.
        FieldChanged = "field_changed",
        /// A message came in.
        MessageReceived = "message_received",
        /// A message was sent, but not by a workflow.
        MessageSent = "message_sent",
        /// The owner changed.
        OwnerChanged = "owner_changed",
    }
}

/// What takes a ticket in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trigger {
    /// What happens.
    #[serde(rename = "k")]
    pub kind: TriggerKind,
    /// Of STATUS_ENTERED: which statuses; empty: any.
    #[serde(rename = "s", default)]
    pub statuses: Vec<(PipelineId, StatusId)>,
    /// Of FIELD_CHANGED: which field.
    #[serde(rename = "f", default)]
    pub field: String,
}

impl Trigger {
    /// Whether an event about a ticket is what takes it in. The status that counts is the one that the event tells, whichever
    /// followed it since (C-077).
    pub fn fits(&self, event: &Event, account: &AccountId) -> bool {
        let changed = |field: &str| event.fields.iter().any(|change| change.field == field);
        let created = event.kind == EventType::TicketCreated;
        match self.kind {
            TriggerKind::Created => created,
            TriggerKind::StatusEntered => {
                let entered = event.fields.iter().find(|change| change.field == "status");
                let is = |(pipeline, status): &(PipelineId, StatusId), name: &str| {
                    Name::Status(pipeline.clone(), status.clone()).within(account) == name
                };
                let wanted = |name: &str| self.statuses.is_empty() || self.statuses.iter().any(|it| is(it, name));
                entered.is_some_and(|change| wanted(&change.after))
            }
            TriggerKind::FieldChanged => !created && changed(&self.field),
            TriggerKind::MessageReceived => event.kind == EventType::MessageReceived,
            TriggerKind::MessageSent => {
                event.kind == EventType::MessageSent && event.actor != Actor::System(SystemActor::Workflow)
            }
            TriggerKind::OwnerChanged => changed("owner"),
        }
    }
}

/// What a workflow does. Never changes: an edit makes another one, and runs finish on theirs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Definition {
    /// What takes tickets in; any of them. None: by hand only.
    #[serde(rename = "t")]
    pub triggers: Vec<Trigger>,
    /// Which tickets, in the filter language; empty: all.
    #[serde(rename = "c")]
    pub condition: String,
    /// Whether a ticket may come in again once it is through.
    #[serde(rename = "a")]
    pub again: bool,
    /// The steps; the first begins.
    #[serde(rename = "s")]
    pub steps: Vec<Step>,
}

/// A workflow with what it does now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workflow {
    /// Chosen id.
    pub id: WorkflowId,
    /// Name for people.
    pub display_name: String,
    /// Whether it takes tickets in.
    pub state: WorkflowState,
    /// The number of its definition; grows with each edit.
    pub revision: i64,
    /// What it does now.
    pub definition: Definition,
    /// The status whose actions it is; none: it is a workflow of its own.
    pub of_status: Option<(PipelineId, StatusId)>,
    /// The template that it was made from; empty: none.
    pub template: String,
    /// When it was made.
    pub create_time: Timestamp,
    /// When it last changed.
    pub update_time: Timestamp,
    /// The etag.
    pub version: i64,
}

/// A definition that is kept for the runs on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revision {
    /// The workflow.
    pub workflow: WorkflowId,
    /// Its number.
    pub number: i64,
    /// What the workflow did then.
    pub definition: Definition,
    /// When it was made.
    pub create_time: Timestamp,
}

/// A condition, ready to be judged.
///
/// # Errors
/// What is wrong with its text.
pub fn condition(
    text: &str,
    account: &AccountId,
    now: Timestamp,
    properties: &[Property],
) -> Result<Plan<WorkflowField>, FilterError> {
    let context = Context { account, me: None, my_teams: &[], now, properties };
    parse(text).and_then(|expr| check(&expr, &WORKFLOW, &context))
}

/// Whether a condition holds for a ticket. An empty one does; one that cannot be read any more does not.
pub fn holds(text: &str, ticket: &Ticket, account: &AccountId, now: Timestamp, properties: &[Property]) -> bool {
    text.trim().is_empty() || condition(text, account, now, properties).is_ok_and(|plan| matches(&plan, ticket))
}

impl Workflow {
    /// What takes tickets in.
    pub fn triggers(&self) -> &[Trigger] {
        &self.definition.triggers
    }

    /// What an account must have bought for it.
    pub fn feature(&self) -> Feature {
        if self.of_status.is_some() { Feature::StatusActions } else { Feature::Workflows }
    }

    /// Whether it is kept only for tickets that are on their way: its status has no action any more.
    pub fn is_over(&self) -> bool {
        self.of_status.is_some() && self.definition.steps.is_empty()
    }

    /// Whether a ticket may come in that has been in before; status actions begin anew each time (C-077).
    pub fn takes_again(&self) -> bool {
        self.definition.again || self.of_status.is_some()
    }
}

impl Definition {
    /// A step by id.
    pub fn step(&self, id: &str) -> Option<&Step> {
        self.steps.iter().find(|step| step.id == id)
    }

    /// What is wrong with how the steps lead to each other: a step that is not there, an id twice, or a way back. Runs
    /// would else not end.
    pub fn broken(&self) -> Option<&'static str> {
        if self.steps.is_empty() {
            return Some("must have a step");
        }
        let place = |id: &str| self.steps.iter().position(|step| step.id == id);
        for (index, step) in self.steps.iter().enumerate() {
            if place(&step.id) != Some(index) {
                return Some("must have an id each");
            }
            for next in step.next.iter().chain(step.arms().into_iter().flatten()) {
                match place(next) {
                    None => return Some("must lead to steps that are there"),
                    Some(there) if there <= index => return Some("must lead forward only"),
                    Some(_) => {}
                }
            }
        }
        None
    }

    /// Names of what the triggers need, to be checked when it is stored.
    pub fn names_of_triggers(&self) -> Vec<Name> {
        let statuses = self.triggers.iter().flat_map(|trigger| &trigger.statuses);
        statuses.map(|(pipeline, id)| Name::Status(pipeline.clone(), id.clone())).collect()
    }

    /// Names of what the steps need, to be checked when it is stored.
    pub fn names_of_steps(&self) -> Vec<Name> {
        let mut names: Vec<Name> = Vec::new();
        for step in &self.steps {
            let StepKind::Act(action) = &step.kind else { continue };
            let users = |ids: &[UserId]| ids.iter().cloned().map(Name::User).collect::<Vec<_>>();
            names.extend(match action {
                Action::SetStatus(pipeline, id) => vec![Name::Status(pipeline.clone(), id.clone())],
                Action::SetOwner(user) => users(std::slice::from_ref(user)),
                Action::RotateOwner(Rotation { users: ids, teams, .. })
                | Action::Notify(Notice { users: ids, teams, .. }) => {
                    let teams = teams.iter().cloned().map(Name::Team);
                    users(ids).into_iter().chain(teams).collect()
                }
                Action::AddFollowers(ids) => users(ids),
                Action::SendEmail(id) => vec![Name::TextBlock(id.clone())],
                Action::SetProperty(id, _) | Action::SetContact(ContactSource::Property(id)) => {
                    vec![Name::TicketProperty(id.clone())]
                }
                Action::SetContact(ContactSource::Known(id)) => vec![Name::Contact(*id)],
                Action::SetContact(ContactSource::Address(_))
                | Action::SetPriority(_)
                | Action::SetCategory(_)
                | Action::ChangeTags(..)
                | Action::Comment(_)
                | Action::Webhook(_)
                | Action::Placeholder(_) => Vec::new(),
            });
        }
        names
    }

    /// Every condition, the workflow's first.
    pub fn conditions(&self) -> Vec<String> {
        std::iter::once(self.condition.clone()).chain(self.steps.iter().flat_map(Step::conditions)).collect()
    }

    /// The automated emails that steps send.
    pub fn emails(&self) -> Vec<&TextBlockId> {
        let steps = self.steps.iter();
        steps
            .filter_map(|step| if let StepKind::Act(Action::SendEmail(id)) = &step.kind { Some(id) } else { None })
            .collect()
    }

    /// The URLs that steps call.
    pub fn urls(&self) -> impl Iterator<Item = &str> {
        self.steps.iter().filter_map(|step| step.kind.url())
    }

    /// The steps that say only what is to be done there (C-105).
    pub fn unfilled(&self) -> Vec<&str> {
        let open = |step: &&Step| matches!(step.kind, StepKind::Act(Action::Placeholder(_)));
        self.steps.iter().filter(open).map(|step| step.id.as_str()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::ticket::Priority;
    use super::*;

    fn step(id: &str, next: Option<&str>, kind: StepKind) -> Step {
        Step { id: id.to_owned(), next: next.map(str::to_owned), note: String::new(), kind }
    }

    fn broken(steps: Vec<Step>) -> Option<&'static str> {
        Definition { steps, ..Definition::default() }.broken()
    }

    #[test]
    fn steps_lead_forward_to_steps_that_are_there() {
        let delay = || StepKind::Delay(60);
        let arm = |next: &str| StepKind::Branch(vec![Arm { condition: String::new(), next: Some(next.to_owned()) }]);
        assert_eq!(broken(vec![step("a", Some("b"), delay()), step("b", None, delay())]), None);
        assert!(broken(Vec::new()).is_some());
        assert!(broken(vec![step("a", Some("a"), delay())]).is_some(), "a loop");
        assert!(broken(vec![step("a", Some("x"), delay())]).is_some());
        assert!(broken(vec![step("a", None, delay()), step("a", None, delay())]).is_some());
        assert!(broken(vec![step("a", None, delay()), step("b", None, arm("a"))]).is_some(), "a way back");
    }

    /// T-53: whatever leads where, a run that goes by a definition that is not broken ends within its steps, and takes the
    /// same way each time.
    #[test]
    fn every_walk_ends_within_the_steps() {
        let mut dice = 7_u64;
        let mut below = |bound: usize| {
            dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(dice >> 33).expect("31 bits") % bound
        };
        let mut walked = 0;
        for _ in 0..20_000 {
            let count = 1 + below(8);
            let steps: Vec<Step> = (0..count)
                .map(|index| {
                    let mut next = || (below(4) > 0).then(|| format!("s{}", below(count + 1)));
                    let arms = vec![Arm { condition: "a".to_owned(), next: next() }];
                    let kind = if index % 2 == 0 { StepKind::Branch(arms) } else { StepKind::Delay(60) };
                    Step { id: format!("s{index}"), next: next(), note: String::new(), kind }
                })
                .collect();
            let definition = Definition { steps, ..Definition::default() };
            if definition.broken().is_some() {
                continue;
            }
            walked += 1;
            let way = |holds: bool| {
                let (mut at, mut way) = (Some("s0".to_owned()), Vec::new());
                while let Some(step) = at.as_deref().and_then(|id| definition.step(id)) {
                    way.push(step.id.clone());
                    at = match turn(step, Timestamp::from_micros(0), |_| holds) {
                        Turn::Wait(_, next) | Turn::Act(_, next) | Turn::Go(_, next) => next.map(str::to_owned),
                    };
                    assert!(way.len() <= count, "{definition:?}");
                }
                way
            };
            assert_eq!((way(true), way(false)), (way(true), way(false)));
        }
        assert!(walked > 100, "{walked}");
    }

    #[test]
    fn a_definition_reads_back() {
        let rotation = Rotation { users: Vec::new(), teams: Vec::new(), available_only: true, only_unassigned: false };
        let actions = [
            Action::SetPriority(Some(Priority::High)),
            Action::ChangeTags(vec!["a".to_owned()], Vec::new()),
            Action::RotateOwner(rotation),
        ];
        let steps = actions.into_iter().map(|action| step("a", None, StepKind::Act(action))).collect();
        let definition = Definition { steps, again: true, ..Definition::default() };
        let text = serde_json::to_string(&definition).expect("plain data");
        assert_eq!(serde_json::from_str::<Definition>(&text).expect("it reads"), definition);
    }
}
