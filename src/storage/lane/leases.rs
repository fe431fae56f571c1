//! Leases of presence as a batch reads and writes them.
//!
//! What is read is locked. A renewal that comes at that moment waits for the batch, finds the lease gone or still there,
//! and so never renews what the batch has just declared lost.

use sea_orm::sea_query::LockType;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::super::StoreError;
use super::super::rows::{Stored, presence_lease};
use super::flush::{erase, save};
use super::keys::Keys;
use super::world::World;
use crate::domain::ids::UserId;
use crate::domain::presence::Lease;

/// Leases that one batch lets run out; the rest comes with the next.
const AT_ONCE: u64 = 500;

/// Reads what an operation needs of leases.
pub async fn load(db: &impl ConnectionTrait, world: &mut World, keys: &Keys) -> Result<(), StoreError> {
    use presence_lease::Column as C;
    let of_account = || presence_lease::Entity::find().filter(C::AccountId.eq(world.account.id.as_str()));
    let mut rows = Vec::new();
    if !keys.leases.is_empty() {
        let users = keys.leases.iter().map(UserId::as_str);
        rows.extend(of_account().filter(C::UserId.is_in(users)).lock(LockType::Update).all(db).await?);
    }
    if keys.leases_over {
        let over = of_account().filter(C::ExpireTime.lte(world.now.as_micros()));
        let over = over.order_by_asc(C::ExpireTime).limit(AT_ONCE).lock(LockType::Update).all(db).await?;
        rows.extend(over);
        world.knows_leases_over = true;
    }
    for row in rows {
        let found = Lease::from_row(row)?;
        world.leases.load(found.user.clone(), Some(found));
    }
    keys.leases.iter().for_each(|user| world.leases.load(user.clone(), None));
    Ok(())
}

/// Writes what the batches of a commit did to leases.
pub async fn flush(db: &impl ConnectionTrait, worlds: &[World]) -> Result<(), DbErr> {
    save(db, worlds, |world| &world.leases).await?;
    erase(db, worlds, |world| &world.leases).await
}
