//! The caller's reach as SQL: the same rule as [`crate::domain::access::covers`], judged by the database for lists.

use sea_orm::sea_query::{Condition, Expr, ExprTrait, Query, SelectStatement, SimpleExpr};
use sea_orm::{ColumnTrait, DbBackend, EntityTrait, QuerySelect, QueryTrait, Value};

use super::super::dialect::among;
use super::super::rows::{team_member, ticket, ticket_share, ticket_team};
use crate::domain::access::{Level, Rights, Use};
use crate::domain::ids::AccountId;
use crate::domain::share::ShareLevel;

/// Tickets with which this caller may do this (A2, R-010, R-033). Beside it a query still filters by account.
pub fn tickets(backend: DbBackend, account: &AccountId, rights: &Rights, what: Use) -> Condition {
    let (reach, access) = (Reach { backend, account, rights }, rights.reach(what));
    let none = Condition::any().add_option(reach.shared(what));
    match access.level {
        Level::None => none.add(Expr::value(false)),
        Level::All => Condition::all(),
        Level::Owned => none.add(reach.owned()).add_option(access.include_unassigned.then(|| reach.free())),
        Level::Team => none
            .add(reach.owned())
            .add(reach.owner_in_team())
            .add(reach.assigned_to_team())
            .add_option(access.include_unassigned.then(|| reach.free())),
    }
}

struct Reach<'a> {
    backend: DbBackend,
    account: &'a AccountId,
    rights: &'a Rights,
}

impl Reach<'_> {
    fn my_teams<C: ColumnTrait>(&self, column: C) -> SimpleExpr {
        among(self.backend, column, self.rights.teams.iter().map(|team| Value::from(team.to_string())))
    }

    fn owned(&self) -> SimpleExpr {
        match &self.rights.user {
            Some(user) => ticket::Column::OwnerId.eq(user.as_str()),
            None => Expr::value(false),
        }
    }

    fn owner_in_team(&self) -> SimpleExpr {
        let members = team_member::Entity::find()
            .select_only()
            .column(team_member::Column::UserId)
            .filter_account(team_member::Column::AccountId, self.account)
            .and_filter(self.my_teams(team_member::Column::TeamId));
        ticket::Column::OwnerId.in_subquery(members)
    }

    /// Asked for each ticket by its number: as a set, all tickets of the teams would be read first.
    fn assigned_to_team(&self) -> SimpleExpr {
        use ticket_team::Column as C;
        Expr::exists(
            self.rows_of_ticket::<ticket_team::Entity>(C::AccountId, C::Number).and_filter(self.my_teams(C::TeamId)),
        )
    }

    /// Rows of another table that belong to the ticket at hand.
    fn rows_of_ticket<E: EntityTrait>(&self, account: E::Column, number: E::Column) -> SelectStatement {
        let column = |column: E::Column| Expr::col(column.as_column_ref());
        Query::select()
            .expr(Expr::value(1))
            .from(E::default())
            .and_where(column(account).eq(self.account.as_str()))
            .and_where(column(number).eq(Expr::col(ticket::Column::Number.as_column_ref())))
            .to_owned()
    }

    /// Shared with the caller or one of the caller's teams; nothing where no share counts.
    fn shared(&self, what: Use) -> Option<SimpleExpr> {
        use ticket_share::Column as C;
        let least = what.least_share().filter(|_| self.rights.view.level != Level::None)?;
        let user = self.rights.user.as_ref()?;
        let levels = ShareLevel::ALL.iter().filter(|level| **level >= least).map(|level| level.code());
        let mine = C::Kind.eq("user").and(C::GranteeId.eq(user.as_str()));
        let my_teams = C::Kind.eq("team").and(self.my_teams(C::GranteeId));
        let shares = self
            .rows_of_ticket::<ticket_share::Entity>(C::AccountId, C::Number)
            .and_filter(mine.or(my_teams))
            .and_filter(C::Level.is_in(levels));
        Some(Expr::exists(shares))
    }

    /// No owner, and no assigned team outside the caller's.
    fn free(&self) -> SimpleExpr {
        use ticket_team::Column as C;
        let others = self
            .rows_of_ticket::<ticket_team::Entity>(C::AccountId, C::Number)
            .and_filter(self.my_teams(C::TeamId).not());
        ticket::Column::OwnerId.is_null().and(Expr::exists(others).not())
    }
}

/// Narrowing a select to an account and one more condition, as a plain query.
trait Narrow {
    fn filter_account<C: ColumnTrait>(self, column: C, account: &AccountId) -> SelectStatement;
}

impl<E: EntityTrait> Narrow for sea_orm::Select<E> {
    fn filter_account<C: ColumnTrait>(self, column: C, account: &AccountId) -> SelectStatement {
        let mut query = self.into_query();
        query.and_where(column.eq(account.as_str()));
        query
    }
}

trait AndFilter {
    fn and_filter(self, condition: SimpleExpr) -> Self;
}

impl AndFilter for SelectStatement {
    fn and_filter(mut self, condition: SimpleExpr) -> Self {
        self.and_where(condition);
        self
    }
}
