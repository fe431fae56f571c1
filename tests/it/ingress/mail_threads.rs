//! Raw mail: which thread it continues (T-22), and what never opens a ticket again.

use helpdesk::grpc::pb::v1::{self, SenderVerdict};

use super::bench::{Bench, by, mail, reason};
use crate::attachment::{until, walk};
use crate::support::databases::{TestDatabase, both_engines};

/// A first mail of Ann, and our answer to it with its Message-ID and reply token.
struct Answered {
    bench: Bench,
    ticket: i64,
    thread: String,
    mail_id: String,
    token: String,
}

async fn answered(db: TestDatabase) -> Answered {
    use v1::conversation_service_server::ConversationService;
    let bench = Bench::start(db).await;
    let first =
        mail("From: Ann <Ann@x.example>\r\nMessage-ID: <first@x.example>\r\nSubject: Printer\r\n", "It smokes.");
    let first = bench.ingest("mail", first).await;
    let ticket = first.ticket.expect("a ticket");
    let parent = ticket.conversations[0].clone();
    let body = Some(v1::RichText { text: "We look into it.".into(), html: String::new() });
    let message = Some(v1::Message { body, ..Default::default() });
    let asked = v1::SendMessageRequest { parent, message, ..Default::default() };
    let sent = bench.front.send_message(by(bench.person("mia"), asked)).await.expect("sent").into_inner();
    let sent = sent.message.expect("a message");
    let waiting = super::outbound::pull_once(&bench, "mail").await;
    let token = waiting.messages[0].reply_token.clone();
    Answered { ticket: ticket.number, thread: sent.thread, mail_id: sent.mail_id, token, bench }
}

// T-22: every mixture of token, sender and verdict; our Message-ID is always in References.
both_engines!(a_mail_continues_a_thread_only_by_token_or_as_somebody_who_takes_part, |db: TestDatabase| async move {
    let Answered { bench, thread, mail_id, token, .. } = answered(db).await;
    assert_eq!(token.len(), 32, "128 bits");
    let wrong = "0".repeat(32);
    let mut number = 0;
    for (tag, right) in [(Some(&token), true), (Some(&wrong), false), (None, false)] {
        for (sender, takes_part) in [("ann@x.example", true), ("eve@x.example", false)] {
            for (verdict, failed) in
                [(SenderVerdict::Pass, false), (SenderVerdict::None, false), (SenderVerdict::Fail, true)]
            {
                number += 1;
                let to = tag.map_or_else(|| "mail@acme.example".to_owned(), |tag| format!("mail+{tag}@acme.example"));
                let headers = format!(
                    "From: {sender}\r\nTo: {to}\r\nMessage-ID: <{number}@x.example>\r\nReferences: <{mail_id}>\r\nSubject: Re: Printer\r\n"
                );
                let raw = v1::InboundMessage { sender_verdict: verdict.into(), ..mail(&headers, "Hello") };
                let message = bench.ingest("mail", raw).await.message.expect("a message");
                let continues = right || (takes_part && !failed);
                assert_eq!(message.thread == thread, continues, "{tag:?} {sender} {verdict:?}");
                assert_eq!(message.sender_unverified, verdict != SenderVerdict::Pass);
            }
        }
    }
});

// T-22: neither the subject, nor a Message-ID of theirs, nor a token on another channel finds a thread.
both_engines!(subjects_foreign_ids_and_other_channels_find_no_thread, |db: TestDatabase| async move {
    let Answered { bench, thread, token, .. } = answered(db).await;
    let cases = [
        ("mail", "From: ann@x.example\r\nSubject: Re: Printer [#1]\r\n".to_owned()),
        ("mail", "From: ann@x.example\r\nIn-Reply-To: <first@x.example>\r\nSubject: Re: Printer\r\n".to_owned()),
        ("sales", format!("From: ann@x.example\r\nTo: sales+{token}@acme.example\r\nSubject: Re: Printer\r\n")),
    ];
    for (channel, headers) in cases {
        let answer = bench.ingest(channel, mail(&headers, "Hello")).await;
        assert!(answer.ticket_created, "{headers}");
        assert_ne!(answer.message.expect("a message").thread, thread, "{headers}");
    }
});

// C-072, C-076: recorded, and nothing else.
both_engines!(machines_bounces_and_forwarded_mail_open_no_ticket_again, |db: TestDatabase| async move {
    let Answered { bench, token, ticket, .. } = answered(db).await;
    bench.close(ticket).await;
    let to = format!("From: ann@x.example\r\nTo: mail+{token}@acme.example\r\n");
    let cases = [
        ("auto", "Auto-Submitted: auto-replied\r\nSubject: Away\r\n", (true, false, false)),
        (
            "bounce",
            "X-Failed-Recipients: ann@x.example\r\nAuto-Submitted: auto-replied\r\nSubject: Undelivered\r\n",
            (true, true, false),
        ),
        ("forward", "Subject: Fwd: Printer\r\n", (false, false, true)),
    ];
    for (id, headers, (auto, bounce, forwarded)) in cases {
        let raw = mail(&format!("{to}Message-ID: <{id}@x.example>\r\n{headers}"), "Text");
        let answer = bench.ingest("mail", raw).await;
        let message = answer.message.expect("a message");
        assert_eq!((message.bounce, message.forwarded), (bounce, forwarded), "{id}");
        assert!(message.auto_reply == auto || bounce, "{id}");
        assert_eq!(answer.ticket.expect("the ticket").state(), v1::TicketState::Closed, "{id}");
        assert!(!answer.ticket_reopened, "{id}");
    }
    let person = mail(&format!("{to}Message-ID: <person@x.example>\r\nSubject: Re: Printer\r\n"), "Still smokes");
    assert!(bench.ingest("mail", person).await.ticket_reopened);
});

// C2: the bytes are kept, once, before the message is stored.
both_engines!(the_bytes_of_a_mail_are_kept_once, |db: TestDatabase| async move {
    let bench = Bench::start(db).await;
    let raw = || mail("From: ann@x.example\r\nSubject: Hi\r\n", "Hello");
    let first = bench.ingest("mail", raw()).await;
    let again = bench.ingest("mail", raw()).await;
    assert!(again.duplicate, "without Message-ID the bytes count");
    assert_eq!(first.message, again.message);
    until(|| walk(bench.mails.path()).len() == 1).await;
    assert_eq!(std::fs::read(&walk(bench.mails.path())[0]).expect("readable"), raw().raw_mail);
});

both_engines!(a_mail_without_sender_makes_a_ticket_of_a_visitor, |db: TestDatabase| async move {
    let bench = Bench::start(db).await;
    let answer = bench.ingest("mail", mail("Subject: Anonymous\r\n", "Hello")).await;
    assert!(answer.contact.is_none());
    assert_eq!(answer.ticket.expect("a ticket").subject, "Anonymous");
    let refused =
        bench.try_ingest("mail", v1::InboundMessage { raw_mail: b" \n".to_vec(), ..Default::default() }).await;
    assert_eq!(reason(&refused.expect_err("nothing to read")), "FIELD_INVALID");
});

// T-22: what the adapter found is kept and shown; without a word of its own, DMARC decides. What the mail says of itself
// counts for nothing.
both_engines!(what_was_found_about_a_sender_is_kept_and_shown, |db: TestDatabase| async move {
    use SenderVerdict::{Fail, None, Pass, Unspecified};
    let bench = Bench::start(db).await;
    let cases = [
        ((Unspecified, Unspecified, Unspecified, Unspecified), None),
        ((Unspecified, Pass, Pass, Unspecified), None),
        ((Unspecified, Fail, Fail, Unspecified), Fail),
        ((Unspecified, Fail, Pass, Pass), Pass),
        ((Unspecified, Pass, Pass, Fail), Fail),
        ((Fail, Pass, Pass, Pass), Fail),
    ];
    for (number, ((verdict, spf, dkim, dmarc), whole)) in cases.into_iter().enumerate() {
        let check =
            v1::SenderCheck { verdict: verdict.into(), spf: spf.into(), dkim: dkim.into(), dmarc: dmarc.into() };
        let headers = format!(
            "From: ann@x.example\r\nMessage-ID: <{number}@x.example>\r\nAuthentication-Results: mx; dmarc=pass\r\n"
        );
        let raw = v1::InboundMessage { sender_check: Some(check), ..mail(&headers, "Hello") };
        let message = bench.ingest("mail", raw).await.message.expect("a message");
        let shown = message.sender_check.expect("what was found");
        assert_eq!(shown.verdict(), whole, "{check:?}");
        assert_eq!(shown.dmarc(), if dmarc == Unspecified { None } else { dmarc });
        assert_eq!(message.sender_unverified, whole != Pass);
    }
});

// T-24: a mail of ours that comes back to its channel is nothing new.
both_engines!(a_mail_of_ours_that_comes_back_is_not_taken_in_again, |db: TestDatabase| async move {
    let Answered { bench, mail_id, thread, .. } = answered(db).await;
    let headers =
        format!("From: mail@acme.example\r\nTo: ann@x.example\r\nMessage-ID: <{mail_id}>\r\nSubject: Printer\r\n");
    let back = bench.ingest("mail", mail(&headers, "We look into it.")).await;
    assert!(back.duplicate && !back.ticket_created);
    let message = back.message.expect("the message");
    assert_eq!((message.thread.as_str(), message.direction()), (thread.as_str(), v1::MessageDirection::Outbound));
    assert_eq!(bench.count("message").await, 2);
    let elsewhere = bench.ingest("sales", mail(&headers, "We look into it.")).await;
    assert!(elsewhere.ticket_created, "to another team of ours it is a mail like any other");
});

// A mail shows what is new in it, and keeps the rest.
both_engines!(what_is_quoted_is_told_apart_and_kept, |db: TestDatabase| async move {
    let bench = Bench::start(db).await;
    let text =
        "It still smokes.\r\n-- \r\nAnn\r\n\r\nOn 3 Aug 2026, Help <mail@acme.example> wrote:\r\n> Is it on?\r\n> Mia";
    let headers = "From: ann@x.example\r\nSubject: Re: Printer\r\nList-Id: <users.x.example>\r\n";
    let message = bench.ingest("mail", mail(headers, text)).await.message.expect("a message");
    assert_eq!(message.new_text, "It still smokes.");
    assert!(message.body.expect("a body").text.ends_with("> Is it on?\n> Mia"));
    assert!(message.mailing_list);
    let headers = "From: ann@x.example\r\nSubject: Fwd: Printer\r\nMessage-ID: <fwd@x.example>\r\n";
    let forwarded = bench.ingest("mail", mail(headers, text)).await.message.expect("a message");
    assert_eq!(forwarded.new_text, "", "what is forwarded is what the mail says");
});
