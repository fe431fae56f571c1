//! Those who wait, and who has how much, on the wire.

use crate::domain::ids::AccountId;
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::domain::routing::{Capacity, CapacityGroup, Line, Load, Named, away, standing_blockers};
use crate::domain::ticket::Ticket;
use crate::domain::time::Timestamp;
use crate::domain::user::User;
use crate::grpc::convert::name;
use crate::grpc::convert::routing::ineligibility;
use crate::grpc::convert::ticket::priority;
use crate::grpc::convert::timestamp;
use crate::grpc::convert::user::capacity_group;
use crate::grpc::pb::v1;
use crate::service::grant::Grant;
use crate::service::queue_read::{Position, Stuck};
use crate::service::queue_watch::QueueNews;

/// Which of those that wait.
///
/// # Errors
/// A name that is none.
pub fn line(grant: &Grant, channel: &str, team: &str) -> Result<Line, Rejection> {
    Ok(Line { channel: name::channel_ref(grant, "channel", channel)?, team: name::team_ref(grant, "team", team)? })
}

/// An answer of a watch over those that wait.
pub fn news(account: &AccountId, news: &QueueNews, resume_token: String) -> v1::WatchQueueResponse {
    v1::WatchQueueResponse {
        queue_entries: news.entries.iter().map(|entry| position(account, entry)).collect(),
        left_tickets: news.left.iter().map(|number| Name::Ticket(*number).within(account)).collect(),
        resume_token,
        caught_up: news.caught_up,
        progress: news.progress,
        reset: news.reset,
    }
}

fn count(number: impl TryInto<i32>) -> i32 {
    number.try_into().unwrap_or(i32::MAX)
}

/// A ticket that waits; `place` on its channel, 0 when it is not known.
pub fn entry(account: &AccountId, ticket: &Ticket, place: u64) -> v1::QueueEntry {
    let channel = ticket.channel.clone().map(|id| Name::Channel(id).within(account));
    v1::QueueEntry {
        ticket: Name::Ticket(ticket.number).within(account),
        channel: channel.unwrap_or_default(),
        priority: ticket.priority.map_or(v1::Priority::Unspecified, priority).into(),
        enter_time: ticket.life.routed.waiting_since.map(timestamp),
        position: count(place),
        expected_wait_low: None,
        expected_wait_high: None,
        waits_for: Vec::new(),
    }
}

/// Where a ticket stands.
pub fn position(account: &AccountId, position: &Position) -> v1::QueueEntry {
    let span = |span: std::time::Duration| prost_types::Duration::try_from(span).ok();
    v1::QueueEntry {
        expected_wait_low: position.expected.and_then(|(low, _)| span(low)),
        expected_wait_high: position.expected.and_then(|(_, high)| span(high)),
        waits_for: position.waits_for.iter().map(|why| ineligibility(*why).into()).collect(),
        ..entry(account, &position.ticket, position.place)
    }
}

/// What one person has. `limited`: limits hold.
pub fn workload(account: &AccountId, user: &User, load: Load, limited: bool, now: Timestamp) -> v1::Workload {
    let capacity = if limited { user.work.capacity } else { Capacity::default() };
    let group = |group: &CapacityGroup| v1::GroupLoad {
        group: capacity_group(*group).into(),
        open_ticket_count: count(load.in_group(*group)),
        limit: capacity.of(*group).map(count),
    };
    // A full group keeps out its own tickets alone.
    let full = capacity.reached(load, CapacityGroup::EmailAndOther).filter(|_| capacity.total.is_some());
    let blockers = standing_blockers(user, Named::Fully).into_iter().chain(away(user, now)).chain(full);
    v1::Workload {
        user: Name::User(user.id.clone()).within(account),
        open_ticket_count: count(load.open),
        total_limit: capacity.total.map(count),
        groups: CapacityGroup::ALL.iter().map(group).collect(),
        last_assign_time: load.last_auto.map(timestamp),
        blockers: blockers.map(|why| ineligibility(why).into()).collect(),
    }
}

/// A ticket that nothing serves.
pub fn stuck(account: &AccountId, stuck: &Stuck) -> v1::StuckTicket {
    v1::StuckTicket {
        ticket: Name::Ticket(stuck.ticket.number).within(account),
        cause: stuck.cause.to_owned(),
        enter_time: stuck.ticket.life.routed.waiting_since.map(timestamp),
    }
}
