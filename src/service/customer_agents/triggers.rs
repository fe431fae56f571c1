//! What hands the conversations of a customer agent over: read, changed, and tried without effect.

use super::write::find;
use crate::domain::customer_agent::CustomerAgent;
use crate::domain::event::{EventType, FieldChange};
use crate::domain::ids::CustomerAgentId;
use crate::domain::names::Name;
use crate::domain::plan::Feature;
use crate::domain::rejection::Rejection;
use crate::domain::triggers::{Phrases, SentimentLimit, Triggers};
use crate::service::Service;
use crate::service::desk::{Desk, UseCase};
use crate::service::grant::Grant;
use crate::storage::lane::{Keys, World};
use crate::storage::read::customer_agents;

/// The agent with its triggers.
///
/// # Errors
/// [`Rejection::NotFound`].
pub async fn triggers(service: &Service, grant: &Grant, id: &CustomerAgentId) -> Result<CustomerAgent, Rejection> {
    let account = grant.account()?;
    let found = customer_agents::get(&service.store, account, id).await.map_err(|error| error.rejection())?;
    found.ok_or_else(|| Rejection::NotFound { resource: Name::HandoffTriggers(id.clone()).within(account) })
}

/// New values; none leaves a field as it is.
#[derive(Debug, Clone, Default)]
pub struct TriggerChanges {
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

/// Changes what hands the conversations of a customer agent over.
#[derive(Debug, Clone)]
pub struct UpdateTriggers {
    /// Which agent.
    pub agent: CustomerAgentId,
    /// What to change.
    pub changes: TriggerChanges,
    /// The version of the triggers that the caller last saw.
    pub etag: Option<i64>,
}

impl UseCase for UpdateTriggers {
    type Outcome = CustomerAgent;

    fn needs(&self, _world: &World, _keys: &mut Keys) {}

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<CustomerAgent, Rejection> {
        let name = Name::HandoffTriggers(self.agent.clone());
        let mut agent = find(desk, &self.agent, None).map_err(|_| desk.not_found(&name))?;
        desk.same_version(&name, self.etag, agent.triggers_version)?;
        desk.needs(Feature::CustomerAgents)?;
        let after = self.changes.apply(&agent.triggers);
        if after != agent.triggers {
            let fields = changed_fields(&agent.triggers, &after);
            agent.triggers = after;
            agent.triggers_version += 1;
            agent.triggers_update_time = desk.session.now();
            desk.session.world.people_mut().agents.put(agent.id.clone(), agent.clone());
            desk.event(EventType::ConfigChanged, &name, fields);
        }
        Ok(agent)
    }
}

impl TriggerChanges {
    fn apply(&self, before: &Triggers) -> Triggers {
        let (mut after, usual) = (before.clone(), Triggers::default());
        set(&mut after.phrases, self.phrases.as_ref());
        set(&mut after.turn_limit, self.turn_limit.as_ref());
        set(&mut after.same_answers, self.same_answers.as_ref());
        set(&mut after.sentiment, self.sentiment.as_ref());
        set(&mut after.inactivity, self.inactivity.as_ref());
        let failures = self.failed_turns.map(|given| given.unwrap_or(usual.failed_turns));
        set(&mut after.failed_turns, failures.as_ref());
        let within = self.acknowledge_within.map(|given| given.unwrap_or(usual.acknowledge_within));
        set(&mut after.acknowledge_within, within.as_ref());
        after
    }
}

fn set<T: Clone>(place: &mut T, value: Option<&T>) {
    if let Some(value) = value {
        place.clone_from(value);
    }
}

/// What changed, by its name; texts are left out.
fn changed_fields(before: &Triggers, after: &Triggers) -> Vec<FieldChange> {
    let number = |number: Option<u32>| number.map(|number| number.to_string()).unwrap_or_default();
    let span = |seconds: u32| format!("{seconds}s");
    let spans = |seconds: Option<u32>| seconds.map(span).unwrap_or_default();
    let low = |of: &Triggers| of.sentiment.map(|limit| format!("{}%", limit.below)).unwrap_or_default();
    let words = |of: &Triggers| of.phrases.texts().len();
    let others = || FieldChange::of("phrases", "", if before.phrases == after.phrases { "" } else { "changed" });
    let changes = [
        FieldChange::of("phrases", words(before), words(after)).or_else(others),
        FieldChange::of("turn_limit", number(before.turn_limit), number(after.turn_limit)),
        FieldChange::of("same_answer_limit", number(before.same_answers), number(after.same_answers)),
        FieldChange::of("sentiment", low(before), low(after)),
        FieldChange::of("inactivity", spans(before.inactivity), spans(after.inactivity)),
        FieldChange::of("failed_turn_limit", before.failed_turns, after.failed_turns),
        FieldChange::of("acknowledge_within", span(before.acknowledge_within), span(after.acknowledge_within)),
    ];
    changes.into_iter().flatten().collect()
}
