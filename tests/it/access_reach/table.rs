//! The table of who may call what, `matrix.csv`: one row per rpc, readable by people.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Mutex, PoisonError};

/// Where the table is.
const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/access_reach/matrix.csv");

/// Kinds of caller, in the order of the columns.
pub const CALLERS: [&str; 9] = [
    "operator",
    "super_admin",
    "seat",
    "service_access",
    "sales_access",
    "no_access",
    "key",
    "key_without",
    "customer_agent",
];

/// Reaches of a level, in the order in which they are tried.
pub const LEVELS: [&str; 6] = ["all", "team", "team+unassigned", "owned", "owned+unassigned", "none"];

/// Tickets by how they stand to the caller.
pub const TICKETS: [&str; 4] = ["own", "team", "unassigned", "other"];

/// What a row says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Which level of a person the ticket is judged by: `view`, `edit`, `delete`, or `-` for none.
    pub level: String,
    /// What each caller is answered, in the order of [`CALLERS`].
    pub callers: Vec<String>,
}

/// Whether a level reaches a ticket (C-003).
pub fn reaches(level: &str, ticket: &str) -> bool {
    matches!(
        (level, ticket),
        ("all", _)
            | ("team" | "team+unassigned" | "owned" | "owned+unassigned", "own")
            | ("team" | "team+unassigned", "team")
            | ("team+unassigned" | "owned+unassigned", "unassigned")
    )
}

/// The rows by rpc.
pub fn rows() -> BTreeMap<String, Row> {
    let text = std::fs::read_to_string(FILE).expect("the table");
    let lines = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    lines.skip(1).map(row).collect()
}

fn row(line: &str) -> (String, Row) {
    let cells: Vec<String> = line.split(',').map(|cell| cell.trim().to_owned()).collect();
    assert_eq!(cells.len(), 2 + CALLERS.len(), "matrix.csv: {line}");
    let [rpc, level, callers @ ..] = cells.as_slice() else { unreachable!("it was counted") };
    (rpc.clone(), Row { level: level.clone(), callers: callers.to_vec() })
}

/// Writes the table anew where that is asked for; tests that run side by side change different columns.
pub fn write(change: impl FnOnce(BTreeMap<String, Row>) -> BTreeMap<String, Row>) {
    static TURN: Mutex<()> = Mutex::new(());
    if std::env::var_os("HELPDESK_WRITE_DOCS").is_some() {
        let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        std::fs::write(FILE, text(&change(rows()))).expect("the table is written");
    }
}

/// The file of rows.
fn text(rows: &BTreeMap<String, Row>) -> String {
    let mut text = format!("{HEAD}rpc, level, {}\n", CALLERS.join(", "));
    for (rpc, row) in rows {
        let _ = writeln!(text, "{rpc}, {}, {}", row.level, row.callers.join(", "));
    }
    text
}

const HEAD: &str = "\
# Who may call what, tried by tests/it/access_reach/matrix.rs and shown in docs/access.md.
# Callers are people who see every ticket (super_admin; seat: a Service seat; service_access and sales_access without a
# seat; no_access: none of these), whoever runs the service, access keys with every permission and without the one asked,
# and the runtime of a customer agent.
# yes: it goes through. kind, standing, permission: PERMISSION_DENIED for that. absent: NOT_FOUND. scope: OUT_OF_SCOPE.
# level: which level of a person decides on the ticket; `-` where none does.
# A new rpc: HELPDESK_WRITE_DOCS=1 cargo test access_reach::matrix adds its row as found. Read it before it is committed.
";
