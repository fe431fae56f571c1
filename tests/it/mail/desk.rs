//! A service with one mail channel, customers who write to it, and an agent who answers.

use helpdesk::grpc::pb::v1::{self, DeliveryState};

use crate::support::app::{App, channel_name};
use crate::support::databases::TestDatabase;
use crate::support::outbox::Sent;

/// A service with the channel `mail` and the agent `mia`.
pub struct MailDesk {
    pub app: App,
}

impl MailDesk {
    pub async fn start(db: TestDatabase) -> Self {
        Self::start_set(db, &[]).await
    }

    pub async fn start_set(db: TestDatabase, set: &[(&str, &str)]) -> Self {
        let app = App::start_set(db, set).await;
        app.channel("mail", v1::ChannelType::Email).await;
        app.agent("mia").await;
        Self { app }
    }

    /// A raw mail comes in; `head` ends with a line break.
    pub async fn receive(&self, head: &str, text: &str) -> v1::IngestMessageResponse {
        self.app.ingest(raw("mail", head, text)).await
    }

    /// A first mail from `sender`; returns the name of its conversation.
    pub async fn begin(&self, sender: &str) -> String {
        let head = format!(
            "From: Ann <{sender}>\r\nTo: mail@acme.example\r\nMessage-ID: <first.{sender}>\r\nSubject: Printer\r\n"
        );
        self.receive(&head, "It smokes.").await.ticket.expect("a ticket").conversations[0].clone()
    }

    /// Mia answers, a second later than the last time.
    pub async fn reply(&self, conversation: &str, text: &str) -> v1::Message {
        self.app.advance(std::time::Duration::from_secs(1));
        let body = Some(v1::RichText { text: text.to_owned(), html: format!("<p>{text}</p>") });
        let message = Some(v1::Message { body, ..Default::default() });
        let request = v1::SendMessageRequest { parent: conversation.to_owned(), message, ..Default::default() };
        let sent = self.app.user("mia").conversations().send_message(request).await.expect("sent").into_inner();
        sent.message.expect("a message")
    }

    /// A message as it stands.
    pub async fn message(&self, name: &str) -> v1::Message {
        let request = v1::GetMessageRequest { name: name.to_owned() };
        let found = self.app.user("mia").conversations().get_message(request).await.expect("found").into_inner();
        found.message.expect("a message")
    }

    /// How far a message has come.
    pub async fn state(&self, name: &str) -> DeliveryState {
        self.message(name).await.delivery_state()
    }

    /// Works off what is due.
    pub async fn work(&self) {
        self.app.running().worker.run_until_idle().await.expect("worked");
    }

    /// The newest mail of the Maildir to `to`.
    pub async fn last_mail(&self, to: &str) -> Sent {
        let mails = self.app.outbox().await;
        mails.into_iter().rfind(|sent| sent.mail.to.iter().any(|mailbox| mailbox.address == to)).expect("a mail")
    }

    /// What an adapter gets that pulls now.
    pub async fn pull(&self) -> Result<v1::PullOutboundResponse, tonic::Status> {
        let request = v1::PullOutboundRequest { channel: channel_name("mail"), ..Default::default() };
        let mut stream = self.app.machine().ingress().pull_outbound(request).await?.into_inner();
        stream.message().await.map(|answer| answer.expect("an answer"))
    }
}

/// The request of a raw mail.
pub fn raw(channel: &str, head: &str, text: &str) -> v1::IngestMessageRequest {
    let raw_mail = format!("{head}\r\n{text}\r\n").into_bytes();
    let message = Some(v1::InboundMessage { raw_mail, ..Default::default() });
    v1::IngestMessageRequest { channel: channel_name(channel), message, ..Default::default() }
}
