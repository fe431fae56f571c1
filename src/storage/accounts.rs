//! Making an account: the one change outside lanes that makes what lanes are for (W9).

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait, Statement};

use super::dialect::RowsVerb;
use super::lane::RequestKey;
use super::rows::{Stored, account, account_head, job_head, request_record};
use super::{Store, StoreError, write_rows};
use crate::domain::account::Account;
use crate::domain::event::Event;
use crate::domain::ids::AccountId;
use crate::domain::pipeline::{Pipeline, Status};
use crate::domain::rejection::Rejection;
use crate::domain::text_block::TextBlock;
use crate::domain::time::Timestamp;
use crate::domain::user::{AccessKey, User};

/// Everything an account begins with.
#[derive(Debug, Clone)]
pub struct Founding {
    /// The account.
    pub account: Account,
    /// The first person.
    pub administrator: User,
    /// The first access key.
    pub key: AccessKey,
    /// The default pipeline.
    pub pipeline: Pipeline,
    /// Its statuses.
    pub statuses: Vec<Status>,
    /// The ready-made emails.
    pub texts: Vec<TextBlock>,
    /// What happened, from sequence 1 on without gap.
    pub events: Vec<Event>,
}

/// An answer to be kept under a request id.
#[derive(Debug, Clone)]
pub struct KeptAnswer {
    /// What it is found by.
    pub key: RequestKey,
    /// SHA-256 of the request.
    pub hash: Vec<u8>,
    /// The encoded answer.
    pub answer: Vec<u8>,
    /// When it may be forgotten.
    pub expire_time: Timestamp,
}

/// What stands where a new account wants to be.
#[derive(Debug)]
pub enum Place {
    /// Nothing; the place is held until it is filled or dropped.
    Free(FreePlace),
    /// The answer to an earlier call with this request id.
    Answered {
        /// SHA-256 of the earlier request.
        hash: Vec<u8>,
        /// The encoded answer.
        answer: Vec<u8>,
    },
    /// Another account.
    Taken,
}

/// The right to fill a place, held by a transaction.
#[derive(Debug)]
pub struct FreePlace {
    store: Store,
    transaction: DatabaseTransaction,
    /// The moment of the change.
    pub now: Timestamp,
}

/// Looks where a new account wants to be, and holds the place when it is free: twins take turns.
///
/// # Errors
/// The database's.
pub async fn place(store: &Store, id: &AccountId, request: Option<&RequestKey>) -> Result<Place, StoreError> {
    let transaction = store.begin_write().await?;
    if store.backend() == DbBackend::Postgres {
        // The same turn that lanes take, so that nobody sees half an account.
        let sql = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))";
        transaction.execute_raw(Statement::from_sql_and_values(DbBackend::Postgres, sql, [id.as_str().into()])).await?;
    }
    if account::Entity::find_by_id(id.to_string()).one(&transaction).await?.is_none() {
        let now = store.now(&transaction).await?;
        return Ok(Place::Free(FreePlace { store: store.clone(), transaction, now }));
    }
    let Some(key) = request else { return Ok(Place::Taken) };
    let key = (id.to_string(), key.caller.clone(), key.method.clone(), key.request_id.clone());
    let kept = request_record::Entity::find_by_id(key).one(&transaction).await?;
    Ok(kept.map_or(Place::Taken, |kept| Place::Answered { hash: kept.request_hash, answer: kept.answer }))
}

impl FreePlace {
    /// Stores the account, and the answer to be kept.
    ///
    /// # Errors
    /// [`Rejection::StorageUnavailable`], with unknown outcome when the commit itself failed.
    pub async fn fill(self, founding: &Founding, kept: Option<KeptAnswer>) -> Result<(), Rejection> {
        self.write(founding, kept).await.map_err(|error| error.rejection())?;
        self.transaction.commit().await.map_err(|error| {
            tracing::warn!(%error, "the commit of a new account failed or is in doubt");
            Rejection::StorageUnavailable { unknown: true }
        })?;
        self.store.hint_committed(&founding.account.id);
        Ok(())
    }

    async fn write(&self, founding: &Founding, kept: Option<KeptAnswer>) -> Result<(), StoreError> {
        let (db, id) = (&self.transaction, &founding.account.id);
        insert(db, id, std::slice::from_ref(&founding.account)).await?;
        let account_id = id.to_string();
        let last_event = founding.events.last().map_or(0, |event| event.sequence);
        let head = account_head::Model {
            account_id: account_id.clone(),
            last_event,
            last_ticket: 0,
            config_seq: 1,
            load_seq: 0,
            waiting: 0,
            credits_used: 0,
        };
        write_rows::<account_head::Entity>(db, RowsVerb::Insert, &[head]).await?;
        // Due at once: the worker visits the account and finds out what it has to do.
        let jobs = job_head::Model { account_id: account_id.clone(), next_due: 0 };
        write_rows::<job_head::Entity>(db, RowsVerb::Insert, &[jobs]).await?;
        insert(db, id, std::slice::from_ref(&founding.administrator)).await?;
        insert(db, id, std::slice::from_ref(&founding.key)).await?;
        insert(db, id, std::slice::from_ref(&founding.pipeline)).await?;
        insert(db, id, &founding.statuses).await?;
        insert(db, id, &founding.texts).await?;
        insert(db, id, &founding.events).await?;
        let kept = kept.map(|KeptAnswer { key, hash, answer, expire_time }| request_record::Model {
            account_id,
            caller: key.caller,
            method: key.method,
            request_id: key.request_id,
            request_hash: hash,
            answer,
            expire_time: expire_time.as_micros(),
        });
        Ok(write_rows::<request_record::Entity>(db, RowsVerb::Insert, kept.as_slice()).await?)
    }
}

async fn insert<V: Stored>(db: &impl ConnectionTrait, account: &AccountId, values: &[V]) -> Result<(), StoreError> {
    let rows: Vec<_> = values.iter().map(|value| value.to_row(account)).collect();
    Ok(write_rows::<V::Table>(db, RowsVerb::Insert, &rows).await?)
}
