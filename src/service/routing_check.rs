//! What can never work in the routing of an account: as it is configured, or as a version of a channel's would be.

use std::collections::BTreeMap;
use std::time::Duration;

use super::channels::Tried;
use super::desk::{Desk, UseCase};
use super::grant::Grant;
use super::{Answer, Encoder, Service, WriteCall};
use crate::domain::channel::{Channel, ChannelKind, Target, WhenFull};
use crate::domain::hours::Hours;
use crate::domain::ids::{ChannelId, SkillId, UserId};
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::domain::routing::{CapacityGroup, Dead, Plan, Rule, SkillNeed, dead_rules};
use crate::domain::user::UserState;
use crate::storage::lane::{Keys, World};

/// How far ahead somebody must be at work once.
const AHEAD: Duration = Duration::from_hours(31 * 24);

/// One thing that can never work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The channel whose routing it is.
    pub channel: ChannelId,
    /// The rule; empty for the target of the routing.
    pub rule: String,
    /// Machine code.
    pub code: &'static str,
    /// One line in English.
    pub text: String,
}

/// Looks at every routing of the account, or at one version of one channel's. Changes nothing.
#[derive(Debug, Clone)]
pub struct Check {
    /// That version alone.
    pub version: Option<(ChannelId, i64)>,
}

impl Check {
    fn tried(&self) -> Option<Tried> {
        self.version.clone().map(|(channel, number)| Tried::Version(channel, number))
    }
}

impl UseCase for Check {
    type Outcome = Vec<Problem>;

    fn needs(&self, _world: &World, keys: &mut Keys) {
        if let Some(tried) = self.tried() {
            tried.needs(keys);
        }
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<Vec<Problem>, Rejection> {
        let mut channels: Vec<Channel> = desk.world().people().channels.values().cloned().collect();
        channels.sort_by(|one, other| one.id.cmp(&other.id));
        if let Some((id, number)) = &self.version {
            channels.retain(|channel| channel.id == *id);
            let Some(channel) = channels.first_mut() else {
                let resource = desk.name(&Name::RoutingVersion(id.clone(), *number));
                return Err(Rejection::ReferenceNotFound { field: "routing_version".to_owned(), resource });
            };
            channel.routing = Tried::Version(id.clone(), *number).stored(desk, channel)?;
        }
        let mut found = Found { skills: skills(desk), problems: Vec::new() };
        for channel in &channels {
            found.look_at(desk, channel);
        }
        Ok(found.problems)
    }
}

/// The highest level at which somebody who is active has each skill, the own ones and those of the main team.
fn skills(desk: &Desk<'_, '_>) -> BTreeMap<SkillId, u8> {
    let people = desk.world().people();
    let main: BTreeMap<_, _> = people.members.values().filter(|m| m.main).map(|m| (&m.user, &m.team)).collect();
    let mut highest = BTreeMap::new();
    for user in people.users.values().filter(|user| user.state == UserState::Active) {
        for (skill, level) in people.skills_of(user, main.get(&user.id).copied()) {
            let known = highest.entry(skill).or_insert(level);
            *known = level.max(*known);
        }
    }
    highest
}

struct Found {
    skills: BTreeMap<SkillId, u8>,
    problems: Vec<Problem>,
}

impl Found {
    fn look_at(&mut self, desk: &mut Desk<'_, '_>, channel: &Channel) {
        let account = desk.account();
        let dead = dead_rules(&channel.routing.rules, channel, &account, desk.session.now());
        for rule in channel.routing.rules.iter().filter(|rule| rule.enabled) {
            match dead.iter().find(|(it, _)| it.id == rule.id) {
                Some((_, Dead::Never)) => {
                    self.tell(channel, &rule.id, "NEVER_MATCHES", "its condition holds for no ticket of the channel");
                }
                Some((_, Dead::Behind(earlier))) => {
                    let text = format!("{} holds for every ticket that it holds for, and stands before it", earlier.id);
                    self.tell(channel, &rule.id, "NEVER_REACHED", text);
                }
                None => {}
            }
            let unmet = |need: &&SkillNeed| self.skills.get(&need.skill) < Some(&need.level);
            for need in rule.skills.iter().filter(unmet).collect::<Vec<_>>() {
                let text = format!("nobody has {} at level {}", need.skill, need.level);
                self.tell(channel, &rule.id, "SKILL_OF_NOBODY", text);
            }
            self.look_for_people(desk, channel, Some(rule));
        }
        if matches!(channel.routing.target, Target::People { .. }) {
            self.look_for_people(desk, channel, None);
        }
    }

    /// Whether somebody could take a ticket if everybody had nothing to do, and is at work some time. A ticket that waits long
    /// enough asks for no skill any more that may be dropped.
    fn look_for_people(&mut self, desk: &mut Desk<'_, '_>, channel: &Channel, rule: Option<&Rule>) {
        let waits = channel.routing.when_full == WhenFull::Queue && channel.routing.can_queue(channel.kind);
        let mut plan = Plan::of(&channel.routing, rule, if waits { Duration::MAX } else { Duration::ZERO });
        let name = rule.map(|rule| rule.id.as_str()).unwrap_or_default();
        let available_only = std::mem::replace(&mut plan.available_only, false);
        let Some(demand) = plan.demand(CapacityGroup::of(Some(channel.kind))) else { return };
        let pool = desk.session.world.pool(&demand);
        let eligible = pool.members().iter().chain(pool.full().map(|(user, _)| user));
        let eligible: Vec<UserId> = eligible.cloned().collect();
        if eligible.is_empty() {
            let text = "nobody named by it, with its skills, can ever receive a ticket";
            self.tell(channel, name, "NOBODY", text);
            return;
        }
        let calling = channel.kind == ChannelKind::Calling;
        let hours = Some(&channel.calling.hours).filter(|_| calling);
        if (available_only || calling) && !work(desk, &eligible, None) {
            let text = "nobody who could take a ticket is at work within the next 31 days";
            self.tell(channel, name, "HOURS_NEVER_OPEN", text);
        } else if calling && !work(desk, &eligible, hours) {
            let text = "nobody whom it rings at is at work while the channel is open";
            self.tell(channel, name, "HOURS_NEVER_MEET", text);
        }
    }

    fn tell(&mut self, channel: &Channel, rule: &str, code: &'static str, text: impl Into<String>) {
        let (channel, rule, text) = (channel.id.clone(), rule.to_owned(), text.into());
        self.problems.push(Problem { channel, rule, code, text });
    }
}

/// Whether one of these is at work some time soon, within these hours if there are any.
fn work(desk: &Desk<'_, '_>, users: &[UserId], within: Option<&Hours>) -> bool {
    let (now, people) = (desk.session.now(), desk.world().people());
    let schedules = users.iter().filter_map(|id| people.users.get(id)).map(|user| &user.work.schedule);
    schedules.into_iter().any(|schedule| schedule.first_open(now, now.plus(AHEAD), within).is_some())
}

/// Everything that can never work, by channel and rule.
///
/// # Errors
/// [`Rejection::ReferenceNotFound`] for a version that is not there; the storage's.
pub async fn check(service: &Service, grant: &Grant, case: Check) -> Result<Vec<Problem>, Rejection> {
    let dry = WriteCall { validate_only: true, ..WriteCall::default() };
    let encoder = Encoder { respond: Box::new(|problems, _| problems), store: Box::new(|_| Vec::new()) };
    match service.write(grant, dry, case, encoder).await? {
        Answer::Fresh(problems) => Ok(problems),
        Answer::Replayed(_) => Err(Rejection::Internal("a check was kept".to_owned())),
    }
}
