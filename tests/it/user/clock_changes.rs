//! Working hours over the clock changes of a year, in six zones: tried out to the second.

use helpdesk::domain::time::Timestamp;
use helpdesk::grpc::pb::v1::simulate_routing_request::Subject;
use helpdesk::grpc::pb::v1::{self, ChannelType, RoutingOutcome, UnassignedReason, Weekday};

use crate::support::app::{self, App, channel_name, user_name};
use crate::support::databases::both_engines;
use crate::support::scene::people;

/// Zone, block of the Sunday of the change in minutes, and when it begins and ends.
const CHANGES: [(&str, i32, i32, &str, &str); 12] = [
    // Forward at 02:00: a block that begins in the skipped hour begins where that ends.
    ("Europe/Berlin", 150, 240, "2026-03-29T01:00:00Z", "2026-03-29T02:00:00Z"),
    // Back at 03:00: the hour comes twice, and counts twice.
    ("Europe/Berlin", 120, 240, "2026-10-25T00:00:00Z", "2026-10-25T03:00:00Z"),
    ("Europe/London", 90, 180, "2026-03-29T01:00:00Z", "2026-03-29T02:00:00Z"),
    ("Europe/London", 60, 180, "2026-10-25T00:00:00Z", "2026-10-25T03:00:00Z"),
    ("America/New_York", 150, 240, "2026-03-08T07:00:00Z", "2026-03-08T08:00:00Z"),
    ("America/New_York", 60, 180, "2026-11-01T05:00:00Z", "2026-11-01T08:00:00Z"),
    ("Australia/Sydney", 120, 240, "2026-04-04T15:00:00Z", "2026-04-04T18:00:00Z"),
    ("Australia/Sydney", 150, 240, "2026-10-03T16:00:00Z", "2026-10-03T17:00:00Z"),
    // A change of half an hour.
    ("Australia/Lord_Howe", 120, 240, "2026-10-03T15:30:00Z", "2026-10-03T17:00:00Z"),
    ("Australia/Lord_Howe", 60, 180, "2026-04-04T14:00:00Z", "2026-04-04T16:30:00Z"),
    // A change at midnight: the day begins at 01:00, or its first hour comes twice the evening before.
    ("America/Santiago", 0, 120, "2026-09-06T04:00:00Z", "2026-09-06T05:00:00Z"),
    ("America/Santiago", 0, 120, "2026-04-05T04:00:00Z", "2026-04-05T06:00:00Z"),
];

async fn works(app: &App, time_zone: &str, start_minute: i32, end_minute: i32) {
    let schedule = v1::WorkSchedule {
        name: format!("{}/workSchedule", user_name("mia")),
        time_zone: time_zone.to_owned(),
        blocks: vec![v1::WorkBlock { day: Weekday::Sunday.into(), start_minute, end_minute }],
        out_of_office: Vec::new(),
    };
    let request = v1::SetWorkScheduleRequest { work_schedule: Some(schedule), ..Default::default() };
    app.root().users().set_work_schedule(request).await.expect("set");
}

/// Whether a ticket that comes at that second goes to somebody, or nobody is there.
async fn is_there(app: &App, micros: i64) -> bool {
    let draft = v1::ImaginedTicket { channel: channel_name("mail"), ..Default::default() };
    let request = v1::SimulateRoutingRequest {
        parent: app::account(),
        subject: Some(Subject::Draft(draft)),
        at_time: Some(prost_types::Timestamp { seconds: micros / 1_000_000, nanos: 0 }),
        ..Default::default()
    };
    let answer = app.root().routing().simulate_routing(request).await.expect("tried").into_inner();
    let decision = answer.routing_decisions.into_iter().next().expect("a decision");
    let there = decision.outcome() == RoutingOutcome::Assigned;
    assert!(there || decision.unassigned_reason() == UnassignedReason::NobodyAvailable, "{decision:?}");
    there
}

// C-058, R-134: one database of time zones; a block begins and ends with the clock of its zone, at both changes of a year.
both_engines!(hours_follow_both_clock_changes_in_six_zones, |db| async move {
    let app = App::start(db).await;
    app.agent("mia").await;
    app.channel("mail", ChannelType::Email).await;
    app.route_to("mail", people(&["mia"], &[])).await;
    for (zone, start, end, opens, closes) in CHANGES {
        works(&app, zone, start, end).await;
        let [opens, closes] = [opens, closes].map(|text| Timestamp::parse_rfc3339(text).expect("a time").as_micros());
        let mut found = Vec::new();
        for moment in [opens - 1_000_000, opens, closes - 1_000_000, closes] {
            found.push(is_there(&app, moment).await);
        }
        assert_eq!(found, [false, true, true, false], "{zone} {start} to {end}");
    }
});
