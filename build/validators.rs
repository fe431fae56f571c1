//! Implementations of `Validate` from the `buf.validate` annotations, for every message that a request can hold.

mod messages;
mod values;

use std::collections::BTreeMap;

use prost_reflect::{DescriptorPool, Kind, MessageDescriptor};

use super::{Outcome, fields::is_output_only, methods};

/// Package whose few messages the checker knows by itself.
const WELL_KNOWN: &str = "google.protobuf";

/// The patterns and one implementation per message. Fails on a rule or a type that cannot be checked.
pub fn implementations(pool: &DescriptorPool) -> Outcome<String> {
    let mut found = BTreeMap::new();
    for method in methods(pool) {
        reach(&method.input(), &mut found)?;
    }
    let mut patterns = Patterns::default();
    let mut code = String::new();
    for message in found.values().filter(|message| !message.is_map_entry()) {
        code += &messages::implementation(message, &mut patterns)?;
    }
    Ok(patterns.statics() + &code)
}

/// Collects a message and the messages in its fields, by name. What only answers hold is left out.
fn reach(message: &MessageDescriptor, found: &mut BTreeMap<String, MessageDescriptor>) -> Outcome<()> {
    if message.package_name() == WELL_KNOWN || found.contains_key(message.full_name()) {
        return Ok(());
    }
    found.insert(message.full_name().to_owned(), message.clone());
    for field in message.fields() {
        if let (Kind::Message(inner), false) = (field.kind(), is_output_only(&field)?) {
            reach(&inner, found)?;
        }
    }
    Ok(())
}

/// The patterns in use, each compiled once in the server.
#[derive(Default)]
struct Patterns(Vec<String>);

impl Patterns {
    /// Name of the static that holds the pattern. Fails on one that is broken or reads differently in other languages.
    fn name(&mut self, pattern: &str) -> Outcome<String> {
        regex::Regex::new(pattern)?;
        if ["\\d", "\\w", "\\s", "\\b"].iter().any(|class| pattern.contains(class)) {
            return Err(format!("the pattern {pattern} has a class that is not the same everywhere").into());
        }
        let known = self.0.iter().position(|other| other == pattern);
        let place = known.unwrap_or_else(|| {
            self.0.push(pattern.to_owned());
            self.0.len() - 1
        });
        Ok(format!("PATTERN_{place}"))
    }

    fn statics(&self) -> String {
        let line = |(place, pattern)| format!("static PATTERN_{place}: Pattern = Pattern::new({pattern:?});\n");
        self.0.iter().enumerate().map(line).collect()
    }
}
