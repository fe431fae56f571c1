//! Telephone calls (R-138 to R-146; C-060 to C-063).

mod answer;
mod come;
mod end;
mod lapse;

use super::Service;
use super::desk::Desk;
use super::files::NamedFiles;
use super::grant::Grant;
use super::intake::{Given, Ingest, Sender};
use crate::domain::call::{Call, USUAL_RING, VoicemailMessage};
use crate::domain::channel::Channel;
use crate::domain::contact::Point;
use crate::domain::conversation::SenderCheck;
use crate::domain::event::{EventType, FieldChange};
use crate::domain::ids::CallId;
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::domain::time::Timestamp;
use crate::storage::read::{calls, channels};

pub use answer::AnswerCall;
pub use come::ComeIn;
pub use end::EndCall;
pub use lapse::{LAPSE_CALLS, lapse_due};

/// A call with what its channel says about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenCall {
    /// The call.
    pub call: Call,
    /// What the caller hears whom nobody answers.
    pub voicemail: Option<VoicemailMessage>,
    /// How many seconds it rings.
    pub ring: u32,
}

impl SeenCall {
    fn of(call: Call, channel: Option<&Channel>) -> Self {
        let calling = channel.map(|channel| channel.calling.clone()).unwrap_or_default();
        let voicemail = if call.facts.after_hours { calling.after_hours_voicemail } else { calling.voicemail };
        Self { call, voicemail, ring: ring_of(channel) }
    }
}

/// One call.
///
/// # Errors
/// [`Rejection::NotFound`].
pub async fn get(service: &Service, grant: &Grant, id: CallId) -> Result<SeenCall, Rejection> {
    let account = grant.account()?;
    let found = calls::get(&service.store, account, id).await.map_err(|error| error.rejection())?;
    let call = found.ok_or_else(|| Rejection::NotFound { resource: Name::Call(id).within(account) })?;
    let channel = channels::get(&service.store, account, &call.channel).await.map_err(|error| error.rejection())?;
    Ok(SeenCall::of(call, channel.as_ref()))
}

fn find(desk: &Desk<'_, '_>, id: CallId) -> Result<Call, Rejection> {
    desk.world().calls.calls.get(&id).cloned().ok_or_else(|| desk.not_found(&Name::Call(id)))
}

fn seen(desk: &Desk<'_, '_>, call: Call) -> SeenCall {
    let channel = desk.world().people().channels.get(&call.channel);
    SeenCall::of(call, channel)
}

/// How many seconds a call of the channel rings.
fn ring_of(channel: Option<&Channel>) -> u32 {
    channel.map_or(USUAL_RING, |channel| channel.calling.ring_seconds())
}

/// When a call ends by itself; see [`Call::lapse_time`].
fn lapse_time(desk: &Desk<'_, '_>, call: &Call) -> Option<Timestamp> {
    call.lapse_time(ring_of(desk.world().people().channels.get(&call.channel)))
}

/// Writes a call, with the event of its new state, and has somebody look when it has not ended by its time.
fn save(desk: &mut Desk<'_, '_>, before: Option<&Call>, mut call: Call) -> Call {
    call.version += 1;
    let word = |call: &Call| call.state.code().to_uppercase();
    let change = FieldChange::of("state", before.map(word).unwrap_or_default(), word(&call));
    let (id, ticket) = (call.id, call.facts.ticket);
    let calls = &mut desk.session.world.calls;
    calls.external.put((call.channel.clone(), call.external_id.clone()), id);
    calls.calls.put(id, call.clone());
    let name = Name::Call(id).to_string();
    desk.session.record(EventType::CallChanged, name, ticket, change.into_iter().collect(), None);
    if let Some(due) = lapse_time(desk, &call) {
        let job = desk.session.new_id();
        desk.session.world.wake(LAPSE_CALLS, job, due);
    }
    call
}

/// The message that a call leaves on its ticket.
fn message_of(call: &Call, given: Given, text: String, files: NamedFiles) -> Ingest {
    let facts = &call.facts;
    let point = Some(Point::phone(&facts.caller_number)).filter(|point| !point.value.is_empty());
    let sender = Sender {
        name: facts.caller_name.clone(),
        address: facts.caller_number.clone(),
        point,
        cookie: None,
        contact: None,
    };
    Ingest {
        channel: call.channel.clone(),
        external_id: call.external_id.clone(),
        thread_key: call.external_id.clone(),
        sender,
        subject: format!("Call from {}", caller(call)),
        form_name: String::new(),
        text,
        html: String::new(),
        attachments: Vec::new(),
        files,
        mail: None,
        check: SenderCheck::NONE,
        send_time: None,
        most_tickets: 0,
        given,
    }
}

/// How the caller is called.
fn caller(call: &Call) -> &str {
    let known = [call.facts.caller_name.as_str(), call.facts.caller_number.as_str()];
    known.into_iter().find(|text| !text.trim().is_empty()).unwrap_or("an unknown number")
}
