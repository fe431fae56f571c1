//! Notifications on the wire.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::ids::{AccountId, UserId};
use crate::domain::names::Name;
use crate::domain::notification::{Notification, NotificationKind, NotificationSettings, Said, Ways};
use crate::domain::rejection::Rejection;
use crate::grpc::convert::{actor, mask, name, timestamp};
use crate::grpc::pb::v1;
use crate::service::desk::{etag, version_of};
use crate::service::grant::Grant;
use crate::service::notifications::{MarkRead, UpdateSettings};

/// A notification as its person sees it; `by` is the name of who brought it about.
pub fn notification(account: &AccountId, (told, by): &(Notification, String)) -> v1::Notification {
    let full = |name: Name| name.within(account);
    let said = |conversation| match told.about? {
        Said::Comment(id) => Some(Name::Comment(conversation, id)),
        Said::Message(id) => Some(Name::Message(conversation, id)),
    };
    v1::Notification {
        name: full(Name::Notification(told.user.clone(), told.id)),
        kind: kind(told.kind).into(),
        resource: told.link().map(full).unwrap_or_default(),
        actor: Some(actor(account, &told.actor)),
        summary: told.summary(by),
        read: told.read_time.is_some(),
        read_time: told.read_time.map(timestamp),
        ticket: told.ticket.map(|number| full(Name::Ticket(number))).unwrap_or_default(),
        about: told.conversation.and_then(said).map(full).unwrap_or_default(),
        create_time: Some(timestamp(told.create_time)),
    }
}

fn kind(kind: NotificationKind) -> v1::NotificationKind {
    match kind {
        NotificationKind::Mentioned => v1::NotificationKind::Mentioned,
        NotificationKind::Assigned => v1::NotificationKind::Assigned,
        NotificationKind::Replied => v1::NotificationKind::Replied,
    }
}

fn kind_of(kind: v1::NotificationKind) -> Option<NotificationKind> {
    match kind {
        v1::NotificationKind::Unspecified => None,
        v1::NotificationKind::Mentioned => Some(NotificationKind::Mentioned),
        v1::NotificationKind::Assigned => Some(NotificationKind::Assigned),
        v1::NotificationKind::Replied => Some(NotificationKind::Replied),
    }
}

/// What a person wants to be told, every kind of it.
pub fn settings(account: &AccountId, user: &UserId, settings: &NotificationSettings) -> v1::NotificationSettings {
    let rule = |one: &NotificationKind| {
        let Ways { in_app, mail } = settings.ways(*one);
        v1::NotificationRule { kind: kind(*one).into(), in_app, mail }
    };
    v1::NotificationSettings {
        name: Name::NotificationSettings(user.clone()).within(account),
        rules: NotificationKind::ALL.iter().map(rule).collect(),
        update_time: settings.update_time.map(timestamp),
        etag: etag(settings.version),
    }
}

/// The use case of an `UpdateNotificationSettings` request.
///
/// # Errors
/// Two rules of one kind, and a mask that is wrong.
pub fn update(grant: &Grant, request: v1::UpdateNotificationSettingsRequest) -> Result<UpdateSettings, Rejection> {
    let paths = mask::paths(request.update_mask.as_ref(), &["rules"], &["name", "update_time", "etag"])?;
    let given = name::required("notification_settings", request.notification_settings)?;
    let user = name::notification_settings(grant, "notification_settings.name", &given.name)?;
    let rules = if paths.is_empty() { None } else { Some(rules(&given.rules)?) };
    Ok(UpdateSettings { user, rules, etag: version_of(&given.etag) })
}

fn rules(given: &[v1::NotificationRule]) -> Result<BTreeMap<NotificationKind, Ways>, Rejection> {
    let mut rules = BTreeMap::new();
    for rule in given {
        let Some(kind) = kind_of(rule.kind()) else { continue };
        if rules.insert(kind, Ways { in_app: rule.in_app, mail: rule.mail }).is_some() {
            let field = "notification_settings.rules";
            return Err(Rejection::field(field, "NOT_UNIQUE", "has two rules of one kind"));
        }
    }
    // What is the default is not stored.
    rules.retain(|_, ways| *ways != Ways::default());
    Ok(rules)
}

/// The use case of a `MarkNotificationsRead` request.
///
/// # Errors
/// Nothing to mark, and notifications that cannot be the caller's.
pub fn mark_read(grant: &Grant, request: v1::MarkNotificationsReadRequest) -> Result<MarkRead, Rejection> {
    let v1::MarkNotificationsReadRequest { parent, notifications, all, .. } = request;
    let user = name::user(grant, "parent", &parent)?;
    if notifications.is_empty() && !all {
        return Err(Rejection::field("notifications", "REQUIRED", "notifications or all must be set"));
    }
    let mut named = BTreeSet::new();
    for text in notifications {
        match name::notification_ref(grant, "notifications", &text)? {
            Some((of, id)) if of == user => named.insert(id),
            _ => {
                let field = "notifications".to_owned();
                return Err(Rejection::ReferenceNotFound { field, resource: text });
            }
        };
    }
    Ok(MarkRead { user, named, all })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_its_value_in_the_contract() {
        for one in NotificationKind::ALL {
            assert_eq!(kind_of(kind(*one)), Some(*one));
        }
    }
}
