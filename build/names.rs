//! Names as prost spells them in Rust.

use heck::{ToSnakeCase, ToUpperCamelCase};
use prost_reflect::{EnumDescriptor, EnumValueDescriptor, FieldDescriptor, MessageDescriptor, OneofDescriptor};

/// Words that prost writes as raw identifiers; of the language's list those that a contract may use.
const KEYWORDS: [&str; 14] =
    ["as", "box", "else", "final", "for", "if", "loop", "match", "move", "override", "ref", "type", "use", "where"];

/// Path of a message type.
pub fn message(message: &MessageDescriptor) -> String {
    in_scope(message.package_name(), message.parent_message().as_ref(), message.name())
}

/// Path of an enum type.
pub fn enumeration(enumeration: &EnumDescriptor) -> String {
    in_scope(enumeration.package_name(), enumeration.parent_message().as_ref(), enumeration.name())
}

/// Path of an enum value; the prefix that repeats the enum's name is left out.
pub fn variant(value: &EnumValueDescriptor) -> String {
    let full = value.name().to_upper_camel_case();
    let prefix = value.parent_enum().name().to_upper_camel_case();
    let short = full.strip_prefix(&prefix).filter(|rest| rest.starts_with(char::is_uppercase)).unwrap_or(&full);
    format!("{}::{short}", enumeration(value.parent_enum()))
}

/// Path of the enum that holds a oneof.
pub fn oneof(oneof: &OneofDescriptor) -> String {
    let parent = oneof.parent_message();
    in_scope(parent.package_name(), Some(parent), oneof.name())
}

/// Path of the variant that holds one member of a oneof.
pub fn member(group: &OneofDescriptor, field: &FieldDescriptor) -> String {
    format!("{}::{}", oneof(group), field.name().to_upper_camel_case())
}

/// Name of a struct field.
pub fn identifier(name: &str) -> String {
    let name = name.to_snake_case();
    if KEYWORDS.contains(&name.as_str()) { format!("r#{name}") } else { name }
}

fn in_scope(package: &str, parent: Option<&MessageDescriptor>, name: &str) -> String {
    let scope = match parent {
        Some(parent) => {
            let outer = in_scope(package, parent.parent_message().as_ref(), parent.name());
            let (modules, parent) = outer.rsplit_once("::").unwrap_or(("", &outer));
            format!("{modules}::{}", identifier(parent))
        }
        None => format!("pb::{}", package.split('.').map(identifier).collect::<Vec<_>>().join("::")),
    };
    format!("{scope}::{}", name.to_upper_camel_case())
}
