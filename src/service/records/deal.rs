//! Making, changing and deleting deals.

use super::release::{Released, need_released, release};
use crate::domain::deal::{Deal, Money};
use crate::domain::event::{EventType, FieldChange};
use crate::domain::ids::{DealId, UserId};
use crate::domain::links::RecordRef;
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::service::contacts::check_owner;
use crate::service::desk::{Desk, UseCase};
use crate::storage::lane::{Keys, World};

/// New values of a deal; none leaves a field as it is.
#[derive(Debug, Clone, Default)]
pub struct DealChanges {
    /// Name for people, not blank.
    pub display_name: Option<String>,
    /// How far it is; may be empty.
    pub stage: Option<String>,
    /// What it is worth; none inside is not known.
    pub amount: Option<Option<Money>>,
    /// Who looks after it; none inside is nobody.
    pub owner: Option<Option<UserId>>,
}

/// Makes a deal.
#[derive(Debug, Clone)]
pub struct CreateDeal {
    /// Its values.
    pub values: DealChanges,
}

impl UseCase for CreateDeal {
    type Outcome = Deal;

    fn needs(&self, _world: &World, _keys: &mut Keys) {}

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<Deal, Rejection> {
        let now = desk.session.now();
        let blank = Deal {
            id: DealId(desk.session.new_id()),
            display_name: String::new(),
            stage: String::new(),
            amount: None,
            owner: None,
            create_time: now,
            update_time: now,
            version: 0,
        };
        let deal = self.values.apply(desk, &blank)?;
        Ok(save(desk, deal, Vec::new()))
    }
}

/// Changes a deal.
#[derive(Debug, Clone)]
pub struct UpdateDeal {
    /// Which.
    pub deal: DealId,
    /// What to change.
    pub changes: DealChanges,
    /// What the caller last saw.
    pub etag: Option<i64>,
}

impl UseCase for UpdateDeal {
    type Outcome = Deal;

    fn needs(&self, _world: &World, keys: &mut Keys) {
        keys.records.deals.insert(self.deal);
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<Deal, Rejection> {
        let before = find(desk, self.deal, self.etag)?;
        let after = self.changes.apply(desk, &before)?;
        let fields = changed_fields(desk, &before, &after);
        Ok(if fields.is_empty() { before } else { save(desk, after, fields) })
    }
}

/// Deletes a deal for good. Tickets are no longer associated with it.
#[derive(Debug, Clone)]
pub struct DeleteDeal {
    /// Which.
    pub deal: DealId,
    /// What the caller last saw.
    pub etag: Option<i64>,
}

impl UseCase for DeleteDeal {
    type Outcome = Released;

    fn needs(&self, world: &World, keys: &mut Keys) {
        keys.records.deals.insert(self.deal);
        need_released(world, keys, RecordRef::Deal(self.deal));
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<Released, Rejection> {
        let deal = find(desk, self.deal, self.etag)?;
        desk.session.world.records.deals.remove(&deal.id);
        let gone = FieldChange::of("name", desk.name(&Name::Deal(deal.id)), "");
        desk.event(EventType::DealChanged, &Name::Deal(deal.id), gone.into_iter().collect());
        Ok(release(desk, RecordRef::Deal(deal.id)))
    }
}

fn find(desk: &Desk<'_, '_>, id: DealId, etag: Option<i64>) -> Result<Deal, Rejection> {
    let name = Name::Deal(id);
    let found = desk.world().records.deals.get(&id).cloned().ok_or_else(|| desk.not_found(&name))?;
    desk.same_version(&name, etag, found.version)?;
    Ok(found)
}

impl DealChanges {
    fn apply(&self, desk: &Desk<'_, '_>, before: &Deal) -> Result<Deal, Rejection> {
        let mut after = before.clone();
        after.display_name = self.display_name.clone().unwrap_or(after.display_name);
        after.stage = self.stage.clone().unwrap_or(after.stage);
        after.amount = self.amount.clone().unwrap_or(after.amount);
        if let Some(owner) = &self.owner {
            if owner != &before.owner {
                owner.as_ref().map_or(Ok(()), |owner| check_owner(desk, owner, "deal.owner"))?;
            }
            after.owner.clone_from(owner);
        }
        Ok(after)
    }
}

fn save(desk: &mut Desk<'_, '_>, mut deal: Deal, fields: Vec<FieldChange>) -> Deal {
    deal.version += 1;
    deal.update_time = desk.session.now();
    desk.session.world.records.deals.put(deal.id, deal.clone());
    desk.event(EventType::DealChanged, &Name::Deal(deal.id), fields);
    deal
}

fn changed_fields(desk: &Desk<'_, '_>, before: &Deal, after: &Deal) -> Vec<FieldChange> {
    let owner = |deal: &Deal| deal.owner.clone().map(|id| desk.name(&Name::User(id))).unwrap_or_default();
    let amount = |deal: &Deal| {
        deal.amount.as_ref().map_or_else(String::new, |amount| format!("{} {}", amount.micros, amount.currency))
    };
    let changes = [
        FieldChange::of("display_name", &before.display_name, &after.display_name),
        FieldChange::of("stage", &before.stage, &after.stage),
        FieldChange::of("amount", amount(before), amount(after)),
        FieldChange::of("owner", owner(before), owner(after)),
    ];
    changes.into_iter().flatten().collect()
}
