//! A stretch of a conversation in which a customer agent has control: the turns that it owes an answer to, and what the
//! triggers of hand-offs count. A stretch begins when the agent gets control, and is over when it loses it.

use serde::{Deserialize, Serialize};

use super::codes::coded;
use super::handoff::Reason;
use super::ids::{CustomerAgentId, MessageId};
use super::per_hour::PerHour;
use super::time::Timestamp;
use super::triggers::{Facts, Fired, Signals, Triggers, fold};

/// Turns that are open in one conversation at most. Of more, the first and the last ones stay.
pub const MOST_OPEN: usize = 20;
/// Mails that a customer agent sends in an hour of one conversation before it gets no more turns for mails: whatever
/// answers by itself and does not say so is not answered for ever (T-24).
pub const MOST_MAILS: i64 = 5;

coded! {
    /// What became of a turn.
    TurnState {
        /// It is to be taken.
        Waiting = "waiting",
        /// The runtime has it.
        Taken = "taken",
        /// The runtime failed at it; it is to be taken again.
        Failed = "failed",
        /// It is answered.
        Answered = "answered",
        /// The customer agent lost control first.
        Ended = "ended",
    }
}

/// A message of the visitor that the customer agent has not answered yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turn {
    /// The message.
    #[serde(rename = "m")]
    pub message: MessageId,
    /// When the turn was given.
    #[serde(rename = "b")]
    pub begin: Timestamp,
    /// By when the runtime is to take it; none: it has, or nobody minds any more.
    #[serde(rename = "d", default)]
    pub take_by: Option<Timestamp>,
    /// When the runtime took it.
    #[serde(rename = "t", default)]
    pub taken: Option<Timestamp>,
    /// How often the runtime failed at it.
    #[serde(rename = "f", default)]
    pub failures: u32,
}

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stretch {
    /// Whose it is.
    #[serde(rename = "a")]
    pub agent: CustomerAgentId,
    /// The epoch of control that it began with.
    #[serde(rename = "e")]
    pub epoch: i64,
    /// Open turns, the first first.
    #[serde(rename = "t", default)]
    pub turns: Vec<Turn>,
    /// Answers that count for the limit of turns.
    #[serde(rename = "n", default)]
    pub answers: u32,
    /// What tells the last answer from others.
    #[serde(rename = "h", default)]
    last_answer: u64,
    /// How often in a row it was given.
    #[serde(rename = "s", default)]
    pub same_answers: u32,
    /// How often in a row the visitor was unhappier than the limit.
    #[serde(rename = "l", default)]
    pub low_sentiments: u32,
    /// Turns in a row at which the runtime failed.
    #[serde(rename = "f", default)]
    pub failures: u32,
    /// Since when an answer is owed.
    #[serde(rename = "o", default)]
    pub owed_since: Option<Timestamp>,
    /// That the agent is paused was told already.
    #[serde(rename = "p", default)]
    pub told_paused: bool,
    /// Mails of the agent lately.
    #[serde(rename = "m", default)]
    mails: PerHour,
    /// When something is to be done about it, unless something else happens before.
    #[serde(rename = "d", default)]
    pub due: Option<Timestamp>,
}

impl Stretch {
    /// A stretch in which nothing was said yet.
    pub fn new(agent: CustomerAgentId, epoch: i64) -> Self {
        Self {
            agent,
            epoch,
            turns: Vec::new(),
            answers: 0,
            last_answer: 0,
            same_answers: 0,
            low_sentiments: 0,
            failures: 0,
            owed_since: None,
            told_paused: false,
            mails: PerHour::default(),
            due: None,
        }
    }

    /// An answer goes out by mail.
    pub fn mail(&mut self, now: Timestamp) {
        self.mails.count(now);
    }

    /// Whether the agent sent as many mails as it may for now.
    pub fn mailed_enough(&self, now: Timestamp) -> bool {
        self.mails.so_far(now) >= MOST_MAILS
    }

    /// The agent has lost control: it owes nothing any more.
    pub fn end(&mut self) {
        (self.turns, self.owed_since, self.due) = (Vec::new(), None, None);
    }

    /// The messages of the open turns.
    pub fn messages(&self) -> Vec<MessageId> {
        self.turns.iter().map(|turn| turn.message).collect()
    }

    /// An open turn.
    pub fn turn(&self, message: MessageId) -> Option<&Turn> {
        self.turns.iter().find(|turn| turn.message == message)
    }

    /// Gives the agent a turn for a message; the same message again is the same turn. Which turn is over because there were
    /// too many.
    pub fn begin(&mut self, message: MessageId, now: Timestamp, triggers: &Triggers) -> Option<MessageId> {
        if self.turn(message).is_some() {
            return None;
        }
        let over = (self.turns.len() >= MOST_OPEN).then(|| self.turns.remove(1).message);
        let take_by = Some(triggers.take_by(now));
        self.turns.push(Turn { message, begin: now, take_by, taken: None, failures: 0 });
        self.owed_since.get_or_insert(now);
        self.settle(triggers);
        over
    }

    /// The runtime takes a turn; again changes nothing. Whether that turn is open.
    pub fn take(&mut self, message: MessageId, now: Timestamp, triggers: &Triggers) -> bool {
        let Some(turn) = self.turns.iter_mut().find(|turn| turn.message == message) else { return false };
        turn.taken.get_or_insert(now);
        turn.take_by = None;
        self.settle(triggers);
        true
    }

    /// The runtime failed at a turn: it is given again. Whether that turn is open.
    pub fn fail(&mut self, message: MessageId, now: Timestamp, triggers: &Triggers) -> bool {
        let Some(turn) = self.turns.iter_mut().find(|turn| turn.message == message) else { return false };
        turn.failures += 1;
        (turn.taken, turn.take_by) = (None, Some(triggers.take_by(now)));
        self.failures += 1;
        self.settle(triggers);
        true
    }

    /// The runtime says something of the visitor.
    pub fn hear(&mut self, signals: Signals, triggers: &Triggers) {
        if let Some((percent, limit)) = signals.sentiment.zip(triggers.sentiment) {
            self.low_sentiments = if percent < limit.below { self.low_sentiments.saturating_add(1) } else { 0 };
        }
    }

    /// The agent answers: everything that was said before is answered.
    pub fn answer(&mut self, text: &str) {
        let mark = mark_of(text);
        let same = self.same_answers > 0 && mark == self.last_answer;
        self.same_answers = if same { self.same_answers.saturating_add(1) } else { 1 };
        self.last_answer = mark;
        self.answers = self.answers.saturating_add(1);
        (self.failures, self.told_paused) = (0, false);
        self.end();
    }

    /// What there is to judge now, beside what was said.
    pub fn facts(&self, now: Timestamp) -> Facts<'static> {
        let owed = self.owed_since.map_or(0, |since| now.since(since).as_secs());
        Facts {
            answers: self.answers,
            same_answers: self.same_answers,
            low_sentiments: self.low_sentiments,
            failed_turns: self.failures,
            not_taken: self.turns.iter().any(|turn| turn.take_by.is_some_and(|by| by <= now)),
            owed: u32::try_from(owed).unwrap_or(u32::MAX),
            ..Facts::default()
        }
    }

    /// What fired was told, and the agent goes on all the same: it counts anew.
    pub fn told(&mut self, fired: &[Fired], now: Timestamp, triggers: &Triggers) {
        for one in fired {
            match one.reason {
                Reason::AgentPaused => {
                    self.told_paused = true;
                    self.rest(triggers);
                }
                Reason::AgentFailed => {
                    self.failures = 0;
                    let late = |turn: &&mut Turn| turn.take_by.is_some_and(|by| by <= now);
                    self.turns.iter_mut().filter(late).for_each(|turn| turn.take_by = None);
                }
                Reason::TurnLimit => self.answers = 0,
                Reason::Loop => self.same_answers = 0,
                Reason::Sentiment => self.low_sentiments = 0,
                Reason::Inactivity => self.owed_since = Some(now),
                Reason::ContactAsked | Reason::Phrase | Reason::CannotAnswer | Reason::Workflow | Reason::Requested => {
                }
            }
        }
        self.settle(triggers);
    }

    /// Nobody is to take the open turns any more: the agent does not work.
    pub fn rest(&mut self, triggers: &Triggers) {
        self.turns.iter_mut().for_each(|turn| turn.take_by = None);
        self.settle(triggers);
    }

    /// The agent works again after a pause that was told: the open turns that nobody has taken are to be taken from now on.
    pub fn resume(&mut self, now: Timestamp, triggers: &Triggers) {
        if std::mem::take(&mut self.told_paused) {
            let free = self.turns.iter_mut().filter(|turn| turn.taken.is_none());
            free.for_each(|turn| turn.take_by = Some(triggers.take_by(now)));
            self.settle(triggers);
        }
    }

    /// Finds anew when something is to be done.
    fn settle(&mut self, triggers: &Triggers) {
        let taken = self.turns.iter().filter_map(|turn| turn.take_by);
        let waited = self.owed_since.zip(triggers.inactivity).map(|(since, limit)| since.plus(seconds(limit)));
        self.due = taken.chain(waited).min();
    }
}

impl Triggers {
    /// By when a turn that is given now is to be taken.
    pub fn take_by(&self, now: Timestamp) -> Timestamp {
        now.plus(seconds(self.acknowledge_within))
    }
}

fn seconds(seconds: u32) -> std::time::Duration {
    std::time::Duration::from_secs(seconds.into())
}

/// Equal for answers that say the same (FNV-1a of the form in which texts are compared).
fn mark_of(text: &str) -> u64 {
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    fold(text).bytes().fold(0xcbf2_9ce4_8422_2325, step)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::triggers::{SentimentLimit, fired};

    fn at(second: i64) -> Timestamp {
        Timestamp::from_micros(second * 1_000_000)
    }

    fn message(number: u128) -> MessageId {
        MessageId(uuid::Uuid::from_u128(number))
    }

    fn triggers() -> Triggers {
        Triggers {
            turn_limit: Some(3),
            same_answers: Some(2),
            sentiment: Some(SentimentLimit { below: -50, times: 2 }),
            inactivity: Some(600),
            ..Triggers::default()
        }
    }

    fn stretch() -> Stretch {
        Stretch::new(CustomerAgentId::stored("ava"), 2)
    }

    fn reasons(stretch: &Stretch, now: Timestamp) -> Vec<Reason> {
        fired(&triggers(), &stretch.facts(now)).into_iter().map(|fired| fired.reason).collect()
    }

    #[test]
    fn a_turn_that_is_taken_may_take_its_time() {
        let mut stretch = stretch();
        stretch.begin(message(1), at(0), &triggers());
        assert_eq!(stretch.due, Some(at(30)));
        assert_eq!((reasons(&stretch, at(29)), reasons(&stretch, at(30))), (vec![], vec![Reason::AgentFailed]));
        assert!(stretch.take(message(1), at(29), &triggers()));
        assert!(!stretch.take(message(2), at(29), &triggers()));
        assert_eq!((stretch.due, reasons(&stretch, at(599))), (Some(at(600)), vec![]));
        assert_eq!(reasons(&stretch, at(600)), [Reason::Inactivity]);
    }

    #[test]
    fn three_failures_in_a_row_are_one_too_many_and_an_answer_begins_anew() {
        let mut stretch = stretch();
        for number in [1, 1, 2] {
            stretch.begin(message(number), at(0), &triggers());
            assert_eq!(reasons(&stretch, at(1)), []);
            assert!(stretch.fail(message(number), at(1), &triggers()));
        }
        assert_eq!(reasons(&stretch, at(1)), [Reason::AgentFailed]);
        stretch.answer("Yes.");
        assert_eq!((stretch.turns.len(), stretch.due, reasons(&stretch, at(9_999))), (0, None, vec![]));
    }

    #[test]
    fn the_same_answer_again_is_a_loop_whatever_its_spaces_and_case() {
        let mut stretch = stretch();
        stretch.answer("Please  restart.");
        assert_eq!(reasons(&stretch, at(0)), []);
        stretch.answer("please restart.");
        assert_eq!(reasons(&stretch, at(0)), [Reason::Loop]);
        stretch.answer("Something else.");
        assert_eq!(reasons(&stretch, at(0)), [Reason::TurnLimit]);
    }

    #[test]
    fn what_was_told_is_counted_anew() {
        let mut stretch = stretch();
        stretch.begin(message(1), at(0), &triggers());
        for _ in 0..2 {
            stretch.hear(Signals { sentiment: Some(-80), ..Signals::default() }, &triggers());
        }
        let all = fired(&triggers(), &stretch.facts(at(600)));
        assert_eq!(all.len(), 3, "failed, unhappy, nothing said");
        stretch.told(&all, at(600), &triggers());
        assert_eq!((reasons(&stretch, at(600)), stretch.due), (vec![], Some(at(1_200))));
    }

    #[test]
    fn after_a_pause_the_turns_are_to_be_taken_anew() {
        let mut stretch = stretch();
        stretch.begin(message(1), at(0), &triggers());
        stretch.take(message(1), at(1), &triggers());
        stretch.begin(message(2), at(2), &triggers());
        stretch.resume(at(5), &triggers());
        assert_eq!(stretch.due, Some(at(32)), "there was no pause");
        stretch.rest(&triggers());
        stretch.told(&[Fired { reason: Reason::AgentPaused, phrases: Vec::new() }], at(10), &triggers());
        assert_eq!((stretch.told_paused, stretch.due), (true, Some(at(600))));
        stretch.resume(at(100), &triggers());
        assert_eq!((stretch.told_paused, stretch.due), (false, Some(at(130))));
        assert_eq!(stretch.turn(message(1)).and_then(|turn| turn.take_by), None, "the runtime has it");
    }

    #[test]
    fn so_many_turns_are_open_and_no_more() {
        let mut stretch = stretch();
        for number in 0..50 {
            let over = stretch.begin(message(number), at(0), &triggers());
            assert_eq!(over, (number >= 20).then(|| message(number - 19)), "the second of those that are open");
        }
        assert_eq!(stretch.turns.len(), MOST_OPEN);
        assert_eq!((stretch.turns[0].message, stretch.turns[MOST_OPEN - 1].message), (message(0), message(49)));
    }
}
