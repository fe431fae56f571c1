//! What channel adapters hand in and are told.

use crate::domain::contact::Point;
use crate::domain::conversation::{Attachment, Delivery, SenderCheck, Verdict};
use crate::domain::ids::{AccountId, ContactId};
use crate::domain::rejection::Rejection;
use crate::grpc::convert::common::moment;
use crate::grpc::convert::{contact, conversation, name, routing, ticket};
use crate::grpc::pb::v1::{self, inbound_sender};
use crate::mail::InboundMail;
use crate::service::contacts::cookie_hash;
use crate::service::files::{FileRules, NamedFiles};
use crate::service::grant::Grant;
use crate::service::intake::{Given, Ingest, Ingested, KeptMail, Report, Sender, form_text, rich_text};

/// The use case of an `IngestMessage` request; `mail` is the raw mail of the request, read.
///
/// # Errors
/// A message without id, sender or content, and references that cannot exist.
pub fn ingest(
    grant: &Grant,
    request: v1::IngestMessageRequest,
    mail: Option<KeptMail>,
    rules: FileRules,
    most_tickets: i64,
) -> Result<Ingest, Rejection> {
    let channel = name::channel(grant, "channel", &request.channel)?;
    let message = request.message.unwrap_or_default();
    let field = "message.attachments";
    let files = message.attachments.iter().filter_map(|file| name::attachment_ref(grant, field, file).transpose());
    let files = NamedFiles { ids: files.collect::<Result<_, _>>()?, rules };
    let blank = Ingest {
        channel,
        external_id: message.external_id.clone(),
        thread_key: message.external_thread_key.clone(),
        sender: Sender::default(),
        subject: message.subject.clone(),
        form_name: message.form_name.clone(),
        text: String::new(),
        html: String::new(),
        attachments: Vec::new(),
        files,
        mail: None,
        check: check(&message),
        send_time: send_time(&message)?,
        given: Given::Routed,
        most_tickets,
    };
    match mail {
        Some(mail) => from_mail(grant, &message, mail, blank),
        None => from_fields(grant, message, blank),
    }
}

fn from_fields(grant: &Grant, message: v1::InboundMessage, blank: Ingest) -> Result<Ingest, Rejection> {
    if message.external_id.is_empty() {
        return Err(Rejection::field("message.external_id", "REQUIRED", "must be set, except with raw_mail"));
    }
    let given = message.sender;
    let given =
        given.ok_or_else(|| Rejection::field("message.sender", "REQUIRED", "must be set, except with raw_mail"))?;
    let body = message.body.unwrap_or_default();
    let (mut text, html) = rich_text(&body.text, &body.html);
    if text.is_empty() && html.is_empty() {
        text = rich_text(&form_text(&message.form_values), "").0;
    }
    if text.is_empty() && html.is_empty() && blank.files.ids.is_empty() {
        let said = "must say something, or form_values must, or attachments";
        return Err(Rejection::field("message.body", "REQUIRED", said));
    }
    Ok(Ingest { sender: sender(grant, given)?, text, html, ..blank })
}

fn from_mail(grant: &Grant, message: &v1::InboundMessage, kept: KeptMail, blank: Ingest) -> Result<Ingest, Rejection> {
    let given = [
        ("message.external_id", !message.external_id.is_empty()),
        ("message.subject", !message.subject.is_empty()),
        ("message.body", message.body.is_some()),
        ("message.attachments", !message.attachments.is_empty()),
        ("message.raw_mail", !message.raw_mail.is_empty() && !message.raw_mail_attachment.is_empty()),
    ];
    if let Some((field, _)) = given.into_iter().find(|(_, given)| *given) {
        return Err(Rejection::field(field, "NOT_ALLOWED", "stands in raw_mail and is left out beside it"));
    }
    let facts = kept.facts();
    let InboundMail { external_id, sender: from, subject, text, html, attachments, date, .. } = kept.mail;
    let mut sender = match &message.sender {
        Some(given) => sender(grant, given.clone())?,
        None => Sender::default(),
    };
    if let Some(from) = from {
        sender.point = Some(Point::email(&from.address));
        sender.name = from.display_name.unwrap_or_default();
        sender.address = from.address;
    }
    Ok(Ingest {
        external_id,
        sender,
        subject,
        text,
        html: html.unwrap_or_default(),
        attachments: attachments.into_iter().map(attachment).collect(),
        mail: Some(facts),
        send_time: blank.send_time.or(date.map(crate::domain::time::Timestamp::from_micros)),
        ..blank
    })
}

fn attachment(file: crate::mail::Attachment) -> Attachment {
    Attachment {
        id: None,
        filename: file.filename,
        mime_type: file.mime_type,
        size_bytes: i64::try_from(file.size_bytes).unwrap_or(i64::MAX),
        content_id: file.content_id.unwrap_or_default(),
        embedded: file.embedded,
        raw: false,
    }
}

fn sender(grant: &Grant, given: v1::InboundSender) -> Result<Sender, Rejection> {
    use inbound_sender::Point as Given;
    let contact: Option<ContactId> = name::contact_ref(grant, "message.sender.contact", &given.contact)?;
    let (point, address) = match given.point {
        Some(Given::Email(address)) => (Some(Point::email(&address)), address),
        Some(Given::Phone(number)) => (Some(Point::phone(&number)), number),
        Some(Given::Handle(handle)) => (Some(Point::handle(&handle)), handle),
        None => (None, String::new()),
    };
    let cookie = (!given.cookie.is_empty()).then(|| cookie_hash(&given.cookie));
    // A handle of spaces is nobody.
    let point = point.filter(|point| !point.value.is_empty());
    Ok(Sender { name: given.display_name.trim().to_owned(), address, point, cookie, contact })
}

/// What the adapter found about the sender.
fn check(message: &v1::InboundMessage) -> SenderCheck {
    let given = message.sender_check.unwrap_or_default();
    let found = |found| verdict(found).unwrap_or(Verdict::None);
    let whole = verdict(message.sender_verdict()).or(verdict(given.verdict()));
    SenderCheck::of(whole, found(given.spf()), found(given.dkim()), found(given.dmarc()))
}

fn verdict(verdict: v1::SenderVerdict) -> Option<Verdict> {
    match verdict {
        v1::SenderVerdict::Pass => Some(Verdict::Pass),
        v1::SenderVerdict::Fail => Some(Verdict::Fail),
        v1::SenderVerdict::None => Some(Verdict::None),
        v1::SenderVerdict::Unspecified => None,
    }
}

fn send_time(message: &v1::InboundMessage) -> Result<Option<crate::domain::time::Timestamp>, Rejection> {
    let Some(time) = &message.send_time else { return Ok(None) };
    let outside = || Rejection::field("message.send_time", "OUT_OF_RANGE", "must lie in the years 1 to 9999");
    moment(time).map(Some).ok_or_else(outside)
}

/// What became of a message. With `dry`, nothing was stored: ids that were not given stay empty.
pub fn ingested(account: &AccountId, outcome: &Ingested, dry: bool) -> v1::IngestMessageResponse {
    let mut response = v1::IngestMessageResponse {
        ticket: outcome.ticket.as_ref().map(|found| ticket::ticket(account, found)),
        message: Some(conversation::message(account, &outcome.message)),
        contact: outcome.contact.as_ref().map(|found| contact::contact(account, found)),
        ticket_created: outcome.ticket_created,
        ticket_reopened: outcome.ticket_reopened,
        contact_created: outcome.contact_created,
        duplicate: outcome.duplicate,
        routing_decision: outcome.decision.as_ref().map(|found| routing::decision(account, found)),
        mutation: None,
    };
    if dry && !outcome.duplicate {
        blank_ids(&mut response, outcome.thread_created);
    }
    response
}

fn blank_ids(response: &mut v1::IngestMessageResponse, thread_created: bool) {
    if let Some(message) = &mut response.message {
        message.name.clear();
        message.sequence = 0;
        message.attachments.iter_mut().for_each(|file| file.name.clear());
        message.raw_mail.clear();
        if thread_created {
            message.thread.clear();
        }
        if response.contact_created {
            message.sender = None;
        }
    }
    if let Some(contact) = response.contact.as_mut().filter(|_| response.contact_created) {
        contact.name.clear();
    }
    if let Some(ticket) = response.ticket.as_mut().filter(|_| response.ticket_created) {
        ticket.name.clear();
        ticket.number = 0;
        ticket.conversations.clear();
        if response.contact_created {
            ticket.contact.clear();
            ticket.creator = None;
        }
    }
    if let Some(decision) = &mut response.routing_decision {
        decision.name.clear();
        decision.ticket.clear();
        decision.cause_chain = None;
    }
}

/// The use case of a `ReportDelivery` request.
///
/// # Errors
/// A state that no report has, and a message that cannot exist.
pub fn report(grant: &Grant, request: v1::ReportDeliveryRequest) -> Result<Report, Rejection> {
    let channel = name::channel(grant, "channel", &request.channel)?;
    let message = name::message_ref(grant, "message", &request.message)?;
    let (conversation, message) = name::required("message", message)?;
    let state = match request.state() {
        v1::DeliveryState::Sent => Delivery::Sent,
        v1::DeliveryState::Delivered => Delivery::Delivered,
        v1::DeliveryState::Read => Delivery::Read,
        v1::DeliveryState::Failed => Delivery::Failed,
        _ => return Err(Rejection::field("state", "NOT_ALLOWED", "must be SENT, DELIVERED, READ or FAILED")),
    };
    Ok(Report { channel, conversation, message, state, error: request.error, external_id: request.external_id })
}
