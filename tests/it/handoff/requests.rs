//! RequestHandoff: who may, what becomes of the conversation, the ticket and control.

use helpdesk::grpc::pb::v1::{
    self, ErrorReason, HandoffMode as Mode, HandoffProcess as Process, HandoffReason as Why, HandoffState as State,
};
use helpdesk::storage::jobs;

use super::hands::{
    BASIC, ask, asking, cancel, give, give_back, hand_off, live, scene, set, ticket_of, to_people, told, work,
};
use crate::conversation::take_control::{control, held, take};
use crate::conversation::talk;
use crate::customer_agent::hands::{agent_name, pause, resume};
use crate::customer_agent::scene::set_triggers;
use crate::support::app::{App, user_name};
use crate::support::client::assert_refused;
use crate::support::databases::both_engines;

// C-094, complaint 16 (hand-off not routed to an available agent): the next available person has it at once.
both_engines!(a_live_hand_off_goes_to_an_available_agent_at_once, |db| async move {
    let app = App::start(db).await;
    let scene = live(&app).await;
    app.available("ben", false).await;
    assert_eq!(control(&scene.mia, &scene.conversation).await, (agent_name("ava"), 2));
    let asked = v1::RequestHandoffRequest {
        control_epoch: 2,
        ..asking(&scene.conversation, &[Why::CannotAnswer, Why::ContactAsked])
    };
    let (handoff, controller) = ask(&scene.ava, asked).await.expect("a hand-off");
    assert_eq!(
        (handoff.state(), handoff.mode(), handoff.user.clone()),
        (State::Accepting, Mode::Live, user_name("mia"))
    );
    assert_eq!(held(Some(controller)), (user_name("mia"), 3));
    let facts = handoff.facts.expect("facts");
    assert_eq!((facts.eligible_count, facts.available_count), (2, 1));
    assert_eq!((handoff.reason(), handoff.customer_agent.as_str()), (Why::ContactAsked, agent_name("ava").as_str()));
    let ticket = ticket_of(&app, &scene.conversation).await;
    assert_eq!(ticket.owner, user_name("mia"));
    assert!(handoff.routing_decision.starts_with(&ticket.name), "{}", handoff.routing_decision);
    assert_eq!(told(&app, &scene.conversation).await[0].name, handoff.transition_message);
});

// R-221, C-095: for later it goes to somebody whether there or not.
both_engines!(an_asynchronous_one_goes_to_who_is_away_too, |db| async move {
    let app = App::start(db).await;
    let scene = scene(&app).await;
    let policy = to_people(Process::Asynchronous, &["mia"], &[]);
    set(&app.root(), policy, &BASIC).await.expect("set");
    app.available("mia", false).await;
    let handoff = hand_off(&scene).await;
    assert_eq!((handoff.state(), handoff.mode()), (State::QueuedAsync, Mode::Async));
    assert_eq!(handoff.user, user_name("mia"));
    assert_eq!(handoff.told(), v1::HandoffMessage::Unavailable);
    assert_eq!(ticket_of(&app, &scene.conversation).await.owner, user_name("mia"));
});

// R-222, C-092: do not hand off: recorded, and nothing changes.
both_engines!(the_process_none_records_and_changes_nothing, |db| async move {
    let app = App::start(db).await;
    let scene = scene(&app).await;
    let handoff = hand_off(&scene).await;
    assert_eq!((handoff.state(), handoff.mode()), (State::Declined, Mode::None));
    assert_eq!(handoff.outcome(), v1::HandoffOutcome::NotHandedOff);
    assert_eq!(control(&scene.mia, &scene.conversation).await, (agent_name("ava"), 2));
    assert!(told(&app, &scene.conversation).await.is_empty());
    assert_eq!(talk::events(&app, v1::EventType::HandoffRequested).await.len(), 1);
});

// R-222, C-092: paused and do not hand off: what fires is recorded, and the agent stays, silent until it is resumed.
both_engines!(a_paused_agent_that_hands_nothing_over_stays_and_is_silent, |db| async move {
    let app = App::start(db).await;
    let scene = scene(&app).await;
    pause(&app.root(), "ava").await.expect("paused");
    let point = v1::inbound_sender::Point::Handle("ann".to_owned());
    app.ingest(talk::from("chat", "2", point)).await;
    work(&app).await;
    assert_eq!(asked_so_far(&app).await, [(State::Declined, Why::AgentPaused)], "once");
    assert_eq!(control(&scene.mia, &scene.conversation).await, (agent_name("ava"), 2));
    let answer = v1::SendMessageRequest { control_epoch: 2, ..talk::reply(&scene.conversation, "Hi") };
    let refused = scene.ava.conversations().send_message(answer.clone()).await;
    assert_refused(refused, ErrorReason::CustomerAgentNotLive);
    assert!(told(&app, &scene.conversation).await.is_empty());
    resume(&app.root(), "ava").await.expect("resumed");
    scene.ava.conversations().send_message(answer).await.expect("it goes on");
});

/// Hand-offs of the account with why, the latest first.
async fn asked_so_far(app: &App) -> Vec<(State, Why)> {
    let request = v1::ListHandoffsRequest { parent: crate::support::app::account(), ..Default::default() };
    let all = app.root().handoffs().list_handoffs(request).await.expect("listed").into_inner().handoffs;
    all.iter().map(|it| (it.state(), it.reason())).collect()
}

// C-092: each pause is recorded, the turns are to be taken anew between them, and once the process says so the
// conversation is handed over without a further word.
both_engines!(a_pause_that_was_recorded_hands_over_once_the_process_says_so, |db| async move {
    let app = App::start(db).await;
    let scene = scene(&app).await;
    pause(&app.root(), "ava").await.expect("paused");
    work(&app).await;
    assert_eq!(asked_so_far(&app).await, [(State::Declined, Why::AgentPaused)]);
    app.advance(std::time::Duration::from_mins(5));
    work(&app).await;
    assert_eq!(asked_so_far(&app).await.len(), 1, "told once");
    resume(&app.root(), "ava").await.expect("resumed");
    work(&app).await;
    app.advance(std::time::Duration::from_secs(29));
    work(&app).await;
    assert_eq!(asked_so_far(&app).await.len(), 1, "half a minute from the end of the pause on");
    app.advance(std::time::Duration::from_secs(1));
    work(&app).await;
    assert_eq!(asked_so_far(&app).await[0], (State::Declined, Why::AgentFailed));
    app.advance(std::time::Duration::from_secs(1));
    pause(&app.root(), "ava").await.expect("paused again");
    work(&app).await;
    let told = asked_so_far(&app).await;
    assert_eq!((told.len(), told[0]), (3, (State::Declined, Why::AgentPaused)));
    assert_eq!(control(&scene.mia, &scene.conversation).await, (agent_name("ava"), 2));
    app.advance(std::time::Duration::from_secs(1));
    set(&app.root(), to_people(Process::Live, &["mia"], &[]), &BASIC).await.expect("set");
    work(&app).await;
    assert_eq!(asked_so_far(&app).await[0], (State::Accepting, Why::AgentPaused));
    assert_eq!(control(&scene.mia, &scene.conversation).await.0, user_name("mia"));
});

// C-092: whoever looks at open turns of an agent that is paused does not look again at once for ever.
both_engines!(a_pause_that_was_recorded_is_not_looked_at_all_the_time, |db| async move {
    let app = App::start(db).await;
    let scene = scene(&app).await;
    let limit = v1::HandoffTriggers {
        inactivity: Some(prost_types::Duration { seconds: 600, nanos: 0 }),
        ..Default::default()
    };
    set_triggers(&app.root(), limit, &["inactivity"]).await.expect("set");
    pause(&app.root(), "ava").await.expect("paused");
    for _ in 0..2 {
        work(&app).await;
        app.advance(std::time::Duration::from_secs(1));
    }
    work(&app).await;
    assert_eq!(asked_so_far(&app).await, [(State::Declined, Why::AgentPaused)]);
    assert_eq!(control(&scene.mia, &scene.conversation).await, (agent_name("ava"), 2));
    let store = &app.running().service.store;
    let due = jobs::next_due(store).await.expect("read").expect("a time");
    let now = store.now(store.reader()).await.expect("read");
    assert!(due.since(now) > std::time::Duration::from_secs(5), "{:?}", due.since(now));
});

// R-213, C-092: the visitor's next word hands over, too, before anybody looks again.
both_engines!(what_comes_in_during_a_pause_is_handed_over_as_the_process_says_now, |db| async move {
    let app = App::start(db).await;
    let scene = scene(&app).await;
    pause(&app.root(), "ava").await.expect("paused");
    work(&app).await;
    set(&app.root(), to_people(Process::Live, &["mia"], &[]), &BASIC).await.expect("set");
    let point = v1::inbound_sender::Point::Handle("ann".to_owned());
    app.ingest(talk::from("chat", "2", point)).await;
    assert_eq!(control(&scene.mia, &scene.conversation).await.0, user_name("mia"));
});

// C-090, C-097, complaint 13 (the text was sent twice): the same request again is the same hand-off, with its reasons.
both_engines!(one_hand_off_is_open_and_its_text_is_not_sent_twice, |db| async move {
    let app = App::start(db).await;
    let scene = live(&app).await;
    let first = hand_off(&scene).await;
    let asked = asking(&scene.conversation, &[Why::CannotAnswer, Why::ContactAsked]);
    let (second, _) = ask(&scene.ava, asked).await.expect("the same");
    assert_eq!((second.name.clone(), second.state()), (first.name.clone(), first.state()));
    let reasons: Vec<Why> = second.reasons.iter().map(v1::FiredReason::reason).collect();
    assert_eq!(reasons, [Why::ContactAsked, Why::CannotAnswer]);
    let asked = asking(&scene.conversation, &[Why::Requested]);
    let (third, _) = ask(&scene.mia, asked).await.expect("the same for people");
    assert_eq!((third.name, third.reasons.len()), (first.name, 3));
    assert_eq!(told(&app, &scene.conversation).await.len(), 1);
});

// T-52, complaint 12 (the bot keeps answering after a human took over): once it is handed over, the agent has no say.
both_engines!(the_bot_does_not_go_on_after_a_human_took_over, |db| async move {
    let app = App::start(db).await;
    let scene = live(&app).await;
    take(&scene.ben, &scene.conversation, 2).await.expect("taken over");
    let stale = v1::RequestHandoffRequest { control_epoch: 2, ..asking(&scene.conversation, &[Why::ContactAsked]) };
    assert_refused(ask(&scene.ava, stale).await, ErrorReason::ControlEpochStale);
    let asked = asking(&scene.conversation, &[Why::ContactAsked]);
    assert_refused(ask(&scene.ava, asked.clone()).await, ErrorReason::NotInControl);
    assert_refused(ask(&scene.mia, asked).await, ErrorReason::NotInControl);
});

// T-52: to and fro at most three times within an hour; then it stays with people, with an entry.
both_engines!(a_ping_pong_ends_with_a_person, |db| async move {
    let app = App::start(db).await;
    let scene = live(&app).await;
    for _ in 0..2 {
        let handoff = hand_off(&scene).await;
        give_back(&scene.mia, &handoff.name, "").await.expect("given back");
    }
    assert!(talk::events(&app, v1::EventType::TicketAutomationSkipped).await.is_empty());
    let handoff = hand_off(&scene).await;
    assert_refused(give_back(&scene.mia, &handoff.name, "").await, ErrorReason::TooManyReturns);
    let entries = talk::events(&app, v1::EventType::TicketAutomationSkipped).await;
    assert!(entries[0].fields.iter().any(|change| change.field == "reason" && change.after == "PING_PONG"));
    app.advance(std::time::Duration::from_hours(1));
    give_back(&scene.mia, &handoff.name, "").await.expect("an hour later");
});

// T-52: a hand-off that falls back counts as well; the fourth stays with people, with an entry.
both_engines!(a_ping_pong_without_people_ends_with_people_too, |db| async move {
    let app = App::start(db).await;
    let scene = scene(&app).await;
    let back = v1::HandoffPolicy {
        fallback: v1::HandoffFallback::CustomerAgent.into(),
        ..to_people(Process::Live, &["mia"], &[])
    };
    set(&app.root(), back, &[&BASIC[..], &["fallback"]].concat()).await.expect("set");
    app.available("mia", false).await;
    app.advance(std::time::Duration::from_hours(1));
    for _ in 0..3 {
        let waits = hand_off(&scene).await;
        cancel(&scene.mia, &waits.name).await.expect("called off");
        assert_eq!(control(&scene.mia, &scene.conversation).await.0, agent_name("ava"));
    }
    assert!(talk::events(&app, v1::EventType::TicketAutomationSkipped).await.is_empty());
    let waits = hand_off(&scene).await;
    cancel(&scene.mia, &waits.name).await.expect("called off");
    assert_eq!(control(&scene.mia, &scene.conversation).await.0, "", "people have it");
    let entries = talk::events(&app, v1::EventType::TicketAutomationSkipped).await;
    let told = |event: &v1::Event| event.fields.iter().any(|it| it.field == "reason" && it.after == "PING_PONG");
    assert!(entries.len() == 2 && entries.iter().all(told), "that it stays with people, and that it did: {entries:?}");
    assert_eq!(ticket_of(&app, &scene.conversation).await.owner, "");
});

// C-099: a conversation without ticket gets one, in the default pipeline of the help desk.
both_engines!(a_ticket_is_made_where_there_is_none, |db| async move {
    let app = App::start(db).await;
    let scene = live(&app).await;
    app.channel("inbox", v1::ChannelType::Chat).await;
    let channel = v1::Channel {
        name: crate::support::app::channel_name("inbox"),
        creates_tickets: Some(false),
        ..Default::default()
    };
    let request = v1::UpdateChannelRequest {
        channel: Some(channel),
        update_mask: Some(prost_types::FieldMask { paths: vec!["creates_tickets".to_owned()] }),
        ..Default::default()
    };
    app.root().channels().update_channel(request).await.expect("changed");
    let point = v1::inbound_sender::Point::Handle("zoe".to_owned());
    let conversation = talk::conversation_of(&app.ingest(talk::from("inbox", "9", point)).await);
    give(&app.root(), &conversation, "ava").await.expect("given");
    let (handoff, _) = ask(&scene.ava, asking(&conversation, &[Why::ContactAsked])).await.expect("a hand-off");
    assert_eq!(handoff.state(), State::Accepting);
    let ticket = ticket_of(&app, &conversation).await;
    assert_eq!((ticket.area(), ticket.pipeline), (v1::Area::HelpDesk, crate::support::app::pipeline_name()));
    assert_eq!(ticket.owner, handoff.user);
});

// the inbox as destination.
both_engines!(the_destination_may_be_the_inbox, |db| async move {
    let app = App::start(db).await;
    let scene = scene(&app).await;
    let policy = v1::HandoffPolicy { destination: v1::Area::Inbox.into(), ..to_people(Process::Live, &["mia"], &[]) };
    set(&app.root(), policy, &[&BASIC[..], &["destination"]].concat()).await.expect("set");
    hand_off(&scene).await;
    assert_eq!(ticket_of(&app, &scene.conversation).await.area(), v1::Area::Inbox);
});

both_engines!(a_context_has_its_bounds, |db| async move {
    let app = App::start(db).await;
    let scene = live(&app).await;
    let facts = |count: usize, size: usize| (0..count).map(|it| (format!("f{it}"), "x".repeat(size))).collect();
    let with = |context| v1::RequestHandoffRequest {
        context: Some(context),
        ..asking(&scene.conversation, &[Why::ContactAsked])
    };
    let big = v1::HandoffContext { facts: facts(9, 2_000), ..Default::default() };
    assert_refused(ask(&scene.ava, with(big)).await, ErrorReason::FieldInvalid);
    let fits = v1::HandoffContext {
        summary: "Card lost".to_owned(),
        intent: "lost_card".to_owned(),
        facts: facts(8, 2_000),
        language_code: "de-AT".to_owned(),
    };
    let (handoff, _) = ask(&scene.ava, with(fits.clone())).await.expect("a hand-off");
    assert_eq!(handoff.context, Some(fits));
    let own = asking(&scene.conversation, &[Why::AgentPaused]);
    assert_refused(ask(&scene.mia, own).await, ErrorReason::FieldInvalid);
});

both_engines!(a_tried_request_leaves_nothing, |db| async move {
    let app = App::start(db).await;
    let scene = live(&app).await;
    let tried = v1::RequestHandoffRequest { validate_only: true, ..asking(&scene.conversation, &[Why::ContactAsked]) };
    let (handoff, _) = ask(&scene.ava, tried).await.expect("it would be one");
    assert_eq!((handoff.state(), handoff.name.as_str()), (State::Accepting, ""));
    assert_eq!(control(&scene.mia, &scene.conversation).await, (agent_name("ava"), 2));
    assert!(told(&app, &scene.conversation).await.is_empty());
});
