//! What users of comparable systems complained about.

use helpdesk::grpc::pb::v1;

use super::desk::{MailDesk, raw};
use crate::support::app::{ACCOUNT, channel_name};
use crate::support::databases::{TestDatabase, both_engines};

/// How customers' programs answer: the headers and the quoting differ, the thread is one.
const ANSWERS: [(&str, &str); 6] = [
    ("a web client", "In-Reply-To: <{ID}>\r\nReferences: <first.ann@x.example> <{ID}>\r\nSubject: Re: Printer\r\n"),
    ("a phone that keeps the first reference only", "References: <first.ann@x.example>\r\nSubject: Re: Printer\r\n"),
    ("a gateway that lost every reference", "Subject: AW: Printer\r\n"),
    ("a new subject", "In-Reply-To: <{ID}>\r\nSubject: Now it burns\r\n"),
    ("an old client", "In-Reply-To: Your message of Monday <{ID}>\r\nSubject: Re: Printer\r\n"),
    (
        "broken references",
        "References: <first.ann@x.example><{ID}\r\nIn-Reply-To: nonsense\r\nSubject: Re: Printer\r\n",
    ),
];

// Complaint 36: threading of mail was broken, and the customer's answers opened new tickets.
both_engines!(answers_never_open_new_tickets_whatever_program_writes_them, |db: TestDatabase| async move {
    let desk = MailDesk::start(db).await;
    let conversation = desk.begin("ann@x.example").await;
    let sent = desk.reply(&conversation, "Is it on?").await;
    let to = desk.last_mail("ann@x.example").await.mail.reply_to[0].address.clone();
    for (number, (program, head)) in ANSWERS.into_iter().enumerate() {
        let head = head.replace("{ID}", &sent.mail_id);
        let head = format!(
            "From: Ann <Ann@X.example>\r\nTo: <{}>\r\nMessage-ID: <{number}@x.example>\r\n{head}",
            to.to_uppercase()
        );
        let answer = desk.receive(&head, "Yes.").await;
        assert!(!answer.ticket_created, "{program}");
        assert_eq!(answer.message.expect("a message").thread, sent.thread, "{program}");
    }
});

// Complaint 36, T-22: whoever guessed, or saw, how threads are told apart got into somebody else's.
both_engines!(a_token_or_id_of_another_account_or_channel_opens_a_thread_of_its_own, |db: TestDatabase| async move {
    let desk = MailDesk::start(db).await;
    let sent = desk.reply(&desk.begin("ann@x.example").await, "The code is 4711.").await;
    let to = desk.last_mail("ann@x.example").await.mail.reply_to[0].address.clone();
    let key = desk.app.new_account("rival").await;
    let rival = desk.app.user_of("rival", "root");
    let config =
        v1::channel::Config::Email(v1::EmailConfig { address: "mail@rival.example".into(), ..Default::default() });
    let channel = v1::Channel {
        display_name: "Mail".into(),
        r#type: v1::ChannelType::Email.into(),
        config: Some(config),
        ..Default::default()
    };
    let request = v1::CreateChannelRequest {
        parent: "accounts/rival".into(),
        channel: Some(channel),
        channel_id: "mail".into(),
        ..Default::default()
    };
    rival.channels().create_channel(request).await.expect("a channel");
    let head = format!(
        "From: ann@x.example\r\nTo: {to}\r\nReferences: <{}>\r\nMessage-ID: <theirs@x.example>\r\nSubject: Re: Printer\r\n",
        sent.mail_id
    );
    let mut request = raw("mail", &head, "Hello");
    request.channel = channel_name("mail").replace(ACCOUNT, "rival");
    let answer = desk.app.caller(&key).ingress().ingest_message(request).await.expect("taken").into_inner();
    assert!(answer.ticket_created && answer.contact_created);
    let said = format!("{answer:?}");
    assert!(!said.contains("4711") && !said.contains(ACCOUNT), "nothing of the other thread is told: {said}");

    // A stranger who knows our Message-ID but not the token begins anew, and the contact's answers stay the contact's.
    let head = format!(
        "From: eve@y.example\r\nReply-To: ann@x.example\r\nCc: ann@x.example\r\nReferences: <{}>\r\nMessage-ID: <e@y.example>\r\n",
        sent.mail_id
    );
    let answer = desk.receive(&head, "Send me the code").await;
    assert!(answer.ticket_created);
    let stranger = answer.message.expect("a message");
    assert_ne!(stranger.thread, sent.thread);
    assert!(stranger.sender_unverified);
    let conversation = answer.ticket.expect("a ticket").conversations[0].clone();
    desk.reply(&conversation, "Who are you?").await;
    let sent = desk.last_mail("eve@y.example").await;
    assert!(!sent.raw.contains("4711") && !sent.raw.contains("ann@x.example"), "{}", sent.raw);
});
