//! Which records pass.

use super::{NOW, ticket_plan};
use crate::domain::filter::schema::TicketField as F;
use crate::domain::filter::{Record, Value, matches};

/// A ticket with most fields set, or with none.
struct Sample {
    set: bool,
}

impl Record for Sample {
    type Field = F;

    fn value(&self, field: F) -> Value<'_> {
        match field {
            F::Number => Value::Number(7),
            F::Category => Value::from(""),
            F::Tags if !self.set => Value::List(vec![]),
            _ if !self.set => Value::Missing,
            F::Subject => Value::from("Straße nach ROM"),
            F::Description => Value::from("100% of it_"),
            F::State | F::Manual => Value::Bool(true),
            F::Priority => Value::from("high"),
            F::Tags => Value::List(vec![Value::from("VIP"), Value::from("late")]),
            F::Owner => Value::from("mia"),
            F::Team => Value::List(vec![Value::from("blue")]),
            F::UpdateTime => Value::Time(NOW),
            _ => Value::Missing,
        }
    }
}

fn passing(filter: &str) -> (bool, bool) {
    let plan = ticket_plan(filter).unwrap_or_else(|error| panic!("{filter}: {error}"));
    (matches(&plan, &Sample { set: true }), matches(&plan, &Sample { set: false }))
}

#[test]
fn comparisons_hold_or_do_not() {
    let cases = [
        ("", true, true),
        ("number = 7", true, true),
        ("number < 7", false, false),
        ("number <= 7 AND number >= 7", true, true),
        ("owner = me()", true, false),
        ("owner = bob", false, false),
        ("team = my_teams()", true, false),
        ("team = red", false, false),
        ("priority >= high", true, false),
        ("priority < urgent", true, false),
        ("priority < low", false, false),
        ("state = open", true, false),
        ("manual = true", true, false),
        ("update_time > ago(1s)", true, false),
        ("update_time = now()", true, false),
        ("tags:VIP", true, false),
        ("tags:vip", false, false),
        ("tags:l*e", true, false),
        ("number = 7 AND (owner = bob OR tags:late)", true, false),
    ];
    for (filter, set, unset) in cases {
        assert_eq!(passing(filter), (set, unset), "{filter}");
        assert_eq!(passing(&format!("NOT ({filter} AND number:*)").replace("( AND ", "(")), (!set, !unset), "{filter}");
    }
}

#[test]
fn a_missing_value_equals_nothing() {
    for filter in ["owner != bob", "team != red", "priority != low", "tags != x", "category != x", "subject != x"] {
        assert_eq!(passing(filter), (true, true), "{filter}");
    }
    for filter in ["category:*", "category = *"] {
        assert_eq!(passing(filter), (false, false), "{filter}");
    }
    for filter in ["owner:*", "tags:*", "team = *", "update_time:*", "manual:*", "subject:*"] {
        assert_eq!(passing(filter), (true, false), "{filter}");
        assert_eq!(passing(&format!("-{filter}")), (false, true), "{filter}");
    }
    assert_eq!(passing("owner != *"), (false, true));
}

#[test]
fn prose_is_compared_without_case() {
    for filter in [
        "STRASSE",
        "rom",
        "subject = 'strasse NACH rom'",
        "subject:'SE nach'",
        "subject = stra*rom",
        "'str*rom'",
        "'100% of'",
        "it_",
    ] {
        assert_eq!(passing(filter), (true, false), "{filter}");
    }
    for filter in ["subject = strasse", "1%0", "'i_'", "ofit", "'rom*str'"] {
        assert_eq!(passing(filter), (false, false), "{filter}");
    }
}
