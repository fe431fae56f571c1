//! What each kind of channel offers for its routing beyond mail and forms, and who may set it.

use helpdesk::grpc::pb::access::AccessLevel;
use helpdesk::grpc::pb::v1::{
    self, ChannelType, CustomerAgentTarget, Distribution, ErrorReason, NobodyTarget, OwnerTarget, UnassignedReason,
    WhenFull, channel_routing::Target,
};

use crate::support::app::{App, channel_name, user_name};
use crate::support::client::assert_refused;
use crate::support::databases::both_engines;
use crate::support::scene::people;

fn to(target: Target) -> v1::ChannelRouting {
    v1::ChannelRouting { target: Some(target), ..Default::default() }
}

fn agent() -> v1::ChannelRouting {
    to(Target::CustomerAgent(CustomerAgentTarget::default()))
}

// off until it is turned on; then users or teams, and nothing else to choose.
both_engines!(a_chatflow_assigns_nobody_until_it_is_turned_on, |db| async move {
    let app = App::start(db).await;
    app.agent("mia").await;
    app.team("red", &["mia"]).await;
    app.channel("chat", ChannelType::Chat).await;
    let before = app.arrives("chat", "c1", "ann@example.com").await;
    assert_eq!((before.owner.as_str(), before.unassigned_reason()), ("", UnassignedReason::Off));
    app.route_to("chat", people(&[], &["red"])).await;
    assert_eq!(app.arrives("chat", "c2", "bob@example.com").await.owner, user_name("mia"));
    let owner = to(Target::ContactOwner(OwnerTarget {}));
    let random = v1::ChannelRouting { distribution: Distribution::Random.into(), ..Default::default() };
    let anybody = v1::ChannelRouting { available_only: Some(false), ..Default::default() };
    for (routing, path) in
        [(owner, "contact_owner"), (agent(), "customer_agent"), (random, "distribution"), (anybody, "available_only")]
    {
        assert_refused(app.try_route("chat", routing, &[path]).await, ErrorReason::RoutingOptionNotOffered);
    }
    app.route_to("chat", Target::Nobody(NobodyTarget {})).await;
    assert_eq!(app.arrives("chat", "c3", "eve@example.com").await.unassigned_reason(), UnassignedReason::Off);
});

// C-111: WhatsApp offers four targets and no other choice; saved, the next
// ticket goes by it.
both_engines!(whatsapp_offers_four_targets_and_no_other_choice, |db| async move {
    let app = App::start(db).await;
    app.agent("mia").await;
    app.agent("ada").await;
    app.contact("ann@example.com", "ada", true).await;
    app.channel("whatsapp", ChannelType::Whatsapp).await;
    assert_eq!(app.arrives("whatsapp", "w1", "x1@example.com").await.unassigned_reason(), UnassignedReason::Off);
    app.route_to("whatsapp", people(&["mia"], &[])).await;
    assert_eq!(app.arrives("whatsapp", "w2", "x2@example.com").await.owner, user_name("mia"));
    app.route_to("whatsapp", Target::ContactOwner(OwnerTarget {})).await;
    assert_eq!(app.arrives("whatsapp", "w3", "ann@example.com").await.owner, user_name("ada"));
    app.route_to("whatsapp", Target::Nobody(NobodyTarget {})).await;
    assert_eq!(app.arrives("whatsapp", "w4", "x4@example.com").await.unassigned_reason(), UnassignedReason::Off);
    let refused = app.try_route("whatsapp", agent(), &["customer_agent"]).await;
    assert_refused(refused, ErrorReason::CustomerAgentNotLive);
    let random = v1::ChannelRouting { distribution: Distribution::Random.into(), ..to(people(&["mia"], &[])) };
    let random = app.try_route("whatsapp", random, &["people", "distribution"]).await;
    assert_refused(random, ErrorReason::RoutingOptionNotOffered);
});

// the customer agent is offered for WhatsApp only.
both_engines!(mail_forms_and_the_rest_do_not_offer_the_customer_agent, |db| async move {
    let app = App::start(db).await;
    for (id, kind) in [
        ("mail", ChannelType::Email),
        ("form", ChannelType::Form),
        ("messenger", ChannelType::Messenger),
        ("calling", ChannelType::Calling),
        ("api", ChannelType::Api),
    ] {
        app.channel(id, kind).await;
        let refused = app.try_route(id, agent(), &["customer_agent"]).await;
        assert_refused(refused, ErrorReason::RoutingOptionNotOffered);
    }
});

// what is saved for a form holds from the next submission on.
both_engines!(a_saved_routing_of_a_form_holds_from_the_next_submission_on, |db| async move {
    let app = App::start(db).await;
    app.agent("mia").await;
    app.channel("form", ChannelType::Form).await;
    let before = app.arrives("form", "f1", "ann@example.com").await;
    app.route_to("form", people(&["mia"], &[])).await;
    assert_eq!(app.arrives("form", "f2", "ann@example.com").await.owner, user_name("mia"));
    assert_eq!(app.ticket_now(&before.name).await.owner, "", "what is there already stays as it is");
});

// a calling channel has no choice but whom to ring; not even nobody.
both_engines!(a_calling_channel_has_no_choice_but_whom_to_ring, |db| async move {
    let app = App::start(db).await;
    app.agent("mia").await;
    app.channel("calling", ChannelType::Calling).await;
    app.route_to("calling", people(&["mia"], &[])).await;
    let queue = v1::ChannelRouting { when_full: WhenFull::Queue.into(), ..Default::default() };
    let random = v1::ChannelRouting { distribution: Distribution::Random.into(), ..Default::default() };
    let cases = [
        (to(Target::Nobody(NobodyTarget {})), "nobody"),
        (to(Target::ContactOwner(OwnerTarget {})), "contact_owner"),
        (random, "distribution"),
        (queue, "when_full"),
    ];
    for (routing, path) in cases {
        assert_refused(app.try_route("calling", routing, &[path]).await, ErrorReason::RoutingOptionNotOffered);
    }
});

// a seat is enough to set up routing, and nothing less is; assigning by hand stays possible without.
both_engines!(a_seat_sets_up_routing_and_nothing_less_does, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    let cole = app.collaborator("cole", AccessLevel::All).await;
    app.channel("mail", ChannelType::Email).await;
    let request = |target| v1::UpdateChannelRoutingRequest {
        channel_routing: Some(v1::ChannelRouting { name: format!("{}/routing", channel_name("mail")), ..to(target) }),
        update_mask: Some(prost_types::FieldMask { paths: vec!["people".to_owned()] }),
        ..Default::default()
    };
    let refused = cole.channels().update_channel_routing(request(people(&["mia"], &[]))).await;
    assert_refused(refused, ErrorReason::StandingTooLow);
    mia.channels().update_channel_routing(request(people(&["mia"], &[]))).await.expect("a seat is enough");
    let ticket = app.arrives("mail", "m1", "ann@example.com").await;
    assert_eq!(ticket.owner, user_name("mia"));
    let assign = v1::AssignTicketRequest { name: ticket.name, owner: user_name("cole"), ..Default::default() };
    let assigned = cole.tickets().assign_ticket(assign).await.expect("by hand").into_inner();
    assert_eq!(assigned.ticket.expect("a ticket").owner, user_name("cole"));
});
