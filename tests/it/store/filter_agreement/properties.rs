//! Properties of every type, what random tickets say in them, and random questions about it.

use helpdesk::domain::filter::{Call, Comparison, Literal, LiteralKind, Op, Pattern, Term, Value};
use helpdesk::domain::ids::PropertyId;
use helpdesk::domain::property::{Choice, Decimal, Property, PropertyKind, PropertyValue, Values};
use helpdesk::domain::time::Day;

use super::dice::Dice;
use super::records::NOW;

const NUMBERS: [&str; 7] = ["-1e300", "-2.5", "-0", "0", "0.1", "2.5", "1e300"];
const DAYS: [&str; 4] = ["1969-12-31", "1970-01-01", "2025-12-31", "2026-01-01"];
const CHOICES: [&str; 4] = ["red", "dark-red", "blue", "b"];
const MATCHING: [&Op; 3] = [&Op::Has, &Op::Equal, &Op::NotEqual];
const ORDERING: [&Op; 4] = [&Op::Less, &Op::LessOrEqual, &Op::Greater, &Op::GreaterOrEqual];

/// One property of each type, called like it.
pub fn all() -> Vec<Property> {
    let choice =
        |value: &&str| Choice { value: (*value).to_owned(), label: (*value).to_owned(), archived: *value == "b" };
    let property = |kind: &PropertyKind| Property {
        id: PropertyId::stored(kind.code()),
        kind: *kind,
        display_name: String::new(),
        description: String::new(),
        choices: if kind.is_chosen() { CHOICES.iter().map(choice).collect() } else { Vec::new() },
        archived: false,
        create_time: NOW,
        update_time: NOW,
        version: 1,
    };
    PropertyKind::ALL.iter().map(property).collect()
}

/// What a ticket says; nothing now and then.
pub fn values(dice: &mut Dice) -> Values {
    let mut values = Values::new();
    for kind in PropertyKind::ALL {
        if !dice.once_in(3) {
            values.extend(value(dice, *kind).map(|value| (PropertyId::stored(kind.code()), value)));
        }
    }
    values
}

fn value(dice: &mut Dice, kind: PropertyKind) -> Option<PropertyValue> {
    Some(match kind {
        PropertyKind::Text => PropertyValue::Text(Some(dice.lines()).filter(|text| !text.trim().is_empty())?),
        PropertyKind::Number => PropertyValue::Number(Decimal::new(dice.pick(&NUMBERS).parse().ok()?)?),
        PropertyKind::Boolean => PropertyValue::Boolean(dice.once_in(2)),
        PropertyKind::Date => PropertyValue::Date(Day::parse(dice.pick(&DAYS))?),
        PropertyKind::Choice => PropertyValue::Choice(dice.pick(&CHOICES).to_owned()),
        PropertyKind::Choices => {
            PropertyValue::Choices((0..=dice.below(3)).map(|_| dice.pick(&CHOICES).to_owned()).collect())
        }
    })
}

/// What a filter is judged on in memory.
pub fn judged<'v>(values: &'v Values, id: &PropertyId) -> Value<'v> {
    match values.get(id) {
        None => Value::Missing,
        Some(PropertyValue::Text(text)) => Value::from(text.as_str()),
        Some(PropertyValue::Number(number)) => Value::Number(number.rank()),
        Some(PropertyValue::Boolean(flag)) => Value::Number(i64::from(*flag)),
        Some(PropertyValue::Date(day)) => Value::Number(day.number()),
        Some(chosen) => Value::List(chosen.chosen().map(Value::from).collect()),
    }
}

/// A question about a property.
pub fn term(dice: &mut Dice) -> Term {
    let kind = *dice.pick(&PropertyKind::ALL.iter().collect::<Vec<_>>());
    if dice.once_in(6) {
        let key = dice.pick(&[kind.code(), "*"]).to_owned();
        return compare("properties", *dice.pick(&MATCHING), word(&key));
    }
    let ordered = matches!(kind, PropertyKind::Number | PropertyKind::Date) && dice.once_in(2);
    let op = *dice.pick(if ordered { &ORDERING[..] } else { &MATCHING[..] });
    let asked = match kind {
        _ if !ordered && dice.once_in(8) => word("*"),
        PropertyKind::Text => LiteralKind::Text(dice.pattern()),
        PropertyKind::Number => word(dice.pick(&NUMBERS)),
        PropertyKind::Boolean => word(dice.pick(&["true", "FALSE"])),
        PropertyKind::Date if dice.once_in(3) => {
            LiteralKind::Call(Call { position: 0, name: "now".to_owned(), args: Vec::new() })
        }
        PropertyKind::Date => word(dice.pick(&DAYS)),
        PropertyKind::Choice | PropertyKind::Choices => word(dice.pick(&["red", "*red", "b*", "b", "blue"])),
    };
    compare(&format!("properties.{}", kind.code()), op, asked)
}

fn compare(path: &str, op: Op, kind: LiteralKind) -> Term {
    let value = Literal { position: 0, kind };
    Term::Compare(Comparison { position: 0, path: path.to_owned(), op_position: 0, op, value })
}

fn word(text: &str) -> LiteralKind {
    LiteralKind::Text(Pattern::from_word(text))
}
