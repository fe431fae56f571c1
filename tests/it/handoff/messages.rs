//! What the contact is told of a hand-off: one message, of the right kind, in the right language.

use helpdesk::grpc::pb::v1::{self, HandoffProcess as Process, HandoffReason as Why};

use super::hands::{
    AVAILABLE, BASIC, Scene, UNAVAILABLE, ask, asking, hand_off, live, scene, set, to_people, told, words,
};
use crate::customer_agent::hands::agent_name;
use crate::support::app::App;
use crate::support::databases::both_engines;

// C-093, C-096: available is who is there and has room.
both_engines!(the_message_is_that_of_the_moment, |db| async move {
    let app = App::start(db).await;
    let scene = live(&app).await;
    assert_eq!(hand_off(&scene).await.told(), v1::HandoffMessage::Available);
    let said = told(&app, &scene.conversation).await;
    assert_eq!((said.len(), words(&said[0])), (1, AVAILABLE));
    let sender = said[0].sender.clone().expect("a sender").kind;
    assert_eq!(sender, Some(v1::actor::Kind::CustomerAgent(agent_name("ava"))));
    assert_eq!(said[0].control_epoch, 2, "under the control of the agent");
});

// R-238, C-093, complaints 17 (no after-hours text) and 5 (capacity bypassed): nobody there is told as that, and the ticket waits for people.
both_engines!(after_hours_there_is_a_text_and_no_limit_is_passed, |db| async move {
    let app = App::start(db).await;
    let scene = live(&app).await;
    app.available("mia", false).await;
    app.limit("ben", 0).await;
    let handoff = hand_off(&scene).await;
    assert_eq!((handoff.state(), handoff.user.as_str()), (v1::HandoffState::Requested, ""));
    assert_eq!(handoff.told(), v1::HandoffMessage::Unavailable);
    let said = told(&app, &scene.conversation).await;
    assert_eq!((said.len(), words(&said[0])), (1, UNAVAILABLE));
    let ticket = super::hands::ticket_of(&app, &scene.conversation).await;
    assert_eq!((ticket.owner.as_str(), ticket.unassigned_reason()), ("", v1::UnassignedReason::AllAtCapacity));
    let request = v1::ListThreadsRequest { parent: scene.conversation.clone(), ..Default::default() };
    let threads = app.root().conversations().list_threads(request).await.expect("listed").into_inner().threads;
    assert_eq!(threads[0].state(), v1::ThreadState::Open, "the chat stays open");
});

async fn in_language(app: &App, scene: &Scene, tag: &str) -> String {
    let context = v1::HandoffContext { language_code: tag.to_owned(), ..Default::default() };
    let asked =
        v1::RequestHandoffRequest { context: Some(context), ..asking(&scene.conversation, &[Why::ContactAsked]) };
    ask(&scene.ava, asked).await.expect("a hand-off");
    words(&told(app, &scene.conversation).await[0]).to_owned()
}

async fn two_languages(app: &App) -> Scene {
    let scene = scene(app).await;
    let mut policy = to_people(Process::Live, &["mia"], &[]);
    let german = v1::HandoffText { language_code: "de".to_owned(), text: "Gleich ist jemand da.".to_owned() };
    policy.available_messages.push(german);
    set(&app.root(), policy, &BASIC).await.expect("set");
    scene
}

//
both_engines!(the_message_is_in_the_language_of_the_contact, |db| async move {
    let app = App::start(db).await;
    let scene = two_languages(&app).await;
    assert_eq!(in_language(&app, &scene, "de-AT").await, "Gleich ist jemand da.");
});

both_engines!(another_language_gets_the_message_for_everybody, |db| async move {
    let app = App::start(db).await;
    let scene = two_languages(&app).await;
    assert_eq!(in_language(&app, &scene, "pt-BR").await, AVAILABLE);
});

both_engines!(where_nothing_can_go_out_the_caller_is_told, |db| async move {
    let app = App::start(db).await;
    let scene = live(&app).await;
    let channel =
        v1::Channel { name: crate::support::app::channel_name("chat"), enabled: Some(false), ..Default::default() };
    let request = v1::UpdateChannelRequest {
        channel: Some(channel),
        update_mask: Some(prost_types::FieldMask { paths: vec!["enabled".to_owned()] }),
        ..Default::default()
    };
    app.root().channels().update_channel(request).await.expect("switched off");
    let asked = asking(&scene.conversation, &[Why::ContactAsked]);
    let done = scene.ava.handoffs().request_handoff(asked).await.expect("a hand-off").into_inner();
    assert_eq!(done.handoff.expect("a hand-off").transition_message, "");
    assert_eq!(done.mutation.expect("a mutation").warnings.len(), 1);
});
