//! Calls that workflows make: queued with what the run did, signed when their turn comes, and what became of them told in its
//! log (T-30 to T-33).

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::act::Fate;
use crate::domain::account::Account;
use crate::domain::event::{EventType, FieldChange};
use crate::domain::ids::{AccountId, RunId};
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::domain::time::Timestamp;
use crate::domain::workflow::{Run, StepKind};
use crate::service::desk::{Desk, UseCase};
use crate::service::grant::Grant;
use crate::service::{Encoder, Service, WriteCall};
use crate::storage::lane::{Keys, NewJob, World};
use crate::storage::read;
use crate::webhook::{Destinations, Letter, Secrets, WebhookKey};

/// Kind of the job that makes one call.
pub const CALL_WEBHOOK: &str = "call_webhook";

/// Where calls may go, and what they are signed with.
#[derive(Debug)]
pub struct Webhooks {
    /// Where to.
    pub destinations: Arc<Destinations>,
    /// What secrets are made of.
    pub key: WebhookKey,
}

/// A call as it waits. What it says is fixed when it is queued.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitingCall {
    /// Where to.
    pub url: String,
    /// The same however often it is made.
    pub id: String,
    /// JSON: names and numbers, and nothing of what was written.
    pub body: String,
    /// The run.
    pub run: Uuid,
    /// Its step.
    pub step: String,
    /// Tries so far.
    pub tries: u32,
    /// When it was tried first.
    #[serde(default)]
    pub since: Option<Timestamp>,
}

impl WaitingCall {
    /// The stored form.
    ///
    /// # Panics
    /// Never: it is made of texts and numbers.
    pub fn to_payload(&self) -> String {
        serde_json::to_string(self).expect("texts and numbers")
    }

    /// Reads the stored form.
    pub fn from_payload(payload: &str) -> Option<Self> {
        serde_json::from_str(payload).ok()
    }
}

/// Queues a call with the batch of the session.
pub(super) fn call(desk: &mut Desk<'_, '_>, run: &Run, url: &str) -> Fate {
    let account = &desk.world().account;
    if account.webhook_generation == 0 {
        return Fate::Skipped("NO_SECRET: the account has no secret to sign with".to_owned());
    }
    let (now, version) = (desk.session.now(), desk.world().tickets.get(&run.ticket).map_or(0, |it| it.version));
    let body = json!({
        "type": "workflow.step",
        "timestamp": now.to_string(),
        "data": {
            "account": desk.name(&Name::Account),
            "workflow": desk.name(&Name::Workflow(run.workflow.clone())),
            "run": desk.name(&Name::WorkflowRun(run.workflow.clone(), run.id)),
            "step": run.step,
            "ticket": desk.name(&Name::Ticket(run.ticket)),
            "ticket_etag": crate::service::desk::etag(version),
        },
    });
    let call = WaitingCall {
        url: url.to_owned(),
        id: format!("{}.{}", run.id.0.simple(), run.step),
        body: body.to_string(),
        run: run.id.0,
        step: run.step.clone(),
        tries: 0,
        since: None,
    };
    let id = desk.session.new_id();
    desk.session.world.jobs.push(NewJob { id, kind: CALL_WEBHOOK, payload: call.to_payload(), due: now });
    Fate::Done(format!("the call {} is queued", call.id))
}

/// Whether calls may go where these steps call.
///
/// # Errors
/// A field fault for the first that may not.
pub fn check_urls<'k>(service: &Service, kinds: impl Iterator<Item = &'k StepKind>) -> Result<(), Rejection> {
    let mut urls = kinds.filter_map(StepKind::url).peekable();
    if urls.peek().is_none() {
        return Ok(());
    }
    let webhooks = service.webhooks()?;
    let fault = |why: &str| Rejection::field("workflow.steps", "URI", format!("a webhook {why}"));
    urls.try_for_each(|url| webhooks.destinations.check(url).map(drop).map_err(fault))
}

/// A call as it goes out now; none when the account is gone or has no secret.
///
/// # Errors
/// The storage's.
pub async fn letter(
    service: &Service,
    account: &AccountId,
    call: &WaitingCall,
    now: Timestamp,
) -> Result<Option<Letter>, Rejection> {
    let found = read::accounts::get(&service.store, account).await.map_err(|error| error.rejection())?;
    let Some(generations) = found.map(|account| account.webhook_generations(now)).filter(|all| !all.is_empty()) else {
        return Ok(None);
    };
    let secrets = Secrets { key: service.webhooks()?.key.clone(), account: account.clone(), generations };
    let moment = now.as_micros() / 1_000_000;
    Ok(Some(Letter {
        url: call.url.clone(),
        id: call.id.clone(),
        moment,
        signatures: secrets.signatures(&call.id, moment, &call.body),
        body: call.body.clone(),
    }))
}

/// Notes what became of a call in the log of its run.
#[derive(Debug, Clone)]
pub struct NoteCall {
    /// The run.
    pub run: Uuid,
    /// The step.
    pub step: String,
    /// DELIVERED or FAILED.
    pub outcome: &'static str,
    /// Why, in words.
    pub why: String,
}

impl UseCase for NoteCall {
    type Outcome = ();

    fn needs(&self, _world: &World, keys: &mut Keys) {
        keys.automation.runs.insert(RunId(self.run));
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<(), Rejection> {
        let Some(mut run) = desk.world().automation.runs.get(&RunId(self.run)).cloned() else { return Ok(()) };
        run.note(&self.step, desk.session.now(), self.outcome, &self.why);
        desk.session.world.automation.runs.put(run.id, run);
        Ok(())
    }
}

/// Writes a note down.
///
/// # Errors
/// The storage's.
pub async fn note_call(service: &Service, account: &AccountId, note: NoteCall) -> Result<(), Rejection> {
    let grant = Grant::system(account.clone(), CALL_WEBHOOK);
    let encoder = Encoder { respond: Box::new(|(), _| ()), store: Box::new(|()| Vec::new()) };
    service.write(&grant, WriteCall::default(), note, encoder).await.map(drop)
}

/// Gives the account another secret; the one before signs beside it for a day.
#[derive(Debug, Clone, Copy)]
pub struct RotateSecret;

impl UseCase for RotateSecret {
    /// The number of the secret.
    type Outcome = i64;

    fn needs(&self, _world: &World, _keys: &mut Keys) {}

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<i64, Rejection> {
        let before = desk.world().account.clone();
        let (now, generation) = (desk.session.now(), before.webhook_generation + 1);
        let after = Account {
            webhook_generation: generation,
            webhook_rotate_time: Some(now),
            update_time: now,
            version: before.version + 1,
            ..before
        };
        desk.session.world.account = after;
        let fields = FieldChange::of("webhook_secret", generation - 1, generation).into_iter().collect();
        desk.event(EventType::ConfigChanged, &Name::Account, fields);
        Ok(generation)
    }
}
