//! What a delivery report says: about which mail, what became of it, and why.
//!
//! The form of RFC 3464 first; then what servers send instead: the mail as an attachment or pasted into the text, with the
//! reason in words. Nothing here says that the report is true: whoever knows the Message-ID of a mail of ours can write one.

use super::body::search_attached;
use super::ids;
use super::mime::{HeaderBlock, Part};
use super::model::{DeliveryReport, Fate, limits};
use super::text::one_line;

/// Lines of text that are searched for a Message-ID and a reason.
const TEXT_LINES: usize = 2_000;
/// Mails that one report may be about.
const MOST_IDS: usize = 10;

/// Words of reports that only say that it takes longer.
const DELAYED: [&str; 10] = [
    "delivery is delayed",
    "delivery has been delayed",
    "delayed mail",
    "(delay)",
    "will be retried",
    "will continue to be attempted",
    "still being retried",
    "has not yet been delivered",
    "you do not need to resend",
    "verzögert",
];

/// Reads a mail that is a delivery report. `text` is its plain text.
pub(super) fn read(root: &Part<'_>, subject: &str, text: &str) -> DeliveryReport {
    let mut about = Vec::new();
    attached_ids(root, &mut about);
    pasted_ids(text, &mut about);
    about.extend(ids::references(&root.headers, "in-reply-to"));
    about.extend(ids::references(&root.headers, "references").into_iter().rev());
    let mut seen = Vec::new();
    about.retain(|id| {
        !seen.contains(id) && {
            seen.push(id.clone());
            true
        }
    });
    about.truncate(MOST_IDS);
    let (fate, reason) = status_part(root).map_or_else(|| in_words(subject, text), |status| of_status(&status, text));
    DeliveryReport { about, fate, reason: one_line(&reason, limits::REPORT_REASON_CHARS) }
}

/// Message-IDs of the mail, or its headers, that the report brings along.
fn attached_ids(part: &Part<'_>, about: &mut Vec<String>) {
    if matches!((part.media.kind(), part.media.subtype()), ("text" | "message", "rfc822-headers" | "global-headers")) {
        let bytes = part.encoding().decode(part.body);
        let (headers, _) = HeaderBlock::split(&bytes);
        about.extend(ids::message_id(&headers));
    }
    if part.media.kind() == "message" && matches!(part.media.subtype(), "rfc822" | "global") {
        let found = search_attached(part, &mut |nested| ids::message_id(&nested.headers));
        about.extend(found);
    }
    for child in &part.children {
        attached_ids(child, about);
    }
}

/// Message-IDs in header lines that were pasted into the text.
fn pasted_ids(text: &str, about: &mut Vec<String>) {
    for line in text.lines().take(TEXT_LINES) {
        let line = line.trim_start_matches(['>', ' ', '\t', '|']);
        let Some((name, value)) = line.split_once(':') else { continue };
        if name.trim_end().eq_ignore_ascii_case("message-id") {
            let id = value.split_once('<').and_then(|(_, rest)| rest.split_once('>')).map(|(id, _)| id.trim());
            about.extend(id.filter(|id| !id.is_empty()).map(str::to_owned));
        }
    }
}

/// The fields about recipients of a `message/delivery-status` part, as blocks.
fn status_part(part: &Part<'_>) -> Option<Vec<u8>> {
    let status =
        part.media.kind() == "message" && matches!(part.media.subtype(), "delivery-status" | "global-delivery-status");
    if status {
        return Some(part.encoding().decode(part.body).into_owned());
    }
    part.children.iter().find_map(status_part)
}

/// The worst fate of a recipient, with its reason.
fn of_status(status: &[u8], text: &str) -> (Fate, String) {
    let status = String::from_utf8_lossy(status).replace("\r\n", "\n");
    let blocks = status.split("\n\n").take(limits::ADDRESSES);
    let worst = blocks.filter_map(|block| recipient(&fields(block))).min_by_key(|(fate, _)| *fate);
    let (fate, reason) = worst.unwrap_or_else(|| in_words("", text));
    if reason.is_empty() { (fate, reason_in(text)) } else { (fate, reason) }
}

/// Fields of a status block (RFC 3464 section 2.1): names in lower case, folded lines joined.
fn fields(block: &str) -> Vec<(String, String)> {
    let mut fields: Vec<(String, String)> = Vec::new();
    for line in block.lines() {
        if line.starts_with([' ', '\t']) {
            if let Some((_, value)) = fields.last_mut() {
                value.push(' ');
                value.push_str(line.trim());
            }
        } else if let Some((name, value)) = line.split_once(':') {
            fields.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
        }
    }
    fields
}

/// What became of the mail to one recipient; nothing for a block about the mail as a whole.
fn recipient(fields: &[(String, String)]) -> Option<(Fate, String)> {
    let field = |name| fields.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.as_str());
    let (action, status) = (field("action").to_ascii_lowercase(), field("status"));
    let fate = match action.as_str() {
        "failed" => Fate::Failed,
        "delayed" => Fate::Delayed,
        "delivered" | "relayed" | "expanded" => Fate::Delivered,
        _ => of_class(status)?,
    };
    let diagnostic = field("diagnostic-code");
    let diagnostic = diagnostic.split_once(';').map_or(diagnostic, |(_, words)| words).trim();
    let reason = if diagnostic.contains(status) { diagnostic.to_owned() } else { format!("{status} {diagnostic}") };
    Some((fate, reason.trim().to_owned()))
}

/// What the class of a status code says (RFC 3463).
fn of_class(status: &str) -> Option<Fate> {
    match status.bytes().next()? {
        b'5' => Some(Fate::Failed),
        b'4' => Some(Fate::Delayed),
        b'2' => Some(Fate::Delivered),
        _ => None,
    }
}

/// What a report without fields says.
fn in_words(subject: &str, text: &str) -> (Fate, String) {
    let start: String = text.chars().take(4_000).collect();
    let lower = format!("{subject}\n{start}").to_lowercase();
    let delayed = DELAYED.iter().any(|words| lower.contains(words));
    (if delayed { Fate::Delayed } else { Fate::Failed }, reason_in(text))
}

/// The line with the answer of a mail server, else the first words.
fn reason_in(text: &str) -> String {
    let lines = || text.lines().take(TEXT_LINES).map(str::trim).filter(|line| !line.is_empty());
    let coded = lines().find(|line| has_reply_code(line));
    coded.map_or_else(|| lines().take(3).collect::<Vec<_>>().join(" "), str::to_owned)
}

/// Whether a word of the line is a reply code (RFC 5321) or a status code (RFC 3463) of a refusal.
fn has_reply_code(line: &str) -> bool {
    line.split(|c: char| !c.is_ascii_digit() && c != '.').any(|word| {
        let bytes = word.as_bytes();
        let refusal = matches!(bytes.first(), Some(b'4' | b'5'));
        let reply = bytes.len() == 3 && bytes.iter().all(u8::is_ascii_digit);
        let status = word.split('.').count() == 3 && word.split('.').all(|part| !part.is_empty() && part.len() <= 3);
        refusal && (reply || status)
    })
}

#[cfg(test)]
mod tests;
