//! Facts of single fixtures that the table does not hold.

use super::{fixtures, parse_fixture};
use crate::mail::{MailRefusal, Mailbox, limits, parse};

fn mailbox(address: &str, name: Option<&str>) -> Mailbox {
    Mailbox { address: address.to_owned(), display_name: name.map(str::to_owned) }
}

#[test]
fn ids_and_references_have_no_brackets() {
    let mail = parse_fixture("reply-quoted");
    assert_eq!(mail.message_id.as_deref(), Some("reply-1@client.example"));
    assert_eq!(mail.external_id, "reply-1@client.example");
    assert_eq!(mail.in_reply_to, ["outgoing-4@desk.example"]);
    assert_eq!(mail.references, ["kettle-1@customer.example", "outgoing-4@desk.example"]);
    assert_eq!(mail.reply_tokens, ["Zt4-_xY9", "work"]);
}

#[test]
fn a_mail_without_an_id_is_known_by_its_bytes() {
    let raw = &fixtures()["no-sender"];
    let mail = parse(raw).expect("a mail");
    assert_eq!(mail.message_id, None);
    assert_eq!(mail.external_id, "11c1101e180efd7119900b6dcfc22bada7665d8f4ce0d6928d9281593ca6995f");
    let mut changed = raw.clone();
    changed.push(b'\n');
    assert_ne!(parse(&changed).expect("a mail").external_id, mail.external_id);
}

#[test]
fn an_unusable_id_counts_as_none() {
    assert_eq!(parse_fixture("odd-headers").message_id, None);
}

#[test]
fn dates_are_microseconds_utc_and_absurd_ones_are_dropped() {
    assert_eq!(parse_fixture("plain-ascii").date, Some(1_741_076_130_000_000));
    assert_eq!(parse_fixture("latin1-quoted-printable").date, Some(1_741_266_000_000_000));
    assert_eq!(parse_fixture("reply-quoted").date, Some(1_742_022_296_000_000));
    assert_eq!(parse_fixture("odd-headers").date, None);
    assert_eq!(parse_fixture("no-sender").date, None);
}

#[test]
fn recipients_are_listed_once_each() {
    let mail = parse_fixture("alternative");
    assert_eq!(mail.to, [mailbox("support@desk.example", None)]);
    assert_eq!(
        mail.cc,
        [mailbox("bob@client.example", Some("Bob, Accounting")), mailbox("carol@client.example", None)]
    );
    assert_eq!(mail.reply_to, [mailbox("ada@home.example", Some("Ada at home"))]);
    let mail = parse_fixture("odd-headers");
    assert_eq!(mail.to, [mailbox("support@desk.example", None), mailbox("zoe@client.example", Some("Zoe"))]);
    assert_eq!(parse_fixture("utf8-8bit").to[0].display_name.as_deref(), Some("Kundendienst, Frau Weiß"));
}

#[test]
fn html_is_sanitized_and_only_there_when_the_mail_has_some() {
    assert_eq!(
        parse_fixture("html-only").html.as_deref(),
        Some(
            "<p>Dear team,</p>\n<p>my order <b>4711</b> is missing.<br>See <a href=\"https://shop.example/orders/4711\" \
             rel=\"noopener noreferrer nofollow\">the order</a> or\n<a rel=\"noopener noreferrer nofollow\">this</a>.</p>\n\
             <ul><li>one lamp</li><li>two bulbs – 60&nbsp;W</li></ul>"
        )
    );
    assert_eq!(
        parse_fixture("nested-related-attachments").html.as_deref(),
        Some("<p>The handle broke off: <img src=\"cid:photo1@client.example\" alt=\"photo\"> see it?</p>")
    );
    assert_eq!(parse_fixture("html-meta-charset").html.as_deref(), Some("<p dir=\"rtl\">مرحبا بكم</p>"));
    assert_eq!(parse_fixture("forwarded-attached").html.as_deref(), Some("<p>Der Gutschein <b>läuft</b> ab.</p>"));
    assert_eq!(parse_fixture("plain-ascii").html, None);
}

#[test]
fn some_headers_are_kept() {
    let mail = parse_fixture("auto-reply-vacation");
    let kept: Vec<(&str, &str)> = mail.headers.iter().map(|h| (h.name.as_str(), h.value.as_str())).collect();
    assert_eq!(
        kept,
        [
            ("return-path", "<>"),
            ("auto-submitted", "auto-replied (vacation)"),
            ("x-auto-response-suppress", "All"),
            ("precedence", "bulk"),
        ]
    );
}

#[test]
fn automatic_answers_are_forbidden_where_a_machine_would_read_them() {
    for name in ["auto-reply-vacation", "bounce-report", "bounce-plain", "read-receipt", "mailing-list", "no-sender"] {
        assert!(parse_fixture(name).forbids_automatic_answer(), "{name}");
    }
    for name in ["plain-ascii", "reply-quoted", "forwarded-inline"] {
        assert!(!parse_fixture(name).forbids_automatic_answer(), "{name}");
    }
}

#[test]
fn only_what_has_neither_header_nor_text_is_refused() {
    assert_eq!(parse(b""), Err(MailRefusal::Empty));
    assert_eq!(parse(b" \r\n\t\n"), Err(MailRefusal::Empty));
    assert_eq!(parse(&[0; 100]), Err(MailRefusal::NotAMessage));
    assert_eq!(parse(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"), Err(MailRefusal::NotAMessage));
    let size = limits::RAW_BYTES + 1;
    assert_eq!(parse(&vec![b'a'; size]), Err(MailRefusal::TooLarge { size, limit: limits::RAW_BYTES }));
    assert_eq!(parse(b"hi").map(|mail| mail.text), Ok("hi".to_owned()));
    assert!(parse(b"Subject:").is_ok());
}
