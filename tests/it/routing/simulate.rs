//! Trying routing out beforehand, finding what can never work, and from when somebody could get a ticket.

use helpdesk::grpc::pb::v1::{
    self, AvailabilityState, ChannelType, ErrorReason, RoutingOutcome, UnassignedReason, Weekday,
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
    let draft = v1::ImaginedTicket {
        channel: channel_name("mail"),
        subject: text.to_owned(),
        text: text.to_owned(),
        ..Default::default()
    };
    v1::SimulateRoutingRequest { parent: app::account(), subject: Some(Subject::Draft(draft)), ..Default::default() }
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
    let stored = app.arrives("mail", "m1", "ann@example.com").await;
    assert_eq!(stored.owner, user_name("ada"), "nothing of what was pretended has stayed");
    let again = v1::SimulateRoutingRequest {
        parent: app::account(),
        subject: Some(Subject::Ticket(stored.name.clone())),
        ..Default::default()
    };
    assert_eq!(simulate(&app, again).await.routing_decisions[0].user, user_name("leo"));
    assert_eq!(app.ticket_now(&stored.name).await.owner, user_name("ada"));
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
