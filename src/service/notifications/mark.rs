//! Marking notifications as read.

use std::collections::BTreeSet;

use super::read::own;
use crate::domain::event::EventType;
use crate::domain::ids::{NotificationId, UserId};
use crate::domain::names::Name;
use crate::domain::notification::Notification;
use crate::domain::rejection::Rejection;
use crate::service::desk::{Desk, UseCase};
use crate::storage::lane::{Keys, World};

/// Marks notifications of the caller.
#[derive(Debug, Clone)]
pub struct MarkRead {
    /// Whose: the caller's.
    pub user: UserId,
    /// Those named.
    pub named: BTreeSet<NotificationId>,
    /// The oldest unread ones, too.
    pub all: bool,
}

/// How many were marked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Marked(pub usize);

impl UseCase for MarkRead {
    type Outcome = Marked;

    fn needs(&self, _world: &World, keys: &mut Keys) {
        keys.notifications.extend(self.named.iter().map(|id| (self.user.clone(), *id)));
        if self.all {
            keys.unread_of.insert(self.user.clone());
        }
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<Marked, Rejection> {
        own(desk.grant, &self.user, &Name::User(self.user.clone()))?;
        let mut wanted = self.named.clone();
        for id in &self.named {
            let found = desk.world().notifications.get(&(self.user.clone(), *id)).filter(|told| told.listed);
            if found.is_none() {
                let resource = desk.name(&Name::Notification(self.user.clone(), *id));
                return Err(Rejection::ReferenceNotFound { field: "notifications".to_owned(), resource });
            }
        }
        if self.all {
            wanted.extend(desk.world().unread_of.get(&self.user).into_iter().flatten());
        }
        let now = desk.session.now();
        let unread =
            |id| desk.world().notifications.get(&(self.user.clone(), id)).filter(|told| told.read_time.is_none());
        let unread: Vec<Notification> = wanted.into_iter().filter_map(unread).cloned().collect();
        let marked = Marked(unread.len());
        for told in unread {
            let key = (told.user.clone(), told.id);
            desk.session.world.notifications.put(key, Notification { read_time: Some(now), ..told });
        }
        if marked.0 > 0 {
            desk.session.record(
                EventType::NotificationsChanged,
                format!("users/{}/notifications", self.user),
                None,
                Vec::new(),
                None,
            );
        }
        Ok(marked)
    }
}
