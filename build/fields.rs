//! Reads the `buf.validate` rules of a field. A rule that nothing asks for by name stops the build.

use prost_reflect::{DynamicMessage, FieldDescriptor, Value};

use super::{Outcome, option, stated};

/// Number of `IGNORE_IF_ZERO_VALUE`, the only way to ignore that the contract uses.
const IF_ZERO: i32 = 1;
/// Number of `google.api.FieldBehavior.OUTPUT_ONLY`.
const OUTPUT_ONLY: i32 = 3;

/// What the annotations of one field, list item, map key or map value ask.
#[derive(Default)]
pub struct Rules {
    pub required: bool,
    pub ignore_if_zero: bool,
    /// The rules for the field's own type, such as `buf.validate.StringRules`, with the name they stand under.
    of_type: Option<(String, DynamicMessage)>,
}

impl Rules {
    /// The rules of a field; none where nothing is annotated.
    pub fn of(field: &FieldDescriptor) -> Outcome<Self> {
        let option = option(field.parent_message().parent_pool(), "buf.validate.field")?;
        stated(&field.options(), &option).as_ref().map_or_else(|| Ok(Self::default()), Self::read)
    }

    fn read(message: &DynamicMessage) -> Outcome<Self> {
        let mut rules = Self::default();
        for (field, value) in message.fields() {
            match (field.name(), value) {
                ("required", Value::Bool(required)) => rules.required = *required,
                ("ignore", Value::EnumNumber(IF_ZERO)) => rules.ignore_if_zero = true,
                (name, Value::Message(of_type)) => rules.of_type = Some((name.to_owned(), of_type.clone())),
                (name, _) => return Err(format!("cannot check the rule {name}").into()),
            }
        }
        Ok(rules)
    }

    /// Fails when other rules are set than those of `kind` that are listed.
    pub fn only(&self, kind: &str, known: &[&str]) -> Outcome<()> {
        let Some((name, rules)) = &self.of_type else { return Ok(()) };
        if name != kind {
            return Err(format!("has {name} rules but is of type {kind}").into());
        }
        let unknown = rules.fields().map(|(field, _)| field.name().to_owned()).find(|name| !known.contains(&&**name));
        let unknown = unknown.or_else(|| rules.extensions().next().map(|(option, _)| option.full_name().to_owned()));
        unknown.map_or(Ok(()), |rule| Err(format!("cannot check the rule {kind}.{rule}").into()))
    }

    /// The value of a rule, where it is set.
    pub fn get(&self, name: &str) -> Option<Value> {
        let (_, rules) = self.of_type.as_ref()?;
        rules.has_field_by_name(name).then(|| rules.get_field_by_name(name).map(std::borrow::Cow::into_owned))?
    }

    /// A length or number of things.
    pub fn number(&self, name: &str) -> Option<u64> {
        self.get(name)?.as_u64()
    }

    /// Whether a rule without a value of its own is switched on.
    pub fn is_on(&self, name: &str) -> bool {
        self.get(name).and_then(|value| value.as_bool()).unwrap_or_default()
    }

    /// The rules for list items, map keys or map values.
    pub fn inner(&self, name: &str) -> Outcome<Self> {
        self.get(name).as_ref().and_then(Value::as_message).map_or_else(|| Ok(Self::default()), Self::read)
    }
}

/// Whether the server alone writes the field: what a request says there is ignored, not checked.
pub fn is_output_only(field: &FieldDescriptor) -> Outcome<bool> {
    let option = option(field.parent_message().parent_pool(), "google.api.field_behavior")?;
    let behavior = field.options().get_extension(&option).into_owned();
    let behavior = behavior.as_list().unwrap_or_default();
    Ok(behavior.iter().any(|value| value.as_enum_number() == Some(OUTPUT_ONLY)))
}
