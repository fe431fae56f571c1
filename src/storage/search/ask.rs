//! Asking tickets that are known already for words that very many texts have.
//!
//! PostgreSQL reads the texts of these tickets by their keys and looks into the words of each. SQLite's index tells only
//! which texts have a word, and is slow to begin: asked for one text at a time, the beginning of a word that 10,000 texts
//! have takes 0.5 ms, each time. So it is read once from the oldest to the newest of these texts, and what belongs to none of
//! them is dropped: 0.1 s among 1,000,000 texts.

use sea_orm::sea_query::{
    Alias, CommonTableExpression, Condition, Expr, ExprTrait, Func, Query, SelectStatement, SimpleExpr, UnionType,
    WithClause,
};
use sea_orm::{ColumnTrait, DbBackend};

use super::super::dialect::in_order;
use super::super::rows::{search_part, ticket, ticket_record};
use super::find::{Seek, matches, weights};
use super::narrow::{Way, Ways};
use super::words::Slot;
use crate::domain::links::RecordKind;
use crate::domain::search::{Field, Term};

/// The tickets that are known, and on SQLite their texts.
const NAMED: &str = "named";
const DOCS: &str = "docs";
const CONTACT_DOCS: &str = "contact_docs";

impl Seek<'_> {
    /// Of the tickets that `named` finds, those that have the other terms as well; with the score of all terms.
    pub(super) fn ask(
        &self,
        mut named: SelectStatement,
        score: SimpleExpr,
        (backend, slot): (DbBackend, Slot),
        ways: &Ways,
    ) -> (SelectStatement, SimpleExpr) {
        let (number, weight) = (Alias::new("number"), Alias::new("weight"));
        named.column((ticket::Entity, ticket::Column::Number)).expr_as(score, weight.clone());
        let mut with = WithClause::new();
        with.cte(kept(NAMED, named));
        if backend == DbBackend::Sqlite {
            for (name, mut texts) in self.texts(backend) {
                with.cte(kept(name, texts.expr_as(doc(), Alias::new("doc")).to_owned()));
            }
        }
        // Put together by counting, not by joining: SQLite would have to guess how many there are.
        let (mut every, mut count) = (Query::select(), 1_i64);
        every.columns([number.clone(), weight.clone()]).from(Alias::new(NAMED));
        for term in ways.of_wanted(&self.query.wanted, Way::OnTickets) {
            every.union(UnionType::All, self.asked(backend, slot, term));
            count += 1;
        }
        let (scored, total) = (Alias::new("scored"), Alias::new("total"));
        let mut sums = Query::select();
        sums.column(number.clone())
            .expr_as(Func::cast_as(Func::sum(Expr::col(weight)), Alias::new("bigint")), total.clone())
            .from_subquery(every, Alias::new("every"))
            .group_by_col(number.clone())
            .and_having(Expr::cust("count(*)").eq(count));
        let mut query = Query::select();
        query.with_cte(with).from_subquery(sums, scored.clone());
        for term in ways.of_unwanted(&self.query.unwanted, Way::OnTickets) {
            let mut numbers = Query::select();
            numbers.column(number.clone()).from_subquery(self.asked(backend, slot, term), Alias::new("unwanted"));
            query.and_where(Expr::col((scored.clone(), number.clone())).in_subquery(numbers).not());
        }
        query
            .join(in_order(backend), ticket::Entity, Condition::all())
            .and_where(ticket::Column::AccountId.eq(self.account.as_str()))
            .and_where(Expr::col((ticket::Entity, ticket::Column::Number)).eq(Expr::col((scored.clone(), number))));
        (query, Expr::col((scored, total)))
    }

    /// Numbers of the named tickets that have a term, each with the weight of the best field that has it.
    fn asked(&self, backend: DbBackend, slot: Slot, term: &Term) -> SelectStatement {
        let (found, text) = (Alias::new("found"), slot.term(backend, term));
        let each = |(name, mut texts): (&str, SelectStatement)| {
            if backend == DbBackend::Sqlite {
                return scan(name, &text, &["number", "weight"]);
            }
            texts.and_where(has(&text)).to_owned()
        };
        let all = self.texts(backend).map(each).reduce(|mut all, more| all.union(UnionType::All, more).to_owned());
        Query::select()
            .from_subquery(all.unwrap_or_default(), found.clone())
            .expr_as(Expr::col((found.clone(), Alias::new("number"))), Alias::new("number"))
            .expr_as(Func::max(Expr::col((found.clone(), Alias::new("weight")))), Alias::new("weight"))
            .group_by_col((found, Alias::new("number")))
            .to_owned()
    }

    /// The texts of the named tickets, and those of their contacts where the caller may look: often much older.
    fn texts(&self, backend: DbBackend) -> impl Iterator<Item = (&'static str, SelectStatement)> {
        use search_part::Column as P;
        let mut own = self.parts_of(backend, None);
        own.and_where(Expr::col((search_part::Entity, P::Number)).eq(named_number()))
            .and_where(P::Field.ne(Field::Contact.code()));
        let theirs = self.fields.contains(&Field::Contact).then(|| {
            let mut theirs = self.parts_of(backend, Some(RecordKind::Contact));
            theirs.and_where(P::Number.eq(0)).and_where(P::Field.eq(Field::Contact.code()));
            (CONTACT_DOCS, theirs)
        });
        std::iter::once((DOCS, own)).chain(theirs)
    }

    /// Texts beside the named tickets, by way of their records of a kind if there is one.
    fn parts_of(&self, backend: DbBackend, records: Option<RecordKind>) -> SelectStatement {
        use search_part::Column as P;
        use ticket_record::Column as R;
        let mut parts = Query::select();
        parts.from(Alias::new(NAMED));
        if let Some(kind) = records {
            let record = |column: R| Expr::col((ticket_record::Entity, column));
            parts
                .join(in_order(backend), ticket_record::Entity, Condition::all())
                .and_where(R::AccountId.eq(self.account.as_str()))
                .and_where(record(R::Number).eq(named_number()))
                .and_where(R::Kind.eq(kind.code()))
                .and_where(Expr::col((search_part::Entity, P::PartId)).eq(record(R::RecordId)));
        }
        parts
            .join(in_order(backend), search_part::Entity, Condition::all())
            .expr_as(named_number(), Alias::new("number"))
            .expr_as(weights(), Alias::new("weight"))
            .and_where(P::AccountId.eq(self.account.as_str()))
            .and_where(P::Field.is_in(self.fields.iter().map(|field| field.code())));
        parts
    }
}

/// On SQLite: columns of those rows of `docs` that have what is looked for.
pub(super) fn scan(docs: &str, text: &str, columns: &[&'static str]) -> SelectStatement {
    let doc = || Expr::col(Alias::new("doc"));
    let of_docs = |what: SimpleExpr| Query::select().expr(what).from(Alias::new(docs)).to_owned();
    let end = |end: SimpleExpr| SimpleExpr::from(of_docs(end));
    let row = Expr::col((Alias::new("search_words"), Alias::new("rowid")));
    let mut having = Query::select();
    having
        .expr(row.clone())
        .from(Alias::new("search_words"))
        .and_where(matches(DbBackend::Sqlite, text))
        .and_where(row.between(end(Func::min(doc()).into()), end(Func::max(doc()).into())))
        // The sign keeps SQLite from asking the index for each row.
        .and_where(Expr::cust("+search_words.rowid").in_subquery(of_docs(doc())));
    let columns = columns.iter().map(|column| Alias::new(*column));
    Query::select().columns(columns).from(Alias::new(docs)).and_where(doc().in_subquery(having)).to_owned()
}

/// The row of a part in the index of words of SQLite.
pub(super) fn doc() -> SimpleExpr {
    Expr::col((search_part::Entity, Alias::new("doc")))
}

/// A statement that is worked out once, under a name.
pub(super) fn kept(name: &str, query: SelectStatement) -> CommonTableExpression {
    CommonTableExpression::new().table_name(Alias::new(name)).query(query).materialized(true).to_owned()
}

fn named_number() -> SimpleExpr {
    Expr::col((Alias::new(NAMED), Alias::new("number")))
}

/// On PostgreSQL: that a part which is known has what is looked for. A condition of its own, or all texts that have it would
/// be looked up.
pub(super) fn has(text: &str) -> SimpleExpr {
    Expr::cust_with_values("(search_part.words @@ $1::tsquery) IS TRUE", [text])
}
