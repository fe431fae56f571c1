//! Looking tickets up by words: which match, in which order, and where the best hit of each stands.
//!
//! All statements of a search see one picture of the database: what it shows is what the caller might see at one moment,
//! and the place in the log belongs to that moment too.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::sea_query::{
    Alias, CaseStatement, Condition, Expr, ExprTrait, Func, Order, Query, SelectStatement, SimpleExpr, UnionType,
};
use sea_orm::{
    AccessMode, ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, FromQueryResult, IsolationLevel,
    Iterable, TransactionTrait,
};
use uuid::Uuid;

use super::super::dialect::{among, in_order};
use super::super::read::scope;
use super::super::rows::{Stored, search_part, ticket, ticket_record};
use super::super::{Store, StoreError, filter_sql};
use super::follow::read_head;
use super::shown::text_of;
use super::words::Slot;
use crate::domain::access::{Rights, Use};
use crate::domain::filter::Plan;
use crate::domain::filter::schema::TicketField;
use crate::domain::ids::AccountId;
use crate::domain::links::{RecordKind, RecordRef};
use crate::domain::page::{Page, PageRequest, Place};
use crate::domain::search::{Field, Query as Wanted, Term};
use crate::domain::ticket::Ticket;

/// Rows that are looked at for the best hits of a page.
const LOOKED_AT: u64 = 5_000;

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
            return Ok(Found { page: Page { items: Vec::new(), next: None }, indexed: 0 });
        };
        let backend = db.get_database_backend();
        let mut rows = db.query_all(&self.tickets(backend, head.slot)).await?;
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
        Ok(Found { page: Page { items, next }, indexed: head.indexed })
    }

    /// One more than a page of tickets with their scores.
    ///
    /// The conditions of joins stand in WHERE: see [`in_order`].
    fn tickets(&self, backend: DbBackend, slot: Slot) -> SelectStatement {
        let mut query = Query::select();
        let number = || Expr::col((ticket::Entity, ticket::Column::Number));
        let mut scores = Vec::new();
        for (index, term) in self.query.wanted.iter().enumerate() {
            let (hits, term) = (Alias::new(format!("hits{index}")), self.hits(backend, slot, term));
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
            .columns(ticket::Column::iter().map(|column| (ticket::Entity, column)))
            .and_where(ticket::Column::AccountId.eq(self.account.as_str()))
            .and_where(number().eq(Expr::col((Alias::new("hits0"), Alias::new("number")))))
            .and_where(ticket::Column::DeleteTime.is_null())
            .cond_where(scope::tickets(backend, self.account, self.rights, Use::View))
            .cond_where(filter_sql::condition(self.filter, filter_sql::ticket, backend));
        for term in &self.query.unwanted {
            let (mut numbers, hits) = (Query::select(), Alias::new("unwanted"));
            numbers.column((hits.clone(), Alias::new("number"))).from_subquery(self.hits(backend, slot, term), hits);
            query.and_where(number().in_subquery(numbers).not());
        }
        let score = scores.into_iter().reduce(ExprTrait::add).unwrap_or_else(|| Expr::value(0_i64));
        if let Some(&[Place::Number(best), Place::Number(last)]) = self.page.after.as_deref() {
            let here = Expr::tuple([score.clone(), number()]);
            query.and_where(here.lt(Expr::tuple([Expr::value(best), Expr::value(last)])));
        }
        query
            .expr_as(score.clone(), Alias::new("score"))
            .order_by_expr(score, Order::Desc)
            .order_by((ticket::Entity, ticket::Column::Number), Order::Desc)
            .limit(u64::from(self.page.size) + 1);
        query
    }

    /// Numbers of the tickets that have a term, each with the weight of the best field that has it.
    fn hits(&self, backend: DbBackend, slot: Slot, term: &Term) -> SelectStatement {
        use search_part::Column as P;
        let text = slot.term(backend, term);
        let mut found = self.parts(backend, &text);
        found
            .expr_as(Expr::col((search_part::Entity, P::Number)), Alias::new("number"))
            .expr_as(weights(), Alias::new("weight"))
            .and_where(P::Field.ne(Field::Contact.code()));
        if self.fields.contains(&Field::Contact) {
            found.union(UnionType::All, self.of_contacts(backend, &text));
        }
        let all = Alias::new("found");
        let mut hits = Query::select();
        hits.expr_as(Expr::col((all.clone(), Alias::new("number"))), Alias::new("number"))
            .expr_as(Func::max(Expr::col((all.clone(), Alias::new("weight")))), Alias::new("weight"))
            .from_subquery(found, all.clone())
            .group_by_col((all, Alias::new("number")));
        hits
    }

    /// Tickets that are associated with contacts that have a term, the primary one or another.
    fn of_contacts(&self, backend: DbBackend, text: &str) -> SelectStatement {
        use search_part::Column as P;
        use ticket_record::Column as R;
        let mut found = self.parts(backend, text);
        found
            .join(in_order(backend), ticket_record::Entity, Condition::all())
            .and_where(R::AccountId.eq(self.account.as_str()))
            .and_where(R::Kind.eq(RecordKind::Contact.code()))
            .and_where(Expr::col((ticket_record::Entity, R::RecordId)).eq(Expr::col((search_part::Entity, P::PartId))))
            .expr_as(Expr::col((ticket_record::Entity, R::Number)), Alias::new("number"))
            .expr_as(weights(), Alias::new("weight"))
            .and_where(P::Number.eq(0))
            .and_where(P::Field.eq(Field::Contact.code()));
        found
    }

    /// Parts that match, in the fields where the caller may look.
    fn parts(&self, backend: DbBackend, text: &str) -> SelectStatement {
        use search_part::Column as P;
        let mut parts = Query::select();
        if backend == DbBackend::Sqlite {
            // CROSS: the words are looked up first; the other way round every part of the account is.
            parts.from(Alias::new("search_words")).cross_join(search_part::Entity).and_where(same_doc());
        } else {
            parts.from(search_part::Entity);
        }
        parts
            .and_where(P::AccountId.eq(self.account.as_str()))
            .and_where(P::Field.is_in(self.fields.iter().map(|field| field.code())))
            .and_where(matches(backend, text));
        parts
    }

    /// Puts the best text of each hit to it.
    async fn show(&self, db: &DatabaseTransaction, slot: Slot, hits: &mut [Hit]) -> Result<(), StoreError> {
        use search_part::Column as P;
        let backend = db.get_database_backend();
        let text = slot.any(backend, &self.query.wanted);
        let numbers = hits.iter().map(|hit| hit.ticket.number.0.into());
        let own = self.best(db, &text, among(backend, P::Number, numbers)).await?;
        let contacts: BTreeSet<Uuid> = hits.iter().flat_map(|hit| contacts_of(&hit.ticket)).collect();
        let theirs = P::Number.eq(0).and(among(backend, P::PartId, contacts.into_iter().map(Into::into)));
        let theirs = self.best(db, &text, theirs).await?;
        let best = |hit: &Hit| {
            let own = own.iter().filter(|part| part.0 == hit.ticket.number.0);
            let contacts: BTreeSet<Uuid> = contacts_of(&hit.ticket).collect();
            let theirs = theirs.iter().filter(|part| part.1 == Field::Contact && contacts.contains(&part.2));
            own.chain(theirs).max_by_key(|part| (part.1.weight(), part.2)).map(|part| (part.1, part.2))
        };
        let chosen: BTreeMap<i64, (Field, Uuid)> =
            hits.iter().filter_map(|hit| Some((hit.ticket.number.0, best(hit)?))).collect();
        let mut texts = text_of(db, self.account, chosen.values().copied()).await?;
        for hit in hits {
            let Some(&(field, id)) = chosen.get(&hit.ticket.number.0) else { continue };
            hit.shown = match field {
                Field::Subject => Some(Shown { field, source: None, text: hit.ticket.subject.clone() }),
                Field::Description => Some(Shown { field, source: None, text: hit.ticket.description.clone() }),
                // Not taken out: two tickets may have the same contact.
                Field::Contact => texts.get(&id).cloned(),
                Field::Message | Field::Comment => texts.remove(&id),
            };
        }
        Ok(())
    }

    /// Parts among `these` that have any of the terms.
    async fn best(
        &self,
        db: &DatabaseTransaction,
        text: &str,
        these: SimpleExpr,
    ) -> Result<Vec<(i64, Field, Uuid)>, StoreError> {
        let mut found = Vec::new();
        for row in db.query_all(&self.any_of(db.get_database_backend(), text, these)).await? {
            let field: String = row.try_get("", "field")?;
            if let Some(field) = Field::from_code(&field) {
                found.push((row.try_get("", "number")?, field, row.try_get("", "part_id")?));
            }
        }
        Ok(found)
    }

    fn any_of(&self, backend: DbBackend, text: &str, these: SimpleExpr) -> SelectStatement {
        use search_part::Column as P;
        let mut parts = Query::select();
        parts
            .columns([P::Number, P::Field, P::PartId].map(|column| (search_part::Entity, column)))
            .from(search_part::Entity);
        if backend == DbBackend::Sqlite {
            // CROSS: the few parts are known, and each is looked up among the words; the other way round all hits are read.
            parts.cross_join(Alias::new("search_words")).and_where(same_doc());
        }
        parts
            .and_where(P::AccountId.eq(self.account.as_str()))
            .and_where(P::Field.is_in(self.fields.iter().map(|field| field.code())))
            .and_where(these)
            .and_where(matches(backend, text))
            .limit(LOOKED_AT);
        parts
    }
}

fn contacts_of(ticket: &Ticket) -> impl Iterator<Item = Uuid> {
    ticket.records_of(RecordKind::Contact).map(RecordRef::uuid)
}

/// On SQLite: that a part and a row of words belong together.
fn same_doc() -> SimpleExpr {
    let words = Expr::col((Alias::new("search_words"), Alias::new("rowid")));
    words.eq(Expr::col((search_part::Entity, Alias::new("doc"))))
}

/// That a part has what is looked for; the text is bound.
fn matches(backend: DbBackend, text: &str) -> SimpleExpr {
    if backend == DbBackend::Sqlite {
        Expr::cust_with_values("search_words MATCH ?", [text])
    } else {
        Expr::cust_with_values("search_part.words @@ $1::tsquery", [text])
    }
}

fn weights() -> SimpleExpr {
    let field = || Expr::col((search_part::Entity, search_part::Column::Field));
    let case =
        Field::ALL.iter().fold(CaseStatement::new(), |case, each| case.case(field().eq(each.code()), each.weight()));
    case.finally(0_i64).into()
}

#[cfg(test)]
mod tests {
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
        };
        let hits = plan_of(&store, &seek.tickets(DbBackend::Sqlite, Slot(7))).await;
        assert!(hits.contains("SCAN search_words VIRTUAL TABLE"), "{hits}");
        assert!(hits.contains("SEARCH search_part USING INDEX ux_search_doc"), "{hits}");
        let records = "SEARCH ticket_record USING COVERING INDEX sqlite_autoindex_ticket_record_1 (account_id=? AND kind=? AND record_id=?)";
        assert!(hits.contains(records), "{hits}");
        assert!(
            hits.contains("SEARCH ticket USING INDEX sqlite_autoindex_ticket_1 (account_id=? AND number=?)"),
            "{hits}"
        );
        let numbers = among(DbBackend::Sqlite, search_part::Column::Number, [7_i64.into()]);
        let shown = plan_of(&store, &seek.any_of(DbBackend::Sqlite, "\"7xcard\"", numbers)).await;
        assert!(shown.starts_with("SEARCH search_part") && shown.contains("number=?"), "{shown}");
    }
}
