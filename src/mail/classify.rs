//! What kind of mail this is, from its headers: written by a person or by a machine, forwarded, bounced, distributed.
//!
//! The rules follow RFC 3834 (automatic answers), RFC 3464 (delivery reports), RFC 2369 and RFC 2919 (lists) and the
//! older habits of mail servers; T-24 says which of them an automatic answer must never meet.

use super::mime::{HeaderBlock, Part};

/// Subject prefixes that mean "forwarded", by language. `VS` is left out: forwarded in Danish, an answer in Finnish.
const FORWARD_PREFIXES: [&str; 24] = [
    "fw",
    "fwd",
    "wg",
    "tr",
    "rv",
    "enc",
    "i",
    "doorst",
    "vb",
    "vl",
    "pd",
    "fs",
    "trs",
    "ilt",
    "i̇lt",
    "yml",
    "továbbítás",
    "πρθ",
    "пересл",
    "הועבר",
    "转发",
    "轉寄",
    "转寄",
    "전달",
];

/// Subject prefixes that mean "answer" and may stand before a forwarding one.
const REPLY_PREFIXES: [&str; 19] = [
    "re", "aw", "sv", "antw", "antwort", "vs", "res", "r", "rif", "odp", "ynt", "bls", "atb", "απ", "回复", "回覆",
    "答复", "ref", "на",
];

/// Beginnings of subjects that vacation programs write without the header they owe (RFC 3834 section 5).
const AUTOMATIC_SUBJECTS: [&str; 13] = [
    "automatic reply:",
    "auto reply:",
    "auto-reply:",
    "autoreply:",
    "out of office:",
    "out of the office:",
    "automatische antwort:",
    "abwesenheitsnotiz:",
    "réponse automatique",
    "respuesta automática:",
    "risposta automatica:",
    "automatisch antwoord:",
    "autosvar:",
];

/// Headers that only automatic answers carry, whatever their value.
const AUTOMATIC_HEADERS: [&str; 6] =
    ["x-autoreply", "x-autorespond", "x-auto-reply", "x-autoreply-from", "x-mail-autoreply", "x-fc-machinegenerated"];

/// Headers that mailing lists and bulk mailers add.
const LIST_HEADERS: [&str; 7] =
    ["list-id", "list-post", "list-unsubscribe", "list-subscribe", "list-help", "mailing-list", "x-mailing-list"];

/// Whether a subject says that the mail forwards another one, also behind `Re:` (R-167, R-168).
pub fn is_forward_subject(subject: &str) -> bool {
    let mut rest = subject.trim_start();
    if rest.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("[fwd:")) {
        return true;
    }
    while let Some((prefix, after)) = prefix_of(rest) {
        if FORWARD_PREFIXES.contains(&prefix.as_str()) {
            return true;
        }
        if !REPLY_PREFIXES.contains(&prefix.as_str()) {
            return false;
        }
        rest = after.trim_start();
    }
    false
}

/// Whether a subject says already that the mail answers another one.
pub fn is_reply_subject(subject: &str) -> bool {
    prefix_of(subject.trim_start()).is_some_and(|(prefix, _)| REPLY_PREFIXES.contains(&prefix.as_str()))
}

/// The first word before a colon in lower case, a counter like `[2]` removed, and what follows the colon.
fn prefix_of(subject: &str) -> Option<(String, &str)> {
    let (prefix, rest) = subject.split_once([':', '：'])?;
    let word = prefix.split(['[', '(']).next().unwrap_or_default().trim();
    (!word.is_empty() && word.chars().count() <= 10).then(|| (word.to_lowercase(), rest))
}

/// Whether nobody reads mail to this address, by its local part.
pub fn is_no_reply_address(address: &str) -> bool {
    let local = address.rsplit_once('@').map_or(address, |(local, _)| local).to_ascii_lowercase();
    let letters: String = local.chars().filter(char::is_ascii_alphanumeric).collect();
    letters.starts_with("noreply")
        || letters.ends_with("noreply")
        || letters.starts_with("donotreply")
        || is_daemon(&local)
}

/// Whether the local part is that of a mail server's own voice.
fn is_daemon(local: &str) -> bool {
    matches!(local, "mailer-daemon" | "mailerdaemon" | "postmaster" | "mail-daemon")
}

/// Whether the mail forwards another: by its subject, a header of the client, or an attached message.
pub(super) fn is_forwarded(root: &Part<'_>, subject: &str) -> bool {
    is_forward_subject(subject)
        || root.headers.first("x-forwarded-message-id").is_some()
        || (root.media.subtype() == "mixed" && root.children.iter().any(|part| part.media.is_message()))
}

/// Whether the mail is a delivery report. `local` is the sender's local part.
pub(super) fn is_bounce(root: &Part<'_>, local: &str) -> bool {
    let report_type = root.media.parameter("report-type").unwrap_or("delivery-status");
    let report = root.media.is("multipart", "report") && report_type.eq_ignore_ascii_case("delivery-status");
    let null_path = has_null_return_path(&root.headers);
    report
        || root.headers.first("x-failed-recipients").is_some()
        || is_daemon(&local.to_ascii_lowercase())
        // A vacation answer has the null path too, but says what it is.
        || (null_path && auto_submitted(&root.headers).is_none() && !root.media.is("multipart", "report"))
}

/// Whether a machine wrote this in answer to something, or asks for no automatic answer.
pub(super) fn is_auto_reply(root: &Part<'_>, subject: &str) -> bool {
    let headers = &root.headers;
    let lower = subject.to_lowercase();
    auto_submitted(headers).is_some()
        || AUTOMATIC_HEADERS.iter().any(|name| headers.first(name).is_some())
        || suppresses_answers(headers)
        || has_null_return_path(headers)
        || matches!(precedence(headers).as_str(), "auto_reply" | "junk")
        || root.media.parameter("report-type").is_some_and(|kind| kind.eq_ignore_ascii_case("disposition-notification"))
        || (answers_something(headers) && AUTOMATIC_SUBJECTS.iter().any(|start| lower.starts_with(start)))
}

/// A subject alone proves nothing: people write about automatic answers, too.
fn answers_something(headers: &HeaderBlock<'_>) -> bool {
    ["in-reply-to", "references"].into_iter().any(|name| headers.first(name).is_some())
}

/// Whether the mail came through a list or went out in bulk.
pub(super) fn is_list(headers: &HeaderBlock<'_>) -> bool {
    LIST_HEADERS.iter().any(|name| headers.first(name).is_some())
        || matches!(precedence(headers).as_str(), "list" | "bulk")
}

/// The keyword of Auto-Submitted unless it is `no` (RFC 3834 section 5).
fn auto_submitted(headers: &HeaderBlock<'_>) -> Option<String> {
    keyword(headers, "auto-submitted").filter(|value| value != "no")
}

fn precedence(headers: &HeaderBlock<'_>) -> String {
    keyword(headers, "precedence").unwrap_or_default().replace('-', "_")
}

/// X-Auto-Response-Suppress with anything but `None` (MS-OXCMAIL).
fn suppresses_answers(headers: &HeaderBlock<'_>) -> bool {
    keyword(headers, "x-auto-response-suppress").is_some_and(|value| value != "none")
}

/// The first word of a header in lower case, comments and parameters cut off.
fn keyword(headers: &HeaderBlock<'_>, name: &str) -> Option<String> {
    let value = headers.first(name)?.unfolded(None).to_ascii_lowercase();
    let word = value.split([';', '(', ',', ' ', '\t']).find(|word| !word.is_empty())?;
    Some(word.to_owned())
}

/// `Return-Path: <>`: the sender wants no answer, not even a delivery report (RFC 5321 section 4.5.5).
fn has_null_return_path(headers: &HeaderBlock<'_>) -> bool {
    headers.first("return-path").is_some_and(|field| field.unfolded(None).replace([' ', '\t'], "") == "<>")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forwarding_subjects_of_many_languages() {
        for subject in
            ["Fwd: a", "FW: a", "WG: a", "Re: Fwd: a", "AW[2]: WG: a", "[Fwd: a]", "转发：a", "Tr : a", "RV: a"]
        {
            assert!(is_forward_subject(subject), "{subject}");
        }
        for subject in ["Re: a", "a", "Forward planning: a", "Framework: a", "", ":", "VS: a", "Re: question: fwd: a"] {
            assert!(!is_forward_subject(subject), "{subject}");
        }
    }

    #[test]
    fn addresses_nobody_reads() {
        for address in [
            "no-reply@x.example",
            "NoReply@x.example",
            "shop-noreply@x.example",
            "do_not_reply@x.example",
            "MAILER-DAEMON@x.example",
        ] {
            assert!(is_no_reply_address(address), "{address}");
        }
        assert!(!is_no_reply_address("noreen@x.example"));
    }

    #[test]
    fn automatic_mail_is_recognized() {
        let auto = |head: &str| is_auto_reply(&Part::read(format!("{head}\nTo: a@x.example\n\n").as_bytes()), "a");
        for head in [
            "Auto-Submitted: auto-replied (vacation)",
            "Auto-Submitted: AUTO-GENERATED; a=b",
            "Precedence: auto-reply",
            "X-Auto-Response-Suppress: OOF, AutoReply",
            "X-Autoreply: yes",
            "Return-Path: <>",
        ] {
            assert!(auto(head), "{head}");
        }
        for head in
            ["Auto-Submitted: no", "X-Auto-Response-Suppress: None", "Precedence: normal", "Return-Path: <a@x.example>"]
        {
            assert!(!auto(head), "{head}");
        }
    }
}
