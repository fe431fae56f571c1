//! Looking tickets up by words: which match, in which order, and where the best hit of each stands.
//!
//! All statements of a search see one picture of the database: what it shows is what the caller might see at one moment,
//! and the place in the log belongs to that moment too.

use sea_orm::sea_query::{
    Alias, CaseStatement, Condition, Expr, ExprTrait, Func, Order, Query, SelectStatement, SimpleExpr, UnionType,
    WithClause,
};
use sea_orm::{
    AccessMode, ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, FromQueryResult, IsolationLevel,
    Iterable, TransactionTrait,
};
use uuid::Uuid;

use super::super::dialect::in_order;
use super::super::read::scope;
use super::super::rows::{Stored, search_part, ticket, ticket_record};
use super::super::{Store, StoreError, filter_sql};
use super::ask::kept;
use super::follow::read_head;
use super::narrow::{Way, Ways};
use super::words::Slot;
use crate::domain::access::{Rights, Use};
use crate::domain::filter::Plan;
use crate::domain::filter::schema::TicketField;
use crate::domain::ids::AccountId;
use crate::domain::links::RecordKind;
use crate::domain::page::{Page, PageRequest, Place};
use crate::domain::search::{Field, Query as Wanted, Term};
use crate::domain::ticket::Ticket;

/// The parts that have a term.
const PARTS: &str = "parts";

/// What is looked for, and by whom.
#[derive(Debug)]
pub struct Seek<'a> {
    /// The account.
    pub account: &'a AccountId,
    /// What the caller may do.
    pub rights: &'a Rights,
    /// The words.
    pub query: &'a Wanted,
    /// Which tickets at all.
    pub filter: &'a Plan<TicketField>,
    /// Where the caller may look.
    pub fields: &'a [Field],
    /// Which page.
    pub page: &'a PageRequest,
    /// Texts that are read for a term; see [`super::narrow`].
    pub texts: u64,
}

/// A ticket that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// The ticket.
    pub ticket: Ticket,
    /// Grows with each term by the weight of the best field it was found in.
    pub score: i64,
    /// The best text that has one of the terms; none when it went away in the same moment.
    pub shown: Option<Shown>,
}

/// A text that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// Which kind of text.
    pub field: Field,
    /// The message, comment or contact, with its conversation where it has one.
    pub source: Option<(Uuid, Option<Uuid>)>,
    /// The text itself.
    pub text: String,
}

/// What a search found.
#[derive(Debug)]
pub struct Found {
    /// Best first, then the newest.
    pub page: Page<Hit>,
    /// Sequence of the last event that the index has read.
    pub indexed: i64,
    /// Every term stands in very many texts, and only the newest of them were looked at.
    pub newest_only: bool,
}

/// One page of the tickets that have all wanted terms and no unwanted one, that the caller may view and the filter lets
/// through.
///
/// # Errors
/// The database's.
pub async fn find(store: &Store, seek: &Seek<'_>) -> Result<Found, StoreError> {
    let db = snapshot(store).await?;
    let found = seek.run(&db).await;
    db.rollback().await?;
    found
}

async fn snapshot(store: &Store) -> Result<DatabaseTransaction, StoreError> {
    if store.backend() == DbBackend::Sqlite {
        return Ok(store.reader().begin().await?);
    }
    let (level, mode) = (Some(IsolationLevel::RepeatableRead), Some(AccessMode::ReadOnly));
    Ok(store.reader().begin_with_config(level, mode).await?)
}

impl Seek<'_> {
    async fn run(&self, db: &DatabaseTransaction) -> Result<Found, StoreError> {
        let Some(head) = read_head(db, self.account).await? else {
            return Ok(Found { page: Page { items: Vec::new(), next: None }, indexed: 0, newest_only: false });
        };
        let backend = db.get_database_backend();
        let ways = self.ways(db, head.slot).await?;
        let mut rows = db.query_all(&self.tickets(backend, head.slot, &ways)).await?;
        let more = rows.len() > self.page.size as usize;
        rows.truncate(self.page.size as usize);
        let mut items = Vec::new();
        for row in &rows {
            let ticket = Ticket::from_row(ticket::Model::from_query_result(row, "")?)?;
            items.push(Hit { ticket, score: row.try_get("", "score")?, shown: None });
        }
        self.show(db, head.slot, &mut items).await?;
        let place = |hit: &Hit| vec![Place::Number(hit.score), Place::Number(hit.ticket.number.0)];
        let next = items.last().filter(|_| more).map(place);
        let newest_only = ways.wanted().any(|way| way == Way::Newest);
        Ok(Found { page: Page { items, next }, indexed: head.indexed, newest_only })
    }

    /// One more than a page of tickets with their scores.
    fn tickets(&self, backend: DbBackend, slot: Slot, ways: &Ways) -> SelectStatement {
        let (named, score) = self.named(backend, slot, ways);
        let (mut query, score) =
            if ways.ask() { self.ask(named, score, (backend, slot), ways) } else { (named, score) };
        let number = || Expr::col((ticket::Entity, ticket::Column::Number));
        if let Some(&[Place::Number(best), Place::Number(last)]) = self.page.after.as_deref() {
            let here = Expr::tuple([score.clone(), number()]);
            query.and_where(here.lt(Expr::tuple([Expr::value(best), Expr::value(last)])));
        }
        query
            .columns(ticket::Column::iter().map(|column| (ticket::Entity, column)))
            .expr_as(score.clone(), Alias::new("score"))
            .order_by_expr(score, Order::Desc)
            .order_by((ticket::Entity, ticket::Column::Number), Order::Desc)
            .limit(u64::from(self.page.size) + 1);
        query
    }

    /// The tickets that the terms name whose texts are looked up, and the score that these terms make.
    ///
    /// The conditions of joins stand in WHERE: see [`in_order`].
    fn named(&self, backend: DbBackend, slot: Slot, ways: &Ways) -> (SelectStatement, SimpleExpr) {
        let mut query = Query::select();
        let number = || Expr::col((ticket::Entity, ticket::Column::Number));
        let mut scores = Vec::new();
        let named = self.query.wanted.iter().zip(ways.wanted()).filter(|(_, way)| *way != Way::OnTickets);
        for (index, (term, way)) in named.enumerate() {
            let (hits, term) = (Alias::new(format!("hits{index}")), self.hits(backend, slot, term, way));
            if index == 0 {
                query.from_subquery(term, hits.clone());
            } else {
                query.join_subquery(in_order(backend), term, hits.clone(), Condition::all());
                let first = Expr::col((Alias::new("hits0"), Alias::new("number")));
                query.and_where(Expr::col((hits.clone(), Alias::new("number"))).eq(first));
            }
            scores.push(SimpleExpr::from(Expr::col((hits, Alias::new("weight")))));
        }
        query
            .join(in_order(backend), ticket::Entity, Condition::all())
            .and_where(ticket::Column::AccountId.eq(self.account.as_str()))
            .and_where(number().eq(Expr::col((Alias::new("hits0"), Alias::new("number")))))
            .and_where(ticket::Column::DeleteTime.is_null())
            .cond_where(scope::tickets(backend, self.account, self.rights, Use::View))
            .cond_where(filter_sql::condition(self.filter, filter_sql::ticket, backend));
        for term in ways.of_unwanted(&self.query.unwanted, Way::All) {
            let (mut numbers, hits) = (Query::select(), Alias::new("unwanted"));
            let found = self.hits(backend, slot, term, Way::All);
            numbers.column((hits.clone(), Alias::new("number"))).from_subquery(found, hits);
            query.and_where(number().in_subquery(numbers).not());
        }
        let score = scores.into_iter().reduce(ExprTrait::add).unwrap_or_else(|| Expr::value(0_i64));
        (query, score)
    }

    /// Numbers of the tickets that have a term, each with the weight of the best field that has it. The words are looked up
    /// once, for the tickets' own texts and for those of their contacts.
    fn hits(&self, backend: DbBackend, slot: Slot, term: &Term, way: Way) -> SelectStatement {
        let (parts, all) = (|column| Expr::col((Alias::new(PARTS), Alias::new(column))), Alias::new("found"));
        let mut found = Query::select();
        found.from(Alias::new(PARTS)).expr_as(parts("number"), Alias::new("number"));
        found.expr_as(parts("weight"), Alias::new("weight")).and_where(parts("field").ne(Field::Contact.code()));
        if self.fields.contains(&Field::Contact) {
            found.union(UnionType::All, self.of_contacts(backend));
        }
        let mut hits = Query::select();
        hits.with_cte(
            WithClause::new().cte(kept(PARTS, self.parts(backend, &slot.term(backend, term), way))).to_owned(),
        )
        .expr_as(Expr::col((all.clone(), Alias::new("number"))), Alias::new("number"))
        .expr_as(Func::max(Expr::col((all.clone(), Alias::new("weight")))), Alias::new("weight"))
        .from_subquery(found, all.clone())
        .group_by_col((all, Alias::new("number")));
        hits
    }

    /// Tickets that are associated with the contacts among [`PARTS`], the primary one or another.
    fn of_contacts(&self, backend: DbBackend) -> SelectStatement {
        use ticket_record::Column as R;
        let (parts, record) = (
            |column| Expr::col((Alias::new(PARTS), Alias::new(column))),
            |column: R| Expr::col((ticket_record::Entity, column)),
        );
        let mut found = Query::select();
        found
            .from(Alias::new(PARTS))
            .join(in_order(backend), ticket_record::Entity, Condition::all())
            .expr_as(record(R::Number), Alias::new("number"))
            .expr_as(parts("weight"), Alias::new("weight"))
            .and_where(R::AccountId.eq(self.account.as_str()))
            .and_where(R::Kind.eq(RecordKind::Contact.code()))
            .and_where(record(R::RecordId).eq(parts("part_id")))
            .and_where(parts("field").eq(Field::Contact.code()));
        found
    }

    /// Parts that match, in the fields where the caller may look.
    fn parts(&self, backend: DbBackend, text: &str, way: Way) -> SelectStatement {
        use search_part::Column as P;
        let mut parts = Query::select();
        match (backend, way) {
            // CROSS: the words are looked up first; the other way round every part of the account is.
            (DbBackend::Sqlite, Way::Newest) => {
                parts.from_subquery(self.newest(backend, text), Alias::new("search_words"));
                parts.cross_join(search_part::Entity).and_where(same_doc())
            }
            (DbBackend::Sqlite, _) => {
                let parts = parts.from(Alias::new("search_words")).cross_join(search_part::Entity);
                parts.and_where(same_doc()).and_where(matches(backend, text))
            }
            (_, Way::Newest) => parts.from_subquery(self.newest(backend, text), search_part::Entity),
            _ => parts.from(search_part::Entity).and_where(matches(backend, text)),
        };
        parts
            .columns([P::Number, P::Field, P::PartId].map(|column| (search_part::Entity, column)))
            .expr_as(weights(), Alias::new("weight"))
            .and_where(P::AccountId.eq(self.account.as_str()))
            .and_where(P::Field.is_in(self.fields.iter().map(|field| field.code())));
        parts
    }
}

/// On SQLite: that a part and a row of words belong together.
fn same_doc() -> SimpleExpr {
    let words = Expr::col((Alias::new("search_words"), Alias::new("rowid")));
    words.eq(Expr::col((search_part::Entity, Alias::new("doc"))))
}

/// That a part has what is looked for; the text is bound.
pub(super) fn matches(backend: DbBackend, text: &str) -> SimpleExpr {
    if backend == DbBackend::Sqlite {
        Expr::cust_with_values("search_words MATCH ?", [text])
    } else {
        Expr::cust_with_values("search_part.words @@ $1::tsquery", [text])
    }
}

pub(super) fn weights() -> SimpleExpr {
    let field = || Expr::col((search_part::Entity, search_part::Column::Field));
    let case =
        Field::ALL.iter().fold(CaseStatement::new(), |case, each| case.case(field().eq(each.code()), each.weight()));
    case.finally(0_i64).into()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::super::dialect::among;
    use super::super::plan_of;
    use super::*;
    use crate::domain::access::{Level, TicketAccess};
    use crate::domain::ids::UserId;
    use crate::domain::page::PageLimits;
    use crate::storage::{StoreOptions, migrate};

    #[tokio::test]
    async fn sqlite_looks_words_up_first_and_then_what_belongs_to_them() {
        let folder = tempfile::tempdir().expect("a folder");
        let url = format!("sqlite://{}?mode=rwc", folder.path().join("plans.db").display());
        migrate(&url).await.expect("a schema");
        let store = Store::open(&StoreOptions::new(url), crate::clock::SystemClock::shared()).await.expect("opens");
        let view = TicketAccess { level: Level::Owned, include_unassigned: false };
        let rights = Rights { view, user: Some(UserId::stored("mia")), teams: BTreeSet::new(), ..Rights::system() };
        let seek = Seek {
            account: &AccountId::stored("acme"),
            rights: &rights,
            query: &Wanted::parse("card -lost reader").expect("a query"),
            filter: &Plan::And(Vec::new()),
            fields: Field::ALL,
            page: &PageRequest::new(20, Some(vec![Place::Number(4), Place::Number(7)]), &PageLimits::default()),
            texts: 10_000,
        };
        let hits =
            plan_of(&store, &seek.tickets(DbBackend::Sqlite, Slot(7), &Ways::new(&[false, false], &[false], 0))).await;
        assert!(hits.contains("SCAN search_words VIRTUAL TABLE"), "{hits}");
        assert!(hits.contains("SEARCH search_part USING INDEX ux_search_doc"), "{hits}");
        let records = "SEARCH ticket_record USING COVERING INDEX sqlite_autoindex_ticket_record_1 (account_id=? AND kind=? AND record_id=?)";
        assert!(hits.contains(records), "{hits}");
        assert!(
            hits.contains("SEARCH ticket USING INDEX sqlite_autoindex_ticket_1 (account_id=? AND number=?)"),
            "{hits}"
        );
        // What is known is read by its key, and the words once: each of them looked up among what is known.
        let numbers = among(DbBackend::Sqlite, search_part::Column::Number, [7_i64.into()]);
        let shown = plan_of(&store, &seek.any_of(DbBackend::Sqlite, "\"7xcard\"", numbers)).await;
        let common = Ways::new(&[true, false], &[true], 0);
        let asked = plan_of(&store, &seek.tickets(DbBackend::Sqlite, Slot(7), &common)).await;
        for (plan, texts) in [(&shown, "known"), (&asked, "docs"), (&asked, "contact_docs")] {
            assert!(plan.contains(&format!("MATERIALIZE {texts}\n")), "{plan}");
            assert!(plan.contains("SEARCH search_part USING INDEX sqlite_autoindex_search_part_1"), "{plan}");
            // Both ends of the known rows, and no row by itself (`=`).
            assert!(plan.contains("SCAN search_words VIRTUAL TABLE INDEX 0:M1><"), "{plan}");
        }
        assert!(!shown.contains("M1=") && !asked.contains("M1="), "{shown}\n{asked}");
        assert!(!asked.contains("SCAN ticket\n") && !asked.contains("SCAN search_part"), "{asked}");
    }
}
