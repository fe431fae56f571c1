//! What an account may do by what it bought: the one table of it (C-006, C-007).
//!
//! A method that is a function as a whole says its tier in the contract, beside the rpc. Here stands what depends on the
//! content of a call, and what runs by itself. What an account set up before it went down stays stored, is marked as
//! suspended and does nothing, until the tier includes it again.

use super::access::Tier;
use super::codes::coded;

coded! {
    /// What an account buys beside its tier.
    AddOn {
        /// Marketing Hub Professional or Enterprise.
        MarketingHub = "marketing_hub_professional",
        /// The add-on for transactional emails.
        TransactionalEmail = "transactional_email",
    }
}

/// The add-on of a line of the table; none where it names none.
macro_rules! add_on {
    () => {
        None
    };
    ($add_on:ident) => {
        Some(AddOn::$add_on)
    };
}

/// Declares the features with the lowest tier that includes each, and the add-on that it needs beside.
macro_rules! features {
    ($($(#[$doc:meta])* $feature:ident = $code:literal from $tier:ident $(with $add_on:ident)?,)*) => {
        /// Something that not every plan includes.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Feature {$(
            $(#[$doc])*
            $feature,
        )*}

        impl Feature {
            /// Every feature.
            pub const ALL: &[Self] = &[$(Self::$feature),*];

            /// What refusals call it.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$feature => $code),* }
            }

            /// The lowest tier that includes it.
            pub const fn tier(self) -> Tier {
                match self { $(Self::$feature => Tier::$tier),* }
            }

            /// What must be bought beside; none: the tier is enough.
            pub const fn add_on(self) -> Option<AddOn> {
                match self { $(Self::$feature => add_on!($($add_on)?)),* }
            }
        }
    };
}

features! {
    /// Limits on which status may follow which.
    StatusTransitions = "status_transitions" from Professional,
    /// Statuses that change when mails are sent and answered.
    StatusFromEmail = "status_from_email" from Starter,
    /// What happens when a ticket reaches a status.
    StatusActions = "status_actions" from Starter,
    /// Actions on a status that are neither an email nor an internal notification.
    StatusActionKinds = "status_action_kinds" from Professional,
    /// Automated emails of the account's own, to marketing contacts.
    CustomEmails = "custom_automated_emails" from Starter with MarketingHub,
    /// Automated emails of the account's own, to every contact.
    CustomTransactionalEmails = "custom_transactional_emails" from Starter with TransactionalEmail,
    /// Workflows: what they do; their methods say their tier themselves.
    Workflows = "workflows" from Professional,
    /// Routing to anybody (C-008).
    Routing = "routing" from Professional,
    /// Skills: rules that ask for them (C-008).
    Skills = "skills" from Enterprise,
    /// Limits on how many tickets a person gets (C-008).
    Capacity = "capacity" from Enterprise,
    /// Customer agents and their hand-off.
    CustomerAgents = "customer_agents" from Professional,
}

impl Feature {
    /// Whether a tier includes it.
    pub fn is_in(self, tier: Tier) -> bool {
        tier >= self.tier()
    }
}

/// Answers of customer agents that a new account has bought unless said otherwise.
pub const FIRST_CREDITS: i64 = 10_000;

/// Pipelines that a tier has at most.
pub const fn most_pipelines(tier: Tier) -> usize {
    match tier {
        Tier::Free => 1,
        Tier::Starter => 2,
        Tier::Professional => 15,
        Tier::Enterprise => 100,
    }
}

/// The lowest tier that has room for so many pipelines.
pub fn tier_for_pipelines(count: usize) -> Option<Tier> {
    Tier::ALL.iter().copied().find(|tier| most_pipelines(*tier) >= count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_higher_tier_includes_all_of_a_lower_one() {
        for feature in Feature::ALL {
            let included: Vec<bool> = Tier::ALL.iter().map(|tier| feature.is_in(*tier)).collect();
            assert!(included.is_sorted() && included.last() == Some(&true), "{feature:?}");
        }
        assert!(Tier::ALL.iter().map(|tier| most_pipelines(*tier)).is_sorted());
    }

    #[test]
    fn the_tier_for_more_pipelines_is_the_next_that_has_room() {
        assert_eq!([1, 2, 3, 15, 16, 100].map(tier_for_pipelines), {
            use Tier::{Enterprise as E, Free as F, Professional as P, Starter as S};
            [Some(F), Some(S), Some(P), Some(P), Some(E), Some(E)]
        });
        assert_eq!(tier_for_pipelines(101), None);
    }
}
