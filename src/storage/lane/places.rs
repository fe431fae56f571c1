//! Which tickets lie in a pipeline or a status, read where one of them is deleted.

use std::collections::BTreeSet;

use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::super::rows::ticket;
use super::keys::Keys;
use super::world::World;
use crate::domain::ids::{PipelineId, StatusId, TicketNumber};
use crate::domain::ticket::Ticket;

/// How many tickets of a deleted pipeline or status move in one write (W7).
pub const MOVED_AT_ONCE: usize = 500;

/// A pipeline, or one status of it.
pub type StatusPlace = (PipelineId, Option<StatusId>);

/// Whether a ticket lies there.
fn lies_in(ticket: &Ticket, (pipeline, status): &StatusPlace) -> bool {
    ticket.pipeline == *pipeline && status.as_ref().is_none_or(|status| ticket.status == *status)
}

impl World {
    /// The next tickets that lie in a place, whatever became of them, and whether there may be more. Those that the
    /// database has must be loaded: [`World::peek_tickets_in`] names them.
    pub fn tickets_in(&self, place: &StatusPlace) -> (Vec<Ticket>, bool) {
        let stored = self.tickets_in.get(place).map(Vec::as_slice).unwrap_or_default();
        let more = stored.len() >= MOVED_AT_ONCE;
        let known = self.tickets.values().filter(|ticket| lies_in(ticket, place)).map(|ticket| ticket.number);
        let numbers: BTreeSet<TicketNumber> = stored.iter().copied().chain(known).collect();
        let tickets = numbers.iter().filter_map(|number| self.tickets.get(number));
        (tickets.filter(|ticket| lies_in(ticket, place)).cloned().collect(), more)
    }

    /// What the database has there, as far as it is read: for needs.
    pub fn peek_tickets_in(&self, place: &StatusPlace) -> &[TicketNumber] {
        self.tickets_in.peek(place).map(Vec::as_slice).unwrap_or_default()
    }
}

/// One round: reads `keys` into `world`.
pub(super) async fn load(db: &impl ConnectionTrait, world: &mut World, keys: &Keys) -> Result<(), DbErr> {
    use ticket::Column;
    for place in &keys.tickets_in {
        let mut query = ticket::Entity::find()
            .select_only()
            .column(Column::Number)
            .filter(Column::AccountId.eq(world.account.id.as_str()))
            .filter(Column::PipelineId.eq(place.0.as_str()));
        if let Some(status) = &place.1 {
            query = query.filter(Column::StatusId.eq(status.as_str()));
        }
        let query = query.order_by_asc(Column::StatusId).order_by_asc(Column::Number).limit(MOVED_AT_ONCE as u64);
        let numbers: Vec<i64> = query.into_tuple().all(db).await?;
        world.tickets_in.load(place.clone(), Some(numbers.into_iter().map(TicketNumber).collect()));
    }
    Ok(())
}
