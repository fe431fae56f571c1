//! Tests of the language as a whole; small pieces are tested where they are.

mod grammar;
mod meaning;
mod properties;
mod schemas;
mod typing;

use super::schema::{TICKET, TicketField};
use super::{Context, FilterError, Plan, check, parse};
use crate::domain::ids::{AccountId, TeamId, UserId};
use crate::domain::time::Timestamp;

/// The time at which the tests ask.
const NOW: Timestamp = Timestamp::from_micros(1_767_268_800_000_000);

/// A plan over tickets for mia of the account acme, who is in the teams red and blue.
fn ticket_plan(text: &str) -> Result<Plan<TicketField>, FilterError> {
    let (account, me) = (AccountId::stored("acme"), UserId::stored("mia"));
    let my_teams = [TeamId::stored("red"), TeamId::stored("blue")];
    let context = Context { account: &account, me: Some(&me), my_teams: &my_teams, now: NOW, properties: &[] };
    check(&parse(text)?, &TICKET, &context)
}
