//! Logging, changing and deleting activities.

use std::collections::BTreeSet;

use super::release::{Released, need_released, release};
use crate::domain::activity::{Activity, ActivityKind, MOST_ABOUT};
use crate::domain::event::{EventType, FieldChange};
use crate::domain::ids::ActivityId;
use crate::domain::links::{RecordKind, RecordRef, of_kind};
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::domain::time::Timestamp;
use crate::service::desk::{Desk, UseCase};
use crate::service::tickets::{check_records, need_records};
use crate::storage::lane::{Keys, World};

/// New values of an activity; none leaves a field as it is.
#[derive(Debug, Clone, Default)]
pub struct ActivityChanges {
    /// What kind.
    pub kind: Option<ActivityKind>,
    /// In one line.
    pub subject: Option<String>,
    /// At length.
    pub text: Option<String>,
    /// When it happened; none inside is now.
    pub happen_time: Option<Option<Timestamp>>,
    /// What it is about, kind by kind.
    pub about: Vec<(RecordKind, BTreeSet<RecordRef>)>,
}

/// Logs an activity.
#[derive(Debug, Clone)]
pub struct CreateActivity {
    /// What kind.
    pub kind: ActivityKind,
    /// Its values.
    pub values: ActivityChanges,
}

impl UseCase for CreateActivity {
    type Outcome = Activity;

    fn needs(&self, _world: &World, keys: &mut Keys) {
        self.values.needs(keys);
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<Activity, Rejection> {
        let now = desk.session.now();
        let blank = Activity {
            id: ActivityId(desk.session.new_id()),
            kind: self.kind,
            subject: String::new(),
            text: String::new(),
            about: BTreeSet::new(),
            creator: desk.session.actor.clone(),
            happen_time: now,
            create_time: now,
            update_time: now,
            version: 0,
        };
        let activity = self.values.apply(desk, &blank)?;
        Ok(save(desk, activity, Vec::new()))
    }
}

/// Changes an activity.
#[derive(Debug, Clone)]
pub struct UpdateActivity {
    /// Which.
    pub activity: ActivityId,
    /// What to change.
    pub changes: ActivityChanges,
    /// What the caller last saw.
    pub etag: Option<i64>,
}

impl UseCase for UpdateActivity {
    type Outcome = Activity;

    fn needs(&self, _world: &World, keys: &mut Keys) {
        keys.records.activities.insert(self.activity);
        self.changes.needs(keys);
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<Activity, Rejection> {
        let before = find(desk, self.activity, self.etag)?;
        let after = self.changes.apply(desk, &before)?;
        let fields = changed_fields(desk, &before, &after);
        Ok(if fields.is_empty() { before } else { save(desk, after, fields) })
    }
}

/// Deletes an activity for good. Tickets are no longer associated with it.
#[derive(Debug, Clone)]
pub struct DeleteActivity {
    /// Which.
    pub activity: ActivityId,
    /// What the caller last saw.
    pub etag: Option<i64>,
}

impl UseCase for DeleteActivity {
    type Outcome = Released;

    fn needs(&self, world: &World, keys: &mut Keys) {
        keys.records.activities.insert(self.activity);
        need_released(world, keys, RecordRef::Activity(self.activity));
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<Released, Rejection> {
        let activity = find(desk, self.activity, self.etag)?;
        forget(desk, &activity);
        Ok(release(desk, RecordRef::Activity(activity.id)))
    }
}

/// Takes an activity away, with its event.
pub(super) fn forget(desk: &mut Desk<'_, '_>, activity: &Activity) {
    let name = Name::Activity(activity.id);
    desk.session.world.records.activities.remove(&activity.id);
    let gone = FieldChange::of("name", desk.name(&name), "");
    desk.event(EventType::ActivityChanged, &name, gone.into_iter().collect());
}

/// An activity is no longer about a record that is gone. Says whether it is about anything still.
pub(super) fn leave(desk: &mut Desk<'_, '_>, before: &Activity, record: RecordRef) -> bool {
    let mut after = before.clone();
    after.about.remove(&record);
    if after.about.is_empty() {
        forget(desk, before);
        return false;
    }
    let fields = changed_fields(desk, before, &after);
    save(desk, after, fields);
    true
}

/// An activity is about another record in the place of one that is gone. True: it is about something still.
pub(super) fn about_another(desk: &mut Desk<'_, '_>, before: &Activity, gone: RecordRef, other: RecordRef) -> bool {
    let mut after = before.clone();
    after.about.remove(&gone);
    after.about.insert(other);
    let fields = changed_fields(desk, before, &after);
    save(desk, after, fields);
    true
}

fn find(desk: &Desk<'_, '_>, id: ActivityId, etag: Option<i64>) -> Result<Activity, Rejection> {
    let name = Name::Activity(id);
    let found = desk.world().records.activities.get(&id).cloned().ok_or_else(|| desk.not_found(&name))?;
    desk.same_version(&name, etag, found.version)?;
    Ok(found)
}

impl ActivityChanges {
    fn needs(&self, keys: &mut Keys) {
        need_records(keys, self.about.iter().flat_map(|(_, records)| records));
    }

    fn apply(&self, desk: &Desk<'_, '_>, before: &Activity) -> Result<Activity, Rejection> {
        let mut after = before.clone();
        after.kind = self.kind.unwrap_or(after.kind);
        after.subject = self.subject.clone().unwrap_or(after.subject);
        after.text = self.text.clone().unwrap_or(after.text);
        after.happen_time = self.happen_time.map_or(after.happen_time, |time| time.unwrap_or(desk.world().now));
        for (kind, records) in &self.about {
            after.about.retain(|record| record.kind() != *kind);
            after.about.extend(records);
        }
        if after.subject.trim().is_empty() && after.text.trim().is_empty() {
            return Err(Rejection::field("activity.subject", "REQUIRED", "subject or text must say something"));
        }
        if after.about.is_empty() {
            return Err(Rejection::field("activity.contacts", "REQUIRED", "it must be about at least one record"));
        }
        if after.about.len() > MOST_ABOUT {
            return Err(Rejection::field("activity.contacts", "TOO_MANY", "it is about 50 records at most"));
        }
        check_records(desk, "activity.", after.about.difference(&before.about))?;
        Ok(after)
    }
}

fn save(desk: &mut Desk<'_, '_>, mut activity: Activity, fields: Vec<FieldChange>) -> Activity {
    activity.version += 1;
    activity.update_time = desk.session.now();
    desk.session.world.records.activities.put(activity.id, activity.clone());
    desk.event(EventType::ActivityChanged, &Name::Activity(activity.id), fields);
    activity
}

fn changed_fields(desk: &Desk<'_, '_>, before: &Activity, after: &Activity) -> Vec<FieldChange> {
    let names = |activity: &Activity, kind| {
        of_kind(&activity.about, kind).map(|record| desk.name(&record.name())).collect::<Vec<_>>().join(",")
    };
    // The words themselves may be long; that they changed is what the log says.
    let text = (before.text != after.text).then(|| FieldChange {
        field: "text".to_owned(),
        before: String::new(),
        after: String::new(),
    });
    let kind = |activity: &Activity| activity.kind.code().to_uppercase();
    let plain = [
        FieldChange::of("kind", kind(before), kind(after)),
        FieldChange::of("subject", &before.subject, &after.subject),
        text,
        FieldChange::of("happen_time", before.happen_time, after.happen_time),
    ];
    let lists = RecordKind::ALL.iter();
    let lists = lists.map(|kind| FieldChange::of(kind.field(), names(before, *kind), names(after, *kind)));
    plain.into_iter().chain(lists).flatten().collect()
}
