//! The schema of the help desk: forward-only migrations for SQLite and PostgreSQL.
