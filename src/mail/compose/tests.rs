//! What is written is read back by our own parser.

use super::*;
use crate::mail::parse;

fn mailbox(address: &str, name: &str) -> Mailbox {
    Mailbox { address: address.to_owned(), display_name: Some(name.to_owned()).filter(|name| !name.is_empty()) }
}

fn letter() -> Outgoing {
    Outgoing {
        message_id: "0123456789abcdef@desk.example".to_owned(),
        date: Timestamp::parse_rfc3339("2026-11-21T09:00:00Z").expect("a time"),
        from: mailbox("help@desk.example", "Mia, Müller"),
        to: vec![mailbox("ann@x.example", "")],
        reply_to: Some(mailbox("help+token@desk.example", "Help")),
        bounces_to: Some("help+bounce@desk.example".to_owned()),
        subject: "Re: Drucker — größer".to_owned(),
        text: "Grüße\n\n.\nFrom here on\n".to_owned(),
        html: String::new(),
        in_reply_to: Some("first@x.example".to_owned()),
        references: vec!["zero@x.example".to_owned(), "first@x.example".to_owned()],
        automatic: None,
        files: Vec::new(),
    }
}

fn read(mail: &Outgoing) -> (crate::mail::InboundMail, String) {
    let parcel = compose(mail).expect("it can be written");
    (parse(&parcel.bytes).expect("a mail"), String::from_utf8(parcel.bytes).expect("ASCII"))
}

#[test]
fn a_reply_has_what_finds_its_thread_again() {
    let (mail, raw) = read(&letter());
    assert_eq!(mail.message_id.as_deref(), Some("0123456789abcdef@desk.example"));
    assert_eq!(mail.in_reply_to, ["first@x.example"]);
    assert_eq!(mail.references, ["zero@x.example", "first@x.example"]);
    assert_eq!(mail.reply_to, [mailbox("help+token@desk.example", "Help")]);
    assert_eq!(mail.sender, Some(mailbox("help@desk.example", "Mia, Müller")));
    assert_eq!((mail.subject.as_str(), mail.text.as_str()), ("Re: Drucker — größer", "Grüße\n\n.\nFrom here on"));
    assert_eq!(mail.date, Some(letter().date.as_micros()));
    assert!(!mail.auto_reply && !raw.contains("Auto-Submitted"));
    assert!(raw.is_ascii() && raw.lines().all(|line| line.len() < 998));
    let parcel = compose(&letter()).expect("written");
    assert_eq!(parcel.sender.as_deref(), Some("help+bounce@desk.example"));
    assert_eq!(parcel.recipients, ["ann@x.example"]);
    assert_eq!(parcel.bytes, compose(&letter()).expect("written").bytes, "the same bytes each time");
}

#[test]
fn machines_say_that_they_are_machines() {
    for (automatic, said) in [(Automatic::Generated, "auto-generated"), (Automatic::Replied, "auto-replied")] {
        let mail = Outgoing { automatic: Some(automatic), ..letter() };
        let sender = compose(&mail).expect("written").sender;
        assert_eq!(sender.as_deref(), Some("help+bounce@desk.example"), "reports find what they are about");
        let (read, raw) = read(&mail);
        assert!(raw.contains(&format!("Auto-Submitted: {said}\r\n")), "{raw}");
        assert!(read.forbids_automatic_answer());
    }
}

#[test]
fn html_and_files_are_layered() {
    let file = |name: &str, id: Option<&str>| OutgoingFile {
        filename: name.to_owned(),
        mime_type: "image/png".to_owned(),
        content_id: id.map(str::to_owned),
        bytes: vec![0, 255, 13, 10, 200],
    };
    let files = vec![file("plan größer.png", None), file("logo.png", Some("logo@desk.example"))];
    let html = "<p>Look <img src=\"cid:logo@desk.example\"></p>".to_owned();
    let (mail, raw) = read(&Outgoing { html, files, ..letter() });
    assert!(mail.html.expect("HTML").contains("cid:logo@desk.example"));
    assert_eq!(mail.text, "Grüße\n\n.\nFrom here on");
    let mut names: Vec<_> = mail.attachments.iter().map(|a| (a.filename.as_str(), a.size_bytes, a.embedded)).collect();
    names.sort_unstable();
    assert_eq!(names, [("logo.png", 5, true), ("plan größer.png", 5, false)]);
    assert!(
        raw.contains("multipart/mixed") && raw.contains("multipart/related") && raw.contains("multipart/alternative")
    );
    let (mail, _) = read(&Outgoing { files: vec![file("a.png", None)], ..letter() });
    assert_eq!((mail.attachments.len(), mail.html), (1, None));
}

// T-25: nobody writes headers through a text.
#[test]
fn no_text_becomes_a_header() {
    let evil = "x\r\nBcc: eve@x.example\r\n\r\nbody";
    let mail = Outgoing {
        subject: evil.to_owned(),
        from: mailbox("help@desk.example", evil),
        message_id: format!("id{evil}@desk.example"),
        in_reply_to: Some(evil.to_owned()),
        references: vec![evil.to_owned(), "a>b".to_owned()],
        ..letter()
    };
    let (read, raw) = read(&mail);
    assert!(!raw.lines().any(|line| line.starts_with("Bcc")), "{raw}");
    assert_eq!(read.text, letter().text.trim_end());
    assert_eq!(read.references[1], "ab");
}

#[test]
fn impossible_addresses_are_refused_for_good() {
    for to in ["", "ann", "ann@", "a b@x.example", "ann@x.example\r\nBcc: eve@x.example", "<ann@x.example>"] {
        let refused = compose(&Outgoing { to: vec![mailbox(to, "")], ..letter() });
        assert!(matches!(refused, Err(Unwritable::Address(_))), "{to:?}: {refused:?}");
    }
    assert_eq!(compose(&Outgoing { to: Vec::new(), ..letter() }), Err(Unwritable::Nobody));
    for to in ["a..b@x.example", "\"a b\"@x.example", "jörg@x.example", "a@münchen.example"] {
        let tried = compose(&Outgoing { to: vec![mailbox(to, "")], ..letter() });
        assert!(tried.is_ok() || matches!(tried, Err(Unwritable::Address(_))), "{to:?}: {tried:?}");
    }
}

#[test]
fn a_long_chain_of_references_is_folded() {
    let references: Vec<String> = (0..60).map(|n| format!("{n}.{}@x.example", "a".repeat(100))).collect();
    let (mail, raw) = read(&Outgoing { references: references.clone(), ..letter() });
    assert_eq!(mail.references, references);
    assert!(raw.lines().all(|line| line.len() < 998));
}
