//! Loops of machines that answer each other: each of them ends (T-23, T-24, L-25).

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use helpdesk::grpc::pb::v1::{self, ChannelType, EventType, NotificationKind as Kind};
use prost_types::FieldMask;

use super::desk::{MailDesk, raw};
use crate::conversation::talk::{self, events};
use crate::support::app::{App, channel_name, person, user_name};
use crate::support::client::Client;
use crate::support::databases::{TestDatabase, both_engines};
use crate::support::outbox::Sent;
use crate::support::scene::people;
use helpdesk::grpc::pb::access::{AccessLevel, Permission, Seat};

/// Has a person told of everything by mail too.
async fn by_mail(app: &App, account: &str, user: &str) {
    let rule = |kind: Kind| v1::NotificationRule { kind: kind.into(), in_app: true, mail: true };
    let settings = v1::NotificationSettings {
        name: format!("accounts/{account}/users/{user}/notificationSettings"),
        rules: [Kind::Mentioned, Kind::Assigned, Kind::Replied].map(rule).to_vec(),
        ..Default::default()
    };
    let request = v1::UpdateNotificationSettingsRequest {
        notification_settings: Some(settings),
        update_mask: Some(FieldMask { paths: vec!["rules".to_owned()] }),
        ..Default::default()
    };
    app.user_of(account, user).notifications().update_notification_settings(request).await.expect("set");
}

/// A mail of a person who writes the `number`th one to `to`.
fn letter(number: usize, from: &str, to: &str) -> String {
    format!("From: {from}\r\nTo: {to}\r\nMessage-ID: <{number}.{from}>\r\nSubject: Printer {number}\r\n")
}

async fn follow(desk: &MailDesk, ticket: &str, user: &str) {
    let request = v1::FollowTicketRequest { name: ticket.to_owned(), user: user_name(user), ..Default::default() };
    desk.app.root().tickets().follow_ticket(request).await.expect("followed");
}

async fn told(desk: &MailDesk, user: &str) -> usize {
    let request = v1::ListNotificationsRequest { parent: user_name(user), page_size: 200, ..Default::default() };
    let page = desk.app.user(user).notifications().list_notifications(request).await.expect("a page");
    page.into_inner().notifications.len()
}

// T-24, L-25: what comes in on a ticket brings about mail five times an hour; then the log says that it stops, and the list
// of notifications goes on.
both_engines!(what_comes_in_brings_about_five_mails_an_hour_and_ticket, |db: TestDatabase| async move {
    let desk = MailDesk::start(db).await;
    by_mail(&desk.app, "acme", "mia").await;
    let conversation = desk.begin("ann@x.example").await;
    desk.reply(&conversation, "Is it on?").await;
    let to = desk.last_mail("ann@x.example").await.mail.reply_to[0].address.clone();
    let first = desk.receive(&letter(0, "ann@x.example", &to), "On").await.ticket.expect("a ticket").name;
    follow(&desk, &first, "mia").await;
    let mails = async || {
        let all = desk.app.outbox().await;
        all.iter().filter(|sent| sent.mail.to[0].address == "mia@acme.example").count()
    };
    for (number, expected) in [1, 2, 3, 4, 5, 5, 5].into_iter().enumerate() {
        desk.receive(&letter(number + 1, "ann@x.example", &to), "Smoke").await;
        assert_eq!(mails().await, expected, "{number}");
    }
    assert_eq!(told(&desk, "mia").await, 7, "the list has all of them");
    let held = events(&desk.app, EventType::MailHeld).await;
    assert_eq!(held.iter().map(|event| event.ticket.as_str()).collect::<Vec<_>>(), [first.as_str()], "said once");
    desk.app.advance(Duration::from_hours(1));
    desk.receive(&letter(9, "ann@x.example", &to), "Smoke").await;
    assert_eq!(mails().await, 6, "the next hour");
});

// T-24: what a machine wrote, what came through a list, and what comes from an address that nobody reads or from one of the
// account's own, brings about no mail at all.
both_engines!(no_mail_follows_from_machines_or_from_our_own_addresses, |db: TestDatabase| async move {
    let desk = MailDesk::start(db).await;
    let app = &desk.app;
    app.agent("ben").await;
    for user in ["mia", "ben"] {
        by_mail(app, "acme", user).await;
    }
    app.route_to("mail", people(&["mia"], &[])).await;
    let silent = [
        ("a vacation", "ann@x.example", "Auto-Submitted: auto-replied\r\n"),
        ("an old vacation", "ann@x.example", "Precedence: auto_reply\r\n"),
        ("a suppressor", "ann@x.example", "X-Auto-Response-Suppress: All\r\n"),
        ("an empty return path", "ann@x.example", "Return-Path: <>\r\n"),
        ("a mail server", "MAILER-DAEMON@x.example", ""),
        ("a list", "ann@x.example", "List-Id: <users.x.example>\r\n"),
        ("a mailing", "ann@x.example", "Precedence: bulk\r\n"),
        ("an address nobody reads", "no-reply@x.example", ""),
        ("our channel", "mail@acme.example", ""),
        ("our channel, tagged", "mail+abc@acme.example", ""),
        ("a colleague", "Ben@acme.example", ""),
    ];
    for (number, (what, from, more)) in silent.into_iter().enumerate() {
        let answer = desk.receive(&format!("{}{more}", letter(number, from, "mail@acme.example")), "Hello").await;
        assert_eq!(answer.ticket.expect("a ticket").owner, user_name("mia"), "{what}");
        assert_eq!(app.outbox().await.len(), 0, "{what}");
        assert_eq!(told(&desk, "mia").await, number + 1, "{what}: it is told in the list");
    }
    desk.receive(&letter(90, "ann@x.example", "mail@acme.example"), "Hello").await;
    assert_eq!(app.outbox().await.len(), 1, "what a person wrote does");
});

// T-23: tickets that somebody opens in the names of others bring those others no mail.
both_engines!(tickets_in_the_names_of_others_bring_them_no_mail, |db: TestDatabase| async move {
    let desk = MailDesk::start(db).await;
    by_mail(&desk.app, "acme", "mia").await;
    desk.app.route_to("mail", people(&["mia"], &[])).await;
    for number in 0..60 {
        let victim = format!("victim-{}@x.example", number % 20);
        desk.receive(&letter(number, &victim, "mail@acme.example"), "Buy at evil.example").await;
    }
    let sent = desk.app.outbox().await;
    let to: BTreeSet<&str> = sent.iter().map(|sent| sent.mail.to[0].address.as_str()).collect();
    assert_eq!(to, BTreeSet::from(["mia@acme.example"]), "our own people alone are told");
    assert!(sent.iter().all(|sent| !sent.raw.contains("evil.example")));
    assert_eq!(events(&desk.app, EventType::MessageSent).await, Vec::new(), "nor does the channel answer");
});

/// Two accounts that write to each other, and machines that answer whatever they get.
struct Wires {
    app: App,
    rival: String,
    taken: BTreeSet<String>,
    /// Mails by sender and recipient.
    pairs: BTreeMap<(String, String), usize>,
    answers: usize,
}

impl Wires {
    async fn start(db: TestDatabase) -> Self {
        let app = App::start_set(db, &[("mail.from_domain", "acme.example")]).await;
        let rival = app.new_account("rival").await;
        for (account, user, email) in [
            ("acme", "mia", "mail@rival.example"),
            ("acme", "vic", "vacation@people.example"),
            ("rival", "kim", "mail@acme.example"),
        ] {
            let user_id = user.to_owned();
            let user =
                v1::User { email: email.to_owned(), seat: Seat::Service.into(), ..person(user, AccessLevel::All) };
            let parent = format!("accounts/{account}");
            let request =
                v1::CreateUserRequest { parent, user: Some(user), user_id: user_id.clone(), ..Default::default() };
            app.user_of(account, "root").users().create_user(request).await.expect("a user");
            by_mail(&app, account, &user_id).await;
        }
        for (account, id) in [("acme", "mail"), ("acme", "helpdesk"), ("rival", "mail")] {
            channel(&app, account, id).await;
        }
        Self { app, rival, taken: BTreeSet::new(), pairs: BTreeMap::new(), answers: 0 }
    }

    /// Has both accounts answer by themselves: what opens a ticket, what closes it, and whatever comes in.
    async fn automate(&self) {
        for account in ["acme", "rival"] {
            let root = self.app.user_of(account, "root");
            let status = |id: &str| format!("accounts/{account}/pipelines/support/statuses/{id}");
            let email = |id: &str| {
                let text_block = format!("accounts/{account}/textBlocks/{id}");
                v1::workflow_step::Kind::SendEmail(v1::SendEmailStep { text_block })
            };
            for (at, id) in [("new", "ticket-received"), ("closed", "ticket-closed")] {
                let step = v1::WorkflowStep { step_id: "mail".to_owned(), kind: Some(email(id)), ..Default::default() };
                let request = v1::CreateStatusActionRequest {
                    parent: status(at),
                    status_action: Some(v1::StatusAction { step: Some(step), ..Default::default() }),
                    ..Default::default()
                };
                root.pipelines().create_status_action(request).await.expect("added");
            }
            let step = v1::WorkflowStep {
                step_id: "mail".to_owned(),
                kind: Some(email("ticket-received")),
                ..Default::default()
            };
            let kind = v1::WorkflowTriggerKind::MessageReceived.into();
            let workflow = v1::Workflow {
                display_name: "Answers".to_owned(),
                triggers: vec![v1::WorkflowTrigger { kind, ..Default::default() }],
                reenroll: true,
                steps: vec![step],
                ..Default::default()
            };
            let request = v1::CreateWorkflowRequest {
                parent: format!("accounts/{account}"),
                workflow: Some(workflow),
                workflow_id: "answers".to_owned(),
                ..Default::default()
            };
            root.workflows().create_workflow(request).await.expect("made");
            let name = format!("accounts/{account}/workflows/answers");
            let request = v1::TurnOnWorkflowRequest { name, ..Default::default() };
            root.workflows().turn_on_workflow(request).await.expect("on");
        }
    }

    /// Brings every new mail where it goes; returns how many there were.
    async fn pump(&mut self) -> usize {
        let sent = self.app.outbox().await;
        let new: Vec<Sent> = sent
            .into_iter()
            .filter(|sent| self.taken.insert(sent.mail.message_id.clone().unwrap_or_default()))
            .collect();
        for sent in &new {
            let (from, to) = (address(sent.mail.sender.as_ref()), address(sent.mail.to.first()));
            *self.pairs.entry((from, to.clone())).or_default() += 1;
            self.arrive(&to, sent.raw.as_bytes().to_vec()).await;
            self.answer(&to, sent).await;
        }
        new.len()
    }

    /// A mail reaches a channel, if one has this address.
    async fn arrive(&self, to: &str, bytes: Vec<u8>) {
        let (caller, channel) = match to {
            "mail@acme.example" => (self.app.machine(), channel_name("mail")),
            "helpdesk@acme.example" => (self.app.machine(), channel_name("helpdesk")),
            "mail@rival.example" => (self.app.caller(&self.rival), channel_name("mail").replace("acme", "rival")),
            _ => return,
        };
        let message = Some(v1::InboundMessage { raw_mail: bytes, ..Default::default() });
        let request = v1::IngestMessageRequest { channel, message, ..Default::default() };
        caller.ingress().ingest_message(request).await.expect("taken");
    }

    /// What a machine at an address answers, against every rule.
    async fn answer(&mut self, at: &str, sent: &Sent) {
        let back = sent.mail.reply_to.first().or(sent.mail.sender.as_ref());
        let (to, id) = (back.map(|to| to.address.clone()).unwrap_or_default(), sent.mail.message_id.clone());
        self.answers += 1;
        let head = match at.split('@').next() {
            Some("vacation") => format!("From: {at}\r\nSubject: I am away\r\n"),
            Some("bounce") => "From: MAILER-DAEMON@x.example\r\nSubject: Undelivered\r\nReturn-Path: <>\r\n".to_owned(),
            _ => return,
        };
        let number = self.answers;
        let mail = format!(
            "{head}To: {to}\r\nMessage-ID: <answer.{number}@x.example>\r\nIn-Reply-To: <{}>\r\n\r\nNo.\r\n",
            id.unwrap_or_default()
        );
        let place = untagged(&to);
        self.arrive(&place, mail.into_bytes()).await;
    }
}

async fn channel(app: &App, account: &str, id: &str) {
    let config = v1::EmailConfig { address: format!("{id}@{account}.example"), ..Default::default() };
    let channel = v1::Channel {
        display_name: id.to_owned(),
        r#type: ChannelType::Email.into(),
        config: Some(v1::channel::Config::Email(config)),
        pipeline: format!("accounts/{account}/pipelines/support"),
        ..Default::default()
    };
    let parent = format!("accounts/{account}");
    let request =
        v1::CreateChannelRequest { parent, channel: Some(channel), channel_id: id.to_owned(), ..Default::default() };
    let root = app.user_of(account, "root");
    root.channels().create_channel(request).await.expect("a channel");
    let users = if account == "acme" { vec!["mia", "vic"] } else { vec!["kim"] };
    let users = users.into_iter().map(|user| format!("accounts/{account}/users/{user}")).collect();
    let target = v1::channel_routing::Target::People(v1::PeopleTarget { users, teams: Vec::new() });
    let name = format!("accounts/{account}/channels/{id}/routing");
    let request = v1::UpdateChannelRoutingRequest {
        channel_routing: Some(v1::ChannelRouting { name, target: Some(target), ..Default::default() }),
        update_mask: Some(FieldMask { paths: vec!["people".to_owned()] }),
        ..Default::default()
    };
    root.channels().update_channel_routing(request).await.expect("routed");
}

fn address(mailbox: Option<&helpdesk::mail::Mailbox>) -> String {
    mailbox.map(|mailbox| untagged(&mailbox.address)).unwrap_or_default()
}

fn untagged(address: &str) -> String {
    let (local, domain) = address.split_once('@').unwrap_or((address, ""));
    format!("{}@{domain}", local.split('+').next().unwrap_or_default())
}

// T-24: two accounts that answer each other, a mail server, a vacation program that reads no header, an address that nobody
// reads: within a day at most six mails go from one to another, and then there is silence.
both_engines!(every_loop_ends, |db: TestDatabase| async move {
    let mut wires = Wires::start(db).await;
    for sender in ["mail@rival.example", "vacation@x.example", "bounce@x.example", "no-reply@x.example"] {
        let request = raw("mail", &letter(0, sender, "mail@acme.example"), "Hello");
        let came = wires.app.ingest(request).await.ticket.expect("a ticket");
        let request = v1::FollowTicketRequest { name: came.name.clone(), user: user_name("mia"), ..Default::default() };
        wires.app.root().tickets().follow_ticket(request).await.expect("followed");
        let message = Some(v1::Message {
            body: Some(v1::RichText { text: "Is it on?".to_owned(), ..Default::default() }),
            ..Default::default()
        });
        let request = v1::SendMessageRequest { parent: came.conversations[0].clone(), message, ..Default::default() };
        wires.app.user("mia").conversations().send_message(request).await.expect("sent");
    }
    let mut last_busy = 0;
    for step in 1..=144 {
        if wires.pump().await > 0 {
            last_busy = step;
        }
        wires.app.advance(Duration::from_mins(10));
    }
    assert!(wires.pairs.values().all(|count| *count <= 6), "{:?}", wires.pairs);
    assert!(last_busy > 1 && last_busy < 36, "silent after {last_busy} rounds: {:?}", wires.pairs);
    let to = |address: &str| wires.pairs.keys().any(|(_, to)| to == address);
    assert!(to("mail@rival.example") && to("vacation@x.example") && to("bounce@x.example") && to("no-reply@x.example"));
});

// T-24: nor does it go on when both accounts answer by themselves whatever they get: five automated emails a day to one
// contact, none to machines, and at most six mails from one to another.
both_engines!(every_loop_of_automated_emails_ends, |db: TestDatabase| async move {
    let mut wires = Wires::start(db).await;
    wires.automate().await;
    for (number, sender) in
        ["mail@rival.example", "vacation@x.example", "bounce@x.example", "no-reply@x.example"].into_iter().enumerate()
    {
        wires.app.ingest(raw("mail", &letter(number, sender, "mail@acme.example"), "Hello")).await;
    }
    let mut last_busy = 0;
    for step in 1..=144 {
        if wires.pump().await > 0 {
            last_busy = step;
        }
        wires.app.advance(Duration::from_mins(10));
    }
    assert!(wires.pairs.values().all(|count| *count <= 6), "{:?}", wires.pairs);
    assert!(last_busy > 1 && last_busy < 36, "silent after {last_busy} rounds: {:?}", wires.pairs);
    let to = |address: &str| wires.pairs.iter().filter(|((_, to), _)| to == address).map(|(_, count)| *count).sum();
    let counts: [usize; 3] = ["vacation@x.example", "no-reply@x.example", "bounce@x.example"].map(to);
    assert!(counts[0] == 5 && counts[1] == 0 && (1..=2).contains(&counts[2]), "{:?}", wires.pairs);
});

/// A customer agent's runtime in a conversation that the agent has, and the epoch.
struct Answering {
    runtime: Client,
    conversation: String,
    control_epoch: i64,
}

impl Answering {
    /// Makes a customer agent of an account and gives it a conversation.
    async fn start(app: &App, account: &str, conversation: &str) -> Self {
        let (root, parent) = (app.user_of(account, "root"), format!("accounts/{account}"));
        let request = v1::CreateCustomerAgentRequest {
            parent: parent.clone(),
            customer_agent: Some(v1::CustomerAgent { display_name: "Ava".to_owned(), ..Default::default() }),
            customer_agent_id: "ava".to_owned(),
            ..Default::default()
        };
        root.agents().create_customer_agent(request).await.expect("an agent");
        let customer_agent = format!("{parent}/customerAgents/ava");
        let key = v1::AccessKey {
            display_name: "Runtime".to_owned(),
            permissions: vec![Permission::CustomerAgentsAct.into()],
            customer_agent: customer_agent.clone(),
            ..Default::default()
        };
        let request = v1::CreateAccessKeyRequest { parent, access_key: Some(key), ..Default::default() };
        let runtime = app.caller(&root.access().create_access_key(request).await.expect("a key").into_inner().secret);
        let conversation = conversation.to_owned();
        let request =
            v1::AssignConversationRequest { conversation: conversation.clone(), customer_agent, ..Default::default() };
        let given = root.agents().assign_conversation(request).await.expect("given").into_inner();
        let controller = given.conversation.expect("the conversation").controller;
        Self { runtime, conversation, control_epoch: controller.expect("a controller").epoch }
    }

    async fn answer(&self) {
        let reply = talk::reply(&self.conversation, "How can I help?");
        talk::send(&self.runtime, v1::SendMessageRequest { control_epoch: self.control_epoch, ..reply }).await;
    }
}

impl Wires {
    /// How often something became of a turn of an account's customer agents.
    async fn turns(&self, account: &str) -> usize {
        let event_filter = Some(v1::EventFilter { types: vec![EventType::TurnChanged.into()], ..Default::default() });
        let parent = format!("accounts/{account}");
        let request = v1::ListEventsRequest { parent, event_filter, ..Default::default() };
        let root = self.app.user_of(account, "root");
        root.events().list_events(request).await.expect("a page").into_inner().events.len()
    }

    /// The conversation that the rival began with the answer to a mail.
    async fn theirs(&self) -> String {
        let request = v1::ListTicketsRequest { parent: "accounts/rival".to_owned(), ..Default::default() };
        let root = self.app.user_of("rival", "root");
        let mut page = root.tickets().list_tickets(request).await.expect("a page").into_inner().tickets;
        page.retain(|ticket| ticket.subject.ends_with("Printer 0"));
        page.remove(0).conversations.remove(0)
    }
}

// T-24: the customer agents of two accounts have the two ends of a conversation. What the one sends says that a machine wrote
// it, so it is no turn of the other one.
both_engines!(two_customer_agents_do_not_answer_each_other, |db: TestDatabase| async move {
    let mut wires = Wires::start(db).await;
    let begun = wires.app.ingest(raw("mail", &letter(0, "mail@rival.example", "mail@acme.example"), "Hello")).await;
    let ours = Answering::start(&wires.app, "acme", &begun.ticket.expect("a ticket").conversations[0]).await;
    ours.answer().await;
    wires.pump().await;
    let theirs = Answering::start(&wires.app, "rival", &wires.theirs().await).await;
    assert_eq!((wires.turns("acme").await, wires.turns("rival").await), (2, 0), "given and answered; none");
    // An agent that speaks unasked.
    theirs.answer().await;
    while wires.pump().await > 0 {
        wires.app.advance(Duration::from_mins(10));
    }
    assert_eq!((wires.turns("acme").await, wires.turns("rival").await), (2, 0));
    let count = |from: &str, to: &str| wires.pairs.get(&(from.to_owned(), to.to_owned())).copied();
    let (acme, rival) = ("mail@acme.example", "mail@rival.example");
    assert_eq!((count(acme, rival), count(rival, acme)), (Some(1), Some(1)));
});
