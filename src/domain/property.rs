//! Properties that an account adds to its tickets, and their values.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::codes::coded;
use super::ids::PropertyId;
use super::time::{Day, Timestamp};

coded! {
    /// What the values of a property are.
    PropertyKind {
        Text = "text",
        Number = "number",
        Boolean = "boolean",
        Date = "date",
        Choice = "choice",
        Choices = "choices",
    }
}

impl PropertyKind {
    /// Whether values come from a list of choices.
    pub const fn is_chosen(self) -> bool {
        matches!(self, Self::Choice | Self::Choices)
    }
}

/// Properties that are in use at a time (L-19).
pub const MOST_IN_USE: usize = 100;
/// Properties, the archived ones among them.
pub const MOST: usize = 500;
/// Characters of a text value (L-19).
pub const MAX_TEXT: usize = 4_096;

/// One thing that can be chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// What is stored and filtered by.
    #[serde(rename = "v")]
    pub value: String,
    /// The label that people see.
    #[serde(rename = "l")]
    pub label: String,
    /// No longer offered.
    #[serde(rename = "a")]
    pub archived: bool,
}

/// A property.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Property {
    /// Chosen id.
    pub id: PropertyId,
    /// What its values are; never changes.
    pub kind: PropertyKind,
    /// The label that people see.
    pub display_name: String,
    /// What it is for; may be empty.
    pub description: String,
    /// What can be chosen, in order; none for other kinds.
    pub choices: Vec<Choice>,
    /// Out of use: values stay and nothing new can be set.
    pub archived: bool,
    /// When it was made.
    pub create_time: Timestamp,
    /// When it last changed.
    pub update_time: Timestamp,
    /// The etag.
    pub version: i64,
}

/// A finite number, held as an integer that sorts and compares as the number does, so that no database has a say in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Decimal(i64);

impl Decimal {
    /// The number; nothing for one that is not finite.
    pub fn new(number: f64) -> Option<Self> {
        // Adding zero turns -0 into 0: they are one number.
        number.is_finite().then(|| Self(flip((number + 0.0).to_bits().cast_signed())))
    }

    /// The integer that sorts like it.
    pub const fn rank(self) -> i64 {
        self.0
    }

    /// The number.
    pub fn get(self) -> f64 {
        f64::from_bits(flip(self.0).cast_unsigned())
    }
}

/// Turns the bits of a negative number round, and back.
const fn flip(bits: i64) -> i64 {
    if bits < 0 { bits ^ i64::MAX } else { bits }
}

/// The value of a property on a ticket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum PropertyValue {
    /// Text, not blank.
    #[serde(rename = "t")]
    Text(String),
    /// A number.
    #[serde(rename = "n")]
    Number(Decimal),
    /// Yes or no.
    #[serde(rename = "b")]
    Boolean(bool),
    /// A day.
    #[serde(rename = "d")]
    Date(Day),
    /// The value of a choice.
    #[serde(rename = "c")]
    Choice(String),
    /// The values of several choices, at least one.
    #[serde(rename = "m")]
    Choices(BTreeSet<String>),
}

/// What a ticket says, by property.
pub type Values = BTreeMap<PropertyId, PropertyValue>;

impl PropertyValue {
    /// The kind of property that has such values.
    pub const fn kind(&self) -> PropertyKind {
        match self {
            Self::Text(_) => PropertyKind::Text,
            Self::Number(_) => PropertyKind::Number,
            Self::Boolean(_) => PropertyKind::Boolean,
            Self::Date(_) => PropertyKind::Date,
            Self::Choice(_) => PropertyKind::Choice,
            Self::Choices(_) => PropertyKind::Choices,
        }
    }

    /// As history and events tell it.
    pub fn told(&self) -> String {
        match self {
            Self::Text(text) | Self::Choice(text) => text.clone(),
            Self::Number(number) => number.get().to_string(),
            Self::Boolean(flag) => flag.to_string(),
            Self::Date(day) => day.to_string(),
            Self::Choices(values) => values.iter().cloned().collect::<Vec<_>>().join(","),
        }
    }

    /// The choices that it names.
    pub fn chosen(&self) -> impl Iterator<Item = &str> {
        let (one, several) = match self {
            Self::Choice(value) => (Some(value), None),
            Self::Choices(values) => (None, Some(values)),
            _ => (None, None),
        };
        one.into_iter().chain(several.into_iter().flatten()).map(String::as_str)
    }
}

/// Why a value does not fit its property: a machine reason and a sentence.
pub type Unfit = (&'static str, String);

impl Property {
    /// Whether a ticket that said `before` may say `value` now. What it said already is not asked again, so that a
    /// property or choice that went out of use stays where it is.
    ///
    /// # Errors
    /// Why not.
    pub fn admits(&self, before: Option<&PropertyValue>, value: &PropertyValue) -> Result<(), Unfit> {
        if before == Some(value) {
            return Ok(());
        }
        if self.archived {
            return Err(("NOT_ALLOWED", "is out of use: it can only be cleared".to_owned()));
        }
        if value.kind() != self.kind {
            return Err(("INCONSISTENT", format!("must be the value of a {} property", self.kind)));
        }
        match value {
            PropertyValue::Text(text) if text.chars().count() > MAX_TEXT => {
                Err(("TOO_LONG", format!("must have at most {MAX_TEXT} characters")))
            }
            _ => value.chosen().try_for_each(|chosen| self.offers(before, chosen)),
        }
    }

    fn offers(&self, before: Option<&PropertyValue>, chosen: &str) -> Result<(), Unfit> {
        match self.choices.iter().find(|choice| choice.value == chosen) {
            None => Err(("NOT_ALLOWED", format!("has no choice {chosen}"))),
            Some(choice) if choice.archived && !before.is_some_and(|it| it.chosen().any(|had| had == chosen)) => {
                Err(("NOT_ALLOWED", format!("no longer offers the choice {chosen}")))
            }
            Some(_) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn property(kind: PropertyKind, choices: &[(&str, bool)]) -> Property {
        let choice = |(value, archived): &(&str, bool)| Choice {
            value: (*value).to_owned(),
            label: (*value).to_owned(),
            archived: *archived,
        };
        let time = Timestamp::from_micros(0);
        Property {
            id: PropertyId::stored("x"),
            kind,
            display_name: "X".to_owned(),
            description: String::new(),
            choices: choices.iter().map(choice).collect(),
            archived: false,
            create_time: time,
            update_time: time,
            version: 1,
        }
    }

    #[test]
    fn numbers_sort_as_integers_and_read_back() {
        let sorted = [f64::MIN, -1e300, -2.5, -1.0, -f64::MIN_POSITIVE, 0.0, 5e-324, 0.1, 1.0, 1e300, f64::MAX];
        let ranks: Vec<i64> = sorted.iter().map(|number| Decimal::new(*number).expect("finite").rank()).collect();
        assert!(ranks.is_sorted_by(|a, b| a < b), "{ranks:?}");
        for number in sorted {
            assert_eq!(Decimal::new(number).map(|held| held.get().to_bits()), Some(number.to_bits()));
        }
        assert_eq!(Decimal::new(-0.0), Decimal::new(0.0));
        for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(Decimal::new(bad), None);
        }
    }

    #[test]
    fn what_went_out_of_use_stays_where_it_is_and_comes_nowhere_else() {
        let several = |values: &[&str]| PropertyValue::Choices(values.iter().map(|it| (*it).to_owned()).collect());
        let mut colors = property(PropertyKind::Choices, &[("red", false), ("blue", false), ("old", true)]);
        assert!(colors.admits(None, &several(&["red"])).is_ok());
        assert!(colors.admits(None, &several(&["red", "old"])).is_err());
        assert!(colors.admits(Some(&several(&["old"])), &several(&["red", "old"])).is_ok());
        assert!(colors.admits(None, &several(&["green"])).is_err());
        colors.archived = true;
        assert!(colors.admits(None, &several(&["red"])).is_err());
        assert!(colors.admits(Some(&several(&["red"])), &several(&["red"])).is_ok());
    }

    #[test]
    fn a_value_is_of_the_kind_of_its_property() {
        let text = property(PropertyKind::Text, &[]);
        assert!(text.admits(None, &PropertyValue::Text("é".repeat(MAX_TEXT))).is_ok());
        assert!(text.admits(None, &PropertyValue::Text("é".repeat(MAX_TEXT + 1))).is_err());
        assert!(text.admits(None, &PropertyValue::Boolean(true)).is_err());
    }
}
