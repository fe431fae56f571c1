//! Activities, timelines and contexts on the wire.

use std::collections::BTreeSet;

use crate::domain::activity::{Activity, ActivityKind};
use crate::domain::conversation::Conversation;
use crate::domain::ids::{AccountId, ConversationId};
use crate::domain::links::{RecordKind, RecordRef, of_kind};
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::domain::ticket::Ticket;
use crate::domain::time::Timestamp;
use crate::grpc::convert::association::Records;
use crate::grpc::convert::common::moment;
use crate::grpc::convert::conversation::{conversation, shown_comment};
use crate::grpc::convert::{actor, company, contact, deal, mask, name, ticket, timestamp};
use crate::grpc::pb::v1;
use crate::grpc::pb::v1::timeline_entry::Entry as Wire;
use crate::service::desk::{etag, version_of};
use crate::service::grant::Grant;
use crate::service::records::{
    ActivityChanges, Context, CreateActivity, DeleteActivity, Entry, Happened, UpdateActivity,
};

/// Kinds of record that activities are about.
const ABOUT: [RecordKind; 3] = [RecordKind::Contact, RecordKind::Company, RecordKind::Deal];
const CHANGEABLE: [&str; 7] = ["kind", "subject", "text", "contacts", "companies", "deals", "happen_time"];
const OUTPUT_ONLY: [&str; 5] = ["name", "creator", "create_time", "update_time", "etag"];

/// An activity as callers see it.
pub fn activity(account: &AccountId, activity: &Activity) -> v1::Activity {
    let names = |kind| of_kind(&activity.about, kind).map(|record: RecordRef| record.name().within(account)).collect();
    v1::Activity {
        name: Name::Activity(activity.id).within(account),
        kind: match activity.kind {
            ActivityKind::Call => v1::ActivityKind::Call,
            ActivityKind::Meeting => v1::ActivityKind::Meeting,
            ActivityKind::Note => v1::ActivityKind::Note,
            ActivityKind::Email => v1::ActivityKind::Email,
            ActivityKind::Task => v1::ActivityKind::Task,
        }
        .into(),
        subject: activity.subject.clone(),
        text: activity.text.clone(),
        contacts: names(RecordKind::Contact),
        companies: names(RecordKind::Company),
        deals: names(RecordKind::Deal),
        happen_time: Some(timestamp(activity.happen_time)),
        creator: Some(actor(account, &activity.creator)),
        create_time: Some(timestamp(activity.create_time)),
        update_time: Some(timestamp(activity.update_time)),
        etag: etag(activity.version),
    }
}

fn kind_of(kind: v1::ActivityKind) -> Option<ActivityKind> {
    match kind {
        v1::ActivityKind::Unspecified => None,
        v1::ActivityKind::Call => Some(ActivityKind::Call),
        v1::ActivityKind::Meeting => Some(ActivityKind::Meeting),
        v1::ActivityKind::Note => Some(ActivityKind::Note),
        v1::ActivityKind::Email => Some(ActivityKind::Email),
        v1::ActivityKind::Task => Some(ActivityKind::Task),
    }
}

fn kind(activity: &v1::Activity) -> Result<ActivityKind, Rejection> {
    name::required("activity.kind", kind_of(activity.kind()))
}

fn happen_time(activity: &v1::Activity) -> Result<Option<Timestamp>, Rejection> {
    let Some(time) = &activity.happen_time else { return Ok(None) };
    let out = || Rejection::field("activity.happen_time", "OUT_OF_RANGE", "must lie in the years 1 to 9999");
    moment(time).map(Some).ok_or_else(out)
}

/// Values of an activity of which `asked` says which are meant.
fn values(grant: &Grant, given: &v1::Activity, asked: impl Fn(&str) -> bool) -> Result<ActivityChanges, Rejection> {
    let v1::Activity { contacts, companies, deals, .. } = given;
    let records = Records { contacts, companies, deals, activities: &[] };
    let records = records.only(&asked).parse(grant, "activity.")?;
    let lists = ABOUT.into_iter().filter(|kind| asked(kind.field()));
    Ok(ActivityChanges {
        kind: if asked("kind") { Some(kind(given)?) } else { None },
        subject: asked("subject").then(|| given.subject.trim().to_owned()),
        text: asked("text").then(|| given.text.clone()),
        happen_time: if asked("happen_time") { Some(happen_time(given)?) } else { None },
        about: lists.map(|kind| (kind, of_kind(&records, kind).collect())).collect(),
    })
}

/// The use case of a `CreateActivity` request.
///
/// # Errors
/// Fields that break a rule, or references that cannot exist.
pub fn create(grant: &Grant, request: v1::CreateActivityRequest) -> Result<CreateActivity, Rejection> {
    name::account(grant, "parent", &request.parent)?;
    let given = name::required("activity", request.activity)?;
    Ok(CreateActivity { kind: kind(&given)?, values: values(grant, &given, |_| true)? })
}

/// The use case of an `UpdateActivity` request.
///
/// # Errors
/// A bad mask, fields that break a rule, or references that cannot exist.
pub fn update(grant: &Grant, request: v1::UpdateActivityRequest) -> Result<UpdateActivity, Rejection> {
    let paths = mask::paths(request.update_mask.as_ref(), &CHANGEABLE, &OUTPUT_ONLY)?;
    let given = name::required("activity", request.activity)?;
    let activity = name::activity(grant, "activity.name", &given.name)?;
    let changes = values(grant, &given, |path| paths.contains(&path))?;
    Ok(UpdateActivity { activity, changes, etag: version_of(&given.etag) })
}

/// The use case of a `DeleteActivity` request.
///
/// # Errors
/// A name of something else.
pub fn delete(grant: &Grant, request: v1::DeleteActivityRequest) -> Result<DeleteActivity, Rejection> {
    let v1::DeleteActivityRequest { name: activity, etag, .. } = request;
    Ok(DeleteActivity { activity: name::activity(grant, "name", &activity)?, etag: version_of(&etag) })
}

/// A ticket in a list beside others: without its description.
fn short(account: &AccountId, found: &Ticket) -> v1::Ticket {
    v1::Ticket { description: String::new(), ..ticket::ticket(account, found) }
}

/// The conversations among things that happened.
pub fn conversations_of(entries: &[Entry]) -> Vec<&Conversation> {
    entries.iter().filter_map(conversation_of).collect()
}

fn conversation_of(entry: &Entry) -> Option<&Conversation> {
    match &entry.what {
        Happened::Conversation(it) => Some(it),
        _ => None,
    }
}

/// One thing that happened. Nobody may comment yet in the conversations that are `locked`.
pub fn entry(account: &AccountId, entry: &Entry, locked: &BTreeSet<ConversationId>) -> v1::TimelineEntry {
    let what = match &entry.what {
        Happened::Ticket(it) => Wire::Ticket(short(account, it)),
        Happened::Conversation(it) => Wire::Conversation(conversation(account, it, locked.contains(&it.id))),
        Happened::Comment(it) => Wire::Comment(shown_comment(account, it)),
        Happened::Activity(it) => Wire::Activity(activity(account, it)),
    };
    v1::TimelineEntry { event_time: Some(timestamp(entry.time)), entry: Some(what) }
}

/// The conversations of a context.
pub fn conversations_in(context: &Context) -> Vec<&Conversation> {
    context.conversations.iter().chain(&context.earlier).collect()
}

/// What is around a ticket. Nobody may comment yet in the conversations that are `locked`.
pub fn context(account: &AccountId, context: &Context, locked: &BTreeSet<ConversationId>) -> v1::TicketContext {
    let shown = |it: &Conversation| conversation(account, it, locked.contains(&it.id));
    v1::TicketContext {
        ticket: context.ticket.as_ref().map(|it| ticket::ticket(account, it)),
        conversations: context.conversations.iter().map(shown).collect(),
        contacts: context.contacts.iter().map(|it| contact::contact(account, it)).collect(),
        companies: context.companies.iter().map(|it| company::company(account, it)).collect(),
        deals: context.deals.iter().map(|it| deal::deal(account, it)).collect(),
        activities: context.activities.iter().map(|it| activity(account, it)).collect(),
        earlier_conversations: context.earlier.iter().map(shown).collect(),
        other_tickets: context.others.iter().map(|it| short(account, it)).collect(),
        recent_activities: context.recent.iter().map(|it| activity(account, it)).collect(),
    }
}
