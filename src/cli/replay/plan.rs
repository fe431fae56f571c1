//! The plan of a replay: which question travels how, from whom, under which id, and what is done to it on the way.
//!
//! Everything follows from the question and its number, so a second run of the same questions sends the same messages.

use std::collections::BTreeMap;

use super::questions::Question;
use crate::cli::mail_text::{self, Draft};
use crate::grpc::pb::v1::inbound_sender::Point;
use crate::grpc::pb::v1::{ChannelType, InboundMessage, InboundSender, IngestMessageRequest, RichText};

/// How many people write.
const CONTACTS: usize = 2_000;
/// One message in so many is sent twice at the same instant.
const TWICE: usize = 10;
/// One message in so many is cancelled by its client and sent again.
const CANCELLED: usize = 50;
/// The team address of the mail channel.
pub const TEAM_ADDRESS: &str = "replay@desk.example";

/// The three channels of a replay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    /// Raw mail.
    Mail,
    /// A form on a web site.
    Form,
    /// A chat on a web site.
    Chat,
}

impl Way {
    /// All of them, in the order in which questions take turns.
    pub const ALL: [Self; 3] = [Self::Mail, Self::Form, Self::Chat];

    /// The kind of its channel.
    pub const fn kind(self) -> ChannelType {
        match self {
            Self::Mail => ChannelType::Email,
            Self::Form => ChannelType::Form,
            Self::Chat => ChannelType::Chat,
        }
    }

    /// Id of its channel.
    pub const fn channel(self) -> &'static str {
        match self {
            Self::Mail => "replay-mail",
            Self::Form => "replay-form",
            Self::Chat => "replay-chat",
        }
    }
}

/// What is done to a message on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mishap {
    /// Nothing.
    None,
    /// It is sent twice at the same instant.
    Twice,
    /// Its client gives up half-way and sends it again with the same request id.
    Cancelled,
}

/// One message of the plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// What the service knows it by: unique, and the same in every run.
    pub external_id: String,
    /// The channel it takes.
    pub way: Way,
    /// What happens to it.
    pub mishap: Mishap,
    /// Who writes, from 0.
    pub contact: usize,
    /// What is written.
    pub question: Question,
    /// What the subject says in place of the first words.
    pub about: Option<String>,
}

/// The plan for these questions.
pub fn plan(questions: Vec<Question>) -> Vec<Planned> {
    questions.into_iter().enumerate().map(|(number, question)| planned(number, question)).collect()
}

/// Texts by external id: what must be there in the end.
pub fn expected(plan: &[Planned]) -> BTreeMap<String, String> {
    plan.iter().map(|it| (it.external_id.clone(), it.question.text.clone())).collect()
}

fn planned(number: usize, question: Question) -> Planned {
    let way = Way::ALL[number % Way::ALL.len()];
    let mishap = match number {
        _ if number % TWICE == TWICE - 1 => Mishap::Twice,
        _ if number % CANCELLED == CANCELLED / 2 - 1 => Mishap::Cancelled,
        _ => Mishap::None,
    };
    let fingerprint = fingerprint(&question.text);
    let local = format!("q{number}-{fingerprint:016x}");
    let external_id = if way == Way::Mail { format!("{local}@replay.example") } else { local };
    // Neighbors have the same contact, so that one new contact writes on two channels in the same instant.
    Planned { external_id, way, mishap, contact: number / 2 % CONTACTS, question, about: None }
}

impl Planned {
    /// The call that brings the message in. `account` is `accounts/..`; an empty `request_id` is none.
    pub fn request(&self, account: &str, request_id: String) -> IngestMessageRequest {
        let message = match self.way {
            Way::Mail => InboundMessage { raw_mail: self.raw_mail(), ..InboundMessage::default() },
            Way::Form => InboundMessage {
                form_name: "Ask us".to_owned(),
                form_values: self.form_values(),
                ..self.plain_message()
            },
            Way::Chat => InboundMessage { external_thread_key: self.external_id.clone(), ..self.plain_message() },
        };
        let channel = format!("{account}/channels/{}", self.way.channel());
        IngestMessageRequest { channel, message: Some(message), request_id, validate_only: false }
    }

    fn plain_message(&self) -> InboundMessage {
        let sender = InboundSender {
            display_name: self.contact_name(),
            point: Some(Point::Email(self.contact_address())),
            ..InboundSender::default()
        };
        let body = RichText { text: self.question.text.clone(), html: String::new() };
        InboundMessage {
            external_id: self.external_id.clone(),
            sender: Some(sender),
            subject: self.about.clone().unwrap_or_default(),
            body: Some(body),
            ..InboundMessage::default()
        }
    }

    fn form_values(&self) -> BTreeMap<String, String> {
        let topic = Some(&self.question.topic).filter(|topic| !topic.is_empty());
        topic.map(|topic| ("topic".to_owned(), topic.chars().take(4_096).collect())).into_iter().collect()
    }

    fn raw_mail(&self) -> Vec<u8> {
        let draft = Draft {
            id: &self.external_id,
            from_name: &self.contact_name(),
            from: &self.contact_address(),
            to: TEAM_ADDRESS,
            subject: &self.subject(),
            text: &self.question.text,
            answers: "",
        };
        mail_text::write(&draft)
    }

    /// The first words, as people write subjects.
    fn subject(&self) -> String {
        if let Some(about) = &self.about {
            return about.clone();
        }
        let words: Vec<&str> = self.question.text.split_whitespace().take(8).collect();
        words.join(" ").chars().take(120).collect()
    }

    fn contact_name(&self) -> String {
        format!("Customer {}", self.contact)
    }

    fn contact_address(&self) -> String {
        format!("customer-{}@people.example", self.contact)
    }
}

/// A number that stands for a text (FNV-1a): the same question in another file is another message only if it says
/// something else.
fn fingerprint(text: &str) -> u64 {
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    text.bytes().fold(0xcbf2_9ce4_8422_2325, step)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::generate;
    use super::*;

    fn of(count: usize) -> Vec<Planned> {
        plan(generate::questions(count))
    }

    #[test]
    fn the_same_questions_make_the_same_plan() {
        assert_eq!(of(60), of(60));
        assert_eq!(of(100)[..60], of(60)[..], "a longer run goes on from a shorter one");
        assert_eq!(expected(&of(5_000)).len(), 5_000, "every id is another");
    }

    #[test]
    fn channels_take_turns_and_mishaps_have_their_shares() {
        let all = of(3_000);
        let count = |of: fn(&Planned) -> bool| all.iter().filter(|it| of(it)).count();
        assert_eq!(Way::ALL.map(|way| all.iter().filter(|it| it.way == way).count()), [1_000; 3]);
        assert_eq!(count(|it| it.mishap == Mishap::Twice), 300);
        assert_eq!(count(|it| it.mishap == Mishap::Cancelled), 60);
    }

    #[test]
    fn every_channel_sees_every_mishap() {
        let pairs: BTreeSet<(Way, String)> = of(3_000).iter().map(|it| (it.way, format!("{:?}", it.mishap))).collect();
        assert_eq!(pairs.len(), 9, "{pairs:?}");
    }

    #[test]
    fn two_thousand_people_write() {
        let contacts: BTreeSet<usize> = of(10_003).iter().map(|it| it.contact).collect();
        assert_eq!(contacts.len(), CONTACTS);
    }

    #[test]
    fn requests_keep_the_rules_of_their_fields() {
        for planned in of(200) {
            let request = planned.request("accounts/replay", String::new());
            assert!(crate::grpc::validation::checked(request).is_ok(), "{planned:?}");
        }
    }
}
