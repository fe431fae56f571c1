//! A mailbox of many threads, generated from a seed and played through the API: customers with all kinds of programs,
//! colleagues in copy, forwards, lists, machines and loops. How many threads: `HELPDESK_TEST_MAILBOX`, 1,000 in CI, whose
//! results `docs/campaigns` keeps.

mod campaign;
mod clients;
mod dice;
mod noise;
mod play;

use crate::support::databases::{TestDatabase, both_engines};
use play::Mailbox;

/// What the mailbox grows from.
const SEED: u64 = 20_261_128;
/// Threads in an ordinary run of the tests.
const THREADS: usize = 200;

// T-22, T-24, C-072, C-076: nothing lands in a thread that it does not belong to, next to nothing that belongs to one
// misses it, and no automatic mail answers an automatic mail. Complaint 36, at length.
both_engines!(a_mailbox_of_many_threads_is_told_apart, |db: TestDatabase| async move {
    let asked = std::env::var("HELPDESK_TEST_MAILBOX").ok().and_then(|text| text.parse().ok());
    let threads = asked.unwrap_or(THREADS);
    let engine = if db.url.starts_with("sqlite") { "SQLite" } else { "PostgreSQL" };
    let mut mailbox = Box::pin(Mailbox::open(db, SEED, threads)).await;
    mailbox.begin().await;
    for _ in 0..3 {
        mailbox.answer().await;
        mailbox.noise().await;
    }
    let found = mailbox.judge().await;
    println!("mailbox: {found:#?}");
    campaign::write(engine, SEED, threads, &found);
    assert_eq!(found.joined_wrongly, 0, "precision is 1.0");
    assert!(found.missed * 50 <= found.belonging, "recall is at least 0.98: {found:?}");
    assert!(found.missed <= found.led_nowhere, "what leads back is found: {found:?}");
    assert_eq!(found.words_hidden, 0, "what a customer says anew is never hidden");
    assert!(found.quotes_shown * 50 <= found.quoting, "quotes are told apart: {found:?}");
    assert_eq!((found.machines_unseen, found.answers_to_machines), (0, 0), "{found:?}");
    assert_eq!(found.mails_out, found.replies, "one mail for each reply of a person, and none beside: {found:?}");
    assert_eq!((found.bounces, found.reopened_by_machines), (found.failed, 0), "{found:?}");
});
