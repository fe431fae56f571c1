//! Making, changing, pausing and deleting customer agents.

use super::late::RELEASE_CONTROL;
use super::read::Shown;
use super::turns::{look_at, pauses, wake_turns};
use crate::domain::channel::{Channel, Target};
use crate::domain::customer_agent::{CustomerAgent, MOST_CUSTOMER_AGENTS};
use crate::domain::event::{EventType, FieldChange};
use crate::domain::handoff::Configured;
use crate::domain::ids::CustomerAgentId;
use crate::domain::names::Name;
use crate::domain::plan::Feature;
use crate::domain::rejection::Rejection;
use crate::domain::triggers::Triggers;
use crate::service::desk::{Desk, UseCase};
use crate::storage::lane::{Keys, NewJob, World};

/// Makes a customer agent.
#[derive(Debug, Clone)]
pub struct Create {
    /// The chosen id; one is made when there is none.
    pub id: Option<CustomerAgentId>,
    /// Name for people, not blank.
    pub display_name: String,
}

/// Renames a customer agent.
#[derive(Debug, Clone)]
pub struct Update {
    /// Which.
    pub agent: CustomerAgentId,
    /// The new name; none leaves it.
    pub display_name: Option<String>,
    /// What the caller last saw.
    pub etag: Option<i64>,
}

/// Pauses a customer agent, or ends a pause by hand; again changes nothing.
#[derive(Debug, Clone)]
pub struct Pause {
    /// Which.
    pub agent: CustomerAgentId,
    /// Whether it is to be paused.
    pub paused: bool,
    /// What the caller last saw.
    pub etag: Option<i64>,
}

/// Deletes a customer agent for which no credential is good any more.
#[derive(Debug, Clone)]
pub struct Delete {
    /// Which.
    pub agent: CustomerAgentId,
    /// What the caller last saw.
    pub etag: Option<i64>,
}

impl UseCase for Create {
    type Outcome = Shown;

    fn needs(&self, _world: &World, _keys: &mut Keys) {}

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<Shown, Rejection> {
        desk.needs(Feature::CustomerAgents)?;
        let made = desk.session.token();
        let id = self.id.clone().unwrap_or_else(|| CustomerAgentId::stored(made));
        let agents = &desk.world().people().agents;
        if agents.get(&id).is_some() {
            return Err(Rejection::AlreadyExists { resource: desk.name(&Name::CustomerAgent(id)) });
        }
        if agents.values().count() >= MOST_CUSTOMER_AGENTS {
            return Err(Rejection::Quota { quota: "customer_agents", limit: MOST_CUSTOMER_AGENTS as u64 });
        }
        let now = desk.session.now();
        let (display_name, handoff) = (self.display_name.clone(), Configured::default());
        let agent = CustomerAgent {
            id,
            display_name,
            handoff,
            pause_time: None,
            create_time: now,
            update_time: now,
            version: 0,
            triggers: Triggers::default(),
            triggers_version: 1,
            triggers_update_time: now,
        };
        check_name(desk, &agent)?;
        Ok(save(desk, agent, Vec::new()))
    }
}

impl UseCase for Update {
    type Outcome = Shown;

    fn needs(&self, _world: &World, _keys: &mut Keys) {}

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<Shown, Rejection> {
        let before = find(desk, &self.agent, self.etag)?;
        desk.needs(Feature::CustomerAgents)?;
        let mut after = before.clone();
        after.display_name = self.display_name.clone().unwrap_or(after.display_name);
        check_name(desk, &after)?;
        match FieldChange::of("display_name", &before.display_name, &after.display_name) {
            Some(change) => Ok(save(desk, after, vec![change])),
            None => Ok(shown(desk, before)),
        }
    }
}

impl UseCase for Pause {
    type Outcome = Shown;

    fn needs(&self, _world: &World, _keys: &mut Keys) {}

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<Shown, Rejection> {
        let before = find(desk, &self.agent, self.etag)?;
        if !self.paused {
            desk.needs(Feature::CustomerAgents)?;
        }
        let change = FieldChange::of("paused", before.pause_time.is_some(), self.paused);
        let Some(change) = change else { return Ok(shown(desk, before)) };
        let now = desk.session.now();
        let pause_time = self.paused.then_some(now);
        if self.paused {
            // What it owes is handed over.
            look_at(desk, now);
        } else {
            // What it still owes is to be taken anew.
            wake_turns(desk);
        }
        Ok(save(desk, CustomerAgent { pause_time, ..before }, vec![change]))
    }
}

impl UseCase for Delete {
    type Outcome = ();

    fn needs(&self, _world: &World, _keys: &mut Keys) {}

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<(), Rejection> {
        find(desk, &self.agent, self.etag)?;
        let name = Name::CustomerAgent(self.agent.clone());
        if let Some(used_by) = used_by(desk, &self.agent) {
            return Err(Rejection::InUse { resource: desk.name(&name), used_by: desk.name(&used_by) });
        }
        desk.session.world.people_mut().agents.remove(&self.agent);
        let (id, due) = (desk.session.new_id(), desk.session.now());
        let job = NewJob { id, kind: RELEASE_CONTROL, payload: self.agent.to_string(), due };
        desk.session.world.jobs.push(job);
        desk.event(EventType::ConfigChanged, &name, Vec::new());
        Ok(())
    }
}

/// The first by name that would be left with nothing to stand for.
fn used_by(desk: &Desk<'_, '_>, id: &CustomerAgentId) -> Option<Name> {
    let now = desk.session.now();
    let keys = desk.world().people().keys.values();
    let to_it = |channel: &&Channel| channel.routing.target == Target::CustomerAgent { agent: id.clone() };
    let routed = desk.world().people().channels.values().filter(to_it).map(|channel| &channel.id).min();
    if let Some(channel) = routed {
        return Some(Name::ChannelRouting(channel.clone()));
    }
    let bound = keys.filter(|key| key.customer_agent.as_ref() == Some(id) && key.is_good(now));
    bound.map(|key| &key.id).min().cloned().map(Name::AccessKey)
}

/// # Errors
/// [`Rejection::NotFound`], [`Rejection::EtagMismatch`].
pub(super) fn find(desk: &Desk<'_, '_>, id: &CustomerAgentId, etag: Option<i64>) -> Result<CustomerAgent, Rejection> {
    let name = Name::CustomerAgent(id.clone());
    let agent = desk.world().people().agents.get(id).cloned().ok_or_else(|| desk.not_found(&name))?;
    desk.same_version(&name, etag, agent.version)?;
    Ok(agent)
}

fn check_name(desk: &Desk<'_, '_>, agent: &CustomerAgent) -> Result<(), Rejection> {
    let same = |other: &&CustomerAgent| other.id != agent.id && other.name_key() == agent.name_key();
    match desk.world().people().agents.values().find(same) {
        None => Ok(()),
        Some(other) => Err(Rejection::Duplicate {
            field: "customer_agent.display_name",
            value: agent.display_name.clone(),
            existing: desk.name(&Name::CustomerAgent(other.id.clone())),
        }),
    }
}

fn save(desk: &mut Desk<'_, '_>, mut agent: CustomerAgent, fields: Vec<FieldChange>) -> Shown {
    agent.version += 1;
    agent.update_time = desk.session.now();
    desk.session.world.people_mut().agents.put(agent.id.clone(), agent.clone());
    desk.event(EventType::ConfigChanged, &Name::CustomerAgent(agent.id.clone()), fields);
    shown(desk, agent)
}

fn shown(desk: &Desk<'_, '_>, agent: CustomerAgent) -> Shown {
    Shown { pauses: pauses(desk, &agent), agent }
}
