//! Runs that go on when they are due.

use std::time::Duration;

use super::act::{Fate, act};
use super::contact::need_contacts;
use super::enrol::enrol;
use super::judge::properties_for;
use super::mails::need_emails;
use crate::domain::event::{Actor, EventType, FieldChange, SystemActor};
use crate::domain::ids::{AccountId, RunId};
use crate::domain::life::MOST_MAILED;
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::domain::ticket::Ticket;
use crate::domain::time::Timestamp;
use crate::domain::workflow::{
    Definition, MOST_ACTIONS, MOST_STATUS_CHANGES, Origin, Run, RunState, Step, StepKind, Turn, Workflow,
    WorkflowState, holds, turn,
};
use crate::service::conversations::Place;
use crate::service::desk::{Desk, UseCase};
use crate::service::grant::Grant;
use crate::service::mail::count_mail;
use crate::service::{Encoder, Service, WriteCall};
use crate::storage::lane::{FollowingMail, Keys, World};
use crate::storage::read::workflows as read;
use crate::storage::runs::{self, Parked};

/// The job that goes on with runs; one per account that has any.
pub const RUN_WORKFLOWS: &str = "run_workflows";
/// Runs that one change in the lane goes on with (W7).
const AT_ONCE: usize = 16;
/// Changes in one run of the job: what each run costs beside is shared by them. Then it is another account's turn.
const PASSES: usize = 32;
/// So long one run of the job goes on, far less than its lease: however slow the database is, what was done counts.
const STRETCH: Duration = Duration::from_secs(2);
/// How long a run waits whose account has no workflows by its plan (C-007).
const UNPAID: Duration = Duration::from_hours(1);
/// How long a run waits whose ticket had enough done to it.
const HELD: Duration = Duration::from_hours(1);

/// How long to wait after the try of a number, with a seed.
pub type Backoff = fn(u32, u64) -> Duration;

/// Goes on with the runs that are due first, and says after how long to look again; none when no run waits.
///
/// # Errors
/// The storage's.
pub async fn run_due(service: &Service, account: &AccountId, wait: Backoff) -> Result<Option<Duration>, Rejection> {
    let mut began = None;
    for _ in 0..PASSES {
        let now = service.store.now(service.store.reader()).await.map_err(|error| error.rejection())?;
        if now.since(*began.get_or_insert(now)) >= STRETCH {
            break;
        }
        let due = read::due(&service.store, account, now, AT_ONCE).await.map_err(|error| error.rejection())?;
        if due.is_empty() {
            let next = read::next_due(&service.store, account).await.map_err(|error| error.rejection())?;
            return Ok(next.map(|next| next.since(now)));
        }
        if let Err(Rejection::Internal(_)) = only_trouble(advance(service, account, due.clone()).await)? {
            one_by_one(service, account, due, (now, wait)).await?;
        }
    }
    Ok(Some(Duration::ZERO))
}

/// What cannot be stored for its own sake stays an error of its own; a database out of reach ends the job.
fn only_trouble(done: Result<(), Rejection>) -> Result<Result<(), Rejection>, Rejection> {
    match done {
        Err(other) if !matches!(other, Rejection::Internal(_)) => Err(other),
        settled => Ok(settled),
    }
}

/// One of these runs cannot go on: the others do, and it is put off (F-19).
async fn one_by_one(
    service: &Service,
    account: &AccountId,
    due: Vec<RunId>,
    (now, wait): (Timestamp, Backoff),
) -> Result<(), Rejection> {
    for id in due {
        let Err(trouble) = only_trouble(advance(service, account, vec![id]).await)? else { continue };
        tracing::warn!(%account, run = %id, error = %trouble, "a run of a workflow cannot go on");
        let seed = u64::from_be_bytes(id.0.as_bytes()[8..].try_into().unwrap_or_default());
        let wait = |tries| wait(tries, seed);
        let parked = runs::stumble(&service.store, account, id, now, wait).await.map_err(|error| error.rejection())?;
        if let Some(parked) = parked {
            tracing::error!(%account, run = %id, workflow = %parked.workflow, "a run of a workflow is given up");
            write(service, account, TellParked(parked)).await?;
        }
    }
    Ok(())
}

async fn advance(service: &Service, account: &AccountId, runs: Vec<RunId>) -> Result<(), Rejection> {
    write(service, account, Advance { runs }).await
}

async fn write(service: &Service, account: &AccountId, case: impl UseCase<Outcome = ()>) -> Result<(), Rejection> {
    let grant = Grant::system(account.clone(), RUN_WORKFLOWS);
    let encoder = Encoder { respond: Box::new(|(), _| ()), store: Box::new(|()| Vec::new()) };
    service.write(&grant, WriteCall::default(), case, encoder).await.map(drop)
}

/// Tells that a run was given up.
#[derive(Debug, Clone)]
struct TellParked(Parked);

impl UseCase for TellParked {
    type Outcome = ();

    fn needs(&self, _world: &World, keys: &mut Keys) {
        keys.tickets.insert(self.0.ticket);
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<(), Rejection> {
        if desk.world().tickets.get(&self.0.ticket).is_some() {
            tell_skipped(desk, self.0.ticket, "RUN_FAILED", &self.0.workflow);
        }
        Ok(())
    }
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
    if let Some(revision) = world.automation.revisions.peek(&(run.workflow.clone(), run.revision)) {
        need_contacts(world, keys, &revision.definition, run.ticket);
        need_emails(keys, &revision.definition);
    }
    Place::Ticket(run.ticket).needs(world, keys);
}

/// An entry on the ticket that something did not happen by itself.
pub(super) fn tell_skipped(
    desk: &mut Desk<'_, '_>,
    ticket: crate::domain::ids::TicketNumber,
    reason: &str,
    workflow: &crate::domain::ids::WorkflowId,
) {
    let why = FieldChange::of("reason", "", reason);
    let which = FieldChange::of("workflow", "", desk.name(&Name::Workflow(workflow.clone())));
    let fields = why.into_iter().chain(which).collect();
    desk.automatic_event(EventType::TicketAutomationSkipped, ticket, fields, Actor::System(SystemActor::Workflow));
}

fn go_on(desk: &mut Desk<'_, '_>, mut run: Run) {
    let now = desk.session.now();
    let workflow = desk.world().people().workflows.get(&run.workflow).cloned();
    let Some(workflow) = workflow else {
        run.note("", now, "STOPPED", "the workflow was deleted");
        run.end(RunState::Cancelled, now);
        desk.session.world.automation.runs.put(run.id, run);
        return;
    };
    if !desk.includes(workflow.feature()) {
        run.due = now.plus(UNPAID);
        desk.session.world.automation.runs.put(run.id, run);
        return;
    }
    if run.is_new() && !may_begin(desk, &workflow, &run) {
        desk.session.world.automation.runs.remove(&run.id);
        return;
    }
    begin_turn(desk, &run);
    let key = (run.workflow.clone(), run.revision);
    let definition = desk.world().automation.revisions.get(&key).map(|found| found.definition.clone());
    let definition = definition.unwrap_or_else(|| workflow.definition.clone());
    run.tries = 0;
    Walk { workflow: &workflow, definition: &definition, jumps: false }.go(desk, &mut run);
    let (chain, ticket) = (run.chain, run.ticket);
    desk.session.world.automation.runs.put(run.id, run);
    if chain.origin == Origin::Message && desk.world().tickets.get(&ticket).is_some() {
        count_mail(desk, ticket);
    }
    enrol(desk, Some(chain));
    desk.session.mail = FollowingMail::default();
}

/// What follows belongs to the chain of the run, and mail that follows to who began it.
fn begin_turn(desk: &mut Desk<'_, '_>, run: &Run) {
    let now = desk.session.now();
    let ticket = desk.world().tickets.get(&run.ticket);
    let enough = ticket.is_some_and(|ticket| ticket.life.mailed.so_far(now) >= MOST_MAILED);
    desk.session.actor = Actor::System(SystemActor::Workflow);
    desk.session.follow(run.chain.root, run.chain.depth);
    desk.session.mail = FollowingMail {
        automatic: run.chain.origin == Origin::Machine,
        full: run.chain.origin == Origin::Message && enough,
        ..FollowingMail::default()
    };
}

/// Whether a ticket comes in at its first turn: not while it is in the workflow, and only once unless the workflow takes
/// tickets again. Status actions begin with each entry (C-077).
fn may_begin(desk: &Desk<'_, '_>, workflow: &Workflow, run: &Run) -> bool {
    if workflow.of_status.is_some() {
        return true;
    }
    let others = desk.world().runs_of(&run.workflow, run.ticket);
    let others = others.iter().filter(|other| other.id < run.id);
    !others.into_iter().any(|other| !workflow.takes_again() || other.state == RunState::Waiting)
}

/// A way through the steps.
pub(super) struct Walk<'w> {
    /// The workflow as it is now.
    pub workflow: &'w Workflow,
    /// What the run goes by.
    pub definition: &'w Definition,
    /// Over delays, for a trial.
    pub jumps: bool,
}

impl Walk<'_> {
    /// Takes turns until the run waits or ends.
    pub(super) fn go(&self, desk: &mut Desk<'_, '_>, run: &mut Run) {
        let now = desk.session.now();
        // Steps lead forward only, so that there are no more turns than steps.
        for _ in 0..=self.definition.steps.len() {
            let ticket = desk.world().tickets.get(&run.ticket).cloned();
            let there = ticket.filter(|ticket| !ticket.life.is_deleted() && ticket.life.merged_into.is_none());
            let Some(ticket) = there else {
                run.note(&run.step.clone(), now, "STOPPED", "the ticket was merged or deleted");
                return run.end(RunState::Cancelled, now);
            };
            match self.take_turn(desk, run, &ticket) {
                Some(next) => run.step = next.unwrap_or_default(),
                None => return,
            }
        }
        run.end(RunState::Done, now);
    }

    /// One turn; says which step is next, or nothing when the run waits or ended.
    #[expect(clippy::option_option, reason = "no step is the end of the run, nothing is that it goes no further now")]
    fn take_turn(&self, desk: &mut Desk<'_, '_>, run: &mut Run, ticket: &Ticket) -> Option<Option<String>> {
        let (now, account) = (desk.session.now(), desk.account());
        let Some(step) = self.definition.step(&run.step) else {
            run.end(RunState::Done, now);
            return None;
        };
        if self.workflow.of_status.is_some() && !desk.includes(step.kind.feature()) {
            return passes_over(run, step, now).then(|| step.next.clone());
        }
        let properties = properties_for(desk.world(), &step.conditions());
        let next = match turn(step, now, |text| holds(text, ticket, &account, now, &properties)) {
            Turn::Wait(until, next) if until <= now => {
                run.note(&step.id, now, "DONE", "the time has come already");
                next
            }
            Turn::Wait(until, next) => {
                run.note(&step.id, now, "WAITING", format!("until {until}"));
                if !self.jumps {
                    run.due = until;
                    run.step = next.unwrap_or_default().to_owned();
                    return None;
                }
                next
            }
            Turn::Go(arm, next) => {
                let way = if arm == 0 { "ELSE".to_owned() } else { format!("ARM {arm}") };
                run.note(&step.id, now, &way, "");
                next
            }
            Turn::Act(action, next) => {
                if !self.jumps && !may_act(desk, run, ticket) {
                    return None;
                }
                let done = self.act(desk, action, run);
                let (outcome, why) = done.told();
                run.note(&step.id, now, outcome, why);
                if let Fate::Looped = done {
                    run.end(RunState::Failed, now);
                    return None;
                }
                next
            }
        };
        Some(next.map(str::to_owned))
    }

    fn act(&self, desk: &mut Desk<'_, '_>, action: &crate::domain::workflow::Action, run: &mut Run) -> Fate {
        if !self.jumps && self.workflow.state == WorkflowState::Off {
            return Fate::Skipped("the workflow is off".to_owned());
        }
        let done = act(desk, action, run);
        if let Fate::Done(_) = done
            && let Some(mut ticket) = desk.world().tickets.get(&run.ticket).cloned()
        {
            ticket.life.acted.count(desk.session.now());
            desk.session.world.tickets.put(ticket.number, ticket);
        }
        done
    }
}

/// Whether a run goes on behind a step that the account has not bought any more: an action is passed over, but what stands
/// behind a delay or a branch would come too early, or on the wrong way.
fn passes_over(run: &mut Run, step: &Step, now: Timestamp) -> bool {
    let why = "SUSPENDED: the account has not bought it";
    if matches!(step.kind, StepKind::Act(_)) {
        run.note(&step.id, now, "SKIPPED", why);
        return true;
    }
    run.note(&step.id, now, "STOPPED", why);
    run.end(RunState::Done, now);
    false
}

/// Whether workflows did not yet do too much to the ticket lately; else the run waits, which is told once an hour (T-53).
fn may_act(desk: &mut Desk<'_, '_>, run: &mut Run, ticket: &Ticket) -> bool {
    let now = desk.session.now();
    let so_far = ticket.life.acted.so_far(now);
    if so_far < MOST_ACTIONS {
        return true;
    }
    let step = run.step.clone();
    if run.log.last().is_none_or(|last| (last.step.as_str(), last.outcome.as_str()) != (step.as_str(), "HELD")) {
        run.note(&step, now, "HELD", format!("workflows did {MOST_ACTIONS} things to the ticket within an hour"));
    }
    run.due = now.plus(HELD);
    if so_far == MOST_ACTIONS {
        let mut counted = ticket.clone();
        counted.life.acted.count(now);
        desk.session.world.tickets.put(counted.number, counted);
        tell_skipped(desk, run.ticket, "TOO_MUCH", &run.workflow.clone());
    }
    false
}

/// Whether the chain of a run may change the status once more (C-084).
pub(super) fn may_change_status(run: &Run) -> bool {
    run.chain.status_changes < MOST_STATUS_CHANGES
}
