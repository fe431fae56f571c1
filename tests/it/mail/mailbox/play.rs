//! Plays the mailbox, round by round: everybody writes at the same time, mails go out, everybody reads.

use std::collections::BTreeMap;

use futures_util::StreamExt;
use futures_util::stream;
use helpdesk::grpc::pb::v1;

use super::clients::{self, Answered, TEAM};
use super::dice::Dice;
use crate::mail::desk::{MailDesk, raw};
use crate::support::app::{account, channel_name, user_name};
use crate::support::databases::TestDatabase;

/// Calls at the same time.
const TOGETHER: usize = 6;
/// In every reply of ours, and nowhere else.
pub const OURS: &str = "reference-of-the-house";

/// What customers write about.
const SUBJECTS: [&str; 8] = [
    "Printer",
    "Invoice 4711",
    "Where is my order?",
    "Kündigung",
    "Problème de connexion",
    "Question",
    "No puedo entrar",
    "Printer [Ticket #12]",
];
/// What they say.
const SAID: [&str; 6] = [
    "It still does not work, I tried twice.",
    "Danke, das hat geholfen.\r\n\r\nEine Frage noch: geht das auch am Montag?",
    "Yes.\r\nNo.\r\nPerhaps on 12 March:\r\nor later.",
    "Oui, depuis hier > 5 minutes d'attente à chaque fois.",
    "Please close it - thank you & all the best,\r\nA.",
    "1) on\r\n2) off\r\n3) smoke",
];

/// A thread as the people in it see it.
#[derive(Debug, Clone)]
pub struct Strand {
    pub customer: String,
    pub subject: String,
    /// Name of the service's thread.
    pub thread: String,
    pub conversation: String,
    pub ticket: String,
    /// Message-IDs so far.
    pub ids: Vec<String>,
    /// Our last mail in it, as the customer got it, with its name here.
    pub last: Option<(Answered, String)>,
    pub first_mail: v1::IngestMessageRequest,
}

/// What was found.
#[derive(Debug, Clone, Default)]
pub struct Found {
    /// Messages that belong to a thread that was there.
    pub belonging: usize,
    /// Those of them that began a new one.
    pub missed: usize,
    /// Those that nothing in their headers leads back.
    pub led_nowhere: usize,
    /// Messages that were put into a thread that they do not belong to.
    pub joined_wrongly: usize,
    /// Answers of which something new was not shown as new.
    pub words_hidden: usize,
    /// Answers that quote us, and those of them whose quote was shown as new.
    pub quoting: usize,
    pub quotes_shown: usize,
    /// Automatic mails that were not known as such.
    pub machines_unseen: usize,
    pub reopened_by_machines: usize,
    /// Reports of failed deliveries that were played, and that found their message.
    pub failed: usize,
    pub bounces: usize,
    /// Replies of people, mails that went out, and mails of machines among those to customers.
    pub replies: usize,
    pub mails_out: usize,
    pub answers_to_machines: usize,
}

pub struct Mailbox {
    pub desk: MailDesk,
    pub dice: Dice,
    pub strands: Vec<Strand>,
    pub found: Found,
    pub count: usize,
    written: usize,
}

impl Mailbox {
    /// A channel whose tickets go to a person with the address of the team: the worst that a loop can wish for.
    pub async fn open(db: TestDatabase, seed: u64, count: usize) -> Self {
        let desk = MailDesk::start(db).await;
        let person = crate::support::app::person("team", helpdesk::grpc::pb::access::AccessLevel::All);
        let seat = helpdesk::grpc::pb::access::Seat::Service.into();
        let team = desk.app.add_user(v1::User { seat, email: TEAM.to_owned(), ..person }, "team").await;
        desk.app.available("team", true).await;
        desk.app.route_to("mail", crate::support::scene::people(&["team"], &[])).await;
        let rules = [v1::NotificationKind::Assigned, v1::NotificationKind::Replied];
        let rules = rules.map(|kind| v1::NotificationRule { kind: kind.into(), in_app: true, mail: true });
        let name = format!("{}/notificationSettings", user_name("team"));
        let request = v1::UpdateNotificationSettingsRequest {
            notification_settings: Some(v1::NotificationSettings { name, rules: rules.to_vec(), ..Default::default() }),
            update_mask: Some(prost_types::FieldMask { paths: vec!["rules".to_owned()] }),
            ..Default::default()
        };
        team.notifications().update_notification_settings(request).await.expect("set");
        let (strands, found) = (Vec::new(), Found::default());
        Self { desk, dice: Dice::new(seed), strands, found, count, written: 0 }
    }

    /// A Message-ID that nobody had.
    pub fn new_id(&mut self) -> String {
        self.written += 1;
        format!("{}.{}@x.example", self.written, self.dice.below(1 << 30))
    }

    /// Takes in mails at the same time; answers in the order of the requests.
    pub async fn take(&self, requests: Vec<v1::IngestMessageRequest>) -> Vec<v1::IngestMessageResponse> {
        let app = &self.desk.app;
        stream::iter(requests).map(|request| app.ingest(request)).buffered(TOGETHER).collect().await
    }

    /// Everybody's first mail. Some write several times, and about the same things as others.
    pub async fn begin(&mut self) {
        let mut begun = Vec::new();
        for number in 0..self.count {
            let customer = format!("c{}@x.example", number % (self.count * 4 / 5).max(1));
            let (subject, id) = ((*self.dice.pick(&SUBJECTS)).to_owned(), self.new_id());
            let head = format!(
                "From: Customer {number} <{customer}>\r\nTo: {TEAM}\r\nMessage-ID: <{id}>\r\nSubject: {subject}\r\nContent-Type: text/plain; charset=utf-8\r\n"
            );
            let said = *self.dice.pick(&SAID);
            begun.push((customer, subject, id, raw("mail", &head, said)));
        }
        let answers = self.take(begun.iter().map(|(.., request)| request.clone()).collect()).await;
        for ((customer, subject, id, first_mail), answer) in begun.into_iter().zip(answers) {
            self.found.joined_wrongly += usize::from(!answer.ticket_created);
            let (ticket, message) = (answer.ticket.expect("a ticket"), answer.message.expect("a message"));
            let conversation = ticket.conversations[0].clone();
            let strand = Strand {
                customer,
                subject,
                thread: message.thread,
                conversation,
                ticket: ticket.name,
                ids: vec![id],
                last: None,
                first_mail,
            };
            self.strands.push(strand);
        }
    }

    /// Most threads get a reply of ours, and most of those an answer.
    pub async fn answer(&mut self) {
        let chosen: Vec<usize> = (0..self.strands.len()).filter(|_| self.dice.mille(700)).collect();
        let (desk, strands) = (&self.desk, &self.strands);
        let text = format!("We look into it.\n\nIs it on?\n{OURS}");
        let sent: Vec<v1::Message> = stream::iter(&chosen)
            .map(|index| desk.reply(&strands[*index].conversation, &text))
            .buffered(TOGETHER)
            .collect()
            .await;
        self.found.replies += sent.len();
        let mails = self.desk.app.outbox().await;
        let mut by_id: BTreeMap<String, _> =
            mails.into_iter().map(|sent| (sent.mail.message_id.clone().unwrap_or_default(), sent)).collect();
        for (index, message) in chosen.iter().zip(sent) {
            let mail = by_id.remove(&message.mail_id).expect("it went out").mail;
            let strand = &mut self.strands[*index];
            assert_eq!(
                (message.thread.as_str(), mail.to[0].address.as_str()),
                (strand.thread.as_str(), strand.customer.as_str())
            );
            let reply_to = mail.reply_to[0].address.clone();
            let answered = Answered {
                mail_id: message.mail_id.clone(),
                references: strand.ids.clone(),
                reply_to,
                text: mail.text,
            };
            strand.ids.push(message.mail_id);
            strand.last = Some((answered, message.name));
        }
        let answering: Vec<usize> = chosen.into_iter().filter(|_| self.dice.mille(850)).collect();
        self.write_back(&answering).await;
    }

    async fn write_back(&mut self, answering: &[usize]) {
        let mut written = Vec::new();
        for index in answering {
            let id = self.new_id();
            let strand = &mut self.strands[*index];
            let Some((answered, _)) = &strand.last else { continue };
            let said = *self.dice.pick(&SAID);
            let answer = clients::answer(&mut self.dice, &strand.subject, said, answered);
            let head = format!("From: <{}>\r\nMessage-ID: <{id}>\r\n{}", strand.customer, answer.head);
            strand.ids.push(id);
            written.push((*index, said, answer.leads_back, raw("mail", &head, &answer.body)));
        }
        let answers = self.take(written.iter().map(|(.., request)| request.clone()).collect()).await;
        for ((index, said, leads_back, _), answer) in written.into_iter().zip(answers) {
            self.belongs(index, &answer, leads_back);
            self.read(said, &answer.message.expect("a message"));
        }
    }

    /// Counts a message that belongs to a thread.
    pub fn belongs(&mut self, index: usize, answer: &v1::IngestMessageResponse, leads_back: bool) {
        let found = answer.message.as_ref().is_some_and(|message| message.thread == self.strands[index].thread);
        self.found.belonging += 1;
        self.found.led_nowhere += usize::from(!leads_back);
        self.found.missed += usize::from(!found);
        self.found.joined_wrongly += usize::from(!found && !answer.ticket_created);
    }

    fn read(&mut self, said: &str, message: &v1::Message) {
        let text = message.body.as_ref().expect("a body").text.as_str();
        let shown = if message.new_text.is_empty() { text } else { &message.new_text };
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>().join(" ");
        self.found.words_hidden += usize::from(!words(shown).contains(&words(said)));
        self.found.quoting += usize::from(text.contains(OURS));
        self.found.quotes_shown += usize::from(shown.contains(OURS));
    }

    /// What went out, and how it all stands.
    pub async fn judge(&mut self) -> Found {
        let mails = self.desk.app.outbox().await;
        let by_machine = mails.iter().filter(|sent| sent.header("Auto-Submitted").is_some());
        self.found.answers_to_machines +=
            by_machine.filter(|sent| !sent.mail.to[0].address.ends_with("@acme.example")).count();
        self.found.mails_out = mails.len();
        let request = v1::ListTicketsRequest { parent: account(), page_size: 1, ..Default::default() };
        let page = self.desk.app.root().tickets().list_tickets(request).await.expect("a page").into_inner();
        assert_eq!(page.tickets.len(), 1, "{}", channel_name("mail"));
        self.found.clone()
    }
}
