//! Weekly hours in a time zone, and when they begin and end (C-058).
//!
//! A block is `[start, end)` on the local clock, so it is open whenever the local time lies in it: a block in an hour that
//! a clock change skips begins at the next instant that exists, and an hour that comes twice counts twice. There is one
//! database of time zones, the one that is built in.

use std::sync::LazyLock;
use std::time::Duration;

use jiff::civil;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use serde::{Deserialize, Serialize};

use super::time::{Day, Timestamp};

/// Blocks of one week at most.
pub const MOST_BLOCKS: usize = 50;
/// Minutes of a day.
pub const DAY: u16 = 1_440;
/// Days ahead in which a change is looked for: in two weeks every block has come once, also one that a change of the clock skips.
const AHEAD: i64 = 16;

static ZONES: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// The day on which `time` falls in a time zone, in UTC when there is no such zone (C-066).
pub fn day_in(zone: &str, time: Timestamp) -> Day {
    let local = ZONES.get(zone).ok().and_then(|zone| {
        let instant = jiff::Timestamp::from_microsecond(time.as_micros()).ok()?;
        Day::parse(&zone.to_datetime(instant).date().to_string())
    });
    local.unwrap_or(Day::of(time))
}

/// A stretch of one weekday, in minutes after midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Block {
    /// The weekday, Monday is 0.
    pub day: u8,
    /// First minute.
    pub start: u16,
    /// The minute after the last; at most [`DAY`].
    pub end: u16,
}

/// Weekly hours.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Hours {
    /// The time zone, as the IANA database calls it.
    pub zone: String,
    /// The blocks, in order. None at all: always open.
    pub blocks: Vec<Block>,
}

/// What is wrong with hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HoursFault {
    /// There is no such time zone.
    Zone,
    /// A block ends before it begins, or is not of a day.
    Block(usize),
    /// A block overlaps another one.
    Overlap(usize),
}

impl Hours {
    /// Whether the hours make sense; puts the blocks in order.
    ///
    /// # Errors
    /// What is wrong with the first bad part.
    pub fn check(&mut self) -> Result<(), HoursFault> {
        self.zone().ok_or(HoursFault::Zone)?;
        let bad = |block: &Block| block.day > 6 || block.start >= block.end || block.end > DAY;
        if let Some(index) = self.blocks.iter().position(bad) {
            return Err(HoursFault::Block(index));
        }
        self.blocks.sort_unstable();
        let overlap = |pair: &[Block]| pair[0].day == pair[1].day && pair[1].start < pair[0].end;
        match self.blocks.windows(2).position(overlap) {
            Some(index) => Err(HoursFault::Overlap(index + 1)),
            None => Ok(()),
        }
    }

    fn zone(&self) -> Option<TimeZone> {
        ZONES.get(&self.zone).ok()
    }

    /// Whether it is open at `now`. Without blocks it always is.
    pub fn open_at(&self, now: Timestamp) -> bool {
        self.blocks.is_empty() || self.zone().is_none_or(|zone| self.covers(&zone, now))
    }

    fn covers(&self, zone: &TimeZone, now: Timestamp) -> bool {
        let Ok(instant) = jiff::Timestamp::from_microsecond(now.as_micros()) else { return true };
        let local = zone.to_datetime(instant);
        let (day, minute) = (weekday(local), i32::from(local.hour()) * 60 + i32::from(local.minute()));
        let holds = |block: &&Block| i32::from(block.start) <= minute && minute < i32::from(block.end);
        self.blocks.iter().filter(|block| block.day == day).any(|block| holds(&block))
    }

    /// When it next opens or closes; none when it never does.
    pub fn next_change(&self, now: Timestamp) -> Option<Timestamp> {
        let zone = self.zone().filter(|_| !self.blocks.is_empty())?;
        let open = self.covers(&zone, now);
        let mut times: Vec<Timestamp> = self.edges(&zone, now)?.into_iter().filter(|time| *time > now).collect();
        times.sort_unstable();
        times.into_iter().find(|time| self.covers(&zone, *time) != open)
    }

    /// When `span` of open time is over, counted from `from`. Without blocks it always counts.
    pub fn after_open(&self, from: Timestamp, span: Duration) -> Timestamp {
        let (mut now, mut left) = (from, span);
        // Hours that never open again would never end it; a year of boundaries is enough for all others.
        for _ in 0..40_000 {
            let open = self.open_at(now);
            let Some(next) = self.next_change(now) else { break };
            if open && next.since(now) >= left {
                return now.plus(left);
            }
            left = if open { left.saturating_sub(next.since(now)) } else { left };
            now = next;
        }
        now.plus(left)
    }

    /// Every instant of the next days at which a block may begin or end: where its minutes are on the clock, twice for
    /// an hour that comes twice, and the clock changes themselves.
    fn edges(&self, zone: &TimeZone, now: Timestamp) -> Option<Vec<Timestamp>> {
        let begin = jiff::Timestamp::from_microsecond(now.as_micros()).ok()?;
        let first = zone.to_datetime(begin).date();
        let mut times = Vec::new();
        for ahead in 0..AHEAD {
            let date = first.checked_add(jiff::Span::new().days(ahead)).ok()?;
            let day = weekday(date.at(0, 0, 0, 0));
            for block in self.blocks.iter().filter(|block| block.day == day) {
                for minute in [block.start, block.end] {
                    let local = at_minute(date, minute)?;
                    let found = zone.to_ambiguous_timestamp(local);
                    times.extend([found.earlier().ok()?, found.later().ok()?]);
                }
            }
        }
        let end = begin.as_second() + AHEAD * 86_400;
        let changes = zone.following(begin).map(|change| change.timestamp());
        times.extend(changes.take_while(|time| time.as_second() < end));
        Some(times.into_iter().map(|time| Timestamp::from_micros(time.as_microsecond())).collect())
    }
}

/// Whether there is such a time zone.
pub fn is_zone(name: &str) -> bool {
    ZONES.get(name).is_ok()
}

fn weekday(local: civil::DateTime) -> u8 {
    u8::try_from(local.weekday().to_monday_zero_offset()).unwrap_or(0)
}

/// A minute of a day on the clock; the last one of it is the first of the next day.
fn at_minute(date: civil::Date, minute: u16) -> Option<civil::DateTime> {
    if minute == DAY {
        return Some(date.tomorrow().ok()?.at(0, 0, 0, 0));
    }
    let (hour, minute) = (i8::try_from(minute / 60).ok()?, i8::try_from(minute % 60).ok()?);
    Some(date.at(hour, minute, 0, 0))
}

#[cfg(test)]
mod tests;
