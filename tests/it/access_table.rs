//! `docs/access.md` says what the contract and the table of the tests say. `HELPDESK_WRITE_DOCS=1 cargo test access_table`
//! writes it anew.

use std::fmt::Write as _;

use helpdesk::grpc::contract::access::rules;

use crate::access_reach::table::{CALLERS, LEVELS, Row, TICKETS, reaches, rows};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/access.md");

const HEAD: &str = "\
# Who may call what

Written from the access rules in `proto/` and from the table that `tests/it/access_reach/matrix.rs` tries over the wire
(`tests/it/access_reach/matrix.csv`); a test keeps it true. A standing is asked of people only; machine callers need the
permission. Records are judged one by one behind this: what a caller may not view does not exist for it.

What the callers are answered: *yes*; *kind*, *standing* or *permission* where that is missing (PERMISSION_DENIED);
*absent* for what does not exist for them (NOT_FOUND). The people among them see every ticket: a super admin, one with a
Service seat, one with service or sales access and no seat, one with none of these; `key` is an access key with every
permission, `key_without` one with all but the permission asked, `customer_agent` a key that is bound to a customer agent.
";

fn short(name: &str, prefix: &str) -> String {
    name.trim_start_matches(prefix).replace("UNSPECIFIED", "-").to_lowercase()
}

fn page() -> String {
    let mut page = format!("{HEAD}\n| rpc | standing | permission | record | level | {} |\n", CALLERS.join(" | "));
    let _ = writeln!(page, "|{}", " --- |".repeat(5 + CALLERS.len()));
    let rows = rows();
    for rule in rules() {
        let name = format!("{}.{}", rule.service.trim_start_matches("helpdesk.v1."), rule.method);
        let permission =
            if rule.own_only { "own record".to_owned() } else { short(rule.permission.as_str_name(), "PERMISSION_") };
        let unknown = || Row { level: "?".to_owned(), callers: vec!["?".to_owned(); CALLERS.len()] };
        let row = rows.get(&name).cloned().unwrap_or_else(unknown);
        let _ = writeln!(
            page,
            "| {name} | {} | {permission} | {} | {} | {} |",
            short(rule.standing.as_str_name(), "STANDING_"),
            if rule.resource.is_empty() { "-" } else { rule.resource },
            row.level,
            row.callers.join(" | "),
        );
    }
    page + &levels()
}

/// How far a level reaches.
fn levels() -> String {
    let mut text = format!(
        "\n## Levels\n\nA person's levels of viewing, editing and deleting say which tickets are reached. A ticket out of reach of \
         viewing is\nNOT_FOUND; one within it and out of reach of what is asked is PERMISSION_DENIED (OUT_OF_SCOPE). *team*: of somebody in \
         one\nof the caller's teams, or assigned to one of them.\n\n| level | {} |\n|{}\n",
        TICKETS.join(" | "),
        " --- |".repeat(1 + TICKETS.len())
    );
    for level in LEVELS {
        let cells: Vec<_> = TICKETS.iter().map(|ticket| if reaches(level, ticket) { "yes" } else { "-" }).collect();
        let _ = writeln!(text, "| {level} | {} |", cells.join(" | "));
    }
    text
}

#[test]
fn the_access_page_says_what_the_contract_says() {
    if std::env::var_os("HELPDESK_WRITE_DOCS").is_some() {
        std::fs::write(FILE, page()).expect("the page can be written");
    }
    let stored = std::fs::read_to_string(FILE).unwrap_or_default();
    assert_eq!(stored, page(), "write it anew with HELPDESK_WRITE_DOCS=1");
}
