//! The implementation for one message: which of its fields are there, and the statement that checks each.

use std::fmt::Write;

use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor, OneofDescriptor};

use super::super::{
    Outcome,
    fields::{Rules, is_output_only},
    names, option,
};
use super::{Patterns, values};

/// `impl Validate` for one message.
pub fn implementation(message: &MessageDescriptor, patterns: &mut Patterns) -> Outcome<String> {
    if message.options().has_extension(&option(message.parent_pool(), "buf.validate.message")?) {
        return Err(format!("{}: cannot check rules of a whole message", message.full_name()).into());
    }
    let mut lines = String::new();
    for field in message.fields().filter(|field| group(field).is_none()) {
        lines += &in_place(&field, || plain(&field, patterns))?;
    }
    for group in message.oneofs().filter(|group| !group.is_synthetic()) {
        lines += &oneof(&group, patterns)?;
    }
    let checker = if lines.is_empty() { "_" } else { "c" };
    let name = names::message(message);
    Ok(format!("impl Validate for {name} {{\n    fn check(&self, {checker}: &mut Checker) {{\n{lines}    }}\n}}\n"))
}

/// The oneof that the contract writes around the field.
fn group(field: &FieldDescriptor) -> Option<OneofDescriptor> {
    field.containing_oneof().filter(|group| !group.is_synthetic())
}

/// Wraps the check of a field so that violations carry its name; a failure of the build does, too.
fn in_place(field: &FieldDescriptor, check: impl FnOnce() -> Outcome<String>) -> Outcome<String> {
    if is_output_only(field)? {
        return Ok(String::new());
    }
    let body = check().map_err(|error| format!("{}: {error}", field.full_name()))?;
    if body.is_empty() {
        return Ok(body);
    }
    let body = if is_masked(field) { format!("c.masked(self.update_mask.as_ref(), |c| {{ {body} }});") } else { body };
    Ok(format!("        c.field({:?}, |c| {{ {body} }});\n", field.name()))
}

/// Whether only some parts of the field count: the resource of an update is read as far as its mask goes.
fn is_masked(field: &FieldDescriptor) -> bool {
    let mask = field.parent_message().get_field_by_name("update_mask");
    let mask = mask.and_then(|mask| mask.kind().as_message().cloned());
    field.number() == 1 && mask.is_some_and(|mask| mask.full_name() == "google.protobuf.FieldMask")
}

fn plain(field: &FieldDescriptor, patterns: &mut Patterns) -> Outcome<String> {
    let rules = Rules::of(field)?;
    let body = values::field(field, &rules, patterns)?;
    let place = format!("self.{}", names::identifier(field.name()));
    let is_set = values::is_set(field);
    let is_message = matches!(field.kind(), Kind::Message(_)) && !field.is_list() && !field.is_map();
    let skip_zero = rules.ignore_if_zero && !is_message;
    if field.supports_presence() {
        let required = if rules.required { format!("c.required({place}.is_some()); ") } else { String::new() };
        let zero = if skip_zero { format!(" && {is_set}") } else { String::new() };
        let check = if body.is_empty() { body } else { format!("if let Some(v) = &{place}{zero} {{ {body} }}") };
        return Ok(required + &check);
    }
    Ok(match (rules.required, body.is_empty()) {
        (true, true) => format!("let v = &{place}; c.required({is_set});"),
        (true, false) => format!("let v = &{place}; if c.required({is_set}) {{ {body} }}"),
        (false, true) => body,
        (false, false) if skip_zero => format!("let v = &{place}; if {is_set} {{ {body} }}"),
        (false, false) => format!("let v = &{place}; {body}"),
    })
}

fn oneof(group: &OneofDescriptor, patterns: &mut Patterns) -> Outcome<String> {
    let place = format!("self.{}", names::identifier(group.name()));
    let mut text = String::new();
    if is_required(group)? {
        writeln!(text, "        c.field({:?}, |c| {{ c.required({place}.is_some()); }});", group.name())?;
    }
    for field in group.fields() {
        let check = in_place(&field, || member(&field, patterns))?;
        if !check.is_empty() {
            let member = names::member(group, &field);
            writeln!(text, "        if let Some({member}(v)) = &{place} {{ {} }}", check.trim())?;
        }
    }
    Ok(text)
}

fn member(field: &FieldDescriptor, patterns: &mut Patterns) -> Outcome<String> {
    let rules = Rules::of(field)?;
    let body = values::field(field, &rules, patterns)?;
    if rules.required {
        return Err("a member of a oneof cannot be required".into());
    }
    let skip_zero = rules.ignore_if_zero && !matches!(field.kind(), Kind::Message(_));
    Ok(if skip_zero { format!("if {} {{ {body} }}", values::is_set(field)) } else { body })
}

fn is_required(group: &OneofDescriptor) -> Outcome<bool> {
    let option = option(group.parent_message().parent_pool(), "buf.validate.oneof")?;
    let options = group.options();
    let rules = options.get_extension(&option).into_owned();
    let required = rules.as_message().and_then(|rules| rules.get_field_by_name("required")?.as_bool());
    Ok(required.unwrap_or_default())
}
