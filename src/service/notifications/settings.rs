//! What a person wants to be told.

use std::collections::BTreeMap;

use super::read::own;
use crate::domain::event::EventType;
use crate::domain::ids::UserId;
use crate::domain::names::Name;
use crate::domain::notification::{NotificationKind, NotificationSettings, Ways};
use crate::domain::rejection::Rejection;
use crate::domain::user::User;
use crate::service::desk::{Desk, UseCase};
use crate::storage::lane::{Keys, World};

/// Changes what the caller wants to be told.
#[derive(Debug, Clone)]
pub struct UpdateSettings {
    /// Whose: the caller's.
    pub user: UserId,
    /// The new rules, all of them; none leaves them.
    pub rules: Option<BTreeMap<NotificationKind, Ways>>,
    /// What the caller last saw.
    pub etag: Option<i64>,
}

impl UseCase for UpdateSettings {
    type Outcome = NotificationSettings;

    fn needs(&self, _world: &World, _keys: &mut Keys) {}

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<NotificationSettings, Rejection> {
        let name = Name::NotificationSettings(self.user.clone());
        own(desk.grant, &self.user, &name)?;
        let found = desk.world().people().users.get(&self.user).cloned();
        let user = found.ok_or_else(|| desk.not_found(&name))?;
        let before = &user.notifications;
        desk.same_version(&name, self.etag, before.version)?;
        let Some(rules) = self.rules.as_ref().filter(|rules| **rules != before.rules) else {
            return Ok(before.clone());
        };
        let update_time = Some(desk.session.now());
        let after = NotificationSettings { rules: rules.clone(), update_time, version: before.version + 1 };
        let row = User { notifications: after.clone(), ..user };
        desk.session.world.people_mut().users.put(self.user.clone(), row);
        desk.event(EventType::NotificationsChanged, &name, Vec::new());
        Ok(after)
    }
}
