//! When a person is there to take tickets: working hours, out of office, and what was set by hand (R-134; C-056 to C-059).
//!
//! The row keeps the state that holds and until when it does. Past that moment the schedule says what holds, so a
//! decision is right also before the job that writes it down has run.

use serde::{Deserialize, Serialize};

use super::codes::coded;
use super::hours::Hours;
use super::ids::UserId;
use super::time::Timestamp;
use super::user::User;

/// Periods out of office of one person at most.
pub const MOST_ABSENCES: usize = 100;

coded! {
    /// What set the availability of a person.
    Source {
        /// The person, by hand.
        Own = "own",
        /// Somebody else, by hand.
        Other = "other",
        /// The working hours, or that there are none.
        Schedule = "schedule",
        /// A period out of office.
        OutOfOffice = "out_of_office",
    }
}

/// A period out of office, `[start, end)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Absence {
    /// When it begins.
    pub start: Timestamp,
    /// When it ends.
    pub end: Timestamp,
}

impl Absence {
    /// Whether it covers `now`.
    pub fn covers(&self, now: Timestamp) -> bool {
        self.start <= now && now < self.end
    }
}

/// When a person works, and what set the availability that holds.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Schedule {
    /// Working hours; without blocks at any time.
    pub hours: Hours,
    /// Out of office, by start.
    pub absences: Vec<Absence>,
    /// What set the availability; none: nothing yet.
    pub source: Option<Source>,
    /// Who set it, if somebody else did.
    pub by: Option<UserId>,
    /// Until when it holds; none: until somebody sets another.
    pub until: Option<Timestamp>,
}

impl Schedule {
    /// Whether a period out of office covers `now`.
    pub fn is_absent(&self, now: Timestamp) -> bool {
        self.absences.iter().any(|absence| absence.covers(now))
    }

    /// What holds at `now` where nothing was set by hand (C-056, C-059).
    pub fn state_at(&self, now: Timestamp) -> (bool, Source) {
        if self.is_absent(now) { (false, Source::OutOfOffice) } else { (self.hours.open_at(now), Source::Schedule) }
    }

    /// The next moment at which hours or periods out of office begin or end.
    pub fn next_boundary(&self, now: Timestamp) -> Option<Timestamp> {
        let edges = self.absences.iter().flat_map(|absence| [absence.start, absence.end]);
        edges.filter(|edge| *edge > now).chain(self.hours.next_change(now)).min()
    }

    /// The first moment from `now` on and before `end` at which the person works, and within these hours if there are any.
    pub fn first_open(&self, now: Timestamp, end: Timestamp, within: Option<&Hours>) -> Option<Timestamp> {
        let mut time = now;
        while time < end {
            if self.state_at(time).0 && within.is_none_or(|hours| hours.open_at(time)) {
                return Some(time);
            }
            let outer = within.and_then(|hours| hours.next_change(time));
            time = self.next_boundary(time).into_iter().chain(outer).min()?;
        }
        None
    }

    /// Ends the periods out of office that cover `now`.
    pub fn end_absences(&mut self, now: Timestamp) {
        for absence in self.absences.iter_mut().filter(|absence| absence.covers(now)) {
            absence.end = now;
        }
        self.absences.retain(|absence| absence.start < absence.end);
    }
}

impl User {
    /// Whether the stored availability still holds.
    fn is_settled(&self, now: Timestamp) -> bool {
        self.work.schedule.until.is_none_or(|until| now < until)
    }

    /// Whether the person takes tickets at `now`, and what says so.
    pub fn availability_at(&self, now: Timestamp) -> (bool, Option<Source>) {
        let schedule = &self.work.schedule;
        if self.is_settled(now) {
            return (self.available, schedule.source);
        }
        let (available, source) = schedule.state_at(now);
        (available, Some(source))
    }

    /// Whether the person takes tickets at `now`.
    pub fn is_available(&self, now: Timestamp) -> bool {
        self.availability_at(now).0
    }

    /// When the availability next changes by itself, if ever.
    pub fn changes_at(&self, now: Timestamp) -> Option<Timestamp> {
        if self.is_settled(now) { self.work.schedule.until } else { self.work.schedule.next_boundary(now) }
    }

    /// Follows the schedule from its last boundary on; says whether the availability is another now.
    pub fn settle(&mut self, now: Timestamp) -> bool {
        let Some(boundary) = self.work.schedule.until.filter(|until| *until <= now) else { return false };
        let (available, source) = self.work.schedule.state_at(now);
        let changed = self.set_state(available, source, None, now);
        if changed {
            self.availability_since = boundary;
        }
        changed
    }

    /// Sets the availability, until the next boundary (C-057); says whether it is another now.
    pub fn set_state(&mut self, available: bool, source: Source, by: Option<UserId>, now: Timestamp) -> bool {
        let changed = self.available != available;
        if changed {
            self.availability_since = now;
        }
        self.available = available;
        let schedule = &mut self.work.schedule;
        schedule.source = Some(source);
        schedule.by = by;
        schedule.until = schedule.next_boundary(now);
        changed
    }
}
