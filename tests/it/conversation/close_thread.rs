//! CloseThread and ReopenThread: whether a sender's next message goes on where the last one stands.

use helpdesk::grpc::pb::v1::{self, ErrorReason, inbound_sender::Point};

use super::talk;
use crate::support::app::App;
use crate::support::client::{Client, assert_refused};
use crate::support::databases::both_engines;

async fn close(caller: &Client, name: &str) -> v1::Thread {
    let request = v1::CloseThreadRequest { name: name.to_owned(), ..Default::default() };
    caller.conversations().close_thread(request).await.expect("closed").into_inner().thread.expect("a thread")
}

fn reopen(name: &str) -> v1::ReopenThreadRequest {
    v1::ReopenThreadRequest { name: name.to_owned(), ..Default::default() }
}

fn ann(channel: &str, id: &str) -> v1::IngestMessageRequest {
    talk::from(channel, id, Point::Handle("ann".into()))
}

fn thread_of(answer: &v1::IngestMessageResponse) -> String {
    answer.message.as_ref().expect("a message").thread.clone()
}

both_engines!(a_closed_thread_is_not_continued_and_can_still_be_replied_to, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    app.channel("chat", v1::ChannelType::Chat).await;
    let first = app.ingest(ann("chat", "1")).await;
    let name = thread_of(&first);
    assert_eq!(close(&mia, &name).await.state(), v1::ThreadState::Closed);
    assert_eq!(close(&mia, &name).await.state(), v1::ThreadState::Closed);
    assert_eq!(talk::events(&app, v1::EventType::ThreadChanged).await.len(), 1, "closing it again changes nothing");
    let second = app.ingest(ann("chat", "2")).await;
    assert_ne!(thread_of(&second), name);
    assert!(second.ticket_created);
    talk::send(&mia, talk::reply(&talk::conversation_of(&first), "One more thing")).await;
});

both_engines!(a_thread_opens_again_unless_another_took_its_place, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    app.channel("chat", v1::ChannelType::Chat).await;
    app.channel("form", v1::ChannelType::Form).await;
    let first = thread_of(&app.ingest(ann("chat", "1")).await);
    close(&mia, &first).await;
    let open = mia.conversations().reopen_thread(reopen(&first)).await.expect("open").into_inner().thread;
    assert_eq!(open.expect("a thread").state(), v1::ThreadState::Open);
    assert_eq!(thread_of(&app.ingest(ann("chat", "2")).await), first);
    close(&mia, &first).await;
    app.ingest(ann("chat", "3")).await;
    assert_refused(mia.conversations().reopen_thread(reopen(&first)).await, ErrorReason::ResourceAlreadyExists);
    let form = thread_of(&app.ingest(ann("form", "4")).await);
    let refused = mia.conversations().reopen_thread(reopen(&form)).await;
    assert_refused(refused, ErrorReason::StateTransitionNotAllowed);
});
