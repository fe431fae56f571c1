//! The search structures over what tickets are associated with and activities are about: kept in step with them, and
//! read where a record is deleted.

use std::collections::BTreeSet;

use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::super::dialect::RowsVerb;
use super::super::rows::{activity_record, conversation, ticket_record};
use super::super::write::write_rows;
use super::records::RecordKeys;
use super::world::World;
use crate::domain::ids::{ActivityId, ConversationId, TicketNumber};
use crate::domain::links::RecordRef;
use crate::domain::ticket::Ticket;

/// How many tickets, conversations and activities of a deleted record change in one write (W7).
pub const RELEASED_AT_ONCE: usize = 500;

/// Reads what is associated with records.
pub(super) async fn round(db: &impl ConnectionTrait, world: &mut World, keys: &RecordKeys) -> Result<(), DbErr> {
    for record in &keys.tickets_of {
        use ticket_record::Column;
        let rows = ticket_record::Entity::find()
            .filter(Column::AccountId.eq(world.account.id.as_str()))
            .filter(Column::Kind.eq(record.kind().code()))
            .filter(Column::RecordId.eq(record.uuid()))
            .order_by_asc(Column::Number)
            .limit(RELEASED_AT_ONCE as u64)
            .all(db)
            .await?;
        let numbers = rows.into_iter().map(|row| TicketNumber(row.number)).collect();
        world.records.tickets_of.load(*record, Some(numbers));
    }
    for record in &keys.activities_of {
        use activity_record::Column;
        let rows = activity_record::Entity::find()
            .filter(Column::AccountId.eq(world.account.id.as_str()))
            .filter(Column::Kind.eq(record.kind().code()))
            .filter(Column::RecordId.eq(record.uuid()))
            .order_by_asc(Column::ActivityId)
            .limit(RELEASED_AT_ONCE as u64)
            .all(db)
            .await?;
        let ids = rows.into_iter().map(|row| ActivityId(row.activity_id)).collect();
        world.records.activities_of.load(*record, Some(ids));
    }
    for contact in &keys.conversations_of {
        use conversation::Column;
        let ids: Vec<uuid::Uuid> = conversation::Entity::find()
            .select_only()
            .column(Column::Id)
            .filter(Column::AccountId.eq(world.account.id.as_str()))
            .filter(Column::ContactId.eq(contact.0))
            .order_by_asc(Column::Id)
            .limit(RELEASED_AT_ONCE as u64)
            .into_tuple()
            .all(db)
            .await?;
        world.records.conversations_of.load(*contact, Some(ids.into_iter().map(ConversationId).collect()));
    }
    Ok(())
}

/// Keeps the structures in step with the tickets and activities, which are written already.
pub(super) async fn flush(db: &impl ConnectionTrait, worlds: &[World]) -> Result<(), DbErr> {
    let (mut gone, mut come) = (Vec::new(), Vec::new());
    for world in worlds {
        let row = |number: TicketNumber, record: &RecordRef| ticket_record::Model {
            account_id: world.account.id.to_string(),
            kind: record.kind().code().to_owned(),
            record_id: record.uuid(),
            number: number.0,
        };
        let diff = world.tickets.diff();
        let inserted = diff.inserted.iter().map(|now| (None, *now));
        for (old, now) in inserted.chain(diff.updated.iter().map(|(old, now)| (Some(*old), *now))) {
            let old: BTreeSet<RecordRef> = old.into_iter().flat_map(Ticket::records).collect();
            let new: BTreeSet<RecordRef> = now.records().collect();
            gone.extend(old.difference(&new).map(|record| row(now.number, record)));
            come.extend(new.difference(&old).map(|record| row(now.number, record)));
        }
    }
    write_rows::<ticket_record::Entity>(db, RowsVerb::Delete, &gone).await?;
    write_rows::<ticket_record::Entity>(db, RowsVerb::Insert, &come).await
}

/// What the activities that change are about: rows that go, before the activities, and rows that come, after them.
pub(super) fn about(worlds: &[World]) -> (Vec<activity_record::Model>, Vec<activity_record::Model>) {
    let (mut gone, mut come) = (Vec::new(), Vec::new());
    let none = BTreeSet::new();
    for world in worlds {
        for id in world.records.activities.touched(0) {
            let row = |record: &RecordRef| activity_record::Model {
                account_id: world.account.id.to_string(),
                kind: record.kind().code().to_owned(),
                record_id: record.uuid(),
                activity_id: id.0,
            };
            let (stored, now) = world.records.activities.change(id);
            let (old, new) =
                (stored.map_or(&none, |activity| &activity.about), now.map_or(&none, |activity| &activity.about));
            gone.extend(old.difference(new).map(row));
            come.extend(new.difference(old).map(row));
        }
    }
    (gone, come)
}
