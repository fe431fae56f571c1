//! What the module reads out of texts as programs write them.

use crate::mail::model::{DeliveryReport, Fate};
use crate::mail::parse;

fn report(mail: &str) -> DeliveryReport {
    let parsed = parse(mail.replace('\n', "\r\n").as_bytes()).expect("a mail");
    assert!(parsed.bounce, "{:?}", parsed.subject);
    parsed.report.expect("a report")
}

const STATUS: &str = "From: Mail Delivery System <MAILER-DAEMON@mx.example>
To: help+b.00ff@x.example
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=\"B\"

--B
Content-Type: text/plain

I'm sorry to have to inform you that your message could not be delivered.

--B
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example
Arrival-Date: Mon, 3 Aug 2026 10:00:00 +0200

Final-Recipient: rfc822; ann@y.example
Action: {ACTION}
Status: {STATUS}
Diagnostic-Code: smtp; {CODE}

--B
Content-Type: {KIND}

Return-Path: <help@x.example>
Message-ID: <00ff@x.example>
Subject: Re: Printer

--B--
";

fn status(action: &str, status: &str, code: &str, kind: &str) -> DeliveryReport {
    report(
        &STATUS.replace("{ACTION}", action).replace("{STATUS}", status).replace("{CODE}", code).replace("{KIND}", kind),
    )
}

#[test]
fn the_standard_form() {
    for kind in ["message/rfc822", "text/rfc822-headers", "message/global-headers"] {
        let failed = status("failed", "5.1.1", "550 5.1.1 <ann@y.example>: no such user", kind);
        assert_eq!(failed.about, ["00ff@x.example"], "{kind}");
        assert_eq!((failed.fate, failed.reason.as_str()), (Fate::Failed, "550 5.1.1 <ann@y.example>: no such user"));
    }
    let kind = "text/rfc822-headers";
    assert_eq!(status("delayed", "4.4.1", "connection timed out", kind).fate, Fate::Delayed);
    assert_eq!(status("delayed", "4.4.1", "connection timed out", kind).reason, "4.4.1 connection timed out");
    assert_eq!(status("relayed", "2.0.0", "250 ok", kind).fate, Fate::Delivered);
    assert_eq!(status("", "5.7.1", "", kind).fate, Fate::Failed, "a status without an action");
}

#[test]
fn a_mail_pasted_into_the_text() {
    let mail = "From: MAILER-DAEMON@mx.example
To: help@x.example
Subject: failure notice

Hi. This is the qmail-send program at mx.example.

<ann@y.example>:
192.0.2.1 does not like recipient.
Remote host said: 550 5.1.1 no mailbox here by that name

--- Below this line is a copy of the message.

Return-Path: <help@x.example>
Message-ID: <00ff@x.example>
Subject: Re: Printer

It is on.
";
    let read = report(mail);
    assert_eq!((read.about.as_slice(), read.fate), (&["00ff@x.example".to_owned()][..], Fate::Failed));
    assert_eq!(read.reason, "Remote host said: 550 5.1.1 no mailbox here by that name");
}

#[test]
fn a_mail_attached_without_a_status() {
    let mail = "From: postmaster@mx.example
To: help@x.example
Subject: Undeliverable: Re: Printer
Content-Type: multipart/mixed; boundary=\"B\"

--B
Content-Type: text/plain

Your message to ann@y.example was rejected: mailbox full.

--B
Content-Type: message/rfc822

Message-ID: <00ff@x.example>
Subject: Re: Printer

It is on.
--B--
";
    let read = report(mail);
    assert_eq!((read.about.as_slice(), read.fate), (&["00ff@x.example".to_owned()][..], Fate::Failed));
    assert!(read.reason.starts_with("Your message to ann@y.example was rejected"), "{}", read.reason);
}

#[test]
fn headers_of_the_report_and_warnings_in_words() {
    let mail = "From: Mailer-Daemon@mx.example
To: help@x.example
X-Failed-Recipients: ann@y.example
Auto-Submitted: auto-replied
In-Reply-To: <00ff@x.example>
References: <first@y.example> <00ff@x.example>
Subject: Warning: message 1kAbCd delayed 24 hours

This message was created automatically by mail delivery software.
The message has not yet been delivered to ann@y.example; delivery attempts will continue.
";
    let read = report(mail);
    assert_eq!(read.about, ["00ff@x.example", "first@y.example"]);
    assert_eq!(read.fate, Fate::Delayed);
}

#[test]
fn a_report_of_nothing_but_a_null_sender() {
    let read = report("Return-Path: <>\nFrom: a@mx.example\nSubject: ?\n\n");
    assert_eq!((read.about.len(), read.fate, read.reason.as_str()), (0, Fate::Failed, ""));
}
