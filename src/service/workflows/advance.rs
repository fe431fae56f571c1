//! Runs that go on when they are due.

use std::time::Duration;

use super::act::{Done, act};
use super::enrol::enrol;
use crate::domain::event::{Actor, SystemActor};
use crate::domain::ids::{AccountId, RunId};
use crate::domain::plan::Feature;
use crate::domain::rejection::Rejection;
use crate::domain::workflow::{Definition, MOST_STATUS_CHANGES, Run, RunState, Turn, holds, turn};
use crate::service::conversations::Place;
use crate::service::desk::{Desk, UseCase};
use crate::service::grant::Grant;
use crate::service::{Encoder, Service, WriteCall};
use crate::storage::lane::{Keys, World};
use crate::storage::read::workflows as read;

/// The job that goes on with runs; one per account that has any.
pub const RUN_WORKFLOWS: &str = "run_workflows";
/// Runs that one change in the lane goes on with (W7).
const AT_ONCE: usize = 16;
/// How long a run waits whose account has no workflows by its plan (C-007).
const UNPAID: Duration = Duration::from_hours(1);

/// Goes on with the runs that are due first, and says after how long to look again; none when no run waits.
///
/// # Errors
/// The storage's.
pub async fn run_due(service: &Service, account: &AccountId) -> Result<Option<Duration>, Rejection> {
    let now = service.store.now(service.store.reader()).await.map_err(|error| error.rejection())?;
    let due = read::due(&service.store, account, now, AT_ONCE).await.map_err(|error| error.rejection())?;
    if !due.is_empty() {
        let grant = Grant::system(account.clone(), RUN_WORKFLOWS);
        let encoder = Encoder { respond: Box::new(|(), _| ()), store: Box::new(|()| Vec::new()) };
        service.write(&grant, WriteCall::default(), Advance { runs: due }, encoder).await?;
    }
    let next = read::next_due(&service.store, account).await.map_err(|error| error.rejection())?;
    Ok(next.map(|next| next.since(now)))
}

/// Goes on with runs.
#[derive(Debug, Clone)]
struct Advance {
    runs: Vec<RunId>,
}

impl UseCase for Advance {
    type Outcome = ();

    fn needs(&self, world: &World, keys: &mut Keys) {
        for id in &self.runs {
            keys.automation.runs.insert(*id);
            if let Some(run) = world.automation.runs.peek(id) {
                need_run(world, keys, run);
            }
        }
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<(), Rejection> {
        let now = desk.session.now();
        for id in &self.runs {
            let due = |run: &&Run| run.state == RunState::Waiting && run.due <= now;
            // Whoever was faster has done it already.
            let Some(run) = desk.world().automation.runs.get(id).filter(due).cloned() else { continue };
            go_on(desk, run);
        }
        Ok(())
    }
}

/// Names what a run reads.
pub(super) fn need_run(world: &World, keys: &mut Keys, run: &Run) {
    keys.automation.revisions.insert((run.workflow.clone(), run.revision));
    keys.automation.runs_of.insert((run.workflow.clone(), run.ticket));
    Place::Ticket(run.ticket).needs(world, keys);
}

fn go_on(desk: &mut Desk<'_, '_>, mut run: Run) {
    let now = desk.session.now();
    if !desk.includes(Feature::Workflows) {
        run.due = now.plus(UNPAID);
        desk.session.world.automation.runs.put(run.id, run);
        return;
    }
    if run.log.is_empty() && !may_begin(desk, &run) {
        desk.session.world.automation.runs.remove(&run.id);
        return;
    }
    desk.session.actor = Actor::System(SystemActor::Workflow);
    desk.session.follow(run.chain.root, run.chain.depth);
    let key = (run.workflow.clone(), run.revision);
    let definition = desk.world().automation.revisions.get(&key).map(|found| found.definition.clone());
    let gone = desk.world().people().workflows.get(&run.workflow).is_none();
    match definition.filter(|_| !gone) {
        Some(definition) => walk(desk, &definition, &mut run, false),
        None => {
            run.note("", now, "STOPPED", "the workflow was deleted");
            run.end(RunState::Cancelled, now);
        }
    }
    let chain = run.chain;
    desk.session.world.automation.runs.put(run.id, run);
    enrol(desk, Some(chain));
}

/// Whether a ticket comes in at its first turn: not while it is in the workflow, and only once unless the workflow takes
/// tickets again.
fn may_begin(desk: &Desk<'_, '_>, run: &Run) -> bool {
    let again = desk.world().people().workflows.get(&run.workflow).is_some_and(|it| it.definition.again);
    let others = desk.world().runs_of(&run.workflow, run.ticket);
    let others = others.iter().filter(|other| other.id < run.id);
    !others.into_iter().any(|other| !again || other.state == RunState::Waiting)
}

/// Takes turns until the run waits or ends. `jumps`: over delays, for a trial.
pub(super) fn walk(desk: &mut Desk<'_, '_>, definition: &Definition, run: &mut Run, jumps: bool) {
    let (now, account) = (desk.session.now(), desk.account());
    // Steps lead forward only, so that there are no more turns than steps.
    for _ in 0..=definition.steps.len() {
        let ticket = desk.world().tickets.get(&run.ticket).cloned();
        let there = ticket.filter(|ticket| !ticket.life.is_deleted() && ticket.life.merged_into.is_none());
        let Some(ticket) = there else {
            run.note(&run.step.clone(), now, "STOPPED", "the ticket was merged or deleted");
            return run.end(RunState::Cancelled, now);
        };
        let Some(step) = definition.step(&run.step) else { return run.end(RunState::Done, now) };
        let next = match turn(step, now, |text| holds(text, &ticket, &account, now)) {
            Turn::Wait(until, next) => {
                run.note(&step.id, now, "WAITING", format!("until {until}"));
                if !jumps {
                    run.due = until;
                    run.step = next.unwrap_or_default().to_owned();
                    return;
                }
                next
            }
            Turn::Go(arm, next) => {
                let way = if arm == 0 { "ELSE".to_owned() } else { format!("ARM {arm}") };
                run.note(&step.id, now, &way, "");
                next
            }
            Turn::Act(action, next) => {
                let done = act(desk, action, run);
                let (outcome, why) = done.told();
                run.note(&step.id, now, outcome, why);
                if let Done::Looped = done {
                    return run.end(RunState::Failed, now);
                }
                next
            }
        };
        run.step = next.unwrap_or_default().to_owned();
    }
    run.end(RunState::Done, now);
}

/// Whether the chain of a run may change the status once more (C-084).
pub(super) fn may_change_status(run: &Run) -> bool {
    run.chain.status_changes < MOST_STATUS_CHANGES
}
