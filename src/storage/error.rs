//! What can go wrong in the database, and what a caller is told of it.

use sea_orm::{DbErr, RuntimeErr};

use super::rows::Corrupt;
use crate::domain::rejection::Rejection;

/// A database that failed or holds something unreadable.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database's own error.
    #[error(transparent)]
    Database(#[from] DbErr),
    /// A stored value that does not read back.
    #[error(transparent)]
    Corrupt(#[from] Corrupt),
    /// The schema cannot be used.
    #[error("{0}")]
    Unusable(String),
    /// A step took longer than it may.
    #[error("the database did not answer in time")]
    TimedOut,
    /// The folder of raw mails.
    #[error("files: {0}")]
    Files(String),
    /// The error of a statement that several calls shared.
    #[error(transparent)]
    Shared(std::sync::Arc<StoreError>),
}

impl StoreError {
    /// Whether the same may work later: the database is away, full or busy, rather than wrong.
    pub fn is_unavailable(&self) -> bool {
        match self {
            Self::TimedOut | Self::Files(_) | Self::Database(DbErr::Conn(_) | DbErr::ConnectionAcquire(_)) => true,
            Self::Database(DbErr::Exec(error) | DbErr::Query(error)) => unavailable(error),
            Self::Shared(error) => error.is_unavailable(),
            Self::Corrupt(_) | Self::Unusable(_) | Self::Database(_) => false,
        }
    }

    /// Whether a lock was not had in time (PostgreSQL).
    pub fn is_lock_timeout(&self) -> bool {
        let Self::Database(DbErr::Exec(RuntimeErr::SqlxError(error)) | DbErr::Query(RuntimeErr::SqlxError(error))) =
            self
        else {
            return false;
        };
        error
            .as_database_error()
            .and_then(sea_orm::sqlx::error::DatabaseError::code)
            .is_some_and(|code| code == "55P03")
    }

    /// What a caller is told: nothing of the inner text.
    pub fn rejection(&self) -> Rejection {
        if self.is_unavailable() {
            Rejection::StorageUnavailable { unknown: false }
        } else {
            Rejection::Internal(self.to_string())
        }
    }
}

/// Connection trouble, shutdown, no space, no turn in time: classes 08, 53, 57 and lock timeouts of PostgreSQL; BUSY,
/// FULL and I/O errors of SQLite.
fn unavailable(error: &RuntimeErr) -> bool {
    let RuntimeErr::SqlxError(error) = error else { return true };
    match error.as_ref() {
        sea_orm::sqlx::Error::Database(inner) => {
            let code = inner.code().unwrap_or_default();
            let postgres = ["08", "53", "57", "55P03", "25006", "40001", "40P01", "XX000"];
            let sqlite =
                ["5", "6", "10", "13", "14", "261", "517", "266", "522", "778", "1034", "1290", "1546", "1802"];
            match inner.kind() {
                sea_orm::sqlx::error::ErrorKind::Other => {
                    postgres.iter().any(|class| code.starts_with(class) && code.len() == 5)
                        || sqlite.contains(&code.as_ref())
                }
                _ => false,
            }
        }
        sea_orm::sqlx::Error::Io(_)
        | sea_orm::sqlx::Error::Tls(_)
        | sea_orm::sqlx::Error::Protocol(_)
        | sea_orm::sqlx::Error::PoolTimedOut
        | sea_orm::sqlx::Error::PoolClosed
        | sea_orm::sqlx::Error::WorkerCrashed => true,
        _ => false,
    }
}
