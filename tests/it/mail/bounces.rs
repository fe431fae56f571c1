//! What comes back: delivery reports, and answers of machines.

use std::time::Duration;

use helpdesk::grpc::pb::v1::{self, DeliveryState, EventType};

use super::desk::MailDesk;
use crate::support::app::{account, user_name};
use crate::support::databases::{TestDatabase, both_engines};

/// A report in the standard form, its head and its body.
fn report(to: &str, action: &str, mail_id: &str) -> (String, String) {
    let head = format!(
        "From: Mail Delivery System <MAILER-DAEMON@mx.example>\r\nTo: {to}\r\nSubject: Undelivered Mail\r\nAuto-Submitted: \
         auto-replied\r\nMIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=B\r\n"
    );
    let body = format!(
        "--B\r\n\r\nSorry.\r\n--B\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n\
         Final-Recipient: rfc822; ann@x.example\r\nAction: {action}\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 5.1.1 no \
         such user\r\n\r\n--B\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <{mail_id}>\r\n\r\n--B--\r\n"
    );
    (head, body)
}

async fn events(desk: &MailDesk, kind: EventType) -> Vec<v1::Event> {
    let filter = v1::EventFilter { types: vec![kind.into()], ..Default::default() };
    let request = v1::ListEventsRequest { parent: account(), event_filter: Some(filter), ..Default::default() };
    desk.app.root().events().list_events(request).await.expect("a page").into_inner().events
}

// C-026, C-076: a report joins the conversation of the mail it is about, which failed; it makes no ticket and no contact,
// opens nothing again, and nothing goes out because of it.
both_engines!(a_mail_that_comes_back_failed_and_nothing_follows, |db: TestDatabase| async move {
    let desk = MailDesk::start(db).await;
    let conversation = desk.begin("ann@x.example").await;
    let sent = desk.reply(&conversation, "Is it on?").await;
    desk.work().await;
    let ticket = {
        let request = v1::ListTicketsRequest { parent: account(), ..Default::default() };
        desk.app.root().tickets().list_tickets(request).await.expect("a page").into_inner().tickets.remove(0)
    };
    desk.app.close(&ticket.name).await;
    let (head, body) = report("mail@acme.example", "failed", &sent.mail_id);
    let answer = desk.receive(&head, &body).await;
    let message = answer.message.clone().expect("a message");
    assert!(message.bounce && message.bounce_of == sent.name, "{message:?}");
    assert_eq!(message.thread, sent.thread);
    assert!(answer.contact.is_none() && !answer.contact_created && !answer.ticket_created && !answer.ticket_reopened);
    let failed = desk.message(&sent.name).await;
    assert_eq!(failed.delivery_state(), DeliveryState::Failed);
    assert_eq!(failed.delivery_error, "550 5.1.1 no such user");
    assert!(failed.delivery_time.is_some());
    let ticket = answer.ticket.expect("the ticket");
    assert_eq!((ticket.state(), ticket.owner), (v1::TicketState::Closed, user_name("mia")));
    let told = events(&desk, EventType::MessageBounced).await;
    assert_eq!(told.len(), 1);
    assert_eq!((told[0].resource.as_str(), told[0].fields[0].after.as_str()), (sent.name.as_str(), "FAILED"));
    // The same report again, and one more about the same mail.
    assert!(desk.receive(&head, &body).await.duplicate);
    let (head, body) = report("mail@acme.example", "failed", &sent.mail_id);
    desk.receive(&format!("Message-ID: <again@mx.example>\r\n{head}"), &body).await;
    assert_eq!(events(&desk, EventType::MessageBounced).await.len(), 1, "it failed once");
    desk.app.advance(Duration::from_hours(1));
    assert_eq!(desk.app.outbox().await.len(), 1, "nothing answers a report");
    let again = desk.reply(&conversation, "Another address?").await;
    assert_eq!(
        desk.last_mail("ann@x.example").await.mail.in_reply_to,
        ["first.ann@x.example"],
        "a report is no mail to answer"
    );
    assert_eq!(desk.state(&again.name).await, DeliveryState::Sent);
});

// A report says itself whether it took longer or arrived; one about nothing of ours is a mail like any other.
both_engines!(a_report_changes_only_what_it_is_about, |db: TestDatabase| async move {
    let desk = MailDesk::start(db).await;
    let sent = desk.reply(&desk.begin("ann@x.example").await, "Is it on?").await;
    desk.work().await;
    let cases = [
        ("delayed", sent.mail_id.clone(), DeliveryState::Sent),
        ("delivered", sent.mail_id.clone(), DeliveryState::Delivered),
        ("failed", "0".repeat(32) + "@acme.example", DeliveryState::Delivered),
        ("failed", sent.mail_id.clone(), DeliveryState::Failed),
        ("delivered", sent.mail_id.clone(), DeliveryState::Failed),
    ];
    for (number, (action, mail_id, state)) in cases.into_iter().enumerate() {
        let (head, body) = report("mail@acme.example", action, &mail_id);
        let answer = desk.receive(&format!("Message-ID: <{number}@mx.example>\r\n{head}"), &body).await;
        assert_eq!(answer.ticket_created, mail_id != sent.mail_id, "{action}");
        assert_eq!(desk.state(&sent.name).await, state, "{action} of {mail_id}");
    }
});

// Without the mail in it: the address that a report comes to names the message.
both_engines!(a_report_that_says_nothing_is_known_by_its_address, |db: TestDatabase| async move {
    let desk = MailDesk::start(db).await;
    let sent = desk.reply(&desk.begin("ann@x.example").await, "Is it on?").await;
    desk.work().await;
    let token = sent.mail_id.split('@').next().expect("a token").to_uppercase();
    let head = format!(
        "Return-Path: <>\r\nFrom: postmaster@mx.example\r\nTo: <mail+B.{token}@acme.example>\r\nSubject: Sorry\r\n"
    );
    let answer = desk.receive(&head, "Your mail was refused: 554 5.7.1 spam").await;
    assert_eq!(answer.message.expect("a message").bounce_of, sent.name);
    assert_eq!(desk.message(&sent.name).await.delivery_error, "Your mail was refused: 554 5.7.1 spam");
});

// C-076: who is away says so in the thread, and that is all.
both_engines!(vacation_notices_are_recorded_and_never_answered, |db: TestDatabase| async move {
    let desk = MailDesk::start(db).await;
    let sent = desk.reply(&desk.begin("ann@x.example").await, "Is it on?").await;
    desk.work().await;
    let token = sent.mail_id.split('@').next().expect("a token");
    let cases = [
        ("Auto-Submitted: auto-replied (vacation)\r\nSubject: Away\r\n", true),
        ("X-Auto-Response-Suppress: OOF\r\nSubject: Away\r\n", true),
        ("Precedence: auto_reply\r\nSubject: Away\r\n", true),
        ("In-Reply-To: <a@x.example>\r\nSubject: Automatic reply: Printer\r\n", true),
        ("Subject: Automatic reply: how do I turn it on?\r\n", false),
        ("Subject: Auto: Reifen geplatzt\r\n", false),
    ];
    for (number, (head, machine)) in cases.into_iter().enumerate() {
        let to = format!("mail+b.{token}@acme.example");
        let head = format!("From: ann@x.example\r\nTo: {to}\r\nMessage-ID: <{number}@x.example>\r\n{head}");
        let answer = desk.receive(&head, "I am away.").await;
        let message = answer.message.expect("a message");
        assert_eq!((message.auto_reply, message.bounce), (machine, false), "{head}");
        assert_eq!(message.thread, sent.thread, "{head}");
    }
    desk.app.advance(Duration::from_hours(24));
    assert_eq!(desk.app.outbox().await.len(), 1);
});
