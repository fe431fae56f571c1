//! The automatic agent that answers contacts, and whether it works now.

use super::access::Tier;
use super::handoff::Configured;
use super::ids::CustomerAgentId;
use super::plan::Feature;
use super::time::Timestamp;
use super::triggers::Triggers;

/// Customer agents of one account at most.
pub const MOST_CUSTOMER_AGENTS: usize = 100;

/// A customer agent. What it says is thought out elsewhere, by whoever calls with an access key that is bound to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomerAgent {
    /// Chosen or made id.
    pub id: CustomerAgentId,
    /// Name for people, unique without regard to case.
    pub display_name: String,
    /// How it hands over to people.
    pub handoff: Configured,
    /// Since when it is paused by hand.
    pub pause_time: Option<Timestamp>,
    /// When it was made.
    pub create_time: Timestamp,
    /// When the row last changed.
    pub update_time: Timestamp,
    /// The etag.
    pub version: i64,
    /// What hands its conversations over.
    pub triggers: Triggers,
    /// The etag of the triggers.
    pub triggers_version: i64,
    /// When the triggers last changed.
    pub triggers_update_time: Timestamp,
}

/// Why a customer agent does not work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PauseReason {
    /// Somebody paused it.
    ByHand,
    /// The account has used all its credits (R-256, C-009).
    NoCredits,
    /// The account's tier does not include it (R-255, C-007).
    Subscription,
}

/// What the answers of an account's customer agents are paid with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Credits {
    /// How many were bought, ever.
    pub bought: i64,
    /// How many were used, ever.
    pub used: i64,
}

impl Credits {
    /// Whether none is left.
    pub fn are_used_up(self) -> bool {
        self.used >= self.bought
    }
}

impl CustomerAgent {
    /// The form in which names are compared.
    pub fn name_key(&self) -> String {
        self.display_name.to_lowercase()
    }

    /// Everything that keeps it from working, in order; empty while it works.
    pub fn pauses(&self, tier: Tier, credits: Credits) -> Vec<PauseReason> {
        let reasons = [
            (self.pause_time.is_some(), PauseReason::ByHand),
            (credits.are_used_up(), PauseReason::NoCredits),
            (!Feature::CustomerAgents.is_in(tier), PauseReason::Subscription),
        ];
        reasons.into_iter().filter_map(|(holds, reason)| holds.then_some(reason)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_micros(0);

    // C-009, R-255, R-256.
    #[test]
    fn each_reason_alone_pauses() {
        let agent = |pause_time| CustomerAgent {
            id: CustomerAgentId::stored("ava"),
            display_name: "Ava".into(),
            handoff: Configured::default(),
            pause_time,
            create_time: NOW,
            update_time: NOW,
            version: 1,
            triggers: Triggers::default(),
            triggers_version: 1,
            triggers_update_time: NOW,
        };
        let (some, none) = (Credits { bought: 2, used: 1 }, Credits { bought: 2, used: 2 });
        assert_eq!(agent(None).pauses(Tier::Professional, some), []);
        assert_eq!(agent(Some(NOW)).pauses(Tier::Professional, some), [PauseReason::ByHand]);
        assert_eq!(agent(None).pauses(Tier::Enterprise, none), [PauseReason::NoCredits]);
        assert_eq!(agent(None).pauses(Tier::Starter, some), [PauseReason::Subscription]);
        assert_eq!(agent(Some(NOW)).pauses(Tier::Free, none).len(), 3);
    }
}
