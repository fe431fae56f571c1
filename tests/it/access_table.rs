//! `docs/access.md` says what the contract says. `HELPDESK_WRITE_DOCS=1 cargo test access_table` writes it anew.

use std::fmt::Write as _;

use helpdesk::grpc::contract::access::rules;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/access.md");

fn short(name: &str, prefix: &str) -> String {
    name.trim_start_matches(prefix).replace("UNSPECIFIED", "-").to_lowercase()
}

fn page() -> String {
    let mut page = String::from(
        "# Who may call what\n\nWritten from the access rules in `proto/`; a test keeps it true. A standing is asked of people only; \
         machine callers\nneed the permission. Records are judged one by one behind this: what a caller may not view does not exist \
         for it.\n\n| rpc | standing | permission | callers | record |\n| --- | --- | --- | --- | --- |\n",
    );
    for rule in rules() {
        let callers: Vec<_> = rule.callers.iter().map(|kind| short(kind.as_str_name(), "CALLER_KIND_")).collect();
        let permission =
            if rule.own_only { "own record".to_owned() } else { short(rule.permission.as_str_name(), "PERMISSION_") };
        let _ = writeln!(
            page,
            "| {}.{} | {} | {} | {} | {} |",
            rule.service.trim_start_matches("helpdesk.v1."),
            rule.method,
            short(rule.standing.as_str_name(), "STANDING_"),
            permission,
            callers.join(", "),
            if rule.resource.is_empty() { "-" } else { rule.resource },
        );
    }
    page
}

#[test]
fn the_access_page_says_what_the_contract_says() {
    if std::env::var_os("HELPDESK_WRITE_DOCS").is_some() {
        std::fs::write(FILE, page()).expect("the page can be written");
    }
    let stored = std::fs::read_to_string(FILE).unwrap_or_default();
    assert_eq!(stored, page(), "write it anew with HELPDESK_WRITE_DOCS=1");
}
