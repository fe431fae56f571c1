//! How a search goes about words that very many texts have.
//!
//! A word that few texts have names tickets: all these texts are looked up. One that very many have is asked for on the
//! tickets that the others name. Where every word of a query is of that kind, the newest texts of the rarest one are
//! looked up, and the answer says so. So a search costs about the same in an account of any size.

use sea_orm::sea_query::{Alias, Expr, Func, Order, Query, SelectStatement, SimpleExpr};
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend};

use super::super::StoreError;
use super::super::rows::search_part;
use super::find::{Seek, matches};
use super::words::Slot;
use crate::domain::search::Term;

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

    /// The wanted terms that are looked for in that way.
    pub fn of_wanted<'a>(&self, wanted: &'a [Term], way: Way) -> impl Iterator<Item = &'a Term> {
        wanted.iter().zip(self.wanted()).filter(move |(_, its)| *its == way).map(|(term, _)| term)
    }

    /// The unwanted terms that are looked for in that way.
    pub fn of_unwanted<'a>(&self, unwanted: &'a [Term], way: Way) -> impl Iterator<Item = &'a Term> {
        unwanted.iter().zip(&self.unwanted).filter(move |(_, its)| **its == way).map(|(term, _)| term)
    }

    /// Whether tickets are asked for any term.
    pub fn ask(&self) -> bool {
        self.wanted.iter().chain(&self.unwanted).any(|way| *way == Way::OnTickets)
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
        let rarest =
            if of_wanted.contains(&false) { 0 } else { self.rarest(db, &terms[..wanted.len()]).await?.unwrap_or(0) };
        Ok(Ways::new(of_wanted, of_unwanted, rarest))
    }

    /// The wanted term that fewest texts have, of those that are no beginning of a word: for that one more texts are read.
    async fn rarest(&self, db: &DatabaseTransaction, terms: &[String]) -> Result<Option<usize>, StoreError> {
        let whole = |index: &usize| !self.query.wanted[*index].prefix;
        let whole: Vec<usize> = (0..terms.len()).filter(whole).collect();
        if whole.len() < 2 {
            return Ok(whole.first().copied());
        }
        let texts: Vec<String> = whole.iter().map(|index| terms[*index].clone()).collect();
        // The further back its newest texts reach, the fewer have it.
        let reach = self.each(db, &texts, |text| self.oldest(db.get_database_backend(), text)).await?;
        Ok(whole.iter().zip(reach).min_by_key(|(_, reach)| *reach).map(|(index, _)| *index))
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
        assert_eq!(Ways::new(&[false], &[true, false], 0).unwanted, [Way::OnTickets, Way::All]);
        let ask = |wanted: &[bool], unwanted: &[bool]| Ways::new(wanted, unwanted, 0).ask();
        assert!(!ask(&[false], &[false]) && !ask(&[true], &[]) && ask(&[true, false], &[]) && ask(&[false], &[true]));
    }
}
