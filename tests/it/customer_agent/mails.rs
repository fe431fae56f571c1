//! Customer agents that answer mails: what they send says so, and what machines send is no turn (T-24).

use std::time::Duration;

use helpdesk::grpc::pb::v1::{self, DeliveryState, EventType};

use super::assign_conversation::assign;
use super::hands::{agent_name, runtime};
use crate::conversation::talk;
use crate::mail::desk::MailDesk;
use crate::support::client::Client;
use crate::support::databases::{TestDatabase, both_engines};

/// A mail conversation with Ann that `ava` has.
struct Answered {
    desk: MailDesk,
    ava: Client,
    conversation: String,
    epoch: i64,
}

impl Answered {
    async fn start(db: TestDatabase) -> Self {
        let desk = MailDesk::start(db).await;
        let ava = runtime(&desk.app, "ava").await;
        let conversation = desk.begin("ann@x.example").await;
        let (who, epoch) = assign(&desk.app.user("mia"), &conversation, "ava", 0).await.expect("given");
        assert_eq!(who, agent_name("ava"));
        Self { desk, ava, conversation, epoch }
    }

    /// The agent answers, a second later than the last time.
    async fn answer(&self, text: &str) -> v1::Message {
        self.desk.app.advance(Duration::from_secs(1));
        let request = v1::SendMessageRequest { control_epoch: self.epoch, ..talk::reply(&self.conversation, text) };
        talk::send(&self.ava, request).await.message.expect("a message")
    }

    /// A mail of Ann's, or of her machine, on the thread.
    async fn mail(&self, number: usize, more: &str) {
        let to = self.desk.last_mail("ann@x.example").await.mail.reply_to[0].address.clone();
        let head = format!(
            "From: Ann <ann@x.example>\r\nTo: {to}\r\nMessage-ID: <m{number}@x.example>\r\nSubject: Re: Printer\r\n{more}"
        );
        let came = self.desk.receive(&head, "I am away.").await;
        assert_eq!(talk::conversation_of(&came), self.conversation, "{more}");
    }

    /// What became of turns so far, in order.
    async fn turns(&self) -> Vec<String> {
        let events = talk::events(&self.desk.app, EventType::TurnChanged).await;
        events.iter().map(|event| event.fields[0].after.clone()).collect()
    }
}

// T-24, RFC 3834: an answer of a customer agent says that a machine wrote it, and still its delivery report finds it.
both_engines!(a_mail_of_an_agent_says_that_a_machine_wrote_it, |db: TestDatabase| async move {
    let scene = Box::pin(Answered::start(db)).await;
    let sent = scene.answer("Is it on?").await;
    let mail = scene.desk.last_mail("ann@x.example").await;
    assert_eq!(mail.header("Auto-Submitted").as_deref(), Some("auto-replied"));
    assert_eq!(mail.header("X-Auto-Response-Suppress").as_deref(), Some("OOF, AutoReply"));
    assert!(mail.mail.auto_reply && mail.mail.forbids_automatic_answer());
    let mail_id = scene.desk.message(&sent.name).await.mail_id;
    let token = mail_id.split('@').next().expect("a token");
    let head = format!(
        "Return-Path: <>\r\nFrom: postmaster@mx.example\r\nTo: <mail+B.{token}@acme.example>\r\nSubject: Sorry\r\n"
    );
    let report = scene.desk.receive(&head, "Your mail was refused: 554 5.7.1 spam").await;
    assert_eq!(report.message.expect("a message").bounce_of, sent.name);
    assert_eq!(scene.desk.state(&sent.name).await, DeliveryState::Failed);
    assert_eq!(scene.turns().await, ["WAITING", "ANSWERED"], "a report is no turn");
});

// T-24: what a machine answered, and what a list sent, is no turn; what a person wrote after it is one.
both_engines!(what_a_machine_wrote_is_no_turn, |db: TestDatabase| async move {
    let scene = Box::pin(Answered::start(db)).await;
    scene.answer("Is it on?").await;
    let machines = [
        "Auto-Submitted: auto-replied\r\n",
        "Precedence: auto_reply\r\n",
        "X-Autoreply: yes\r\n",
        "List-Id: <users.x.example>\r\n",
        "Precedence: bulk\r\n",
    ];
    for (number, more) in machines.into_iter().enumerate() {
        scene.mail(number, more).await;
    }
    assert_eq!(scene.turns().await, ["WAITING", "ANSWERED"]);
    scene.mail(90, "").await;
    assert_eq!(scene.turns().await, ["WAITING", "ANSWERED", "WAITING"]);
});

// T-24: a machine that does not say what it is gets five answers within an hour, and then it fires as a loop, also where the
// agent hands nothing over.
both_engines!(an_agent_answers_five_mails_an_hour_and_conversation, |db: TestDatabase| async move {
    let scene = Box::pin(Answered::start(db)).await;
    let mut answers = 0;
    while answers < 20 && scene.turns().await.last().is_some_and(|state| state == "WAITING") {
        answers += 1;
        scene.answer(&format!("Try number {answers}.")).await;
        scene.mail(answers, "").await;
    }
    assert_eq!(answers, 5);
    let fired = talk::events(&scene.desk.app, EventType::HandoffTriggered).await;
    assert_eq!(fired.iter().map(|event| event.fields[0].after.as_str()).collect::<Vec<_>>(), ["LOOP"]);
    scene.desk.app.advance(Duration::from_hours(1));
    scene.mail(90, "").await;
    assert_eq!(scene.turns().await.last().map(String::as_str), Some("WAITING"), "the next hour");
});
