//! TakeControl, and messages under an epoch.

use helpdesk::grpc::pb::v1::{self, ErrorReason, controller::Party, inbound_sender::Point};
use tonic::Status;

use super::talk::{self, conversation, reply};
use crate::support::app::{App, user_name};
use crate::support::client::{Client, assert_refused};
use crate::support::databases::both_engines;

/// Two agents and a conversation that a contact began.
pub async fn scene(app: &App) -> (Client, Client, String) {
    let (mia, ben) = (app.agent("mia").await, app.agent("ben").await);
    app.channel("chat", v1::ChannelType::Chat).await;
    let came = app.ingest(talk::from("chat", "1", Point::Handle("ann".into()))).await;
    (mia, ben, talk::conversation_of(&came))
}

/// Who an answer says has control, and the epoch.
pub fn held(controller: Option<v1::Controller>) -> (String, i64) {
    let controller = controller.expect("a controller");
    let who = match controller.party {
        Some(Party::User(name) | Party::CustomerAgent(name)) => name,
        None => String::new(),
    };
    (who, controller.epoch)
}

/// Who has control of a conversation, and the epoch.
pub async fn control(caller: &Client, name: &str) -> (String, i64) {
    held(conversation(caller, name).await.controller)
}

/// Takes control knowing an epoch.
pub async fn take(caller: &Client, name: &str, control_epoch: i64) -> Result<(String, i64), Status> {
    let request = v1::TakeControlRequest { name: name.to_owned(), control_epoch, ..Default::default() };
    let answer = caller.conversations().take_control(request).await?.into_inner();
    Ok(held(answer.conversation.expect("the conversation").controller))
}

async fn say(caller: &Client, name: &str, control_epoch: i64, take_control: bool) -> Result<(String, i64), Status> {
    let request = v1::SendMessageRequest { control_epoch, take_control, ..reply(name, "Good day") };
    let answer = caller.conversations().send_message(request).await?.into_inner();
    assert_eq!(answer.message.expect("a message").control_epoch, answer.controller.as_ref().expect("control").epoch);
    Ok(held(answer.controller))
}

// T-52: control is one party's at a time; the epoch counts its changes and nothing else.
both_engines!(control_is_taken, |db| async move {
    let app = App::start(db).await;
    let (mia, ben, name) = scene(&app).await;
    assert_eq!(control(&mia, &name).await, (String::new(), 1));
    assert_eq!(take(&mia, &name, 1).await.expect("taken"), (user_name("mia"), 2));
    assert_eq!(take(&mia, &name, 0).await.expect("hers already"), (user_name("mia"), 2));
    let stale = assert_refused(take(&ben, &name, 1).await, ErrorReason::ControlEpochStale);
    let facts = tonic_types::StatusExt::get_details_error_info(&stale).expect("facts").metadata;
    assert_eq!(
        (facts["conversation"].as_str(), facts["epoch"].as_str(), facts["controller"].clone()),
        (name.as_str(), "2", user_name("mia"))
    );
    assert_eq!(take(&ben, &name, 2).await.expect("taken over"), (user_name("ben"), 3));
    let ticket = conversation(&mia, &name).await.ticket;
    assert_eq!(talk::ticket(&mia, &ticket).await.owner, "", "control moves no ticket");
    let events = talk::events(&app, v1::EventType::ControlChanged).await;
    let after = |event: &v1::Event, field: &str| {
        event.fields.iter().find(|change| change.field == field).map(|change| change.after.clone()).unwrap_or_default()
    };
    let told: Vec<_> = events.iter().map(|it| (after(it, "controller"), after(it, "control_epoch"))).collect();
    let said = |who: String, epoch: &str| (who, epoch.to_owned());
    assert_eq!(told, [said(user_name("mia"), "2"), said(user_name("ben"), "3")]);
    assert!(events.iter().all(|event| event.resource == name && event.ticket == ticket));
    assert_refused(take(&app.machine(), &name, 0).await, ErrorReason::CallerKindNotAllowed);
});

// T-52: who looked before somebody else answered does not answer blind.
both_engines!(a_message_under_an_old_epoch_is_refused, |db| async move {
    let app = App::start(db).await;
    let (mia, ben, name) = scene(&app).await;
    let (_, seen) = control(&ben, &name).await;
    assert_eq!(say(&mia, &name, seen, false).await.expect("nobody had control"), (user_name("mia"), 2));
    assert_refused(say(&ben, &name, seen, false).await, ErrorReason::ControlEpochStale);
    assert_refused(say(&ben, &name, seen, true).await, ErrorReason::ControlEpochStale);
    assert_refused(say(&ben, &name, 2, false).await, ErrorReason::NotInControl);
    assert_eq!(conversation(&mia, &name).await.message_count, 2, "nothing of it was sent");
    assert_eq!(say(&ben, &name, 2, true).await.expect("taken with the message"), (user_name("ben"), 3));
    assert_refused(say(&mia, &name, 2, false).await, ErrorReason::ControlEpochStale);
    assert_eq!(say(&ben, &name, 3, false).await.expect("still in control"), (user_name("ben"), 3));
    let ticket = conversation(&mia, &name).await.ticket;
    assert_eq!(talk::ticket(&mia, &ticket).await.owner, user_name("mia"), "the owner stays");
});

// R-082, C-022, C-024: teams that never heard of control write as they always did, machines too.
both_engines!(whoever_says_no_epoch_writes_as_ever, |db| async move {
    let app = App::start(db).await;
    let (mia, ben, name) = scene(&app).await;
    assert_eq!(say(&app.machine(), &name, 0, false).await.expect("sent"), (String::new(), 1));
    let first = talk::send(&mia, reply(&name, "Hi")).await;
    assert_eq!((first.new_owner, held(first.controller)), (user_name("mia"), (user_name("mia"), 2)));
    let second = talk::send(&ben, reply(&name, "Me too")).await;
    assert_eq!((second.new_owner.as_str(), held(second.controller)), ("", (user_name("ben"), 3)));
    assert_refused(say(&mia, &name, 2, false).await, ErrorReason::ControlEpochStale);
    assert_eq!(say(&app.machine(), &name, 3, false).await.expect("sent"), (user_name("ben"), 3));
    assert_refused(say(&app.machine(), &name, 2, false).await, ErrorReason::ControlEpochStale);
    assert_refused(say(&app.machine(), &name, 3, true).await, ErrorReason::FieldInvalid);
});

both_engines!(a_tried_message_moves_nothing, |db| async move {
    let app = App::start(db).await;
    let (mia, _, name) = scene(&app).await;
    let request = v1::SendMessageRequest { validate_only: true, take_control: true, ..reply(&name, "Hi") };
    let answer = mia.conversations().send_message(request).await.expect("it would be sent").into_inner();
    assert_eq!(held(answer.controller), (user_name("mia"), 2));
    let effects = answer.mutation.expect("a mutation").effects;
    assert!(effects.iter().any(|effect| effect.kind() == v1::EffectKind::ControlMoved && effect.resource == name));
    assert_eq!(control(&mia, &name).await, (String::new(), 1));
});
