//! Views of tickets on the wire.

use crate::domain::access::Standing;
use crate::domain::ids::{AccountId, ViewId};
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::domain::view::{Standard, TicketView, ViewKey, ViewScope};
use crate::grpc::convert::user::display_name;
use crate::grpc::convert::{mask, name, timestamp};
use crate::grpc::pb::{access, v1};
use crate::service::desk::{etag, version_of};
use crate::service::grant::Grant;
use crate::service::views::{Counted, CreateView, DeleteView, Shown, UpdateView, ViewChanges};

/// A view as callers see it.
pub fn shown(account: &AccountId, view: &Shown) -> v1::TicketView {
    match view {
        Shown::Standard(standard) => built_in(account, standard),
        Shown::Custom(view) => custom(account, view),
    }
}

fn built_in(account: &AccountId, view: &Standard) -> v1::TicketView {
    let lowest = if view.without_seat() { Standing::Collaborator } else { Standing::Full };
    v1::TicketView {
        name: full(account, ViewKey::Standard(view.clone())),
        display_name: view.title(),
        filter: view.filter(),
        scope: v1::TicketViewScope::Account.into(),
        built_in: true,
        lowest_standing: standing(lowest).into(),
        ..v1::TicketView::default()
    }
}

/// A custom view as callers see it.
pub fn custom(account: &AccountId, view: &TicketView) -> v1::TicketView {
    v1::TicketView {
        name: full(account, ViewKey::Custom(view.id.clone())),
        display_name: view.display_name.clone(),
        filter: view.filter.clone(),
        order_by: view.order_by.clone(),
        columns: view.columns.clone(),
        scope: match view.scope {
            ViewScope::Private => v1::TicketViewScope::Private,
            ViewScope::Team => v1::TicketViewScope::Team,
            ViewScope::Everyone => v1::TicketViewScope::Account,
        }
        .into(),
        team: view.team.clone().map(|id| Name::Team(id).within(account)).unwrap_or_default(),
        owner: view.owner.clone().map(|id| Name::User(id).within(account)).unwrap_or_default(),
        built_in: false,
        lowest_standing: standing(Standing::Full).into(),
        create_time: Some(timestamp(view.create_time)),
        update_time: Some(timestamp(view.update_time)),
        etag: etag(view.version),
    }
}

/// How many tickets a view shows.
pub fn counted(account: &AccountId, counted: &Counted) -> v1::TicketViewCount {
    let count = i32::try_from(counted.count).unwrap_or(i32::MAX);
    v1::TicketViewCount { view: full(account, counted.view.clone()), count, more: counted.more }
}

fn full(account: &AccountId, key: ViewKey) -> String {
    Name::TicketView(key).within(account)
}

const fn standing(standing: Standing) -> access::Standing {
    match standing {
        Standing::SignedIn => access::Standing::SignedIn,
        Standing::Collaborator => access::Standing::Collaborator,
        Standing::Full => access::Standing::Full,
    }
}

const PATHS: &[&str] = &["display_name", "filter", "order_by", "columns", "scope", "team"];

fn changes(grant: &Grant, view: v1::TicketView, paths: &[&str]) -> Result<ViewChanges, Rejection> {
    let asked = |path: &str| paths.contains(&path);
    let name = asked("display_name").then(|| display_name("ticket_view.display_name", &view.display_name));
    let scope = match view.scope() {
        v1::TicketViewScope::Unspecified | v1::TicketViewScope::Private => ViewScope::Private,
        v1::TicketViewScope::Team => ViewScope::Team,
        v1::TicketViewScope::Account => ViewScope::Everyone,
    };
    let team = name::team_ref(grant, "ticket_view.team", &view.team)?;
    Ok(ViewChanges {
        display_name: name.transpose()?,
        filter: asked("filter").then_some(view.filter),
        order_by: asked("order_by").then_some(view.order_by),
        columns: asked("columns").then_some(view.columns),
        scope: (asked("scope") || asked("team")).then_some((scope, team)),
    })
}

/// The use case of a `CreateTicketView` request; its filter and order are checked by the caller.
///
/// # Errors
/// Fields that break a rule.
pub fn create(grant: &Grant, request: v1::CreateTicketViewRequest) -> Result<CreateView, Rejection> {
    let account = name::account(grant, "parent", &request.parent)?;
    let given = name::required("ticket_view", request.ticket_view)?;
    let id = match request.ticket_view_id.as_str() {
        "" => None,
        text => match ViewKey::parse(text) {
            Ok(ViewKey::Custom(id)) => Some(id),
            Ok(key) => return Err(Rejection::AlreadyExists { resource: full(&account, key) }),
            Err(_) => Some(ViewId::stored(text)),
        },
    };
    Ok(CreateView { id, view: changes(grant, given, PATHS)? })
}

/// The use case of an `UpdateTicketView` request; its filter and order are checked by the caller.
///
/// # Errors
/// Fields that break a rule, and a mask that is wrong.
pub fn update(grant: &Grant, request: v1::UpdateTicketViewRequest) -> Result<UpdateView, Rejection> {
    let output_only = ["name", "owner", "built_in", "lowest_standing", "create_time", "update_time", "etag"];
    let paths = mask::paths(request.update_mask.as_ref(), PATHS, &output_only)?;
    let given = name::required("ticket_view", request.ticket_view)?;
    let key = name::view(grant, "ticket_view.name", &given.name)?;
    let etag = version_of(&given.etag);
    Ok(UpdateView { key, changes: changes(grant, given, &paths)?, etag })
}

/// The use case of a `DeleteTicketView` request.
///
/// # Errors
/// A name that is none.
pub fn delete(grant: &Grant, request: v1::DeleteTicketViewRequest) -> Result<DeleteView, Rejection> {
    let v1::DeleteTicketViewRequest { name: view, etag, .. } = request;
    Ok(DeleteView { key: name::view(grant, "name", &view)?, etag: version_of(&etag) })
}

/// The views of a `CountTicketViews` request.
///
/// # Errors
/// Names of views that cannot be in the caller's account.
pub fn counted_views(grant: &Grant, views: &[String]) -> Result<Vec<ViewKey>, Rejection> {
    views.iter().filter_map(|text| name::view_ref(grant, "views", text).transpose()).collect()
}
