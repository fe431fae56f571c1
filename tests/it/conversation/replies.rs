//! SendMessage and CreateComment: who becomes owner by it, and what stays as it is.

use helpdesk::grpc::pb::v1::conversation_service_server::ConversationService;
use helpdesk::grpc::pb::v1::{self, inbound_sender::Point};
use helpdesk::service::grant::Grant;

use crate::ingress::bench::{Bench, by, reason, says};
use crate::support::databases::{TestDatabase, both_engines};

/// Sends a text.
pub async fn reply(
    bench: &Bench,
    grant: Grant,
    conversation: &str,
    text: &str,
) -> Result<v1::SendMessageResponse, tonic::Status> {
    let body = Some(v1::RichText { text: text.to_owned(), html: String::new() });
    let message = Some(v1::Message { body, ..Default::default() });
    let asked = v1::SendMessageRequest { parent: conversation.to_owned(), message, ..Default::default() };
    Ok(bench.front.send_message(by(grant, asked)).await?.into_inner())
}

/// Writes a comment.
pub async fn comment(
    bench: &Bench,
    grant: Grant,
    conversation: &str,
    text: &str,
) -> Result<v1::Comment, tonic::Status> {
    let body = Some(v1::RichText { text: text.to_owned(), html: String::new() });
    let comment = Some(v1::Comment { body, ..Default::default() });
    let asked = v1::CreateCommentRequest { parent: conversation.to_owned(), comment, ..Default::default() };
    Ok(bench.front.create_comment(by(grant, asked)).await?.into_inner().comment.expect("a comment"))
}

fn hello(id: &str) -> v1::InboundMessage {
    says(id, Point::Handle("ann".into()), "hello")
}

async fn conversation(bench: &Bench) -> String {
    bench.ingest("chat", hello("1")).await.ticket.expect("a ticket").conversations[0].clone()
}

// R-082, C-022: the first to reply takes an unassigned ticket, nobody takes one that has an owner.
both_engines!(a_reply_takes_an_unassigned_ticket_and_no_other, |db: TestDatabase| async move {
    let bench = Bench::start(db).await;
    let conversation = conversation(&bench).await;
    let first = reply(&bench, bench.person("mia"), &conversation, "Hi").await.expect("sent");
    assert_eq!(first.new_owner, "accounts/acme/users/mia");
    let effects = first.mutation.expect("a mutation").effects;
    assert!(effects.iter().any(|effect| effect.kind() == v1::EffectKind::Assigned));
    let message = first.message.expect("a message");
    assert_eq!(message.delivery_state(), v1::DeliveryState::Queued);
    let second = reply(&bench, bench.person("ben"), &conversation, "Me too").await.expect("sent");
    assert_eq!(second.new_owner, "");
    let ticket = bench.ingest("chat", hello("2")).await.ticket.expect("the ticket");
    assert_eq!(ticket.owner, "accounts/acme/users/mia");
    let times = ticket.times.expect("times");
    assert!(times.first_reply_time.is_some() && times.last_reply_time.is_some());
});

// R-083, C-024: neither a draft that is only tried nor a machine takes a ticket.
both_engines!(machines_and_unsent_replies_take_nothing, |db: TestDatabase| async move {
    let bench = Bench::start(db).await;
    let conversation = conversation(&bench).await;
    let sent = reply(&bench, bench.bot(), &conversation, "Automatic").await.expect("sent");
    assert_eq!(sent.new_owner, "");
    let body = Some(v1::RichText { text: "Draft".into(), html: String::new() });
    let message = Some(v1::Message { body, ..Default::default() });
    let asked = v1::SendMessageRequest { parent: conversation, message, validate_only: true, ..Default::default() };
    let tried = bench.front.send_message(by(bench.person("mia"), asked)).await.expect("it would be").into_inner();
    assert_eq!(tried.new_owner, "accounts/acme/users/mia");
    assert_eq!(tried.message.expect("a message").name, "");
    assert_eq!(bench.count("ticket WHERE owner_id IS NULL").await, 1);
    assert_eq!(bench.count("message WHERE direction = 'outbound'").await, 1);
});

// C-027: a reply leaves a closed ticket closed. C-025: the assigned teams stay.
both_engines!(a_reply_leaves_status_as_it_is, |db: TestDatabase| async move {
    let bench = Bench::start(db).await;
    let conversation = conversation(&bench).await;
    bench.close(1).await;
    reply(&bench, bench.person("mia"), &conversation, "One more thing").await.expect("sent");
    assert_eq!(bench.count("ticket WHERE open = false").await, 1);
    assert_eq!(bench.count("event WHERE kind = 'ticket.reopened'").await, 0);
});

both_engines!(what_cannot_be_sent_is_refused, |db: TestDatabase| async move {
    let bench = Bench::start(db).await;
    let open = conversation(&bench).await;
    let refused = reply(&bench, bench.person("mia"), &open, " \n").await.expect_err("empty");
    assert_eq!(reason(&refused), "FIELD_INVALID");
    let visitor = v1::InboundMessage { sender: Some(v1::InboundSender::default()), ..hello("v") };
    let nobody = bench.ingest("api", visitor).await.ticket.expect("a ticket").conversations[0].clone();
    let refused = reply(&bench, bench.person("mia"), &nobody, "Hello?").await.expect_err("no address");
    assert_eq!(reason(&refused), "CHANNEL_CANNOT_SEND");
    bench.change_channel("chat", |channel| channel.enabled = false).await;
    let refused = reply(&bench, bench.person("mia"), &open, "Hello?").await.expect_err("disabled");
    assert_eq!(reason(&refused), "CHANNEL_DISABLED");
    let absent = "accounts/acme/conversations/01890a5d-ac96-774b-bcce-b302099a8057";
    let refused = reply(&bench, bench.person("mia"), absent, "Hello?").await.expect_err("absent");
    assert_eq!(reason(&refused), "RESOURCE_NOT_FOUND");
});

// R-059, C-034: a comment is no message, goes to nobody, and touches neither owner nor status.
both_engines!(a_comment_stays_in_the_house, |db: TestDatabase| async move {
    let bench = Bench::start(db).await;
    let conversation = conversation(&bench).await;
    let written = comment(&bench, bench.person("mia"), &conversation, "Strange customer").await.expect("written");
    assert!(written.name.starts_with(&conversation) && written.sequence > 0);
    let waiting = crate::ingress::outbound::pull_once(&bench, "chat").await;
    assert!(waiting.messages.is_empty());
    assert_eq!(bench.count("message").await, 1);
    let ticket = bench.ingest("chat", hello("2")).await.ticket.expect("the ticket");
    assert_eq!((ticket.owner.as_str(), ticket.state()), ("", v1::TicketState::Open));
    assert!(ticket.times.expect("times").last_reply_time.is_none());
    let refused = comment(&bench, bench.person("mia"), &conversation, "  ").await.expect_err("empty");
    assert_eq!(reason(&refused), "FIELD_INVALID");
});
