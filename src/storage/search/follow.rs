//! Reading the event log into the index: a bounded stretch of one account after the other, so that nobody's backlog
//! delays another.
//!
//! A stretch is read, and the place in the log moved, in one transaction. On PostgreSQL that transaction holds the account's
//! head from its beginning and others pass it by, so several replicas neither index twice nor leave anything out. On SQLite,
//! where one process writes, the slow part happens before the writer's turn is taken, several accounts share a commit, and
//! the head is compared before it is moved.

use sea_orm::{ConnectionTrait, DbBackend, Statement, Value};

use super::super::{Store, StoreError};
use super::gather::{Changes, gather};
use super::plan::Touched;
use super::words::Slot;
use super::write::{Piece, apply, pieces};
use crate::domain::ids::AccountId;

/// Events of one account in one turn.
const EVENTS: i64 = 500;
/// Accounts of one round.
const ACCOUNTS: i64 = 16;

const BEHIND: &str = "SELECT a.account_id AS account_id, s.slot AS slot FROM account_head a \
    LEFT JOIN search_head s ON s.account_id = a.account_id \
    WHERE a.account_id > $1 AND a.last_event > coalesce(s.indexed, 0) ORDER BY a.account_id LIMIT $2";

const ADOPT: &str = "INSERT INTO search_head (account_id, slot, indexed) \
    SELECT $1, coalesce(max(slot), 0) + 1, 0 FROM search_head WHERE TRUE ON CONFLICT DO NOTHING";

const HEAD: &str = "SELECT slot, indexed FROM search_head WHERE account_id = $1";
const HEAD_HELD: &str = "SELECT slot, indexed FROM search_head WHERE account_id = $1 FOR UPDATE SKIP LOCKED";
const MOVE_HEAD: &str = "UPDATE search_head SET indexed = $2 WHERE account_id = $1";
const LAST: &str = "SELECT last_event FROM account_head WHERE account_id = $1";

const STRETCH: &str = "SELECT sequence, kind, resource, ticket_number FROM event \
    WHERE account_id = $1 AND sequence > $2 AND sequence <= $3 ORDER BY sequence LIMIT $4";

/// How far an account is read, and what its words begin with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// Before each word.
    pub slot: Slot,
    /// Sequence of the last event that is in the index.
    pub indexed: i64,
}

/// A stretch of an account's log, worked out.
struct Stretch {
    account: AccountId,
    from: Head,
    upto: i64,
    changes: Changes,
    pieces: Vec<Piece>,
    /// There is more than one turn takes.
    cut: bool,
}

/// Keeps the index up to date. Several may work on one database.
#[derive(Debug)]
pub struct Follower {
    store: Store,
    /// The account served last; the next round begins behind it.
    served: String,
    /// The last round left something for the next one.
    more: bool,
}

impl Follower {
    /// A follower of all accounts of `store`.
    pub const fn new(store: Store) -> Self {
        Self { store, served: String::new(), more: false }
    }

    /// Whether the last round left something that was there when it began.
    pub const fn is_behind(&self) -> bool {
        self.more
    }

    /// Serves the next accounts that have something new, one stretch each. Returns false when there was nothing to do.
    ///
    /// # Errors
    /// The database's; what was committed before stays.
    pub async fn round(&mut self) -> Result<bool, StoreError> {
        self.more = false;
        let mut accounts = self.behind().await?;
        if accounts.is_empty() && !self.served.is_empty() {
            self.served.clear();
            accounts = self.behind().await?;
        }
        let Some(last) = accounts.last() else { return Ok(false) };
        let midway = !std::mem::replace(&mut self.served, last.to_string()).is_empty();
        self.more = midway || accounts.len() as u64 == ACCOUNTS.unsigned_abs();
        if self.store.backend() == DbBackend::Sqlite {
            return self.together(&accounts).await;
        }
        let mut done = false;
        for account in &accounts {
            done |= self.alone(account).await?;
        }
        Ok(done)
    }

    /// Serves everything that there is.
    ///
    /// # Errors
    /// The database's.
    pub async fn catch_up(&mut self) -> Result<(), StoreError> {
        while self.round().await? {}
        Ok(())
    }

    async fn behind(&self) -> Result<Vec<AccountId>, StoreError> {
        let values = vec![self.served.as_str().into(), ACCOUNTS.into()];
        let rows = self.store.reader().query_all_raw(statement(self.store.backend(), BEHIND, values)).await?;
        let mut accounts = Vec::new();
        for row in rows {
            let account = AccountId::stored(row.try_get::<String>("", "account_id")?);
            if row.try_get::<Option<i64>>("", "slot")?.is_none() {
                let adopt = statement(self.store.backend(), ADOPT, vec![account.as_str().into()]);
                self.store.writer().execute_raw(adopt).await?;
            }
            accounts.push(account);
        }
        Ok(accounts)
    }

    /// PostgreSQL: the head is held from the beginning. Nothing is done when somebody else holds it.
    async fn alone(&mut self, account: &AccountId) -> Result<bool, StoreError> {
        let transaction = self.store.begin_write().await?;
        let Some(from) = head(&transaction, account, HEAD_HELD).await? else {
            transaction.rollback().await?;
            return Ok(false);
        };
        let Some(stretch) = stretch(&transaction, account, from).await? else {
            transaction.rollback().await?;
            return Ok(false);
        };
        self.more |= stretch.cut;
        stretch.write(&transaction).await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// SQLite: worked out with a reader, written in one short turn of the writer.
    async fn together(&mut self, accounts: &[AccountId]) -> Result<bool, StoreError> {
        let mut stretches = Vec::new();
        for account in accounts {
            if let Some(from) = head(self.store.reader(), account, HEAD).await? {
                stretches.extend(stretch(self.store.reader(), account, from).await?);
            }
        }
        if stretches.is_empty() {
            return Ok(false);
        }
        self.more |= stretches.iter().any(|stretch| stretch.cut);
        let transaction = self.store.begin_write().await?;
        for stretch in stretches {
            // Somebody else may have been there in between.
            if head(&transaction, &stretch.account, HEAD).await? == Some(stretch.from) {
                stretch.write(&transaction).await?;
            }
        }
        transaction.commit().await?;
        Ok(true)
    }
}

impl Stretch {
    async fn write(self, db: &impl ConnectionTrait) -> Result<(), StoreError> {
        apply(db, &self.account, &self.changes, self.pieces).await?;
        let values = vec![self.account.as_str().into(), self.upto.into()];
        db.execute_raw(statement(db.get_database_backend(), MOVE_HEAD, values)).await?;
        Ok(())
    }
}

/// Takes an account out of the index, so that it is read from the beginning of the log again. Meanwhile searches find less.
///
/// # Errors
/// The database's.
pub async fn reset(store: &Store, account: &AccountId) -> Result<(), StoreError> {
    let backend = store.backend();
    let values = || vec![Value::from(account.as_str())];
    let transaction = store.begin_write().await?;
    if backend == DbBackend::Sqlite {
        let words = "DELETE FROM search_words WHERE rowid IN (SELECT doc FROM search_part WHERE account_id = $1)";
        transaction.execute_raw(statement(backend, words, values())).await?;
    }
    for sql in
        ["UPDATE search_head SET indexed = 0 WHERE account_id = $1", "DELETE FROM search_part WHERE account_id = $1"]
    {
        transaction.execute_raw(statement(backend, sql, values())).await?;
    }
    Ok(transaction.commit().await?)
}

/// Where the index stands with an account; nothing for one it does not know yet.
pub async fn read_head(db: &impl ConnectionTrait, account: &AccountId) -> Result<Option<Head>, StoreError> {
    head(db, account, HEAD).await
}

async fn head(db: &impl ConnectionTrait, account: &AccountId, sql: &str) -> Result<Option<Head>, StoreError> {
    let row = db.query_one_raw(statement(db.get_database_backend(), sql, vec![account.as_str().into()])).await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(Head { slot: Slot(row.try_get("", "slot")?), indexed: row.try_get("", "indexed")? }))
}

/// The next stretch of an account's log; none when there is nothing new.
async fn stretch(db: &impl ConnectionTrait, account: &AccountId, from: Head) -> Result<Option<Stretch>, StoreError> {
    let backend = db.get_database_backend();
    let last = db.query_one_raw(statement(backend, LAST, vec![account.as_str().into()])).await?;
    let last: i64 = last.map_or(Ok(0), |row| row.try_get("", "last_event"))?;
    if last <= from.indexed {
        return Ok(None);
    }
    let values = vec![account.as_str().into(), from.indexed.into(), last.into(), EVENTS.into()];
    let rows = db.query_all_raw(statement(backend, STRETCH, values)).await?;
    let mut touched = Touched::default();
    let mut upto = last;
    let cut = rows.len() as u64 == EVENTS.unsigned_abs();
    for row in &rows {
        let (kind, resource): (String, String) = (row.try_get("", "kind")?, row.try_get("", "resource")?);
        touched.event(&kind, &resource, row.try_get("", "ticket_number")?);
        if cut {
            upto = row.try_get("", "sequence")?;
        }
    }
    let changes = gather(db, account, &touched).await?;
    // Many long texts take their time: calls are served meanwhile.
    let cutting = tokio::task::spawn_blocking(move || (pieces(backend, from.slot, &changes), changes));
    let (pieces, changes) = cutting.await.map_err(|error| StoreError::Unusable(format!("words of a text: {error}")))?;
    Ok(Some(Stretch { account: account.clone(), from, upto, changes, pieces, cut }))
}

fn statement(backend: DbBackend, sql: &str, values: Vec<Value>) -> Statement {
    Statement::from_sql_and_values(backend, sql, values)
}
