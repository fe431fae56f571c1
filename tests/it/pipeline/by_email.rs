//! Statuses that follow mails: what counts, what never does, and a closed ticket that is answered.

use helpdesk::grpc::pb::access::AccessLevel;
use helpdesk::grpc::pb::v1::{self, ChannelType, ErrorReason, EventType, StatusCategory as Is, TicketState};

use super::hands::{automate, automation, create, rule, status};
use crate::mail::desk::MailDesk;
use crate::support::app::{App, status_name};
use crate::support::client::{Client, assert_refused};
use crate::support::databases::{TestDatabase, both_engines};
use crate::ticket::hands::{change, comment, events};

/// A desk with both triggers on, and a ticket of Ann's with our first answer to it.
struct Answered {
    desk: MailDesk,
    ticket: String,
    conversation: String,
    /// The Message-ID of our answer.
    ours: String,
    mails: usize,
}

async fn switch(app: &App, sent: v1::StatusRule, reply: v1::StatusRule) {
    let new = v1::PipelineAutomation { on_email_sent: Some(sent), on_contact_reply: Some(reply), ..Default::default() };
    automate(&app.root(), "support", new, &["on_email_sent", "on_contact_reply"]).await.expect("switched");
}

impl Answered {
    async fn start(db: TestDatabase) -> Self {
        let desk = MailDesk::start(db).await;
        switch(&desk.app, rule(""), rule("")).await;
        let conversation = desk.begin("ann@x.example").await;
        let ticket = format!("{}/tickets/1", crate::support::app::account());
        let ours = desk.reply(&conversation, "We look into it.").await.mail_id;
        Self { desk, ticket, conversation, ours, mails: 0 }
    }

    /// A mail of a sender that answers our first one, or `answers`.
    async fn mail(&mut self, sender: &str, answers: Option<&str>, more: &str) -> v1::IngestMessageResponse {
        self.mails += 1;
        let answers = answers.unwrap_or(&self.ours);
        let head = format!(
            "From: {sender}\r\nTo: mail@acme.example\r\nMessage-ID: <m{}@x.example>\r\nIn-Reply-To: <{answers}>\r\n\
             References: <{}>\r\n{more}",
            self.mails, self.ours
        );
        self.desk.receive(&head, "Text").await
    }

    async fn answer(&mut self) -> v1::IngestMessageResponse {
        self.mail("ann@x.example", None, "Subject: Re: Printer\r\n").await
    }

    async fn now(&self) -> v1::Ticket {
        self.desk.app.ticket_now(&self.ticket).await
    }

    async fn status(&self) -> String {
        self.now().await.status
    }

    /// Brings the ticket to a status by hand.
    async fn put(&self, id: &str) {
        super::hands::enter(&self.desk.app.root(), &self.ticket, &status_name(id)).await.expect("put");
    }

    /// Changes of the status so far, those by hand among them.
    async fn changes(&self) -> Vec<v1::Event> {
        let all = events(&self.desk.app.root(), &self.ticket).await;
        let told = |event: &v1::Event| event.r#type() != EventType::TicketCreated && change(event, "status").is_some();
        all.into_iter().filter(told).collect()
    }
}

// C-073, C-075: nothing happens until a box is ticked; then what is sent waits for the
// contact, and the answer waits for us. One event each, by the pipeline.
both_engines!(a_ticket_follows_the_mails_that_go_to_and_fro, |db: TestDatabase| async move {
    let desk = MailDesk::start(db).await;
    let conversation = desk.begin("ann@x.example").await;
    let ticket = format!("{}/tickets/1", crate::support::app::account());
    let ours = desk.reply(&conversation, "We look into it.").await.mail_id;
    assert_eq!(desk.app.ticket_now(&ticket).await.status, status_name("new"), "no box is ticked");
    switch(&desk.app, rule(""), rule("")).await;
    let mut at = Answered { desk, ticket, conversation, ours, mails: 0 };
    at.desk.reply(&at.conversation, "One more question.").await;
    assert_eq!(at.status().await, status_name("waiting-on-contact"));
    at.desk.reply(&at.conversation, "And another.").await;
    assert_eq!(at.changes().await.len(), 1, "C-074: it is there, so nothing happens");
    let answer = at.answer().await;
    assert!(!answer.ticket_reopened && !answer.ticket_created);
    assert_eq!(at.status().await, status_name("waiting-on-us"));
    let changes = at.changes().await;
    assert_eq!(changes.len(), 2);
    let by = changes[1].actor.as_ref().expect("an actor");
    assert!(format!("{by:?}").contains("Pipeline"), "{by:?}");
    assert_eq!(changes[1].cause_chain.as_ref().expect("a cause").depth, 1, "the mail brought it about");
    comment(&at.desk.app.user("mia"), &at.conversation, "To whom it may concern").await.expect("a comment");
    assert_eq!(at.status().await, status_name("waiting-on-us"), "a comment is no mail");
});

// C-074: chosen and edited per pipeline, open or closed, of the same pipeline; a cleared box does nothing.
both_engines!(each_trigger_has_a_status_of_its_own, |db: TestDatabase| async move {
    let mut at = Box::pin(Answered::start(db)).await;
    let root = at.desk.app.root();
    create(&root, "sales", &[("fresh", Is::New), ("won", Is::Closed)]).await;
    assert!(!automation(&root, "sales").await.on_email_sent.expect("a rule").enabled, "of one pipeline only");
    let sent = |rule| v1::PipelineAutomation { on_email_sent: Some(rule), ..Default::default() };
    let stray = automate(&root, "support", sent(rule(&status("sales", "won"))), &["on_email_sent"]).await;
    assert_refused(stray, ErrorReason::StatusNotInPipeline);
    let unusual = automate(&root, "sales", sent(rule("")), &["on_email_sent"]).await;
    assert_refused(unusual, ErrorReason::FieldInvalid);
    automate(&root, "support", sent(rule(&status_name("closed"))), &["on_email_sent.to_status"]).await.expect("chosen");
    at.desk.reply(&at.conversation, "Done.").await;
    let closed = at.now().await;
    assert_eq!((closed.state(), closed.close_time.is_some()), (TicketState::Closed, true));
    assert_eq!(events(&root, &at.ticket).await.last().expect("an event").r#type(), EventType::TicketClosed);
    automate(&root, "support", v1::PipelineAutomation::default(), &["on_contact_reply.enabled"])
        .await
        .expect("cleared");
    at.put("new").await;
    at.answer().await;
    assert_eq!(at.status().await, status_name("new"), "the box is cleared");
    let kept = automation(&root, "support").await;
    assert_eq!(kept.on_email_sent.expect("a rule").to_status, status_name("closed"));
});

// R-161, C-073: what a machine sends, what is sent elsewhere, and chats change nothing.
both_engines!(only_mails_of_users_from_the_ticket_count, |db: TestDatabase| async move {
    let at = Box::pin(Answered::start(db)).await;
    at.put("new").await;
    let body = Some(v1::RichText { text: "By a machine".to_owned(), ..Default::default() });
    let message = Some(v1::Message { body, ..Default::default() });
    let request = v1::SendMessageRequest { parent: at.conversation.clone(), message, ..Default::default() };
    at.desk.app.machine().conversations().send_message(request).await.expect("sent");
    assert_eq!(at.status().await, status_name("new"));
    at.desk.app.channel("chat", ChannelType::Chat).await;
    let said = crate::support::scene::message("chat", "c1", "bob@x.example", "Hello?");
    let chat = at.desk.app.ingest(said).await.ticket.expect("a ticket");
    crate::ticket::hands::reply(&at.desk.app.user("mia"), &chat.conversations[0], "Hi").await.expect("sent");
    assert_eq!(at.desk.app.ticket_now(&chat.name).await.status, status_name("new"), "a chat is no mail");
});

// a mail that is logged on the contact record, be it about the ticket, changes nothing.
both_engines!(a_mail_from_the_contact_record_changes_nothing, |db: TestDatabase| async move {
    let at = Box::pin(Answered::start(db)).await;
    at.put("new").await;
    let contact = at.now().await.contact;
    let activity = v1::Activity {
        kind: v1::ActivityKind::Email.into(),
        subject: "A word".to_owned(),
        contacts: vec![contact],
        ..Default::default()
    };
    let request = v1::CreateActivityRequest {
        parent: crate::support::app::account(),
        activity: Some(activity),
        ..Default::default()
    };
    let made = at.desk.app.user("mia").activities().create_activity(request).await.expect("logged").into_inner();
    let request = v1::AssociateTicketRequest {
        name: at.ticket.clone(),
        activities: vec![made.activity.expect("an activity").name],
        ..Default::default()
    };
    at.desk.app.root().tickets().associate_ticket(request).await.expect("associated");
    assert_eq!(at.status().await, status_name("new"));
});

// an answer on another thread changes nothing, until the ticket was closed and opened again.
both_engines!(other_threads_count_once_the_ticket_was_opened_again, |db: TestDatabase| async move {
    let mut at = Box::pin(Answered::start(db)).await;
    let body = Some(v1::RichText { text: "On another matter".to_owned(), ..Default::default() });
    let request = v1::SendMessageRequest {
        parent: at.conversation.clone(),
        message: Some(v1::Message { body, subject: "Invoice".to_owned(), ..Default::default() }),
        new_thread_channel: crate::support::app::channel_name("mail"),
        ..Default::default()
    };
    let sent = at.desk.app.user("mia").conversations().send_message(request).await.expect("sent").into_inner();
    let other = sent.message.expect("a message").mail_id;
    at.put("new").await;
    let first = at.ours.clone();
    at.ours.clone_from(&other);
    assert_eq!(at.answer().await.ticket.expect("a ticket").name, at.ticket);
    assert_eq!(at.status().await, status_name("new"), "another thread");
    at.ours = first;
    at.answer().await;
    assert_eq!(at.status().await, status_name("waiting-on-us"), "the thread it began with");
    at.put("closed").await;
    at.put("new").await;
    at.ours = other;
    at.answer().await;
    assert_eq!(at.status().await, status_name("waiting-on-us"), "every thread now");
});

// C-072, C-076: whatever the settings, on an open ticket and on a closed one.
both_engines!(what_never_changes_a_status, |db: TestDatabase| async move {
    let mut at = Box::pin(Answered::start(db)).await;
    for id in ["new", "closed"] {
        at.put(id).await;
        let before = at.changes().await.len();
        let forwarded = at.mail("ann@x.example", None, "Subject: Fwd: Printer\r\n").await.message.expect("a message");
        assert!(forwarded.forwarded);
        let forwarded = format!("m{}@x.example", at.mails);
        at.mail("ann@x.example", Some(&forwarded), "Subject: Re: Printer\r\n").await;
        at.mail("mia@acme.example", None, "Subject: Re: Printer\r\n").await;
        at.mail("ann@x.example", None, "Subject: Away\r\nAuto-Submitted: auto-replied\r\n").await;
        let bounce = "Subject: Undelivered\r\nX-Failed-Recipients: ann@x.example\r\nAuto-Submitted: auto-replied\r\n";
        at.mail("mailer-daemon@x.example", None, bounce).await;
        assert_eq!((at.status().await, at.changes().await.len()), (status_name(id), before), "{id}");
    }
    assert!(at.answer().await.ticket_reopened, "an answer does");
});

// another mail of the contact makes another ticket and leaves this one.
both_engines!(other_mails_of_the_contact_change_nothing, |db: TestDatabase| async move {
    let mut at = Box::pin(Answered::start(db)).await;
    at.put("new").await;
    let head = "From: ann@x.example\r\nTo: mail@acme.example\r\nMessage-ID: <other@x.example>\r\nSubject: Phone\r\n";
    let other = at.desk.receive(head, "It rings.").await;
    assert!(other.ticket_created);
    assert_eq!(at.status().await, status_name("new"));
    at.answer().await;
    assert_eq!(at.status().await, status_name("waiting-on-us"));
});

// R-171, C-069, C-070: an answer on a closed ticket opens it in the first open status, with one status event; the next one
// follows the trigger.
both_engines!(an_answer_on_a_closed_ticket_opens_it_and_nothing_else, |db: TestDatabase| async move {
    let mut at = Box::pin(Answered::start(db)).await;
    at.put("closed").await;
    let before = at.changes().await.len();
    assert!(at.answer().await.ticket_reopened);
    let open = at.now().await;
    assert_eq!((open.status, open.close_time), (status_name("new"), None));
    let changes = at.changes().await;
    assert_eq!((changes.len(), changes.last().map(v1::Event::r#type)), (before + 1, Some(EventType::TicketReopened)));
    at.answer().await;
    assert_eq!(at.status().await, status_name("waiting-on-us"));
    at.put("closed").await;
    at.desk.reply(&at.conversation, "One more thing").await;
    let sent = at.now().await;
    assert_eq!((sent.state(), sent.status), (TicketState::Open, status_name("waiting-on-contact")), "C-027");
});

// C-071: a pipeline without an open status, as older data may have one, leaves its ticket closed and says so.
both_engines!(a_ticket_without_an_open_status_stays_closed_and_says_so, |db: TestDatabase| async move {
    use sea_orm::ConnectionTrait;
    let mut at = Box::pin(Answered::start(db)).await;
    let closed = "UPDATE pipeline_status SET category = 'closed'";
    at.put("closed").await;
    at.desk.app.running().service.store.writer().execute_unprepared(closed).await.expect("old data");
    at.desk.app.restart().await;
    let answer = at.answer().await;
    assert!(!answer.ticket_reopened);
    assert_eq!(at.now().await.state(), TicketState::Closed);
    let told = events(&at.desk.app.root(), &at.ticket).await;
    let skipped = told.iter().find(|event| event.r#type() == EventType::TicketAutomationSkipped).expect("an event");
    assert_eq!(change(skipped, "reason"), Some(("", "NO_OPEN_STATUS")));
});

// C-069: opening by an answer is on every plan, also where the rules are not.
both_engines!(spam_stays_where_it_is, |db: TestDatabase| async move {
    let mut at = Box::pin(Answered::start(db)).await;
    let mark = v1::MarkTicketSpamRequest { name: at.ticket.clone(), ..Default::default() };
    at.desk.app.root().tickets().mark_ticket_spam(mark).await.expect("marked");
    at.answer().await;
    at.desk.reply(&at.conversation, "Are you real?").await;
    assert_eq!(at.status().await, status_name("closed"));
});

/// Somebody who reads the automation and may not change it.
async fn reader(app: &App) -> Client {
    app.collaborator("cole", AccessLevel::All).await
}

// the thread that a ticket of a conversation moved or split off began with is its own.
both_engines!(a_ticket_that_was_split_off_has_a_thread_of_its_own, |db: TestDatabase| async move {
    let mut at = Box::pin(Answered::start(db)).await;
    let second = at.answer().await.message.expect("a message").name;
    let cole = reader(&at.desk.app).await;
    assert!(automation(&cole, "support").await.on_contact_reply.expect("a rule").enabled);
    let root = at.desk.app.root();
    let split = crate::ticket::hands::split(&root, &at.ticket, &[second]).await.expect("split");
    let ticket = split.split_ticket.expect("a ticket");
    let ours = at.desk.reply(&ticket.conversations[0], "About this").await.mail_id;
    assert_eq!(at.desk.app.ticket_now(&ticket.name).await.status, status_name("waiting-on-contact"));
    at.ours = ours;
    at.answer().await;
    assert_eq!(at.desk.app.ticket_now(&ticket.name).await.status, status_name("waiting-on-us"));
});
