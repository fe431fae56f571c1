//! What becomes of a ticket beside its status: merged, split off, deleted, spam, moved, followed, shared.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::codes::coded;
use super::ids::{ThreadId, TicketNumber, UserId};
use super::per_hour::PerHour;
use super::share::{Grantee, MOST_SHARES, Share};
use super::time::Timestamp;

/// How long a deleted ticket can be brought back (C-016).
pub const KEPT_DELETED: Duration = Duration::from_hours(90 * 24);
/// Followers of one ticket at most.
pub const MOST_FOLLOWERS: usize = 200;

coded! {
    /// Where a ticket is worked on (C-020).
    Area { HelpDesk = "help_desk", Inbox = "inbox" }
}

/// See the module. A new ticket has the default.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Life {
    /// The ticket it was merged into (C-017).
    pub merged_into: Option<TicketNumber>,
    /// The ticket it was split off from (C-019).
    pub split_from: Option<TicketNumber>,
    /// When it was deleted (C-016).
    pub delete_time: Option<Timestamp>,
    /// When a deleted one is purged (C-016).
    pub purge_time: Option<Timestamp>,
    /// When it was marked as spam.
    pub spam_time: Option<Timestamp>,
    /// Where it is worked on.
    pub area: Area,
    /// Who follows it, since when.
    pub followers: BTreeMap<UserId, Timestamp>,
    /// With whom it is shared, by grantee.
    pub shares: Vec<Share>,
    /// What routing remembers of it.
    pub routed: Routed,
    /// The thread it began with; the first one that began later where it began without.
    pub origin: Option<ThreadId>,
    /// It was closed and opened again.
    pub reopened: bool,
    /// How often what came in brought about mail lately (T-24).
    pub mailed: PerHour,
    /// How often workflows did something to it lately (T-53).
    pub acted: PerHour,
    /// A hand-off is open in one of its conversations.
    pub handed: bool,
    /// How often it went to a customer agent lately (T-52).
    pub returned: PerHour,
}

/// What routing remembers of a ticket.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Routed {
    /// The rule that matched it; empty: none, or routing never ran.
    pub rule: String,
    /// Since when it waits in order; none: it does not.
    pub waiting_since: Option<Timestamp>,
    /// When it goes back unless its owner touches it; none: never.
    pub return_time: Option<Timestamp>,
    /// Who let it go: it was taken back untouched, and nobody has had it since.
    pub let_go_by: Option<UserId>,
}

/// So often in an hour what comes in on a ticket may bring about mail (T-24).
pub const MOST_MAILED: i64 = 5;

impl Default for Life {
    fn default() -> Self {
        Self {
            merged_into: None,
            split_from: None,
            delete_time: None,
            purge_time: None,
            spam_time: None,
            area: Area::HelpDesk,
            followers: BTreeMap::new(),
            shares: Vec::new(),
            routed: Routed::default(),
            origin: None,
            reopened: false,
            mailed: PerHour::default(),
            acted: PerHour::default(),
            handed: false,
            returned: PerHour::default(),
        }
    }
}

impl Life {
    /// Whether the ticket is deleted.
    pub fn is_deleted(&self) -> bool {
        self.delete_time.is_some()
    }

    /// Adds followers who are not there yet, as long as there is room; those who followed longest stay.
    pub fn follow_too(&mut self, others: &BTreeMap<UserId, Timestamp>) {
        for (user, time) in others {
            if self.followers.len() < MOST_FOLLOWERS || self.followers.contains_key(user) {
                let since = self.followers.entry(user.clone()).or_insert(*time);
                *since = (*since).min(*time);
            }
        }
    }

    /// The share with `grantee`.
    pub fn share_with(&self, grantee: &Grantee) -> Option<&Share> {
        self.shares.iter().find(|share| share.grantee == *grantee)
    }

    /// Puts a share in the place of the former with the same grantee; false when there is no room for it.
    pub fn put_share(&mut self, share: Share) -> bool {
        match self.shares.binary_search_by(|known| known.grantee.cmp(&share.grantee)) {
            Ok(place) => self.shares[place] = share,
            Err(_) if self.shares.len() >= MOST_SHARES => return false,
            Err(place) => self.shares.insert(place, share),
        }
        true
    }

    /// Takes a share back and says what it was.
    pub fn take_share(&mut self, grantee: &Grantee) -> Option<Share> {
        let place = self.shares.iter().position(|share| share.grantee == *grantee)?;
        Some(self.shares.remove(place))
    }
}

/// The ticket where a chain of merges ends (C-017). `merged_into` says where a ticket went. A chain that comes back to
/// itself, which no merge makes, ends where it would begin anew.
pub fn survivor(start: TicketNumber, merged_into: impl Fn(TicketNumber) -> Option<TicketNumber>) -> TicketNumber {
    let (mut seen, mut last) = (BTreeSet::new(), start);
    while seen.insert(last)
        && let Some(next) = merged_into(last)
    {
        last = next;
    }
    last
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::event::Actor;
    use crate::domain::share::ShareLevel;

    fn time(micros: i64) -> Timestamp {
        Timestamp::from_micros(micros)
    }

    // C-017: along the whole chain, and a chain that bites its own tail ends too.
    #[test]
    fn a_chain_of_merges_ends_in_one_ticket() {
        let chain = |number: TicketNumber| match number.0 {
            1 => Some(TicketNumber(2)),
            2 => Some(TicketNumber(5)),
            7 => Some(TicketNumber(8)),
            8 => Some(TicketNumber(7)),
            _ => None,
        };
        assert_eq!([1, 2, 5].map(|number| survivor(TicketNumber(number), chain).0), [5, 5, 5]);
        assert!([7, 8].contains(&survivor(TicketNumber(7), chain).0));
    }

    #[test]
    fn followers_are_united_and_bounded() {
        let user = |number: usize| UserId::stored(format!("u{number:03}"));
        let mut life = Life::default();
        life.followers.insert(user(0), time(5));
        let others = (0..300).map(|number| (user(number), time(3))).collect();
        life.follow_too(&others);
        assert_eq!((life.followers.len(), life.followers[&user(0)]), (MOST_FOLLOWERS, time(3)));
    }

    #[test]
    fn one_grantee_has_one_share() {
        let share = |id: &str, level| Share {
            grantee: Grantee::User(UserId::stored(id)),
            level,
            sharer: Actor::Visitor,
            share_time: time(1),
        };
        let mut life = Life::default();
        assert!(life.put_share(share("b", ShareLevel::View)) && life.put_share(share("a", ShareLevel::View)));
        assert!(life.put_share(share("b", ShareLevel::Edit)));
        let grantee = Grantee::User(UserId::stored("b"));
        assert_eq!(life.share_with(&grantee).map(|share| share.level), Some(ShareLevel::Edit));
        assert_eq!((life.shares.len(), life.take_share(&grantee).is_some(), life.shares.len()), (2, true, 1));
        for number in 0..150 {
            life.put_share(share(&format!("u{number}"), ShareLevel::View));
        }
        assert_eq!(life.shares.len(), MOST_SHARES);
    }
}
