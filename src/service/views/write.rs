//! Making, changing and deleting custom views.

use super::read::visible;
use crate::domain::access::{Level, Permission};
use crate::domain::event::EventType;
use crate::domain::ids::{TeamId, ViewId};
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::domain::view::{TicketView, ViewKey, ViewScope};
use crate::service::desk::{Desk, UseCase};
use crate::storage::lane::{Keys, World};

/// Custom views of an account at most.
const MOST_VIEWS: usize = 1_000;

/// Makes a view; filter, order and columns are checked before.
#[derive(Debug, Clone)]
pub struct CreateView {
    /// The chosen id; one is made when there is none.
    pub id: Option<ViewId>,
    /// What it is.
    pub view: ViewChanges,
}

/// Changes a view; its maker and super admins may.
#[derive(Debug, Clone)]
pub struct UpdateView {
    /// Which.
    pub key: ViewKey,
    /// What changes.
    pub changes: ViewChanges,
    /// What the caller last saw.
    pub etag: Option<i64>,
}

/// Deletes a view; its maker and super admins may.
#[derive(Debug, Clone)]
pub struct DeleteView {
    /// Which.
    pub key: ViewKey,
    /// What the caller last saw.
    pub etag: Option<i64>,
}

/// New values of a view; what is `None` stays.
#[derive(Debug, Clone, Default)]
pub struct ViewChanges {
    /// Name for people, not blank.
    pub display_name: Option<String>,
    /// In the filter language.
    pub filter: Option<String>,
    /// Order.
    pub order_by: Option<String>,
    /// Fields that clients show.
    pub columns: Option<Vec<String>>,
    /// Who sees it, with the team.
    pub scope: Option<(ViewScope, Option<TeamId>)>,
}

impl ViewChanges {
    fn apply(&self, view: &mut TicketView) {
        fn set<T: Clone>(place: &mut T, value: Option<&T>) {
            if let Some(value) = value {
                place.clone_from(value);
            }
        }
        set(&mut view.display_name, self.display_name.as_ref());
        set(&mut view.filter, self.filter.as_ref());
        set(&mut view.order_by, self.order_by.as_ref());
        set(&mut view.columns, self.columns.as_ref());
        if let Some((scope, team)) = &self.scope {
            (view.scope, view.team) = (*scope, team.clone());
        }
    }
}

impl UseCase for CreateView {
    type Outcome = TicketView;

    fn needs(&self, _world: &World, keys: &mut Keys) {
        keys.views = true;
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<TicketView, Rejection> {
        let made = desk.session.token();
        let id = self.id.clone().unwrap_or_else(|| ViewId::stored(made));
        if desk.world().views.get(&id).is_some() {
            let resource = desk.name(&Name::TicketView(ViewKey::Custom(id)));
            return Err(Rejection::AlreadyExists { resource });
        }
        if desk.world().views.values().count() >= MOST_VIEWS {
            return Err(Rejection::Quota { quota: "ticket_views", limit: MOST_VIEWS as u64 });
        }
        let now = desk.session.now();
        let mut view = TicketView {
            id,
            display_name: String::new(),
            filter: String::new(),
            order_by: String::new(),
            columns: Vec::new(),
            scope: ViewScope::Private,
            team: None,
            owner: desk.rights.user.clone(),
            create_time: now,
            update_time: now,
            version: 0,
        };
        self.view.apply(&mut view);
        check_scope(desk, &view)?;
        Ok(save(desk, view))
    }
}

impl UseCase for UpdateView {
    type Outcome = TicketView;

    fn needs(&self, _world: &World, keys: &mut Keys) {
        keys.views = true;
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<TicketView, Rejection> {
        let before = find(desk, &self.key, self.etag)?;
        let mut after = before.clone();
        self.changes.apply(&mut after);
        if after == before {
            return Ok(before);
        }
        check_scope(desk, &after)?;
        Ok(save(desk, after))
    }
}

impl UseCase for DeleteView {
    type Outcome = ();

    fn needs(&self, _world: &World, keys: &mut Keys) {
        keys.views = true;
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<(), Rejection> {
        let view = find(desk, &self.key, self.etag)?;
        desk.session.world.views.remove(&view.id);
        tell(desk, &view);
        Ok(())
    }
}

/// A view that the caller may change. The default ones stay as they are.
fn find(desk: &Desk<'_, '_>, key: &ViewKey, etag: Option<i64>) -> Result<TicketView, Rejection> {
    let name = Name::TicketView(key.clone());
    let out_of_scope = || Rejection::OutOfScope {
        permission: Permission::TicketsView,
        level: Level::Owned,
        resource: desk.name(&name),
    };
    let ViewKey::Custom(id) = key else { return Err(out_of_scope()) };
    let found = desk.world().views.get(id).filter(|view| visible(&desk.rights, view));
    let view = found.cloned().ok_or_else(|| desk.not_found(&name))?;
    if view.owner != desk.rights.user && !desk.rights.super_admin {
        return Err(out_of_scope());
    }
    desk.same_version(&name, etag, view.version)?;
    Ok(view)
}

fn check_scope(desk: &Desk<'_, '_>, view: &TicketView) -> Result<(), Rejection> {
    let fault = |field: &str, reason, text: &str| Err(Rejection::field(field, reason, text));
    match (view.scope, &view.team) {
        (ViewScope::Private, _) if view.owner.is_none() => {
            fault("ticket_view.scope", "NOT_ALLOWED", "is for people: a machine has no views of its own")
        }
        (ViewScope::Team, None) => fault("ticket_view.team", "REQUIRED", "must be set for a view of a team"),
        (ViewScope::Team, Some(team)) if desk.world().people().teams.get(team).is_none() => {
            let resource = desk.name(&Name::Team(team.clone()));
            Err(Rejection::ReferenceNotFound { field: "ticket_view.team".to_owned(), resource })
        }
        (ViewScope::Private | ViewScope::Everyone, Some(_)) => {
            fault("ticket_view.team", "INCONSISTENT", "is for views of a team only")
        }
        _ => Ok(()),
    }
}

fn save(desk: &mut Desk<'_, '_>, mut view: TicketView) -> TicketView {
    view.version += 1;
    view.update_time = desk.session.now();
    desk.session.world.views.put(view.id.clone(), view.clone());
    tell(desk, &view);
    view
}

/// A private view is nobody's business: its event is seen by full standing as other settings are, and says nothing.
fn tell(desk: &mut Desk<'_, '_>, view: &TicketView) {
    desk.event(EventType::ConfigChanged, &Name::TicketView(ViewKey::Custom(view.id.clone())), Vec::new());
}
