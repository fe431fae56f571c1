//! How much a person has, and how much a person takes (C-040, `Capacity`).

use serde::{Deserialize, Serialize};

use super::Ineligibility;
use crate::domain::channel::ChannelKind;
use crate::domain::codes::coded;
use crate::domain::time::Timestamp;

coded! {
    /// Kinds of work that are limited apart from each other.
    CapacityGroup {
        /// Calls.
        Calling = "calling",
        /// Chat, WhatsApp and Messenger.
        Messaging = "messaging",
        /// Mail, forms and everything else.
        EmailAndOther = "email_and_other",
    }
}

impl CapacityGroup {
    /// The group of a ticket that came from a channel of this kind, or from none.
    pub const fn of(source: Option<ChannelKind>) -> Self {
        match source {
            Some(ChannelKind::Calling) => Self::Calling,
            Some(ChannelKind::Chat | ChannelKind::Whatsapp | ChannelKind::Messenger) => Self::Messaging,
            Some(ChannelKind::Email | ChannelKind::Form | ChannelKind::Api) | None => Self::EmailAndOther,
        }
    }
}

/// How much a user has: open tickets they own (C-040), and when they last got one automatically.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Load {
    /// Open tickets owned.
    pub open: i64,
    /// Of those, calls.
    pub calling: i64,
    /// Of those, from chat, WhatsApp and Messenger.
    pub messaging: i64,
    /// Last automatic assignment; none yet sorts first (C-039).
    pub last_auto: Option<Timestamp>,
    /// Last assignment out of a queue: the ramp counts from it.
    pub last_backlog: Option<Timestamp>,
}

impl Load {
    /// Open tickets of one group.
    pub const fn in_group(&self, group: CapacityGroup) -> i64 {
        match group {
            CapacityGroup::Calling => self.calling,
            CapacityGroup::Messaging => self.messaging,
            CapacityGroup::EmailAndOther => self.open - self.calling - self.messaging,
        }
    }

    /// One open ticket of `group` more, or less.
    pub const fn change(&mut self, group: CapacityGroup, by: i64) {
        self.open += by;
        match group {
            CapacityGroup::Calling => self.calling += by,
            CapacityGroup::Messaging => self.messaging += by,
            CapacityGroup::EmailAndOther => {}
        }
    }
}

/// How many open tickets a person takes automatically; none set is no limit. Zero is none at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Capacity {
    /// Over all groups.
    pub total: Option<u32>,
    /// Calls.
    pub calling: Option<u32>,
    /// Chat, WhatsApp and Messenger.
    pub messaging: Option<u32>,
    /// Everything else.
    pub email_and_other: Option<u32>,
}

impl Capacity {
    /// The limits in words; empty for none.
    pub fn words(&self) -> String {
        let limits = [
            ("total", self.total),
            ("calling", self.calling),
            ("messaging", self.messaging),
            ("email_and_other", self.email_and_other),
        ];
        let said = limits.into_iter().filter_map(|(name, limit)| Some(format!("{name}={}", limit?)));
        said.collect::<Vec<_>>().join(",")
    }

    /// The limit of one group.
    pub const fn of(&self, group: CapacityGroup) -> Option<u32> {
        match group {
            CapacityGroup::Calling => self.calling,
            CapacityGroup::Messaging => self.messaging,
            CapacityGroup::EmailAndOther => self.email_and_other,
        }
    }

    /// Which limit leaves no room for one more of `group`; none when there is room.
    pub fn reached(&self, load: Load, group: CapacityGroup) -> Option<Ineligibility> {
        let full = |limit: Option<u32>, open: i64| limit.is_some_and(|limit| open >= i64::from(limit));
        if full(self.total, load.open) {
            Some(Ineligibility::AtTotalCapacity)
        } else if full(self.of(group), load.in_group(group)) {
            Some(Ineligibility::AtGroupCapacity)
        } else {
            None
        }
    }
}
