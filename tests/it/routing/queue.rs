//! Tickets that wait in order, and who serves them.

use std::time::Duration;

use helpdesk::grpc::pb::access::Seat;
use helpdesk::grpc::pb::v1::{
    self, ChannelType, ErrorReason, Ineligibility, Priority, RoutingCause, RoutingOutcome, UnassignedReason,
};
use prost_types::FieldMask;

use crate::support::app::{self, App, channel_name, user_name};
use crate::support::client::assert_refused;
use crate::support::databases::{TestDatabase, both_engines};
use crate::support::scene::{message, people, rule};

/// One agent, away, and a mail channel that queues, without ramp.
async fn desk(db: TestDatabase, ramp: i64) -> App {
    let app = App::start(db).await;
    app.agent("ada").await;
    app.available("ada", false).await;
    app.channel("mail", ChannelType::Email).await;
    app.route_to("mail", people(&["ada"], &[])).await;
    app.queue("mail", ramp).await;
    app
}

async fn comes(app: &App, id: &str) -> v1::Ticket {
    let ticket = app.arrives("mail", id, "ann@example.com").await;
    app.advance(Duration::from_secs(1));
    ticket
}

/// Who waits on the mail channel, in order.
pub async fn entries(app: &App) -> Vec<v1::QueueEntry> {
    let request = v1::ListQueueEntriesRequest {
        parent: app::account(),
        channel: channel_name("mail"),
        page_size: 200,
        ..Default::default()
    };
    app.root().routing().list_queue_entries(request).await.expect("listed").into_inner().queue_entries
}

async fn stuck(app: &App) -> Vec<v1::StuckTicket> {
    let request = v1::ListStuckTicketsRequest { parent: app::account() };
    app.root().routing().list_stuck_tickets(request).await.expect("listed").into_inner().stuck_tickets
}

async fn prioritize(app: &App, ticket: &str, priority: Priority) {
    let ticket = v1::Ticket { name: ticket.to_owned(), priority: priority.into(), ..Default::default() };
    let request = v1::UpdateTicketRequest {
        ticket: Some(ticket),
        update_mask: Some(FieldMask { paths: vec!["priority".to_owned()] }),
        ..Default::default()
    };
    app.root().tickets().update_ticket(request).await.expect("changed");
}

async fn route_now(app: &App, ticket: &str) -> Result<v1::RouteTicketResponse, tonic::Status> {
    let request = v1::RouteTicketRequest { name: ticket.to_owned(), ..Default::default() };
    app.root().routing().route_ticket(request).await.map(tonic::Response::into_inner)
}

// C-037: who comes back is served at once, in the order of priority and age; nobody else's turn is taken.
both_engines!(those_who_wait_are_served_in_order_when_somebody_comes_back, |db| async move {
    let app = desk(db, 0).await;
    app.limit("ada", 2).await;
    let first = comes(&app, "1").await;
    assert_eq!(first.unassigned_reason(), UnassignedReason::NobodyAvailable);
    let second = comes(&app, "2").await;
    let third = comes(&app, "3").await;
    prioritize(&app, &third.name, Priority::Urgent).await;
    let order: Vec<_> = entries(&app).await.into_iter().map(|entry| (entry.ticket, entry.position)).collect();
    assert_eq!(order, [(third.name.clone(), 1), (first.name.clone(), 2), (second.name.clone(), 3)]);
    app.available("ada", true).await;
    for (ticket, owner) in [(&third, user_name("ada")), (&first, user_name("ada")), (&second, String::new())] {
        assert_eq!(app.ticket_now(&ticket.name).await.owner, owner);
    }
    assert_eq!(stuck(&app).await, []);
    app.close(&third.name).await;
    assert_eq!(app.ticket_now(&second.name).await.owner, user_name("ada"), "a closed ticket makes room at once");
    assert_eq!(entries(&app).await, []);
    let list = v1::ListRoutingDecisionsRequest { parent: second.name.clone(), ..Default::default() };
    let decisions = app.root().routing().list_routing_decisions(list).await.expect("listed").into_inner();
    let causes: Vec<_> = decisions.routing_decisions.iter().map(|d| (d.cause(), d.outcome())).collect();
    let expected = [(RoutingCause::Created, RoutingOutcome::Queued), (RoutingCause::Served, RoutingOutcome::Assigned)];
    assert_eq!(causes, expected);
});

// Complaint 3: a newer ticket overtook those that waited, because it came just when somebody was free.
both_engines!(a_new_ticket_does_not_overtake_those_that_wait, |db| async move {
    let app = desk(db, 60).await;
    let (first, second) = (comes(&app, "1").await, comes(&app, "2").await);
    app.available("ada", true).await;
    assert_eq!(app.ticket_now(&first.name).await.owner, user_name("ada"));
    let third = comes(&app, "3").await;
    assert_eq!(third.owner, "", "the second one waits for the ramp, so the third waits behind it");
    app.advance(Duration::from_mins(1));
    app.running().worker.run_until_idle().await.expect("worked");
    assert_eq!(app.ticket_now(&second.name).await.owner, user_name("ada"));
    assert_eq!(app.ticket_now(&third.name).await.owner, "");
});

// Complaint 6: whoever logged in first was flooded with the whole backlog.
both_engines!(who_comes_back_is_not_flooded, |db| async move {
    let app = desk(db, 10).await;
    for index in 0..5 {
        comes(&app, &index.to_string()).await;
    }
    app.available("ada", true).await;
    let mut owned = Vec::new();
    for _ in 0..5 {
        owned.push(5 - entries(&app).await.len());
        assert_eq!(stuck(&app).await, [], "what the ramp holds back is not stuck");
        app.advance(Duration::from_secs(10));
        app.running().worker.run_until_idle().await.expect("worked");
    }
    assert_eq!(owned, [1, 2, 3, 4, 5]);
});

// Complaint 3: capacity freed on some other path did not wake the queue. Every path does: a seat, a limit, a skill, a team,
// a new owner, a deleted ticket.
both_engines!(whatever_makes_somebody_eligible_serves_those_who_wait, |db| async move {
    let app = desk(db, 0).await;
    app.available("ada", true).await;
    app.skills(&["german"]).await;
    app.agent("mia").await;
    app.available("mia", false).await;
    let gone = comes(&app, "0").await;
    app.limit("ada", 1).await;
    let ada = user_name("ada");
    let by_delete = comes(&app, "1").await;
    assert_eq!(app.ticket_now(&by_delete.name).await.owner, "");
    let delete = v1::DeleteTicketRequest { name: gone.name, ..Default::default() };
    app.root().tickets().delete_ticket(delete).await.expect("deleted");
    assert_eq!(app.ticket_now(&by_delete.name).await.owner, ada);
    let by_limit = comes(&app, "2").await;
    app.limit("ada", 2).await;
    assert_eq!(app.ticket_now(&by_limit.name).await.owner, ada);
    let by_owner = comes(&app, "3").await;
    let assign = v1::AssignTicketRequest { name: by_limit.name, owner: user_name("mia"), ..Default::default() };
    app.root().tickets().assign_ticket(assign).await.expect("by hand");
    assert_eq!(app.ticket_now(&by_owner.name).await.owner, ada);
    app.limit("ada", 100).await;
    app.seat("ada", Seat::Core).await;
    let by_seat = comes(&app, "4").await;
    app.seat("ada", Seat::Service).await;
    assert_eq!(app.ticket_now(&by_seat.name).await.owner, ada);
    app.rules("mail", vec![rule("german", "", &[("german", 2)])]).await;
    let by_skill = comes(&app, "5").await;
    assert_eq!(by_skill.unassigned_reason(), UnassignedReason::NoSkillMatch);
    app.has_skills(&ada, &[("german", 2)]).await;
    assert_eq!(app.ticket_now(&by_skill.name).await.owner, ada);
});

// C-037, complaint 3: what waits for somebody who is not there holds nobody up who waits for others, however long it is.
both_engines!(a_long_line_for_one_skill_holds_nobody_else_up, |db| async move {
    let app = desk(db, 0).await;
    app.skills(&["german"]).await;
    app.rules("mail", vec![rule("german", "message.text:bitte", &[("german", 2)])]).await;
    for index in 0..40 {
        let german = message("mail", &format!("g{index}"), "ann@example.com", "Meine Karte, bitte");
        assert_eq!(app.ingest(german).await.ticket.expect("a ticket").owner, "");
    }
    let (first, second) = (comes(&app, "1").await, comes(&app, "2").await);
    app.limit("ada", 1).await;
    app.available("ada", true).await;
    assert_eq!(app.ticket_now(&first.name).await.owner, user_name("ada"));
    app.close(&first.name).await;
    assert_eq!(app.ticket_now(&second.name).await.owner, user_name("ada"));
    assert_eq!(entries(&app).await.len(), 40);
    app.close(&second.name).await;
    assert_eq!(comes(&app, "3").await.owner, user_name("ada"), "nobody who waits could have got her");
    app.limit("ada", 100).await;
    app.has_skills(&user_name("ada"), &[("german", 2)]).await;
    app.running().worker.run_until_idle().await.expect("worked");
    assert_eq!(entries(&app).await, []);
});

// C-053: a skill that may be dropped is, once the ticket has waited long enough.
both_engines!(a_skill_is_dropped_for_a_ticket_that_has_waited, |db| async move {
    let app = desk(db, 0).await;
    app.available("ada", true).await;
    app.skills(&["german"]).await;
    let mut german = rule("german", "", &[("german", 1)]);
    german.skills[0].drop_after = Some(prost_types::Duration { seconds: 300, nanos: 0 });
    app.rules("mail", vec![german]).await;
    let ticket = comes(&app, "1").await;
    app.advance(Duration::from_secs(298));
    app.running().worker.run_until_idle().await.expect("worked");
    assert_eq!(app.ticket_now(&ticket.name).await.owner, "");
    app.advance(Duration::from_secs(2));
    app.running().worker.run_until_idle().await.expect("worked");
    assert_eq!(app.ticket_now(&ticket.name).await.owner, user_name("ada"));
});

// C-037, complaint 31: nobody could say when it would be their turn. Position, expected wait and what a ticket waits for can be read; whoever does not wait has none.
both_engines!(position_and_expected_wait_can_be_read, |db| async move {
    let app = desk(db, 0).await;
    let (first, second) = (comes(&app, "1").await, comes(&app, "2").await);
    let position = |name: &str| v1::GetQueuePositionRequest { name: name.to_owned() };
    let entry = app.root().routing().get_queue_position(position(&second.name)).await.expect("it waits").into_inner();
    let entry = entry.queue_entry.expect("an entry");
    assert_eq!((entry.position, entry.expected_wait_low), (2, None));
    assert_eq!(entry.waits_for, [i32::from(Ineligibility::Unavailable)]);
    app.limit("ada", 1).await;
    app.available("ada", true).await;
    let entry = app.root().routing().get_queue_position(position(&second.name)).await.expect("it waits").into_inner();
    let entry = entry.queue_entry.expect("an entry");
    assert_eq!((entry.position, entry.expected_wait_low.map(|wait| wait.seconds)), (1, Some(1_800)));
    let refused = app.root().routing().get_queue_position(position(&first.name)).await;
    assert_refused(refused, ErrorReason::StateTransitionNotAllowed);
});

// C-037: "route now" decides again; what cannot be routed says why.
both_engines!(a_ticket_is_routed_when_somebody_asks_for_it, |db| async move {
    let app = App::start(db).await;
    app.agent("ada").await;
    app.channel("mail", ChannelType::Email).await;
    let ticket = app.arrives("mail", "1", "ann@example.com").await;
    assert_eq!(ticket.unassigned_reason(), UnassignedReason::Off);
    app.route_to("mail", people(&["ada"], &[])).await;
    assert_eq!(app.ticket_now(&ticket.name).await.owner, "", "routing runs once, by itself");
    let routed = route_now(&app, &ticket.name).await.expect("routed");
    assert_eq!(routed.ticket.expect("a ticket").owner, user_name("ada"));
    assert_eq!(routed.routing_decision.expect("a decision").cause(), RoutingCause::Manual);
    assert_refused(route_now(&app, &ticket.name).await, ErrorReason::TicketNotRoutable);
    app.close(&ticket.name).await;
    assert_refused(route_now(&app, &ticket.name).await, ErrorReason::TicketNotRoutable);
});

// C-043, complaint: two paths gave out one ticket. What somebody takes by hand waits no longer.
both_engines!(what_is_taken_by_hand_waits_no_longer, |db| async move {
    let app = desk(db, 0).await;
    app.agent("mia").await;
    app.team("red", &["mia"]).await;
    let (to_user, to_team, closed) = (comes(&app, "1").await, comes(&app, "2").await, comes(&app, "3").await);
    let assign = |name: &str| v1::AssignTicketRequest { name: name.to_owned(), ..Default::default() };
    let by_hand = v1::AssignTicketRequest { owner: user_name("mia"), ..assign(&to_user.name) };
    app.root().tickets().assign_ticket(by_hand).await.expect("assigned");
    let by_hand = v1::AssignTicketRequest { teams: vec![app::team_name("red")], ..assign(&to_team.name) };
    app.root().tickets().assign_ticket(by_hand).await.expect("assigned");
    app.close(&closed.name).await;
    assert_eq!(entries(&app).await, []);
    app.available("ada", true).await;
    assert_eq!(app.ticket_now(&to_user.name).await.owner, user_name("mia"));
    assert_eq!(app.ticket_now(&to_team.name).await.owner, "");
});

// A4: who loses access to a ticket loses it, and on a channel that queues it is routed again.
both_engines!(a_ticket_that_lost_its_owner_is_routed_again, |db| async move {
    let app = desk(db, 0).await;
    app.agent("mia").await;
    app.available("ada", true).await;
    app.route_to("mail", people(&["ada", "mia"], &[])).await;
    let ticket = comes(&app, "1").await;
    assert_eq!(ticket.owner, user_name("ada"));
    let request = v1::DeactivateUserRequest { name: user_name("ada"), ..Default::default() };
    app.root().users().deactivate_user(request).await.expect("deactivated");
    assert_eq!(app.ticket_now(&ticket.name).await.owner, user_name("mia"));
});
