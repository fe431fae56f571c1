//! The statements that check one value. The value stands in the generated code as the reference `v`.

use std::fmt::Write;

use prost_reflect::{EnumDescriptor, FieldDescriptor, Kind, MessageDescriptor, Value};

use super::super::{Outcome, fields::Rules, names};
use super::{Patterns, WELL_KNOWN};

const BOUNDS: [&str; 4] = ["gt", "gte", "lt", "lte"];
/// What [`counts`] says where neither end is set.
const UNCOUNTED: &str = "0..=usize::MAX";
const FORMATS: [(&str, &str); 3] = [("uuid", "Uuid"), ("email", "Email"), ("uri", "Uri")];

/// The check of a whole field: one value, a list or a map. Empty where nothing has to be checked.
pub fn field(field: &FieldDescriptor, rules: &Rules, patterns: &mut Patterns) -> Outcome<String> {
    match field.kind() {
        Kind::Message(entry) if field.is_map() => map(&entry, rules, patterns),
        kind if field.is_list() => list(&kind, rules, patterns),
        kind => value(&kind, rules, patterns),
    }
}

/// The condition under which `v` is not the zero value of its type.
pub fn is_set(field: &FieldDescriptor) -> &'static str {
    match field.kind() {
        _ if field.is_list() || field.is_map() => "!v.is_empty()",
        Kind::String | Kind::Bytes => "!v.is_empty()",
        Kind::Bool => "*v",
        Kind::Float | Kind::Double => "*v != 0.0",
        _ => "*v != 0",
    }
}

fn list(item: &Kind, rules: &Rules, patterns: &mut Patterns) -> Outcome<String> {
    rules.only("repeated", &["min_items", "max_items", "unique", "items"])?;
    let mut body = String::new();
    if rules.is_on("unique") {
        if matches!(item, Kind::Message(_) | Kind::Float | Kind::Double) {
            return Err("cannot check unique items of this type".into());
        }
        body += "c.unique(v); ";
    }
    let counts = counts(rules, "min_items", "max_items");
    let each = value(item, &rules.inner("items")?, patterns)?;
    if counts != UNCOUNTED || !each.is_empty() {
        write!(body, "c.each(v, {counts}, {});", closure(&each))?;
    }
    Ok(body)
}

fn map(entry: &MessageDescriptor, rules: &Rules, patterns: &mut Patterns) -> Outcome<String> {
    rules.only("map", &["min_pairs", "max_pairs", "keys", "values"])?;
    let key = value(&entry.map_entry_key_field().kind(), &rules.inner("keys")?, patterns)?;
    let item = value(&entry.map_entry_value_field().kind(), &rules.inner("values")?, patterns)?;
    let counts = counts(rules, "min_pairs", "max_pairs");
    Ok(format!("c.entries(v, {counts}, {}, {});", closure(&key), closure(&item)))
}

/// How many entries there may be, as a Rust range.
fn counts(rules: &Rules, least: &str, most: &str) -> String {
    let least = rules.number(least).unwrap_or(0);
    rules.number(most).map_or_else(|| format!("{least}..=usize::MAX"), |most| format!("{least}..={most}"))
}

fn closure(body: &str) -> String {
    if body.is_empty() { "|_, _| {}".to_owned() } else { format!("|c, v| {{ {body} }}") }
}

fn value(kind: &Kind, rules: &Rules, patterns: &mut Patterns) -> Outcome<String> {
    match kind {
        Kind::String => text(rules, patterns),
        Kind::Bytes => bytes(rules),
        Kind::Bool => rules.only("bool", &[]).map(|()| String::new()),
        Kind::Enum(enumeration) => choice(enumeration, rules),
        Kind::Message(message) => nested(message, rules),
        Kind::Float | Kind::Double => {
            rules.only(&type_name(kind), &["gt", "gte", "lt", "lte", "finite"])?;
            Ok(format!("c.finite(*v); {}", range(rules)?))
        }
        _ => {
            rules.only(&type_name(kind), &BOUNDS)?;
            range(rules)
        }
    }
}

/// Name of a number type in the rules and in the contract.
fn type_name(kind: &Kind) -> String {
    format!("{kind:?}").to_lowercase()
}

fn text(rules: &Rules, patterns: &mut Patterns) -> Outcome<String> {
    rules.only("string", &["min_len", "max_len", "pattern", "uuid", "email", "uri"])?;
    let mut fields = String::new();
    for name in ["min_len", "max_len"] {
        if let Some(length) = rules.number(name) {
            write!(fields, "{name}: {length}, ")?;
        }
    }
    if let Some(Value::String(pattern)) = rules.get("pattern") {
        write!(fields, "pattern: Some(&{}), ", patterns.name(&pattern)?)?;
    }
    for (_, format) in FORMATS.iter().filter(|(rule, _)| rules.is_on(rule)) {
        write!(fields, "format: Some(Format::{format}), ")?;
    }
    if fields.is_empty() {
        return Ok("c.text(v, &Text::ANY);".to_owned());
    }
    Ok(format!("c.text(v, &Text {{ {fields}..Text::ANY }});"))
}

fn bytes(rules: &Rules) -> Outcome<String> {
    rules.only("bytes", &["min_len", "max_len"])?;
    Ok(match (rules.number("min_len"), rules.number("max_len")) {
        (None, None) => String::new(),
        (least, Some(most)) => format!("c.bytes(v, {}, {most});", least.unwrap_or(0)),
        (Some(least), None) => format!("c.bytes(v, {least}, usize::MAX);"),
    })
}

fn choice(enumeration: &EnumDescriptor, rules: &Rules) -> Outcome<String> {
    rules.only("enum", &["defined_only", "not_in"])?;
    let mut text = String::new();
    if rules.is_on("defined_only") {
        write!(text, "c.defined({}::is_valid(*v)); ", names::enumeration(enumeration))?;
    }
    if let Some(Value::List(numbers)) = rules.get("not_in") {
        let numbers = numbers.iter().map(number).collect::<Outcome<Vec<_>>>()?;
        write!(text, "c.allowed(![{}].contains(v));", numbers.join(", "))?;
    }
    Ok(text)
}

fn nested(message: &MessageDescriptor, rules: &Rules) -> Outcome<String> {
    match message.full_name() {
        "google.protobuf.Timestamp" => rules.only("timestamp", &BOUNDS)?,
        "google.protobuf.Duration" => rules.only("duration", &BOUNDS)?,
        other => rules.only(other, &[])?,
    }
    Ok(match message.full_name() {
        "google.protobuf.Timestamp" => format!("c.timestamp(v, {});", bounds(rules)?),
        "google.protobuf.Duration" => format!("c.duration(v, {});", bounds(rules)?),
        "google.protobuf.FieldMask" => "c.field_mask(v);".to_owned(),
        _ if message.package_name() == WELL_KNOWN => return Err("cannot check a message of this type".into()),
        _ => "v.check(c);".to_owned(),
    })
}

/// The comparison of a number with the bounds that are set; empty where none is.
fn range(rules: &Rules) -> Outcome<String> {
    if BOUNDS.iter().all(|name| rules.get(name).is_none()) {
        return Ok(String::new());
    }
    Ok(format!("c.range(v, {});", bounds(rules)?))
}

/// The bounds that are set, as a pair.
fn bounds(rules: &Rules) -> Outcome<String> {
    let bound = |open: &str, closed: &str| -> Outcome<String> {
        Ok(match (rules.get(open), rules.get(closed)) {
            (None, None) => "Bound::Unbounded".to_owned(),
            (Some(limit), None) => format!("Bound::Excluded({})", number(&limit)?),
            (None, Some(limit)) => format!("Bound::Included({})", number(&limit)?),
            (Some(_), Some(_)) => return Err(format!("both {open} and {closed}").into()),
        })
    };
    Ok(format!("({}, {})", bound("gt", "gte")?, bound("lt", "lte")?))
}

/// A limit as a Rust literal.
fn number(value: &Value) -> Outcome<String> {
    Ok(match value {
        Value::I32(number) => number.to_string(),
        Value::I64(number) => number.to_string(),
        Value::U32(number) => number.to_string(),
        Value::U64(number) => number.to_string(),
        Value::F32(number) => format!("{number:?}"),
        Value::F64(number) => format!("{number:?}"),
        Value::Message(span) => {
            let part = |name| span.get_field_by_name(name).map(|part| part.to_string()).unwrap_or_default();
            format!("Span {{ seconds: {}, nanos: {} }}", part("seconds"), part("nanos"))
        }
        other => return Err(format!("no limit: {other}").into()),
    })
}
