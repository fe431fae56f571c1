//! Ticket pipelines and their statuses. This release has the default pipeline of an account.

use super::codes::coded;
use super::ids::{PipelineId, StatusId};
use super::time::Timestamp;

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
    /// When it was made.
    pub create_time: Timestamp,
    /// When the row last changed.
    pub update_time: Timestamp,
    /// The etag.
    pub version: i64,
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
    /// When it was made.
    pub create_time: Timestamp,
    /// When the row last changed.
    pub update_time: Timestamp,
    /// The etag.
    pub version: i64,
}

impl Status {
    /// Whether a ticket in this status is open.
    pub fn is_open(&self) -> bool {
        self.category != StatusCategory::Closed
    }
}

/// The id of the pipeline every account has.
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
