//! Filters as SQL: the same answer as [`matches`](crate::domain::filter::matches) on both databases.
//!
//! Every value of a caller travels as a bound parameter (T-07). `NOT` is pushed down to the single tests, where it also
//! takes in the missing values; what is left is conjunctions and disjunctions of plain comparisons, in which NULL and
//! false have the same effect and which indexes can serve.

mod targets;

use sea_orm::sea_query::extension::sqlite::SqliteExpr;
use sea_orm::sea_query::{BinOper, ExprTrait, Func, Query, SelectStatement, SimpleExpr, Value};
use sea_orm::{ColumnTrait, Condition, DbBackend};

use crate::domain::filter::{Bound, Pattern, Plan, Scalar, Test};

pub use targets::{
    activity, company, contact, conversation, deal, decision, event, handoff, message, notification, ticket,
    tickets_of_activity,
};

/// Where the values of a field are found.
#[derive(Clone, Debug)]
pub enum Target {
    /// One value per record, or NULL. For prose this is the folded text.
    One(SimpleExpr),
    /// Any number of values per record: rows that belong to the record, and the value in such a row.
    Many(Box<SelectStatement>, SimpleExpr),
}

impl Target {
    /// A column of the table that is listed.
    pub fn column(column: impl ColumnTrait) -> Self {
        Self::One(qualified(column))
    }

    /// A column of another table, in the rows that `belong` to the record. `belong` must name the account.
    pub fn rows<C: ColumnTrait>(column: C, belong: impl Into<Condition>) -> Self {
        let mut rows = Query::select();
        rows.expr(SimpleExpr::value(1)).from(column.entity_name()).cond_where(belong.into());
        Self::Many(Box::new(rows), qualified(column))
    }

    /// The text of a column up to its first line break, all of it if there is none.
    pub fn first_line(column: impl ColumnTrait, backend: DbBackend) -> Self {
        let text = qualified(column);
        let length = line_break(&text, backend).sub(1);
        Self::One(Func::cust("substr").arg(text).arg(1).arg(length).into())
    }

    /// The text of a column after its first line break, empty if there is none.
    pub fn other_lines(column: impl ColumnTrait, backend: DbBackend) -> Self {
        let text = qualified(column);
        let start = line_break(&text, backend).add(1);
        Self::One(Func::cust("substr").arg(text).arg(start).into())
    }
}

fn qualified(column: impl ColumnTrait) -> SimpleExpr {
    SimpleExpr::col(column.as_column_ref())
}

/// The place of the first line break, counted from 1; behind the last character if there is none.
fn line_break(text: &SimpleExpr, backend: DbBackend) -> SimpleExpr {
    let find = if backend == DbBackend::Sqlite { "instr" } else { "strpos" };
    let ended = text.clone().binary(BinOper::Custom("||"), "\n");
    Func::cust(find).arg(ended).arg("\n").into()
}

/// The plan as a condition for WHERE, to be joined to others with AND and never to be negated: where it does not hold
/// it may be NULL.
///
/// `target` says where each field is found: [`ticket`] and its like for the tables of the help desk, by their own names.
pub fn condition<F: Clone>(plan: &Plan<F>, target: impl Fn(F, DbBackend) -> Target, backend: DbBackend) -> Condition {
    Condition::all().add(Translation { target, backend }.node(plan, true))
}

struct Translation<T> {
    target: T,
    backend: DbBackend,
}

impl<T> Translation<T> {
    /// What holds where `plan` is true, or, with `wanted` false, where it is false.
    fn node<F: Clone>(&self, plan: &Plan<F>, wanted: bool) -> SimpleExpr
    where
        T: Fn(F, DbBackend) -> Target,
    {
        match plan {
            Plan::And(parts) => self.join(parts, wanted, wanted),
            Plan::Or(parts) => self.join(parts, !wanted, wanted),
            Plan::Not(inner) => self.node(inner, !wanted),
            Plan::Field(field, test) => self.field((self.target)(field.clone(), self.backend), test, wanted),
        }
    }

    fn join<F: Clone>(&self, parts: &[Plan<F>], all: bool, wanted: bool) -> SimpleExpr
    where
        T: Fn(F, DbBackend) -> Target,
    {
        let parts = parts.iter().map(|part| self.node(part, wanted));
        let joined = if all { parts.reduce(SimpleExpr::and) } else { parts.reduce(SimpleExpr::or) };
        joined.unwrap_or_else(|| SimpleExpr::cust(if all { "TRUE" } else { "FALSE" }))
    }

    fn field(&self, target: Target, test: &Test, wanted: bool) -> SimpleExpr {
        match (target, test) {
            (Target::One(value), _) if wanted => self.test(value, test),
            (Target::One(value), Test::Present) => value.is_null(),
            (Target::One(value), _) => value.clone().is_null().or(self.test(value, test).not()),
            (Target::Many(mut rows, value), _) => {
                rows.and_where(self.test(value, test));
                let exists = SimpleExpr::exists(*rows);
                if wanted { exists } else { exists.not() }
            }
        }
    }

    /// What is asked of one value; NULL or false when the value is NULL.
    fn test(&self, value: SimpleExpr, test: &Test) -> SimpleExpr {
        match test {
            Test::Present => value.is_not_null(),
            Test::NotEmpty => value.ne(""),
            // Bare, because partial indexes such as `WHERE open` serve no comparison with a parameter.
            Test::Equals(Scalar::Bool(true)) => value,
            Test::Equals(Scalar::Bool(false)) => value.not(),
            Test::Equals(scalar) => value.eq(bound(scalar)),
            Test::In(scalars) => value.is_in(scalars.iter().map(bound)),
            Test::Compare(Bound::Less, limit) => value.lt(bound(limit)),
            Test::Compare(Bound::LessOrEqual, limit) => value.lte(bound(limit)),
            Test::Compare(Bound::Greater, limit) => value.gt(bound(limit)),
            Test::Compare(Bound::GreaterOrEqual, limit) => value.gte(bound(limit)),
            Test::Like(_, pattern) => self.fits(value, pattern),
        }
    }

    /// GLOB on SQLite, because its LIKE ignores the case of ASCII letters and uses no ordinary index.
    fn fits(&self, value: SimpleExpr, pattern: &Pattern) -> SimpleExpr {
        match (pattern.as_literal(), self.backend) {
            (Some(text), _) => value.eq(text),
            (None, DbBackend::Sqlite) => value.glob(glob(pattern)),
            (None, _) => value.like(like(pattern)),
        }
    }
}

fn bound(scalar: &Scalar) -> Value {
    match scalar {
        Scalar::Text(text) => text.as_str().into(),
        Scalar::Number(number) => (*number).into(),
        Scalar::Bool(flag) => (*flag).into(),
        Scalar::Time(time) => time.as_micros().into(),
        Scalar::Uuid(id) => (*id).into(),
    }
}

/// The pattern for LIKE with its default escape, the backslash.
fn like(pattern: &Pattern) -> String {
    let part = |part: &String| part.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    pattern.parts().iter().map(part).collect::<Vec<_>>().join("%")
}

/// The pattern for GLOB, in which a special character stands for itself inside brackets.
fn glob(pattern: &Pattern) -> String {
    let part = |part: &String| part.replace('[', "[[]").replace('*', "[*]").replace('?', "[?]");
    pattern.parts().iter().map(part).collect::<Vec<_>>().join("*")
}

#[cfg(test)]
mod tests {
    use sea_orm::sea_query::{PostgresQueryBuilder, SqliteQueryBuilder};

    use super::*;
    use crate::domain::filter::schema::{TICKET, TicketField as F};
    use crate::domain::filter::{Context, check, parse};
    use crate::domain::ids::AccountId;
    use crate::domain::time::Timestamp;

    #[expect(clippy::needless_pass_by_value, reason = "the shape that is asked for")]
    fn target(field: F, _: DbBackend) -> Target {
        let tag = |name: &'static str| SimpleExpr::col(("ticket_tag", name));
        match field {
            F::Tags => {
                let mut rows = Query::select();
                rows.expr(SimpleExpr::value(1))
                    .from("ticket_tag")
                    .and_where(tag("number").eq(SimpleExpr::col("number")));
                Target::Many(Box::new(rows), tag("tag"))
            }
            F::Subject => Target::One(SimpleExpr::col("subject_folded")),
            F::Description => Target::One(SimpleExpr::col("description_folded")),
            F::Owner => Target::One(SimpleExpr::col("owner_id")),
            F::State => Target::One(SimpleExpr::col("open")),
            _ => Target::One(SimpleExpr::col("other")),
        }
    }

    /// What stands after WHERE on SQLite and on PostgreSQL, values written out.
    fn sql(filter: &str) -> [String; 2] {
        let account = AccountId::stored("acme");
        let context =
            Context { account: &account, me: None, my_teams: &[], now: Timestamp::from_micros(0), properties: &[] };
        let expr = parse(filter).unwrap_or_else(|error| panic!("{filter}: {error}"));
        let plan = check(&expr, &TICKET, &context).unwrap_or_else(|error| panic!("{filter}: {error}"));
        [DbBackend::Sqlite, DbBackend::Postgres].map(|backend| {
            let mut select = Query::select();
            select.expr(SimpleExpr::cust("n")).from("t").cond_where(condition(&plan, target, backend));
            let text = match backend {
                DbBackend::Sqlite => select.to_string(SqliteQueryBuilder),
                _ => select.to_string(PostgresQueryBuilder),
            };
            text.trim_start_matches("SELECT n FROM \"t\"").trim_start_matches(" WHERE ").to_owned()
        })
    }

    #[test]
    fn negation_reaches_the_single_tests_and_takes_in_missing_values() {
        let cases = [
            ("", "TRUE"),
            ("owner = mia", r#""owner_id" = 'mia'"#),
            ("owner != mia", r#""owner_id" IS NULL OR (NOT "owner_id" = 'mia')"#),
            ("NOT owner:*", r#""owner_id" IS NULL"#),
            ("number:*", r#""other" IS NOT NULL"#),
            ("NOT number:*", r#""other" IS NULL"#),
            ("state = open AND number > 5", r#""open" AND "other" > 5"#),
            (
                "NOT (owner = mia AND number = 5)",
                r#""owner_id" IS NULL OR (NOT "owner_id" = 'mia') OR ("other" IS NULL OR (NOT "other" = 5))"#,
            ),
            ("NOT (NOT (owner = mia OR number = 5))", r#""owner_id" = 'mia' OR "other" = 5"#),
            ("team = my_teams()", "1 = 2"),
            (
                "tags != vip",
                concat!(
                    r#"NOT EXISTS(SELECT 1 FROM "ticket_tag" "#,
                    r#"WHERE "ticket_tag"."number" = "number" AND "ticket_tag"."tag" = 'vip')"#
                ),
            ),
        ];
        for (filter, expected) in cases {
            assert_eq!(sql(filter), [expected, expected], "{filter}");
        }
    }

    #[test]
    fn wildcards_become_those_of_the_database_and_nothing_else_does() {
        let [sqlite, postgres] = sql(r#"category = "a_b%c[d?e\\f\*g*""#);
        assert_eq!(sqlite, r#""other" GLOB 'a_b%c[[]d[?]e\f[*]g*'"#);
        assert_eq!(postgres, r#""other" LIKE E'a\\_b\\%c[d?e\\\\f*g%'"#);
    }

    #[test]
    fn a_word_is_looked_for_folded_in_all_prose() {
        let [sqlite, _] = sql("Große");
        assert_eq!(sqlite, r#"("subject_folded" GLOB '*grosse*') OR ("description_folded" GLOB '*grosse*')"#);
    }
}
