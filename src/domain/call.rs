//! A telephone call: whom it rings at, who took it, and what the caller hears otherwise (R-138 to R-146; C-060 to C-063).

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::codes::coded;
use super::hours::Hours;
use super::ids::{CallId, ChannelId, TicketNumber, UserId};
use super::time::Timestamp;

/// People one call rings at (C-061).
pub const MOST_RINGING: usize = 100;
/// Seconds a call rings unless the channel says otherwise.
pub const USUAL_RING: u32 = 30;
/// So long after its ring timeout a call ends by itself that nobody answered and nobody ended (C-062). Late for somebody who
/// still speaks to the voicemail, so what is said then is taken in all the same.
const RINGING_LASTS: Duration = Duration::from_mins(5);
/// So long after it came a call ends by itself that went to the voicemail at once.
const VOICEMAIL_LASTS: Duration = Duration::from_hours(1);
/// So long after it was answered a call ends by itself. Hardly any lasts longer, and an adapter that died keeps whoever
/// answered from being rung for half a working day at most.
const ANSWERED_LASTS: Duration = Duration::from_hours(4);

coded! {
    /// Where a call stands.
    CallState {
        /// It rings.
        Ringing = "ringing",
        /// Somebody took it.
        Answered = "answered",
        /// The caller hears the voicemail message.
        Voicemail = "voicemail",
        /// It was taken and is over.
        Ended = "ended",
        /// Nobody took it, and it is over.
        Missed = "missed",
    }
}

/// What a caller hears whom nobody answers.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct VoicemailMessage {
    /// Read out where there is no audio.
    pub text: String,
    /// Where the audio is; may be empty.
    pub audio_uri: String,
}

/// What a calling channel has of its own.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct CallingConfig {
    /// Opening hours; without blocks always open (C-060).
    pub hours: Hours,
    /// For calls that nobody answers within the hours.
    pub voicemail: Option<VoicemailMessage>,
    /// For calls outside of the hours.
    pub after_hours_voicemail: Option<VoicemailMessage>,
    /// Seconds a call rings; none as usual.
    pub ring: Option<u32>,
}

impl CallingConfig {
    /// Seconds a call rings.
    pub fn ring_seconds(&self) -> u32 {
        self.ring.unwrap_or(USUAL_RING)
    }
}

/// A call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// Made id.
    pub id: CallId,
    /// The channel it came on.
    pub channel: ChannelId,
    /// What keeps it from being taken in twice.
    pub external_id: String,
    /// Where it stands.
    pub state: CallState,
    /// What else is known of it.
    pub facts: CallFacts,
    /// When it came.
    pub create_time: Timestamp,
    /// The etag.
    pub version: i64,
}

/// What is known of a call beside where it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallFacts {
    /// The caller's name as given; may be empty.
    pub caller_name: String,
    /// The caller's number as given; may be empty.
    pub caller_number: String,
    /// It came outside of the hours.
    pub after_hours: bool,
    /// Whom it rings at, best first.
    pub ringing: Vec<UserId>,
    /// Who took it.
    pub answerer: Option<UserId>,
    /// Its ticket.
    pub ticket: Option<TicketNumber>,
    /// When somebody took it.
    pub answer_time: Option<Timestamp>,
    /// When it was over.
    pub end_time: Option<Timestamp>,
    /// It ended by itself, because nobody said how it went on.
    #[serde(default)]
    pub lapsed: bool,
}

impl Call {
    /// Whether it goes on.
    pub const fn is_live(&self) -> bool {
        matches!(self.state, CallState::Ringing | CallState::Answered | CallState::Voicemail)
    }

    /// When it ends by itself unless somebody says before how it goes on; never when it is over. `ring`: the seconds that
    /// its channel rings.
    pub fn lapse_time(&self, ring: u32) -> Option<Timestamp> {
        let (from, lasts) = match self.state {
            CallState::Ringing => (self.create_time, Duration::from_secs(ring.into()) + RINGING_LASTS),
            CallState::Voicemail => (self.create_time, VOICEMAIL_LASTS),
            CallState::Answered => (self.facts.answer_time.unwrap_or(self.create_time), ANSWERED_LASTS),
            CallState::Ended | CallState::Missed => return None,
        };
        Some(from.plus(lasts))
    }

    /// Whether this person is on it.
    pub fn occupies(&self, user: &UserId) -> bool {
        self.state == CallState::Answered && self.facts.answerer.as_ref() == Some(user)
    }
}
