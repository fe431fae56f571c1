//! Who gets the tickets of a channel (R-086, R-089, R-093 to; C-008, C-049, C-050).

use std::collections::BTreeMap;

use super::channel::find;
use crate::domain::access::Tier;
use crate::domain::channel::{Channel, Distribution, Routing, Target};
use crate::domain::event::{EventType, FieldChange};
use crate::domain::ids::{ChannelId, TeamId, UserId};
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::domain::routing::{Ineligibility, TargetFlag, TargetPeople, blockers, flags};
use crate::service::desk::{Desk, UseCase};
use crate::storage::lane::{Keys, World};

/// The tier that routing to anybody asks for (C-008).
const ROUTING_TIER: Tier = Tier::Professional;

/// A channel, for its routing, with what is wrong with the target now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlaggedRouting {
    /// The channel.
    pub channel: Channel,
    /// Who is passed over.
    pub flags: Vec<TargetFlag>,
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

    fn needs(&self, _world: &World, _keys: &mut Keys) {}

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<FlaggedRouting, Rejection> {
        let name = Name::ChannelRouting(self.channel.clone());
        let mut channel = find(desk, &self.channel, &name)?;
        desk.same_version(&name, self.etag, channel.routing_version)?;
        let routing = self.changes.apply(&channel)?;
        check_tier(desk, &routing)?;
        if self.changes.name_people() {
            check_target(desk, &routing.target)?;
        }
        if routing != channel.routing {
            let fields = changed_fields(desk, &channel.routing, &routing);
            channel.routing = routing;
            channel.routing_version += 1;
            channel.routing_update_time = desk.session.now();
            desk.session.world.people_mut().channels.put(self.channel.clone(), channel.clone());
            desk.event(EventType::ConfigChanged, &name, fields);
        }
        let flags = flags(&channel.routing.target, &people_of(desk.world(), &channel.routing.target));
        warn(desk, &flags);
        Ok(FlaggedRouting { channel, flags })
    }
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
            Target::Nobody | Target::ContactOwner => (Vec::new(), Vec::new()),
        };
        Target::People { users: self.users.clone().unwrap_or(users), teams: self.teams.clone().unwrap_or(teams) }
    }

    /// The routing with the changes. A choice that the new target does not offer falls back to its default unless it was
    /// made in this very change.
    fn apply(&self, channel: &Channel) -> Result<Routing, Rejection> {
        let before = &channel.routing;
        let default = Routing::default();
        let target = self.target(&before.target);
        let mut routing = Routing { target, ..before.clone() };
        let (distribution, availability) = routing.choices(channel.kind);
        let kept = |offered: bool| if offered { before } else { &default };
        routing.distribution = self.distribution.unwrap_or(kept(distribution).distribution);
        routing.available_only = self.available_only.unwrap_or(kept(availability).available_only);
        match routing.not_offered(channel.kind) {
            Some(option) => Err(Rejection::RoutingOptionNotOffered { channel_kind: channel.kind.code(), option }),
            None => Ok(routing),
        }
    }
}

fn check_tier(desk: &Desk<'_, '_>, routing: &Routing) -> Result<(), Rejection> {
    let tier = desk.world().account.tier;
    if routing.target == Target::Nobody || tier >= ROUTING_TIER {
        return Ok(());
    }
    Err(Rejection::SubscriptionRequired { required: ROUTING_TIER, tier, feature: "routing" })
}

/// Whether the selection is not empty, everybody in it exists, and every user may receive tickets.
fn check_target(desk: &Desk<'_, '_>, target: &Target) -> Result<(), Rejection> {
    let Target::People { users, teams } = target else { return Ok(()) };
    if users.is_empty() && teams.is_empty() {
        return Err(Rejection::field("channel_routing.people", "TOO_FEW", "must name a user or a team"));
    }
    let people = desk.world().people();
    let missing = |field: &str, name: Name| {
        Err(Rejection::ReferenceNotFound { field: field.to_owned(), resource: desk.name(&name) })
    };
    if let Some(id) = users.iter().find(|id| people.users.get(id).is_none()) {
        return missing("channel_routing.people.users", Name::User(id.clone()));
    }
    if let Some(id) = teams.iter().find(|id| people.teams.get(id).is_none()) {
        return missing("channel_routing.people.teams", Name::Team(id.clone()));
    }
    let blocked = |id: &UserId| blockers(people.users.get(id)).into_iter().next().map(|why| (id.clone(), why));
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

fn warn(desk: &mut Desk<'_, '_>, flags: &[TargetFlag]) {
    for flag in flags {
        let (field, text, name) = match flag {
            TargetFlag::User(id, why) => {
                ("people.users", format!("{id} is passed over: {}", cause(*why)), Name::User(id.clone()))
            }
            TargetFlag::Team(id) => {
                ("people.teams", format!("no main member of {id} can receive tickets"), Name::Team(id.clone()))
            }
        };
        desk.session.warn(&format!("channel_routing.{field}"), text, name.to_string());
    }
}

fn changed_fields(desk: &Desk<'_, '_>, before: &Routing, after: &Routing) -> Vec<FieldChange> {
    let upper = |distribution: Distribution| distribution.code().to_uppercase();
    let changes = [
        FieldChange::of("target", target_text(desk, &before.target), target_text(desk, &after.target)),
        FieldChange::of("distribution", upper(before.distribution), upper(after.distribution)),
        FieldChange::of("available_only", before.available_only, after.available_only),
    ];
    changes.into_iter().flatten().collect()
}

fn target_text(desk: &Desk<'_, '_>, target: &Target) -> String {
    match target {
        Target::Nobody => "nobody".to_owned(),
        Target::ContactOwner => "contact_owner".to_owned(),
        Target::People { users, teams } => {
            let users = users.iter().map(|id| desk.name(&Name::User(id.clone())));
            users.chain(teams.iter().map(|id| desk.name(&Name::Team(id.clone())))).collect::<Vec<_>>().join(",")
        }
    }
}
