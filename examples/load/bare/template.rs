//! The rows of one ingested message, read from the service's own database and turned into patterns.

use std::collections::BTreeMap;

use serde_json::Value;

use super::fill::{Fill, Known};
use crate::Result;
use crate::store::{Row, Store, number, text};

/// Tables that hold the rows of one message, each with what finds them; `$N` stands for the ticket's number.
const PLACES: [(&str, &str); 9] = [
    ("ticket", "number = $N"),
    ("ticket_team", "number = $N"),
    ("ticket_record", "number = $N"),
    ("conversation", "ticket_number = $N"),
    ("thread", "conversation_id IN (SELECT id FROM conversation WHERE account_id = $A AND ticket_number = $N)"),
    ("message", "conversation_id IN (SELECT id FROM conversation WHERE account_id = $A AND ticket_number = $N)"),
    ("routing_decision", "ticket_number = $N"),
    ("notification", "ticket_number = $N"),
    ("event", "sequence > $E"),
];

/// Tables with a row per batch of the service or for its own book-keeping, not per message.
const NOT_PER_MESSAGE: [&str; 2] = ["lane_batch", "request_record"];

/// One row to insert.
#[derive(Debug, Clone)]
pub struct Insert {
    /// The table.
    pub table: &'static str,
    /// Columns with their type and what goes into them.
    pub columns: Vec<(String, String, Fill)>,
}

/// What one message writes.
#[derive(Debug, Clone)]
pub struct Template {
    /// In an order that foreign keys accept.
    pub inserts: Vec<Insert>,
    /// How many events it adds.
    pub events: i64,
}

/// How a database stood before the message.
pub struct Before {
    account: String,
    last_event: i64,
    counts: BTreeMap<String, i64>,
}

impl Before {
    /// To be taken when nothing else writes.
    pub fn look(store: &Store, account: &str) -> Result<Self> {
        let head = store.query(&format!("SELECT last_event FROM account_head WHERE account_id = '{account}'"))?;
        let last_event = head.first().map(|row| number(row, "last_event")).ok_or("the account has a head")?;
        let counts = store.counts()?.into_iter().collect();
        Ok(Self { account: account.to_owned(), last_event, counts })
    }

    /// The template, after exactly one message was ingested.
    pub fn learn(&self, store: &Store) -> Result<Template> {
        let found = self.rows(store)?;
        self.complain_about_missing(store, &found)?;
        let known = Known::from_rows(&found, self.last_event);
        let mut inserts = Vec::new();
        for (table, row) in &found {
            inserts.push(Insert { table, columns: columns(store, table, row, &known)? });
        }
        let events = inserts.iter().filter(|insert| insert.table == "event").count();
        Ok(Template { inserts, events: i64::try_from(events)? })
    }

    fn rows(&self, store: &Store) -> Result<Vec<(&'static str, Row)>> {
        let account = format!("'{}'", self.account);
        let newest = format!("SELECT max(number) AS number FROM ticket WHERE account_id = {account}");
        let ticket = store.query(&newest)?.first().map_or(0, |row| number(row, "number")).to_string();
        let mut found = Vec::new();
        for (table, place) in PLACES {
            let place = place.replace("$N", &ticket).replace("$A", &account);
            let place = place.replace("$E", &self.last_event.to_string());
            let rows = store.query(&format!("SELECT * FROM {table} WHERE account_id = {account} AND {place}"))?;
            found.extend(rows.into_iter().map(|row| (table, row)));
        }
        Ok(found)
    }

    /// A table that got rows which the template does not have would make the comparison unfair.
    fn complain_about_missing(&self, store: &Store, found: &[(&'static str, Row)]) -> Result<()> {
        for (table, now) in store.counts()? {
            let added = now - self.counts.get(&table).copied().unwrap_or(0);
            let has = i64::try_from(found.iter().filter(|(name, _)| *name == table).count())?;
            if added != has && !NOT_PER_MESSAGE.contains(&table.as_str()) {
                println!("! a message adds {added} row(s) to {table}, the bare engines write {has}");
            }
        }
        Ok(())
    }
}

fn columns(store: &Store, table: &str, row: &Row, known: &Known) -> Result<Vec<(String, String, Fill)>> {
    let columns = store.columns(table)?.into_iter().map(|(name, kind)| {
        let value = row.get(&name).unwrap_or(&Value::Null);
        let fill = known.fill(&name, kind.contains("uuid"), value);
        (name, kind, fill)
    });
    Ok(columns.collect())
}

impl Template {
    /// Tables and how many rows each gets, for people.
    pub fn describe(&self) -> String {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for insert in &self.inserts {
            *counts.entry(insert.table).or_default() += 1;
        }
        let parts: Vec<String> = counts.iter().map(|(table, count)| format!("{count} {table}")).collect();
        format!("{}, updates of account_head and agent_load", parts.join(", "))
    }
}

/// The ids that a message gave to its rows.
pub fn ids_of(found: &[(&'static str, Row)]) -> Vec<String> {
    let named = found.iter().filter(|(table, _)| *table != "event");
    named.map(|(_, row)| text(row, "id")).filter(|id| !id.is_empty()).collect()
}
