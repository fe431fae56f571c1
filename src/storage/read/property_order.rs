//! Tickets ordered by what a property of theirs says. Those that say nothing count as less than all others.

use sea_orm::ColumnTrait;
use sea_orm::sea_query::{CaseStatement, Expr, ExprTrait, Func, Query, SimpleExpr};

use super::super::rows::{ticket, ticket_value};
use super::page::Key;
use crate::domain::filter::fold;
use crate::domain::ids::PropertyId;
use crate::domain::page::Place;
use crate::domain::property::{Property, PropertyKind, PropertyValue, Values};

/// Characters of a text that are compared: a place in the list stays short.
const COMPARED: usize = 100;

/// A property that lists are ordered by: text folded, choices in the order of their list, the others as what they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PropertyOrder {
    id: PropertyId,
    kind: PropertyKind,
    choices: Vec<String>,
}

impl PropertyOrder {
    /// The order of a property; none where a ticket may say several things.
    pub fn of(property: &Property) -> Option<Self> {
        let choices = property.choices.iter().map(|choice| choice.value.clone()).collect();
        let kind = property.kind;
        (kind != PropertyKind::Choices).then(|| Self { id: property.id.clone(), kind, choices })
    }

    pub(super) fn key(&self) -> Key<ticket::Entity> {
        let this = self.clone();
        Key::computed(self.sql(), move |row: &ticket::Model| this.place(&row.properties))
    }

    fn sql(&self) -> SimpleExpr {
        use ticket::Column as T;
        use ticket_value::Column as Said;
        let column = |column: Said| Expr::col(column.as_column_ref());
        let (value, nothing): (SimpleExpr, SimpleExpr) = match self.kind {
            PropertyKind::Text => {
                let length = i32::try_from(COMPARED).unwrap_or(i32::MAX);
                let head = Func::cust("substr").arg(column(Said::TextFolded)).arg(1).arg(length);
                (head.into(), Expr::value(""))
            }
            PropertyKind::Choice | PropertyKind::Choices => {
                let ranked = self.choices.iter().zip(1_i64..);
                let case = CaseStatement::new().case(column(Said::Item).eq(""), 0_i64);
                let case =
                    ranked.fold(case, |case, (choice, rank)| case.case(column(Said::Item).eq(choice.as_str()), rank));
                (case.finally(0_i64).into(), Expr::value(0_i64))
            }
            _ => (column(Said::Scalar), Expr::value(i64::MIN)),
        };
        let mut said = Query::select();
        said.expr(value)
            .from(ticket_value::Entity)
            .and_where(column(Said::AccountId).eq(Expr::col(T::AccountId.as_column_ref())))
            .and_where(column(Said::Number).eq(Expr::col(T::Number.as_column_ref())))
            .and_where(column(Said::PropertyId).eq(self.id.as_str()));
        Func::coalesce([SimpleExpr::from(said), nothing]).into()
    }

    /// The same for the values that a ticket holds.
    fn place(&self, values: &str) -> Place {
        let values: Values = serde_json::from_str(values).unwrap_or_default();
        match (self.kind, values.get(&self.id)) {
            (PropertyKind::Text, Some(PropertyValue::Text(text))) => {
                Place::Text(fold(text).chars().take(COMPARED).collect())
            }
            (PropertyKind::Text, _) => Place::Text(String::new()),
            (_, Some(PropertyValue::Number(number))) => Place::Number(number.rank()),
            (_, Some(PropertyValue::Boolean(flag))) => Place::Number(i64::from(*flag)),
            (_, Some(PropertyValue::Date(day))) => Place::Number(day.number()),
            (_, Some(PropertyValue::Choice(chosen))) => {
                let rank = self.choices.iter().zip(1_i64..).find(|(choice, _)| *choice == chosen);
                Place::Number(rank.map_or(0, |(_, rank)| rank))
            }
            (PropertyKind::Choice | PropertyKind::Choices, _) => Place::Number(0),
            _ => Place::Number(i64::MIN),
        }
    }
}
