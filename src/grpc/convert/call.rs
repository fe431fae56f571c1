//! Calls on the wire.

use crate::domain::call::{CallState, CallingConfig, VoicemailMessage};
use crate::domain::hours::{Block, Hours};
use crate::domain::ids::AccountId;
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::grpc::convert::schedule::{block, block_of};
use crate::grpc::convert::{name, timestamp};
use crate::grpc::pb::v1;
use crate::service::calls::{AnswerCall, ComeIn, EndCall, SeenCall};
use crate::service::files::{FileRules, NamedFiles};
use crate::service::grant::Grant;

/// A call as callers of the service see it.
pub fn call(account: &AccountId, seen: &SeenCall) -> v1::Call {
    let (call, facts) = (&seen.call, &seen.call.facts);
    let full = |name: Name| name.within(account);
    let seconds = |seconds: u32| prost_types::Duration { seconds: seconds.into(), nanos: 0 };
    v1::Call {
        name: full(Name::Call(call.id)),
        channel: full(Name::Channel(call.channel.clone())),
        external_id: call.external_id.clone(),
        state: state(call.state).into(),
        caller_name: facts.caller_name.clone(),
        caller_number: facts.caller_number.clone(),
        after_hours: facts.after_hours,
        ringing_users: facts.ringing.iter().map(|id| full(Name::User(id.clone()))).collect(),
        ring_timeout: (call.state == CallState::Ringing).then(|| seconds(seen.ring)),
        voicemail: seen.voicemail.as_ref().map(voicemail),
        answerer: facts.answerer.clone().map(|id| full(Name::User(id))).unwrap_or_default(),
        ticket: facts.ticket.map(|number| full(Name::Ticket(number))).unwrap_or_default(),
        create_time: Some(timestamp(call.create_time)),
        answer_time: facts.answer_time.map(timestamp),
        end_time: facts.end_time.map(timestamp),
    }
}

fn state(state: CallState) -> v1::CallState {
    match state {
        CallState::Ringing => v1::CallState::Ringing,
        CallState::Answered => v1::CallState::Answered,
        CallState::Voicemail => v1::CallState::Voicemail,
        CallState::Ended => v1::CallState::Ended,
        CallState::Missed => v1::CallState::Missed,
    }
}

fn voicemail(message: &VoicemailMessage) -> v1::VoicemailMessage {
    v1::VoicemailMessage { text: message.text.clone(), audio_uri: message.audio_uri.clone() }
}

/// What a calling channel has of its own.
pub fn config(calling: &CallingConfig) -> v1::CallingConfig {
    let hours = &calling.hours;
    let said = !hours.zone.is_empty() || !hours.blocks.is_empty();
    v1::CallingConfig {
        hours: said.then(|| v1::OpeningHours {
            time_zone: hours.zone.clone(),
            blocks: hours.blocks.iter().map(block).collect(),
        }),
        voicemail: calling.voicemail.as_ref().map(voicemail),
        after_hours_voicemail: calling.after_hours_voicemail.as_ref().map(voicemail),
        ring_timeout: calling.ring.map(|seconds| prost_types::Duration { seconds: seconds.into(), nanos: 0 }),
    }
}

/// The same as given.
pub fn config_of(given: &v1::CallingConfig) -> CallingConfig {
    let voicemail = |message: &v1::VoicemailMessage| VoicemailMessage {
        text: message.text.trim().to_owned(),
        audio_uri: message.audio_uri.trim().to_owned(),
    };
    let hours = given.hours.as_ref().map(|hours| Hours {
        zone: hours.time_zone.clone(),
        blocks: hours.blocks.iter().map(block_of).collect::<Vec<Block>>(),
    });
    let said = |message: &VoicemailMessage| !message.text.is_empty() || !message.audio_uri.is_empty();
    CallingConfig {
        hours: hours.unwrap_or_default(),
        voicemail: given.voicemail.as_ref().map(voicemail).filter(said),
        after_hours_voicemail: given.after_hours_voicemail.as_ref().map(voicemail).filter(said),
        ring: given.ring_timeout.as_ref().map(|span| u32::try_from(span.seconds).unwrap_or(0)),
    }
}

/// The use case of a `RouteCall` request.
///
/// # Errors
/// A name that is none.
pub fn come_in(grant: &Grant, request: v1::RouteCallRequest) -> Result<ComeIn, Rejection> {
    Ok(ComeIn {
        channel: name::channel(grant, "channel", &request.channel)?,
        external_id: request.external_id,
        caller_name: request.caller_name.trim().to_owned(),
        caller_number: request.caller_number.trim().to_owned(),
    })
}

/// The use case of an `AnswerCall` request.
///
/// # Errors
/// Names that are none.
#[expect(clippy::needless_pass_by_value, reason = "as a handler hands its request over")]
pub fn answer(grant: &Grant, request: v1::AnswerCallRequest) -> Result<AnswerCall, Rejection> {
    let user = name::required("user", name::user_ref(grant, "user", &request.user)?)?;
    Ok(AnswerCall { call: name::call(grant, "name", &request.name)?, user })
}

/// The use case of an `EndCall` request.
///
/// # Errors
/// Names that are none.
pub fn end(grant: &Grant, request: v1::EndCallRequest, rules: FileRules) -> Result<EndCall, Rejection> {
    let recorded = name::attachment_ref(grant, "recording", &request.recording)?;
    let recording = NamedFiles { ids: recorded.into_iter().collect(), rules };
    Ok(EndCall { call: name::call(grant, "name", &request.name)?, transcript: request.transcript, recording })
}
