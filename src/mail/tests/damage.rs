//! Cut, flipped, mixed and invented mails: nothing panics, nothing grows past its bounds.

use std::thread;

use proptest::prelude::*;

use super::fixtures;
use crate::mail::{InboundMail, Mailbox, limits, parse, sanitize, text::is_control_in_text};

fn check(raw: &[u8]) {
    if let Ok(mail) = parse(raw) {
        check_texts(&mail);
        check_lists(&mail);
    }
}

fn check_texts(mail: &InboundMail) {
    assert!(mail.subject.chars().count() <= limits::SUBJECT_CHARS && is_line(&mail.subject));
    assert!(mail.text.len() <= limits::TEXT_BYTES && !mail.text.contains(is_control_in_text));
    assert_eq!(sanitize::plain(&mail.text), mail.text);
    if let Some(html) = &mail.html {
        assert!(html.len() <= limits::HTML_BYTES && !html.contains(is_control_in_text));
    }
    assert!(!mail.external_id.is_empty() && mail.external_id.len() <= limits::MESSAGE_ID_BYTES);
}

fn check_lists(mail: &InboundMail) {
    for list in [&mail.to, &mail.cc, &mail.reply_to] {
        assert!(list.len() <= limits::ADDRESSES);
        list.iter().for_each(check_mailbox);
    }
    mail.sender.iter().for_each(check_mailbox);
    assert!(mail.references.len() <= limits::REFERENCES && mail.in_reply_to.len() <= limits::REFERENCES);
    assert!(mail.reply_tokens.len() <= limits::REPLY_TOKENS && mail.headers.len() <= limits::HEADERS);
    assert!(mail.attachments.len() <= limits::ATTACHMENTS);
    for attachment in &mail.attachments {
        let name = &attachment.filename;
        assert!(is_line(name) && !name.is_empty() && name.chars().count() <= limits::FILE_NAME_CHARS);
        assert!(!name.contains(['/', '\\']) && attachment.mime_type.contains('/'));
    }
    assert!(mail.headers.iter().all(|h| is_line(&h.value) && h.value.len() <= limits::HEADER_VALUE_BYTES));
}

fn check_mailbox(mailbox: &Mailbox) {
    assert!(
        mailbox.address.contains('@') && mailbox.address.len() <= limits::ADDRESS_BYTES && is_line(&mailbox.address)
    );
    let name = mailbox.display_name.as_deref().unwrap_or("x");
    assert!(!name.is_empty() && name.chars().count() <= limits::DISPLAY_NAME_CHARS && is_line(name));
}

fn is_line(text: &str) -> bool {
    !text.contains(char::is_control) && text.trim() == text
}

#[test]
fn fixtures_cut_anywhere_are_still_read() {
    for raw in fixtures().values() {
        (0..=raw.len()).step_by(7).for_each(|end| check(&raw[..end]));
        (0..raw.len()).step_by(31).for_each(|start| check(&raw[start..]));
    }
}

#[test]
fn attached_messages_without_end_do_not_exhaust_the_stack() {
    let bomb = "Content-Type: message/rfc822\n\n".repeat(30_000);
    let coded = "Content-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: message/rfc822\n\n".repeat(10_000);
    let small = thread::Builder::new().stack_size(1024 * 1024).spawn(move || {
        check(bomb.as_bytes());
        check(coded.as_bytes());
    });
    small.expect("a thread").join().expect("no overflow");
}

#[test]
fn floods_are_bounded() {
    let many_fields = "X-A: b\n".repeat(100_000) + "\nbody";
    let many_parts = "Content-Type: multipart/mixed; boundary=a\n\n".to_owned() + &"--a\n\n".repeat(100_000);
    let many_words = format!("Subject: {}\n\nx", "=?a?q?".repeat(20_000));
    let addresses: Vec<String> = (0..20_000).map(|n| format!("a{n}@x.example,")).collect();
    let many_addresses = format!("To: {}\n\nx", addresses.concat());
    let many_references = format!("References: {}\n\nx", "<a@b>".repeat(20_000));
    let long_line = format!("Subject: x\n\n{}", "é".repeat(500_000));
    for raw in [many_fields, many_parts, many_words, many_addresses, many_references, long_line] {
        check(raw.as_bytes());
    }
}

/// Lines and fragments that mails are made of, in any order.
fn fragments() -> impl Strategy<Value = Vec<u8>> {
    let fragment = prop_oneof![
        4 => prop::sample::select(vec![
            "From: ", "To: ", "Subject: ", "Date: ", "Message-ID: ", "References: ", "Content-Type: ", "Content-ID: ",
            "Content-Transfer-Encoding: ", "Content-Disposition: ", "Return-Path: ", "multipart/mixed; boundary=", "text/html",
            "multipart/alternative; boundary=b", "message/rfc822", "text/plain; charset=", "utf-7", "iso-2022-jp", "utf-16",
            "base64", "quoted-printable", "x-uuencode", "attachment; filename=", "filename*0*=utf-8''%e4", "=?utf-8?B?",
            "=?x?Q?=e4?=", "?=", "<a@b.example>", "a b <", "\"", "(", ")", "\\", ",", ";", ":", "@", "=", "b", "--b", "--b--",
            "\n", "\n", "\r\n", "\n\n", "\n ", "\n\t", "begin 644 a\n", "end\n", "<p>", "<img src=cid:a>", "+AP", "\u{0}",
            "Fri, 1 Jan 2025 00:00:00 +0000", "Grüße", "\x1b$B", "=\n", "=E", "M",
        ])
        .prop_map(|text| text.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..8),
    ];
    prop::collection::vec(fragment, 0..60).prop_map(|fragments| fragments.concat())
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(raw in prop::collection::vec(any::<u8>(), 0..600)) {
        check(&raw);
    }

    #[test]
    fn any_mixture_of_fragments_is_read_or_refused(raw in fragments()) {
        check(&raw);
    }

    #[test]
    fn flipped_bytes_do_no_harm(
        pick in any::<prop::sample::Index>(),
        flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let fixtures: Vec<Vec<u8>> = fixtures().into_values().collect();
        let mut raw = pick.get(&fixtures).clone();
        for (at, byte) in flips {
            let at = at.index(raw.len());
            raw[at] = byte;
        }
        check(&raw);
    }

    #[test]
    fn halves_of_two_mails_do_no_harm(
        first in any::<prop::sample::Index>(),
        second in any::<prop::sample::Index>(),
        cut in any::<prop::sample::Index>(),
    ) {
        let fixtures: Vec<Vec<u8>> = fixtures().into_values().collect();
        let (first, second) = (first.get(&fixtures), second.get(&fixtures));
        let mut raw = first[..cut.index(first.len())].to_vec();
        raw.extend_from_slice(&second[cut.index(second.len())..]);
        check(&raw);
    }
}
