//! Ways in and out, and where their tickets go.

use std::borrow::Cow;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::call::CallingConfig;
use super::codes::coded;
use super::contact::PointKind;
use super::ids::{ChannelId, CustomerAgentId, PipelineId, SkillId, TeamId, UserId};
use super::plan::Feature;
use super::routing::Rule;
use super::time::Timestamp;

coded! {
    /// What kind of way in and out a channel is.
    ChannelKind {
        Email = "email",
        Form = "form",
        Chat = "chat",
        Whatsapp = "whatsapp",
        Messenger = "messenger",
        Calling = "calling",
        Api = "api",
    }
}

impl ChannelKind {
    /// Whether a message without thread key continues the one open thread of its sender (C1).
    pub const fn continues_open_thread(self) -> bool {
        matches!(self, Self::Chat | Self::Whatsapp | Self::Messenger | Self::Api)
    }

    /// Whether its platform closes a conversation to us some time after the contact's last message.
    pub const fn has_window(self) -> bool {
        matches!(self, Self::Whatsapp | Self::Messenger)
    }

    /// The platforms' own window: 24 hours.
    pub const fn usual_window(self) -> Option<Duration> {
        if self.has_window() { Some(Duration::from_hours(24)) } else { None }
    }

    /// Whether a thread can begin with a message of ours, given an address.
    pub const fn can_begin(self) -> bool {
        !matches!(self, Self::Form | Self::Calling)
    }

    /// The kind of address that its messages go to.
    pub const fn point_kind(self) -> Option<PointKind> {
        match self {
            Self::Email | Self::Form => Some(PointKind::Email),
            Self::Whatsapp | Self::Calling => Some(PointKind::Phone),
            Self::Chat | Self::Messenger => Some(PointKind::Handle),
            Self::Api => None,
        }
    }

    /// Whether its tickets can go to the owner of the contact.
    pub const fn routes_to_contact_owner(self) -> bool {
        matches!(self, Self::Email | Self::Form | Self::Whatsapp | Self::Api)
    }

    /// Whether its conversations can go to a customer agent (R-115, R-123, C-111).
    pub const fn routes_to_customer_agent(self) -> bool {
        matches!(self, Self::Whatsapp)
    }

    /// Whether distribution and availability can be chosen (R-103, R-126, R-137, C-049).
    pub const fn offers_choices(self) -> bool {
        matches!(self, Self::Email | Self::Form | Self::Api)
    }
}

coded! {
    /// Who delivers what is sent on a mail channel.
    Deliverer { Service = "service", Adapter = "adapter" }
}

coded! {
    /// How a team's work is spread. Balanced: fewest open tickets.
    Distribution { Balanced = "balanced", Random = "random" }
}

/// Who gets the tickets of a channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Target {
    /// Nobody: left for people to take. The default.
    Nobody,
    /// Specific users and teams, one list.
    People {
        /// Users, named directly.
        users: Vec<UserId>,
        /// Teams, of which only main members count.
        teams: Vec<TeamId>,
    },
    /// The owner of the contact.
    ContactOwner,
    /// A customer agent: the ticket is nobody's, and the agent has the conversation.
    CustomerAgent {
        /// Which.
        agent: CustomerAgentId,
    },
    /// Everybody who has what is asked for: of a rule that names skills and no people.
    Everybody,
}

coded! {
    /// What happens when nobody could take a ticket (C-037).
    WhenFull {
        /// It is left unassigned.
        Hold = "hold",
        /// It waits in order, and is served as soon as somebody may take it.
        Queue = "queue",
    }
}

/// The routing of one channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Routing {
    /// Who gets the tickets.
    pub target: Target,
    /// How they are spread; a new channel is balanced.
    pub distribution: Distribution,
    /// Whether only available people count; on by default.
    pub available_only: bool,
    /// What happens when nobody could take a ticket; it is left unassigned by default.
    #[serde(default = "hold")]
    pub when_full: WhenFull,
    /// Seconds after one ticket of a backlog until the same person gets the next; 0 is at once.
    #[serde(default = "usual_ramp")]
    pub ramp: u32,
    /// Seconds of working hours after which a ticket that nobody touched is taken back; none: never.
    #[serde(default)]
    pub return_after: Option<u32>,
    /// A ticket that is opened again is routed anew when its owner could not take it now (C-037).
    #[serde(default)]
    pub reroute_reopened: bool,
    /// Rules, in order: the first that matches a ticket decides instead of the target (C-053).
    #[serde(default)]
    pub rules: Vec<Rule>,
}

/// Seconds between two tickets of a backlog to one person, unless somebody says otherwise.
pub const USUAL_RAMP: u32 = 10;

const fn hold() -> WhenFull {
    WhenFull::Hold
}

const fn usual_ramp() -> u32 {
    USUAL_RAMP
}

impl Default for Routing {
    fn default() -> Self {
        Self {
            target: Target::Nobody,
            distribution: Distribution::Balanced,
            available_only: true,
            when_full: WhenFull::Hold,
            ramp: USUAL_RAMP,
            return_after: None,
            reroute_reopened: false,
            rules: Vec::new(),
        }
    }
}

impl Routing {
    /// What of it holds for an account that has bought this: the rest stays stored, and does nothing (C-007, C-008).
    pub fn bought(&self, includes: impl Fn(Feature) -> bool) -> Cow<'_, Self> {
        if !includes(Feature::Routing) {
            return if self.target == Target::Nobody && self.rules.is_empty() {
                Cow::Borrowed(self)
            } else {
                Cow::Owned(Self {
                    target: Target::Nobody,
                    rules: Vec::new(),
                    when_full: WhenFull::Hold,
                    ..self.clone()
                })
            };
        }
        if self.rules.iter().all(|rule| rule.skills.is_empty()) || includes(Feature::Skills) {
            return Cow::Borrowed(self);
        }
        let mut plain = self.clone();
        plain.rules.retain(|rule| rule.skills.is_empty());
        Cow::Owned(plain)
    }

    /// Why a channel of `kind` cannot have this routing: the option that it does not offer.
    pub fn not_offered(&self, kind: ChannelKind) -> Option<&'static str> {
        let (distribution, availability) = self.choices(kind);
        if self.target == Target::ContactOwner && !kind.routes_to_contact_owner() {
            Some("contact_owner")
        } else if matches!(self.target, Target::CustomerAgent { .. }) && !kind.routes_to_customer_agent() {
            Some("customer_agent")
        } else if !distribution && self.distribution != Distribution::Balanced {
            Some("distribution")
        } else if !availability && !self.available_only {
            Some("available_only")
        } else if self.when_full == WhenFull::Queue && !self.can_queue(kind) {
            Some("when_full")
        } else if !self.rules.is_empty() && kind == ChannelKind::Calling {
            Some("rules")
        } else {
            None
        }
    }

    /// Whether tickets can wait in order: where people get them, but for calls, which ring or go to voicemail.
    pub fn can_queue(&self, kind: ChannelKind) -> bool {
        let people = matches!(self.target, Target::People { .. }) || !self.rules.is_empty();
        people && kind != ChannelKind::Calling
    }

    /// Whether a rule asks for the skill.
    pub fn asks_for(&self, skill: &SkillId) -> bool {
        self.rules.iter().any(|rule| rule.skills.iter().any(|need| need.skill == *skill))
    }

    /// Whether distribution and availability are choices of this target on a channel of `kind`.
    pub fn choices(&self, kind: ChannelKind) -> (bool, bool) {
        let people = matches!(self.target, Target::People { .. }) || !self.rules.is_empty();
        let somebody = people || !matches!(self.target, Target::Nobody | Target::CustomerAgent { .. });
        (people && kind.offers_choices(), somebody && kind.offers_choices())
    }
}

/// Where a Message-ID is from when the channel has no address; the name never resolves (RFC 2606).
const NO_DOMAIN: &str = "helpdesk.invalid";

/// A way in and out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Channel {
    /// Chosen or made id.
    pub id: ChannelId,
    /// Name for people; of a form also the name of its tickets (C-012).
    pub display_name: String,
    /// What kind; never changes.
    pub kind: ChannelKind,
    /// A disabled channel takes nothing in and sends nothing.
    pub enabled: bool,
    /// Whether messages make tickets; on by default.
    pub creates_tickets: bool,
    /// Where its tickets begin.
    pub pipeline: PipelineId,
    /// The team address of an email channel; empty for others.
    pub email_address: String,
    /// Who delivers what is sent on it; only mail channels have the choice, others have adapters.
    pub delivered_by: Deliverer,
    /// The mailbox knows no tagged addresses: answers come to the team address as it is.
    pub plain_reply_to: bool,
    /// How long after the contact's last message a reply may go out; none: as the kind has it, zero: always.
    pub reply_window: Option<Duration>,
    /// What a calling channel has of its own.
    pub calling: CallingConfig,
    /// Who gets its tickets.
    pub routing: Routing,
    /// The number of the routing version that is active (R1): grows with each change of the routing.
    pub routing_version: i64,
    /// The highest number that a version of the routing was given.
    pub routing_numbers: i64,
    /// When the routing last changed.
    pub routing_update_time: Timestamp,
    /// When it was made.
    pub create_time: Timestamp,
    /// When the row last changed.
    pub update_time: Timestamp,
    /// The etag.
    pub version: i64,
}

impl Channel {
    /// The Message-ID of a mail with this token (RFC 5322 section 3.6.4), without angle brackets.
    pub fn mail_id(&self, token: &str) -> String {
        let domain = self.email_address.rsplit_once('@').map_or(NO_DOMAIN, |(_, domain)| domain);
        format!("{token}@{domain}")
    }

    /// Whether the service delivers what is sent on it; else an adapter pulls and reports it (C3).
    pub fn delivered_by_service(&self) -> bool {
        self.kind == ChannelKind::Email && self.delivered_by == Deliverer::Service
    }

    /// How long after the contact's last message a reply may go out; none: always.
    pub fn window(&self) -> Option<Duration> {
        self.reply_window.or(self.kind.usual_window()).filter(|window| !window.is_zero())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn people() -> Target {
        Target::People { users: vec![UserId::stored("mia")], teams: Vec::new() }
    }

    /// C-049: what each kind of channel offers, and nothing else.
    #[test]
    fn each_kind_offers_its_options_and_no_others() {
        for kind in ChannelKind::ALL.iter().copied() {
            let rich = matches!(kind, ChannelKind::Email | ChannelKind::Form | ChannelKind::Api);
            let owner = rich || kind == ChannelKind::Whatsapp;
            let refused = |target: Target, distribution, available_only| {
                Routing { target, distribution, available_only, ..Routing::default() }.not_offered(kind)
            };
            assert_eq!(refused(Target::Nobody, Distribution::Balanced, true), None);
            assert_eq!(refused(people(), Distribution::Balanced, true), None);
            let expected = (!owner).then_some("contact_owner");
            assert_eq!(refused(Target::ContactOwner, Distribution::Balanced, true), expected, "{kind}");
            let expected = (!rich).then_some("distribution");
            assert_eq!(refused(people(), Distribution::Random, true), expected, "{kind}");
            let expected = (!rich).then_some("available_only");
            assert_eq!(refused(people(), Distribution::Balanced, false), expected, "{kind}");
            if owner {
                assert_eq!(refused(Target::ContactOwner, Distribution::Balanced, false), expected, "{kind}");
                assert_eq!(refused(Target::ContactOwner, Distribution::Random, true), Some("distribution"), "{kind}");
            }
            assert_eq!(refused(Target::Nobody, Distribution::Random, true), Some("distribution"), "{kind}");
            assert_eq!(refused(Target::Nobody, Distribution::Balanced, false), Some("available_only"), "{kind}");
        }
    }
}
