//! The result of the mailbox at its full size, kept under `docs/campaigns`: `HELPDESK_WRITE_DOCS=1 HELPDESK_TEST_MAILBOX=1000
//! cargo test mail::mailbox` writes it.

use std::fmt::Write as _;

use super::play::Found;

/// Threads from which on a run is the campaign.
const FULL: usize = 1_000;

/// Writes what was found, when asked to.
pub fn write(engine: &str, seed: u64, threads: usize, found: &Found) {
    if std::env::var("HELPDESK_WRITE_DOCS").is_err() || threads < FULL {
        return;
    }
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/campaigns");
    std::fs::create_dir_all(folder).expect("a folder");
    let path = format!("{folder}/mailbox-{}.md", engine.to_lowercase());
    std::fs::write(path, text(engine, seed, threads, found)).expect("written");
}

fn text(engine: &str, seed: u64, threads: usize, found: &Found) -> String {
    let joined = found.belonging - found.missed;
    let percent = |part: usize, whole: usize| {
        let hundredths = part * 10_000 / whole.max(1);
        format!("{}.{:02} %", hundredths / 100, hundredths % 100)
    };
    let rows = [
        ("Messages that belong to a thread that was there", found.belonging.to_string()),
        ("Of these put into their thread", joined.to_string()),
        ("Messages put into a thread that they do not belong to (aim 0)", found.joined_wrongly.to_string()),
        ("Precision (aim 100 %)", percent(joined, joined + found.joined_wrongly)),
        ("Recall (aim at least 98 %)", percent(joined, found.belonging)),
        (
            "Of the missed, those that nothing in their headers leads back",
            found.led_nowhere.min(found.missed).to_string(),
        ),
        ("Answers of which something new was hidden (aim 0)", found.words_hidden.to_string()),
        ("Answers that quote us", found.quoting.to_string()),
        ("Of these with the quote shown as new (aim at most 2 %)", found.quotes_shown.to_string()),
        ("Automatic mails not known as such (aim 0)", found.machines_unseen.to_string()),
        ("Tickets opened again by machines (aim 0)", found.reopened_by_machines.to_string()),
        (
            "Deliveries that failed, and reports that found their message",
            format!("{}, {}", found.failed, found.bounces),
        ),
        ("Replies of people, and mails that went out", format!("{}, {}", found.replies, found.mails_out)),
        ("Automatic mails to customers (aim 0)", found.answers_to_machines.to_string()),
    ];
    let mut text = format!(
        "# Generated mailbox on {engine}\n\n{threads} threads from seed {seed}, three rounds of replies, answers, forwards, lists, \
         machines and loops\n(`tests/it/mail/mailbox`).\n\n    HELPDESK_WRITE_DOCS=1 HELPDESK_TEST_MAILBOX={threads} cargo test \
         --test it -- mail::mailbox\n\n| Figure | Found |\n| --- | --- |\n"
    );
    for (figure, value) in rows {
        let _ = writeln!(text, "| {figure} | {value} |");
    }
    text
}
