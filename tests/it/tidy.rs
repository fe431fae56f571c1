//! House rules that the compiler does not know, checked by reading the sources.
//!
//! Plain text scanning over masked sources ([`source`]): no strings and no comments are left when code is judged. Each
//! rule returns its findings as `file:line: what`, and has a test of its own that it finds what it is for.

mod calls;
mod contract;
mod layers;
mod sizes;
pub mod source;

use source::Source;

/// Fails with all findings at once, so that one run shows the whole work.
fn assert_tidy(findings: &[String]) {
    assert!(findings.is_empty(), "{} finding(s):\n{}", findings.len(), findings.join("\n"));
}

#[test]
fn layers_import_only_what_lies_below_them() {
    assert_tidy(&layers::findings(source::all()));
}

#[test]
fn files_and_functions_stay_small() {
    assert_tidy(&sizes::findings(source::all()));
}

#[test]
fn banned_calls_stay_in_their_homes() {
    assert_tidy(&calls::findings(source::all()));
}

#[test]
fn no_sql_is_put_together_by_format() {
    assert_tidy(&calls::formatted_sql(source::all()));
}

#[test]
fn every_file_says_what_it_owns() {
    assert_tidy(&headless(source::all()));
}

#[test]
fn every_rpc_has_its_tests() {
    assert_tidy(&contract::findings(&contract::served()));
}

/// Files whose first words are not a module head (`//!`).
fn headless(sources: &[Source]) -> Vec<String> {
    let first = |source: &Source| source.text.lines().find(|line| !line.trim().is_empty()).map(str::to_owned);
    let has_head = |source: &&Source| first(source).is_some_and(|line| line.starts_with("//!"));
    let bare = sources.iter().filter(|source| !has_head(source));
    bare.map(|source| format!("{}:1: no module head (//!)", source.path)).collect()
}

#[test]
fn a_file_without_a_head_is_found() {
    let sources = [Source::new("src/a.rs", "use b;\n"), Source::new("src/b.rs", "//! Owns b.\n")];
    assert_eq!(headless(&sources), ["src/a.rs:1: no module head (//!)"]);
}
