//! GetWorkSchedule and SetWorkSchedule: hours, out of office, and the availability that follows from them.

use std::time::Duration;

use helpdesk::domain::time::Timestamp;
use helpdesk::grpc::pb::access::AccessLevel;
use helpdesk::grpc::pb::v1::{
    self, AvailabilitySource, AvailabilityState, ChannelType, ErrorReason, EventType, Ineligibility, UnassignedReason,
    Weekday,
};

use crate::conversation::talk;
use crate::support::app::{self, App, user_name};
use crate::support::client::{Client, assert_refused};
use crate::support::databases::{TestDatabase, both_engines};
use crate::support::scene::people;

fn block(day: Weekday, start_minute: i32, end_minute: i32) -> v1::WorkBlock {
    v1::WorkBlock { day: day.into(), start_minute, end_minute }
}

fn schedule(user: &str, time_zone: &str, blocks: Vec<v1::WorkBlock>) -> v1::WorkSchedule {
    let name = format!("{}/workSchedule", user_name(user));
    v1::WorkSchedule { name, time_zone: time_zone.to_owned(), blocks, out_of_office: Vec::new() }
}

fn period(start: &str, end: &str) -> v1::OutOfOffice {
    let time = |text: &str| {
        let micros = Timestamp::parse_rfc3339(text).expect("a time").as_micros();
        Some(prost_types::Timestamp { seconds: micros / 1_000_000, nanos: 0 })
    };
    v1::OutOfOffice { start_time: time(start), end_time: time(end) }
}

async fn set(caller: &Client, schedule: v1::WorkSchedule) -> Result<v1::SetWorkScheduleResponse, tonic::Status> {
    let request = v1::SetWorkScheduleRequest { work_schedule: Some(schedule), ..Default::default() };
    caller.users().set_work_schedule(request).await.map(tonic::Response::into_inner)
}

async fn availability(app: &App, user: &str) -> (AvailabilityState, AvailabilitySource) {
    app.running().worker.run_until_idle().await.expect("worked");
    let request = v1::GetUserRequest { name: user_name(user) };
    let found = app.root().users().get_user(request).await.expect("found").into_inner().user.expect("a user");
    let availability = found.availability.expect("an availability");
    (availability.state(), availability.source())
}

/// Moves the clock of the tests to a moment after 2026-11-21T09:00:00Z, a Saturday.
fn go_to(app: &App, text: &str) {
    let to = Timestamp::parse_rfc3339(text).expect("a time");
    app.advance(to.since(app.now()));
}

const AVAILABLE: AvailabilityState = AvailabilityState::Available;
const AWAY: AvailabilityState = AvailabilityState::Away;

/// Mia works in Berlin on Mondays from 9 to 17; a mail channel goes to her.
async fn desk(db: TestDatabase) -> App {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    app.channel("mail", ChannelType::Email).await;
    app.route_to("mail", people(&["mia"], &[])).await;
    let monday = schedule("mia", "Europe/Berlin", vec![block(Weekday::Monday, 540, 1_020)]);
    set(&mia, monday).await.expect("set");
    app
}

// R-134, C-056, C-058, complaint 9: routing knew of no shifts. Working hours decide who is available, in the time zone of the person, with an event each time.
both_engines!(working_hours_decide_who_is_available, |db| async move {
    let app = desk(db).await;
    assert_eq!(availability(&app, "mia").await, (AWAY, AvailabilitySource::Schedule));
    assert_eq!(availability(&app, "root").await.0, AVAILABLE, "without hours somebody is available");
    let ticket = app.arrives("mail", "m1", "ann@example.com").await;
    assert_eq!(ticket.unassigned_reason(), UnassignedReason::NobodyAvailable);
    let explain = v1::ExplainRoutingRequest { name: ticket.name, user: user_name("mia") };
    let explained = app.root().routing().explain_routing(explain).await.expect("explained").into_inner();
    assert_eq!(explained.candidate.expect("mia").blockers, [i32::from(Ineligibility::OutsideHours)]);
    go_to(&app, "2026-11-23T07:59:59Z");
    assert_eq!(app.arrives("mail", "m2", "ann@example.com").await.owner, "");
    go_to(&app, "2026-11-23T08:00:00Z");
    assert_eq!(app.arrives("mail", "m3", "ann@example.com").await.owner, user_name("mia"), "before the job has run");
    assert_eq!(availability(&app, "mia").await, (AVAILABLE, AvailabilitySource::Schedule));
    go_to(&app, "2026-11-23T16:00:00Z");
    assert_eq!(app.arrives("mail", "m4", "ann@example.com").await.owner, "");
    assert_eq!(availability(&app, "mia").await.0, AWAY);
    let told = talk::events(&app, EventType::AvailabilityChanged).await;
    assert_eq!(told.len(), 3, "set, begun, ended: {told:?}");
});

// C-057: what is set by hand holds until the next boundary, and who set it is told.
both_engines!(what_is_set_by_hand_holds_until_the_next_boundary, |db| async move {
    let app = desk(db).await;
    go_to(&app, "2026-11-23T10:00:00Z");
    assert_eq!(availability(&app, "mia").await.0, AVAILABLE);
    app.available("mia", false).await;
    assert_eq!(availability(&app, "mia").await, (AWAY, AvailabilitySource::Other));
    let request = v1::GetUserRequest { name: user_name("mia") };
    let found = app.root().users().get_user(request).await.expect("found").into_inner().user.expect("a user");
    assert_eq!(found.availability.expect("an availability").setter, user_name("root"));
    go_to(&app, "2026-11-23T15:59:59Z");
    assert_eq!(app.arrives("mail", "m1", "ann@example.com").await.owner, "");
    go_to(&app, "2026-11-23T16:00:00Z");
    assert_eq!(availability(&app, "mia").await, (AWAY, AvailabilitySource::Schedule));
    app.available("mia", true).await;
    assert_eq!(app.arrives("mail", "m2", "ann@example.com").await.owner, user_name("mia"), "after work, by hand");
    go_to(&app, "2026-11-30T08:00:00Z");
    assert_eq!(availability(&app, "mia").await, (AVAILABLE, AvailabilitySource::Schedule));
});

// C-059, complaint 9: routing knew of no leave. Out of office wins; at its end the hours hold; coming back early ends it.
both_engines!(out_of_office_wins_over_working_hours, |db| async move {
    let app = desk(db).await;
    let mut leave = schedule("mia", "Europe/Berlin", vec![block(Weekday::Monday, 540, 1_020)]);
    leave.out_of_office = vec![period("2026-11-23T09:00:00Z", "2026-11-23T12:00:00Z")];
    set(&app.user("mia"), leave).await.expect("set");
    go_to(&app, "2026-11-23T09:00:00Z");
    assert_eq!(app.arrives("mail", "m1", "ann@example.com").await.owner, "");
    assert_eq!(availability(&app, "mia").await, (AWAY, AvailabilitySource::OutOfOffice));
    let back = |end| v1::SetAvailabilityRequest {
        name: user_name("mia"),
        state: AVAILABLE.into(),
        end_out_of_office: end,
        ..Default::default()
    };
    let mia = app.user("mia");
    assert_refused(mia.users().set_availability(back(false)).await, ErrorReason::StateTransitionNotAllowed);
    mia.users().set_availability(back(true)).await.expect("the period ends");
    let name = format!("{}/workSchedule", user_name("mia"));
    let read = mia.users().get_work_schedule(v1::GetWorkScheduleRequest { name }).await.expect("found").into_inner();
    assert_eq!(read.work_schedule.expect("a schedule").out_of_office, [], "nothing of it is left");
    assert_eq!(app.arrives("mail", "m2", "ann@example.com").await.owner, user_name("mia"));
    let mut leave = schedule("mia", "", Vec::new());
    leave.out_of_office = vec![period("2026-11-23T10:00:00Z", "2026-11-23T11:00:00Z")];
    set(&mia, leave).await.expect("set");
    go_to(&app, "2026-11-23T10:30:00Z");
    assert_eq!(availability(&app, "mia").await.0, AWAY);
    go_to(&app, "2026-11-23T11:00:00Z");
    assert_eq!(availability(&app, "mia").await, (AVAILABLE, AvailabilitySource::Schedule));
});

// C-056, C-037: without hours somebody is there until somebody says away; who waits is served with the change.
both_engines!(hours_that_are_cleared_keep_nobody_away, |db| async move {
    let app = desk(db).await;
    app.queue("mail", 0).await;
    let ticket = app.arrives("mail", "m1", "ann@example.com").await;
    assert_eq!(ticket.owner, "", "she is off on Saturdays");
    set(&app.user("mia"), schedule("mia", "Europe/Berlin", Vec::new())).await.expect("set");
    assert_eq!(app.ticket_now(&ticket.name).await.owner, user_name("mia"), "served at once");
    assert_eq!(availability(&app, "mia").await, (AVAILABLE, AvailabilitySource::Schedule));
    let mut leave = schedule("mia", "", Vec::new());
    leave.out_of_office = vec![period("2026-11-20T00:00:00Z", "2026-12-01T00:00:00Z")];
    set(&app.user("mia"), leave).await.expect("set");
    assert_eq!(availability(&app, "mia").await, (AWAY, AvailabilitySource::OutOfOffice));
    let second = app.arrives("mail", "m2", "ann@example.com").await;
    assert_eq!(second.owner, "");
    set(&app.user("mia"), schedule("mia", "", Vec::new())).await.expect("set");
    assert_eq!(app.ticket_now(&second.name).await.owner, user_name("mia"), "served at once");
    assert_eq!(availability(&app, "mia").await, (AVAILABLE, AvailabilitySource::Schedule));
});

// C-057: a schedule without hours does not undo what somebody said by hand.
both_engines!(what_is_set_by_hand_outlives_hours_that_are_cleared, |db| async move {
    let app = desk(db).await;
    go_to(&app, "2026-11-23T10:00:00Z");
    app.available("mia", false).await;
    set(&app.user("mia"), schedule("mia", "", Vec::new())).await.expect("set");
    assert_eq!(availability(&app, "mia").await, (AWAY, AvailabilitySource::Other));
    let mut leave = schedule("mia", "", Vec::new());
    leave.out_of_office = vec![period("2026-12-01T00:00:00Z", "2026-12-02T00:00:00Z")];
    set(&app.user("mia"), leave).await.expect("set");
    assert_eq!(availability(&app, "mia").await, (AWAY, AvailabilitySource::Other), "until it begins");
});

// C-057: nor does one that has the same hours and a period to come.
both_engines!(what_is_set_by_hand_outlives_a_period_that_is_planned, |db| async move {
    let app = desk(db).await;
    go_to(&app, "2026-11-23T10:00:00Z");
    app.available("mia", false).await;
    let mut leave = schedule("mia", "Europe/Berlin", vec![block(Weekday::Monday, 540, 1_020)]);
    leave.out_of_office = vec![period("2026-12-01T00:00:00Z", "2026-12-02T00:00:00Z")];
    set(&app.user("mia"), leave.clone()).await.expect("set");
    assert_eq!(availability(&app, "mia").await, (AWAY, AvailabilitySource::Other));
    leave.blocks = vec![block(Weekday::Monday, 540, 1_080)];
    set(&app.user("mia"), leave).await.expect("set");
    assert_eq!(availability(&app, "mia").await, (AVAILABLE, AvailabilitySource::Schedule), "other hours speak");
});

// R-134, C-056: each other schedule is told, also one with as many blocks and periods as before.
both_engines!(each_other_schedule_is_told, |db| async move {
    let app = desk(db).await;
    let before = talk::events(&app, EventType::AvailabilityChanged).await.len();
    let mut other = schedule("mia", "Europe/Berlin", vec![block(Weekday::Monday, 600, 1_080)]);
    set(&app.user("mia"), other.clone()).await.expect("set");
    for (start, end) in [(1, 2), (3, 4), (3, 4)] {
        other.out_of_office =
            vec![period(&format!("2026-12-0{start}T00:00:00Z"), &format!("2026-12-0{end}T00:00:00Z"))];
        set(&app.user("mia"), other.clone()).await.expect("set");
    }
    let told = talk::events(&app, EventType::AvailabilityChanged).await;
    assert_eq!(told.len(), before + 3, "the same again is no event: {told:?}");
    let of = |event: &v1::Event| {
        let found = event.fields.iter().find(|field| field.field == "work_schedule");
        found.map(|field| field.after.clone()).unwrap_or_default()
    };
    let words: Vec<_> = told[before..].iter().map(of).collect();
    assert!(words.iter().all(|words| words.contains("MONDAY 10:00-18:00")), "{words:?}");
    assert!(words.iter().any(|words| words.contains("2026-12-03T00:00:00Z")), "{words:?}");
});

// C-037: tickets that wait are served when hours begin.
both_engines!(those_who_wait_are_served_when_hours_begin, |db| async move {
    let app = desk(db).await;
    app.queue("mail", 0).await;
    let ticket = app.arrives("mail", "m1", "ann@example.com").await;
    assert_eq!(ticket.owner, "");
    go_to(&app, "2026-11-23T08:00:00Z");
    app.running().worker.run_until_idle().await.expect("worked");
    assert_eq!(app.ticket_now(&ticket.name).await.owner, user_name("mia"));
});

// Hours are one's own, and others' with the permission for presence; what makes no sense is refused.
both_engines!(a_schedule_is_checked_and_is_ones_own, |db| async move {
    let app = desk(db).await;
    let cole = app.collaborator("cole", AccessLevel::All).await;
    let monday = || vec![block(Weekday::Monday, 540, 1_020)];
    assert_refused(set(&cole, schedule("mia", "UTC", monday())).await, ErrorReason::PermissionMissing);
    set(&cole, schedule("cole", "UTC", monday())).await.expect("one's own");
    set(&app.root(), schedule("cole", "UTC", Vec::new())).await.expect("a super admin");
    let overlap = vec![block(Weekday::Monday, 540, 1_020), block(Weekday::Monday, 1_000, 1_100)];
    let mut period_backwards = schedule("cole", "UTC", Vec::new());
    period_backwards.out_of_office = vec![period("2026-11-23T10:00:00Z", "2026-11-23T09:00:00Z")];
    let cases = [
        schedule("cole", "Mars/Olympus", monday()),
        schedule("cole", "", monday()),
        schedule("cole", "UTC", overlap),
        schedule("cole", "UTC", vec![block(Weekday::Monday, 600, 600)]),
        period_backwards,
    ];
    for case in cases {
        assert_refused(set(&cole, case).await, ErrorReason::FieldInvalid);
    }
    app.advance(Duration::from_secs(1));
    let gone = v1::GetWorkScheduleRequest { name: format!("{}/users/nemo/workSchedule", app::account()) };
    assert_refused(cole.users().get_work_schedule(gone).await, ErrorReason::ResourceNotFound);
});
