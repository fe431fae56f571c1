//! Every number of `docs/requirements.md` is proved by a test that cites it, or says that it is not.
//!
//! A citation is the bare number (`R-082`) in a test file or in the test module of a source file. An unmarked number
//! and one marked `{open in part: ..}` need a citation; `{open}` and `{client only: why}` need none.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write;

use crate::tidy::source::{self, Source};

/// Unmarked numbers whose tests are still to be written.
const PENDING: &[&str] = &[];

/// What a number's entry says about its proof.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Mark {
    Proved,
    ProvedInPart,
    Open,
    ClientOnly,
}

/// This file and its like speak about numbers without proving them.
const NO_PROOF: [&str; 2] = ["tests/it/requirements.rs", "tests/it/tidy"];

#[test]
fn every_requirement_is_proved_or_says_why_not() {
    let text = fs::read_to_string(source::root().join("docs/requirements.md")).expect("the specification");
    let entries = entries(&text).expect("well-formed entries");
    let cited = citations(source::all());
    for notice in notices(&entries, &cited, PENDING) {
        say(&notice);
    }
    let findings = findings(&entries, &cited, PENDING);
    assert!(findings.is_empty(), "{} finding(s):\n{}", findings.len(), findings.join("\n"));
}

#[test]
fn no_number_has_been_lost() {
    let text = fs::read_to_string(source::root().join("docs/requirements.md")).expect("the specification");
    let entries = entries(&text).expect("well-formed entries");
    let expected = (1..=256).map(|n| format!("R-{n:03}")).chain((1..=111).map(|n| format!("C-{n:03}")));
    let lost: Vec<String> = expected.filter(|number| !entries.contains_key(number)).collect();
    assert!(lost.is_empty(), "a number keeps its meaning for ever: {lost:?}");
}

/// Unproved numbers, and citations of numbers that do not exist.
fn findings(entries: &BTreeMap<String, Mark>, cited: &BTreeMap<String, String>, pending: &[&str]) -> Vec<String> {
    let needs = |mark: &Mark| matches!(mark, Mark::Proved | Mark::ProvedInPart);
    let bare = entries.iter().filter(|(number, mark)| needs(mark) && !cited.contains_key(*number));
    let unproved = bare.filter(|(number, _)| !pending.contains(&number.as_str()));
    let unknown = cited.iter().filter(|(number, _)| !entries.contains_key(*number));
    unproved
        .map(|(number, _)| format!("{number}: no test cites it and it is not marked {{open}}"))
        .chain(unknown.map(|(number, place)| format!("{number}: cited in {place}, but there is no such number")))
        .collect()
}

/// Marks that may be out of date, and what may leave the list of the pending.
fn notices(entries: &BTreeMap<String, Mark>, cited: &BTreeMap<String, String>, pending: &[&str]) -> Vec<String> {
    let label = |number: &String, mark: &Mark| match mark {
        Mark::Open => Some("marked {open}"),
        _ => pending.contains(&number.as_str()).then_some("listed in PENDING"),
    };
    let stale = entries.iter().filter_map(|(number, mark)| Some((number, label(number, mark)?, cited.get(number)?)));
    stale.map(|(number, label, place)| format!("note: {number} is {label}, but cited in {place}")).collect()
}

/// Says it past the capturing of the test harness; nobody fails because standard error is closed.
fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// The numbers of the specification with their marks. An entry goes on in indented lines.
fn entries(text: &str) -> Result<BTreeMap<String, Mark>, String> {
    let mut joined: Vec<String> = Vec::new();
    for line in text.lines() {
        match line.strip_prefix("  ") {
            Some(more) if joined.last().is_some_and(|last| !last.is_empty()) => {
                let last = joined.last_mut().expect("looked at just now");
                *last = format!("{last} {more}");
            }
            _ => joined.push(line.strip_prefix("- ").unwrap_or("").to_owned()),
        }
    }
    let mut found = BTreeMap::new();
    for entry in joined.iter().filter(|entry| number_at(entry).is_some()) {
        let number = entry[..NUMBER].to_owned();
        let mark = mark(entry).ok_or_else(|| format!("{number} ends in a mark that nobody knows"))?;
        if found.insert(number.clone(), mark).is_some() {
            return Err(format!("{number} stands there twice"));
        }
    }
    Ok(found)
}

/// The mark in braces at the end of an entry.
fn mark(entry: &str) -> Option<Mark> {
    let Some(inner) = entry.trim_end().strip_suffix('}') else { return Some(Mark::Proved) };
    let (_, mark) = inner.rsplit_once('{')?;
    let told = |head: &str| mark.strip_prefix(head).is_some_and(|why| !why.trim().is_empty());
    match mark {
        "open" => Some(Mark::Open),
        _ if told("open in part: ") => Some(Mark::ProvedInPart),
        _ if told("client only: ") => Some(Mark::ClientOnly),
        _ => None,
    }
}

/// Length of a number such as `R-082`.
const NUMBER: usize = 5;

/// The number at the start of `text`, and no longer word.
fn number_at(text: &str) -> Option<&str> {
    let number = text.get(..NUMBER)?;
    let digits = number.strip_prefix("R-").or_else(|| number.strip_prefix("C-"))?;
    let ends = !text[NUMBER..].starts_with(|next: char| next.is_ascii_alphanumeric());
    (ends && digits.bytes().all(|digit| digit.is_ascii_digit())).then_some(number)
}

/// Every number that a test cites, with one place where it does.
fn citations(sources: &[Source]) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for source in sources.iter().filter(|source| !NO_PROOF.iter().any(|path| source.path.starts_with(path))) {
        for (at, line) in source.text.lines().enumerate().filter(|(at, _)| source.is_test_line(at + 1)) {
            let place = format!("{}:{}", source.path, at + 1);
            found.extend(numbers(line).into_iter().map(|number| (number, place.clone())));
        }
    }
    found
}

fn numbers(line: &str) -> BTreeSet<String> {
    let starts_word = |at: usize| !line[..at].ends_with(|before: char| before.is_ascii_alphanumeric() || before == '-');
    let places = line.char_indices().filter(|(at, letter)| matches!(letter, 'R' | 'C') && starts_word(*at));
    places.filter_map(|(at, _)| number_at(&line[at..]).map(str::to_owned)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "Numbers R-001 to R-005.\n- R-001 [B] Plain.\n- R-002 [B] Later. {open}\n\n## Part\n- C-003 Two\n  lines. {client only: a\n  screen}\n- R-004 [B] Most. {open in part: mail}\n";

    #[test]
    fn entries_end_in_their_marks() {
        let found = entries(TEXT).expect("well-formed");
        let marks: Vec<_> = found.iter().map(|(number, mark)| (number.as_str(), mark.clone())).collect();
        let [client, plain, open, part] = [Mark::ClientOnly, Mark::Proved, Mark::Open, Mark::ProvedInPart];
        assert_eq!(marks, [("C-003", client), ("R-001", plain), ("R-002", open), ("R-004", part)]);
    }

    #[test]
    fn unknown_marks_and_doubled_numbers_are_refused() {
        let refused = ["- R-001 a {later}", "- R-001 a {client only: }", "- R-001 a\n- R-001 b"];
        assert!(refused.iter().all(|text| entries(text).is_err()));
    }

    #[test]
    fn only_tests_prove_a_number() {
        let source = |path: &str, text: &str| Source::new(path, text);
        let cited = citations(&[
            source("src/a.rs", "// R-001\nfn a() {}\n#[cfg(test)]\nmod tests {\n  // R-002, C-003.\n}\n"),
            source("tests/it/a.rs", "/// (R-004) but not XR-005, R-0061 or RFC-0071.\n"),
            source("tests/it/requirements.rs", "// R-008\n"),
        ]);
        assert_eq!(cited.keys().map(String::as_str).collect::<Vec<_>>(), ["C-003", "R-002", "R-004"]);
        assert_eq!(cited["R-004"], "tests/it/a.rs:1");
    }

    #[test]
    fn unproved_and_invented_numbers_are_found() {
        let entries = entries(TEXT).expect("well-formed");
        let cited = BTreeMap::from([("R-002", "a"), ("R-009", "b")].map(|(n, p)| (n.to_owned(), p.to_owned())));
        assert_eq!(findings(&entries, &cited, &[]).len(), 3);
        assert_eq!(findings(&entries, &cited, &["R-001", "R-004"]).len(), 1);
        assert_eq!(notices(&entries, &cited, &[]), ["note: R-002 is marked {open}, but cited in a"]);
    }
}
