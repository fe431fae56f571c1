//! When people work, and following it as time goes by (R-134; C-056 to C-059; T2: one job per account).

use std::time::Duration;

use super::person::find;
use crate::domain::event::{Actor, EventType, FieldChange, SystemActor};
use crate::domain::hours::{Block, Hours, HoursFault, MOST_BLOCKS};
use crate::domain::ids::{AccountId, UserId};
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::domain::schedule::{Absence, MOST_ABSENCES, Schedule, Source};
use crate::domain::time::Timestamp;
use crate::domain::user::User;
use crate::service::desk::{Desk, UseCase};
use crate::service::grant::Grant;
use crate::service::{Answer, Encoder, Service, WriteCall};
use crate::storage::lane::{Keys, World};

/// Kind of the job that follows the hours of an account's people.
pub const SETTLE_AVAILABILITY: &str = "settle_availability";
/// Periods out of office that an event tells at most.
const MOST_WORDS: usize = 20;

/// Sets when a person works and when not.
#[derive(Debug, Clone)]
pub struct SetSchedule {
    /// Whose.
    pub user: UserId,
    /// Working hours.
    pub hours: Hours,
    /// Out of office.
    pub absences: Vec<Absence>,
}

impl UseCase for SetSchedule {
    type Outcome = User;

    fn needs(&self, _world: &World, _keys: &mut Keys) {}

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<User, Rejection> {
        let name = Name::User(self.user.clone());
        if desk.grant.caller().user() != Some(&self.user) {
            desk.grant.ask_for_another(&desk.rights, &desk.name(&name))?;
        }
        let before = find(desk, &self.user, None)?;
        let (hours, absences) = (checked_hours(&self.hours)?, checked_absences(&self.absences)?);
        let schedule = &before.work.schedule;
        if (schedule.hours == hours) && schedule.absences == absences {
            return Ok(before);
        }
        let now = desk.session.now();
        let mut after = before.clone();
        after.work.schedule.hours = hours;
        after.work.schedule.absences = absences;
        if follows(&before, &after.work.schedule, now) {
            let (available, source) = after.work.schedule.state_at(now);
            after.set_state(available, source, None, now);
        } else {
            after.work.schedule.until = after.work.schedule.next_boundary(now);
        }
        // They differ, also where the words for it are cut short.
        let (old, new) = (words(&before.work.schedule), words(&after.work.schedule));
        let change = FieldChange { field: "work_schedule".to_owned(), before: old, after: new };
        save(desk, &before, after, vec![change], None);
        find(desk, &self.user, None)
    }
}

/// Whether a new schedule says who is there from now on: where it has other hours, where a period out of office lasts, or the
/// schedule before it spoke. Else it leaves what somebody said last (C-056, C-057).
fn follows(before: &User, schedule: &Schedule, now: Timestamp) -> bool {
    let by_schedule = matches!(before.availability_at(now).1, Some(Source::Schedule | Source::OutOfOffice));
    let other_hours = schedule.hours != before.work.schedule.hours && !schedule.hours.blocks.is_empty();
    by_schedule || other_hours || schedule.is_absent(now)
}

/// Hours and periods out of office as an event has them, the first of many.
fn words(schedule: &Schedule) -> String {
    const DAYS: [&str; 7] = ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"];
    let clock = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
    let day = |block: &Block| DAYS.get(usize::from(block.day)).copied().unwrap_or_default();
    let block = |block: &Block| format!("{} {}-{}", day(block), clock(block.start), clock(block.end));
    let periods = schedule.absences.iter().take(MOST_WORDS).map(|absence| format!("{}/{}", absence.start, absence.end));
    let more = schedule.absences.len().saturating_sub(MOST_WORDS);
    let more = (more > 0).then(|| format!("{more} more"));
    let hours: Vec<_> = schedule.hours.blocks.iter().map(block).collect();
    let periods: Vec<_> = periods.chain(more).collect();
    format!("{} [{}] out of office [{}]", schedule.hours.zone, hours.join(", "), periods.join(", "))
}

fn checked_hours(hours: &Hours) -> Result<Hours, Rejection> {
    let mut hours = hours.clone();
    if hours.zone.is_empty() && hours.blocks.is_empty() {
        return Ok(hours);
    }
    if hours.blocks.len() > MOST_BLOCKS {
        return Err(Rejection::field("work_schedule.blocks", "TOO_MANY", format!("must be at most {MOST_BLOCKS}")));
    }
    let block = |index: usize| format!("work_schedule.blocks[{index}]");
    hours.check().map_err(|fault| match fault {
        HoursFault::Zone => Rejection::field("work_schedule.time_zone", "NOT_ALLOWED", "must be an IANA time zone"),
        HoursFault::Block(index) => Rejection::field(block(index), "OUT_OF_RANGE", "must end after it begins"),
        HoursFault::Overlap(index) => Rejection::field(block(index), "INCONSISTENT", "must not overlap another one"),
    })?;
    Ok(hours)
}

fn checked_absences(absences: &[Absence]) -> Result<Vec<Absence>, Rejection> {
    let field = "work_schedule.out_of_office";
    if absences.len() > MOST_ABSENCES {
        return Err(Rejection::field(field, "TOO_MANY", format!("must be at most {MOST_ABSENCES}")));
    }
    if absences.iter().any(|absence| absence.start >= absence.end) {
        return Err(Rejection::field(field, "OUT_OF_RANGE", "must end after it begins"));
    }
    let mut absences = absences.to_vec();
    absences.sort_unstable();
    if absences.windows(2).any(|pair| pair[1].start < pair[0].end) {
        return Err(Rejection::field(field, "INCONSISTENT", "must not overlap"));
    }
    Ok(absences)
}

/// Writes a person whose availability or schedule changed, with its event, and has the next boundary looked after.
pub(super) fn save(
    desk: &mut Desk<'_, '_>,
    before: &User,
    mut after: User,
    mut fields: Vec<FieldChange>,
    actor: Option<Actor>,
) {
    let now = desk.session.now();
    after.update_time = now;
    after.version = before.version + 1;
    let word = |user: &User| if user.available { "AVAILABLE" } else { "AWAY" };
    fields.extend(FieldChange::of("availability.state", word(before), word(&after)));
    let name = Name::User(after.id.clone()).to_string();
    if let Some(until) = after.work.schedule.until {
        let id = desk.session.new_id();
        desk.session.world.wake(SETTLE_AVAILABILITY, id, until);
    }
    desk.session.world.people_mut().users.put(after.id.clone(), after);
    if !fields.is_empty() {
        desk.session.record(EventType::AvailabilityChanged, name, None, fields, actor);
    }
}

/// Follows the schedules of everybody whose last boundary has passed.
#[derive(Debug)]
struct Settle;

impl UseCase for Settle {
    /// When the next boundary is.
    type Outcome = Option<Timestamp>;

    fn needs(&self, _world: &World, _keys: &mut Keys) {}

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<Option<Timestamp>, Rejection> {
        let now = desk.session.now();
        let due = |user: &&User| user.work.schedule.until.is_some_and(|until| until <= now);
        let mut passed: Vec<User> = desk.world().people().users.values().filter(due).cloned().collect();
        passed.sort_by(|one, other| one.id.cmp(&other.id));
        for before in passed {
            let mut after = before.clone();
            after.settle(now);
            save(desk, &before, after, Vec::new(), Some(Actor::System(SystemActor::Timer)));
        }
        Ok(desk.world().people().users.values().filter_map(|user| user.work.schedule.until).min())
    }
}

/// Follows the schedules of an account's people, and says when to look again; none when nobody has one.
///
/// # Errors
/// The storage's.
pub async fn settle_account(
    service: &Service,
    account: &AccountId,
    now: Timestamp,
) -> Result<Option<Duration>, Rejection> {
    let grant = Grant::system(account.clone(), SETTLE_AVAILABILITY);
    let encoder = Encoder { respond: Box::new(|next, _| next), store: Box::new(|_| Vec::new()) };
    let answer = service.write(&grant, WriteCall::default(), Settle, encoder).await?;
    let Answer::Fresh(next) = answer else { return Ok(None) };
    Ok(next.map(|next| next.since(now)))
}

/// What set an availability by hand.
pub(super) fn by_hand(desk: &Desk<'_, '_>, user: &UserId) -> (Source, Option<UserId>) {
    match desk.grant.caller().user() {
        Some(caller) if caller == user => (Source::Own, None),
        other => (Source::Other, other.cloned()),
    }
}
