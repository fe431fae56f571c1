//! What else comes into a mailbox: machines, lists, forwards, copies, loops, and people who try to get in.

use helpdesk::grpc::pb::v1;

use super::clients::TEAM;
use super::play::{Mailbox, Strand};
use crate::mail::desk::raw;

/// What is expected of a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expected {
    /// It belongs to the thread.
    Joins,
    /// It belongs to the thread, and a machine wrote it.
    MachineJoins,
    /// It is a report that our last mail failed.
    Fails,
    /// It begins something of its own.
    Begins,
    /// It is here already.
    Known,
}

/// Vacation notices, by program.
const AWAY: [&str; 5] = [
    "Auto-Submitted: auto-replied (vacation)\r\nSubject: Out of office: Re: it\r\n",
    "X-Auto-Response-Suppress: All\r\nSubject: Automatic reply: it\r\n",
    "Precedence: auto_reply\r\nX-Autoreply: yes\r\nSubject: Away\r\n",
    "Return-Path: <>\r\nAuto-Submitted: auto-replied\r\nSubject: Abwesenheitsnotiz: it\r\n",
    "X-Autorespond: it\r\nPrecedence: bulk\r\nSubject: I am away\r\n",
];

impl Mailbox {
    /// One thing beside the threads for half of them.
    pub async fn noise(&mut self) {
        let chosen: Vec<usize> = (0..self.strands.len()).filter(|_| self.dice.mille(500)).collect();
        let mut played = Vec::new();
        for index in chosen {
            if let Some((request, expected)) = self.disturb(index) {
                played.push((index, request, expected));
            }
        }
        self.close_some(&played).await;
        let answers = self.take(played.iter().map(|(_, request, _)| request.clone()).collect()).await;
        for ((index, _, expected), answer) in played.into_iter().zip(answers) {
            self.compare(index, expected, &answer).await;
        }
    }

    /// Machines write to closed tickets, too.
    async fn close_some(&mut self, played: &[(usize, v1::IngestMessageRequest, Expected)]) {
        for (index, _, expected) in played {
            if *expected == Expected::MachineJoins && self.dice.mille(300) {
                self.desk.app.close(&self.strands[*index].ticket).await;
            }
        }
    }

    fn disturb(&mut self, index: usize) -> Option<(v1::IngestMessageRequest, Expected)> {
        let (id, kind) = (self.new_id(), self.dice.below(11));
        let strand = self.strands[index].clone();
        let (customer, subject) = (&strand.customer, &strand.subject);
        if kind == 0 {
            return Some((strand.first_mail, Expected::Known));
        }
        if kind <= 6 {
            return self.about_our_mail(&strand, &id, kind);
        }
        let (head, expected) = match kind {
            7 => (format!("From: {customer}\r\nTo: {TEAM}\r\nSubject: {subject}\r\n"), Expected::Begins),
            8 => (format!("From: {customer}\r\nTo: {TEAM}\r\nSubject: Fwd: {subject}\r\n"), Expected::Begins),
            9 => {
                let list =
                    "List-Id: <news.x.example>\r\nPrecedence: list\r\nList-Unsubscribe: <mailto:a@x.example>\r\n";
                let head = format!("From: news@x.example\r\nTo: news@x.example\r\nSubject: Re: {subject}\r\n{list}");
                (head, Expected::Begins)
            }
            _ => {
                // The Message-ID of the customer's own mail is known to others, and proves nothing.
                let first = &strand.ids[0];
                let head = format!("In-Reply-To: <{first}>\r\nReferences: <{first}>\r\nSubject: Re: {subject}\r\n");
                (format!("From: colleague@x.example\r\nTo: {TEAM}\r\n{head}"), Expected::Begins)
            }
        };
        Some((raw("mail", &format!("Message-ID: <{id}>\r\n{head}"), "Hello"), expected))
    }

    /// What comes of a mail of ours; nothing while there is none.
    fn about_our_mail(
        &mut self,
        strand: &Strand,
        id: &str,
        kind: usize,
    ) -> Option<(v1::IngestMessageRequest, Expected)> {
        let (ours, _) = strand.last.as_ref()?;
        let (mail_id, reply_to, customer, subject) = (&ours.mail_id, &ours.reply_to, &strand.customer, &strand.subject);
        let bounces_to = format!("mail+b.{}@acme.example", mail_id.split('@').next()?);
        let (head, body, expected) = match kind {
            1 | 2 => {
                let to = if self.dice.mille(500) { reply_to } else { &bounces_to };
                let away = self.dice.pick(&AWAY);
                (format!("From: {customer}\r\nTo: {to}\r\n{away}"), "I am away.".to_owned(), Expected::MachineJoins)
            }
            3 => {
                let (head, body) = self.report(mail_id, &bounces_to);
                (head, body, Expected::Fails)
            }
            4 => {
                let head =
                    format!("From: {TEAM}\r\nTo: {customer}\r\nMessage-ID: <{mail_id}>\r\nSubject: Re: {subject}\r\n");
                return Some((raw("mail", &format!("Received: from loop\r\n{head}"), &ours.text), Expected::Known));
            }
            5 => {
                let head = format!(
                    "From: colleague@x.example\r\nTo: {customer}\r\nCc: {reply_to}\r\nSubject: Re: Fwd: {subject}\r\n"
                );
                (head, "I can tell you more.".to_owned(), Expected::Joins)
            }
            _ => {
                let guess = format!("{:032x}", self.dice.below(usize::MAX));
                let head = format!(
                    "From: eve@y.example\r\nReply-To: {customer}\r\nTo: mail+{guess}@acme.example\r\nReferences: <{mail_id}>\r\nSubject: Re: {subject}\r\n"
                );
                (head, "Tell me all.".to_owned(), Expected::Begins)
            }
        };
        Some((raw("mail", &format!("Message-ID: <{id}>\r\n{head}"), &body), expected))
    }

    /// A delivery report in one of several forms.
    fn report(&mut self, mail_id: &str, bounces_to: &str) -> (String, String) {
        let from = "From: MAILER-DAEMON@mx.example\r\nSubject: Undelivered Mail Returned to Sender\r\n";
        let to = if self.dice.mille(500) { bounces_to } else { TEAM };
        match self.dice.below(3) {
            0 => {
                let head = format!(
                    "{from}To: {to}\r\nAuto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=B\r\n"
                );
                let status = "Reporting-MTA: dns; mx.example\r\n\r\nFinal-Recipient: rfc822; a@x.example\r\nAction: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 5.1.1 no such user\r\n";
                let body = format!(
                    "--B\r\n\r\nSorry.\r\n--B\r\nContent-Type: message/delivery-status\r\n\r\n{status}\r\n--B\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <{mail_id}>\r\n\r\n--B--"
                );
                (head, body)
            }
            1 => {
                let body = format!(
                    "<a@x.example>:\r\n550 5.1.1 no such user\r\n\r\n--- Below this line is a copy of the message.\r\n\r\nMessage-ID: <{mail_id}>\r\nSubject: it\r\n"
                );
                (format!("{from}To: {to}\r\n"), body)
            }
            _ => (format!("Return-Path: <>\r\n{from}To: {bounces_to}\r\n"), "550 5.1.1 no such user".to_owned()),
        }
    }

    async fn compare(&mut self, index: usize, expected: Expected, answer: &v1::IngestMessageResponse) {
        let strand = self.strands[index].clone();
        let message = answer.message.clone().expect("a message");
        let machine = message.auto_reply || message.bounce;
        match expected {
            Expected::Joins => self.belongs(index, answer, true),
            Expected::MachineJoins => {
                self.belongs(index, answer, true);
                self.found.machines_unseen += usize::from(!message.auto_reply);
            }
            Expected::Fails => {
                let (_, name) = strand.last.expect("a mail of ours");
                let state = self.desk.state(&name).await;
                let told = message.bounce_of == name && state == v1::DeliveryState::Failed;
                self.found.failed += 1;
                self.found.bounces += usize::from(told && !answer.ticket_created && !answer.contact_created);
                self.found.machines_unseen += usize::from(!message.bounce);
            }
            Expected::Begins => self.found.joined_wrongly += usize::from(!answer.ticket_created),
            Expected::Known => self.found.joined_wrongly += usize::from(!answer.duplicate),
        }
        self.found.reopened_by_machines += usize::from(machine && answer.ticket_reopened);
    }
}
