//! Calls of any rpc with JSON for messages.

use std::fmt::Write as _;
use std::time::Duration;

use prost::Message as _;
use prost_reflect::{DynamicMessage, MessageDescriptor, SerializeOptions};
use serde_json::Value;
use tonic::Status;
use tonic::transport::Channel;
use tonic_types::{ErrorDetail, StatusExt};

use super::contract::Rpc;
use crate::support::raw;

/// How long a stream is given to say something, or to refuse after it began.
const STREAM: Duration = Duration::from_millis(150);

/// What a call came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The answer; of a stream the first message, or null.
    Done(Value),
    /// The reason, and everything of the refusal but the request's id.
    Refused { reason: String, whole: String },
}

impl Answer {
    /// `OK`, or the reason.
    pub fn class(&self) -> &str {
        match self {
            Self::Done(_) => "OK",
            Self::Refused { reason, .. } => reason,
        }
    }

    /// Everything that the caller got to see.
    pub fn text(&self) -> String {
        match self {
            Self::Done(value) => sealed(value).to_string(),
            Self::Refused { whole, .. } => whole.clone(),
        }
    }

    /// The answer of a call that must go through.
    pub fn done(self, what: &str) -> Value {
        match self {
            Self::Done(value) => value,
            Self::Refused { whole, .. } => panic!("{what}: {whole}"),
        }
    }
}

/// An answer without its tokens, which are sealed anew each time.
fn sealed(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let open = |(key, inner): (&String, &Value)| {
                let token = key == "resume_token" || key == "next_page_token";
                (key.clone(), if token { Value::Null } else { sealed(inner) })
            };
            Value::Object(fields.iter().map(open).collect())
        }
        Value::Array(items) => items.iter().map(sealed).collect(),
        other => other.clone(),
    }
}

/// Calls an rpc. A request that is a list is a stream of messages.
pub async fn ask(channel: &Channel, rpc: &Rpc, credential: &str, request: &Value) -> Answer {
    let messages = match request {
        Value::Array(messages) => messages.iter().map(|message| encode(rpc, message)).collect(),
        single => vec![encode(rpc, single)],
    };
    let streams = rpc.method.is_server_streaming();
    let answer = raw::first(channel, rpc.rule.path, credential, messages, streams.then_some(STREAM)).await;
    match answer {
        Ok(bytes) => Answer::Done(bytes.map_or(Value::Null, |bytes| decode(&rpc.method.output(), &bytes))),
        Err(status) => refused(&status),
    }
}

fn encode(rpc: &Rpc, message: &Value) -> Vec<u8> {
    let read = DynamicMessage::deserialize(rpc.method.input(), message);
    read.unwrap_or_else(|error| panic!("{}: {error}: {message}", rpc.name())).encode_to_vec()
}

fn decode(form: &MessageDescriptor, bytes: &[u8]) -> Value {
    let message = DynamicMessage::decode(form.clone(), bytes).expect("an answer of the contract");
    let options = SerializeOptions::new().use_proto_field_name(true).stringify_64_bit_integers(false);
    message.serialize_with_options(serde_json::value::Serializer, &options).expect("an answer is JSON")
}

fn refused(status: &Status) -> Answer {
    let mut whole = format!("{:?} {}", status.code(), status.message());
    let mut reason = format!("{:?}", status.code());
    for detail in status.get_error_details_vec() {
        match detail {
            ErrorDetail::RequestInfo(_) => {}
            ErrorDetail::ErrorInfo(info) => {
                let mut facts: Vec<_> = info.metadata.into_iter().collect();
                facts.sort();
                let _ = write!(whole, " | {} {} {facts:?}", info.reason, info.domain);
                reason = info.reason;
            }
            other => {
                let _ = write!(whole, " | {other:?}");
            }
        }
    }
    Answer::Refused { reason, whole }
}
