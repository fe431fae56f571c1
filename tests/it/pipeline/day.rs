//! The day of the pipeline article, from the first mail to the last, with real mails through a mail server.

use std::time::Duration;

use helpdesk::grpc::pb::v1::{self, ChannelType, WorkflowTriggerKind as On, workflow_step::Kind};

use super::hands::{act, automate, enter, rule, send_email};
use crate::mail::desk::MailDesk;
use crate::support::app::{status_name, user_name};
use crate::support::databases::{TestDatabase, both_engines};
use crate::support::outbox::Sent;
use crate::support::smtp_sink::SmtpSink;
use crate::ticket::hands::chat;
use crate::workflow::hands::{category, live, on, workflow};

const TICKET: &str = "accounts/acme/tickets/1";

struct Day {
    desk: MailDesk,
    sink: SmtpSink,
}

impl Day {
    async fn begin(db: TestDatabase, sink: SmtpSink) -> Self {
        let settings = sink.settings();
        let settings: Vec<_> = settings.iter().map(|(key, value)| (*key, value.as_str())).collect();
        let desk = MailDesk::start_set(db, &settings).await;
        let root = desk.app.root();
        let both = v1::PipelineAutomation {
            on_email_sent: Some(rule("")),
            on_contact_reply: Some(rule("")),
            ..Default::default()
        };
        automate(&root, "support", both, &["on_email_sent", "on_contact_reply"]).await.expect("switched");
        act(&root, "new", "received", send_email("ticket-received")).await.expect("added");
        act(&root, "closed", "bye", send_email("ticket-closed")).await.expect("added");
        let tell = v1::NotifyStep { users: vec![user_name("mia")], ..Default::default() };
        act(&root, "waiting-on-us", "tell", Kind::Notify(tell)).await.expect("added");
        let chats = v1::Workflow {
            condition: "source = CHAT".to_owned(),
            ..workflow(vec![on(On::Created)], vec![category("chat")])
        };
        live(&root, "chats", chats).await;
        Self { desk, sink }
    }

    /// Works off what is due, and the one mail that came of it.
    async fn mail(&self, to: &str) -> Sent {
        self.desk.work().await;
        let taken = self.sink.next();
        assert_eq!(taken.recipients, [to]);
        self.quiet().await;
        taken.mail()
    }

    /// Nothing more goes out.
    async fn quiet(&self) {
        self.desk.work().await;
        assert_eq!(self.sink.more(), Vec::<Vec<String>>::new());
    }

    async fn status(&self) -> String {
        self.desk.app.ticket_now(TICKET).await.status.rsplit('/').next().unwrap_or_default().to_owned()
    }

    /// Ann answers a mail.
    async fn answer(&self, id: &str, to: &Sent) -> v1::IngestMessageResponse {
        let head = format!(
            "From: ann@x.example\r\nTo: {}\r\nMessage-ID: <{id}@x.example>\r\nIn-Reply-To: {}\r\nSubject: Re: Printer\r\n",
            to.mail.reply_to[0].address,
            to.header("Message-ID").expect("an id")
        );
        self.desk.receive(&head, "It still smokes.").await
    }
}

// channels, close dates, both triggers,
// actions on statuses, chats left out, and a workflow for them.
both_engines!(a_day_with_a_pipeline, |db: TestDatabase| async move {
    let Some(sink) = SmtpSink::start("a_day_with_a_pipeline") else { return };
    let day = Box::pin(Day::begin(db, sink)).await;
    let (desk, app) = (&day.desk, &day.desk.app);
    let conversation = desk.begin("ann@x.example").await;
    let received = day.mail("ann@x.example").await;
    assert!(received.header("Subject").expect("a subject").contains("We received your request: Printer"));
    assert_eq!(day.status().await, "new", "an automated email changes no status");
    desk.reply(&conversation, "Is it on?").await;
    let reply = day.mail("ann@x.example").await;
    assert_eq!(day.status().await, "waiting-on-contact");
    day.answer("a1", &reply).await;
    let told = day.mail("mia@acme.example").await;
    assert!(told.raw.contains("is in the status Waiting on us"), "{}", told.raw);
    assert_eq!(day.status().await, "waiting-on-us");
    enter(&app.root(), TICKET, &status_name("closed")).await.expect("closed");
    let closed = day.mail("ann@x.example").await;
    assert!(closed.header("Subject").expect("a subject").contains("Your request is closed"));
    assert!(app.ticket_now(TICKET).await.close_time.is_some());
    assert!(day.answer("a2", &closed).await.ticket_reopened);
    day.mail("ann@x.example").await;
    let open = app.ticket_now(TICKET).await;
    assert!(open.close_time.is_none() && open.status == status_name("new"));
    app.advance(Duration::from_hours(1));
    app.channel("chat", ChannelType::Chat).await;
    let eve = chat(app, "eve", "1", "Hello").await.ticket.expect("a ticket").name;
    day.quiet().await;
    assert_eq!(app.ticket_now(&eve).await.category, "chat");
    app.channel("form", ChannelType::Form).await;
    app.arrives("form", "f1", "bob@x.example").await;
    day.mail("bob@x.example").await;
});
