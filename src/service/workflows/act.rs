//! What workflows do to their tickets. Each action is done or refused for itself; the run goes on (C-078).

use std::collections::{BTreeMap, BTreeSet};

use super::advance::may_change_status;
use super::contact::set_contact;
use super::mails::{notify, send_email};
use super::webhook::call;
use crate::domain::channel::{Distribution, Target, WhenFull};
use crate::domain::event::{EventType, FieldChange};
use crate::domain::ids::{TicketNumber, UserId};
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::domain::routing::{Outcome, Plan};
use crate::domain::workflow::{Action, Rotation, Run};
use crate::service::conversations::{Place, WriteComment};
use crate::service::desk::{Desk, UseCase};
use crate::service::files::NamedFiles;
use crate::service::notifications::tell_owner;
use crate::service::properties::ValueChanges;
use crate::service::routing::rotate;
use crate::service::tickets::{Assign, ChangeStatus, Move, TicketChanges, Unchanged, Update, assignment_changes};

/// What an action came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fate {
    /// It was done.
    Done(String),
    /// There was nothing to do, and why.
    Skipped(String),
    /// It was refused, and why.
    Failed(String),
    /// The chain of runs changed the status too often (C-084).
    Looped,
}

impl Fate {
    /// As the log tells it.
    pub(super) fn told(&self) -> (&'static str, String) {
        match self {
            Self::Done(why) => ("DONE", why.clone()),
            Self::Skipped(why) => ("SKIPPED", why.clone()),
            Self::Failed(why) => ("FAILED", why.clone()),
            Self::Looped => ("STOPPED", "a chain of 25 changes of the status led here".to_owned()),
        }
    }
}

/// Does one thing. What is refused leaves nothing behind.
pub(super) fn act(desk: &mut Desk<'_, '_>, action: &Action, run: &mut Run) -> Fate {
    if let Action::Webhook(url) = action {
        return call(desk, run, url);
    }
    let (rights, grant) = (desk.rights.clone(), desk.grant);
    let status_before = desk.world().tickets.get(&run.ticket).map(|ticket| ticket.status.clone());
    if matches!(action, Action::SetStatus(..)) && !may_change_status(run) {
        return Fate::Looped;
    }
    let done = desk.session.attempt(|session| carry_out(&mut Desk { session, rights, grant }, action, run.ticket));
    let status_after = desk.world().tickets.get(&run.ticket).map(|ticket| ticket.status.clone());
    run.chain.status_changes += i64::from(status_before != status_after);
    match done {
        Ok(done) => done,
        Err(Rejection::ConversationMissing { .. }) => Fate::Skipped("the ticket has no conversation".to_owned()),
        Err(why) => Fate::Failed(why.to_string()),
    }
}

fn carry_out(desk: &mut Desk<'_, '_>, action: &Action, ticket: TicketNumber) -> Result<Fate, Rejection> {
    match action {
        Action::SetPriority(priority) => {
            update(desk, ticket, TicketChanges { priority: Some(*priority), ..TicketChanges::default() })
        }
        Action::SetCategory(category) => {
            update(desk, ticket, TicketChanges { category: Some(category.clone()), ..TicketChanges::default() })
        }
        Action::ChangeTags(add, take) => {
            let mut tags: BTreeSet<String> = desk.ticket(ticket)?.tags;
            tags.extend(add.iter().cloned());
            tags.retain(|tag| !take.contains(tag));
            update(desk, ticket, TicketChanges { tags: Some(tags), ..TicketChanges::default() })
        }
        Action::SetStatus(pipeline, status) => {
            let before = desk.ticket(ticket)?;
            if before.pipeline != *pipeline {
                return Ok(Fate::Skipped("the ticket is in another pipeline".to_owned()));
            }
            let status = Some((pipeline.clone(), status.clone()));
            let change = ChangeStatus { ticket, kind: Move::Change, status, close_time: None, etag: None };
            Ok(changed(before.version, change.decide(desk)?.version))
        }
        Action::SetOwner(user) => {
            let before = desk.ticket(ticket)?.version;
            let owner = Some(user.clone());
            Ok(changed(before, Assign { ticket, owner, teams: BTreeSet::new(), etag: None }.decide(desk)?.version))
        }
        Action::RotateOwner(among) => rotate_owner(desk, ticket, among),
        Action::AddFollowers(users) => follow(desk, ticket, users),
        Action::Comment(text) => {
            let (text, html, files) = (text.clone(), String::new(), NamedFiles::default());
            WriteComment { place: Place::Ticket(ticket), text, html, files }.decide(desk)?;
            Ok(Fate::Done(String::new()))
        }
        Action::Notify(notice) => notify(desk, ticket, notice),
        Action::SendEmail(id) => send_email(desk, ticket, id),
        Action::SetProperty(id, value) => {
            let properties = ValueChanges { whole: false, given: BTreeMap::from([(id.clone(), value.clone())]) };
            update(desk, ticket, TicketChanges { properties, ..TicketChanges::default() })
        }
        Action::SetContact(source) => set_contact(desk, ticket, source),
        Action::Webhook(_) => Err(Rejection::Internal("a call goes its own way".to_owned())),
        Action::Placeholder(_) => Ok(Fate::Skipped("PLACEHOLDER: nothing says what is to be done".to_owned())),
    }
}

fn changed(before: i64, after: i64) -> Fate {
    if before == after { Fate::Skipped("it was so already".to_owned()) } else { Fate::Done(String::new()) }
}

fn update(desk: &mut Desk<'_, '_>, ticket: TicketNumber, changes: TicketChanges) -> Result<Fate, Rejection> {
    let before = desk.ticket(ticket)?.version;
    let update = Update { ticket, changes, unchanged: Unchanged::default(), etag: None };
    Ok(changed(before, update.decide(desk)?.version))
}

/// Through the one allocator: capacity counts, availability where it is asked for (C-051).
fn rotate_owner(desk: &mut Desk<'_, '_>, ticket: TicketNumber, among: &Rotation) -> Result<Fate, Rejection> {
    let before = desk.ticket(ticket)?;
    if among.only_unassigned && before.owner.is_some() {
        return Ok(Fate::Skipped("somebody has the ticket".to_owned()));
    }
    let plan = Plan {
        target: Target::People { users: among.users.clone(), teams: among.teams.clone() },
        distribution: Distribution::Balanced,
        available_only: among.available_only,
        when_full: WhenFull::Hold,
        skills: Vec::new(),
        dropped: Vec::new(),
        rule: None,
    };
    let decision = rotate(desk, &before, &plan);
    let Outcome::Assigned(user) = decision.outcome else { return Ok(Fate::Skipped(decision.summary)) };
    let mut after = before.clone();
    after.assign(user, desk.session.now());
    after.life.routed.waiting_since = None;
    let fields = assignment_changes(desk, &before, &after);
    if fields.is_empty() {
        return Ok(Fate::Skipped(decision.summary));
    }
    desk.move_load(Some(&before), &after, true);
    desk.save_ticket(after.clone());
    desk.ticket_event(EventType::TicketAssigned, ticket, fields);
    let actor = desk.session.actor.clone();
    tell_owner(desk, before.owner.as_ref(), &after, &actor);
    Ok(Fate::Done(decision.summary))
}

fn follow(desk: &mut Desk<'_, '_>, ticket: TicketNumber, users: &[UserId]) -> Result<Fate, Rejection> {
    let before = desk.ticket(ticket)?;
    let now = desk.session.now();
    let mut after = before.clone();
    after.life.follow_too(&users.iter().map(|user| (user.clone(), now)).collect::<BTreeMap<_, _>>());
    let new: Vec<UserId> =
        after.life.followers.keys().filter(|user| !before.life.followers.contains_key(*user)).cloned().collect();
    if new.is_empty() {
        return Ok(Fate::Skipped("they follow it already".to_owned()));
    }
    desk.save_ticket(after);
    for user in new {
        let name = desk.name(&Name::User(user));
        let fields = FieldChange::of("follower", "", name).into_iter().collect();
        desk.ticket_event(EventType::TicketFollowed, ticket, fields);
    }
    Ok(Fate::Done(String::new()))
}
