//! ReleaseControl.

use helpdesk::grpc::pb::v1::{self, ErrorReason};
use tonic::Status;

use super::take_control::{control, held, scene, take};
use super::talk;
use crate::support::app::{App, user_name};
use crate::support::client::{Client, assert_refused};
use crate::support::databases::both_engines;

async fn release(caller: &Client, name: &str) -> Result<(String, i64), Status> {
    let request = v1::ReleaseControlRequest { name: name.to_owned(), ..Default::default() };
    let answer = caller.conversations().release_control(request).await?.into_inner();
    Ok(held(answer.conversation.expect("the conversation").controller))
}

// T-52: whoever has control gives it up, nobody else for them; giving up twice changes nothing.
both_engines!(control_is_given_up, |db| async move {
    let app = App::start(db).await;
    let (mia, ben, name) = scene(&app).await;
    take(&mia, &name, 1).await.expect("taken");
    assert_refused(release(&ben, &name).await, ErrorReason::NotInControl);
    assert_eq!(control(&mia, &name).await, (user_name("mia"), 2));
    assert_eq!(release(&mia, &name).await.expect("given up"), (String::new(), 3));
    assert_eq!(release(&mia, &name).await.expect("nobody has it"), (String::new(), 3));
    assert_eq!(talk::events(&app, v1::EventType::ControlChanged).await.len(), 2);
});

both_engines!(a_stream_over_a_conversation_tells_who_speaks, |db| async move {
    let app = App::start(db).await;
    let (mia, ben, name) = scene(&app).await;
    let request = v1::WatchConversationRequest { name: name.clone(), ..Default::default() };
    let mut stream = mia.conversations().watch_conversation(request).await.expect("a stream").into_inner();
    let mut told = async || loop {
        let answer = stream.message().await.expect("no error").expect("an answer");
        if let Some(found) = answer.conversation {
            return held(found.controller);
        }
    };
    assert_eq!(told().await, (String::new(), 1));
    take(&ben, &name, 0).await.expect("taken");
    assert_eq!(told().await, (user_name("ben"), 2));
    release(&ben, &name).await.expect("given up");
    assert_eq!(told().await, (String::new(), 3));
});
