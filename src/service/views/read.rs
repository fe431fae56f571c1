//! Reading views, and what they show.

use crate::domain::access::{Rights, Standing};
use crate::domain::names::Name;
use crate::domain::page::{Page, PageLimits, PageRequest, Place};
use crate::domain::rejection::Rejection;
use crate::domain::view::{Standard, TicketView, ViewKey, ViewScope};
use crate::service::Service;
use crate::service::grant::Grant;
use crate::service::tickets::plan_of;
use crate::storage::read;

/// A view as callers see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shown {
    /// One that every account has.
    Standard(Standard),
    /// One that somebody made.
    Custom(TicketView),
}

/// How many tickets a view shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    /// The view.
    pub view: ViewKey,
    /// Tickets within the caller's reach, at most 1,000.
    pub count: u64,
    /// There are more.
    pub more: bool,
}

impl Shown {
    /// Which one.
    pub fn key(&self) -> ViewKey {
        match self {
            Self::Standard(standard) => ViewKey::Standard(standard.clone()),
            Self::Custom(view) => ViewKey::Custom(view.id.clone()),
        }
    }

    /// What it shows, in the filter language.
    pub fn filter(&self) -> String {
        match self {
            Self::Standard(standard) => standard.filter(),
            Self::Custom(view) => view.filter.clone(),
        }
    }

    /// In which order; empty is the order of lists.
    pub fn order_by(&self) -> &str {
        match self {
            Self::Standard(_) => "",
            Self::Custom(view) => &view.order_by,
        }
    }
}

/// Whether a custom view is there for the caller.
pub(in crate::service) fn visible(rights: &Rights, view: &TicketView) -> bool {
    let own = rights.user.is_some() && view.owner == rights.user;
    own || match view.scope {
        ViewScope::Private => false,
        ViewScope::Team => rights.super_admin || view.team.as_ref().is_some_and(|team| rights.teams.contains(team)),
        ViewScope::Everyone => true,
    }
}

/// Whether a default view is there for the caller.
fn offered(rights: &Rights, standard: &Standard) -> bool {
    (rights.standing == Standing::Full || standard.without_seat()) && (rights.user.is_some() || !standard.is_personal())
}

/// One view. Without a seat there are three, and everything else is refused, whether it exists or not (C-002).
///
/// # Errors
/// [`Rejection::StandingTooLow`], and [`Rejection::NotFound`] when it is absent or invisible.
pub async fn get(service: &Service, grant: &Grant, key: &ViewKey) -> Result<Shown, Rejection> {
    let (account, rights) = (grant.account()?, grant.rights());
    let free = matches!(key, ViewKey::Standard(standard) if standard.without_seat());
    if rights.standing < Standing::Full && !free {
        let (required, standing) = (Standing::Full, rights.standing);
        return Err(Rejection::StandingTooLow { required, standing, method: grant.method().to_owned() });
    }
    let missing = || Rejection::NotFound { resource: Name::TicketView(key.clone()).within(account) };
    match key {
        ViewKey::Standard(standard @ Standard::TeamUnassigned(team)) => {
            let found = read::people::team(&service.store, account, team).await.map_err(|error| error.rejection())?;
            found.map(|_| Shown::Standard(standard.clone())).ok_or_else(missing)
        }
        ViewKey::Standard(standard) if offered(rights, standard) => Ok(Shown::Standard(standard.clone())),
        ViewKey::Standard(_) => Err(missing()),
        ViewKey::Custom(id) => {
            let all = read::views::all(&service.store, account).await.map_err(|error| error.rejection())?;
            let found = all.into_iter().find(|view| view.id == *id).filter(|view| visible(rights, view));
            found.map(Shown::Custom).ok_or_else(missing)
        }
    }
}

/// Every view that is there for the caller, in the order of their keys: the default ones, one per team, the custom ones.
async fn every(service: &Service, grant: &Grant) -> Result<Vec<Shown>, Rejection> {
    let (account, rights) = (grant.account()?, grant.rights());
    let fixed = Standard::FIXED.into_iter().filter(|standard| offered(rights, standard));
    let mut views: Vec<Shown> = fixed.map(Shown::Standard).collect();
    if rights.standing == Standing::Full {
        let teams = read::views::teams(&service.store, account).await.map_err(|error| error.rejection())?;
        views.extend(teams.into_iter().map(|team| Shown::Standard(Standard::TeamUnassigned(team))));
        let custom = read::views::all(&service.store, account).await.map_err(|error| error.rejection())?;
        views.extend(custom.into_iter().filter(|view| visible(rights, view)).map(Shown::Custom));
    }
    views.sort_unstable_by_key(Shown::key);
    Ok(views)
}

/// One page of the views that are there for the caller.
///
/// # Errors
/// The storage's.
pub async fn list(service: &Service, grant: &Grant, page: &PageRequest) -> Result<Page<Shown>, Rejection> {
    let mut views = every(service, grant).await?;
    if let Some([Place::Text(last)]) = page.after.as_deref() {
        // By order and not by presence: the last one may be gone since.
        let last = ViewKey::parse(last).map_err(|_| Rejection::PageToken)?;
        views.retain(|view| view.key() > last);
    }
    let more = views.len() > page.size as usize;
    views.truncate(page.size as usize);
    let next = views.last().filter(|_| more).map(|last| vec![Place::Text(last.key().to_string())]);
    Ok(Page { items: views, next })
}

/// Filter and order of a view for a list of tickets.
///
/// # Errors
/// As [`get`], a view that is not there being a reference to nothing.
pub async fn query(service: &Service, grant: &Grant, key: &ViewKey) -> Result<(String, String), Rejection> {
    let view = get(service, grant, key).await.map_err(|rejection| match rejection {
        Rejection::NotFound { resource } => Rejection::ReferenceNotFound { field: "view".to_owned(), resource },
        other => other,
    })?;
    Ok((view.filter(), view.order_by().to_owned()))
}

/// How many tickets the views show, each counted up to 1,000; without keys the first views of the list.
///
/// # Errors
/// As [`query`].
pub async fn counts(service: &Service, grant: &Grant, keys: &[ViewKey], first: u32) -> Result<Vec<Counted>, Rejection> {
    let mut views = Vec::new();
    if keys.is_empty() {
        views = list(service, grant, &PageRequest::new(first, None, &PageLimits::default())).await?.items;
    }
    for key in keys {
        let found = get(service, grant, key).await.map_err(|rejection| match rejection {
            Rejection::NotFound { resource } => Rejection::ReferenceNotFound { field: "views".to_owned(), resource },
            other => other,
        });
        views.push(found?);
    }
    let mut counted = Vec::with_capacity(views.len());
    for view in views {
        let plan = plan_of(service, grant, &view.filter()).await?;
        let found = read::tickets::count(&service.store, grant.account()?, grant.rights(), &plan).await;
        let (count, more) = found.map_err(|error| error.rejection())?;
        counted.push(Counted { view: view.key(), count, more });
    }
    Ok(counted)
}
