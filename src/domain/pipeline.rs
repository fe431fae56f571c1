//! Ticket pipelines, their statuses, and what happens by itself in them.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::codes::coded;
use super::ids::{PipelineId, StatusId};
use super::ticket_form::FormField;
use super::time::Timestamp;

/// Statuses of one pipeline at most.
pub const MOST_STATUSES: usize = 100;

coded! {
    /// What a status means for the work. CLOSED is the only closed one.
    StatusCategory {
        New = "new",
        WaitingOnContact = "waiting_on_contact",
        WaitingOnUs = "waiting_on_us",
        Closed = "closed",
    }
}

/// A row of statuses that tickets pass through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pipeline {
    /// Chosen id.
    pub id: PipelineId,
    /// Name for people.
    pub display_name: String,
    /// Display order.
    pub position: i64,
    /// Which status may follow which; empty: any may follow any.
    pub transitions: BTreeSet<(StatusId, StatusId)>,
    /// In which statuses a ticket may begin; empty: in any.
    pub beginnings: BTreeSet<StatusId>,
    /// Where its tickets go while it is being deleted.
    pub leaving: Option<Leaving>,
    /// What happens by itself.
    pub automation: Automation,
    /// The etag of the automation.
    pub automation_version: i64,
    /// When the automation last changed.
    pub automation_update_time: Timestamp,
    /// When it was made.
    pub create_time: Timestamp,
    /// When the row last changed.
    pub update_time: Timestamp,
    /// The etag.
    pub version: i64,
}

/// Where the tickets of a pipeline go that is being deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leaving {
    /// The pipeline that takes them.
    #[serde(rename = "t")]
    pub to: PipelineId,
    /// Which status takes the place of which; others go by category.
    #[serde(rename = "m")]
    pub mapping: BTreeMap<StatusId, StatusId>,
}

/// What happens by itself to the tickets of a pipeline (R-147).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Automation {
    /// Closing sets the close time (R-150).
    #[serde(rename = "c")]
    pub sets_close_time: bool,
    /// A user sent a mail from the ticket (R-161).
    #[serde(rename = "s")]
    pub on_sent: StatusRule,
    /// The contact answered by mail (R-163).
    #[serde(rename = "r")]
    pub on_reply: StatusRule,
}

impl Default for Automation {
    fn default() -> Self {
        Self { sets_close_time: true, on_sent: StatusRule::default(), on_reply: StatusRule::default() }
    }
}

/// A status that tickets enter by themselves.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusRule {
    /// Whether it does anything (R-160).
    #[serde(rename = "e")]
    pub enabled: bool,
    /// Which status; none: the usual one (C-075).
    #[serde(rename = "t")]
    pub to: Option<StatusId>,
}

impl StatusRule {
    /// The status to enter: the chosen one, else the first of the usual category.
    pub fn target<'a>(&self, statuses: &[&'a Status], usual: StatusCategory) -> Option<&'a Status> {
        match &self.to {
            Some(id) => statuses.iter().copied().find(|status| status.id == *id),
            None => first_status(statuses.iter().copied().filter(|status| status.category == usual), true),
        }
    }
}

/// How the close time of tickets of a pipeline behaves at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Closing {
    /// The moment.
    pub now: Timestamp,
    /// Closing sets the close time to it.
    pub sets_time: bool,
}

/// One status of a pipeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// Its pipeline.
    pub pipeline: PipelineId,
    /// Chosen id, unique in the pipeline.
    pub id: StatusId,
    /// Name for people.
    pub display_name: String,
    /// What it means.
    pub category: StatusCategory,
    /// Display order.
    pub position: i64,
    /// What a ticket must say before a call brings it here.
    pub required: Vec<FormField>,
    /// The status that takes its tickets while it is being deleted.
    pub leaving: Option<StatusId>,
    /// When it was made.
    pub create_time: Timestamp,
    /// When the row last changed.
    pub update_time: Timestamp,
    /// The etag.
    pub version: i64,
}

impl Pipeline {
    /// A pipeline as it is made.
    pub fn new(id: PipelineId, display_name: String, position: i64, now: Timestamp) -> Self {
        Self {
            id,
            display_name,
            position,
            transitions: BTreeSet::new(),
            beginnings: BTreeSet::new(),
            leaving: None,
            automation: Automation::default(),
            automation_version: 1,
            automation_update_time: now,
            create_time: now,
            update_time: now,
            version: 1,
        }
    }

    /// Whether one status may follow another by hand.
    pub fn lets(&self, from: &StatusId, to: &StatusId) -> bool {
        self.transitions.is_empty() || self.transitions.contains(&(from.clone(), to.clone()))
    }

    /// Whether a ticket may be made in a status by hand.
    pub fn begins_in(&self, status: &StatusId) -> bool {
        self.beginnings.is_empty() || self.beginnings.contains(status)
    }

    /// Whether a ticket may come into a status by hand from another pipeline: where tickets are made, or, where that is in any
    /// but there are transitions, in the first open one. Else a way through another pipeline would lead around them.
    pub fn takes_in(&self, status: &StatusId, first_open: Option<&StatusId>) -> bool {
        let anywhere = self.beginnings.is_empty() && self.transitions.is_empty();
        let first = self.beginnings.is_empty() && first_open == Some(status);
        anywhere || first || self.beginnings.contains(status)
    }
}

impl Status {
    /// A status as it is made.
    pub fn new(
        (pipeline, id): (PipelineId, StatusId),
        display_name: String,
        category: StatusCategory,
        position: i64,
        now: Timestamp,
    ) -> Self {
        let (required, leaving) = (Vec::new(), None);
        let (create_time, update_time) = (now, now);
        Self { pipeline, id, display_name, category, position, required, leaving, create_time, update_time, version: 1 }
    }

    /// Whether a ticket in this status is open.
    pub fn is_open(&self) -> bool {
        self.category != StatusCategory::Closed
    }
}

/// The id of the pipeline every account begins with, and keeps.
pub const DEFAULT_PIPELINE: &str = "support";

/// The four statuses of the default pipeline: id, name, category.
pub const DEFAULT_STATUSES: [(&str, &str, StatusCategory); 4] = [
    ("new", "New", StatusCategory::New),
    ("waiting-on-contact", "Waiting on contact", StatusCategory::WaitingOnContact),
    ("waiting-on-us", "Waiting on us", StatusCategory::WaitingOnUs),
    ("closed", "Closed", StatusCategory::Closed),
];

/// The first status by display order, ties by name, that is open or closed as asked (C-070).
pub fn first_status<'a>(statuses: impl Iterator<Item = &'a Status>, open: bool) -> Option<&'a Status> {
    statuses
        .filter(|s| s.is_open() == open)
        .min_by(|a, b| (a.position, &a.display_name).cmp(&(b.position, &b.display_name)))
}

/// The status that takes the place of one of `category` in another pipeline: the first of the same category by display
/// order, else the first that is as open or closed (C-020).
pub fn status_like<'a>(statuses: &[&'a Status], category: StatusCategory) -> Option<&'a Status> {
    let (open, all) = (category != StatusCategory::Closed, || statuses.iter().copied());
    first_status(all().filter(|status| status.category == category), open).or_else(|| first_status(all(), open))
}

/// The state, OPEN or CLOSED, of which these statuses have none (C-071).
pub fn lacks_state<'a>(statuses: impl Iterator<Item = &'a Status>) -> Option<&'static str> {
    let (mut open, mut closed) = (false, false);
    for status in statuses {
        open |= status.is_open();
        closed |= !status.is_open();
    }
    match (open, closed) {
        (true, true) => None,
        (false, _) => Some("OPEN"),
        (true, false) => Some("CLOSED"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(id: &str, name: &str, category: StatusCategory, position: i64) -> Status {
        let key = (PipelineId::stored("p"), StatusId::stored(id));
        Status::new(key, name.to_owned(), category, position, Timestamp::from_micros(1))
    }

    /// C-070: the lowest place counts, then the name.
    #[test]
    fn the_first_open_status_is_the_lowest_and_then_by_name() {
        use StatusCategory::{Closed, New, WaitingOnUs};
        let all = [status("a", "B", New, 3), status("b", "A", WaitingOnUs, 3), status("c", "0", Closed, 0)];
        assert_eq!(first_status(all.iter(), true).map(|found| found.id.as_str()), Some("b"));
        assert_eq!(first_status(all.iter(), false).map(|found| found.id.as_str()), Some("c"));
        assert_eq!(first_status(all[2..].iter(), true), None);
    }

    /// C-071: one open and one closed status are the least.
    #[test]
    fn a_pipeline_has_an_open_and_a_closed_status() {
        let (open, closed) = (status("a", "A", StatusCategory::New, 0), status("b", "B", StatusCategory::Closed, 1));
        assert_eq!(lacks_state([&open, &closed].into_iter()), None);
        assert_eq!(lacks_state([&open].into_iter()), Some("CLOSED"));
        assert_eq!(lacks_state([&closed].into_iter()), Some("OPEN"));
        assert_eq!(lacks_state([].into_iter()), Some("OPEN"));
    }

    /// C-075: without a choice the usual status, and nothing where there is none.
    #[test]
    fn a_rule_without_a_status_takes_the_usual_one() {
        use StatusCategory::{New, WaitingOnContact, WaitingOnUs};
        let (new, waits) = (status("n", "N", New, 0), status("w", "W", WaitingOnContact, 1));
        let all = [&new, &waits];
        let rule = |to: Option<&str>| StatusRule { enabled: true, to: to.map(StatusId::stored) };
        assert_eq!(rule(None).target(&all, WaitingOnContact), Some(&waits));
        assert_eq!(rule(None).target(&all, WaitingOnUs), None);
        assert_eq!(rule(Some("n")).target(&all, WaitingOnUs), Some(&new));
        assert_eq!(rule(Some("x")).target(&all, WaitingOnUs), None);
    }
}
