//! The open tickets that a caller may see, where access ends at the caller's own or at the teams' (A2).

use sea_orm::sea_query::{Alias, Condition, Expr, ExprTrait, Query, SelectStatement, UnionType};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, QueryFilter, QuerySelect, QueryTrait, Select, Value,
};

use super::super::super::dialect::among;
use super::super::super::rows::{team_member, ticket, ticket_share};
use super::super::super::{Store, StoreError};
use super::{FEW, Standing, c, of_teams};
use crate::domain::access::{Level, Rights, Use};
use crate::domain::ids::AccountId;

/// All of them when they are few, and perhaps some more; none when they are many, or when closed ones are asked for too.
pub async fn numbers(
    store: &Store,
    account: &AccountId,
    rights: &Rights,
    standing: Standing,
) -> Result<Option<Vec<i64>>, StoreError> {
    let level = rights.reach(Use::View).level;
    if standing == Standing::Any || !matches!(level, Level::Owned | Level::Team) {
        return Ok(None);
    }
    let rows = store.reader().query_all(&Reach { backend: store.backend(), account, rights, standing }.all()).await?;
    if rows.len() > FEW {
        return Ok(None);
    }
    Ok(Some(rows.iter().map(|row| row.try_get("", "number")).collect::<Result<_, _>>()?))
}

struct Reach<'a> {
    backend: DbBackend,
    account: &'a AccountId,
    rights: &'a Rights,
    standing: Standing,
}

impl Reach<'_> {
    /// Each part ends at one more than is read whole, so that their union costs no more than a few times that.
    fn all(&self) -> SelectStatement {
        let mut parts = vec![self.shared()];
        if self.standing == Standing::Open {
            parts.push(self.owned());
        }
        let access = self.rights.reach(Use::View);
        if access.level == Level::Team {
            let rows = of_teams(self.backend, self.account, self.my_teams(), self.standing);
            parts.push(numbered(rows, super::ticket_team::Column::Number));
        }
        if access.include_unassigned {
            parts.push(numbered(self.open().filter(ticket::Column::OwnerId.is_null()), ticket::Column::Number));
        }
        let mut each = parts.into_iter().enumerate().map(|(index, part)| {
            let name = Alias::new(format!("part{index}"));
            Query::select().column((name.clone(), Alias::new("number"))).from_subquery(part, name).to_owned()
        });
        let mut all = each.next().unwrap_or_default();
        all.unions(each.map(|part| (UnionType::Distinct, part)));
        let union = Alias::new("seen");
        Query::select()
            .column((union.clone(), Alias::new("number")))
            .from_subquery(all, union)
            .limit(limit())
            .to_owned()
    }

    fn my_teams(&self) -> Vec<Value> {
        self.rights.teams.iter().map(|team| team.as_str().into()).collect()
    }

    fn open(&self) -> Select<ticket::Entity> {
        let account = ticket::Column::AccountId.eq(self.account.as_str());
        ticket::Entity::find().filter(account).filter(c(ticket::Column::Open))
    }

    /// The caller's own, and at the level of teams those of their members.
    fn owned(&self) -> SelectStatement {
        use team_member::Column as M;
        let mut owners = Condition::any();
        if let Some(user) = &self.rights.user {
            owners = owners.add(ticket::Column::OwnerId.eq(user.as_str()));
        }
        if self.rights.reach(Use::View).level == Level::Team {
            let members = team_member::Entity::find()
                .select_only()
                .column(M::UserId)
                .filter(M::AccountId.eq(self.account.as_str()))
                .filter(among(self.backend, M::TeamId, self.my_teams()));
            owners = owners.add(ticket::Column::OwnerId.in_subquery(members.into_query()));
        }
        if owners.is_empty() {
            owners = owners.add(Expr::value(false));
        }
        numbered(self.open().filter(owners), ticket::Column::Number)
    }

    /// Shared with the caller or a team of the caller's, at whatever level.
    fn shared(&self) -> SelectStatement {
        use ticket_share::Column as C;
        let mut with = Condition::any().add(C::Kind.eq("team").and(among(self.backend, C::GranteeId, self.my_teams())));
        if let Some(user) = &self.rights.user {
            with = with.add(C::Kind.eq("user").and(C::GranteeId.eq(user.as_str())));
        }
        let rows = ticket_share::Entity::find().filter(C::AccountId.eq(self.account.as_str())).filter(with);
        numbered(rows, C::Number)
    }
}

fn numbered<E: EntityTrait>(rows: Select<E>, number: E::Column) -> SelectStatement {
    rows.select_only().column_as(number, "number").limit(limit()).into_query()
}

fn limit() -> u64 {
    u64::try_from(FEW + 1).unwrap_or(u64::MAX)
}
