//! How large a request may be: its widest field decides.

use prost_reflect::{Kind, MessageDescriptor, MethodDescriptor};

use super::{
    Outcome,
    fields::{Rules, is_output_only},
};

/// Longest text, in characters, of a request that is not counted among the texts.
const SHORT_TEXT: u64 = 16 * 1024;
/// Most bytes of a field that a small request has room for: the chunk of a stream.
const CHUNK: u64 = 64 * 1024;

/// Name of the class of a method's request, in the order of their sizes.
pub fn class(method: &MethodDescriptor) -> Outcome<&'static str> {
    let class = widest(&method.input(), &mut Vec::new())?;
    Ok(["Small", "Text", "Mail"][class])
}

/// The class that the widest of the fields needs which a caller may set, those of inner messages included.
fn widest(message: &MessageDescriptor, outer: &mut Vec<String>) -> Outcome<usize> {
    if outer.iter().any(|name| name == message.full_name()) {
        return Ok(0);
    }
    outer.push(message.full_name().to_owned());
    let mut class = 0;
    for field in message.fields() {
        if is_output_only(&field)? {
            continue;
        }
        class = class.max(match field.kind() {
            Kind::Bytes if Rules::of(&field)?.number("max_len").is_some_and(|most| most <= CHUNK) => 0,
            Kind::Bytes => 2,
            Kind::String if Rules::of(&field)?.number("max_len") > Some(SHORT_TEXT) => 1,
            Kind::Message(inner) => widest(&inner, outer)?,
            _ => 0,
        });
    }
    outer.pop();
    Ok(class)
}
