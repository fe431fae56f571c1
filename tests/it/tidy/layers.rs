//! The direction of dependency: `grpc` to `service` to `domain`, `service` to `storage`, `domain` to nothing.

use super::source::{Name, Source, is_name_part, matching, names};

/// What a layer may not name of ours. What is not listed (clock, ids, lifecycle, settings, telemetry) serves everybody
/// but the domain.
const CLOSED: [(&str, &[&str], &str); 9] = [
    ("domain", &["*"], "the domain is pure and depends on nothing of ours"),
    ("storage", &["service", "grpc", "worker", "mail", "app", "cli"], "storage knows the domain only"),
    ("service", &["grpc", "worker", "app", "cli"], "services know neither the wire nor who calls them"),
    ("mail", &["grpc", "service", "storage", "worker", "app", "cli"], "mail knows the domain only"),
    ("mailer", &["grpc", "service", "storage", "worker", "app", "cli"], "the mailer hands over what it is given"),
    ("webhook", &["grpc", "service", "storage", "worker", "app", "cli"], "calls are made of what they are given"),
    ("worker", &["grpc", "app", "cli"], "jobs go through services like everybody else"),
    ("grpc", &["storage", "worker", "app", "cli"], "the edge reaches data through services"),
    ("*", &["app"], "only the program itself puts the parts together"),
];

/// Who may name `app` although the last line of [`CLOSED`] says nobody.
const PROGRAM: [&str; 3] = ["main", "cli", "app"];

/// Crates with one home: names that begin so, where they may stand, why.
const HOMES: [(&str, &[&str], &str); 5] = [
    ("sea_orm", &["src/storage/", "src/storage.rs", "migrations/"], "only storage speaks to the database"),
    ("sqlx", &["src/storage/"], "only storage speaks to the database"),
    ("helpdesk_migrations", &["src/storage/", "src/storage.rs"], "only storage speaks to the database"),
    ("tonic", &["src/grpc/", "src/client/", "proto/", "build.rs", "build/"], "only grpc and the client know the wire"),
    ("prost", &["src/grpc/", "src/client/", "proto/", "build.rs", "build/"], "only grpc and the client know the wire"),
];

/// Crates and modules whose use would make the domain impure.
const IMPURE: [&str; 12] = [
    "tokio",
    "futures",
    "tracing",
    "hyper",
    "http",
    "opentelemetry",
    "std::fs",
    "std::net",
    "std::env",
    "std::process",
    "std::thread",
    "std::io",
];

/// Every path that a layer may not take.
pub fn findings(sources: &[Source]) -> Vec<String> {
    let ours = sources.iter().filter(|source| source.path.starts_with("src/"));
    let inner = ours.clone().flat_map(closed_layers);
    let outer = sources.iter().filter(|it| !it.path.starts_with("tests/") && !it.path.starts_with("examples/"));
    let impure = ours.filter(|source| layer(&source.path) == "domain").flat_map(impure_paths);
    inner.chain(outer.flat_map(foreign_crates)).chain(impure).collect()
}

/// `src/grpc/status.rs` and `src/grpc.rs` are both of layer `grpc`.
fn layer(path: &str) -> &str {
    let inner = path.trim_start_matches("src/");
    inner.split('/').next().unwrap_or(inner).trim_end_matches(".rs")
}

fn closed_layers(source: &Source) -> Vec<String> {
    let own = layer(&source.path);
    let named = names(&source.code);
    let roots = named.iter().filter(|name| name.text == "crate" || name.text == "helpdesk");
    let used = roots.flat_map(|root| first_parts(&source.code, root));
    let judged = used.filter_map(|(part, line)| Some((forbidden(own, &part)?, part, line)));
    judged.map(|(why, part, line)| format!("{}:{line}: {own} names {part}: {why}", source.path)).collect()
}

/// Why the layer `own` may not name `part`, if so.
fn forbidden(own: &str, part: &str) -> Option<&'static str> {
    let applies = |rule: &&(&str, &[&str], &str)| {
        let (layer, closed, _) = **rule;
        let of_this_layer = layer == own || (layer == "*" && !PROGRAM.contains(&own));
        of_this_layer && part != own && (closed.contains(&part) || closed == ["*"])
    };
    CLOSED.iter().find(applies).map(|rule| rule.2)
}

/// The names that follow `root::`, each with its line: one, or all of the outer level of `root::{a::x, b}`.
fn first_parts(code: &str, root: &Name) -> Vec<(String, usize)> {
    let Some(rest) = code[root.end()..].strip_prefix("::") else { return Vec::new() };
    if !rest.starts_with('{') {
        let first: String = rest.chars().take_while(|letter| is_name_part(*letter)).collect();
        return vec![(first, root.line)];
    }
    let group = &rest[1..matching(rest).unwrap_or(rest.len())];
    let outer = names(group).into_iter().filter(|name| begins_an_item(&group[..name.at]));
    outer.map(|name| (name.text, root.line + name.line - 1)).collect()
}

/// Whether what comes next is the first name of an item of the outermost level.
fn begins_an_item(before: &str) -> bool {
    let depth = before.matches('{').count().abs_diff(before.matches('}').count());
    depth == 0 && matches!(before.trim_end().chars().last(), None | Some(','))
}

fn foreign_crates(source: &Source) -> Vec<String> {
    let named = names(&source.code);
    let paths = named.iter().filter(|name| is_path_root(&source.code, name));
    let judged = paths.filter_map(|name| {
        let of = |prefix: &str| name.text == prefix || name.text.starts_with(&format!("{prefix}_"));
        let (_, homes, why) = HOMES.iter().find(|(prefix, ..)| of(prefix))?;
        (!homes.iter().any(|home| source.path.starts_with(home))).then_some((name, *why))
    });
    judged.map(|(name, why)| format!("{}:{}: names {}: {why}", source.path, name.line, name.text)).collect()
}

/// `tonic` in `tonic::Status` and `use tonic;`, but not in `helpdesk::tonic` or as a variable.
fn is_path_root(code: &str, name: &Name) -> bool {
    let leads = code[name.end()..].starts_with("::");
    let imported = code[..name.at].ends_with("use ") && code[name.end()..].starts_with([';', ' ']);
    (leads || imported) && !code[..name.at].ends_with("::")
}

fn impure_paths(source: &Source) -> Vec<String> {
    let mut found = Vec::new();
    for name in names(&source.code).iter().filter(|name| is_path_root(&source.code, name)) {
        let paths = match name.text.as_str() {
            "std" => {
                first_parts(&source.code, name).into_iter().map(|(part, line)| (format!("std::{part}"), line)).collect()
            }
            other => vec![(other.to_owned(), name.line)],
        };
        let impure = |path: &str| {
            IMPURE.iter().any(|it| path == *it || (!it.contains(':') && path.starts_with(&format!("{it}_"))))
        };
        let bad = paths.into_iter().filter(|(path, _)| impure(path));
        found.extend(bad.map(|(path, line)| format!("{}:{line}: names {path}: the domain is pure", source.path)));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(path: &str, text: &str) -> Vec<String> {
        findings(&[Source::new(path, text)])
    }

    #[test]
    fn a_layer_that_looks_up_is_found() {
        let found = check(
            "src/storage/rows.rs",
            "use crate::{\n  domain::{ids, service},\n  service::intake,\n};\nuse crate::grpc;",
        );
        let heads: Vec<&str> = found.iter().filter_map(|it| it.split(": storage").next()).collect();
        assert_eq!(heads, ["src/storage/rows.rs:3", "src/storage/rows.rs:5"]);
        assert_eq!(check("src/domain/a.rs", "use crate::clock::Clock;").len(), 1);
        assert_eq!(check("src/worker/a.rs", "fn f() { crate::app::run() }").len(), 1);
    }

    #[test]
    fn looking_down_and_sideways_is_allowed() {
        let kept = [
            ("src/grpc/a.rs", "use crate::service::X; use tonic::Status; use crate::grpc::y;"),
            ("src/service/a.rs", "use crate::{domain::ids::X, storage::Store, clock::Clock};"),
            ("src/main.rs", "fn main() { helpdesk::app::run() }"),
            ("src/domain/a.rs", "use crate::domain::b; use std::{fmt, time::Duration}; // tokio::spawn"),
        ];
        assert_eq!(kept.map(|(path, text)| check(path, text).len()), [0; 4]);
    }

    #[test]
    fn foreign_crates_stay_in_their_homes() {
        assert_eq!(check("src/service/a.rs", "fn f() -> tonic::Status { sea_orm::x() }").len(), 2);
        assert_eq!(check("src/cli/a.rs", "use prost_types::Any;").len(), 1);
        assert_eq!(check("src/storage/a.rs", "use sea_orm::Set; let tonic = 1;").len(), 0);
    }

    #[test]
    fn an_impure_domain_is_found() {
        assert_eq!(
            check("src/domain/a.rs", "use std::{fs, fmt};\nuse tokio_util::x;\nfn f() { std::env::var(1) }").len(),
            3
        );
    }
}
