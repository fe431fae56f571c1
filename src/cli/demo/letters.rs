//! Letters of the story as calls, and answers to them as sentences.

use super::account::ADDRESS;
use super::story::{Letter, Way};
use crate::cli::mail_text::{self, Draft};
use crate::grpc::pb::v1::inbound_sender::Point;
use crate::grpc::pb::v1::{
    InboundMessage, InboundSender, IngestMessageRequest, IngestMessageResponse, RichText, SenderVerdict, Ticket,
};

impl Way {
    /// Id of its channel.
    pub const fn channel(self) -> &'static str {
        match self {
            Self::Mail | Self::PlainMail | Self::Verbatim => "mail",
            Self::Form => "form",
            Self::Chat => "chat",
        }
    }
}

impl Letter {
    /// The call that brings it in. `answered` is the Message-ID of the reply of ours that it answers, or nothing.
    pub fn request(&self, account: &str, answered: &str) -> IngestMessageRequest {
        let message = match self.way {
            Way::Mail => self.raw(self.written(answered)),
            Way::Verbatim => self.raw(self.text.as_bytes().to_vec()),
            Way::PlainMail => InboundMessage { subject: self.subject.to_owned(), ..self.plain() },
            Way::Form => InboundMessage { form_name: self.subject.to_owned(), ..self.plain() },
            Way::Chat => InboundMessage { external_thread_key: self.thread_key(), ..self.plain() },
        };
        let channel = format!("{account}/channels/{}", self.way.channel());
        IngestMessageRequest { channel, message: Some(message), ..IngestMessageRequest::default() }
    }

    /// How the letter is called in the story: who, and the first words.
    pub fn title(&self) -> String {
        let who = if self.from.name.is_empty() { "somebody" } else { self.from.name };
        let what = match (self.way, self.subject) {
            (Way::Verbatim, _) => subject_line(self.text),
            (_, "") | (Way::Form, _) => self.text,
            (_, subject) => subject,
        };
        format!("{who}: {what}")
    }

    fn raw(&self, raw_mail: Vec<u8>) -> InboundMessage {
        // The demonstration's own mails; a real adapter says here what SPF, DKIM and DMARC told it.
        let verdict = if self.from.email.is_empty() { SenderVerdict::None } else { SenderVerdict::Pass };
        InboundMessage { raw_mail, sender_verdict: verdict.into(), ..InboundMessage::default() }
    }

    fn written(&self, answered: &str) -> Vec<u8> {
        let Self { id, from, subject, text, .. } = self;
        mail_text::write(&Draft {
            id,
            from_name: from.name,
            from: from.email,
            to: ADDRESS,
            subject,
            text,
            answers: answered,
        })
    }

    fn plain(&self) -> InboundMessage {
        let email = Some(self.from.email).filter(|email| !email.is_empty());
        let sender = InboundSender {
            display_name: self.from.name.to_owned(),
            cookie: self.from.cookie.to_owned(),
            point: email.map(|email| Point::Email(email.to_owned())),
            ..InboundSender::default()
        };
        InboundMessage {
            external_id: self.id.to_owned(),
            sender: Some(sender),
            body: Some(RichText { text: self.text.to_owned(), html: String::new() }),
            ..InboundMessage::default()
        }
    }

    /// One chat window for each person.
    fn thread_key(&self) -> String {
        format!("window of {}", if self.from.email.is_empty() { "a guest" } else { self.from.email })
    }
}

/// The subject of a mail as it stands there, for mails that are played word for word.
fn subject_line(raw: &str) -> &str {
    raw.lines().find_map(|line| line.strip_prefix("Subject: ")).unwrap_or("a mail")
}

/// What became of a letter, in one sentence: ticket, owner, why.
pub fn outcome(answer: &IngestMessageResponse) -> String {
    let Some(ticket) = &answer.ticket else { return "kept without a ticket".to_owned() };
    let place = format!("ticket {}, {}", ticket.number, owner(ticket));
    if answer.duplicate {
        return format!("was here already: nothing is stored again ({place})");
    }
    if answer.ticket_reopened {
        return format!("{place}: the closed ticket is open again");
    }
    if !answer.ticket_created {
        return format!("{place}: goes on in the same conversation");
    }
    let why = answer.routing_decision.as_ref().map_or("", |decision| decision.summary.as_str());
    format!("{place}: {why}")
}

/// Who has a ticket.
pub fn owner(ticket: &Ticket) -> String {
    if ticket.owner.is_empty() { "nobody yet".to_owned() } else { last(&ticket.owner).to_owned() }
}

/// The last part of a name.
pub fn last(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::super::story::{DAY, Step};
    use super::*;
    use crate::grpc::pb::v1::RoutingDecision;

    #[test]
    fn every_letter_keeps_the_rules_of_its_fields() {
        for step in DAY {
            if let Step::Write(letter) = step {
                let request = letter.request("accounts/demo", "");
                assert!(crate::grpc::validation::checked(request).is_ok(), "{letter:?}");
                assert!(!letter.title().contains("Message-ID"), "{}", letter.title());
            }
        }
    }

    #[test]
    fn outcomes_say_ticket_owner_and_why() {
        let ticket = Ticket { number: 7, owner: "accounts/demo/users/mia".to_owned(), ..Ticket::default() };
        let decision = RoutingDecision { summary: "fewest open tickets".to_owned(), ..RoutingDecision::default() };
        let made = IngestMessageResponse {
            ticket: Some(ticket),
            ticket_created: true,
            routing_decision: Some(decision),
            ..IngestMessageResponse::default()
        };
        assert_eq!(outcome(&made), "ticket 7, mia: fewest open tickets");
        let again = IngestMessageResponse { duplicate: true, ..made.clone() };
        assert!(outcome(&again).starts_with("was here already"));
        let reopened = IngestMessageResponse { ticket_created: false, ticket_reopened: true, ..made };
        assert!(outcome(&reopened).ends_with("open again"));
        assert_eq!(outcome(&IngestMessageResponse::default()), "kept without a ticket");
    }
}
