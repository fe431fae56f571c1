//! WatchConversation: the conversation first, then what is said; resumable; ended with the right.

use std::time::Duration;

use helpdesk::grpc::pb::access::AccessLevel;
use helpdesk::grpc::pb::v1::{self, ErrorReason, feed_item::Item};
use prost_types::FieldMask;
use tonic::{Status, Streaming};

use super::comments::comment;
use super::talk::{conversation, conversation_of, manual_ticket, reply, send};
use crate::support::app::{App, user_name};
use crate::support::client::{Client, assert_refused};
use crate::support::databases::both_engines;
use crate::support::scene::message;

/// A stream that says nothing for so long is broken.
const PATIENCE: Duration = Duration::from_secs(20);

struct Watcher(Streaming<v1::WatchConversationResponse>);

impl Watcher {
    async fn open(client: &Client, name: &str, resume_token: &str) -> Result<Self, Status> {
        let request = v1::WatchConversationRequest { name: name.to_owned(), resume_token: resume_token.to_owned() };
        Ok(Self(client.conversations().watch_conversation(request).await?.into_inner()))
    }

    async fn next(&mut self) -> Result<v1::WatchConversationResponse, Status> {
        let answer = tokio::time::timeout(PATIENCE, self.0.message()).await.expect("the stream says something");
        answer.map(|answer| answer.expect("a stream ends with a reason"))
    }

    /// The next answer that tells something.
    async fn told(&mut self) -> v1::WatchConversationResponse {
        loop {
            let answer = self.next().await.expect("an answer");
            if !answer.progress {
                return answer;
            }
        }
    }

    async fn end(&mut self) -> Status {
        loop {
            if let Err(status) = self.next().await {
                return status;
            }
        }
    }
}

fn said(answer: &v1::WatchConversationResponse) -> Vec<String> {
    let text = |body: &Option<v1::RichText>| body.clone().unwrap_or_default().text;
    let one = |item: &v1::FeedItem| match item.item.as_ref().expect("an item") {
        Item::Message(message) => text(&message.body),
        Item::Comment(comment) => format!("({})", text(&comment.body)),
        Item::DeletedComment(name) => format!("-{name}"),
    };
    answer.feed_items.iter().map(one).collect()
}

/// A conversation on a chat with one message.
async fn chat(app: &App, external_id: &str, words: &str) -> v1::IngestMessageResponse {
    app.ingest(message("chat", external_id, "ana@example.com", words)).await
}

async fn scene(app: &App) -> (v1::Ticket, String) {
    app.channel("chat", v1::ChannelType::Chat).await;
    let came = chat(app, "1", "Hello").await;
    let name = conversation_of(&came);
    (came.ticket.expect("a ticket"), name)
}

both_engines!(a_stream_begins_with_what_was_said_and_goes_on_with_what_is_said, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    let (_, name) = scene(&app).await;
    let note = comment(&mia, &name, "a note").await.expect("written").comment.expect("a comment");
    send(&mia, reply(&name, "Good day")).await;
    let mut watcher = Watcher::open(&mia, &name, "").await.expect("a stream");
    let first = watcher.next().await.expect("the conversation");
    assert_eq!(
        (said(&first), first.caught_up, first.threads.len()),
        (vec!["Hello".into(), "(a note)".into(), "Good day".into()], true, 1)
    );
    assert_eq!(first.conversation, Some(conversation(&mia, &name).await));
    chat(&app, "2", "Where is my card?").await;
    let told = watcher.told().await;
    assert_eq!(
        (said(&told), told.conversation.expect("the conversation").message_count),
        (vec!["Where is my card?".into()], 3)
    );
    let body = Some(v1::RichText { text: "a better note".to_owned(), ..Default::default() });
    let edited = v1::Comment { body, ..note.clone() };
    let update_mask = Some(FieldMask { paths: vec!["body".to_owned()] });
    let edit = v1::UpdateCommentRequest { comment: Some(edited), update_mask, ..Default::default() };
    mia.conversations().update_comment(edit).await.expect("edited");
    assert_eq!(said(&watcher.told().await), ["(a better note)"]);
    let delete = v1::DeleteCommentRequest { name: note.name.clone(), ..Default::default() };
    mia.conversations().delete_comment(delete).await.expect("deleted");
    assert_eq!(said(&watcher.told().await), [format!("-{}", note.name)]);
    let thread = first.threads[0].name.clone();
    let close = v1::CloseThreadRequest { name: thread.clone(), ..Default::default() };
    mia.conversations().close_thread(close).await.expect("closed");
    let told = watcher.told().await;
    assert_eq!(
        told.threads.iter().map(|it| (it.name.clone(), it.state())).collect::<Vec<_>>(),
        [(thread, v1::ThreadState::Closed)]
    );
});

both_engines!(a_stream_goes_on_from_its_token, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    let (_, name) = scene(&app).await;
    let mut watcher = Watcher::open(&mia, &name, "").await.expect("a stream");
    let token = watcher.told().await.resume_token;
    drop(watcher);
    chat(&app, "2", "Anybody there?").await;
    comment(&mia, &name, "soon").await.expect("written");
    let other = app.ingest(message("chat", "3", "ben@example.com", "Something else")).await;
    let mut again = Watcher::open(&mia, &name, &token).await.expect("a stream");
    let mut seen = Vec::new();
    while seen.len() < 2 {
        seen.extend(said(&again.told().await));
    }
    assert_eq!(seen, ["Anybody there?", "(soon)"]);
    let refused = Watcher::open(&mia, &conversation_of(&other), &token).await.map(|_| ());
    assert_refused(refused, ErrorReason::ResumeTokenInvalid);
});

// L-11, C-004: what goes out of view ends the stream, and with it every comment on it.
both_engines!(a_stream_ends_when_the_conversation_goes_out_of_view, |db| async move {
    let app = App::start(db).await;
    let (mia, _ben) = (app.agent("mia").await, app.agent("ben").await);
    let cole = app.collaborator("cole", AccessLevel::Owned).await;
    let (ticket, name) = scene(&app).await;
    assert_refused(Watcher::open(&cole, &name, "").await.map(|_| ()), ErrorReason::ResourceNotFound);
    let give = |user: &str| v1::AssignTicketRequest {
        name: ticket.name.clone(),
        owner: user_name(user),
        ..Default::default()
    };
    mia.tickets().assign_ticket(give("cole")).await.expect("assigned");
    let mut watcher = Watcher::open(&cole, &name, "").await.expect("a stream");
    watcher.told().await;
    mia.tickets().assign_ticket(give("ben")).await.expect("assigned");
    comment(&mia, &name, "not for cole").await.expect("written");
    assert_refused::<()>(Err(watcher.end().await), ErrorReason::ResourceNotFound);
    let mut watcher = Watcher::open(&mia, &name, "").await.expect("a stream");
    watcher.told().await;
    let expunge = v1::ExpungeTicketRequest { name: ticket.name.clone(), ..Default::default() };
    app.root().tickets().expunge_ticket(expunge).await.expect("gone for good");
    assert_refused::<()>(Err(watcher.end().await), ErrorReason::ResourceNotFound);
});

// C-018, C-019: a merge takes the conversation along, and a split takes messages out of it.
both_engines!(a_stream_tells_of_merges_and_splits, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    let (ticket, name) = scene(&app).await;
    let second = chat(&app, "2", "And my screen").await.message.expect("a message");
    let mut watcher = Watcher::open(&mia, &name, "").await.expect("a stream");
    assert_eq!(said(&watcher.told().await), ["Hello", "And my screen"]);
    let stays = manual_ticket(&mia, "Stays").await.name;
    let merge = v1::MergeTicketsRequest { name: stays.clone(), sources: vec![ticket.name], ..Default::default() };
    mia.tickets().merge_tickets(merge).await.expect("merged");
    let told = watcher.told().await;
    assert_eq!((told.conversation.expect("the conversation").ticket, told.feed_items.len()), (stays.clone(), 0));
    let split = v1::SplitTicketRequest { name: stays, messages: vec![second.name], ..Default::default() };
    mia.tickets().split_ticket(split).await.expect("split");
    let told = loop {
        let told = watcher.told().await;
        if told.reset {
            break told;
        }
    };
    assert_eq!(
        (said(&told), told.conversation.expect("the conversation").message_count),
        (vec!["Hello".to_owned()], 1)
    );
});
