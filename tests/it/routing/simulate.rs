//! Trying routing out beforehand, finding what can never work, and from when somebody could get a ticket.

use std::time::Duration;

use helpdesk::grpc::pb::v1::{
    self, AvailabilityState, CapacityGroup, ChannelType, ErrorReason, RoutingOutcome, UnassignedReason, Weekday,
    simulate_routing_request::{Subject, Tried},
};

use crate::support::app::{self, App, channel_name, user_name};
use crate::support::client::assert_refused;
use crate::support::databases::{TestDatabase, both_engines};
use crate::support::scene::{message, people, rule};

async fn desk(db: TestDatabase) -> App {
    let app = App::start(db).await;
    for id in ["ada", "mia", "leo"] {
        app.agent(id).await;
    }
    app.channel("mail", ChannelType::Email).await;
    app.route_to("mail", people(&["ada", "mia", "leo"], &[])).await;
    app
}

fn imagined(text: &str) -> v1::SimulateRoutingRequest {
    imagined_on("mail", text)
}

fn imagined_on(channel: &str, text: &str) -> v1::SimulateRoutingRequest {
    let draft = v1::ImaginedTicket {
        channel: channel_name(channel),
        subject: text.to_owned(),
        text: text.to_owned(),
        ..Default::default()
    };
    v1::SimulateRoutingRequest { parent: app::account(), subject: Some(Subject::Draft(draft)), ..Default::default() }
}

fn stored(ticket: &v1::Ticket) -> v1::SimulateRoutingRequest {
    let subject = Some(Subject::Ticket(ticket.name.clone()));
    v1::SimulateRoutingRequest { parent: app::account(), subject, ..Default::default() }
}

/// Who would get the first ticket, and what would become of it.
async fn first(app: &App, request: v1::SimulateRoutingRequest) -> (String, RoutingOutcome) {
    let decision = simulate(app, request).await.routing_decisions.into_iter().next().expect("a decision");
    (decision.user.clone(), decision.outcome())
}

/// So many tickets that wait for ada, who is away and takes so many.
async fn waiting(app: &App, count: usize, limit: i32) -> Vec<v1::Ticket> {
    app.route_to("mail", people(&["ada"], &[])).await;
    app.queue("mail", 0).await;
    app.limit("ada", limit).await;
    app.available("ada", false).await;
    let mut tickets = Vec::new();
    for index in 0..count {
        tickets.push(app.arrives("mail", &format!("w{index}"), "ann@example.com").await);
        app.advance(Duration::from_secs(1));
    }
    tickets
}

/// The same when ada is there.
fn when_ada_is_back(request: v1::SimulateRoutingRequest) -> v1::SimulateRoutingRequest {
    v1::SimulateRoutingRequest { users: vec![assume("ada", AvailabilityState::Available, None)], ..request }
}

async fn simulate(app: &App, request: v1::SimulateRoutingRequest) -> v1::SimulateRoutingResponse {
    app.root().routing().simulate_routing(request).await.expect("tried").into_inner()
}

fn assume(user: &str, state: AvailabilityState, open: Option<i32>) -> v1::UserAssumption {
    v1::UserAssumption { user: user_name(user), state: state.into(), open_ticket_count: open, skills: None }
}

// What a simulation says is what then happens, and nothing of it is stored.
both_engines!(what_a_simulation_says_is_what_then_happens, |db| async move {
    let app = desk(db).await;
    for index in 0..6 {
        let before = app.events_so_far().await;
        let said = simulate(&app, imagined("Hello")).await;
        assert_eq!(app.events_so_far().await, before, "nothing is stored");
        let taken = app.ingest(message("mail", &index.to_string(), "ann@example.com", "Hello")).await;
        let [decision] = said.routing_decisions.as_slice() else { panic!("one decision: {said:?}") };
        let real = taken.routing_decision.expect("a decision");
        assert_eq!((&decision.user, decision.candidates.as_slice()), (&real.user, real.candidates.as_slice()));
        assert_eq!((decision.name.as_str(), decision.ticket.as_str()), ("", ""));
    }
});

// Repeated, a simulation gives the spread; under assumptions it is another one.
both_engines!(a_simulation_gives_the_spread_under_assumptions, |db| async move {
    let app = desk(db).await;
    let spread = |answer: &v1::SimulateRoutingResponse| -> Vec<_> {
        let share =
            |share: &v1::SimulatedShare| (share.user.rsplit('/').next().expect("an id").to_owned(), share.ticket_count);
        answer.shares.iter().map(share).collect()
    };
    let all = simulate(&app, v1::SimulateRoutingRequest { repeat: 30, ..imagined("Hello") }).await;
    assert_eq!(spread(&all), [("ada".to_owned(), 10), ("leo".to_owned(), 10), ("mia".to_owned(), 10)]);
    assert_eq!((all.routing_decisions.len(), all.unassigned_count), (20, 0));
    let users =
        vec![assume("ada", AvailabilityState::Away, None), assume("mia", AvailabilityState::Unspecified, Some(8))];
    let some = simulate(&app, v1::SimulateRoutingRequest { repeat: 10, users, ..imagined("Hello") }).await;
    assert_eq!(spread(&some), [("leo".to_owned(), 9), ("mia".to_owned(), 1)]);
    let routing = v1::ChannelRouting { target: Some(people(&["leo"], &[])), ..Default::default() };
    let tried = Some(Tried::Routing(routing));
    let other = v1::SimulateRoutingRequest { repeat: 5, tried, ..imagined("Hello") };
    assert_eq!(spread(&simulate(&app, other).await), [("leo".to_owned(), 5)]);
    app.skills(&["german"]).await;
    let german = v1::SkillAssignment { skill: format!("{}/skills/german", app::account()), level: 3 };
    let skills = Some(v1::AssumedSkills { skills: vec![german] });
    let users = vec![v1::UserAssumption { skills, ..assume("mia", AvailabilityState::Unspecified, None) }];
    let rules = vec![rule("german", "", &[("german", 2)])];
    let tried = Some(Tried::Routing(v1::ChannelRouting { rules, ..Default::default() }));
    let learnt = v1::SimulateRoutingRequest { repeat: 3, users, tried, ..imagined("Hello") };
    assert_eq!(spread(&simulate(&app, learnt).await), [("mia".to_owned(), 3)]);
    let ticket = app.arrives("mail", "m1", "ann@example.com").await;
    assert_eq!(ticket.owner, user_name("ada"), "nothing of what was pretended has stayed");
    assert_eq!(simulate(&app, stored(&ticket)).await.routing_decisions[0].user, user_name("leo"));
    assert_eq!(app.ticket_now(&ticket.name).await.owner, user_name("ada"));
});

// C-037: a ticket that waits is not behind itself. Who comes back serves those before it first, as then happens.
both_engines!(a_ticket_that_waits_keeps_its_place_in_a_simulation, |db| async move {
    let app = desk(db).await;
    let tickets = waiting(&app, 2, 1).await;
    let now = simulate(&app, stored(&tickets[0])).await;
    assert_eq!(now.routing_decisions[0].unassigned_reason(), UnassignedReason::NobodyAvailable, "others are behind it");
    let before = app.events_so_far().await;
    let (to_ada, waits) = ((user_name("ada"), RoutingOutcome::Assigned), (String::new(), RoutingOutcome::Queued));
    let said = first(&app, when_ada_is_back(stored(&tickets[0]))).await;
    assert_eq!(said, to_ada);
    assert_eq!(first(&app, when_ada_is_back(stored(&tickets[1]))).await, waits, "the first one has taken the place");
    assert_eq!(first(&app, when_ada_is_back(imagined("Hello"))).await, waits);
    assert_eq!(app.events_so_far().await, before, "nothing is stored");
    app.available("ada", true).await;
    let owners = [app.ticket_now(&tickets[0].name).await.owner, app.ticket_now(&tickets[1].name).await.owner];
    assert_eq!(owners, [user_name("ada"), String::new()]);
    assert_eq!(said.0, owners[0]);
});

// C-037: nobody overtakes a line that is longer than what is read of it.
both_engines!(a_long_line_has_its_turn_first_in_a_simulation, |db| async move {
    let app = desk(db).await;
    let tickets = waiting(&app, 12, 10).await;
    let (to_ada, waits) = ((user_name("ada"), RoutingOutcome::Assigned), (String::new(), RoutingOutcome::Queued));
    for (ticket, expected) in [(&tickets[0], &to_ada), (&tickets[6], &to_ada), (&tickets[11], &waits)] {
        assert_eq!(first(&app, when_ada_is_back(stored(ticket))).await, *expected, "{}", ticket.name);
    }
    assert_eq!(first(&app, when_ada_is_back(imagined("Hello"))).await, waits);
});

// C-051: open tickets that are pretended are of the kind of work that is asked about, and there are none of another kind.
both_engines!(pretended_open_tickets_are_of_the_kind_of_work, |db| async move {
    let app = desk(db).await;
    app.route_to("mail", people(&["ada"], &[])).await;
    app.channel("chat", ChannelType::Chat).await;
    app.route_to("chat", people(&["ada"], &[])).await;
    let limit = |group: CapacityGroup| v1::GroupCapacity { group: group.into(), limit: 2 };
    let groups = vec![limit(CapacityGroup::Messaging), limit(CapacityGroup::EmailAndOther)];
    app.capacity("ada", v1::Capacity { groups, ..Default::default() }).await;
    for (id, sender) in [("c1", "ann@example.com"), ("c2", "bob@example.com")] {
        assert_eq!(app.arrives("chat", id, sender).await.owner, user_name("ada"));
    }
    let with = |channel: &str, open| v1::SimulateRoutingRequest {
        users: vec![assume("ada", AvailabilityState::Unspecified, open)],
        repeat: 3,
        ..imagined_on(channel, "Hello")
    };
    let cases = [
        ("chat", None, 3),
        ("chat", Some(0), 1),
        ("chat", Some(2), 3),
        ("mail", None, 1),
        ("mail", Some(0), 1),
        ("mail", Some(1), 2),
        ("mail", Some(2), 3),
    ];
    for (channel, open, unassigned) in cases {
        let said = simulate(&app, with(channel, open)).await;
        assert_eq!(said.unassigned_count, unassigned, "{channel} {open:?}");
    }
});

// At another moment, other hours hold; and it is told from when somebody could get a ticket.
both_engines!(another_moment_has_other_hours, |db| async move {
    let app = desk(db).await;
    app.route_to("mail", people(&["ada"], &[])).await;
    let monday = v1::WorkBlock { day: Weekday::Monday.into(), start_minute: 540, end_minute: 1_020 };
    let schedule = v1::WorkSchedule {
        name: format!("{}/workSchedule", user_name("ada")),
        time_zone: "Europe/Berlin".to_owned(),
        blocks: vec![monday],
        out_of_office: Vec::new(),
    };
    let request = v1::SetWorkScheduleRequest { work_schedule: Some(schedule), ..Default::default() };
    app.root().users().set_work_schedule(request).await.expect("set");
    let begin = prost_types::Timestamp { seconds: 1_795_420_800, nanos: 0 };
    let now = simulate(&app, imagined("Hello")).await;
    assert_eq!(now.routing_decisions[0].unassigned_reason(), UnassignedReason::NobodyAvailable);
    let then = v1::SimulateRoutingRequest { at_time: Some(begin), ..imagined("Hello") };
    assert_eq!(simulate(&app, then).await.routing_decisions[0].outcome(), RoutingOutcome::Assigned);
    let ticket = app.arrives("mail", "m1", "ann@example.com").await;
    assert_eq!(ticket.owner, "", "the moment of the simulation has not stayed");
    let explain = v1::ExplainRoutingRequest { name: ticket.name, user: user_name("ada") };
    let explained = app.root().routing().explain_routing(explain).await.expect("explained").into_inner();
    assert_eq!(explained.next_eligible_time, Some(begin));
});

// A simulation is for those who may read the settings, and names what is there.
both_engines!(a_simulation_names_what_is_there, |db| async move {
    let app = desk(db).await;
    let cole = app.collaborator("cole", helpdesk::grpc::pb::access::AccessLevel::All).await;
    let refused = cole.routing().simulate_routing(imagined("Hello")).await;
    assert_refused(refused, ErrorReason::StandingTooLow);
    let nothing = v1::SimulateRoutingRequest { parent: app::account(), ..Default::default() };
    assert_refused(app.root().routing().simulate_routing(nothing).await, ErrorReason::FieldInvalid);
    let users = vec![assume("nemo", AvailabilityState::Away, None)];
    let unknown = v1::SimulateRoutingRequest { users, ..imagined("Hello") };
    assert_refused(app.root().routing().simulate_routing(unknown).await, ErrorReason::ReferenceNotFound);
});
