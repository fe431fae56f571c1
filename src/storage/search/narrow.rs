//! How a search goes about words that very many texts have.
//!
//! A word that few texts have names tickets: all these texts are looked up. One that very many have is asked for on the
//! tickets that the others name. Where every word of a query is of that kind, the newest texts of the rarest one are
//! looked up, and the answer says so. So a search costs about the same in an account of any size.

use sea_orm::sea_query::{Alias, Expr, ExprTrait, Func, Order, Query, SelectStatement, SimpleExpr, UnionType};
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend};

use super::super::StoreError;
use super::super::dialect::in_order;
use super::super::rows::{search_part, ticket, ticket_record};
use super::find::{Seek, matches, weights};
use super::words::Slot;
use crate::domain::links::RecordKind;
use crate::domain::search::{Field, Term};

/// How a term is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// All texts that have it are looked up.
    All,
    /// The newest texts that have it are looked up.
    Newest,
    /// Each ticket that other terms name is asked for it.
    OnTickets,
}

/// How each term of a query is looked for.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Ways {
    wanted: Vec<Way>,
    unwanted: Vec<Way>,
}

impl Ways {
    /// `common`: whether very many texts have each wanted term, and each unwanted one; `rarest`: the wanted one that
    /// fewest texts have, where all are common.
    pub fn new(wanted: &[bool], unwanted: &[bool], rarest: usize) -> Self {
        let way = |common: &bool| if *common { Way::OnTickets } else { Way::All };
        let mut ways = Self { wanted: wanted.iter().map(way).collect(), unwanted: unwanted.iter().map(way).collect() };
        if ways.wanted.iter().all(|way| *way == Way::OnTickets)
            && let Some(way) = ways.wanted.get_mut(rarest)
        {
            *way = Way::Newest;
        }
        ways
    }

    /// Of each wanted term.
    pub fn wanted(&self) -> impl Iterator<Item = Way> {
        self.wanted.iter().copied()
    }

    /// Of each unwanted term.
    pub fn unwanted(&self) -> impl Iterator<Item = Way> {
        self.unwanted.iter().copied()
    }

    /// The wanted terms that are looked for in that way.
    pub fn of<'a>(&self, wanted: &'a [Term], way: Way) -> impl Iterator<Item = &'a Term> {
        wanted.iter().zip(self.wanted()).filter(move |(_, its)| *its == way).map(|(term, _)| term)
    }
}

impl Seek<'_> {
    /// How each term is looked for in this account.
    pub(super) async fn ways(&self, db: &DatabaseTransaction, slot: Slot) -> Result<Ways, StoreError> {
        let backend = db.get_database_backend();
        let (wanted, unwanted) = (&self.query.wanted, &self.query.unwanted);
        let terms: Vec<String> = wanted.iter().chain(unwanted).map(|term| slot.term(backend, term)).collect();
        let counts = self.each(db, &terms, |text| self.count(backend, text)).await?;
        let common: Vec<bool> = counts.iter().map(|count| count.unsigned_abs() > self.texts).collect();
        let (of_wanted, of_unwanted) = common.split_at(wanted.len());
        let mut rarest = 0;
        if wanted.len() > 1 && of_wanted.iter().all(|common| *common) {
            // The further back its newest texts reach, the fewer have it.
            let reach = self.each(db, &terms[..wanted.len()], |text| self.oldest(backend, text)).await?;
            rarest = (0..reach.len()).min_by_key(|term| reach[*term]).unwrap_or_default();
        }
        Ok(Ways::new(of_wanted, of_unwanted, rarest))
    }

    /// One number for each term.
    async fn each(
        &self,
        db: &DatabaseTransaction,
        terms: &[String],
        number: impl Fn(&str) -> SelectStatement,
    ) -> Result<Vec<i64>, StoreError> {
        let mut query = Query::select();
        let column = |index: usize| format!("term{index}");
        for (index, term) in terms.iter().enumerate() {
            query.expr_as(SimpleExpr::from(number(term)), Alias::new(column(index)));
        }
        let Some(row) = db.query_one(&query).await? else { return Ok(vec![0; terms.len()]) };
        (0..terms.len()).map(|index| Ok(row.try_get::<Option<i64>>("", &column(index))?.unwrap_or_default())).collect()
    }

    /// How many texts have a term, counted one beyond the limit.
    fn count(&self, backend: DbBackend, text: &str) -> SelectStatement {
        let (mut some, mut count) = (self.having(backend, text), Query::select());
        some.expr_as(Expr::value(1), Alias::new("one")).limit(self.texts + 1);
        count.expr(Func::count(Expr::col(Alias::new("one")))).from_subquery(some, Alias::new("counted"));
        count
    }

    /// The place of the oldest of the newest texts that have a term.
    fn oldest(&self, backend: DbBackend, text: &str) -> SelectStatement {
        let (place, mut oldest) = (if backend == DbBackend::Sqlite { "rowid" } else { "number" }, Query::select());
        let newest = self.newest(backend, text);
        oldest
            .expr(Func::min(Expr::col((Alias::new("newest"), Alias::new(place)))))
            .from_subquery(newest, Alias::new("newest"));
        oldest
    }

    /// The newest texts that have a term: rows of words on SQLite, parts on PostgreSQL.
    pub(super) fn newest(&self, backend: DbBackend, text: &str) -> SelectStatement {
        use search_part::Column as P;
        let mut newest = self.having(backend, text);
        if backend == DbBackend::Sqlite {
            let row = (Alias::new("search_words"), Alias::new("rowid"));
            newest.expr_as(Expr::col(row.clone()), Alias::new("rowid")).order_by(row, Order::Desc);
        } else {
            let columns = [P::AccountId, P::Number, P::Field, P::PartId, P::Chunk];
            newest.columns(columns.map(|column| (search_part::Entity, column)));
            newest.order_by((search_part::Entity, P::Number), Order::Desc);
        }
        newest.limit(self.texts);
        newest
    }

    fn having(&self, backend: DbBackend, text: &str) -> SelectStatement {
        let mut having = Query::select();
        if backend == DbBackend::Sqlite {
            having.from(Alias::new("search_words"));
        } else {
            having.from(search_part::Entity).and_where(search_part::Column::AccountId.eq(self.account.as_str()));
        }
        having.and_where(matches(backend, text));
        having
    }

    /// The weight of the best text of `ticket.number` that has a term; null where none has.
    pub(super) fn on_ticket(&self, backend: DbBackend, slot: Slot, term: &Term) -> SelectStatement {
        use search_part::Column as P;
        let text = slot.term(backend, term);
        let number = Expr::col((ticket::Entity, ticket::Column::Number));
        let mut found = Query::select();
        found
            .expr_as(weights(), Alias::new("weight"))
            .from(search_part::Entity)
            .and_where(Expr::col((search_part::Entity, P::Number)).eq(number))
            .and_where(P::Field.ne(Field::Contact.code()));
        self.known(&mut found, backend, &text);
        if self.fields.contains(&Field::Contact) {
            found.union(UnionType::All, self.on_contacts(backend, &text));
        }
        let (all, mut best) = (Alias::new("found"), Query::select());
        best.expr(Func::max(Expr::col((all.clone(), Alias::new("weight"))))).from_subquery(found, all);
        best
    }

    /// The weights of the contacts of `ticket.number` that have a term.
    fn on_contacts(&self, backend: DbBackend, text: &str) -> SelectStatement {
        use search_part::Column as P;
        use ticket_record::Column as R;
        let number = Expr::col((ticket::Entity, ticket::Column::Number));
        let mut found = Query::select();
        found
            .expr_as(weights(), Alias::new("weight"))
            .from(ticket_record::Entity)
            .join(in_order(backend), search_part::Entity, sea_orm::Condition::all())
            .and_where(R::AccountId.eq(self.account.as_str()))
            .and_where(Expr::col((ticket_record::Entity, R::Number)).eq(number))
            .and_where(R::Kind.eq(RecordKind::Contact.code()))
            .and_where(Expr::col((search_part::Entity, P::PartId)).eq(Expr::col((ticket_record::Entity, R::RecordId))))
            .and_where(P::Number.eq(0))
            .and_where(P::Field.eq(Field::Contact.code()));
        self.known(&mut found, backend, text);
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_terms_are_asked_for_on_the_tickets_of_the_others() {
        let ways = |wanted: &[bool], rarest| Ways::new(wanted, &[true, false], rarest).wanted().collect::<Vec<_>>();
        assert_eq!(ways(&[false, false], 0), [Way::All, Way::All]);
        assert_eq!(ways(&[true, false], 0), [Way::OnTickets, Way::All]);
        assert_eq!(ways(&[true, true], 1), [Way::OnTickets, Way::Newest]);
        assert_eq!(ways(&[true], 0), [Way::Newest]);
        assert_eq!(Ways::new(&[false], &[true, false], 0).unwanted().collect::<Vec<_>>(), [Way::OnTickets, Way::All]);
    }
}
