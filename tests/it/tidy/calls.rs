//! Calls that have one home, or none.

use super::source::{Kind, Source, is_name_part};

/// Where a rule applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scope {
    Production,
    Tests,
    Everywhere,
}

/// A call, where it is banned, and the only files (or folders) that may make it.
struct Ban {
    call: &'static str,
    scope: Scope,
    homes: &'static [Home],
    instead: &'static str,
}

/// A path's beginning, and why the call is right there.
type Home = (&'static str, &'static str);

const CLOCK: &[Home] = &[("src/clock.rs", "is the clock")];
const IDS: &[Home] = &[("src/ids.rs", "is the source of ids and random bytes")];
const STOPWATCHES: &[Home] = &[
    ("src/clock.rs", "is the clock"),
    ("src/lifecycle", "limits of the drain"),
    ("src/telemetry", "durations of what is observed"),
    ("src/grpc/server/", "deadlines and limits of the edge"),
    ("src/storage/lane", "the time limit of a batch"),
    ("src/cli/", "tells its user how long things took"),
    ("src/service/queue.rs", "leaves others as much time as a step of its own took"),
];
const TASKS: &[Home] = &[
    ("src/lifecycle", "its tasks are waited for at the end"),
    ("src/storage/lane", "a lane outlives the call that fed it"),
];
const TERMINAL: &[Home] = &[
    ("src/cli/", "prints for its user"),
    ("src/main.rs", "reports the end of the program"),
    ("src/lifecycle/signals.rs", "a second signal ends the program at once"),
    ("build.rs", "speaks to cargo"),
    ("proto/build.rs", "speaks to cargo"),
    ("build/", "speaks to cargo"),
];

const BANS: [Ban; 24] = [
    production("SystemTime::now(", CLOCK, "take a Clock"),
    production("Timestamp::now(", CLOCK, "take a Clock"),
    production("Zoned::now(", CLOCK, "take a Clock"),
    production("Utc::now(", CLOCK, "take a Clock"),
    production("Instant::now(", STOPWATCHES, "take a Clock, or add a home with its reason"),
    production("rand::rng(", IDS, "take a seeded generator"),
    production("thread_rng(", IDS, "take a seeded generator"),
    production("rand::random(", IDS, "take a seeded generator"),
    production("from_os_rng(", IDS, "take a seeded generator"),
    production("Uuid::now_v7(", IDS, "take Ids"),
    production("Uuid::new_v4(", IDS, "take Ids"),
    production("tokio::spawn(", TASKS, "spawn through the lifecycle"),
    production("use tokio::spawn", TASKS, "spawn through the lifecycle"),
    production("task::spawn(", TASKS, "spawn through the lifecycle"),
    production(".unwrap(", &[], "return the error, or expect(\"why it holds\")"),
    production("println!(", TERMINAL, "use tracing"),
    production("eprintln!(", TERMINAL, "use tracing"),
    production("process::exit(", TERMINAL, "return an error"),
    everywhere("todo!(", "finish it"),
    everywhere("unimplemented!(", "finish it"),
    everywhere("dbg!(", "use tracing"),
    everywhere("#[allow(", "#[expect(.., reason = \"..\")]"),
    everywhere("#![allow(", "#![expect(.., reason = \"..\")]"),
    Ban { call: "sleep(", scope: Scope::Tests, homes: &[], instead: "move the clock, or wait for what is needed" },
];

const fn production(call: &'static str, homes: &'static [Home], instead: &'static str) -> Ban {
    Ban { call, scope: Scope::Production, homes, instead }
}

const fn everywhere(call: &'static str, instead: &'static str) -> Ban {
    Ban { call, scope: Scope::Everywhere, homes: &[], instead }
}

/// Where statements are put together from parts that are no user's input.
const SQL_HOMES: &[Home] = &[("src/storage/dialect", "is the list of differences between the engines")];

/// Calls outside their homes.
pub fn findings(sources: &[Source]) -> Vec<String> {
    BANS.iter().flat_map(|ban| sources.iter().flat_map(|source| broken(ban, source))).collect()
}

fn broken(ban: &Ban, source: &Source) -> Vec<String> {
    if is_home(ban.homes, source) {
        return Vec::new();
    }
    let lines = source.code.lines().enumerate().map(|(at, line)| (at + 1, line));
    let hit = lines.filter(|(number, line)| applies(ban.scope, source, *number) && calls(line, ban.call));
    hit.map(|(number, _)| format!("{}:{number}: {}..: {}", source.path, ban.call, ban.instead)).collect()
}

fn is_home(homes: &[Home], source: &Source) -> bool {
    homes.iter().any(|(home, _)| source.path.starts_with(home))
}

fn applies(scope: Scope, source: &Source, line: usize) -> bool {
    match scope {
        Scope::Everywhere => true,
        Scope::Tests => source.is_test_line(line),
        Scope::Production => source.kind == Kind::Production && !source.is_test_line(line),
    }
}

/// Whether `line` makes the call, and not one whose name merely ends alike.
fn calls(line: &str, call: &str) -> bool {
    let begins_name = call.starts_with(is_name_part);
    line.match_indices(call).any(|(at, _)| !begins_name || !line[..at].ends_with(is_name_part))
}

/// `format!` and its kin with a statement's words and a placeholder in the text: values are bound, never pasted.
pub fn formatted_sql(sources: &[Source]) -> Vec<String> {
    let judged = sources.iter().filter(|it| it.kind == Kind::Production && !is_home(SQL_HOMES, it));
    judged.flat_map(pasted).collect()
}

fn pasted(source: &Source) -> Vec<String> {
    let text = &source.uncommented;
    let calls = ["format!(", "write!(", "writeln!("].into_iter().flat_map(|call| text.match_indices(call));
    let bad = calls.filter(|(at, call)| is_statement(first_text(&text[at + call.len()..])));
    let lines = bad.map(|(at, _)| 1 + text[..at].matches('\n').count());
    lines.map(|line| format!("{}:{line}: SQL put together from text: bind the values", source.path)).collect()
}

/// The first string of a call's arguments.
fn first_text(arguments: &str) -> &str {
    let end = arguments.find(';').unwrap_or(arguments.len());
    let mut parts = arguments[..end].splitn(3, '"');
    parts.nth(1).unwrap_or("")
}

fn is_statement(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    let pairs =
        [("select ", " from "), ("insert into ", ""), ("update ", " set "), ("delete from ", ""), ("with ", " as (")];
    text.contains('{') && pairs.iter().any(|(head, later)| text.trim_start().starts_with(head) && text.contains(later))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(path: &str, text: &str) -> usize {
        findings(&[Source::new(path, text)]).len()
    }

    #[test]
    fn every_banned_call_is_found_outside_its_homes() {
        for ban in &BANS {
            let path = if ban.scope == Scope::Tests { "tests/it/a.rs" } else { "src/service/a.rs" };
            assert!(count(path, &format!("fn f() {{ {} }}", ban.call)) >= 1, "{}", ban.call);
        }
    }

    #[test]
    fn homes_comments_strings_and_tests_are_left_alone() {
        assert_eq!(count("src/clock.rs", "fn now() { SystemTime::now() }"), 0);
        assert_eq!(count("src/a.rs", "// SystemTime::now()\nfn f() { g(\"tokio::spawn(\"); tracker.spawn(x) }"), 0);
        assert_eq!(count("src/a.rs", "fn f() {}\n#[cfg(test)]\nmod tests {\n fn g() { h().unwrap() }\n}"), 0);
        assert_eq!(count("src/a.rs", "fn f() { backoff_sleep(); x.unwrap_or(1); clock.sleep(x) }"), 0);
    }

    #[test]
    fn sleeping_tests_are_found_in_sources_too() {
        assert_eq!(count("src/a.rs", "#[cfg(test)]\nmod tests {\n async fn f() { tokio::time::sleep(x) }\n}"), 1);
    }

    #[test]
    fn pasted_sql_is_found_and_prose_is_not() {
        let check = |text: &str| formatted_sql(&[Source::new("src/storage/a.rs", text)]).len();
        assert_eq!(check("format!(\n  \"SELECT id FROM ticket WHERE name = '{name}'\"\n);"), 1);
        assert_eq!(check("write!(out, \"DELETE FROM {table}\");"), 1);
        assert_eq!(check("format!(\"select a {thing}\"); format!(\"update mask {mask}\");"), 0);
    }
}
