//! What a replay says in the end.

use std::time::Duration;

use serde::Serialize;

use super::judge::Verdict;
use super::send::Tally;
use super::skilled::Skilled;
use super::stats::rounded;

/// The figures of a replay of questions, in the order in which they are printed.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// Questions that were sent, each counted once.
    pub sent: usize,
    /// Tickets that are there.
    pub tickets: usize,
    /// Messages that are there more than once.
    pub duplicates: usize,
    /// Questions that are not there.
    pub lost: usize,
    /// Most open tickets of one agent less fewest.
    pub balance_spread: usize,
    /// Gaps and repeats in the event sequence.
    pub event_gaps: usize,
    /// Time of the sending.
    pub seconds: f64,
    /// Questions in a second.
    pub per_second: f64,
    /// Median time of a message, in milliseconds.
    pub p50_ms: f64,
    /// Time that one message in a hundred exceeded, in milliseconds.
    pub p99_ms: f64,
    /// What the service keeps its data in: `sqlite`, `postgres`, or `server` when somebody else runs it.
    pub database: &'static str,
    /// Who got what by skills, where they were asked for.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub skilled: Option<Skilled>,
}

impl Report {
    /// Puts the figures together.
    pub fn of(sent: usize, tally: &mut Tally, verdict: &Verdict, took: Duration, database: &'static str) -> Self {
        let seconds = took.as_secs_f64();
        let many = u32::try_from(sent).map_or(f64::MAX, f64::from);
        Self {
            sent,
            tickets: verdict.tickets,
            duplicates: verdict.duplicates,
            lost: verdict.lost,
            balance_spread: verdict.balance_spread,
            event_gaps: verdict.event_gaps,
            seconds: rounded(seconds),
            per_second: if seconds > 0.0 { rounded(many / seconds) } else { 0.0 },
            p50_ms: tally.times.percentile_ms(50),
            p99_ms: tally.times.percentile_ms(99),
            database,
            skilled: None,
        }
    }

    /// For people.
    pub fn text(&self, created: usize) -> String {
        let table = self.skilled.as_ref().map(Skilled::table).unwrap_or_default();
        format!(
            "{} questions sent in {} s ({} in a second; half within {} ms, 99 of 100 within {} ms), {created} of them new\n\
             {} tickets, {} doubled, {} lost; open tickets of the agents differ by {}; {} gaps in the events ({})\n\
             {table}",
            self.sent,
            self.seconds,
            self.per_second,
            self.p50_ms,
            self.p99_ms,
            self.tickets,
            self.duplicates,
            self.lost,
            self.balance_spread,
            self.event_gaps,
            self.database,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_object_has_its_keys_in_order() {
        let mut tally = Tally::default();
        tally.times.add(Duration::from_millis(4));
        let verdict = Verdict { tickets: 10, balance_spread: 1, ..Verdict::default() };
        let report = Report::of(10, &mut tally, &verdict, Duration::from_secs(2), "sqlite");
        let json = serde_json::to_string(&report).expect("plain data");
        let expected = r#"{"sent":10,"tickets":10,"duplicates":0,"lost":0,"balance_spread":1,"event_gaps":0,"#
            .to_owned()
            + r#""seconds":2.0,"per_second":5.0,"p50_ms":4.0,"p99_ms":4.0,"database":"sqlite"}"#;
        assert_eq!(json, expected);
    }
}
