//! GetConversation, GetMessage and the lists, within the caller's reach.

use std::time::Duration;

use helpdesk::domain::access::{Level, Seat, TicketAccess};
use helpdesk::domain::channel::Target;
use helpdesk::domain::ids::TeamId;
use helpdesk::domain::user::User;
use helpdesk::grpc::pb::v1::conversation_service_server::ConversationService;
use helpdesk::grpc::pb::v1::{self, inbound_sender::Point};
use helpdesk::service::grant::Grant;

use super::replies::{comment, reply};
use crate::ingress::bench::{Bench, by, reason, says};
use crate::support::databases::{TestDatabase, both_engines};

const EVERY: &str = "accounts/acme/conversations/-";

async fn messages(bench: &Bench, grant: Grant, parent: &str, filter: &str) -> Result<Vec<v1::Message>, tonic::Status> {
    let asked = v1::ListMessagesRequest { parent: parent.into(), filter: filter.into(), ..Default::default() };
    Ok(bench.front.list_messages(by(grant, asked)).await?.into_inner().messages)
}

async fn conversations(bench: &Bench, grant: Grant) -> Vec<String> {
    let asked = v1::ListConversationsRequest { parent: "accounts/acme".into(), ..Default::default() };
    let answer = bench.front.list_conversations(by(grant, asked)).await.expect("a page").into_inner();
    answer.conversations.into_iter().map(|conversation| conversation.name).collect()
}

async fn get(bench: &Bench, grant: Grant, name: &str) -> Result<v1::Conversation, tonic::Status> {
    let asked = v1::GetConversationRequest { name: name.to_owned() };
    Ok(bench.front.get_conversation(by(grant, asked)).await?.into_inner().conversation.expect("a conversation"))
}

fn from(handle: &str) -> Point {
    Point::Handle(handle.to_owned())
}

fn collaborator(user: &mut User) {
    user.seat = Seat::None;
    user.view = TicketAccess { level: Level::Owned, include_unassigned: false };
}

/// A conversation of each sender, oldest first.
async fn two_conversations(bench: &Bench) -> [String; 2] {
    let mut names = Vec::new();
    for (id, handle) in [("1", "ann"), ("2", "bob")] {
        let answer = bench.ingest("chat", says(id, from(handle), "hello")).await;
        names.push(answer.ticket.expect("a ticket").conversations[0].clone());
        bench.clock.advance(Duration::from_millis(1));
    }
    names.try_into().expect("two")
}

// C-004: what is out of reach is not there, in lists and by name.
both_engines!(a_collaborator_reads_the_conversations_of_own_tickets_only, |db: TestDatabase| async move {
    let bench = Bench::start(db).await;
    let [ann, bob] = two_conversations(&bench).await;
    reply(&bench, bench.person("mia"), &ann, "Mine").await.expect("sent");
    let mia = || bench.reader("mia", collaborator, &[]);
    assert_eq!(conversations(&bench, bench.person("ben")).await, [ann.clone(), bob.clone()]);
    assert_eq!(conversations(&bench, mia()).await, std::slice::from_ref(&ann));
    assert_eq!(messages(&bench, mia(), EVERY, "").await.expect("a page").len(), 2);
    assert_eq!(messages(&bench, bench.person("ben"), EVERY, "").await.expect("a page").len(), 3);
    assert!(get(&bench, mia(), &ann).await.is_ok());
    for refused in [get(&bench, mia(), &bob).await.err(), messages(&bench, mia(), &bob, "").await.err()] {
        assert_eq!(reason(&refused.expect("out of reach")), "RESOURCE_NOT_FOUND");
    }
});

// A2: without ticket, full standing reads all, a collaborator what the own teams are the target of.
both_engines!(a_conversation_without_ticket_follows_the_target_of_its_channel, |db: TestDatabase| async move {
    let bench = Bench::start(db).await;
    let teams = vec![TeamId::stored("red")];
    bench
        .change_channel("chat", |channel| {
            channel.creates_tickets = false;
            channel.routing.target = Target::People { users: Vec::new(), teams };
        })
        .await;
    let thread = bench.ingest("chat", says("1", from("ann"), "hello")).await.message.expect("a message").thread;
    let name = thread.split("/threads/").next().expect("a parent").to_owned();
    let red = bench.reader("mia", collaborator, &["red"]);
    let blue = bench.reader("mia", collaborator, &["blue"]);
    let full = bench.reader("mia", |user| user.view = TicketAccess::NONE, &[]);
    for (grant, sees) in [(red, true), (blue, false), (full, true), (bench.bot(), true)] {
        assert_eq!(get(&bench, grant.clone(), &name).await.is_ok(), sees);
        assert_eq!(conversations(&bench, grant.clone()).await.len(), usize::from(sees));
        assert_eq!(messages(&bench, grant, EVERY, "").await.expect("a page").len(), usize::from(sees));
    }
});

both_engines!(messages_are_found_by_external_id_and_channel, |db: TestDatabase| async move {
    let bench = Bench::start(db).await;
    let [ann, _] = two_conversations(&bench).await;
    reply(&bench, bench.person("mia"), &ann, "Hi").await.expect("sent");
    bench.ingest("api", says("2", from("ann"), "there")).await;
    let cases = [
        ("", 4),
        ("external_id = \"2\"", 2),
        ("external_id = \"2\" AND channel = accounts/acme/channels/api", 1),
        ("direction = OUTBOUND", 1),
        ("delivery_state = RECEIVED", 3),
    ];
    for (filter, count) in cases {
        let found = messages(&bench, bench.person("ben"), EVERY, filter).await.expect(filter);
        assert_eq!(found.len(), count, "{filter}");
        assert!(found.is_sorted_by_key(|message| message.sequence));
        assert!(found.iter().all(|message| message.reply_token.is_empty()), "the token is for adapters");
    }
    let refused = messages(&bench, bench.person("ben"), EVERY, "color = red").await.expect_err("no such field");
    assert_eq!(reason(&refused), "FILTER_FIELD_UNKNOWN");
});

// comments are listed apart from messages.
both_engines!(comments_and_threads_are_listed_page_by_page, |db: TestDatabase| async move {
    let bench = Bench::start(db).await;
    let [ann, _] = two_conversations(&bench).await;
    for text in ["one", "two", "three"] {
        comment(&bench, bench.person("mia"), &ann, text).await.expect("written");
    }
    let (mut found, mut page_token) = (Vec::new(), String::new());
    loop {
        let asked = v1::ListCommentsRequest { parent: ann.clone(), page_size: 2, page_token };
        let page = bench.front.list_comments(by(bench.person("ben"), asked)).await.expect("a page").into_inner();
        found.extend(page.comments.into_iter().map(|comment| comment.body.expect("a body").text));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(found, ["one", "two", "three"]);
    assert_eq!(messages(&bench, bench.person("ben"), &ann, "").await.expect("a page").len(), 1);
    let asked = v1::ListThreadsRequest { parent: ann.clone(), ..Default::default() };
    let threads = bench.front.list_threads(by(bench.person("ben"), asked)).await.expect("a page").into_inner().threads;
    assert_eq!(threads.len(), 1);
    assert_eq!((threads[0].channel_type(), threads[0].state()), (v1::ChannelType::Chat, v1::ThreadState::Open));
    let conversation = get(&bench, bench.person("ben"), &ann).await.expect("there");
    assert_eq!((conversation.message_count, conversation.comment_count), (1, 3));
});
