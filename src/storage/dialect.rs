//! Everything in which the two databases differ, in one place.
//!
//! Many rows travel as one JSON text in one parameter, so a statement reads the same for 1 row and for 500 and is
//! prepared once (W10).

use std::fmt::Write as _;
use std::sync::OnceLock;

use sea_orm::sea_query::{ColumnType, Expr, ExprTrait, IntoIden, JoinType, SimpleExpr};
use sea_orm::{ColumnTrait, DbBackend, EntityTrait, Iden, IdenStatic, Iterable, PrimaryKeyToColumn, Value};
use serde_json::{Value as Json, json};

/// What a column holds, as far as the databases differ about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Text,
    Int,
    Flag,
    Uuid,
    Bytes,
}

impl Shape {
    fn of(kind: &ColumnType) -> Self {
        match kind {
            ColumnType::BigInteger | ColumnType::Integer => Self::Int,
            ColumnType::Boolean => Self::Flag,
            ColumnType::Uuid => Self::Uuid,
            ColumnType::Blob | ColumnType::VarBinary(_) | ColumnType::Binary(_) => Self::Bytes,
            _ => Self::Text,
        }
    }

    /// How the value travels inside JSON on PostgreSQL.
    const fn postgres_type(self) -> &'static str {
        match self {
            Self::Text | Self::Bytes => "text",
            Self::Int => "int8",
            Self::Flag => "bool",
            Self::Uuid => "uuid",
        }
    }

    fn postgres_value(self, column: &str) -> String {
        match self {
            Self::Bytes => format!("decode(d.{column}, 'hex')"),
            _ => format!("d.{column}"),
        }
    }

    fn sqlite_value(self, index: usize) -> String {
        match self {
            Self::Uuid | Self::Bytes => format!("unhex(value ->> {index})"),
            _ => format!("value ->> {index}"),
        }
    }
}

/// A statement over many rows: its text, and how a row is packed.
#[derive(Debug, Clone)]
pub struct RowsStatement {
    /// SQL with one parameter, the packed rows.
    pub sql: String,
    columns: Vec<(String, Shape)>,
    backend: DbBackend,
}

/// Which statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowsVerb {
    /// Add rows that are not there.
    Insert,
    /// Change rows that are there, found by their primary key.
    Update,
    /// Take rows away, found by their primary key.
    Delete,
}

impl RowsStatement {
    /// The statement of `verb` over table `E`.
    pub fn new<E: EntityTrait>(backend: DbBackend, verb: RowsVerb) -> Self {
        let keys: Vec<String> = E::PrimaryKey::iter().map(|k| k.into_column().as_str().to_owned()).collect();
        let columns: Vec<(String, Shape)> = E::Column::iter()
            .filter(|c| verb != RowsVerb::Delete || keys.iter().any(|k| k == c.as_str()))
            .map(|c| (c.as_str().to_owned(), Shape::of(c.def().get_column_type())))
            .collect();
        let table = E::default().table_name().to_owned();
        let rows = rows_of(backend, &columns);
        let sql = match verb {
            RowsVerb::Insert => insert(&table, &columns, &rows),
            RowsVerb::Update => update(&table, &columns, &keys, &rows),
            RowsVerb::Delete => delete(&table, &keys, &rows),
        };
        Self { sql, columns, backend }
    }

    /// Packs rows, each given by the value of a column.
    pub fn pack<'a, M: 'a>(&self, rows: impl Iterator<Item = &'a M>, cell: impl Fn(&M, usize) -> Value) -> Value {
        let packed: Vec<Json> = rows.map(|row| self.pack_row(|index| cell(row, index))).collect();
        Value::from(Json::Array(packed).to_string())
    }

    fn pack_row(&self, cell: impl Fn(usize) -> Value) -> Json {
        let cells = (0..self.columns.len()).map(|index| plain(cell(index)));
        match self.backend {
            DbBackend::Postgres => Json::Object(self.columns.iter().map(|(name, _)| name.clone()).zip(cells).collect()),
            _ => Json::Array(cells.collect()),
        }
    }

    /// The columns, in the order in which `pack` asks for them.
    pub fn column_names(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|(name, _)| name.as_str())
    }
}

/// The rows of the parameter as a table `d` with the columns' names.
fn rows_of(backend: DbBackend, columns: &[(String, Shape)]) -> String {
    if backend == DbBackend::Postgres {
        let types: Vec<String> =
            columns.iter().map(|(name, shape)| format!("\"{name}\" {}", shape.postgres_type())).collect();
        let values: Vec<String> = columns
            .iter()
            .map(|(name, shape)| format!("{} AS \"{name}\"", shape.postgres_value(&format!("\"{name}\""))))
            .collect();
        format!("SELECT {} FROM json_to_recordset($1::json) AS d({})", values.join(", "), types.join(", "))
    } else {
        let values: Vec<String> = columns
            .iter()
            .enumerate()
            .map(|(index, (name, shape))| format!("{} AS \"{name}\"", shape.sqlite_value(index)))
            .collect();
        // JSONB, so that no row is written out as text and read again for each of its columns.
        format!("SELECT {} FROM jsonb_each(?1)", values.join(", "))
    }
}

fn insert(table: &str, columns: &[(String, Shape)], rows: &str) -> String {
    let names: Vec<String> = columns.iter().map(|(name, _)| format!("\"{name}\"")).collect();
    format!("INSERT INTO \"{table}\" ({}) {rows}", names.join(", "))
}

fn update(table: &str, columns: &[(String, Shape)], keys: &[String], rows: &str) -> String {
    let sets: Vec<String> = columns
        .iter()
        .filter(|(name, _)| !keys.contains(name))
        .map(|(name, _)| format!("\"{name}\" = r.\"{name}\""))
        .collect();
    format!("UPDATE \"{table}\" SET {} FROM ({rows}) AS r WHERE {}", sets.join(", "), same_key(table, keys))
}

/// By tuple, not by EXISTS: for that SQLite would read the whole table.
fn delete(table: &str, keys: &[String], rows: &str) -> String {
    format!(
        "DELETE FROM \"{table}\" WHERE ({}) IN (SELECT {} FROM ({rows}) AS r)",
        columns_of(table, keys),
        columns_of("r", keys)
    )
}

fn same_key(table: &str, keys: &[String]) -> String {
    let mut text = String::new();
    for (index, key) in keys.iter().enumerate() {
        let and = if index == 0 { "" } else { " AND " };
        let _ = write!(text, "{and}\"{table}\".\"{key}\" = r.\"{key}\"");
    }
    text
}

/// A list of columns of `table`.
fn columns_of(table: &str, columns: &[String]) -> String {
    columns.iter().map(|column| format!("\"{table}\".\"{column}\"")).collect::<Vec<_>>().join(", ")
}

/// A value as JSON; bytes and UUIDs as hexadecimal.
fn plain(value: Value) -> Json {
    match value {
        Value::String(Some(text)) => Json::String(text),
        Value::BigInt(Some(number)) => json!(number),
        Value::Bool(Some(flag)) => Json::Bool(flag),
        Value::Uuid(Some(id)) => Json::String(id.simple().to_string()),
        Value::Bytes(Some(bytes)) => Json::String(hex(&bytes)),
        _ => Json::Null,
    }
}

/// A statement text made once per database: building it costs more than running it.
#[derive(Debug)]
pub struct PerBackend {
    sqlite: OnceLock<String>,
    postgres: OnceLock<String>,
}

impl PerBackend {
    /// Not made yet.
    pub const fn new() -> Self {
        Self { sqlite: OnceLock::new(), postgres: OnceLock::new() }
    }

    /// The text for `backend`.
    pub fn get(&self, backend: DbBackend, make: impl FnOnce() -> String) -> &str {
        let cell = if backend == DbBackend::Postgres { &self.postgres } else { &self.sqlite };
        cell.get_or_init(make)
    }
}

impl Default for PerBackend {
    fn default() -> Self {
        Self::new()
    }
}

/// A join of which SQLite keeps the order, from the few rows to the many; its conditions stand in WHERE. PostgreSQL knows
/// the order by its statistics.
pub fn in_order(backend: DbBackend) -> JoinType {
    if backend == DbBackend::Sqlite { JoinType::CrossJoin } else { JoinType::InnerJoin }
}

/// A subquery that joins the values of `column` with commas.
pub fn joined(backend: DbBackend, column: &str, table: &str, condition: &str) -> String {
    let join = if backend == DbBackend::Postgres { "string_agg" } else { "group_concat" };
    format!("(SELECT {join}({column}, ',') FROM {table} WHERE {condition})")
}

/// The database's clock in microseconds; SQLite, which runs inside the process, has none of its own.
pub fn clock(backend: DbBackend) -> &'static str {
    if backend == DbBackend::Postgres { "(extract(epoch FROM clock_timestamp()) * 1000000)::int8" } else { "0" }
}

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// `column` is one of `values`: one parameter, however many there are.
pub fn among<C: ColumnTrait>(backend: DbBackend, column: C, values: impl IntoIterator<Item = Value>) -> SimpleExpr {
    tuple_among(backend, &[column], values.into_iter().map(|v| vec![v]))
}

/// The tuple of `columns` is one of `rows`: one parameter, however many there are.
pub fn tuple_among<C: ColumnTrait>(
    backend: DbBackend,
    columns: &[C],
    rows: impl IntoIterator<Item = Vec<Value>>,
) -> SimpleExpr {
    let parameter = packed(backend, columns, rows);
    let tuple = columns.iter().map(|c| Expr::col((c.entity_name(), c.into_iden())));
    let tuple: SimpleExpr = Expr::tuple(tuple.collect::<Vec<SimpleExpr>>());
    let list = rows_of(backend, &shapes(columns)).replace("?1", "?");
    tuple.binary(sea_orm::sea_query::BinOper::In, Expr::cust_with_values(format!("({list})"), [parameter]))
}

/// Keys packed as the one parameter of [`tuple_among`].
pub fn packed<C: ColumnTrait>(backend: DbBackend, columns: &[C], rows: impl IntoIterator<Item = Vec<Value>>) -> Value {
    let packer = RowsStatement { sql: String::new(), columns: shapes(columns), backend };
    let rows: Vec<Vec<Value>> = rows.into_iter().collect();
    packer.pack(rows.iter(), |row, index| row[index].clone())
}

/// How each of `columns` is read out of a packed key `d.value` on PostgreSQL, with the name that it has then.
pub fn unpacked<C: ColumnTrait>(columns: &[C]) -> impl Iterator<Item = (String, String)> {
    shapes(columns).into_iter().map(|(name, shape)| {
        let text = format!("d.value ->> '{name}'");
        let value = match shape {
            Shape::Bytes => format!("decode({text}, 'hex')"),
            _ => format!("({text})::{}", shape.postgres_type()),
        };
        (name, value)
    })
}

fn shapes<C: ColumnTrait>(columns: &[C]) -> Vec<(String, Shape)> {
    let named = columns.iter().enumerate();
    named.map(|(index, column)| (format!("c{index}"), Shape::of(column.def().get_column_type()))).collect()
}

/// The name of a column as text.
pub fn column_name<C: ColumnTrait + Iden>(column: C) -> String {
    column.unquoted().to_string()
}
