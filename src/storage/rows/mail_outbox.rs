//! Mails to people of the account that wait to be sent.

use sea_orm::entity::prelude::*;

/// A row of `mail_outbox`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "mail_outbox")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    /// The account.
    pub account_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    /// The mail; also the left half of its Message-ID.
    pub id: Uuid,
    /// Where it goes: one address.
    pub recipient: String,
    /// Its subject, one line.
    pub subject: String,
    /// Its plain text.
    pub text: String,
    /// What it is about, relative to the account.
    pub resource: String,
    /// `queued`, `sent` or `failed`.
    pub state: String,
    /// Why it failed for good.
    pub error: String,
    /// Microseconds.
    pub create_time: i64,
}

super::plain_entity!();
