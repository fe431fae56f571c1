//! A channel whose tickets wait no longer: those that do leave the queue with the reason, and are held for people.

use helpdesk::grpc::pb::v1::{
    self, ChannelType, NobodyTarget, OwnerTarget, RoutingCause, RoutingOutcome, UnassignedReason, WhenFull,
    channel_routing::Target,
};

use super::queue::entries;
use crate::support::app::{self, App, user_name};
use crate::support::databases::{TestDatabase, both_engines};
use crate::support::scene::people;

/// More than one batch reads ahead and more than one transaction serves.
const WAITING: usize = 40;

/// Tickets that wait for an agent who is away.
async fn desk(db: TestDatabase) -> (App, Vec<String>) {
    let app = App::start(db).await;
    app.agent("ada").await;
    app.contact("ann@example.com", "ada", true).await;
    app.available("ada", false).await;
    app.channel("mail", ChannelType::Email).await;
    app.route_to("mail", people(&["ada"], &[])).await;
    app.queue("mail", 0).await;
    let mut tickets = Vec::new();
    for index in 0..WAITING {
        tickets.push(app.arrives("mail", &index.to_string(), "ann@example.com").await.name);
    }
    assert_eq!(entries(&app).await.len(), WAITING);
    (app, tickets)
}

async fn last(app: &App, ticket: &str) -> v1::RoutingDecision {
    let list = v1::ListRoutingDecisionsRequest { parent: ticket.to_owned(), ..Default::default() };
    let decisions = app.root().routing().list_routing_decisions(list).await.expect("listed").into_inner();
    decisions.routing_decisions.into_iter().next_back().expect("a decision")
}

async fn nothing_waits(app: &App, tickets: &[String], reason: UnassignedReason) {
    app.running().worker.run_until_idle().await.expect("worked");
    assert_eq!(entries(app).await.len(), 0);
    for ticket in tickets {
        let held = app.ticket_now(ticket).await;
        assert_eq!((held.owner.as_str(), held.unassigned_reason()), ("", reason), "{ticket}");
    }
    let decision = last(app, &tickets[WAITING - 1]).await;
    assert_eq!((decision.cause(), decision.outcome()), (RoutingCause::Served, RoutingOutcome::LeftUnassigned));
    let request = v1::ListStuckTicketsRequest { parent: app::account() };
    let stuck = app.root().routing().list_stuck_tickets(request).await.expect("listed").into_inner();
    assert_eq!(stuck.stuck_tickets, []);
}

// C-037: from QUEUE to HOLD.
both_engines!(those_who_wait_are_held_when_the_channel_queues_no_longer, |db| async move {
    let (app, tickets) = desk(db).await;
    let routing = v1::ChannelRouting { when_full: WhenFull::Hold.into(), ..Default::default() };
    app.try_route("mail", routing, &["when_full"]).await.expect("saved");
    nothing_waits(&app, &tickets, UnassignedReason::NobodyAvailable).await;
    app.available("ada", true).await;
    app.running().worker.run_until_idle().await.expect("worked");
    assert_eq!(app.ticket_now(&tickets[0]).await.owner, "", "held tickets are for people to take");
    assert_eq!(app.arrives("mail", "new", "ann@example.com").await.owner, user_name("ada"));
});

// C-037: to nobody at all.
both_engines!(those_who_wait_are_held_when_the_channel_routes_to_nobody, |db| async move {
    let (app, tickets) = desk(db).await;
    app.route_to("mail", Target::Nobody(NobodyTarget {})).await;
    nothing_waits(&app, &tickets, UnassignedReason::Off).await;
});

// C-045, C-047: to the owner of the contact, who is away: the reason is the owner's, as the contact is known.
both_engines!(those_who_wait_are_held_when_the_channel_routes_to_the_owner_of_the_contact, |db| async move {
    let (app, tickets) = desk(db).await;
    app.route_to("mail", Target::ContactOwner(OwnerTarget {})).await;
    nothing_waits(&app, &tickets, UnassignedReason::OwnerAway).await;
});
