//! Statuses that follow mails (R-157 to R-172, C-069, C-073 to C-076): which one a ticket enters when a mail is sent from it
//! or answered, and the entering itself.

use crate::domain::event::{Actor, EventType, SystemActor};
use crate::domain::ids::TicketNumber;
use crate::domain::names::Name;
use crate::domain::pipeline::{Automation, Status, StatusCategory, StatusRule};
use crate::domain::plan::Feature;
use crate::domain::ticket::Ticket;
use crate::service::desk::Desk;
use crate::service::tickets::status_changes;
use crate::service::users::release_reopened;
use crate::storage::lane::EffectKind;

/// The status of a rule of the ticket's pipeline; none where the rule is off or the plan has no such rules. Spam stays
/// where it is.
fn wanted(
    desk: &Desk<'_, '_>,
    ticket: &Ticket,
    rule: fn(&Automation) -> &StatusRule,
    usual: StatusCategory,
) -> Option<Status> {
    if ticket.life.spam_time.is_some() || !desk.includes(Feature::StatusFromEmail) {
        return None;
    }
    let people = desk.world().people();
    let rule = rule(&people.pipelines.get(&ticket.pipeline)?.automation);
    let statuses: Vec<&Status> = people.statuses_of(&ticket.pipeline).collect();
    rule.target(&statuses, usual).filter(|_| rule.enabled).cloned()
}

/// The status that an answer of the contact brings the ticket to.
pub fn after_answer(desk: &Desk<'_, '_>, ticket: &Ticket) -> Option<Status> {
    wanted(desk, ticket, |automation| &automation.on_reply, StatusCategory::WaitingOnUs)
}

/// A user sent a mail from the ticket: it enters the status that its pipeline has for this, open or closed (C-027).
pub fn after_sending(desk: &mut Desk<'_, '_>, number: TicketNumber) {
    let before = desk.saved_ticket(number);
    let status = wanted(desk, &before, |automation| &automation.on_sent, StatusCategory::WaitingOnContact);
    let Some(status) = status else { return };
    let mut after = before.clone();
    if after.enter(&status, None, desk.closing(&before.pipeline)) {
        desk.move_load(Some(&before), &after, false);
        desk.save_ticket(after.clone());
        tell_entered(desk, &before, &after, "a mail that was sent");
        if !before.open && after.open {
            release_reopened(desk, number);
        }
    }
}

/// The event of a ticket that entered another status by itself, and what the caller is told of it.
pub fn tell_entered(desk: &mut Desk<'_, '_>, before: &Ticket, after: &Ticket, by: &str) {
    let (kind, what) = match (before.open, after.open) {
        (true, false) => (EventType::TicketClosed, "closed"),
        (false, true) => (EventType::TicketReopened, "opened again"),
        _ => (EventType::TicketStatusChanged, "brought to another status"),
    };
    let fields = status_changes(desk, before, after);
    desk.automatic_event(kind, after.number, fields, Actor::System(SystemActor::Pipeline));
    let summary = format!("Ticket {} was {what} by {by}.", after.number);
    desk.session.effect(EffectKind::StatusChanged, Name::Ticket(after.number).to_string(), "", summary);
}
