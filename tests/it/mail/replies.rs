//! Replies on a mail channel: who delivers them, and what a customer gets.

use helpdesk::grpc::pb::v1::{DeliveryState, ErrorReason, MailDelivery, ReportDeliveryRequest};

use super::desk::MailDesk;
use crate::support::app::channel_name;
use crate::support::client::assert_refused;
use crate::support::databases::{TestDatabase, both_engines};
use crate::support::smtp_sink::SmtpSink;

// R-043, C3: without a mail server the reply lies in the Maildir, as the customer would get it.
both_engines!(a_reply_lies_in_the_maildir_as_its_reader_gets_it, |db: TestDatabase| async move {
    let desk = MailDesk::start(db).await;
    let conversation = desk.begin("ann@x.example").await;
    let queued = desk.reply(&conversation, "Is it on?").await;
    assert_eq!(queued.delivery_state(), DeliveryState::Queued);
    let sent = desk.last_mail("ann@x.example").await;
    let mail = &sent.mail;
    assert_eq!((mail.subject.as_str(), mail.text.as_str()), ("Re: Printer", "Is it on?"));
    assert_eq!(mail.html.as_deref(), Some("<p>Is it on?</p>"));
    assert_eq!(mail.message_id.as_deref(), Some(queued.mail_id.as_str()));
    assert_eq!(
        (mail.in_reply_to.as_slice(), mail.references.as_slice()),
        (&["first.ann@x.example".to_owned()][..], &["first.ann@x.example".to_owned()][..])
    );
    let from = mail.sender.as_ref().expect("a sender");
    assert_eq!((from.address.as_str(), from.display_name.as_deref()), ("mail@acme.example", Some("mail")));
    assert_eq!(mail.to[0].display_name.as_deref(), Some("Ann"));
    let token = mail.reply_to[0].address.strip_prefix("mail+").and_then(|rest| rest.strip_suffix("@acme.example"));
    assert!(token.is_some_and(|token| token.len() == 32 && token != &queued.mail_id[..32]), "128 bits of its own");
    for header in ["Auto-Submitted", "Precedence", "Bcc", "Cc"] {
        assert_eq!(sent.header(header), None, "a person wrote it");
    }
    let now = desk.message(&queued.name).await;
    assert_eq!((now.delivery_state(), now.delivery_tries), (DeliveryState::Sent, 1));
    assert!(now.delivery_time.is_some() && now.reply_token.is_empty());

    let head = "From: ann@x.example\r\nMessage-ID: <second@x.example>\r\nReferences: <first.ann@x.example>\r\n";
    let answer = format!("{head}In-Reply-To: <{}>\r\nSubject: Re: Printer\r\n", queued.mail_id);
    assert!(!desk.receive(&answer, "Yes.").await.ticket_created);
    let again = desk.reply(&conversation, "And the cable?").await;
    let mail = desk.last_mail("ann@x.example").await.mail;
    assert_eq!(mail.subject, "Re: Printer", "said once");
    assert_eq!(mail.in_reply_to, ["second@x.example"]);
    assert_eq!(mail.references, ["first.ann@x.example", &queued.mail_id, "second@x.example"]);
    assert_eq!(desk.state(&again.name).await, DeliveryState::Sent);
    assert_eq!(desk.app.outbox().await.len(), 2, "nothing goes out twice");
});

// The mail server gets the reply with a sender of the envelope that names the message.
both_engines!(a_reply_goes_to_the_mail_server, |db: TestDatabase| async move {
    let Some(sink) = SmtpSink::start("a_reply_goes_to_the_mail_server") else { return };
    let settings = sink.settings();
    let settings: Vec<_> = settings.iter().map(|(key, value)| (*key, value.as_str())).collect();
    let desk = MailDesk::start_set(db, &settings).await;
    let conversation = desk.begin("ann@x.example").await;
    let queued = desk.reply(&conversation, "Is it on?").await;
    desk.work().await;
    let taken = sink.next();
    assert_eq!(taken.recipients, ["ann@x.example"]);
    let secret = queued.mail_id.split('@').next().expect("a token");
    assert_eq!(taken.sender.as_deref(), Some(format!("mail+b.{secret}@acme.example").as_str()));
    assert_eq!(taken.mail().mail.text, "Is it on?");
    assert_eq!(desk.state(&queued.name).await, DeliveryState::Sent);
    assert!(desk.app.outbox().await.is_empty(), "one way or the other");
});

// C3: a channel is delivered by the service or by an adapter, never by both; what waits goes over with the change.
both_engines!(either_the_service_delivers_or_an_adapter, |db: TestDatabase| async move {
    let desk = MailDesk::start(db).await;
    let conversation = desk.begin("ann@x.example").await;
    let first = desk.reply(&conversation, "One").await;
    assert_refused(desk.pull().await, ErrorReason::DeliveredByService);
    let report = ReportDeliveryRequest {
        channel: channel_name("mail"),
        message: first.name.clone(),
        state: DeliveryState::Sent.into(),
        ..Default::default()
    };
    let refused = desk.app.machine().ingress().report_delivery(report.clone()).await;
    assert_refused(refused, ErrorReason::DeliveredByService);

    desk.app.deliver("mail", MailDelivery::Adapter).await;
    desk.work().await;
    assert!(desk.app.outbox().await.is_empty(), "it waits for the adapter now");
    let second = desk.reply(&conversation, "Two").await;
    let pulled = desk.pull().await.expect("messages");
    let names: Vec<_> = pulled.messages.iter().map(|message| message.name.as_str()).collect();
    assert_eq!(names, [first.name.as_str(), second.name.as_str()]);
    desk.app.machine().ingress().report_delivery(report).await.expect("reported");

    desk.app.deliver("mail", MailDelivery::Service).await;
    let third = desk.reply(&conversation, "Three").await;
    let texts: Vec<_> = desk.app.outbox().await.into_iter().map(|sent| sent.mail.text).collect();
    assert_eq!(texts.len(), 2, "the first was the adapter's: {texts:?}");
    for message in [&first, &second, &third] {
        assert_eq!(desk.state(&message.name).await, DeliveryState::Sent);
    }
});
