//! One account's part of a batch: what its operations need is read, then they decide one after another.

use std::time::{Duration, Instant};

use sea_orm::ConnectionTrait;

use super::super::StoreError;
use super::keys::Keys;
use super::operation::Pending;
use super::world::{LaneMemory, World};
use super::{LaneLimits, load, waiting};
use crate::domain::ids::AccountId;

/// How often an operation may name further needs (W1).
const ROUNDS: usize = 4;

/// What waits for one account, and what the lane remembers of it.
pub(super) struct Batch {
    pub account: AccountId,
    pub operations: Vec<Box<dyn Pending>>,
    /// Operations that this batch has no room for, in order.
    pub later: Vec<Box<dyn Pending>>,
    pub memory: Option<LaneMemory>,
    /// Another replica had the account's turn, so all was put off.
    pub contended: bool,
}

impl Batch {
    /// How long the first of the callers to leave still waits (W6); nothing when all wait for ever.
    pub fn patience(&self) -> Option<Duration> {
        let first = self.operations.iter().filter_map(|operation| operation.deadline()).min()?;
        Some(first.saturating_duration_since(Instant::now()))
    }

    /// The turn did not come before the first caller had to leave: those whose time is over are told, the others wait on
    /// in a later batch. Returns whether anybody was told; without, the wait was not theirs.
    pub fn wait_on(&mut self) -> bool {
        let waiting = self.operations.len();
        self.drop_expired();
        let told = self.operations.len() < waiting;
        if told {
            self.put_off(0);
        }
        told
    }

    /// Leaves out what nobody waits for any more: waiting for the account's turn may have taken its time.
    pub fn drop_expired(&mut self) {
        let now = Instant::now();
        for operation in std::mem::take(&mut self.operations) {
            match operation.expired(now) {
                Some(rejection) => operation.finish(Some(rejection)),
                None => self.operations.push(operation),
            }
        }
    }

    /// Puts the operations from `index` on off to a later batch.
    pub fn put_off(&mut self, index: usize) {
        let rest = self.operations.split_off(index);
        self.later.splice(..0, rest);
    }

    /// Puts everything off, because another replica has the account's turn.
    pub fn wait_alone(&mut self) {
        self.put_off(0);
        self.contended = true;
    }

    /// Reads what the operations need, one statement per table and round for all of them.
    pub async fn load(&mut self, db: &impl ConnectionTrait, world: &mut World) -> Result<(), StoreError> {
        load_needs(db, world, &mut self.operations).await
    }

    /// Lets the operations decide, each on what the ones before it did, until the batch is full (W7). The first always
    /// has room; the rest is left for a later batch.
    pub async fn decide(
        &mut self,
        db: &impl ConnectionTrait,
        world: &mut World,
        limits: &LaneLimits,
    ) -> Result<(), StoreError> {
        let begun = Instant::now();
        for index in 0..self.operations.len() {
            if index > 0 && begun.elapsed() >= limits.time {
                self.put_off(index);
                break;
            }
            // What the ones before it did may lead this one to rows that nobody needed until now.
            load_needs(db, world, &mut self.operations[index..=index]).await?;
            let mut mark = world.mark();
            self.operations[index].decide(world);
            if world.lacks_waiting() {
                world.rewind(mark);
                waiting::load(db, world).await?;
                mark = world.mark();
                self.operations[index].decide(world);
            }
            if index > 0 && world.written() > limits.rows {
                world.rewind(mark);
                self.put_off(index);
                break;
            }
        }
        Ok(())
    }

    /// Whether any operation changed anything.
    pub fn wrote(&self) -> bool {
        self.operations.iter().any(|operation| operation.wrote())
    }
}

async fn load_needs(
    db: &impl ConnectionTrait,
    world: &mut World,
    operations: &mut [Box<dyn Pending>],
) -> Result<(), StoreError> {
    for _ in 0..ROUNDS {
        let mut keys = Keys::default();
        for operation in operations.iter_mut() {
            operation.needs(world, &mut keys);
        }
        let keys = keys.without_known(world);
        if keys.is_empty() {
            break;
        }
        load::round(db, world, &keys).await?;
    }
    Ok(())
}
