//! When a connection has to go: a pure decision over what is seen of it (L-07, L-09, reliability 0.4).

use std::time::Duration;

use tokio::time::Instant;

use super::activity::Seen;
use super::limits::{EdgeLimits, jittered};

/// What is to be done about a connection now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing; look again then.
    LookAgain(Instant),
    /// Nothing, ever.
    LeaveAlone,
    /// Tell the client to go away (GOAWAY) and serve the calls under way.
    SayGoodbye,
    /// Drop it.
    Cut,
}

/// The times of one connection.
#[derive(Debug, Clone, Copy)]
pub struct Life {
    preface_by: Instant,
    old_at: Option<Instant>,
    idle: Option<Duration>,
    goodbye: Duration,
    said_goodbye: Option<Instant>,
}

impl Life {
    /// A connection accepted at `accepted`; `number` spreads the ages of those accepted together.
    pub fn new(limits: &EdgeLimits, accepted: Instant, number: u64) -> Self {
        let some = |time: Duration| (time > Duration::ZERO).then_some(time);
        Self {
            preface_by: accepted + limits.preface,
            old_at: some(limits.connection_age).map(|age| accepted + jittered(age, number)),
            idle: some(limits.idle),
            goodbye: limits.goodbye,
            said_goodbye: None,
        }
    }

    /// Notes that the client was told to go away.
    pub fn said_goodbye(&mut self, now: Instant) {
        self.said_goodbye.get_or_insert(now);
    }

    /// Whether the client was told to go away.
    pub fn is_leaving(&self) -> bool {
        self.said_goodbye.is_some()
    }

    /// What to do, and when to look again.
    pub fn judge(&self, seen: Seen, now: Instant) -> Verdict {
        match self.said_goodbye {
            _ if !seen.spoke_http2 => self.judge_silent(now),
            Some(since) => self.judge_leaving(seen, since, now),
            None => self.judge_staying(seen, now),
        }
    }

    fn judge_silent(&self, now: Instant) -> Verdict {
        // A client that has not even begun to speak cannot be told anything and has nothing to lose.
        if self.is_leaving() { Verdict::Cut } else { at(self.preface_by, now, Verdict::Cut) }
    }

    fn judge_leaving(&self, seen: Seen, since: Instant, now: Instant) -> Verdict {
        if seen.streams > 0 {
            return Verdict::LookAgain(now + self.goodbye);
        }
        at(since.max(seen.quiet_since) + self.goodbye, now, Verdict::Cut)
    }

    fn judge_staying(&self, seen: Seen, now: Instant) -> Verdict {
        // With calls under way nobody says when they end: look again after a whole idle time.
        let quiet_since = if seen.streams == 0 { seen.quiet_since } else { now };
        let idle_at = self.idle.map(|idle| quiet_since + idle);
        match [self.old_at, idle_at].into_iter().flatten().min() {
            Some(first) => at(first, now, Verdict::SayGoodbye),
            None => Verdict::LeaveAlone,
        }
    }
}

fn at(instant: Instant, now: Instant, verdict: Verdict) -> Verdict {
    if now >= instant { verdict } else { Verdict::LookAgain(instant) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Verdict::{Cut, LeaveAlone, LookAgain, SayGoodbye};

    const MS: Duration = Duration::from_millis(1);

    fn limits() -> EdgeLimits {
        EdgeLimits {
            preface: Duration::from_millis(50),
            idle: Duration::from_millis(100),
            connection_age: Duration::ZERO,
            goodbye: Duration::from_millis(10),
            ..EdgeLimits::default()
        }
    }

    fn seen(spoke_http2: bool, streams: usize, quiet_since: Instant) -> Seen {
        Seen { spoke_http2, streams, quiet_since }
    }

    #[test]
    fn a_silent_connection_is_cut_when_its_preface_is_due() {
        let born = Instant::now();
        let mut life = Life::new(&limits(), born, 0);
        let silent = seen(false, 0, born);
        assert_eq!(life.judge(silent, born + MS), LookAgain(born + 50 * MS));
        assert_eq!(life.judge(silent, born + 50 * MS), Cut);
        life.said_goodbye(born + MS);
        assert_eq!(life.judge(silent, born + MS), Cut, "and at once when the server drains");
    }

    #[test]
    fn a_connection_without_calls_is_sent_away_when_idle() {
        let born = Instant::now();
        let life = Life::new(&limits(), born, 0);
        assert_eq!(life.judge(seen(true, 0, born + 30 * MS), born + 40 * MS), LookAgain(born + 130 * MS));
        assert_eq!(life.judge(seen(true, 0, born + 30 * MS), born + 130 * MS), SayGoodbye);
        assert_eq!(life.judge(seen(true, 1, born), born + 500 * MS), LookAgain(born + 600 * MS));
        let unbounded = EdgeLimits { idle: Duration::from_millis(0), ..limits() };
        assert_eq!(Life::new(&unbounded, born, 0).judge(seen(true, 0, born), born + 1_000 * MS), LeaveAlone);
    }

    #[test]
    fn an_old_connection_is_sent_away_with_its_calls_under_way() {
        let born = Instant::now();
        let life = Life::new(
            &EdgeLimits { connection_age: Duration::from_secs(1), idle: Duration::ZERO, ..limits() },
            born,
            0,
        );
        let busy = seen(true, 3, born);
        assert!(matches!(life.judge(busy, born + 899 * MS), LookAgain(_)));
        assert_eq!(life.judge(busy, born + 1_101 * MS), SayGoodbye);
    }

    #[test]
    fn who_was_sent_away_may_finish_but_not_linger() {
        let born = Instant::now();
        let mut life = Life::new(&limits(), born, 0);
        life.said_goodbye(born);
        assert_eq!(life.judge(seen(true, 1, born), born + 500 * MS), LookAgain(born + 510 * MS));
        assert_eq!(life.judge(seen(true, 0, born + 500 * MS), born + 505 * MS), LookAgain(born + 510 * MS));
        assert_eq!(life.judge(seen(true, 0, born + 500 * MS), born + 510 * MS), Cut);
    }
}
