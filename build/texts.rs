//! Implementations of `Texts`: a walk over every text in the answers of writes, for what must not be told when nothing is
//! stored.

use std::collections::BTreeMap;

use prost_reflect::{DescriptorPool, FieldDescriptor, Kind, MessageDescriptor};

use super::{Outcome, calls, methods, names};

/// Messages of other packages hold no ids of ours.
const OURS: &str = "helpdesk.";

/// One implementation for every message that the answer to a unary write can hold.
pub fn visitors(pool: &DescriptorPool) -> Outcome<String> {
    let mut found = BTreeMap::new();
    for method in methods(pool) {
        if calls::writes(&method)? {
            reach(&method.output(), &mut found);
        }
    }
    Ok(found.values().map(implementation).collect())
}

/// Collects a message of ours and those in its fields, by name.
fn reach(message: &MessageDescriptor, found: &mut BTreeMap<String, MessageDescriptor>) {
    if found.contains_key(message.full_name()) {
        return;
    }
    found.insert(message.full_name().to_owned(), message.clone());
    for inner in message.fields().filter_map(|field| ours(&value_kind(&field))) {
        reach(&inner, found);
    }
}

/// What a field holds; of a map, what its values are.
fn value_kind(field: &FieldDescriptor) -> Kind {
    match field.kind() {
        Kind::Message(entry) if field.is_map() => entry.map_entry_value_field().kind(),
        kind => kind,
    }
}

fn ours(kind: &Kind) -> Option<MessageDescriptor> {
    kind.as_message().filter(|message| message.package_name().starts_with(OURS)).cloned()
}

fn implementation(message: &MessageDescriptor) -> String {
    let mut lines: String = message.fields().map(|field| line(&field)).collect();
    for field in counted(message) {
        // Both are given with the name.
        lines += &format!("        if self.name.is_empty() {{ self.{field} = 0; }}\n");
    }
    let visit = if lines.is_empty() { "_" } else { "visit" };
    let name = names::message(message);
    format!(
        "impl Texts for {name} {{\n    fn texts(&mut self, {visit}: &mut dyn FnMut(&mut String)) {{\n{lines}    }}\n}}\n"
    )
}

/// Fields that count records of the kind that the message shows.
fn counted(message: &MessageDescriptor) -> impl Iterator<Item = &'static str> {
    let has = |name, kind| message.get_field_by_name(name).is_some_and(|field| field.kind() == kind);
    ["number", "sequence"].into_iter().filter(move |field| has("name", Kind::String) && has(field, Kind::Int64))
}

/// The statement that visits the texts of one field; none for numbers, enums, bytes and messages of others.
fn line(field: &FieldDescriptor) -> String {
    let kind = value_kind(field);
    let visit = match (&kind, ours(&kind)) {
        (Kind::String, _) => "visit(text)",
        (_, Some(_)) => "text.texts(visit)",
        _ => return String::new(),
    };
    let place = format!("self.{}", names::identifier(field.name()));
    if let Some(group) = field.containing_oneof().filter(|group| !group.is_synthetic()) {
        let (place, member) = (format!("self.{}", names::identifier(group.name())), names::member(&group, field));
        return format!("        if let Some({member}(text)) = &mut {place} {{ {visit}; }}\n");
    }
    if field.is_map() {
        return format!("        for text in {place}.values_mut() {{ {visit}; }}\n");
    }
    if field.is_list() {
        return format!("        for text in &mut {place} {{ {visit}; }}\n");
    }
    if field.supports_presence() {
        return format!("        if let Some(text) = &mut {place} {{ {visit}; }}\n");
    }
    format!("        {{ let text = &mut {place}; {visit}; }}\n")
}
