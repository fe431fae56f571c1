//! Automated emails to contacts: how they go out, and what speaks against it.

use std::time::Duration;

use helpdesk::grpc::pb::v1::{self, ChannelType, EventType, WorkflowTriggerKind as On, workflow_step::Kind};

use super::hands::{live, on, only_run, outcomes, runs, steps, work, workflow};
use crate::mail::desk::{MailDesk, raw};
use crate::pipeline::hands::{automate, enter, make_email, rule, send_email, set_add_ons};
use crate::support::app::{App, status_name, ticket, user_name};
use crate::support::databases::{TestDatabase, both_engines};
use crate::support::outbox::Sent;
use crate::ticket::hands::{events, messages};

const RECEIVED: &str = "ticket-received";

async fn mails_to(app: &App, address: &str) -> Vec<Sent> {
    let to = |sent: &Sent| sent.mail.to.iter().any(|mailbox| mailbox.address == address);
    app.outbox().await.into_iter().filter(to).collect()
}

/// Sends an email with each ticket that comes.
async fn on_arrival(app: &App, email: &str) {
    live(&app.root(), "mail", workflow(vec![on(On::Created)], vec![send_email(email)])).await;
}

// on the thread, as a mail that says of itself that it is automatic; and yet nobody replied.
both_engines!(an_automated_email_is_a_message_and_no_reply, |db: TestDatabase| async move {
    let desk = MailDesk::start(db).await;
    let app = &desk.app;
    on_arrival(app, RECEIVED).await;
    let sent = v1::PipelineAutomation { on_email_sent: Some(rule("")), ..Default::default() };
    automate(&app.root(), "support", sent, &["on_email_sent"]).await.expect("switched");
    let conversation = desk.begin("ann@x.example").await;
    let follow = v1::FollowTicketRequest {
        name: "accounts/acme/tickets/1".to_owned(),
        user: user_name("mia"),
        ..Default::default()
    };
    app.root().tickets().follow_ticket(follow).await.expect("followed");
    let [mail] = mails_to(app, "ann@x.example").await.try_into().expect("one mail");
    assert!(mail.raw.contains("Hello Ann,"), "{}", mail.raw);
    assert_eq!(mail.header("Auto-Submitted").as_deref(), Some("auto-generated"));
    assert_eq!(mail.header("In-Reply-To").as_deref(), Some("<first.ann@x.example>"));
    assert!(mail.header("Subject").expect("a subject").contains("We received your request: Printer"));
    let now = app.ticket_now("accounts/acme/tickets/1").await;
    let unanswered = now.times.as_ref().is_none_or(|times| times.first_reply_time.is_none());
    assert!(unanswered && now.owner.is_empty() && now.status == status_name("new"), "{now:?}");
    let said = messages(&app.root(), &conversation).await.expect("messages");
    assert_eq!(said.len(), 2);
    let told = v1::ListNotificationsRequest { parent: user_name("mia"), ..Default::default() };
    let told = app.user("mia").notifications().list_notifications(told).await.expect("a page").into_inner();
    assert_eq!(told.notifications, []);
    assert_eq!(outcomes(&only_run(&app.root(), "mail").await), [("s1", "DONE")]);
});

/// What the only run of the ticket that came last says of its email.
async fn last_why(app: &App) -> String {
    work(app).await;
    why_of(app, "mail").await
}

/// What the last run of a workflow says of its last step.
async fn why_of(app: &App, workflow: &str) -> String {
    let run = runs(&app.root(), workflow).await.into_iter().next().expect("a run");
    let entry = run.trace.into_iter().next_back().expect("an entry");
    format!("{} {}", entry.outcome, entry.why.split(':').next().unwrap_or_default())
}

// T-24, C-079: nothing goes to machines, lists, senders in doubt, addresses of our own, such that nobody reads, and nobody.
both_engines!(an_automated_email_is_skipped_with_a_word_why, |db: TestDatabase| async move {
    let desk = MailDesk::start(db).await;
    let app = &desk.app;
    on_arrival(app, RECEIVED).await;
    let tell = Kind::Notify(v1::NotifyStep { users: vec![user_name("mia")], ..Default::default() });
    live(&app.root(), "tell", workflow(vec![on(On::Created)], vec![tell])).await;
    let letter = |number: usize, from: &str, more: &str| {
        let head = format!("From: {from}\r\nTo: mail@acme.example\r\nMessage-ID: <{number}@x.example>\r\n");
        raw("mail", &format!("{head}Subject: {number}\r\n{more}"), "Hello")
    };
    let cases = [
        ("ann@x.example", "Auto-Submitted: auto-replied\r\n", "SKIPPED AUTOMATIC"),
        ("ann@x.example", "X-Auto-Response-Suppress: All\r\n", "SKIPPED AUTOMATIC"),
        (
            "bob@x.example",
            "List-Id: <all.x.example>\r\nList-Unsubscribe: <mailto:x@x.example>\r\n",
            "SKIPPED AUTOMATIC",
        ),
        ("no-reply@x.example", "", "SKIPPED AUTOMATIC"),
        ("mia@acme.example", "", "SKIPPED AUTOMATIC"),
        ("carl@x.example", "", "DONE "),
    ];
    let mut told = Vec::new();
    for (number, (from, more, expected)) in cases.into_iter().enumerate() {
        app.ingest(letter(number, from, more)).await;
        let why = last_why(app).await;
        assert!(why.starts_with(expected), "{from} {more}: {why}");
        told.push(why_of(app, "tell").await);
    }
    // the log says of a notification what became of it, too.
    assert_eq!((told[0].as_str(), told[4].as_str()), ("SKIPPED AUTOMATIC", "SKIPPED AUTOMATIC"));
    assert_eq!(told[5], "DONE 1 told");
    let mut forged = letter(90, "dora@x.example", "");
    let check = v1::SenderCheck { verdict: v1::SenderVerdict::Fail.into(), ..Default::default() };
    forged.message.as_mut().expect("a message").sender_check = Some(check);
    app.ingest(forged).await;
    assert_eq!(last_why(app).await, "SKIPPED AUTOMATIC");
    told.push(why_of(app, "tell").await);
    let unread = app.contact("noreply@y.example", "", false).await.name;
    for (contact, expected) in [(String::new(), "SKIPPED NO_CONTACT"), (unread, "SKIPPED NO_REPLY_ADDRESS")] {
        let by_hand = v1::CreateTicketRequest {
            parent: "accounts/acme".to_owned(),
            ticket: Some(v1::Ticket { contact, ..ticket("By hand") }),
            ..Default::default()
        };
        app.root().tickets().create_ticket(by_hand).await.expect("a ticket");
        assert_eq!(last_why(app).await, expected);
        told.push(why_of(app, "tell").await);
    }
    let to: Vec<String> = app.outbox().await.iter().map(|sent| sent.mail.to[0].address.clone()).collect();
    let (to_mia, others): (Vec<String>, Vec<String>) = to.into_iter().partition(|to| to == "mia@acme.example");
    assert_eq!(others, ["carl@x.example"]);
    assert_eq!(to_mia.len(), told.iter().filter(|why| *why == "DONE 1 told").count(), "{told:?}");
});

// T-24: whoever closes it, nothing goes to where a machine wrote last.
both_engines!(a_person_who_acts_sends_nothing_to_a_machine_either, |db: TestDatabase| async move {
    let desk = MailDesk::start(db).await;
    let app = &desk.app;
    let closed = v1::WorkflowTrigger { statuses: vec![status_name("closed")], ..on(On::StatusEntered) };
    let new = v1::Workflow { reenroll: true, ..workflow(vec![closed], vec![send_email("ticket-closed")]) };
    live(&app.root(), "mail", new).await;
    let head = "From: bot@x.example\r\nTo: mail@acme.example\r\nMessage-ID: <1@x.example>\r\nSubject: Away\r\n\
                Auto-Submitted: auto-replied\r\n";
    let machine = desk.receive(head, "I am away").await.ticket.expect("a ticket").name;
    enter(&app.root(), &machine, &status_name("closed")).await.expect("closed");
    assert_eq!(last_why(app).await, "SKIPPED AUTOMATIC");
    desk.begin("ann@x.example").await;
    enter(&app.root(), "accounts/acme/tickets/2", &status_name("closed")).await.expect("closed");
    assert!(last_why(app).await.starts_with("DONE"));
    assert_eq!(app.outbox().await.len(), 1);
});

// T-24: five a day to one contact, over all its tickets; the next day begins anew.
both_engines!(a_contact_gets_five_automated_emails_a_day, |db: TestDatabase| async move {
    let desk = MailDesk::start(db).await;
    let app = &desk.app;
    on_arrival(app, RECEIVED).await;
    let write = async |number: usize| {
        let head = format!(
            "From: ann@x.example\r\nTo: mail@acme.example\r\nMessage-ID: <{number}@x.example>\r\nSubject: {number}\r\n"
        );
        desk.receive(&head, "Hello").await;
        last_why(app).await
    };
    for number in 0..5 {
        assert!(write(number).await.starts_with("DONE"), "{number}");
    }
    assert_eq!(write(5).await, "SKIPPED TOO_MANY");
    app.advance(Duration::from_hours(24));
    assert!(write(6).await.starts_with("DONE"));
    assert_eq!(mails_to(app, "ann@x.example").await.len(), 6);
});

// what is not transactional goes to marketing contacts alone.
both_engines!(only_marketing_contacts_get_what_is_not_transactional, |db: TestDatabase| async move {
    let desk = MailDesk::start(db).await;
    let app = &desk.app;
    let root = app.root();
    set_add_ons(app, &[v1::AddOn::MarketingHubProfessional, v1::AddOn::TransactionalEmail]).await;
    make_email(&root, "news", false).await.expect("made");
    make_email(&root, "notice", true).await.expect("made");
    let kinds = vec![send_email("news"), send_email("notice")];
    live(&root, "mail", workflow(vec![on(On::Created)], kinds)).await;
    desk.begin("ann@x.example").await;
    work(app).await;
    assert_eq!(outcomes(&only_run(&root, "mail").await), [("s1", "SKIPPED"), ("s2", "DONE")]);
    let bob = app.contact("bob@x.example", "", false).await;
    let contact = v1::Contact { name: bob.name, marketing: true, ..Default::default() };
    let update_mask = Some(crate::pipeline::hands::mask(&["marketing"]));
    let request = v1::UpdateContactRequest { contact: Some(contact), update_mask, ..Default::default() };
    let bob = root.contacts().update_contact(request).await.expect("changed").into_inner().contact.expect("a contact");
    assert!(bob.marketing);
    desk.begin("bob@x.example").await;
    let [first, second] = mails_to(app, "bob@x.example").await.try_into().expect("two mails");
    assert!(first.raw.contains("News on Printer") && second.raw.contains("News on Printer"));
    set_add_ons(app, &[]).await;
    desk.begin("carl@x.example").await;
    work(app).await;
    let run = runs(&root, "mail").await.into_iter().next().expect("a run");
    assert!(run.trace.iter().all(|entry| entry.why.starts_with("SUSPENDED")), "{:?}", run.trace);
});

// C-079, R-039: a ticket of a chat, and one made by hand, begin a mail thread to the contact.
both_engines!(a_contact_without_mail_thread_gets_a_new_one, |db: TestDatabase| async move {
    let desk = MailDesk::start(db).await;
    let app = &desk.app;
    app.channel("chat", ChannelType::Chat).await;
    on_arrival(app, RECEIVED).await;
    crate::ticket::hands::chat(app, "eve", "1", "Hello").await;
    let ann = app.contact("ann@x.example", "", false).await;
    let made = v1::CreateTicketRequest {
        parent: "accounts/acme".to_owned(),
        ticket: Some(v1::Ticket { contact: ann.name, ..ticket("By hand") }),
        ..Default::default()
    };
    app.root().tickets().create_ticket(made).await.expect("a ticket");
    let [mail] = mails_to(app, "ann@x.example").await.try_into().expect("one mail");
    assert_eq!(mail.header("In-Reply-To"), None);
    let head = format!(
        "From: ann@x.example\r\nTo: {}\r\nMessage-ID: <a@x.example>\r\nIn-Reply-To: {}\r\nSubject: Re: By hand\r\n",
        mail.mail.reply_to[0].address,
        mail.header("Message-ID").expect("an id")
    );
    let answer = desk.receive(&head, "Thanks").await;
    assert_eq!(answer.ticket.expect("a ticket").subject, "By hand", "the answer finds its ticket");
    assert_eq!(mails_to(app, "eve@example.com").await.len(), 1, "who chats and has a mail address");
});

// Complaint 24: a workflow does not answer what a workflow sent.
both_engines!(a_workflow_does_not_react_to_its_own_email, |db: TestDatabase| async move {
    let desk = MailDesk::start(db).await;
    let app = &desk.app;
    let new = v1::Workflow { reenroll: true, ..workflow(vec![on(On::MessageSent)], vec![send_email(RECEIVED)]) };
    live(&app.root(), "mail", new).await;
    let conversation = desk.begin("ann@x.example").await;
    desk.reply(&conversation, "Is it on?").await;
    work(app).await;
    assert_eq!(runs(&app.root(), "mail").await.len(), 1);
    let sent = events(&app.root(), "accounts/acme/tickets/1").await;
    assert_eq!(sent.iter().filter(|event| event.r#type() == EventType::MessageSent).count(), 2);
});

// what people of the account are told, in the account's own words, whole teams among them.
both_engines!(a_notification_says_what_it_is_told_to, |db: TestDatabase| async move {
    let desk = MailDesk::start(db).await;
    let app = &desk.app;
    app.agent("ben").await;
    app.team("red", &["ben"]).await;
    let notify = v1::NotifyStep {
        teams: vec![crate::support::app::team_name("red")],
        subject: "Look at {{ticket.number}}".to_owned(),
        text: "{{contact.name}} writes about {{ticket.subject}}.".to_owned(),
        ..Default::default()
    };
    let kinds = vec![Kind::Notify(notify.clone())];
    live(&app.root(), "tell", workflow(vec![on(On::Created)], kinds)).await;
    desk.begin("ann@x.example").await;
    let [mail] = mails_to(app, "ben@acme.example").await.try_into().expect("one mail");
    assert_eq!(mail.header("Subject").as_deref(), Some("Look at 1"));
    assert!(mail.raw.contains("Ann writes about Printer."), "{}", mail.raw);
    let bad = Kind::Notify(v1::NotifyStep { text: "{{ticket.secret}}".to_owned(), ..notify });
    let new = v1::Workflow { steps: steps(vec![bad]), ..workflow(Vec::new(), vec![send_email(RECEIVED)]) };
    let refused = super::hands::create(&app.root(), "bad", new).await;
    crate::support::client::assert_refused(refused, v1::ErrorReason::FieldInvalid);
});
