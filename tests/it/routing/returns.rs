//! Tickets that nobody touches go back, when the channel says so.

use std::time::Duration;

use helpdesk::grpc::pb::v1::{self, ChannelType, Ineligibility, RoutingCause, UnassignedReason, Weekday};

use crate::conversation::talk;
use crate::support::app::{App, user_name};
use crate::support::databases::{TestDatabase, both_engines};
use crate::support::scene::people;

/// Two agents and a mail channel whose tickets go back after an hour.
async fn desk(db: TestDatabase) -> App {
    let app = App::start(db).await;
    for id in ["ada", "mia"] {
        app.agent(id).await;
    }
    app.channel("mail", ChannelType::Email).await;
    app.route_to("mail", people(&["ada", "mia"], &[])).await;
    let hour = prost_types::Duration { seconds: 3_600, nanos: 0 };
    let routing = v1::ChannelRouting { return_after: Some(hour), ..Default::default() };
    app.try_route("mail", routing, &["return_after"]).await.expect("saved");
    app
}

async fn after(app: &App, span: Duration) {
    app.advance(span);
    app.running().worker.run_until_idle().await.expect("worked");
}

// Complaint 2: an assigned ticket rotted with somebody who never looked at it. It goes back with a reason; what is touched
// stays.
both_engines!(an_untouched_ticket_goes_back_and_a_touched_one_stays, |db| async move {
    let app = desk(db).await;
    let (left, answered) =
        (app.arrives("mail", "1", "ann@example.com").await, app.arrives("mail", "2", "bob@example.com").await);
    assert_eq!((left.owner.as_str(), answered.owner.as_str()), (&*user_name("ada"), &*user_name("mia")));
    talk::send(&app.user("mia"), talk::reply(&answered.name, "We look into it.")).await;
    after(&app, Duration::from_mins(59)).await;
    assert_eq!(app.ticket_now(&left.name).await.owner, user_name("ada"));
    after(&app, Duration::from_mins(1)).await;
    let back = app.ticket_now(&left.name).await;
    assert_eq!((back.owner.as_str(), back.unassigned_reason()), ("", UnassignedReason::Returned));
    after(&app, Duration::from_hours(5)).await;
    assert_eq!(app.ticket_now(&answered.name).await.owner, user_name("mia"));
});

// On a channel that queues it goes to somebody else.
both_engines!(on_a_channel_that_queues_it_goes_to_somebody_else, |db| async move {
    let app = desk(db).await;
    app.queue("mail", 0).await;
    let ticket = app.arrives("mail", "1", "ann@example.com").await;
    assert_eq!(ticket.owner, user_name("ada"));
    after(&app, Duration::from_hours(1)).await;
    assert_eq!(app.ticket_now(&ticket.name).await.owner, user_name("mia"));
    let list = v1::ListRoutingDecisionsRequest { parent: ticket.name, ..Default::default() };
    let decisions = app.root().routing().list_routing_decisions(list).await.expect("listed").into_inner();
    assert_eq!(decisions.routing_decisions.last().expect("a decision").cause(), RoutingCause::Returned);
});

// Complaint 2: where nobody else can have it, it does not go straight back to whoever let it lie: the next to come has it
// first, and only after as long again the other, too.
both_engines!(it_waits_for_others_before_it_goes_back_to_who_let_it_go, |db| async move {
    let app = desk(db).await;
    app.queue("mail", 0).await;
    app.available("mia", false).await;
    let ticket = app.arrives("mail", "1", "ann@example.com").await;
    assert_eq!(ticket.owner, user_name("ada"));
    after(&app, Duration::from_hours(1)).await;
    let back = app.ticket_now(&ticket.name).await;
    assert_eq!((back.owner.as_str(), back.unassigned_reason()), ("", UnassignedReason::Returned));
    let list = v1::ListRoutingDecisionsRequest { parent: ticket.name.clone(), ..Default::default() };
    let decisions = app.root().routing().list_routing_decisions(list).await.expect("listed").into_inner();
    let newest = decisions.routing_decisions.last().expect("a decision");
    let ada = newest.candidates.iter().find(|it| it.user == user_name("ada")).expect("a candidate");
    assert_eq!(ada.blockers, [i32::from(Ineligibility::LetGo)]);
    app.available("mia", true).await;
    assert_eq!(app.ticket_now(&ticket.name).await.owner, user_name("mia"));
    app.available("mia", false).await;
    after(&app, Duration::from_hours(1)).await;
    assert_eq!(app.ticket_now(&ticket.name).await.owner, user_name("ada"), "she let it go once, but mia did so last");
    after(&app, Duration::from_hours(1)).await;
    assert_eq!(app.ticket_now(&ticket.name).await.owner, "");
    after(&app, Duration::from_mins(59)).await;
    assert_eq!(app.ticket_now(&ticket.name).await.owner, "");
    after(&app, Duration::from_mins(1)).await;
    assert_eq!(app.ticket_now(&ticket.name).await.owner, user_name("ada"), "there is nobody else");
});

// Nor do many of them hold up who came later, for whom the same person is free.
both_engines!(what_somebody_let_go_holds_up_nothing_else, |db| async move {
    let app = desk(db).await;
    app.queue("mail", 0).await;
    app.available("mia", false).await;
    let mut back = Vec::new();
    for index in 0..9 {
        back.push(app.arrives("mail", &index.to_string(), "ann@example.com").await.name);
    }
    after(&app, Duration::from_hours(1)).await;
    assert_eq!(
        app.arrives("mail", "new", "ann@example.com").await.owner,
        user_name("ada"),
        "nobody is before it for her"
    );
    app.available("ada", false).await;
    let later = app.arrives("mail", "later", "ann@example.com").await;
    assert_eq!(later.owner, "");
    app.available("ada", true).await;
    assert_eq!(app.ticket_now(&later.name).await.owner, user_name("ada"));
    for ticket in &back {
        assert_eq!(app.ticket_now(ticket).await.owner, "", "for others, for an hour");
    }
    app.available("mia", true).await;
    after(&app, Duration::ZERO).await;
    for ticket in &back {
        assert_eq!(app.ticket_now(ticket).await.owner, user_name("mia"));
    }
});

// Only working time counts.
both_engines!(only_the_working_hours_of_the_owner_count, |db| async move {
    let app = desk(db).await;
    app.available("mia", false).await;
    // It is Saturday, 2026-11-21, 09:00 UTC.
    let block = |day: Weekday, start_minute, end_minute| v1::WorkBlock { day: day.into(), start_minute, end_minute };
    let schedule = v1::WorkSchedule {
        name: format!("{}/workSchedule", user_name("ada")),
        time_zone: "UTC".to_owned(),
        blocks: vec![block(Weekday::Saturday, 540, 570), block(Weekday::Monday, 540, 1_020)],
        out_of_office: Vec::new(),
    };
    let request = v1::SetWorkScheduleRequest { work_schedule: Some(schedule), ..Default::default() };
    app.root().users().set_work_schedule(request).await.expect("set");
    let ticket = app.arrives("mail", "1", "ann@example.com").await;
    assert_eq!(ticket.owner, user_name("ada"));
    after(&app, Duration::from_hours(48)).await;
    after(&app, Duration::from_mins(29)).await;
    assert_eq!(
        app.ticket_now(&ticket.name).await.owner,
        user_name("ada"),
        "half an hour on Saturday, 29 minutes on Monday"
    );
    after(&app, Duration::from_mins(1)).await;
    assert_eq!(app.ticket_now(&ticket.name).await.unassigned_reason(), UnassignedReason::Returned);
});
