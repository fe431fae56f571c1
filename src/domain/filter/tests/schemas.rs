//! The schemas themselves: no name twice, and every field usable as its kind.

use std::collections::BTreeSet;

use super::NOW;
use crate::domain::event::{Actor, Event, EventType, SystemActor};
use crate::domain::filter::schema::{
    CONTACT, CONVERSATION, DECISION, EVENT, MESSAGE, MessageField, NOTIFICATION, TICKET, USER,
};
use crate::domain::filter::{Context, Kind, Plan, Scalar, Schema, Test, check, matches, parse};
use crate::domain::ids::{AccountId, TicketNumber, UserId};

fn plan<F: Clone>(filter: &str, schema: &Schema<F>) -> Plan<F> {
    let (account, me) = (AccountId::stored("acme"), UserId::stored("mia"));
    let context = Context { account: &account, me: Some(&me), my_teams: &[], now: NOW, properties: &[] };
    let expr = parse(filter).unwrap_or_else(|error| panic!("{filter}: {error}"));
    check(&expr, schema, &context).unwrap_or_else(|error| panic!("{filter}: {error}"))
}

fn is_sound<F: Clone>(schema: &Schema<F>) {
    let paths: BTreeSet<_> = schema.fields.iter().map(|field| field.path).collect();
    assert_eq!(paths.len(), schema.fields.len());
    for field in schema.fields {
        plan(&format!("{}:*", field.path), schema);
        plan(&format!("{} != *", field.path), schema);
    }
    for field in schema.fields.iter().filter(|field| field.searched) {
        assert!(matches!(field.kind, Kind::Text | Kind::Address), "{} is text", field.path);
    }
}

#[test]
fn every_schema_is_sound() {
    is_sound(&TICKET);
    is_sound(&CONTACT);
    is_sound(&USER);
    is_sound(&CONVERSATION);
    is_sound(&MESSAGE);
    is_sound(&DECISION);
    is_sound(&EVENT);
    is_sound(&NOTIFICATION);
}

#[test]
fn a_thread_named_in_full_is_compared_with_its_conversation() {
    let id = "01890a5d-ac96-774b-bcce-b302099a8057";
    let uuid = Test::Equals(Scalar::Uuid(id.parse().expect("valid")));
    let thread = Plan::Field(MessageField::Thread, uuid.clone());
    assert_eq!(plan(&format!("thread = {id}"), &MESSAGE), thread);
    let full = format!("thread = accounts/acme/conversations/{id}/threads/{id}");
    assert_eq!(plan(&full, &MESSAGE), Plan::And(vec![Plan::Field(MessageField::Conversation, uuid), thread]));
}

#[test]
fn events_are_judged_as_they_are() {
    let event = Event {
        sequence: 12,
        kind: EventType::TicketCreated,
        resource: "tickets/7".into(),
        ticket: Some(TicketNumber(7)),
        ticket_sequence: 1,
        actor: Actor::System(SystemActor::Router),
        cause_root: 12,
        cause_depth: 0,
        cause_parent: 0,
        fields: vec![],
        request_id: String::new(),
        time: NOW,
    };
    for filter in [
        "type = TICKET_CREATED AND resource = accounts/acme/tickets/7",
        "type:ticket_* AND ticket = 7 AND sequence > 11",
        "actor = system:router AND event_time <= now()",
        "actor != me()",
    ] {
        assert!(matches(&plan(filter, &EVENT), &event), "{filter}");
    }
    for filter in ["type = MESSAGE_SENT", "resource:contacts/*", "-ticket:*", "actor:user:*"] {
        assert!(!matches(&plan(filter, &EVENT), &event), "{filter}");
    }
}
