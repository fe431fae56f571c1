//! Calls, as a batch knows them: those it was asked for, and all that go on, which say who is busy.

use std::collections::BTreeSet;

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, Value};

use super::super::StoreError;
use super::super::rows::{Stored, call};
use super::flush::save;
use super::load::uuids;
use super::lookup::Lookup;
use super::table::Table;
use super::world::World;
use crate::domain::call::Call;
use crate::domain::ids::{CallId, ChannelId, UserId};

/// The rows that a round reads.
#[derive(Debug, Default)]
pub struct CallKeys {
    /// Calls.
    pub calls: BTreeSet<CallId>,
    /// The call of a channel's external id.
    pub external: BTreeSet<(ChannelId, String)>,
    /// Every call that goes on.
    pub live: bool,
}

/// See the module.
#[derive(Debug)]
pub struct Calls {
    /// Calls.
    pub calls: Table<CallId, Call>,
    /// The call of a channel's external id.
    pub external: Table<(ChannelId, String), CallId>,
    live: bool,
}

impl Default for Calls {
    fn default() -> Self {
        Self { calls: Table::new("call"), external: Table::new("external call id"), live: false }
    }
}

impl Calls {
    /// Whether the person is on the phone.
    pub fn is_busy(&self, user: &UserId) -> bool {
        self.calls.values().any(|call| call.occupies(user))
    }
}

impl CallKeys {
    /// Drops what is known already.
    #[must_use]
    pub fn without_known(mut self, known: &Calls) -> Self {
        self.calls.retain(|key| !known.calls.knows(key));
        self.external.retain(|key| !known.external.knows(key));
        self.live &= !known.live;
        self
    }

    /// Whether nothing is left to read.
    pub fn is_empty(&self) -> bool {
        self.calls.is_empty() && self.external.is_empty() && !self.live
    }
}

/// Reads `keys` into `world`.
pub(super) async fn round(db: &impl ConnectionTrait, world: &mut World, keys: &CallKeys) -> Result<(), StoreError> {
    use call::Column as C;
    static BY_ID: Lookup = Lookup::new();
    static BY_EXTERNAL_ID: Lookup = Lookup::new();
    let account = world.account.id.clone();
    let mut rows = Vec::new();
    if !keys.calls.is_empty() {
        let ids = uuids(keys.calls.iter().map(|id| id.0));
        rows.extend(BY_ID.rows::<call::Entity>(db, &account, &[C::Id], ids).await?);
    }
    if !keys.external.is_empty() {
        let tuples = keys.external.iter().map(|(c, id)| vec![Value::from(c.to_string()), Value::from(id.clone())]);
        rows.extend(BY_EXTERNAL_ID.rows::<call::Entity>(db, &account, &[C::ChannelId, C::ExternalId], tuples).await?);
    }
    if keys.live {
        let live = call::Entity::find().filter(C::AccountId.eq(account.as_str()));
        rows.extend(live.filter(Expr::cust("state IN ('ringing', 'answered', 'voicemail')")).all(db).await?);
    }
    for row in rows {
        let found = Call::from_row(row)?;
        world.calls.external.load((found.channel.clone(), found.external_id.clone()), Some(found.id));
        world.calls.calls.load(found.id, Some(found));
    }
    keys.calls.iter().for_each(|id| world.calls.calls.load(*id, None));
    keys.external.iter().for_each(|key| world.calls.external.load(key.clone(), None));
    world.calls.live |= keys.live;
    Ok(())
}

/// Writes what the batches of a commit did.
pub(super) async fn flush(db: &impl ConnectionTrait, worlds: &[World]) -> Result<(), DbErr> {
    save(db, worlds, |world| &world.calls.calls).await
}
