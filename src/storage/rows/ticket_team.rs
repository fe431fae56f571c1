//! Search structure: tickets by assigned team.

use sea_orm::entity::prelude::*;

use crate::domain::ids::TeamId;
use crate::domain::ticket::Ticket;

/// A row of `ticket_team`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "ticket_team")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    /// The account.
    pub account_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    /// The team.
    pub team_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    /// The ticket.
    pub number: i64,
    /// It is open.
    pub open: bool,
    /// It is open and has no owner.
    pub free: bool,
}

impl Model {
    /// How `ticket` stands in the list of a team that it is assigned to.
    pub fn new(account_id: String, team: &TeamId, ticket: &Ticket) -> Self {
        let open = ticket.open;
        Self {
            account_id,
            team_id: team.to_string(),
            number: ticket.number.0,
            open,
            free: open && ticket.owner.is_none(),
        }
    }
}

super::plain_entity!();
