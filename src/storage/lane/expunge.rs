//! Taking tickets away for good, with everything that was said and noted on them (C-016).
//!
//! [`OF_CONVERSATION`] and [`OF_TICKET`] name every table with rows that belong to a ticket, children before parents. A test
//! holds them against the foreign keys of the schema.

use sea_orm::{ConnectionTrait, DbErr, Statement, Value};

use super::world::World;
use crate::domain::ids::{ConversationId, TicketNumber};

/// A ticket that goes away for good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expunged {
    /// The ticket.
    pub ticket: TicketNumber,
    /// Its conversations.
    pub conversations: Vec<ConversationId>,
}

/// What takes away the rows of a conversation, and then itself.
pub const OF_CONVERSATION: &[&str] = &[
    "DELETE FROM handoff WHERE account_id = $1 AND conversation_id = $2",
    "DELETE FROM draft WHERE account_id = $1 AND conversation_id = $2",
    "DELETE FROM comment_mention WHERE account_id = $1 AND comment_id IN \
     (SELECT id FROM comment WHERE account_id = $1 AND conversation_id = $2)",
    "DELETE FROM comment WHERE account_id = $1 AND conversation_id = $2",
    "DELETE FROM message WHERE account_id = $1 AND conversation_id = $2",
    "DELETE FROM thread WHERE account_id = $1 AND conversation_id = $2",
    "DELETE FROM conversation WHERE account_id = $1 AND id = $2",
];

/// What takes away the rows of a ticket. What an event said goes too, but not that it happened: the log has no gaps.
pub const OF_TICKET: &[&str] = &[
    "DELETE FROM routing_decision WHERE account_id = $1 AND ticket_number = $2",
    "DELETE FROM ticket_team WHERE account_id = $1 AND number = $2",
    "DELETE FROM ticket_tag WHERE account_id = $1 AND number = $2",
    "DELETE FROM ticket_follower WHERE account_id = $1 AND number = $2",
    "DELETE FROM ticket_record WHERE account_id = $1 AND number = $2",
    "DELETE FROM ticket_share WHERE account_id = $1 AND number = $2",
    "DELETE FROM ticket_value WHERE account_id = $1 AND number = $2",
    "UPDATE event SET fields = '[]' WHERE account_id = $1 AND ticket_number = $2",
];

const TICKET: &str = "DELETE FROM ticket WHERE account_id = $1 AND number = $2";

/// Takes away what the batches of a commit expunged.
pub async fn all(db: &impl ConnectionTrait, worlds: &[World]) -> Result<(), DbErr> {
    for world in worlds.iter().filter(|world| !world.expunged.is_empty()) {
        of_account(db, world).await?;
    }
    Ok(())
}

async fn of_account(db: &impl ConnectionTrait, world: &World) -> Result<(), DbErr> {
    for gone in &world.expunged {
        for conversation in &gone.conversations {
            for sql in OF_CONVERSATION {
                run(db, world, sql, conversation.0.into()).await?;
            }
        }
        for sql in OF_TICKET {
            run(db, world, sql, gone.ticket.0.into()).await?;
        }
    }
    // Only now: a conversation may still have stood at a ticket that goes before its own.
    for gone in &world.expunged {
        run(db, world, TICKET, gone.ticket.0.into()).await?;
    }
    Ok(())
}

async fn run(db: &impl ConnectionTrait, world: &World, sql: &str, key: Value) -> Result<(), DbErr> {
    let values = [world.account.id.as_str().into(), key];
    db.execute_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, values)).await.map(drop)
}
