//! Turns from the first message to the answer: control, epochs, credits, phrases, and what people do meanwhile.

use helpdesk::grpc::pb::v1::{self, ErrorReason, UnassignedReason, channel_routing::Target};

use super::hands::{agent_name, buy, get, make, pause, resume, runtime_of};
use super::scene::{Scene, phrases, set_triggers};
use crate::conversation::take_control::take;
use crate::conversation::talk;
use crate::support::app::{channel_name, user_name};
use crate::support::client::assert_refused;
use crate::support::databases::both_engines;

// C-111: on a channel that routes to a customer agent, it has the conversation from the first message on.
both_engines!(the_first_message_gives_the_conversation_to_the_agent, |db| async move {
    let scene = Scene::start(db).await;
    let came = scene.says("ann", "1", "Hello").await;
    let ticket = came.ticket.clone().expect("a ticket");
    assert_eq!((ticket.owner.as_str(), ticket.unassigned_reason()), ("", UnassignedReason::CustomerAgent));
    let name = talk::conversation_of(&came);
    let (who, epoch) = scene.controller(&name).await;
    assert_eq!((who, epoch), (agent_name("ava"), 2));
    let turn = scene.watch("").await.turn().await;
    assert_eq!((turn.conversation.clone(), turn.ticket.clone(), turn.control_epoch), (name.clone(), ticket.name, 2));
    assert_eq!(turn.message.expect("a message").name, came.message.expect("a message").name);
    let (_, again) = scene.controller(&name).await;
    scene.says("ann", "2", "Are you there?").await;
    assert_eq!((scene.controller(&name).await.1, again), (2, 2), "a later message moves nothing");
});

// with a routing whose target is empty it is the one agent that there is; of several one is named, and one that a
// channel routes to stays.
both_engines!(a_channel_routes_to_an_agent_that_is_there, |db| async move {
    let scene = Scene::start(db).await;
    let root = scene.app.root();
    let to = |agent: &str| v1::ChannelRouting {
        target: Some(Target::CustomerAgent(v1::CustomerAgentTarget { customer_agent: agent.to_owned() })),
        ..Default::default()
    };
    let saved = scene.app.try_route("wa", to(""), &["customer_agent"]).await.expect("the only one");
    assert_eq!(saved.channel_routing.expect("a routing").target, to(&agent_name("ava")).target);
    make(&root, "bob").await.expect("another");
    assert_refused(scene.app.try_route("wa", to(""), &["customer_agent"]).await, ErrorReason::FieldInvalid);
    let none = scene.app.try_route("wa", to(&agent_name("none")), &["customer_agent"]).await;
    assert_refused(none, ErrorReason::ReferenceNotFound);
    scene.app.try_route("wa", to(&agent_name("bob")), &["customer_agent"]).await.expect("the other one");
    assert_refused(super::hands::delete(&root, "bob").await, ErrorReason::ResourceInUse);
});

// R1, R-115: a version that routes to a customer agent that is gone cannot be gone back to.
both_engines!(a_version_for_an_agent_that_is_gone_is_refused, |db| async move {
    let scene = Scene::start(db).await;
    let root = scene.app.root();
    make(&root, "bob").await.expect("another");
    let to_bob = v1::CustomerAgentTarget { customer_agent: agent_name("bob") };
    scene.app.route_to("wa", Target::CustomerAgent(to_bob)).await;
    scene.app.route_to("wa", Target::Nobody(v1::NobodyTarget {})).await;
    let name = format!("{}/routingVersions/3", channel_name("wa"));
    let back = v1::ActivateRoutingVersionRequest { name, ..Default::default() };
    root.channels().activate_routing_version(back.clone()).await.expect("the agent is there");
    scene.app.route_to("wa", Target::Nobody(v1::NobodyTarget {})).await;
    super::hands::delete(&root, "bob").await.expect("deleted");
    assert_refused(root.channels().activate_routing_version(back).await, ErrorReason::ReferenceNotFound);
});

// R-116, C-037, C-111: a ticket that is routed anew to the agent gives it the conversation too, with what nobody has answered.
both_engines!(a_ticket_routed_anew_gives_the_agent_its_conversation, |db| async move {
    let scene = Scene::start(db).await;
    let (name, epoch) = scene.given("ann", "Hello").await;
    assert_eq!(take(&scene.mia, &name, epoch).await.expect("taken"), (user_name("mia"), epoch + 1));
    let ticket = talk::conversation(&scene.mia, &name).await.ticket;
    let to_mia = v1::AssignTicketRequest { name: ticket.clone(), owner: user_name("mia"), ..Default::default() };
    scene.app.root().tickets().assign_ticket(to_mia).await.expect("assigned");
    let route = v1::RouteTicketRequest { name: ticket, ignore_owner: true, ..Default::default() };
    let routed = scene.app.root().routing().route_ticket(route).await.expect("routed").into_inner();
    let ticket = routed.ticket.expect("a ticket");
    assert_eq!((ticket.owner.as_str(), ticket.unassigned_reason()), ("", UnassignedReason::CustomerAgent));
    assert_eq!(scene.controller(&name).await, (agent_name("ava"), epoch + 2));
    let turn = scene.watch("").await.turn().await;
    assert_eq!((turn.conversation.as_str(), turn.control_epoch), (name.as_str(), epoch + 2));
});

// an answer costs a credit, whatever it answers; it takes the turns of everything that was said before.
both_engines!(an_answer_takes_all_turns_and_costs_a_credit, |db| async move {
    let scene = Scene::start(db).await;
    let (name, epoch) = scene.given("ann", "Hello").await;
    scene.says("ann", "2", "Are you there?").await;
    assert_eq!(scene.credits_used().await, 0);
    assert_eq!(scene.answer(&name, epoch, "Yes.").await.expect("answered"), (agent_name("ava"), epoch));
    assert_eq!(scene.credits_used().await, 1);
    assert_eq!(scene.turn_states().await, ["WAITING", "WAITING", "ANSWERED", "ANSWERED"]);
    let turns = scene.watch("").await.any().await;
    assert_eq!((turns.turns.len(), turns.caught_up), (0, true));
    let ticket = talk::conversation(&scene.mia, &name).await.ticket;
    assert_eq!(talk::ticket(&scene.mia, &ticket).await.owner, "", "an agent takes no ticket");
});

// Complaint 12, T-51: what the agent thought of while a person took over is not sent; a customer agent reaches the
// conversations that it had, and no others.
both_engines!(a_slow_agent_never_talks_over_a_person, |db| async move {
    let scene = Scene::start(db).await;
    let (name, epoch) = scene.given("ann", "Hello").await;
    assert_eq!(take(&scene.mia, &name, epoch).await.expect("taken"), (user_name("mia"), epoch + 1));
    assert_refused(scene.answer(&name, epoch, "Hi!").await, ErrorReason::ControlEpochStale);
    assert_refused(scene.answer(&name, 0, "Hi!").await, ErrorReason::NotInControl);
    assert_refused(scene.answer(&name, epoch + 1, "Hi!").await, ErrorReason::NotInControl);
    assert_eq!(scene.credits_used().await, 0);
    assert_eq!(scene.turn_states().await, ["WAITING", "ENDED"]);
    scene.says("ann", "2", "Still there?").await;
    assert_eq!(scene.turn_states().await.len(), 2, "a person has it: no turn");
    let other = scene.people_only("eve").await;
    assert_refused(scene.answer(&other, 1, "Hi!").await, ErrorReason::ResourceNotFound);
    make(&scene.app.root(), "bob").await.expect("another");
    let bob = runtime_of(&scene.app, "bob").await;
    let request = v1::SendMessageRequest { control_epoch: epoch, ..talk::reply(&name, "I am Bob") };
    assert_refused(bob.conversations().send_message(request).await, ErrorReason::ResourceNotFound);
    let by_ticket = talk::conversation(&scene.mia, &name).await.ticket;
    assert_refused(scene.answer(&by_ticket, epoch, "Hi!").await, ErrorReason::ResourceNotFound);
});

// C-087: a phrase of the visitor's hands over at once; the agent's own words never do.
both_engines!(a_phrase_of_the_visitor_hands_over, |db| async move {
    let scene = Scene::start(db).await;
    set_triggers(&scene.app.root(), phrases(&["refund"]), &["phrases"]).await.expect("set");
    let (name, epoch) = scene.given("ann", "Hello").await;
    scene.answer(&name, epoch, "Do you want a refund?").await.expect("answered");
    assert_eq!(scene.controller(&name).await, (agent_name("ava"), epoch));
    let came = scene.says("ann", "2", "Yes, a ＲＥＦＵＮＤ!").await;
    assert!(came.mutation.expect("a mutation").effects.iter().any(|it| it.kind() == v1::EffectKind::HandoffTriggered));
    assert_eq!(scene.controller(&name).await, (String::new(), epoch + 1));
    assert_eq!(scene.fired().await, ["PHRASE"]);
    scene.says("ann", "3", "Refund refund").await;
    assert_eq!(scene.fired().await, ["PHRASE"], "C-097: it is not the agent's any more");
    assert_eq!(scene.turn_states().await, ["WAITING", "ANSWERED", "WAITING", "ENDED"]);
});

// C-009: a paused agent hands over what comes in, and what it owed; out of credits is paused.
both_engines!(a_paused_agent_hands_over, |db| async move {
    let scene = Scene::start(db).await;
    let root = scene.app.root();
    let (first, epoch) = scene.given("ann", "Hello").await;
    let (idle, idle_epoch) = scene.given("bea", "Hello").await;
    scene.answer(&idle, idle_epoch, "Good day").await.expect("answered");
    pause(&root, "ava").await.expect("paused");
    assert_refused(scene.answer(&first, epoch, "Hi").await, ErrorReason::CustomerAgentNotLive);
    scene.settle().await;
    assert_eq!(scene.fired().await, ["AGENT_PAUSED"]);
    assert_eq!(scene.controller(&first).await, (String::new(), epoch + 1));
    assert_eq!(scene.controller(&idle).await, (agent_name("ava"), idle_epoch), "nothing is owed there");
    scene.says("bea", "2", "And then?").await;
    assert_eq!(scene.controller(&idle).await.0, "");
    resume(&root, "ava").await.expect("resumed");
    let used = scene.credits_used().await;
    buy(&scene.app, v1::Subscription { credits: Some(used + 1), ..Default::default() }, "subscription.credits").await;
    let (last, epoch) = scene.given("cleo", "Hello").await;
    let (owed, _) = scene.given("dora", "Hello").await;
    scene.answer(&last, epoch, "The last one").await.expect("paid");
    scene.settle().await;
    assert_eq!(scene.controller(&owed).await.0, "", "no credit is left for it");
    let agent = get(&root, "ava").await;
    assert_eq!(agent.pause_reasons().collect::<Vec<_>>(), [v1::CustomerAgentPauseReason::NoCredits]);
    scene.says("cleo", "2", "One more").await;
    assert_eq!(scene.controller(&last).await.0, "");
    assert_eq!(scene.fired().await, ["AGENT_PAUSED"; 4]);
});

// Complaint 39: a customer agent that is deleted gives its conversations up, each with its event.
both_engines!(a_deleted_agent_leaves_nothing_behind, |db| async move {
    let scene = Scene::start(db).await;
    let root = scene.app.root();
    let (name, epoch) = scene.given("ann", "Hello").await;
    scene.app.route_to("wa", Target::Nobody(v1::NobodyTarget {})).await;
    let keys = v1::ListAccessKeysRequest { parent: crate::support::app::account(), ..Default::default() };
    let keys = root.access().list_access_keys(keys).await.expect("keys").into_inner().access_keys;
    for key in keys.into_iter().filter(|key| key.customer_agent == agent_name("ava")) {
        let request = v1::RevokeAccessKeyRequest { name: key.name, ..Default::default() };
        root.access().revoke_access_key(request).await.expect("revoked");
    }
    super::hands::delete(&root, "ava").await.expect("deleted");
    scene.settle().await;
    assert_eq!(scene.controller(&name).await, (String::new(), epoch + 1));
    assert_eq!(talk::events(&scene.app, v1::EventType::ControlChanged).await.len(), 2);
});

// The limit of turns, and the same answer again and again, hand over after the answer.
both_engines!(limits_hand_over_after_the_answer_that_reaches_them, |db| async move {
    let scene = Scene::start(db).await;
    let limits = v1::HandoffTriggers { turn_limit: Some(2), same_answer_limit: Some(2), ..Default::default() };
    set_triggers(&scene.app.root(), limits, &["turn_limit", "same_answer_limit"]).await.expect("set");
    let (name, epoch) = scene.given("ann", "Hello").await;
    scene.answer(&name, epoch, "One").await.expect("answered");
    assert_eq!(scene.controller(&name).await.1, epoch);
    scene.answer(&name, epoch, "Two").await.expect("answered");
    assert_eq!(scene.controller(&name).await, (String::new(), epoch + 1));
    let (name, epoch) = scene.given("bea", "Hello").await;
    scene.answer(&name, epoch, "Restart it").await.expect("answered");
    scene.answer(&name, epoch, "restart  it").await.expect("answered");
    assert_eq!(scene.fired().await, ["TURN_LIMIT", "TURN_LIMIT,LOOP"]);
    assert_eq!(
        talk::conversation(&scene.mia, &name).await.message_count,
        4,
        "the answers went out, and what the hand-off says"
    );
});
