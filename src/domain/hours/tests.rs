//! Hours over the clock changes of six zones, and against the local clock minute by minute.

use std::time::Duration;

use proptest::prelude::*;

use super::*;

fn time(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).expect("a time")
}

fn hours(zone: &str, blocks: &[(u8, u16, u16)]) -> Hours {
    let block = |(day, start, end): &(u8, u16, u16)| Block { day: *day, start: *start, end: *end };
    let mut hours = Hours { zone: zone.to_owned(), blocks: blocks.iter().map(block).collect() };
    hours.check().expect("good hours");
    hours
}

/// Every change from `from` on, as many as asked for, with what holds from then on.
fn changes(hours: &Hours, from: &str, count: usize) -> Vec<(String, bool)> {
    let mut now = time(from);
    let mut found = Vec::new();
    while found.len() < count
        && let Some(next) = hours.next_change(now)
    {
        found.push((next.to_string(), hours.open_at(next)));
        now = next;
    }
    found
}

/// C-058: six zones at both clock changes of 2026. The block is 02:00 to 04:00 on the Sunday of the change, or where the
/// change is at another hour, around it.
#[test]
fn hours_follow_the_clock_changes_of_six_zones() {
    let cases: [(&str, u16, u16, &str, &str, &str); 12] = [
        // Forward at 02:00 to 03:00: the block that begins in the hour that is skipped begins when it ends.
        ("Europe/Berlin", 150, 240, "2026-03-28T12:00:00Z", "2026-03-29T01:00:00Z", "2026-03-29T02:00:00Z"),
        // Back at 03:00 to 02:00: the hour comes twice, so the block is an hour longer.
        ("Europe/Berlin", 120, 240, "2026-10-24T12:00:00Z", "2026-10-25T00:00:00Z", "2026-10-25T03:00:00Z"),
        // Forward at 01:00 to 02:00.
        ("Europe/London", 90, 180, "2026-03-28T12:00:00Z", "2026-03-29T01:00:00Z", "2026-03-29T02:00:00Z"),
        ("Europe/London", 60, 180, "2026-10-24T12:00:00Z", "2026-10-25T00:00:00Z", "2026-10-25T03:00:00Z"),
        ("America/New_York", 150, 240, "2026-03-07T12:00:00Z", "2026-03-08T07:00:00Z", "2026-03-08T08:00:00Z"),
        ("America/New_York", 60, 180, "2026-10-31T12:00:00Z", "2026-11-01T05:00:00Z", "2026-11-01T08:00:00Z"),
        // The southern summer ends in April and begins in October.
        ("Australia/Sydney", 120, 240, "2026-04-04T02:00:00Z", "2026-04-04T15:00:00Z", "2026-04-04T18:00:00Z"),
        ("Australia/Sydney", 150, 240, "2026-10-03T02:00:00Z", "2026-10-03T16:00:00Z", "2026-10-03T17:00:00Z"),
        // A change of half an hour, at 02:00.
        ("Australia/Lord_Howe", 120, 240, "2026-10-03T02:00:00Z", "2026-10-03T15:30:00Z", "2026-10-03T17:00:00Z"),
        ("Australia/Lord_Howe", 60, 180, "2026-04-04T02:00:00Z", "2026-04-04T14:00:00Z", "2026-04-04T16:30:00Z"),
        // At midnight of Sunday, so that the day begins at 01:00.
        ("America/Santiago", 0, 120, "2026-09-05T12:00:00Z", "2026-09-06T04:00:00Z", "2026-09-06T05:00:00Z"),
        ("America/Santiago", 0, 120, "2026-04-04T12:00:00Z", "2026-04-05T04:00:00Z", "2026-04-05T06:00:00Z"),
    ];
    for (zone, start, end, from, opens, closes) in cases {
        let hours = hours(zone, &[(6, start, end)]);
        let expected = vec![(opens.to_owned(), true), (closes.to_owned(), false)];
        assert_eq!(changes(&hours, from, 2), expected, "{zone} from {from}");
    }
}

/// C-058: a block that lies in the skipped hour alone does not happen that day.
#[test]
fn a_block_within_the_skipped_hour_does_not_happen() {
    let hours = hours("Europe/Berlin", &[(6, 130, 170)]);
    let next = hours.next_change(time("2026-03-28T12:00:00Z")).expect("a week later");
    assert_eq!(next, time("2026-04-05T00:10:00Z"));
    let from_its_end = hours.next_change(time("2026-03-22T01:50:00Z")).expect("two weeks later");
    assert_eq!(from_its_end, time("2026-04-05T00:10:00Z"));
}

/// C-058: a working day over a change has its usual hours on the clock.
#[test]
fn a_working_week_over_a_change_keeps_its_hours_on_the_clock() {
    let days: Vec<_> = (0..5).map(|day| (day, 540, 1_020)).collect();
    let berlin = hours("Europe/Berlin", &days);
    let found = changes(&berlin, "2026-03-27T12:00:00Z", 3);
    let expected = [("2026-03-27T16:00:00Z", false), ("2026-03-30T07:00:00Z", true), ("2026-03-30T15:00:00Z", false)];
    assert_eq!(found, expected.map(|(time, open)| (time.to_owned(), open)));
}

/// C-056, C-058: none at all is always open; blocks that meet are one; over midnight they are two that meet.
#[test]
fn no_hours_are_always_open_and_blocks_that_meet_are_one() {
    let always = Hours::default();
    assert!(always.open_at(time("2026-03-28T12:00:00Z")));
    assert_eq!(always.next_change(time("2026-03-28T12:00:00Z")), None);
    let night = hours("UTC", &[(0, 1_320, 1_440), (1, 0, 360)]);
    assert_eq!(night.next_change(time("2026-03-30T22:30:00Z")), Some(time("2026-03-31T06:00:00Z")));
    let whole: Vec<_> = (0..7).map(|day| (day, 0, 1_440)).collect();
    assert_eq!(hours("Europe/Berlin", &whole).next_change(time("2026-03-28T12:00:00Z")), None);
}

/// C-058: overlaps and what is no block or zone is refused.
#[test]
fn what_makes_no_sense_is_refused() {
    let check = |zone: &str, blocks: &[(u8, u16, u16)]| {
        let block = |(day, start, end): &(u8, u16, u16)| Block { day: *day, start: *start, end: *end };
        Hours { zone: zone.to_owned(), blocks: blocks.iter().map(block).collect() }.check()
    };
    assert_eq!(check("Mars/Olympus", &[]), Err(HoursFault::Zone));
    assert_eq!(check("UTC", &[(0, 60, 60)]), Err(HoursFault::Block(0)));
    assert_eq!(check("UTC", &[(0, 0, 60), (7, 0, 60)]), Err(HoursFault::Block(1)));
    assert_eq!(check("UTC", &[(0, 0, 1_441)]), Err(HoursFault::Block(0)));
    assert_eq!(check("UTC", &[(0, 100, 200), (0, 60, 101)]), Err(HoursFault::Overlap(1)));
    assert_eq!(check("UTC", &[(0, 100, 200), (0, 200, 300), (1, 150, 250)]), Ok(()));
}

proptest! {
    /// Between now and the next change nothing changes, and at it everything does, wherever and whenever.
    #[test]
    fn the_next_change_is_the_first(
        zone in prop::sample::select(vec!["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "America/Santiago", "UTC"]),
        blocks in prop::collection::btree_map((0_u8..7, 0_u16..24), 1_u16..60, 1..6),
        minute in 0_u64..525_600,
    ) {
        let blocks: Vec<_> = blocks.iter().map(|((day, hour), length)| (*day, hour * 60, hour * 60 + length)).collect();
        let hours = hours(zone, &blocks);
        let now = time("2026-01-01T00:00:30Z").plus(Duration::from_mins(minute));
        // A block that a clock change swallows may leave more than the days that are looked at; there is none like that
        // among blocks of every week but at the change itself.
        if let Some(next) = hours.next_change(now) {
            prop_assert_ne!(hours.open_at(now), hours.open_at(next));
            let mut between = now;
            while between < next {
                prop_assert_eq!(hours.open_at(between), hours.open_at(now));
                between = between.plus(Duration::from_mins(7));
            }
            prop_assert_eq!(hours.open_at(next.minus(Duration::from_micros(1))), hours.open_at(now));
        }
    }
}
