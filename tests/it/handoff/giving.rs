//! Conversations that go to customer agents: back from people, and by hand.

use helpdesk::grpc::pb::access::AccessLevel;
use helpdesk::grpc::pb::v1::{self, ErrorReason, HandoffState as State};

use super::hands::{another, cancel, get, give, give_back, hand_off, live, scene, ticket_of};
use crate::conversation::take_control::control;
use crate::conversation::talk;
use crate::customer_agent::hands::{agent_name, make, pause, runtime};
use crate::support::app::{App, account, user_name};
use crate::support::client::assert_refused;
use crate::support::databases::both_engines;

// C-111: a conversation of any channel can be given to an agent; the ticket is nobody's then.
both_engines!(a_conversation_is_given_by_hand, |db| async move {
    let app = App::start(db).await;
    let scene = scene(&app).await;
    talk::send(&scene.mia, v1::SendMessageRequest { take_control: true, ..talk::reply(&scene.conversation, "Hi") })
        .await;
    assert_eq!(ticket_of(&app, &scene.conversation).await.owner, user_name("mia"));
    let given = give(&scene.ben, &scene.conversation, "ava").await.expect("given");
    assert_eq!(given.controller.expect("control").epoch, 4);
    let ticket = ticket_of(&app, &scene.conversation).await;
    assert_eq!((ticket.owner.as_str(), ticket.unassigned_reason()), ("", v1::UnassignedReason::CustomerAgent));
    assert_eq!(control(&scene.mia, &scene.conversation).await.0, agent_name("ava"));
    let again = give(&scene.ben, &scene.conversation, "ava").await.expect("it has it already");
    assert_eq!(again.controller.expect("control").epoch, 4);
});

both_engines!(only_an_agent_that_works_gets_conversations, |db| async move {
    let app = App::start(db).await;
    let scene = scene(&app).await;
    make(&app.root(), "eva").await.expect("made");
    pause(&app.root(), "eva").await.expect("paused");
    assert_refused(give(&scene.mia, &scene.conversation, "eva").await, ErrorReason::CustomerAgentNotLive);
    assert_refused(give(&scene.mia, &scene.conversation, "none").await, ErrorReason::ReferenceNotFound);
    let stale = v1::AssignConversationRequest {
        conversation: scene.conversation.clone(),
        customer_agent: agent_name("ava"),
        control_epoch: 1,
        ..Default::default()
    };
    assert_refused(scene.mia.agents().assign_conversation(stale).await, ErrorReason::ControlEpochStale);
    let nina = app.collaborator("nina", AccessLevel::Owned).await;
    assert_refused(give(&nina, &scene.conversation, "ava").await, ErrorReason::ResourceNotFound);
});

both_engines!(an_open_hand_off_is_ended_first, |db| async move {
    let app = App::start(db).await;
    let scene = live(&app).await;
    hand_off(&scene).await;
    assert_refused(give(&scene.mia, &scene.conversation, "ava").await, ErrorReason::HandoffNotOpen);
});

// C-097, complaints 14 (bot mute after hand-back; nothing marks the end of the human part) and 38 (context lost on return).
both_engines!(the_bot_knows_what_people_did_when_it_gets_it_back, |db| async move {
    let app = App::start(db).await;
    let scene = live(&app).await;
    app.available("ben", false).await;
    app.advance(std::time::Duration::from_secs(1));
    let given = hand_off(&scene).await;
    let sent = talk::send(&scene.mia, talk::reply(&scene.conversation, "Your card is on its way.")).await;
    let point = v1::inbound_sender::Point::Handle("ann".to_owned());
    let answer = app.ingest(talk::from("chat", "2", point)).await;
    let back = give_back(&scene.mia, &given.name, "Sent a new card").await.expect("given back");
    assert_eq!((back.state(), back.outcome()), (State::Returned, v1::HandoffOutcome::Returned));
    let digest = back.digest.expect("a digest");
    assert_eq!((digest.note.as_str(), digest.user.as_str()), ("Sent a new card", user_name("mia").as_str()));
    let said = [sent.message.expect("a message").name, answer.message.expect("a message").name];
    assert_eq!((digest.message_count, digest.messages), (2, said.to_vec()));
    let read = v1::GetHandoffRequest { name: given.name.clone() };
    assert!(scene.ava.handoffs().get_handoff(read).await.expect("its own").into_inner().handoff.is_some());
    assert_eq!(control(&scene.mia, &scene.conversation).await.0, agent_name("ava"));
    assert_eq!(ticket_of(&app, &scene.conversation).await.owner, "");
    assert_refused(give_back(&scene.mia, &given.name, "").await, ErrorReason::HandoffNotOpen);
    assert_ne!(hand_off(&scene).await.name, given.name, "armed again");
});

// C-097, complaint 38 (context lost on return): whoever gets it back reads what people did, also another agent than before.
both_engines!(another_agent_that_gets_it_back_reads_the_digest, |db| async move {
    let app = App::start(db).await;
    let scene = live(&app).await;
    app.available("ben", false).await;
    let (eva, bea) = (runtime(&app, "eva").await, runtime(&app, "bea").await);
    let given = hand_off(&scene).await;
    let read = || v1::GetHandoffRequest { name: given.name.clone() };
    assert_refused(eva.handoffs().get_handoff(read()).await, ErrorReason::ResourceNotFound);
    let back = v1::ReturnHandoffRequest {
        name: given.name.clone(),
        customer_agent: agent_name("eva"),
        note: "Sent a new card".to_owned(),
        ..Default::default()
    };
    scene.mia.handoffs().return_handoff(back).await.expect("given back");
    assert_eq!(control(&scene.mia, &scene.conversation).await.0, agent_name("eva"));
    for agent in [&eva, &scene.ava] {
        assert_eq!(get(agent, &given.name).await.digest.expect("a digest").note, "Sent a new card");
        let list = v1::ListHandoffsRequest { parent: account(), ..Default::default() };
        assert_eq!(agent.handoffs().list_handoffs(list).await.expect("listed").into_inner().handoffs.len(), 1);
    }
    assert_refused(bea.handoffs().get_handoff(read()).await, ErrorReason::ResourceNotFound);
    assert_refused(cancel(&eva, &given.name).await, ErrorReason::HandoffNotOpen);
});

both_engines!(one_that_waits_cannot_be_given_back, |db| async move {
    let app = App::start(db).await;
    let scene = live(&app).await;
    app.available("mia", false).await;
    app.available("ben", false).await;
    let waits = hand_off(&scene).await;
    assert_refused(give_back(&scene.mia, &waits.name, "").await, ErrorReason::HandoffNotOpen);
    let other = another(&app, "7", "zoe").await;
    assert_eq!(control(&scene.mia, &other).await.0, agent_name("ava"));
});

// C-111: on WhatsApp the routing may name an agent, which has each conversation from the first message on.
both_engines!(whatsapp_routes_to_an_agent, |db| async move {
    let app = App::start(db).await;
    let scene = scene(&app).await;
    app.channel("whatsapp", v1::ChannelType::Whatsapp).await;
    let target = |id: &str| {
        let customer_agent = agent_name(id);
        v1::channel_routing::Target::CustomerAgent(v1::CustomerAgentTarget { customer_agent })
    };
    let none = v1::ChannelRouting { target: Some(target("none")), ..Default::default() };
    let none = app.try_route("whatsapp", none, &["customer_agent"]).await;
    assert_refused(none, ErrorReason::ReferenceNotFound);
    app.route_to("whatsapp", target("ava")).await;
    let point = v1::inbound_sender::Point::Phone("+4915112345678".to_owned());
    let came = app.ingest(talk::from("whatsapp", "w1", point.clone())).await;
    let ticket = came.ticket.clone().expect("a ticket");
    assert_eq!((ticket.owner.as_str(), ticket.unassigned_reason()), ("", v1::UnassignedReason::CustomerAgent));
    let conversation = talk::conversation_of(&came);
    assert_eq!(control(&scene.mia, &conversation).await, (agent_name("ava"), 2));
    app.ingest(talk::from("whatsapp", "w2", point)).await;
    assert_eq!(control(&scene.mia, &conversation).await, (agent_name("ava"), 2), "a further message moves nothing");
    let delete = crate::customer_agent::hands::delete(&app.root(), "ava").await;
    assert_refused(delete, ErrorReason::ResourceInUse);
});

// a paused agent hands over with the first message.
both_engines!(a_paused_agent_hands_over_at_once, |db| async move {
    let app = App::start(db).await;
    let scene = live(&app).await;
    app.channel("whatsapp", v1::ChannelType::Whatsapp).await;
    let customer_agent = agent_name("ava");
    app.route_to("whatsapp", v1::channel_routing::Target::CustomerAgent(v1::CustomerAgentTarget { customer_agent }))
        .await;
    pause(&app.root(), "ava").await.expect("paused");
    let point = v1::inbound_sender::Point::Phone("+4915112345678".to_owned());
    let came = app.ingest(talk::from("whatsapp", "w1", point)).await;
    let conversation = talk::conversation_of(&came);
    let owner = ticket_of(&app, &conversation).await.owner;
    assert!([user_name("mia"), user_name("ben")].contains(&owner), "{owner}");
    assert_eq!(control(&scene.mia, &conversation).await, (owner, 3));
    let told = super::hands::told(&app, &conversation).await;
    assert_eq!(told.len(), 1);
});
