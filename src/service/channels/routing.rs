//! Who gets the tickets of a channel (R-086, R-089, R-093 to; C-008, C-049, C-050).

use std::collections::BTreeMap;

use super::channel::find;
use super::rules::check_rules;
use super::versions::{activate, needs_to_retire, retire};
use crate::domain::access::Tier;
use crate::domain::channel::{Channel, ChannelKind, Distribution, Routing, Target, WhenFull};
use crate::domain::event::{EventType, FieldChange};
use crate::domain::ids::{ChannelId, CustomerAgentId, TeamId, UserId};
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::domain::routing::{
    Flagged, Ineligibility, RoutingVersion, Rule, TargetFlag, TargetPeople, everybody_named, flagged, unroutable,
};
use crate::service::desk::{Desk, UseCase};
use crate::storage::lane::{Keys, World};

/// The tier that routing to anybody asks for (C-008).
const ROUTING_TIER: Tier = Tier::Professional;
/// The field of an update that holds the routing.
const FIELD: &str = "channel_routing";

/// A channel, for its routing, with what is wrong with the target now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlaggedRouting {
    /// The channel.
    pub channel: Channel,
    /// Who is passed over.
    pub flags: Vec<Flagged>,
}

/// New values of a routing; none leaves a field as it is.
#[derive(Debug, Clone, Default)]
pub struct RoutingChanges {
    /// Who gets the tickets.
    pub target: Option<Target>,
    /// The users of a people target, beside the teams it has.
    pub users: Option<Vec<UserId>>,
    /// The teams of a people target, beside the users it has.
    pub teams: Option<Vec<TeamId>>,
    /// How they are spread.
    pub distribution: Option<Distribution>,
    /// Whether only available people count.
    pub available_only: Option<bool>,
    /// What happens when nobody could take a ticket.
    pub when_full: Option<WhenFull>,
    /// Seconds between two tickets of a backlog to one person.
    pub ramp: Option<u32>,
    /// Seconds after which an untouched ticket is taken back; none inside: never.
    pub return_after: Option<Option<u32>>,
    /// Whether a ticket that is opened again is routed anew when its owner could not take it.
    pub reroute_reopened: Option<bool>,
    /// The rules, all of them.
    pub rules: Option<Vec<Rule>>,
    /// To a customer agent; none inside: the one that there is.
    pub customer_agent: Option<Option<CustomerAgentId>>,
}

/// A routing that is given whole: drafted, or only tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenRouting {
    /// The routing.
    pub routing: Routing,
    /// To a customer agent; none inside: the one that there is.
    pub customer_agent: Option<Option<CustomerAgentId>>,
}

impl GivenRouting {
    /// The routing, if it can be the one of the channel.
    ///
    /// # Errors
    /// As an update of the routing.
    pub(in crate::service) fn checked(&self, desk: &Desk<'_, '_>, channel: &Channel) -> Result<Routing, Rejection> {
        if let Some(named @ Some(_)) = &self.customer_agent {
            // An agent that is not there is not there, whatever the channel offers.
            agent_target(desk, named.as_ref(), "routing")?;
        }
        check_choice(channel.kind, Some(&self.routing.target), self.customer_agent.is_some())?;
        let mut routing = self.routing.clone();
        if let Some(asked) = &self.customer_agent {
            routing.target = agent_target(desk, asked.as_ref(), "routing")?;
        }
        check_whole(desk, channel, &routing)?;
        Ok(routing)
    }
}

/// Changes the routing of a channel, from the next ticket on.
#[derive(Debug, Clone)]
pub struct UpdateRouting {
    /// Which channel.
    pub channel: ChannelId,
    /// What to change.
    pub changes: RoutingChanges,
    /// The routing version the caller last saw.
    pub etag: Option<i64>,
}

impl UseCase for UpdateRouting {
    type Outcome = FlaggedRouting;

    fn needs(&self, world: &World, keys: &mut Keys) {
        needs_to_retire(world, keys, &self.channel);
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<FlaggedRouting, Rejection> {
        let name = Name::ChannelRouting(self.channel.clone());
        let channel = find(desk, &self.channel, &name)?;
        desk.same_version(&name, self.etag, channel.routing_version)?;
        let routing = self.changes.apply(desk, &channel)?;
        check_tier(desk, &routing, &channel.routing.rules)?;
        if self.changes.rules.is_some() {
            check_rules(desk, &routing.rules, channel.kind, FIELD)?;
        }
        if self.changes.name_people() {
            check_target(desk, &routing.target, FIELD)?;
        }
        Ok(replace(desk, channel, routing, None))
    }
}

/// Makes a routing the one of its channel, as a version of its own or as the one that was drafted.
pub(super) fn replace(
    desk: &mut Desk<'_, '_>,
    mut channel: Channel,
    routing: Routing,
    drafted: Option<RoutingVersion>,
) -> FlaggedRouting {
    if routing != channel.routing || drafted.as_ref().is_some_and(|draft| draft.number != channel.routing_version) {
        retire(desk, &channel);
        let fields = changed_fields(desk, &channel.routing, &routing);
        channel.routing = routing;
        channel.routing_numbers += i64::from(drafted.is_none());
        channel.routing_version = drafted.as_ref().map_or(channel.routing_numbers, |draft| draft.number);
        channel.routing_update_time = desk.session.now();
        activate(desk, &channel, drafted);
        desk.session.world.people_mut().channels.put(channel.id.clone(), channel.clone());
        desk.event(EventType::ConfigChanged, &Name::ChannelRouting(channel.id.clone()), fields);
    }
    let flags = flagged(&channel.routing, &people_of(desk.world(), &everybody_named(&channel.routing)));
    warn(desk, &flags);
    FlaggedRouting { channel, flags }
}

/// Whether a routing that is given whole, in the field `routing` of its request, can be the one of the channel.
///
/// # Errors
/// As an update of the routing.
pub(super) fn check_whole(desk: &Desk<'_, '_>, channel: &Channel, routing: &Routing) -> Result<(), Rejection> {
    const FIELD: &str = "routing";
    let channel_kind = channel.kind.code();
    if let Some(option) = routing.not_offered(channel.kind) {
        return Err(Rejection::RoutingOptionNotOffered { channel_kind, option });
    }
    check_tier(desk, routing, &[])?;
    check_rules(desk, &routing.rules, channel.kind, FIELD)?;
    check_target(desk, &routing.target, FIELD)
}

impl RoutingChanges {
    fn name_people(&self) -> bool {
        self.target.is_some() || self.users.is_some() || self.teams.is_some()
    }

    fn target(&self, before: &Target) -> Target {
        let target = self.target.as_ref().unwrap_or(before);
        if self.users.is_none() && self.teams.is_none() {
            return target.clone();
        }
        let (users, teams) = match target {
            Target::People { users, teams } => (users.clone(), teams.clone()),
            Target::Nobody | Target::ContactOwner | Target::CustomerAgent { .. } | Target::Everybody => {
                (Vec::new(), Vec::new())
            }
        };
        Target::People { users: self.users.clone().unwrap_or(users), teams: self.teams.clone().unwrap_or(teams) }
    }

    /// The routing with the changes. A choice that the new target does not offer falls back to its default unless it was
    /// made in this very change.
    fn apply(&self, desk: &Desk<'_, '_>, channel: &Channel) -> Result<Routing, Rejection> {
        check_choice(channel.kind, self.target.as_ref(), self.customer_agent.is_some())?;
        let before = &channel.routing;
        let default = Routing::default();
        let target = match &self.customer_agent {
            Some(asked) => agent_target(desk, asked.as_ref(), FIELD)?,
            None => self.target(&before.target),
        };
        let rules = self.rules.clone().unwrap_or_else(|| before.rules.clone());
        let mut routing = Routing { target, rules, ..before.clone() };
        let (distribution, availability) = routing.choices(channel.kind);
        let kept = |offered: bool| if offered { before } else { &default };
        routing.distribution = self.distribution.unwrap_or(kept(distribution).distribution);
        routing.available_only = self.available_only.unwrap_or(kept(availability).available_only);
        let waits = if routing.can_queue(channel.kind) { before } else { &default };
        routing.when_full = self.when_full.unwrap_or(waits.when_full);
        routing.ramp = self.ramp.unwrap_or(waits.ramp);
        routing.return_after = self.return_after.unwrap_or(before.return_after);
        routing.reroute_reopened = self.reroute_reopened.unwrap_or(before.reroute_reopened);
        match routing.not_offered(channel.kind) {
            Some(option) => Err(Rejection::RoutingOptionNotOffered { channel_kind: channel.kind.code(), option }),
            None => Ok(routing),
        }
    }
}

/// The customer agent is a choice on WhatsApp alone, and a calling channel has no choice but whom to ring
///
fn check_choice(kind: ChannelKind, target: Option<&Target>, customer_agent: bool) -> Result<(), Rejection> {
    let refused = |option| Err(Rejection::RoutingOptionNotOffered { channel_kind: kind.code(), option });
    match (kind, target) {
        _ if customer_agent && !kind.routes_to_customer_agent() => refused("customer_agent"),
        (ChannelKind::Calling, Some(Target::Nobody)) => refused("nobody"),
        _ => Ok(()),
    }
}

/// The customer agent that is asked for; without one the only one that the account has.
fn agent_target(desk: &Desk<'_, '_>, asked: Option<&CustomerAgentId>, routing: &str) -> Result<Target, Rejection> {
    let agents = &desk.world().people().agents;
    let field = || format!("{routing}.customer_agent.customer_agent");
    let agent = match asked {
        Some(id) => agents.get(id).ok_or_else(|| Rejection::ReferenceNotFound {
            field: field(),
            resource: desk.name(&Name::CustomerAgent(id.clone())),
        })?,
        None if agents.values().count() > 1 => {
            return Err(Rejection::field(field(), "REQUIRED", "must be set: there are several"));
        }
        None => {
            agents.values().next().ok_or(Rejection::CustomerAgentNotLive { agent: String::new(), cause: "NONE" })?
        }
    };
    Ok(Target::CustomerAgent { agent: agent.id.clone() })
}

/// Whether the plan includes the routing. A rule among `before` stays as it is: where it asks for skills, a lower plan
/// only suspends it (C-007).
fn check_tier(desk: &Desk<'_, '_>, routing: &Routing, before: &[Rule]) -> Result<(), Rejection> {
    let tier = desk.world().account.tier;
    if routing.rules.iter().any(|rule| !rule.skills.is_empty() && !before.contains(rule)) {
        desk.needs_tier(Tier::Enterprise, "skills")?;
    }
    if (routing.target == Target::Nobody && routing.rules.is_empty()) || tier >= ROUTING_TIER {
        return Ok(());
    }
    Err(Rejection::SubscriptionRequired { required: ROUTING_TIER, tier, feature: "routing" })
}

/// Whether the selection is not empty, everybody in it exists, and every user may receive tickets; whether the
/// customer agent is there.
fn check_target(desk: &Desk<'_, '_>, target: &Target, routing: &str) -> Result<(), Rejection> {
    if let Target::CustomerAgent { agent } = target {
        return agent_target(desk, Some(agent), routing).map(drop);
    }
    let Target::People { users, teams } = target else { return Ok(()) };
    if users.is_empty() && teams.is_empty() {
        return Err(Rejection::field(format!("{routing}.people"), "TOO_FEW", "must name a user or a team"));
    }
    check_named(desk, users, teams, &format!("{routing}.people"))
}

/// Whether everybody named exists, and every user may receive tickets.
///
/// # Errors
/// [`Rejection::ReferenceNotFound`], [`Rejection::TargetNotRoutable`].
pub(in crate::service) fn check_named(
    desk: &Desk<'_, '_>,
    users: &[UserId],
    teams: &[TeamId],
    field: &str,
) -> Result<(), Rejection> {
    let people = desk.world().people();
    let missing = |field: &str, name: Name| {
        Err(Rejection::ReferenceNotFound { field: field.to_owned(), resource: desk.name(&name) })
    };
    if let Some(id) = users.iter().find(|id| people.users.get(id).is_none()) {
        return missing(&format!("{field}.users"), Name::User(id.clone()));
    }
    if let Some(id) = teams.iter().find(|id| people.teams.get(id).is_none()) {
        return missing(&format!("{field}.teams"), Name::Team(id.clone()));
    }
    let blocked = |id: &UserId| unroutable(people.users.get(id)).into_iter().next().map(|why| (id.clone(), why));
    match users.iter().find_map(blocked) {
        Some((id, why)) => Err(Rejection::TargetNotRoutable { user: desk.name(&Name::User(id)), cause: cause(why) }),
        None => Ok(()),
    }
}

/// The machine code of a reason, as in the contract.
fn cause(why: Ineligibility) -> &'static str {
    match why {
        Ineligibility::Seat => "SEAT",
        Ineligibility::NoTicketAccess => "NO_TICKET_ACCESS",
        Ineligibility::Deactivated => "DEACTIVATED",
        Ineligibility::ExtraMember => "EXTRA_MEMBER",
        Ineligibility::Unavailable => "UNAVAILABLE",
        Ineligibility::NotInTarget => "NOT_IN_TARGET",
        Ineligibility::OutsideHours => "OUTSIDE_HOURS",
        Ineligibility::OutOfOffice => "OUT_OF_OFFICE",
        Ineligibility::PresenceLost => "PRESENCE_LOST",
        Ineligibility::AtTotalCapacity => "AT_TOTAL_CAPACITY",
        Ineligibility::AtGroupCapacity => "AT_GROUP_CAPACITY",
        Ineligibility::Skill => "SKILL",
        Ineligibility::Ramping => "RAMPING",
        Ineligibility::LetGo => "LET_GO",
    }
}

fn people_of(world: &World, target: &Target) -> TargetPeople {
    let Target::People { users, teams } = target else { return TargetPeople::default() };
    let people = world.people();
    let mut found = TargetPeople::default();
    let mut main_members: BTreeMap<TeamId, Vec<UserId>> = BTreeMap::new();
    for member in people.members.values().filter(|member| member.main && teams.contains(&member.team)) {
        main_members.entry(member.team.clone()).or_default().push(member.user.clone());
    }
    let named = users.iter().chain(main_members.values().flatten());
    found.users = named.filter_map(|id| people.users.get(id)).map(|user| (user.id.clone(), user.clone())).collect();
    TargetPeople { main_members, ..found }
}

fn warn(desk: &mut Desk<'_, '_>, flags: &[Flagged]) {
    for Flagged { rule, flag } in flags {
        let (field, text, name) = match flag {
            TargetFlag::User(id, why) => {
                ("people.users", format!("{id} is passed over: {}", cause(*why)), Name::User(id.clone()))
            }
            TargetFlag::Team(id) => {
                ("people.teams", format!("no main member of {id} can receive tickets"), Name::Team(id.clone()))
            }
        };
        let (field, text) = match rule {
            Some(rule) => ("rules", format!("{rule}: {text}")),
            None => (field, text),
        };
        desk.session.warn(&format!("{FIELD}.{field}"), text, name.to_string());
    }
}

fn rule_words(rules: &[Rule]) -> String {
    rules.iter().map(|rule| rule.id.as_str()).collect::<Vec<_>>().join(",")
}

fn changed_fields(desk: &Desk<'_, '_>, before: &Routing, after: &Routing) -> Vec<FieldChange> {
    let seconds = |routing: &Routing| routing.return_after.map(|span| format!("{span}s")).unwrap_or_default();
    let upper = |distribution: Distribution| distribution.code().to_uppercase();
    let changes = [
        FieldChange::of("target", target_text(desk, &before.target), target_text(desk, &after.target)),
        FieldChange::of("distribution", upper(before.distribution), upper(after.distribution)),
        FieldChange::of("available_only", before.available_only, after.available_only),
        FieldChange::of("when_full", before.when_full.code().to_uppercase(), after.when_full.code().to_uppercase()),
        FieldChange::of("return_after", seconds(before), seconds(after)),
        FieldChange::of("reroute_reopened", before.reroute_reopened, after.reroute_reopened),
        FieldChange::of("rules", rule_words(&before.rules), rule_words(&after.rules)),
        FieldChange::of("ramp", format!("{}s", before.ramp), format!("{}s", after.ramp)),
    ];
    changes.into_iter().flatten().collect()
}

fn target_text(desk: &Desk<'_, '_>, target: &Target) -> String {
    match target {
        Target::Nobody => "nobody".to_owned(),
        Target::ContactOwner => "contact_owner".to_owned(),
        Target::Everybody => "everybody".to_owned(),
        Target::CustomerAgent { agent } => desk.name(&Name::CustomerAgent(agent.clone())),
        Target::People { users, teams } => {
            let users = users.iter().map(|id| desk.name(&Name::User(id.clone())));
            users.chain(teams.iter().map(|id| desk.name(&Name::Team(id.clone())))).collect::<Vec<_>>().join(",")
        }
    }
}
