//! Each range at its ends, and the set-ups that are refused.

use super::super::load::{Sources, load_unchecked};
use super::*;

/// The problems of the defaults with some keys changed.
fn problems(changes: &[(&str, &str)]) -> Vec<Problem> {
    let flags = changes.iter().map(|(key, text)| ((*key).to_owned(), (*text).to_owned())).collect();
    let settings = load_unchecked(&Sources { flags, ..Sources::default() }).expect("readable");
    settings.validate().err().unwrap_or_default()
}

fn keys(changes: &[(&str, &str)]) -> Vec<&'static str> {
    problems(changes).iter().map(|problem| problem.key).collect()
}

#[test]
fn each_limit_is_accepted_at_its_ends_and_refused_beyond() {
    let cases = [
        ("replicas", ["1"].as_slice(), ["0", "101"].as_slice()),
        ("limits.request", &["1KiB", "1MiB"], &["1023B", "1025KiB"]),
        ("limits.list_response", &["16KiB", "4MiB"], &["16383B", "4097KiB"]),
        ("limits.token", &["512B", "8KiB"], &["511B", "8193B"]),
        ("limits.page_default", &["1", "200"], &["0", "201"]),
        ("limits.in_flight_start", &["8", "512"], &["7", "513"]),
        ("limits.sender_tickets", &["0", "10", "1000000"], &["1000001"]),
        ("limits.search_texts", &["10", "1000000"], &["9", "1000001"]),
        ("limits.queue_wait", &["1ms", "10s"], &["0s", "10001ms"]),
        ("limits.call_time", &["100ms", "30s"], &["99ms", "301s"]),
        ("server.http2.streams_per_connection", &["100", "10000"], &["99", "10001"]),
        ("server.drain.exit", &["15s", "10min"], &["14s", "601s"]),
        ("watch.progress", &["5s", "60s"], &["4s", "61s"]),
        ("database.lock", &["10ms", "5s"], &["9ms", "6s"]),
        ("database.statement", &["1s", "10s"], &["99ms", "11s"]),
        ("lanes.batch_operations", &["1", "64"], &["0", "65"]),
        ("auth.leeway", &["0s", "60s"], &["61s"]),
        ("auth.token_max_age", &["1min", "24h"], &["59s", "25h"]),
        ("attachments.max_size", &["1KiB", "25MiB"], &["1023B", "257MiB"]),
        ("attachments.together", &["25MiB", "256MiB"], &["24MiB", "257MiB"]),
        ("attachments.waiting", &["1", "10000"], &["0", "10001"]),
        ("attachments.keep", &["1h", "30d"], &["59min", "31d"]),
        ("attachments.uploads", &["1", "1000"], &["0", "1001"]),
        ("attachments.idle", &["100ms", "5min"], &["99ms", "301s"]),
        ("attachments.denied", &["exe", "a/b"], &[".exe"]),
        ("blobs.s3.timeout", &["100ms", "25s"], &["99ms", "26s"]),
        ("blobs.s3.retries", &["0", "10"], &["11"]),
        ("webhooks.allow", &["10.0.0.0/8", "fd00::1"], &["10.0.0.0/33"]),
        ("webhooks.timeout", &["100ms", "9s"], &["99ms", "9001ms"]),
        ("requests.retention", &["1h", "30d"], &["59min", "31d"]),
        ("mail.from_domain", &["desk.example", "a"], &["", "a b", "a..b", "a@b"]),
        ("mail.give_up", &["1min", "7d"], &["59s", "8d"]),
        ("mail.tries", &["1", "20"], &["0", "21"]),
        ("mail.smtp.port", &["1", "65535"], &["0"]),
        ("mail.smtp.timeout", &["1s", "9s"], &["999ms", "9001ms"]),
        ("mail.smtp.connections", &["1", "100"], &["0", "101"]),
        ("telemetry.trace_sample", &["0", "0.5", "1"], &["-0.1", "1.1", "NaN"]),
    ];
    for (key, accepted, refused) in cases {
        for text in accepted {
            assert!(keys(&[(key, text)]).is_empty(), "{key} = {text}: {:?}", problems(&[(key, text)]));
        }
        for text in refused {
            assert!(!keys(&[(key, text)]).is_empty(), "{key} = {text} was accepted");
        }
    }
}

#[test]
fn a_bucket_needs_keys_and_a_place() {
    let bucket = ("blobs.s3.bucket", "files");
    let keys_of = [("blobs.s3.access_key_id", "id"), ("blobs.s3.secret_access_key", "secret")];
    assert_eq!(keys(&[bucket]), ["blobs.s3.access_key_id"]);
    assert_eq!(keys(&[bucket, keys_of[0]]), ["blobs.s3.access_key_id"]);
    assert!(keys(&[bucket, keys_of[0], keys_of[1]]).is_empty());
    for endpoint in ["s3.example", "ftp://s3.example", "https://"] {
        assert_eq!(keys(&[bucket, keys_of[0], keys_of[1], ("blobs.s3.endpoint", endpoint)]), ["blobs.s3.endpoint"]);
    }
    assert!(keys(&[bucket, keys_of[0], keys_of[1], ("blobs.s3.endpoint", "http://10.0.0.7:9000")]).is_empty());
}

#[test]
fn set_ups_that_cannot_work_are_refused_in_every_mode() {
    let postgres = ("database.url", "postgres://desk:correct-horse@127.0.0.1/desk");
    let seal = ("token_seal.key", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=");
    assert!(keys(&[("replicas", "3"), postgres, seal]).is_empty());
    assert_eq!(keys(&[("replicas", "3"), postgres]), ["token_seal.key"]);
    assert_eq!(keys(&[("replicas", "3"), seal]), ["replicas"]);
    assert_eq!(keys(&[("token_seal.key", "short")]), ["token_seal.key"]);
    assert_eq!(keys(&[("server.tls.cert", "a.pem")]), ["server.tls"]);
    assert_eq!(keys(&[("mail.smtp.user", "desk")]), ["mail.smtp.password_file"]);
    assert_eq!(keys(&[("server.tls.client_ca", "a.pem")]), ["server.tls.client_ca"]);
    assert_eq!(keys(&[("auth.hs256_secret", "31 characters are one too few..")]), ["auth.hs256_secret"]);
    assert_eq!(keys(&[("auth.hs256_secret", "                                 ")]), ["auth.hs256_secret"]);
    assert_eq!(keys(&[("auth.key_set", "k.json"), ("auth.operator_key_set", "k.json")]), ["auth.operator_key_set"]);
    assert_eq!(keys(&[("auth.algorithms", "")]), ["auth.algorithms"]);
    assert_eq!(keys(&[("telemetry.log", "help=loud")]), ["telemetry.log"]);
    assert_eq!(keys(&[("telemetry.otlp_endpoint", "collector:4317")]), ["telemetry.otlp_endpoint"]);
    assert_eq!(keys(&[("data_dir", "")]), ["data_dir"]);
}

#[test]
fn all_problems_are_reported_at_once_and_each_in_one_line() {
    let found = problems(&[("replicas", "0"), ("jobs.workers", "0"), ("limits.token", "1B")]);
    assert_eq!(found.len(), 3);
    for problem in found {
        assert!(!problem.to_string().contains('\n'));
    }
}
