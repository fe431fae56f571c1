//! What goes into a column for the next message: the value that the service wrote, with the parts exchanged that are
//! different for every message.

use serde_json::Value;

use super::template::ids_of;
use crate::store::{Row, number};

/// What goes into one column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fill {
    /// The same as in the template.
    Same(Value),
    /// The account's id.
    Account,
    /// The ticket's number.
    Number,
    /// So many after the last event before the message.
    Event(i64),
    /// The id of the message's rows: one for all of them, since each lies in a table of its own.
    Id,
    /// A contact of the account.
    Contact,
    /// An agent of the account.
    Agent,
    /// The moment, in microseconds.
    Now,
    /// Text with other parts inside.
    Text(Vec<Piece>),
}

/// A part of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// As in the template.
    Same(String),
    /// The id of the message's rows.
    Id,
    /// The ticket's number.
    Number,
}

/// What the template's message was called.
pub struct Known {
    number: i64,
    ids: Vec<String>,
    last_event: i64,
}

/// Texts that are unique in the account where they are not empty.
const UNIQUE: [&str; 4] = ["external_id", "key", "reply_token", "mail_id"];
/// Columns that hold an agent.
const AGENTS: [&str; 2] = ["owner_id", "user_id"];
/// Columns that hold a place in the event log.
const PLACES: [&str; 4] = ["sequence", "changed_seq", "cause_root", "cause_parent"];

impl Known {
    /// Learned from the rows themselves.
    pub fn from_rows(found: &[(&'static str, Row)], last_event: i64) -> Self {
        let ticket = found.iter().find(|(table, _)| *table == "ticket");
        Self { number: ticket.map_or(0, |(_, row)| number(row, "number")), ids: ids_of(found), last_event }
    }

    /// What goes into a column whose value in the template is `value`.
    pub fn fill(&self, column: &str, is_uuid: bool, value: &Value) -> Fill {
        match value {
            Value::Null => Fill::Same(Value::Null),
            _ if column == "account_id" => Fill::Account,
            Value::Number(given) => self.number(column, given.as_i64().unwrap_or_default(), value),
            Value::String(text) if is_uuid => self.uuid(column, text, value),
            Value::String(text) => self.text(column, text, value),
            _ => Fill::Same(value.clone()),
        }
    }

    fn number(&self, column: &str, given: i64, value: &Value) -> Fill {
        match column {
            "number" | "ticket_number" => Fill::Number,
            _ if PLACES.contains(&column) && given > self.last_event => Fill::Event(given - self.last_event),
            _ if column == "time" || column.ends_with("_time") => Fill::Now,
            _ => Fill::Same(value.clone()),
        }
    }

    fn uuid(&self, column: &str, text: &str, value: &Value) -> Fill {
        if self.ids.iter().any(|id| id == text) {
            Fill::Id
        } else if column == "contact_id" {
            Fill::Contact
        } else {
            Fill::Same(value.clone())
        }
    }

    fn text(&self, column: &str, text: &str, value: &Value) -> Fill {
        if AGENTS.contains(&column) {
            return Fill::Agent;
        }
        if UNIQUE.contains(&column) && !text.is_empty() {
            return Fill::Text(vec![Piece::Same("load-".to_owned()), Piece::Id]);
        }
        let pieces = self.pieces(text);
        if pieces.iter().all(|piece| matches!(piece, Piece::Same(_))) {
            return Fill::Same(value.clone());
        }
        Fill::Text(pieces)
    }

    /// Cuts names of the message's own resources out of a text.
    fn pieces(&self, text: &str) -> Vec<Piece> {
        let ticket = format!("tickets/{}", self.number);
        if text == ticket || text.starts_with(&format!("{ticket}/")) {
            let mut pieces = vec![Piece::Same("tickets/".to_owned()), Piece::Number];
            pieces.extend(self.pieces(&text[ticket.len()..]));
            return pieces;
        }
        let first = self.ids.iter().filter_map(|id| Some((text.find(id.as_str())?, id.len()))).min();
        match first {
            None => vec![Piece::Same(text.to_owned())],
            Some((at, length)) => {
                let mut pieces = vec![Piece::Same(text[..at].to_owned()), Piece::Id];
                pieces.extend(self.pieces(&text[at + length..]));
                pieces
            }
        }
    }
}
