//! A few words to say tables with: the types that are portable, and nothing else.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

/// A table under construction.
pub struct TableSpec {
    backend: DbBackend,
    statement: TableCreateStatement,
    name: &'static str,
}

impl TableSpec {
    /// A new table on `backend`.
    pub fn new(backend: DbBackend, name: &'static str) -> Self {
        let mut statement = Table::create();
        statement.table(Alias::new(name));
        Self { backend, statement, name }
    }

    fn column(mut self, name: &'static str, shape: impl FnOnce(&mut ColumnDef)) -> Self {
        let mut column = ColumnDef::new(Alias::new(name));
        shape(&mut column);
        self.statement.col(&mut column);
        self
    }

    /// Text that is always there, compared byte by byte.
    pub fn text(self, name: &'static str) -> Self {
        let postgres = self.backend == DbBackend::Postgres;
        self.column(name, |c| {
            if postgres {
                c.text().extra(r#"COLLATE "C""#).not_null();
            } else {
                c.text().not_null();
            }
        })
    }

    /// Text that may be missing.
    pub fn text_or_null(self, name: &'static str) -> Self {
        let postgres = self.backend == DbBackend::Postgres;
        self.column(name, |c| {
            c.text();
            if postgres {
                c.extra(r#"COLLATE "C""#);
            }
        })
    }

    /// One of a closed set of short texts.
    pub fn code(self, name: &'static str, values: &[&str]) -> Self {
        self.text(name).one_of(name, values)
    }

    /// One of a closed set, or missing.
    pub fn code_or_null(self, name: &'static str, values: &[&str]) -> Self {
        self.text_or_null(name).one_of(name, values)
    }

    fn one_of(mut self, name: &'static str, values: &[&str]) -> Self {
        let allowed: Vec<String> = values.iter().map(|v| (*v).to_owned()).collect();
        self.statement.check(Expr::col(Alias::new(name)).is_in(allowed));
        self
    }

    /// A 64-bit number that is always there.
    pub fn int(self, name: &'static str) -> Self {
        self.column(name, |c| {
            c.big_integer().not_null();
        })
    }

    /// A 64-bit number that may be missing.
    pub fn int_or_null(self, name: &'static str) -> Self {
        self.column(name, |c| {
            c.big_integer();
        })
    }

    /// Yes or no.
    pub fn flag(self, name: &'static str) -> Self {
        self.column(name, |c| {
            c.boolean().not_null();
        })
    }

    /// A UUID that is always there.
    pub fn uuid(self, name: &'static str) -> Self {
        self.column(name, |c| {
            c.uuid().not_null();
        })
    }

    /// A UUID that may be missing.
    pub fn uuid_or_null(self, name: &'static str) -> Self {
        self.column(name, |c| {
            c.uuid();
        })
    }

    /// Bytes that are always there.
    pub fn bytes(self, name: &'static str) -> Self {
        self.column(name, |c| {
            c.blob().not_null();
        })
    }

    /// Text for a column that existing rows get too.
    pub fn text_or(self, name: &'static str, default: &'static str) -> Self {
        let postgres = self.backend == DbBackend::Postgres;
        self.column(name, |c| {
            c.text().not_null().default(default);
            if postgres {
                c.extra(r#"COLLATE "C""#);
            }
        })
    }

    /// A number for a column that existing rows get too.
    pub fn int_or(self, name: &'static str, default: i64) -> Self {
        self.column(name, |c| {
            c.big_integer().not_null().default(default);
        })
    }

    /// Yes or no for a column that existing rows get too.
    pub fn flag_or(self, name: &'static str, default: bool) -> Self {
        self.column(name, |c| {
            c.boolean().not_null().default(default);
        })
    }

    /// The primary key.
    pub fn key(mut self, columns: &[&'static str]) -> Self {
        let mut index = Index::create();
        for column in columns {
            index.col(Alias::new(*column));
        }
        self.statement.primary_key(&mut index);
        self
    }

    /// A foreign key to the primary key of `table`.
    pub fn refers(mut self, columns: &[&'static str], table: &'static str, keys: &[&'static str]) -> Self {
        let mut key = ForeignKey::create();
        key.name(format!("fk_{}_{}", self.name, columns.last().copied().unwrap_or("key")));
        for column in columns {
            key.from(Alias::new(self.name), Alias::new(*column));
        }
        for column in keys {
            key.to(Alias::new(table), Alias::new(*column));
        }
        self.statement.foreign_key(&mut key);
        self
    }

    /// A foreign key to `table (account_id, id)`.
    pub fn belongs(self, column: &'static str, table: &'static str) -> Self {
        self.refers(&["account_id", column], table, &["account_id", "id"])
    }

    /// A foreign key to `table (account_id, id)` whose row takes this one with it when it is deleted.
    pub fn part_of(mut self, column: &'static str, table: &'static str) -> Self {
        let mut key = ForeignKey::create();
        key.name(format!("fk_{}_{column}", self.name)).on_delete(ForeignKeyAction::Cascade);
        for (from, to) in [("account_id", "account_id"), (column, "id")] {
            key.from(Alias::new(self.name), Alias::new(from)).to(Alias::new(table), Alias::new(to));
        }
        self.statement.foreign_key(&mut key);
        self
    }

    /// A foreign key to the account.
    pub fn of_account(self) -> Self {
        self.refers(&["account_id"], "account", &["id"])
    }

    /// Creates it.
    pub async fn create(self, manager: &SchemaManager<'_>) -> Result<(), DbErr> {
        manager.create_table(self.statement).await
    }
}

/// Adds the columns of `spec` to its table, which exists. One statement each: SQLite knows no other way.
pub async fn add_column(manager: &SchemaManager<'_>, spec: TableSpec) -> Result<(), DbErr> {
    for column in spec.statement.get_columns() {
        let mut alter = Table::alter();
        alter.table(Alias::new(spec.name)).add_column(column.clone());
        manager.alter_table(alter).await?;
    }
    Ok(())
}

/// An index over `columns`; `unique` and `only_where` as they say.
pub async fn index(
    manager: &SchemaManager<'_>,
    table: &'static str,
    name: &'static str,
    columns: &[&'static str],
    unique: bool,
    only_where: Option<SimpleExpr>,
) -> Result<(), DbErr> {
    let mut index = Index::create();
    index.name(name).table(Alias::new(table));
    for column in columns {
        index.col(Alias::new(*column));
    }
    if unique {
        index.unique();
    }
    if let Some(condition) = only_where {
        index.and_where(condition);
    }
    manager.create_index(index).await
}

/// A column in a condition.
pub fn col(name: &'static str) -> Expr {
    Expr::col(Alias::new(name))
}
