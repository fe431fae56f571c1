//! Values of options as Rust expressions.

use std::fmt::Write;

use prost_reflect::{DynamicMessage, Kind, Value};

use super::{Outcome, names};

/// The fields that are set, each as `name: value, ` for a struct expression. The struct beside the generated code
/// declares the fields, so that one it does not know stops the build.
pub fn fields(message: &DynamicMessage) -> Outcome<String> {
    let mut text = String::new();
    for (field, value) in message.fields() {
        write!(text, "{}: {}, ", names::identifier(field.name()), literal(value, &field.kind())?)?;
    }
    Ok(text)
}

fn literal(value: &Value, kind: &Kind) -> Outcome<String> {
    Ok(match (value, kind) {
        (Value::Bool(flag), _) => flag.to_string(),
        (Value::String(text), _) => format!("{text:?}"),
        (Value::EnumNumber(number), Kind::Enum(enumeration)) => {
            names::variant(&enumeration.get_value(*number).ok_or("an option has a number that its enum lacks")?)
        }
        (Value::List(items), _) => {
            let items = items.iter().map(|item| literal(item, kind)).collect::<Outcome<Vec<_>>>()?;
            format!("&[{}]", items.join(", "))
        }
        _ => return Err(format!("no Rust spelling for the option value {value}").into()),
    })
}
