//! Channels and their routing on the wire.

use std::borrow::Cow;
use std::time::Duration;

use crate::domain::access::Tier;
use crate::domain::call::CallingConfig;
use crate::domain::channel::{Channel, ChannelKind, Deliverer, Distribution, Routing, Target, USUAL_RAMP, WhenFull};
use crate::domain::ids::{AccountId, ChannelId, CustomerAgentId, TeamId, UserId};
use crate::domain::names::Name;
use crate::domain::plan::Feature;
use crate::domain::rejection::Rejection;
use crate::domain::routing::{Flagged, RoutingVersion, TargetFlag, VersionState};
use crate::grpc::convert::routing::{distribution, ineligibility};
use crate::grpc::convert::ticket::channel_type;
use crate::grpc::convert::user::display_name;
use crate::grpc::convert::{actor, call, mask, name, rules, timestamp};
use crate::grpc::pb::v1;
use crate::service::channels::{
    Activate, CallingChanges, ChannelChanges, Create, CreateDraft, Delete, FlaggedRouting, GivenRouting,
    RoutingChanges, Update, UpdateRouting,
};
use crate::service::desk::{etag, version_of};
use crate::service::grant::Grant;

/// Paths that an update changes; `type` is among them so that another one can be refused.
const CHANGEABLE: [&str; 15] = [
    "display_name",
    "type",
    "enabled",
    "pipeline",
    "creates_tickets",
    "reply_window",
    "email",
    "email.address",
    "calling",
    "calling.hours",
    "calling.voicemail",
    "calling.after_hours_voicemail",
    "calling.ring_timeout",
    "email.delivery",
    "email.plain_reply_address",
];
const OUTPUT_ONLY: [&str; 4] = ["name", "create_time", "update_time", "etag"];

/// Paths of a routing that an update changes.
const ROUTING_CHANGEABLE: [&str; 13] = [
    "nobody",
    "people",
    "people.users",
    "people.teams",
    "contact_owner",
    "customer_agent",
    "distribution",
    "available_only",
    "when_full",
    "ramp",
    "return_after",
    "reroute_reopened",
    "rules",
];
const ROUTING_OUTPUT_ONLY: [&str; 6] =
    ["name", "target_warnings", "routing_version", "suspended", "update_time", "etag"];

/// A channel as callers see it.
pub fn channel(account: &AccountId, channel: &Channel) -> v1::Channel {
    let email = v1::EmailConfig {
        address: channel.email_address.clone(),
        delivery: match channel.delivered_by {
            Deliverer::Service => v1::MailDelivery::Service,
            Deliverer::Adapter => v1::MailDelivery::Adapter,
        }
        .into(),
        plain_reply_address: channel.plain_reply_to,
    };
    v1::Channel {
        name: Name::Channel(channel.id.clone()).within(account),
        display_name: channel.display_name.clone(),
        r#type: channel_type(channel.kind).into(),
        enabled: Some(channel.enabled),
        pipeline: Name::Pipeline(channel.pipeline.clone()).within(account),
        creates_tickets: Some(channel.creates_tickets),
        config: match channel.kind {
            ChannelKind::Email => Some(v1::channel::Config::Email(email)),
            ChannelKind::Calling => Some(v1::channel::Config::Calling(call::config(&channel.calling))),
            _ => None,
        },
        reply_window: channel.reply_window.or(channel.kind.usual_window()).and_then(|span| span.try_into().ok()),
        create_time: Some(timestamp(channel.create_time)),
        update_time: Some(timestamp(channel.update_time)),
        etag: etag(channel.version),
    }
}

/// The routing of a channel as callers see it, by the tier of their account.
pub fn routing(account: &AccountId, flagged: &FlaggedRouting, tier: Option<Tier>) -> v1::ChannelRouting {
    let FlaggedRouting { channel, flags } = flagged;
    let includes = |feature: Feature| tier.is_none_or(|tier| feature.is_in(tier));
    v1::ChannelRouting {
        suspended: matches!(channel.routing.bought(includes), Cow::Owned(_)),
        name: Name::ChannelRouting(channel.id.clone()).within(account),
        target_warnings: flags.iter().map(|flag| target_warning(account, flag)).collect(),
        routing_version: channel.routing_version,
        update_time: Some(timestamp(channel.routing_update_time)),
        etag: etag(channel.routing_version),
        ..plain_routing(account, &channel.routing)
    }
}

/// What a routing says, whosever it is.
fn plain_routing(account: &AccountId, routing: &Routing) -> v1::ChannelRouting {
    let seconds = |seconds: u32| prost_types::Duration { seconds: seconds.into(), nanos: 0 };
    v1::ChannelRouting {
        target: Some(target(account, &routing.target)),
        distribution: distribution(routing.distribution).into(),
        available_only: Some(routing.available_only),
        when_full: when_full(routing.when_full).into(),
        ramp: Some(seconds(routing.ramp)),
        return_after: routing.return_after.map(seconds),
        reroute_reopened: routing.reroute_reopened,
        rules: routing.rules.iter().map(|rule| rules::rule(account, rule)).collect(),
        ..v1::ChannelRouting::default()
    }
}

/// A version of a routing as callers see it.
pub fn version(account: &AccountId, version: &RoutingVersion) -> v1::RoutingVersion {
    let state = match version.state {
        VersionState::Draft => v1::RoutingVersionState::Draft,
        VersionState::Active => v1::RoutingVersionState::Active,
        VersionState::Retired => v1::RoutingVersionState::Retired,
    };
    v1::RoutingVersion {
        name: Name::RoutingVersion(version.channel.clone(), version.number).within(account),
        number: version.number,
        state: state.into(),
        note: version.note.clone(),
        author: Some(actor(account, &version.author)),
        routing: Some(plain_routing(account, &version.routing)),
        create_time: Some(timestamp(version.create_time)),
        activate_time: version.activate_time.map(timestamp),
    }
}

/// The use case of a `CreateRoutingDraft` request.
///
/// # Errors
/// References that cannot exist.
pub fn draft(grant: &Grant, request: v1::CreateRoutingDraftRequest) -> Result<CreateDraft, Rejection> {
    let routing = name::required("routing", request.routing)?;
    Ok(CreateDraft {
        channel: name::channel(grant, "parent", &request.parent)?,
        routing: whole_routing(grant, &routing)?,
        note: request.note,
    })
}

/// The use case of an `ActivateRoutingVersion` request.
///
/// # Errors
/// A name that is none.
pub fn activate(grant: &Grant, request: v1::ActivateRoutingVersionRequest) -> Result<Activate, Rejection> {
    let v1::ActivateRoutingVersionRequest { name: version, etag, .. } = request;
    let (channel, number) = name::routing_version(grant, "name", &version)?;
    Ok(Activate { channel, number, etag: version_of(&etag) })
}

fn target(account: &AccountId, target: &Target) -> v1::channel_routing::Target {
    use v1::channel_routing::Target as Wire;
    match target {
        // A rule alone goes to everybody with the skills.
        Target::Nobody | Target::Everybody => Wire::Nobody(v1::NobodyTarget {}),
        Target::ContactOwner => Wire::ContactOwner(v1::OwnerTarget {}),
        Target::CustomerAgent { agent } => Wire::CustomerAgent(v1::CustomerAgentTarget {
            customer_agent: Name::CustomerAgent(agent.clone()).within(account),
        }),
        Target::People { users, teams } => Wire::People(people(account, users, teams)),
    }
}

/// A selection of users and teams.
pub(super) fn people(account: &AccountId, users: &[UserId], teams: &[TeamId]) -> v1::PeopleTarget {
    v1::PeopleTarget {
        users: users.iter().map(|id| Name::User(id.clone()).within(account)).collect(),
        teams: teams.iter().map(|id| Name::Team(id.clone()).within(account)).collect(),
    }
}

fn target_warning(account: &AccountId, flagged: &Flagged) -> v1::TargetWarning {
    use v1::target_warning::Target as Wire;
    let (target, cause) = match &flagged.flag {
        TargetFlag::User(id, why) => (Wire::User(Name::User(id.clone()).within(account)), ineligibility(*why)),
        TargetFlag::Team(id) => {
            (Wire::Team(Name::Team(id.clone()).within(account)), v1::Ineligibility::NoEligibleMember)
        }
    };
    let rule = flagged.rule.clone().unwrap_or_default();
    v1::TargetWarning { target: Some(target), cause: cause.into(), rule }
}

fn kind_of(kind: v1::ChannelType) -> Result<ChannelKind, Rejection> {
    match kind {
        v1::ChannelType::Unspecified => Err(Rejection::field("channel.type", "NOT_ALLOWED", "must be set")),
        v1::ChannelType::Email => Ok(ChannelKind::Email),
        v1::ChannelType::Form => Ok(ChannelKind::Form),
        v1::ChannelType::Chat => Ok(ChannelKind::Chat),
        v1::ChannelType::Whatsapp => Ok(ChannelKind::Whatsapp),
        v1::ChannelType::Messenger => Ok(ChannelKind::Messenger),
        v1::ChannelType::Calling => Ok(ChannelKind::Calling),
        v1::ChannelType::Api => Ok(ChannelKind::Api),
    }
}

fn address_of(channel: &v1::Channel) -> Option<String> {
    match &channel.config {
        Some(v1::channel::Config::Email(email)) => Some(email.address.trim().to_owned()),
        Some(v1::channel::Config::Calling(_)) | None => None,
    }
}

fn calling_of(channel: &v1::Channel) -> Option<CallingConfig> {
    match &channel.config {
        Some(v1::channel::Config::Calling(calling)) => Some(call::config_of(calling)),
        Some(v1::channel::Config::Email(_)) | None => None,
    }
}

fn email_of(channel: &v1::Channel) -> v1::EmailConfig {
    match &channel.config {
        Some(v1::channel::Config::Email(email)) => email.clone(),
        Some(v1::channel::Config::Calling(_)) | None => v1::EmailConfig::default(),
    }
}

fn deliverer_of(channel: &v1::Channel) -> Deliverer {
    match email_of(channel).delivery() {
        v1::MailDelivery::Adapter => Deliverer::Adapter,
        v1::MailDelivery::Service | v1::MailDelivery::Unspecified => Deliverer::Service,
    }
}

fn window_of(channel: &v1::Channel) -> Option<Duration> {
    channel.reply_window.and_then(|span| span.try_into().ok())
}

/// The use case of a `CreateChannel` request.
///
/// # Errors
/// Fields that break a rule, or references that cannot exist.
pub fn create(grant: &Grant, request: v1::CreateChannelRequest) -> Result<Create, Rejection> {
    name::account(grant, "parent", &request.parent)?;
    let channel = name::required("channel", request.channel)?;
    Ok(Create {
        id: (!request.channel_id.is_empty()).then(|| ChannelId::stored(request.channel_id)),
        display_name: display_name("channel.display_name", &channel.display_name)?,
        kind: kind_of(channel.r#type())?,
        enabled: channel.enabled.unwrap_or(true),
        creates_tickets: channel.creates_tickets.unwrap_or(true),
        pipeline: name::pipeline_ref(grant, "channel.pipeline", &channel.pipeline)?,
        email_address: address_of(&channel),
        delivered_by: deliverer_of(&channel),
        plain_reply_to: email_of(&channel).plain_reply_address,
        reply_window: window_of(&channel),
        calling: calling_of(&channel),
    })
}

/// The use case of an `UpdateChannel` request.
///
/// # Errors
/// A bad mask, fields that break a rule, or references that cannot exist.
pub fn update(grant: &Grant, request: v1::UpdateChannelRequest) -> Result<Update, Rejection> {
    let paths = mask::paths(request.update_mask.as_ref(), &CHANGEABLE, &OUTPUT_ONLY)?;
    let channel = name::required("channel", request.channel)?;
    let id = name::channel(grant, "channel.name", &channel.name)?;
    let asked = |path: &str| paths.contains(&path);
    let part = |path: &str| asked("calling") || asked(path);
    let calling = CallingChanges {
        given: calling_of(&channel).unwrap_or_default(),
        hours: part("calling.hours"),
        voicemail: part("calling.voicemail"),
        after_hours_voicemail: part("calling.after_hours_voicemail"),
        ring: part("calling.ring_timeout"),
    };
    let mut changes = ChannelChanges {
        calling,
        enabled: asked("enabled").then(|| channel.enabled.unwrap_or(true)),
        creates_tickets: asked("creates_tickets").then(|| channel.creates_tickets.unwrap_or(true)),
        email_address: (asked("email") || asked("email.address")).then(|| address_of(&channel)),
        delivered_by: (asked("email") || asked("email.delivery")).then(|| deliverer_of(&channel)),
        plain_reply_to: (asked("email") || asked("email.plain_reply_address"))
            .then(|| email_of(&channel).plain_reply_address),
        ..ChannelChanges::default()
    };
    if asked("display_name") {
        changes.display_name = Some(display_name("channel.display_name", &channel.display_name)?);
    }
    if asked("reply_window") {
        changes.reply_window = Some(window_of(&channel));
    }
    if asked("type") {
        changes.kind = Some(kind_of(channel.r#type())?);
    }
    if asked("pipeline") {
        changes.pipeline = Some(name::pipeline_ref(grant, "channel.pipeline", &channel.pipeline)?);
    }
    Ok(Update { channel: id, changes, etag: version_of(&channel.etag) })
}

/// The use case of a `DeleteChannel` request.
///
/// # Errors
/// A name that is none.
pub fn delete(grant: &Grant, request: v1::DeleteChannelRequest) -> Result<Delete, Rejection> {
    let v1::DeleteChannelRequest { name: channel, etag, .. } = request;
    Ok(Delete { channel: name::channel(grant, "name", &channel)?, etag: version_of(&etag) })
}

/// The use case of an `UpdateChannelRouting` request.
///
/// # Errors
/// A bad mask, or references that cannot exist.
pub fn update_routing(grant: &Grant, request: v1::UpdateChannelRoutingRequest) -> Result<UpdateRouting, Rejection> {
    let paths = mask::paths(request.update_mask.as_ref(), &ROUTING_CHANGEABLE, &ROUTING_OUTPUT_ONLY)?;
    let routing = name::required("channel_routing", request.channel_routing)?;
    let channel = name::channel_routing(grant, "channel_routing.name", &routing.name)?;
    let asked = |path: &str| paths.contains(&path);
    let mut changes = RoutingChanges {
        target: chosen_target(grant, &paths, routing.target.as_ref())?,
        distribution: asked("distribution").then(|| distribution_of(routing.distribution())),
        available_only: asked("available_only").then(|| routing.available_only.unwrap_or(true)),
        when_full: asked("when_full").then(|| when_full_of(routing.when_full())),
        ramp: asked("ramp").then(|| ramp_of(routing.ramp.as_ref())),
        return_after: asked("return_after").then(|| returns_of(routing.return_after.as_ref())),
        reroute_reopened: asked("reroute_reopened").then_some(routing.reroute_reopened),
        rules: asked("rules").then(|| rules::rules_of(grant, &routing.rules, "channel_routing")).transpose()?,
        customer_agent: asked("customer_agent")
            .then(|| agent_of(grant, routing.target.as_ref(), "channel_routing"))
            .transpose()?,
        ..RoutingChanges::default()
    };
    if changes.target.is_none() && (asked("people.users") || asked("people.teams")) {
        let (users, teams) = people_of(grant, routing.target.as_ref())?;
        changes.users = asked("people.users").then_some(users);
        changes.teams = asked("people.teams").then_some(teams);
    }
    Ok(UpdateRouting { channel, changes, etag: version_of(&routing.etag) })
}

/// A routing that is given whole, in the field `routing`: what is not said is the default.
///
/// # Errors
/// References that cannot exist.
pub fn whole_routing(grant: &Grant, given: &v1::ChannelRouting) -> Result<GivenRouting, Rejection> {
    use v1::channel_routing::Target as Wire;
    let target = match &given.target {
        None | Some(Wire::Nobody(_) | Wire::CustomerAgent(_)) => Target::Nobody,
        Some(Wire::ContactOwner(_)) => Target::ContactOwner,
        Some(Wire::People(people)) => {
            let (users, teams) = named(grant, people, "routing.people")?;
            Target::People { users, teams }
        }
    };
    let routing = Routing {
        target,
        distribution: distribution_of(given.distribution()),
        available_only: given.available_only.unwrap_or(true),
        when_full: when_full_of(given.when_full()),
        ramp: ramp_of(given.ramp.as_ref()),
        return_after: returns_of(given.return_after.as_ref()),
        reroute_reopened: given.reroute_reopened,
        rules: rules::rules_of(grant, &given.rules, "routing")?,
    };
    let agent = matches!(given.target, Some(Wire::CustomerAgent(_)));
    let customer_agent = agent.then(|| agent_of(grant, given.target.as_ref(), "routing")).transpose()?;
    Ok(GivenRouting { routing, customer_agent })
}

/// The customer agent of a target; none where none is named.
fn agent_of(
    grant: &Grant,
    given: Option<&v1::channel_routing::Target>,
    routing: &str,
) -> Result<Option<CustomerAgentId>, Rejection> {
    let Some(v1::channel_routing::Target::CustomerAgent(target)) = given else { return Ok(None) };
    name::customer_agent_ref(grant, &format!("{routing}.customer_agent.customer_agent"), &target.customer_agent)
}

/// The target that the mask chooses: the one given if it is named, else the named one, empty.
fn chosen_target(
    grant: &Grant,
    paths: &[&str],
    given: Option<&v1::channel_routing::Target>,
) -> Result<Option<Target>, Rejection> {
    use v1::channel_routing::Target as Wire;
    let given_path = match given {
        None | Some(Wire::Nobody(_)) => "nobody",
        Some(Wire::People(_)) => "people",
        Some(Wire::ContactOwner(_)) => "contact_owner",
        Some(Wire::CustomerAgent(_)) => "customer_agent",
    };
    let named = |path: &&str| paths.contains(path);
    let chosen = [given_path, "people", "contact_owner", "nobody"].into_iter().find(named);
    Ok(match chosen {
        None | Some("customer_agent") => None,
        Some("people") => {
            let (users, teams) = people_of(grant, given)?;
            Some(Target::People { users, teams })
        }
        Some("contact_owner") => Some(Target::ContactOwner),
        Some(_) => Some(Target::Nobody),
    })
}

/// Users and teams of a people target, each once; none of any other target.
fn people_of(
    grant: &Grant,
    given: Option<&v1::channel_routing::Target>,
) -> Result<(Vec<UserId>, Vec<TeamId>), Rejection> {
    let Some(v1::channel_routing::Target::People(people)) = given else { return Ok((Vec::new(), Vec::new())) };
    named(grant, people, "channel_routing.people")
}

/// Users and teams of a selection.
///
/// # Errors
/// References that cannot exist.
pub(super) fn named(
    grant: &Grant,
    people: &v1::PeopleTarget,
    field: &str,
) -> Result<(Vec<UserId>, Vec<TeamId>), Rejection> {
    let users = people.users.iter().map(|text| {
        let field = format!("{field}.users");
        name::required(&field, name::user_ref(grant, &field, text)?)
    });
    let teams = name::team_refs(grant, &format!("{field}.teams"), &people.teams)?;
    Ok((users.collect::<Result<_, _>>()?, teams))
}

fn when_full(when: WhenFull) -> v1::WhenFull {
    match when {
        WhenFull::Hold => v1::WhenFull::Hold,
        WhenFull::Queue => v1::WhenFull::Queue,
    }
}

fn when_full_of(when: v1::WhenFull) -> WhenFull {
    match when {
        v1::WhenFull::Unspecified | v1::WhenFull::Hold => WhenFull::Hold,
        v1::WhenFull::Queue => WhenFull::Queue,
    }
}

/// Whole seconds, at least one; none is never.
fn returns_of(span: Option<&prost_types::Duration>) -> Option<u32> {
    span.map(|span| u32::try_from(span.seconds).unwrap_or(1).max(1))
}

/// Whole seconds; the rest of one is dropped.
fn ramp_of(span: Option<&prost_types::Duration>) -> u32 {
    span.map_or(USUAL_RAMP, |span| u32::try_from(span.seconds).unwrap_or(0))
}

pub(super) fn distribution_of(distribution: v1::Distribution) -> Distribution {
    match distribution {
        v1::Distribution::Unspecified | v1::Distribution::Balanced => Distribution::Balanced,
        v1::Distribution::Random => Distribution::Random,
    }
}
