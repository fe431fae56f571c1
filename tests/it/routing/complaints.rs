//! What users of other help desks complain about in routing, each told by its number in the list of complaints.
//!
//! Numbers 2, 3, 6, 9 and 31 are told where their subject is: `returns.rs`, `queue.rs`, `user/work_schedule.rs`.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use helpdesk::grpc::pb::access::Seat;
use helpdesk::grpc::pb::v1::{
    self, ChannelType, EventType, OwnerTarget, RoutingCause, UnassignedReason, WhenFull, actor::Kind,
    channel_routing::Target,
};
use prost_types::FieldMask;

use crate::support::app::{self, App, channel_name, user_name};
use crate::support::databases::{TestDatabase, both_engines};
use crate::support::scene::{message, people, rule};

async fn desk(db: TestDatabase, agents: &[&str]) -> App {
    let app = App::start(db).await;
    for id in agents {
        app.agent(id).await;
    }
    app.channel("mail", ChannelType::Email).await;
    app.route_to("mail", people(agents, &[])).await;
    app
}

/// A message of a chat.
async fn says(app: &App, id: &str) -> v1::IngestMessageResponse {
    app.ingest(message("chat", id, "ann@example.com", "Still broken")).await
}

// Complaint 1, C-037: a reopened conversation went back to an owner who was not there, and nobody saw it.
both_engines!(a_reopened_ticket_of_an_owner_who_is_gone_is_routed_again, |db| async move {
    let app = desk(db, &["ada", "mia"]).await;
    app.channel("chat", ChannelType::Chat).await;
    app.route_to("chat", people(&["ada", "mia"], &[])).await;
    let ticket = says(&app, "1").await.ticket.expect("a ticket");
    assert_eq!(ticket.owner, user_name("ada"));
    app.close(&ticket.name).await;
    app.available("ada", false).await;
    let kept = says(&app, "2").await;
    assert!(kept.ticket_reopened && kept.routing_decision.is_none(), "off unless the channel says so");
    assert_eq!(kept.ticket.expect("the ticket").owner, user_name("ada"));
    let routing = v1::ChannelRouting { reroute_reopened: true, ..Default::default() };
    app.try_route("chat", routing, &["reroute_reopened"]).await.expect("saved");
    app.close(&ticket.name).await;
    let again = says(&app, "3").await;
    assert_eq!(again.routing_decision.expect("a decision").cause(), RoutingCause::Reopened);
    assert_eq!(again.ticket.expect("the ticket").owner, user_name("mia"));
    app.close(&ticket.name).await;
    let stays = says(&app, "4").await;
    assert!(stays.ticket_reopened && stays.routing_decision.is_none(), "mia is there");
    app.close(&ticket.name).await;
    app.seat("mia", Seat::Core).await;
    let nobody = says(&app, "5").await.ticket.expect("the ticket");
    assert_eq!((nobody.owner.as_str(), nobody.unassigned_reason()), ("", UnassignedReason::NobodyAvailable));
});

// Complaint 4, C-041: "balanced" gave one agent more than another, as soon as tickets came at once.
both_engines!(tickets_that_come_at_once_are_shared_evenly, |db| async move {
    let app = desk(db, &["ada", "leo", "mia"]).await;
    let messages = (0..45).map(|index| message("mail", &index.to_string(), &format!("{index}@example.com"), "Hello"));
    let taken = join_all(messages.map(|message| app.ingest(message))).await;
    let mut shares: BTreeMap<String, usize> = BTreeMap::new();
    for ticket in taken.into_iter().filter_map(|answer| answer.ticket) {
        *shares.entry(ticket.owner).or_default() += 1;
    }
    assert_eq!(shares.into_values().collect::<Vec<_>>(), [15, 15, 15]);
});

// Complaint 5, C-051: the limit held on one way to an owner and not on the others: a team, a rule, the owner of the
// contact, a queue that is served, "route now", a ticket that goes back.
both_engines!(no_way_passes_a_limit, |db| async move {
    let app = desk(db, &["ada"]).await;
    app.team("red", &["ada"]).await;
    app.limit("ada", 1).await;
    assert_eq!(app.arrives("mail", "first", "ann@example.com").await.owner, user_name("ada"));
    for (id, target) in [("team", people(&[], &["red"])), ("owner", Target::ContactOwner(OwnerTarget {}))] {
        app.channel(id, ChannelType::Form).await;
        app.route_to(id, target).await;
    }
    app.channel("rule", ChannelType::Form).await;
    let Target::People(ada) = people(&["ada"], &[]) else { unreachable!("people") };
    app.rules("rule", vec![v1::RoutingRule { people: Some(ada), ..rule("all", "", &[]) }]).await;
    app.contact("bob@example.com", "ada", true).await;
    for channel in ["mail", "team", "owner", "rule"] {
        let ticket = app.arrives(channel, channel, "bob@example.com").await;
        let told = (ticket.owner.as_str(), ticket.unassigned_reason());
        assert_eq!(told, ("", UnassignedReason::AllAtCapacity), "{channel}");
        let now = v1::RouteTicketRequest { name: ticket.name, ..Default::default() };
        let routed = app.root().routing().route_ticket(now).await.expect("routed").into_inner();
        assert_eq!(routed.ticket.expect("the ticket").owner, "", "{channel}, now");
    }
    let routing = v1::ChannelRouting { when_full: WhenFull::Queue.into(), ..Default::default() };
    app.try_route("mail", routing, &["when_full"]).await.expect("saved");
    app.arrives("mail", "waits", "ann@example.com").await;
    app.running().worker.run_until_idle().await.expect("worked");
    let request = v1::ListWorkloadsRequest { parent: app::account(), ..Default::default() };
    let loads = app.root().routing().list_workloads(request).await.expect("listed").into_inner().workloads;
    let ada = loads.iter().find(|load| load.user == user_name("ada")).expect("ada");
    assert_eq!(ada.open_ticket_count, 1);
});

// Complaint 7, R-134: agents who were offline, on leave, outside of their hours or gone for good still got tickets.
both_engines!(only_who_is_there_gets_tickets, |db| async move {
    let agents = ["away", "gone", "leave", "night", "there"];
    let app = desk(db, &agents).await;
    app.available("away", false).await;
    let deactivate = v1::DeactivateUserRequest { name: user_name("gone"), ..Default::default() };
    app.root().users().deactivate_user(deactivate).await.expect("deactivated");
    let now = app.now().as_micros() / 1_000_000;
    let at = |seconds: i64| Some(prost_types::Timestamp { seconds: now + seconds, nanos: 0 });
    // It is Saturday, 2026-11-21, 09:00 UTC.
    let night = v1::WorkBlock { day: v1::Weekday::Saturday.into(), start_minute: 0, end_minute: 540 };
    for (user, blocks, out_of_office) in [
        ("night", vec![night], Vec::new()),
        ("leave", Vec::new(), vec![v1::OutOfOffice { start_time: at(-60), end_time: at(3_600) }]),
    ] {
        let name = format!("{}/workSchedule", user_name(user));
        let schedule = v1::WorkSchedule { name, time_zone: "UTC".to_owned(), blocks, out_of_office };
        let request = v1::SetWorkScheduleRequest { work_schedule: Some(schedule), ..Default::default() };
        app.root().users().set_work_schedule(request).await.expect("set");
    }
    for index in 0..10 {
        assert_eq!(app.arrives("mail", &index.to_string(), "ann@example.com").await.owner, user_name("there"));
    }
});

// Complaint 10, R-086: there was no automatic distribution at all; tickets lay until somebody took them.
both_engines!(nobody_has_to_hand_out_tickets, |db| async move {
    let app = desk(db, &["ada", "mia"]).await;
    let mut owners = Vec::new();
    for index in 0..4 {
        owners.push(app.arrives("mail", &index.to_string(), "ann@example.com").await.owner);
    }
    assert_eq!(owners, ["ada", "mia", "ada", "mia"].map(user_name));
});

// Complaint 32, R-099: whoever had an account manager got somebody else each time.
both_engines!(a_contact_gets_the_own_owner_each_time, |db| async move {
    let app = desk(db, &["ada", "mia"]).await;
    app.route_to("mail", Target::ContactOwner(OwnerTarget {})).await;
    app.contact("ann@example.com", "mia", true).await;
    for index in 0..3 {
        assert_eq!(app.arrives("mail", &index.to_string(), "ann@example.com").await.owner, user_name("mia"));
    }
});

// Complaint 33, C-055: nobody could say who had given a ticket to whom, and why.
both_engines!(who_gave_a_ticket_to_whom_and_why_is_written_down, |db| async move {
    let app = desk(db, &["ada", "mia"]).await;
    let taken = app.ingest(message("mail", "1", "ann@example.com", "Hello")).await;
    let (ticket, made) = (taken.ticket.expect("a ticket"), taken.routing_decision.expect("a decision"));
    let chain = made.cause_chain.as_ref().expect("a chain");
    assert!(chain.root.starts_with(&format!("{}/events/", app::account())), "{chain:?}");
    let explain = v1::ExplainRoutingRequest { name: ticket.name.clone(), user: user_name("mia") };
    let explained = app.root().routing().explain_routing(explain).await.expect("explained").into_inner();
    assert_eq!(explained.routing_decision.expect("the decision").name, made.name);
    assert!(explained.answer.contains("mia could have got it on place 2"), "{}", explained.answer);
    let request = v1::AssignTicketRequest { name: ticket.name.clone(), owner: user_name("mia"), ..Default::default() };
    app.user("ada").tickets().assign_ticket(request).await.expect("assigned");
    let list =
        v1::ListTicketChangesRequest { parent: ticket.name, order_by: "sequence".to_owned(), ..Default::default() };
    let changes = app.root().tickets().list_ticket_changes(list).await.expect("listed").into_inner().ticket_changes;
    let change = changes.iter().rfind(|change| change.r#type() == EventType::TicketAssigned).expect("a change");
    let owner = change.fields.iter().find(|field| field.field == "owner").expect("the owner");
    assert_eq!((&owner.before, &owner.after), (&user_name("ada"), &user_name("mia")));
    assert_eq!(change.actor.as_ref().and_then(|actor| actor.kind.clone()), Some(Kind::User(user_name("ada"))));
});

// Complaint 35, A4: an owner kept tickets after losing access to them, and nobody else worked on them.
both_engines!(an_owner_who_loses_access_loses_the_ticket, |db| async move {
    let app = desk(db, &["ada", "mia"]).await;
    let ticket = app.arrives("mail", "1", "ann@example.com").await;
    assert_eq!(ticket.owner, user_name("ada"));
    let none = v1::TicketAccess { level: helpdesk::grpc::pb::access::AccessLevel::None.into(), ..Default::default() };
    let user = v1::User {
        name: user_name("ada"),
        ticket_view: Some(none),
        ticket_edit: Some(none),
        ticket_delete: Some(none),
        ..Default::default()
    };
    let paths = ["ticket_view", "ticket_edit", "ticket_delete"].map(str::to_owned).to_vec();
    let update_mask = Some(FieldMask { paths });
    let request = v1::UpdateUserRequest { user: Some(user), update_mask, ..Default::default() };
    app.root().users().update_user(request).await.expect("changed");
    app.running().worker.run_until_idle().await.expect("worked");
    assert_eq!(app.ticket_now(&ticket.name).await.owner, "");
    let next = app.arrives("mail", "2", "ann@example.com").await;
    assert_eq!((next.owner, channel_name("mail")), (user_name("mia"), next.channel));
});
