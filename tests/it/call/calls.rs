//! Telephone calls: whom they ring at, who takes them, and what the caller hears otherwise.

use helpdesk::domain::time::Timestamp;
use helpdesk::grpc::pb::access::Tier;
use helpdesk::grpc::pb::v1::{self, CallState, ChannelType, ErrorReason, Weekday, channel::Config};
use prost_types::FieldMask;

use crate::attachment::{download, header, upload};
use crate::conversation::talk;
use crate::pipeline::hands::set_tier;
use crate::support::app::{self, App, channel_name, team_name, user_name};
use crate::support::client::assert_refused;
use crate::support::databases::{TestDatabase, both_engines};
use crate::support::scene::people;

/// Ada and Mia are ticked, Mia through her team; Leo is not.
pub async fn desk(db: TestDatabase) -> App {
    let app = App::start(db).await;
    for id in ["ada", "mia", "leo"] {
        app.agent(id).await;
    }
    app.team("red", &["mia"]).await;
    app.channel("phone", ChannelType::Calling).await;
    app.route_to("phone", people(&["ada"], &["red"])).await;
    app
}

fn voicemail(text: &str) -> v1::VoicemailMessage {
    v1::VoicemailMessage { text: text.to_owned(), audio_uri: format!("https://audio.example/{text}.ogg") }
}

fn hours(blocks: &[(Weekday, i32, i32)]) -> v1::OpeningHours {
    let block = |(day, start_minute, end_minute): &(Weekday, i32, i32)| v1::WorkBlock {
        day: (*day).into(),
        start_minute: *start_minute,
        end_minute: *end_minute,
    };
    v1::OpeningHours { time_zone: "Europe/Berlin".to_owned(), blocks: blocks.iter().map(block).collect() }
}

async fn configure(app: &App, calling: v1::CallingConfig, paths: &[&str]) -> Result<v1::Channel, tonic::Status> {
    let channel =
        v1::Channel { name: channel_name("phone"), config: Some(Config::Calling(calling)), ..Default::default() };
    let request = v1::UpdateChannelRequest {
        channel: Some(channel),
        update_mask: Some(FieldMask { paths: paths.iter().map(|path| (*path).to_owned()).collect() }),
        ..Default::default()
    };
    let answer = app.root().channels().update_channel(request).await?.into_inner();
    Ok(answer.channel.expect("a channel"))
}

/// Ann calls; the same id is the same call.
pub async fn comes(app: &App, id: &str) -> v1::Call {
    let request = v1::RouteCallRequest {
        channel: channel_name("phone"),
        external_id: id.to_owned(),
        caller_name: "Ann".to_owned(),
        caller_number: "+49 30 1234".to_owned(),
        ..Default::default()
    };
    app.machine().calls().route_call(request).await.expect("taken in").into_inner().call.expect("a call")
}

/// Somebody takes a call.
pub async fn answer(app: &App, call: &v1::Call, user: &str) -> Result<v1::Call, tonic::Status> {
    let request =
        v1::AnswerCallRequest { name: call.name.clone(), user: user_name(user), ..v1::AnswerCallRequest::default() };
    let answer = app.machine().calls().answer_call(request).await?.into_inner();
    Ok(answer.call.expect("a call"))
}

/// The telephone system says that a call is over.
pub async fn end(app: &App, call: &v1::Call, request: v1::EndCallRequest) -> v1::Call {
    let request = v1::EndCallRequest { name: call.name.clone(), ..request };
    app.machine().calls().end_call(request).await.expect("over").into_inner().call.expect("a call")
}

/// Their full names.
pub fn names(users: &[&str]) -> Vec<String> {
    users.iter().map(|user| user_name(user)).collect()
}

// C-063: hours block by block on the channel, any number of people; the message for calls
// outside of them is saved by itself before, and without it the hours are refused.
both_engines!(a_calling_channel_has_hours_in_blocks_and_two_messages, |db| async move {
    let app = desk(db).await;
    let two = hours(&[(Weekday::Monday, 540, 720), (Weekday::Monday, 780, 1_020)]);
    let open = |hours| v1::CallingConfig { hours: Some(hours), ..Default::default() };
    assert_refused(configure(&app, open(two.clone()), &["calling.hours"]).await, ErrorReason::FieldInvalid);
    let message = v1::CallingConfig { after_hours_voicemail: Some(voicemail("night")), ..Default::default() };
    configure(&app, message, &["calling.after_hours_voicemail"]).await.expect("saved on its own");
    let message = v1::CallingConfig { voicemail: Some(voicemail("day")), ..Default::default() };
    configure(&app, message, &["calling.voicemail"]).await.expect("saved");
    let stored = configure(&app, open(two.clone()), &["calling.hours"]).await.expect("saved");
    let Some(Config::Calling(calling)) = stored.config else { panic!("a calling channel") };
    assert_eq!(calling.hours, Some(two));
    assert_eq!(calling.after_hours_voicemail, Some(voicemail("night")), "the parts do not touch each other");
    let overlap = hours(&[(Weekday::Monday, 540, 720), (Weekday::Monday, 700, 800)]);
    assert_refused(configure(&app, open(overlap), &["calling.hours"]).await, ErrorReason::FieldInvalid);
    let gone = configure(&app, v1::CallingConfig::default(), &["calling.after_hours_voicemail"]).await;
    assert_refused(gone, ErrorReason::FieldInvalid);
    app.channel("mail", ChannelType::Email).await;
    let channel = v1::Channel {
        name: channel_name("mail"),
        config: Some(Config::Calling(v1::CallingConfig { voicemail: Some(voicemail("x")), ..Default::default() })),
        ..Default::default()
    };
    let request = v1::UpdateChannelRequest {
        channel: Some(channel),
        update_mask: Some(FieldMask { paths: vec!["calling".to_owned()] }),
        ..Default::default()
    };
    assert_refused(app.root().channels().update_channel(request).await, ErrorReason::FieldInvalid);
});

// R-141, C-060, C-061: without hours always open; it rings at everybody who is ticked and there; the first to answer
// becomes the owner, nobody else can; whoever is on the phone is not rung.
both_engines!(a_call_rings_at_everybody_and_the_first_to_answer_owns_it, |db| async move {
    let app = desk(db).await;
    let call = comes(&app, "c1").await;
    assert_eq!((call.state(), call.ringing_users.clone()), (CallState::Ringing, names(&["ada", "mia"])));
    assert_eq!(comes(&app, "c1").await, call, "the same call again");
    assert!(answer(&app, &call, "leo").await.is_err(), "it does not ring at him");
    let taken = answer(&app, &call, "mia").await.expect("the first");
    assert_eq!((taken.state(), taken.answerer.clone()), (CallState::Answered, user_name("mia")));
    let ticket = app.ticket_now(&taken.ticket).await;
    assert_eq!((ticket.owner, ticket.subject.as_str()), (user_name("mia"), "Call from Ann"));
    assert_refused(answer(&app, &call, "ada").await, ErrorReason::StateTransitionNotAllowed);
    assert_eq!(answer(&app, &call, "mia").await.expect("the same").ticket, taken.ticket);
    let second = comes(&app, "c2").await;
    assert_eq!(second.ringing_users, names(&["ada"]), "who is on the phone is not rung");
    end(&app, &call, v1::EndCallRequest::default()).await;
    app.available("ada", false).await;
    let third = comes(&app, "c3").await;
    assert_eq!(third.ringing_users, names(&["mia"]), "who is away is not rung");
    app.capacity(
        "mia",
        v1::Capacity {
            groups: vec![v1::GroupCapacity { group: v1::CapacityGroup::Calling.into(), limit: 1 }],
            ..Default::default()
        },
    )
    .await;
    assert_eq!(comes(&app, "c4").await.ringing_users, Vec::<String>::new(), "who has as many as may be is not rung");
    let told = talk::events(&app, v1::EventType::CallChanged).await;
    assert_eq!(told.len(), 6, "{told:?}");
});

// A4, C-061: who is shut out while it rings does not take it any more; the others do.
both_engines!(who_is_shut_out_answers_no_call, |db| async move {
    let app = desk(db).await;
    let call = comes(&app, "c1").await;
    assert_eq!(call.ringing_users, names(&["ada", "mia"]));
    let out = v1::DeactivateUserRequest { name: user_name("ada"), ..Default::default() };
    app.root().users().deactivate_user(out).await.expect("shut out");
    assert_refused(answer(&app, &call, "ada").await, ErrorReason::ReferenceNotFound);
    let taken = answer(&app, &call, "mia").await.expect("it still rings");
    assert_eq!(app.ticket_now(&taken.ticket).await.owner, user_name("mia"));
});

// R-142, C-061, C-062: nobody answers, or nobody is there: the voicemail with the chosen message; then a ticket of
// nobody's with the voicemail as its message and the recording with it.
both_engines!(an_unanswered_call_goes_to_voicemail_and_leaves_a_ticket, |db| async move {
    let app = desk(db).await;
    let message = v1::CallingConfig { voicemail: Some(voicemail("day")), ..Default::default() };
    configure(&app, message, &["calling.voicemail"]).await.expect("saved");
    let call = comes(&app, "c1").await;
    assert_eq!(
        (call.voicemail.clone(), call.ring_timeout.map(|ring| ring.seconds)),
        (Some(voicemail("day")), Some(30))
    );
    let recording =
        upload(&app.machine(), header(&channel_name("phone"), "voicemail.ogg"), b"OggS what was said").await;
    let said = v1::EndCallRequest {
        transcript: "My card is lost.".to_owned(),
        recording: recording.name.clone(),
        ..Default::default()
    };
    let over = end(&app, &call, said.clone()).await;
    assert_eq!(over.state(), CallState::Missed);
    let ticket = app.ticket_now(&over.ticket).await;
    assert_eq!((ticket.owner.as_str(), ticket.teams.as_slice()), ("", &[][..]));
    let list = v1::ListMessagesRequest { parent: ticket.conversations[0].clone(), ..Default::default() };
    let messages = app.root().conversations().list_messages(list).await.expect("listed").into_inner().messages;
    let [message] = messages.as_slice() else { panic!("one message: {messages:?}") };
    assert_eq!(message.body.as_ref().expect("a text").text, "My card is lost.");
    let [file] = message.attachments.as_slice() else { panic!("one file: {message:?}") };
    assert_eq!((file.name.as_str(), file.filename.as_str()), (recording.name.as_str(), "voicemail.ogg"));
    let heard = download(&app.root(), &recording.name).await;
    assert_eq!(heard, b"OggS what was said");
    assert_eq!(end(&app, &call, said).await.ticket, over.ticket, "told twice, done once");
    for user in ["ada", "mia"] {
        app.available(user, false).await;
    }
    let nobody = comes(&app, "c2").await;
    let again = v1::EndCallRequest { name: nobody.name.clone(), recording: recording.name, ..Default::default() };
    assert_refused(app.machine().calls().end_call(again).await, ErrorReason::ReferenceNotFound);
    assert_eq!((nobody.state(), nobody.after_hours), (CallState::Voicemail, false));
    let missed = end(&app, &nobody, v1::EndCallRequest::default()).await;
    assert_eq!(app.ticket_now(&missed.ticket).await.owner, "");
    let get = v1::GetCallRequest { name: nobody.name };
    assert_eq!(app.root().calls().get_call(get).await.expect("found").into_inner().call, Some(missed));
});

// outside of the hours it rings at nobody, and the caller hears the other message.
both_engines!(outside_of_the_hours_it_rings_at_nobody, |db| async move {
    let app = desk(db).await;
    let calling = v1::CallingConfig {
        hours: Some(hours(&[(Weekday::Monday, 540, 1_020)])),
        voicemail: Some(voicemail("day")),
        after_hours_voicemail: Some(voicemail("night")),
        ring_timeout: Some(prost_types::Duration { seconds: 20, nanos: 0 }),
    };
    configure(&app, calling, &["calling"]).await.expect("saved");
    let saturday = comes(&app, "c1").await;
    assert_eq!((saturday.state(), saturday.after_hours), (CallState::Voicemail, true));
    assert_eq!((saturday.voicemail, saturday.ringing_users.len()), (Some(voicemail("night")), 0));
    let monday = Timestamp::parse_rfc3339("2026-11-23T08:00:00Z").expect("a time");
    app.advance(monday.since(app.now()));
    let within = comes(&app, "c2").await;
    assert_eq!((within.state(), within.after_hours), (CallState::Ringing, false));
    assert_eq!((within.voicemail, within.ring_timeout.map(|r| r.seconds)), (Some(voicemail("day")), Some(20)));
    app.team("blue", &["leo"]).await;
    app.join("red", "leo", false).await;
    assert!(
        !comes(&app, "c3").await.ringing_users.contains(&user_name("leo")),
        "an extra member of {}",
        team_name("red")
    );
});

// C-061: at most a hundred people at once.
both_engines!(at_most_a_hundred_people_are_rung, |db| async move {
    let app = desk(db).await;
    app.team("all", &[]).await;
    for index in 0..99 {
        let id = format!("agent-{index:02}");
        app.agent(&id).await;
        app.join("all", &id, true).await;
    }
    app.route_to("phone", people(&["ada", "mia"], &["all"])).await;
    let call = comes(&app, "c1").await;
    assert_eq!((call.state(), call.ringing_users.len()), (CallState::Ringing, 100));
});

// C-007, C-008: below PROFESSIONAL a call rings at nobody and goes to voicemail, and leaves its ticket; on PROFESSIONAL it
// rings, but limits do not hold; what was set up stays.
both_engines!(a_call_rings_only_where_routing_is_bought, |db| async move {
    let app = desk(db).await;
    let calls = v1::GroupCapacity { group: v1::CapacityGroup::Calling.into(), limit: 0 };
    app.capacity("mia", v1::Capacity { groups: vec![calls], ..Default::default() }).await;
    let mut found = Vec::new();
    for (number, tier) in [Tier::Free, Tier::Starter, Tier::Professional, Tier::Enterprise].into_iter().enumerate() {
        set_tier(&app, app::ACCOUNT, tier).await;
        let call = comes(&app, &format!("c{number}")).await;
        found.push((call.state(), call.ringing_users.clone()));
        let over = end(&app, &call, v1::EndCallRequest::default()).await;
        assert_eq!((over.state(), app.ticket_now(&over.ticket).await.owner.as_str()), (CallState::Missed, ""));
    }
    let nobody = (CallState::Voicemail, Vec::new());
    let rings = |users: &[&str]| (CallState::Ringing, names(users));
    assert_eq!(found, [nobody.clone(), nobody, rings(&["ada", "mia"]), rings(&["ada"])]);
});
