//! PullOutbound and ReportDelivery: what waits is sent, and what became of it is told (C3).

use std::time::Duration;

use futures_util::StreamExt;
use helpdesk::grpc::pb::v1::ingress_service_server::IngressService;
use helpdesk::grpc::pb::v1::ticket_service_server::TicketService;
use helpdesk::grpc::pb::v1::{self, DeliveryState, inbound_sender::Point};

use super::bench::{Bench, by, reason, says};
use crate::conversation::replies::reply;
use crate::support::app::{self, App};
use crate::support::databases::{TestDatabase, both_engines};

type Pulled = <helpdesk::grpc::call::Front as IngressService>::PullOutboundStream;

async fn pull(bench: &Bench, channel: &str, resume_token: &str) -> Result<Pulled, tonic::Status> {
    let channel = format!("accounts/acme/channels/{channel}");
    let asked = v1::PullOutboundRequest { channel, resume_token: resume_token.to_owned() };
    Ok(bench.front.pull_outbound(by(bench.adapter(), asked)).await?.into_inner())
}

/// The first answer of a new stream.
pub async fn pull_once(bench: &Bench, channel: &str) -> v1::PullOutboundResponse {
    pull(bench, channel, "").await.expect("a stream").next().await.expect("an answer").expect("no refusal")
}

async fn report(bench: &Bench, message: &str, state: DeliveryState) -> Result<v1::Message, tonic::Status> {
    let asked = v1::ReportDeliveryRequest {
        channel: "accounts/acme/channels/chat".into(),
        message: message.to_owned(),
        state: state.into(),
        error: "no such number".into(),
        ..Default::default()
    };
    let answer = bench.front.report_delivery(by(bench.adapter(), asked)).await?.into_inner();
    Ok(answer.message.expect("a message"))
}

async fn conversation(bench: &Bench) -> String {
    let message = says("1", Point::Handle("ann".into()), "hello");
    bench.ingest("chat", message).await.ticket.expect("a ticket").conversations[0].clone()
}

both_engines!(messages_come_in_order_until_they_are_reported, |db: TestDatabase| async move {
    let bench = Bench::start(db).await;
    let conversation = conversation(&bench).await;
    let quiet = pull_once(&bench, "chat").await;
    assert!(quiet.caught_up && quiet.progress && quiet.messages.is_empty());
    let mut names = Vec::new();
    for text in ["one", "two"] {
        names.push(
            reply(&bench, bench.person("mia"), &conversation, text).await.expect("sent").message.expect("one").name,
        );
    }
    let waiting = pull_once(&bench, "chat").await;
    let found: Vec<_> = waiting.messages.iter().map(|message| message.name.clone()).collect();
    assert_eq!(found, names);
    assert_eq!(waiting.messages[0].recipients, ["ann"]);
    report(&bench, &names[0], DeliveryState::Sent).await.expect("reported");
    let rest = pull_once(&bench, "chat").await;
    assert_eq!(rest.messages.len(), 1, "what is not reported comes again");
    let mut after = pull(&bench, "chat", &waiting.resume_token).await.expect("a stream");
    let next = after.next().await.expect("an answer").expect("no refusal");
    assert!(next.messages.is_empty() && next.caught_up, "a token passes over what was given");
});

both_engines!(a_stream_hears_of_a_new_message_and_of_its_end, |db: TestDatabase| async move {
    let bench = Bench::start(db).await;
    let conversation = conversation(&bench).await;
    let mut stream = pull(&bench, "chat", "").await.expect("a stream");
    stream.next().await.expect("the first answer").expect("no refusal");
    let (answer, sent) = tokio::join!(
        tokio::time::timeout(Duration::from_secs(5), stream.next()),
        reply(&bench, bench.person("mia"), &conversation, "news"),
    );
    let answer = answer.expect("in time").expect("an answer").expect("no refusal");
    assert_eq!(answer.messages[0].name, sent.expect("sent").message.expect("a message").name);
    bench.change_channel("chat", |channel| channel.enabled = false).await;
    let end = tokio::time::timeout(Duration::from_secs(5), stream.next()).await.expect("in time").expect("an end");
    assert_eq!(reason(&end.expect_err("disabled")), "CHANNEL_DISABLED");
    assert!(stream.next().await.is_none());
});

both_engines!(a_token_of_another_channel_or_of_nobody_is_refused, |db: TestDatabase| async move {
    let bench = Bench::start(db).await;
    let token = pull_once(&bench, "mail").await.resume_token;
    for token in [token.as_str(), "made up"] {
        let refused = pull(&bench, "chat", token).await.err().expect("refused");
        assert_eq!(reason(&refused), "RESUME_TOKEN_INVALID");
    }
});

// L-12: the streams of one key are counted and given back.
both_engines!(a_key_pulls_so_many_times_at_once_and_no_more, |db: TestDatabase| async move {
    let bench = Bench::start(db).await;
    let mut streams = Vec::new();
    for _ in 0..20 {
        streams.push(pull(&bench, "chat", "").await.expect("a stream"));
    }
    let refused = pull(&bench, "chat", "").await.err().expect("refused");
    assert_eq!(reason(&refused), "QUOTA_EXCEEDED");
    drop(streams.pop());
    assert!(pull(&bench, "chat", "").await.is_ok(), "a place is free again");
});

// C-026: the message is kept as FAILED, the assignment stays. States only go forward.
both_engines!(reports_move_a_message_forward_only, |db: TestDatabase| async move {
    use DeliveryState::{Delivered, Failed, Read, Sent};
    let bench = Bench::start(db).await;
    let conversation = conversation(&bench).await;
    let send = async |text| {
        reply(&bench, bench.person("mia"), &conversation, text).await.expect("sent").message.expect("a message").name
    };
    let name = send("one").await;
    for (state, holds) in [(Sent, Sent), (Read, Read), (Delivered, Read), (Sent, Read), (Failed, Read)] {
        let message = report(&bench, &name, state).await.expect("reported");
        assert_eq!(message.delivery_state(), holds);
    }
    let failed = send("two").await;
    let message = report(&bench, &failed, Failed).await.expect("reported");
    assert_eq!((message.delivery_state(), message.delivery_error.as_str()), (Failed, "no such number"));
    report(&bench, &failed, Failed).await.expect("the same report again changes nothing");
    let refused = report(&bench, &failed, Sent).await.expect_err("it failed");
    assert_eq!(reason(&refused), "STATE_TRANSITION_NOT_ALLOWED");
    assert_eq!(bench.count("ticket WHERE owner_id = 'mia'").await, 1);
    let inbound = bench.ingest("chat", says("2", Point::Handle("ann".into()), "hm")).await.message.expect("one").name;
    assert_eq!(reason(&report(&bench, &inbound, Sent).await.expect_err("inbound")), "STATE_TRANSITION_NOT_ALLOWED");
    let absent = format!("{conversation}/messages/01890a5d-ac96-774b-bcce-b302099a8057");
    assert_eq!(reason(&report(&bench, &absent, Sent).await.expect_err("absent")), "REFERENCE_NOT_FOUND");
});

// C-019, C-026: the name that an adapter was given holds after a split took the message elsewhere, or it would come again.
both_engines!(a_report_finds_a_message_that_a_split_has_moved, |db: TestDatabase| async move {
    let bench = Bench::start(db).await;
    let conversation = conversation(&bench).await;
    reply(&bench, bench.person("mia"), &conversation, "one").await.expect("sent");
    let pulled = pull_once(&bench, "chat").await.messages[0].name.clone();
    let asked = v1::SplitTicketRequest {
        name: "accounts/acme/tickets/1".into(),
        messages: vec![pulled.clone()],
        ..Default::default()
    };
    let split = bench.front.split_ticket(by(bench.person("mia"), asked)).await.expect("split").into_inner();
    let moved_to = split.split_ticket.expect("a ticket").conversations[0].clone();
    let elsewhere = v1::ReportDeliveryRequest {
        channel: "accounts/acme/channels/api".into(),
        message: pulled.clone(),
        state: DeliveryState::Sent.into(),
        ..Default::default()
    };
    let refused = bench.front.report_delivery(by(bench.adapter(), elsewhere)).await.expect_err("another channel");
    assert_eq!(reason(&refused), "REFERENCE_NOT_FOUND");
    let message = report(&bench, &pulled, DeliveryState::Sent).await.expect("reported");
    assert_eq!(message.delivery_state(), DeliveryState::Sent);
    assert!(message.name.starts_with(&moved_to), "{}", message.name);
    assert!(pull_once(&bench, "chat").await.messages.is_empty(), "it is not handed out again");
});

// A3: a stream ends soon after its key is revoked. L-28: one that ends with its server leaves a token to go on from.
both_engines!(a_stream_ends_with_its_key_and_with_its_server, |db: TestDatabase| async move {
    use helpdesk::grpc::status::reason as told;
    let app = App::start(db).await;
    app.channel("chat", v1::ChannelType::Chat).await;
    let asked = v1::PullOutboundRequest { channel: app::channel_name("chat"), resume_token: String::new() };
    let next = async |stream: &mut tonic::Streaming<v1::PullOutboundResponse>| {
        tokio::time::timeout(Duration::from_secs(10), stream.message()).await.expect("in time")
    };
    let key = v1::AccessKey {
        display_name: "Adapter".to_owned(),
        permissions: vec![helpdesk::grpc::pb::access::Permission::IngressWrite.into()],
        ..Default::default()
    };
    let request = v1::CreateAccessKeyRequest { parent: app::account(), access_key: Some(key), ..Default::default() };
    let made = app.root().access().create_access_key(request).await.expect("a key").into_inner();
    let adapter = app.caller(&made.secret);
    let mut stream = adapter.ingress().pull_outbound(asked.clone()).await.expect("a stream").into_inner();
    next(&mut stream).await.expect("no refusal").expect("the first answer");
    let revoke = v1::RevokeAccessKeyRequest { name: made.access_key.expect("a key").name, ..Default::default() };
    app.root().access().revoke_access_key(revoke).await.expect("revoked");
    let end = next(&mut stream).await.expect_err("the key is gone");
    assert_eq!(end.code(), tonic::Code::Unauthenticated, "{end:?}");

    let mut stream = app.machine().ingress().pull_outbound(asked).await.expect("a stream").into_inner();
    next(&mut stream).await.expect("no refusal").expect("the first answer");
    app.running().shutdown.close();
    let last = next(&mut stream).await.expect("no refusal").expect("a last word");
    assert!(last.messages.is_empty() && !last.caught_up && !last.resume_token.is_empty());
    let end = next(&mut stream).await.expect_err("the server ends");
    assert_eq!(told(&end).as_deref(), Some("STREAM_DRAINING"), "{end:?}");
});
