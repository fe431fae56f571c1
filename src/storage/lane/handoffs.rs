//! Hand-offs, as a batch knows them: those it was asked for, and those that are due.

use std::collections::BTreeSet;

use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::super::StoreError;
use super::super::rows::{Stored, handoff};
use super::flush::save;
use super::load::uuids;
use super::lookup::Lookup;
use super::table::Table;
use super::world::World;
use crate::domain::handoff::Handoff;
use crate::domain::ids::HandoffId;
use crate::domain::time::Timestamp;

/// Hand-offs that one batch looks at because their time has come; the rest comes with the next.
const AT_ONCE: u64 = 16;

/// The rows that a round reads.
#[derive(Debug, Default)]
pub struct HandoffKeys {
    /// Hand-offs.
    pub ids: BTreeSet<HandoffId>,
    /// The first for which something is to be done at a time.
    pub due: bool,
}

/// See the module.
#[derive(Debug)]
pub struct Handoffs {
    /// Hand-offs.
    pub rows: Table<HandoffId, Handoff>,
    due: Option<Vec<HandoffId>>,
}

impl Default for Handoffs {
    fn default() -> Self {
        Self { rows: Table::new("hand-off"), due: None }
    }
}

impl Handoffs {
    /// The hand-offs for which something is to be done at a time, the first first; those the batch has made among them.
    pub fn due(&self) -> Vec<(Timestamp, HandoffId)> {
        let mut due: Vec<_> = self.rows.values().filter_map(|found| Some((found.due?, found.id))).collect();
        due.sort();
        due
    }
}

impl HandoffKeys {
    /// Drops what is known already.
    #[must_use]
    pub fn without_known(mut self, known: &Handoffs) -> Self {
        self.ids.retain(|key| !known.rows.knows(key));
        self.due &= known.due.is_none();
        self
    }

    /// Whether nothing is left to read.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty() && !self.due
    }
}

/// Reads `keys` into `world`.
pub(super) async fn round(db: &impl ConnectionTrait, world: &mut World, keys: &HandoffKeys) -> Result<(), StoreError> {
    use handoff::Column as C;
    static BY_ID: Lookup = Lookup::new();
    if keys.is_empty() {
        return Ok(());
    }
    let account = world.account.id.clone();
    let mut rows = Vec::new();
    if !keys.ids.is_empty() {
        let ids = uuids(keys.ids.iter().map(|id| id.0));
        rows.extend(BY_ID.rows::<handoff::Entity>(db, &account, &[C::Id], ids).await?);
    }
    if keys.due {
        let due = handoff::Entity::find().filter(C::AccountId.eq(account.as_str())).filter(C::DueTime.is_not_null());
        let due = due.order_by_asc(C::DueTime).limit(AT_ONCE).all(db).await?;
        world.handoffs.due = Some(due.iter().map(|row| HandoffId(row.id)).collect());
        rows.extend(due);
    }
    for row in rows {
        let found = Handoff::from_row(row)?;
        world.handoffs.rows.load(found.id, Some(found));
    }
    keys.ids.iter().for_each(|id| world.handoffs.rows.load(*id, None));
    Ok(())
}

/// Writes what the batches of a commit did.
pub(super) async fn flush(db: &impl ConnectionTrait, worlds: &[World]) -> Result<(), DbErr> {
    save(db, worlds, |world| &world.handoffs.rows).await
}
