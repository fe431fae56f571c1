//! How customer agents hand over: read and changed in one place per agent.

use super::write::find;
use crate::domain::customer_agent::CustomerAgent;
use crate::domain::event::{EventType, FieldChange};
use crate::domain::handoff_settings::{Destination, HandoffSettings, Lacking, Options, Process, SentimentLimit, Texts};
use crate::domain::ids::{CustomerAgentId, TeamId, UserId};
use crate::domain::names::Name;
use crate::domain::plan::Feature;
use crate::domain::rejection::Rejection;
use crate::domain::triggers::Phrases;
use crate::service::Service;
use crate::service::channels::check_named;
use crate::service::desk::{Desk, UseCase};
use crate::service::grant::Grant;
use crate::storage::lane::{Keys, World};
use crate::storage::read::customer_agents;

/// The agent with its settings.
///
/// # Errors
/// [`Rejection::NotFound`].
pub async fn settings(service: &Service, grant: &Grant, id: &CustomerAgentId) -> Result<CustomerAgent, Rejection> {
    let account = grant.account()?;
    let found = customer_agents::get(&service.store, account, id).await.map_err(|error| error.rejection())?;
    found.ok_or_else(|| Rejection::NotFound { resource: Name::HandoffSettings(id.clone()).within(account) })
}

/// Who gets what is handed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Targets {
    /// Where they find it.
    pub destination: Destination,
    /// Users.
    pub users: Vec<UserId>,
    /// Teams, of which only main members count.
    pub teams: Vec<TeamId>,
}

/// New values; none leaves a field as it is.
#[derive(Debug, Clone, Default)]
pub struct SettingsChanges {
    /// What happens when a trigger fires.
    pub process: Option<Process>,
    /// To whom it goes.
    pub targets: Option<Targets>,
    /// What the visitor is told when somebody is available.
    pub available: Option<Texts>,
    /// What the visitor is told when nobody is.
    pub unavailable: Option<Texts>,
    /// Words and phrases.
    pub phrases: Option<Phrases>,
    /// Answers after which the agent hands over.
    pub turn_limit: Option<Option<u32>>,
    /// Same answers in a row that count as a loop.
    pub same_answers: Option<Option<u32>>,
    /// How unhappy a visitor may be.
    pub sentiment: Option<Option<SentimentLimit>>,
    /// Seconds that the agent may owe an answer.
    pub inactivity: Option<Option<u32>>,
    /// Turns in a row at which the runtime may fail; none inside: as usual.
    pub failed_turns: Option<Option<u32>>,
    /// Seconds within which the runtime has to take a turn; none inside: as usual.
    pub acknowledge_within: Option<Option<u32>>,
}

/// Changes how a customer agent hands over.
#[derive(Debug, Clone)]
pub struct UpdateSettings {
    /// Which agent.
    pub agent: CustomerAgentId,
    /// What to change.
    pub changes: SettingsChanges,
    /// The version of the settings that the caller last saw.
    pub etag: Option<i64>,
}

impl UseCase for UpdateSettings {
    type Outcome = CustomerAgent;

    fn needs(&self, _world: &World, _keys: &mut Keys) {}

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<CustomerAgent, Rejection> {
        let name = Name::HandoffSettings(self.agent.clone());
        let mut agent = find(desk, &self.agent, None).map_err(|_| desk.not_found(&name))?;
        desk.same_version(&name, self.etag, agent.handoff_version)?;
        desk.needs(Feature::CustomerAgents)?;
        let after = self.changes.apply(&agent.handoff);
        self.changes.check_messages(&after)?;
        if self.changes.targets.is_some() {
            check_named(desk, &after.users, &after.teams, "handoff_settings.same_targets")?;
        }
        complete(&after)?;
        if after != agent.handoff {
            let fields = changed_fields(&agent.handoff, &after);
            agent.handoff = after;
            agent.handoff_version += 1;
            agent.handoff_update_time = desk.session.now();
            desk.session.world.people_mut().agents.put(agent.id.clone(), agent.clone());
            desk.event(EventType::ConfigChanged, &name, fields);
        }
        Ok(agent)
    }
}

impl SettingsChanges {
    fn apply(&self, before: &HandoffSettings) -> HandoffSettings {
        let (mut after, usual) = (before.clone(), Options::default());
        after.process = self.process.unwrap_or(after.process);
        if let Some(Targets { destination, users, teams }) = self.targets.clone() {
            HandoffSettings { destination, users, teams, ..after }.clone_into(&mut after);
        }
        set(&mut after.available, self.available.as_ref());
        set(&mut after.unavailable, self.unavailable.as_ref());
        set(&mut after.phrases, self.phrases.as_ref());
        let options = &mut after.options;
        set(&mut options.turn_limit, self.turn_limit.as_ref());
        set(&mut options.same_answers, self.same_answers.as_ref());
        set(&mut options.sentiment, self.sentiment.as_ref());
        set(&mut options.inactivity, self.inactivity.as_ref());
        let failures = self.failed_turns.map(|given| given.unwrap_or(usual.failed_turns));
        set(&mut options.failed_turns, failures.as_ref());
        let within = self.acknowledge_within.map(|given| given.unwrap_or(usual.acknowledge_within));
        set(&mut options.acknowledge_within, within.as_ref());
        after
    }

    /// Which messages can be set depends on the process.
    fn check_messages(&self, after: &HandoffSettings) -> Result<(), Rejection> {
        if after.process != Process::None {
            return Ok(());
        }
        let given = |texts: &Option<Texts>| texts.as_ref().is_some_and(|texts| !texts.is_empty());
        let field = match (given(&self.available), given(&self.unavailable)) {
            (true, _) => "handoff_settings.available_messages",
            (_, true) => "handoff_settings.unavailable_messages",
            _ => return Ok(()),
        };
        Err(Rejection::field(field, "NOT_OFFERED", "the process NONE tells the visitor nothing"))
    }
}

fn set<T: Clone>(place: &mut T, value: Option<&T>) {
    if let Some(value) = value {
        place.clone_from(value);
    }
}

/// Refuses a hand-off to people without people or without messages.
fn complete(settings: &HandoffSettings) -> Result<(), Rejection> {
    let missing = match settings.lacking() {
        None => return Ok(()),
        Some(Lacking::Targets) => ("handoff_settings.same_targets", "a hand-off needs users or teams"),
        Some(Lacking::Available) => ("handoff_settings.available_messages", "a hand-off needs one without language"),
        Some(Lacking::Unavailable) => ("handoff_settings.unavailable_messages", "a hand-off needs one without language"),
    };
    Err(Rejection::field(missing.0, "REQUIRED", missing.1))
}

/// What changed, by its name; texts are left out.
fn changed_fields(before: &HandoffSettings, after: &HandoffSettings) -> Vec<FieldChange> {
    let upper = |process: Process| process.code().to_uppercase();
    let people = |settings: &HandoffSettings| {
        let users = settings.users.iter().map(|id| Name::User(id.clone()).to_string());
        users.chain(settings.teams.iter().map(|id| Name::Team(id.clone()).to_string())).collect::<Vec<_>>().join(",")
    };
    let place = |settings: &HandoffSettings| settings.destination.code().to_uppercase();
    let words = |settings: &HandoffSettings| settings.phrases.texts().len();
    let marked = |changed: bool, field: &str| FieldChange::of(field, "", if changed { "changed" } else { "" });
    let changes = [
        FieldChange::of("process", upper(before.process), upper(after.process)),
        FieldChange::of("same_targets", people(before), people(after)),
        FieldChange::of("same_targets.destination", place(before), place(after)),
        FieldChange::of("trigger_phrases", words(before), words(after))
            .or_else(|| marked(before.phrases != after.phrases, "trigger_phrases")),
        marked(before.available != after.available, "available_messages"),
        marked(before.unavailable != after.unavailable, "unavailable_messages"),
        marked(before.options != after.options, "options"),
    ];
    changes.into_iter().flatten().collect()
}
