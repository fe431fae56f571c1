//! Fields, operators, values and functions against the schema.

use super::{NOW, ticket_plan};
use crate::domain::filter::schema::{CONTACT, ContactField, EVENT, TicketField as F, USER};
use crate::domain::filter::{Bound, Case, Context, FilterErrorKind, Pattern, Plan, Scalar, Test, check, parse};
use crate::domain::ids::{AccountId, UserId};
use crate::domain::time::Timestamp;
use std::time::Duration;

fn text(text: &str) -> Scalar {
    Scalar::Text(text.to_owned())
}

fn is(field: F, value: &str) -> Plan<F> {
    Plan::Field(field, Test::Equals(text(value)))
}

#[test]
fn values_get_the_type_of_their_field() {
    let uuid = "01890a5d-ac96-774b-bcce-b302099a8057";
    let cases = [
        ("number = 12", Plan::Field(F::Number, Test::Equals(Scalar::Number(12)))),
        ("number > -5", Plan::Field(F::Number, Test::Compare(Bound::Greater, Scalar::Number(-5)))),
        ("manual = TRUE", Plan::Field(F::Manual, Test::Equals(Scalar::Bool(true)))),
        ("priority = high", is(F::Priority, "high")),
        ("priority = Priority_High", is(F::Priority, "high")),
        ("priority > medium", Plan::Field(F::Priority, Test::In(vec![text("high"), text("urgent")]))),
        ("priority < low", Plan::Field(F::Priority, Test::In(vec![]))),
        ("state = TICKET_STATE_OPEN", Plan::Field(F::State, Test::Equals(Scalar::Bool(true)))),
        ("state = closed", Plan::Field(F::State, Test::Equals(Scalar::Bool(false)))),
        ("state:*", Plan::Field(F::State, Test::Present)),
        ("unassigned_reason = no_c*", is(F::UnassignedReason, "no_contact")),
        ("owner = mia", is(F::Owner, "mia")),
        ("owner = accounts/acme/users/mia", is(F::Owner, "mia")),
        ("owner:*", Plan::Field(F::Owner, Test::Present)),
        ("close_time:*", Plan::Field(F::CloseTime, Test::Present)),
        ("owner != mia", Plan::Not(Box::new(is(F::Owner, "mia")))),
        ("status = new", is(F::Status, "new")),
        (
            "status = accounts/acme/pipelines/support/statuses/new",
            Plan::And(vec![is(F::Pipeline, "support"), is(F::Status, "new")]),
        ),
        ("tags:vip", is(F::Tags, "vip")),
        ("tags:Vi*", Plan::Field(F::Tags, Test::Like(Case::Exact, Pattern::from_word("Vi*")))),
        ("subject = Hi", Plan::Field(F::Subject, Test::Like(Case::Folded, Pattern::from_word("hi")))),
        ("subject:Hi", Plan::Field(F::Subject, Test::Like(Case::Folded, Pattern::from_word("*hi*")))),
        (
            &format!("contact = {uuid}"),
            Plan::Field(F::Contact, Test::Equals(Scalar::Uuid(uuid.parse().expect("valid")))),
        ),
    ];
    for (filter, plan) in cases {
        assert_eq!(ticket_plan(filter), Ok(plan), "{filter}");
    }
}

#[test]
fn functions_stand_for_who_asks_and_when() {
    let two_hours_ago = Timestamp::from_micros(NOW.as_micros() - 7_200_000_000);
    let cases = [
        ("owner = me()", is(F::Owner, "mia")),
        ("team = my_teams()", Plan::Field(F::Team, Test::In(vec![text("red"), text("blue")]))),
        ("create_time < now()", Plan::Field(F::CreateTime, Test::Compare(Bound::Less, Scalar::Time(NOW)))),
        (
            "create_time >= ago(2h)",
            Plan::Field(F::CreateTime, Test::Compare(Bound::GreaterOrEqual, Scalar::Time(two_hours_ago))),
        ),
    ];
    for (filter, plan) in cases {
        assert_eq!(ticket_plan(filter), Ok(plan), "{filter}");
    }
    assert_eq!(NOW.since(two_hours_ago), Duration::from_hours(2));
}

#[test]
fn a_word_alone_is_looked_for_in_every_text_field() {
    let test = Test::Like(Case::Folded, Pattern::from_word("*refund*"));
    let both = Plan::Or(vec![Plan::Field(F::Subject, test.clone()), Plan::Field(F::Description, test)]);
    assert_eq!(ticket_plan("Refund"), Ok(both));
}

#[test]
fn an_empty_filter_is_everything() {
    assert!(ticket_plan("").expect("valid").is_everything());
    assert!(!ticket_plan("number = 1").expect("valid").is_everything());
}

#[test]
fn what_makes_no_sense_is_refused_where_it_stands() {
    use FilterErrorKind::{InvalidValue, OperatorNotAllowed, UnknownField, UnknownFunction};
    let cases = [
        ("manual = true AND ownr = mia", 18, UnknownField("ownr".into())),
        ("properties.x = 1", 0, UnknownField("properties.x".into())),
        ("Owner = mia", 0, UnknownField("Owner".into())),
        ("owner = you()", 8, UnknownFunction("you".into())),
        ("changed('priority')", 0, UnknownFunction("changed".into())),
        ("me()", 0, InvalidValue),
        ("owner = me(1)", 8, InvalidValue),
        ("owner = my_teams()", 8, InvalidValue),
        ("team = me()", 7, InvalidValue),
        ("number = me()", 9, InvalidValue),
        ("subject = now()", 10, InvalidValue),
        ("create_time = ago()", 14, InvalidValue),
        ("create_time > ago(2w)", 18, InvalidValue),
        ("create_time > 2026-01-01", 14, InvalidValue),
        ("create_time > 2h", 14, InvalidValue),
        ("owner < mia", 6, OperatorNotAllowed),
        ("subject >= a", 8, OperatorNotAllowed),
        ("state > open", 6, OperatorNotAllowed),
        ("manual < true", 7, OperatorNotAllowed),
        ("number = twelve", 9, InvalidValue),
        ("number = 1.5", 9, InvalidValue),
        ("number = 1*", 9, InvalidValue),
        ("number > *", 9, InvalidValue),
        ("number = 9223372036854775808", 9, InvalidValue),
        ("manual = yes", 9, InvalidValue),
        ("priority = highest", 11, InvalidValue),
        ("priority > m*", 11, InvalidValue),
        ("priority = PRIORITY_UNSPECIFIED", 11, InvalidValue),
        ("owner = Mia", 8, InvalidValue),
        ("owner = m*", 8, InvalidValue),
        ("owner = ''", 8, InvalidValue),
        ("subject = ''", 10, InvalidValue),
        ("owner = accounts/other/users/mia", 8, InvalidValue),
        ("owner = accounts/acme/teams/red", 8, InvalidValue),
        ("owner = users/mia", 8, InvalidValue),
        ("owner = accounts/acme/users/mia/x", 8, InvalidValue),
        ("status = accounts/acme/statuses/new", 9, InvalidValue),
        ("contact = 01890A5D-AC96-774B-BCCE-B302099A8057", 10, InvalidValue),
    ];
    for (filter, position, kind) in cases {
        let error = ticket_plan(filter).expect_err(filter);
        assert_eq!((error.position, error.kind), (position, kind), "{filter}");
    }
}

#[test]
fn other_resources_have_their_own_fields() {
    let (account, me) = (AccountId::stored("acme"), UserId::stored("mia"));
    let context = Context { account: &account, me: Some(&me), my_teams: &[], now: NOW, properties: &[] };
    for filter in ["mia", "email = Mia@Example.com", "phone = '+4930*'", "tracked = true AND -owner:*"] {
        assert!(check(&parse(filter).expect(filter), &CONTACT, &context).is_ok(), "{filter}");
    }
    for filter in ["availability = AWAY", "seat >= core", "team = my_teams()", "state = active"] {
        assert!(check(&parse(filter).expect(filter), &USER, &context).is_ok(), "{filter}");
    }
    for filter in ["type = EVENT_TYPE_TICKET_CREATED", "type:ticket_*", "ticket = accounts/acme/tickets/7"] {
        assert!(check(&parse(filter).expect(filter), &EVENT, &context).is_ok(), "{filter}");
    }
    assert!(check(&parse("mia").expect("a word"), &EVENT, &context).is_err());
}

#[test]
fn things_and_people_of_events_are_compared_as_they_are_stored() {
    let (account, me) = (AccountId::stored("acme"), UserId::stored("mia"));
    let context = Context { account: &account, me: Some(&me), my_teams: &[], now: NOW, properties: &[] };
    let cases = [
        ("resource = accounts/acme/tickets/7", Test::Equals(text("tickets/7"))),
        ("resource = tickets/7", Test::Equals(text("tickets/7"))),
        ("resource = accounts/acme/tickets/*", Test::Like(Case::Exact, Pattern::from_word("tickets/*"))),
        ("actor = me()", Test::Equals(text("user:mia"))),
        ("actor = bob", Test::Equals(text("user:bob"))),
        ("actor = accounts/acme/users/bob", Test::Equals(text("user:bob"))),
        ("actor = accounts/acme/accessKeys/ci", Test::Equals(text("key:ci"))),
        ("actor = system:router", Test::Equals(text("system:router"))),
        ("actor = system:*", Test::Like(Case::Exact, Pattern::from_word("system:*"))),
    ];
    for (filter, test) in cases {
        let plan = check(&parse(filter).expect(filter), &EVENT, &context);
        assert!(matches!(plan, Ok(Plan::Field(_, found)) if found == test), "{filter}");
    }
    for filter in [
        "resource = accounts/other/tickets/7",
        "actor = accounts/acme/teams/red",
        "actor = my_teams()",
        "actor = Mia",
        "actor = accounts/acme/users/*",
    ] {
        assert!(check(&parse(filter).expect(filter), &EVENT, &context).is_err(), "{filter}");
    }
}

#[test]
fn addresses_are_compared_in_lower_case() {
    let account = AccountId::stored("acme");
    let context = Context { account: &account, me: None, my_teams: &[], now: NOW, properties: &[] };
    let plan = |filter: &str| check(&parse(filter).expect(filter), &CONTACT, &context).expect(filter);
    let test = Test::Equals(text("mia@example.com"));
    assert_eq!(plan("email = Mia@Example.com"), Plan::Field(ContactField::Email, test));
    let test = Test::Like(Case::Exact, Pattern::from_word("*@example.*"));
    assert_eq!(plan("email = *@EXAMPLE.*"), Plan::Field(ContactField::Email, test));
    let inside = |case| Test::Like(case, Pattern::from_word("*ex*"));
    let parts = [(ContactField::DisplayName, Case::Folded), (ContactField::Email, Case::Exact)];
    assert_eq!(plan("Ex"), Plan::Or(parts.map(|(field, case)| Plan::Field(field, inside(case))).to_vec()));
}

#[test]
fn a_machine_has_no_me() {
    let account = AccountId::stored("acme");
    let context = Context { account: &account, me: None, my_teams: &[], now: NOW, properties: &[] };
    for filter in ["actor = me()", "ticket = 1 AND actor != me()"] {
        let error = check(&parse(filter).expect(filter), &EVENT, &context).expect_err(filter);
        assert_eq!(error.kind, FilterErrorKind::InvalidValue);
    }
}
