//! Making, changing and deleting companies. A domain name belongs to one company of the account.

use std::collections::BTreeSet;

use super::release::{Released, need_released, release};
use crate::domain::company::Company;
use crate::domain::event::{EventType, FieldChange};
use crate::domain::ids::{CompanyId, UserId};
use crate::domain::links::RecordRef;
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::service::contacts::check_owner;
use crate::service::desk::{Desk, UseCase};
use crate::storage::lane::{Keys, World};

/// New values of a company; none leaves a field as it is.
#[derive(Debug, Clone, Default)]
pub struct CompanyChanges {
    /// Name for people, not blank.
    pub display_name: Option<String>,
    /// All domain names, in lower case.
    pub domains: Option<BTreeSet<String>>,
    /// Who looks after it; none inside is nobody.
    pub owner: Option<Option<UserId>>,
}

/// Makes a company.
#[derive(Debug, Clone)]
pub struct CreateCompany {
    /// Its values.
    pub values: CompanyChanges,
}

impl UseCase for CreateCompany {
    type Outcome = Company;

    fn needs(&self, _world: &World, keys: &mut Keys) {
        keys.records.domains.extend(self.values.domains.iter().flatten().cloned());
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<Company, Rejection> {
        let now = desk.session.now();
        let blank = Company {
            id: CompanyId(desk.session.new_id()),
            display_name: String::new(),
            domains: BTreeSet::new(),
            owner: None,
            create_time: now,
            update_time: now,
            version: 0,
        };
        let company = self.values.apply(desk, &blank)?;
        Ok(save(desk, &blank, company, Vec::new()))
    }
}

/// Changes a company.
#[derive(Debug, Clone)]
pub struct UpdateCompany {
    /// Which.
    pub company: CompanyId,
    /// What to change.
    pub changes: CompanyChanges,
    /// What the caller last saw.
    pub etag: Option<i64>,
}

impl UseCase for UpdateCompany {
    type Outcome = Company;

    fn needs(&self, world: &World, keys: &mut Keys) {
        keys.records.companies.insert(self.company);
        keys.records.domains.extend(self.changes.domains.iter().flatten().cloned());
        let known = world.records.companies.peek(&self.company);
        keys.records.domains.extend(known.into_iter().flat_map(|company| company.domains.iter().cloned()));
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<Company, Rejection> {
        let before = find(desk, self.company, self.etag)?;
        let after = self.changes.apply(desk, &before)?;
        let fields = changed_fields(desk, &before, &after);
        Ok(if fields.is_empty() { before } else { save(desk, &before, after, fields) })
    }
}

/// Deletes a company for good. Tickets are no longer associated with it.
#[derive(Debug, Clone)]
pub struct DeleteCompany {
    /// Which.
    pub company: CompanyId,
    /// What the caller last saw.
    pub etag: Option<i64>,
}

impl UseCase for DeleteCompany {
    type Outcome = Released;

    fn needs(&self, world: &World, keys: &mut Keys) {
        keys.records.companies.insert(self.company);
        need_released(world, keys, RecordRef::Company(self.company));
        let known = world.records.companies.peek(&self.company);
        keys.records.domains.extend(known.into_iter().flat_map(|company| company.domains.iter().cloned()));
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<Released, Rejection> {
        let company = find(desk, self.company, self.etag)?;
        let records = &mut desk.session.world.records;
        company.domains.iter().for_each(|domain| records.domains.remove(domain));
        records.companies.remove(&company.id);
        let gone = FieldChange::of("name", desk.name(&Name::Company(company.id)), "");
        desk.event(EventType::CompanyChanged, &Name::Company(company.id), gone.into_iter().collect());
        Ok(release(desk, RecordRef::Company(company.id)))
    }
}

fn find(desk: &Desk<'_, '_>, id: CompanyId, etag: Option<i64>) -> Result<Company, Rejection> {
    let name = Name::Company(id);
    let found = desk.world().records.companies.get(&id).cloned().ok_or_else(|| desk.not_found(&name))?;
    desk.same_version(&name, etag, found.version)?;
    Ok(found)
}

impl CompanyChanges {
    fn apply(&self, desk: &Desk<'_, '_>, before: &Company) -> Result<Company, Rejection> {
        let mut after = before.clone();
        after.display_name = self.display_name.clone().unwrap_or(after.display_name);
        if let Some(owner) = &self.owner {
            if owner != &before.owner {
                owner.as_ref().map_or(Ok(()), |owner| check_owner(desk, owner, "company.owner"))?;
            }
            after.owner.clone_from(owner);
        }
        if let Some(domains) = &self.domains {
            after.domains.clone_from(domains);
        }
        let holder = |domain: &String| desk.world().records.domains.get(domain).copied();
        for domain in after.domains.difference(&before.domains) {
            if let Some(holder) = holder(domain).filter(|holder| *holder != before.id) {
                let existing = desk.name(&Name::Company(holder));
                return Err(Rejection::Duplicate { field: "company.domains", value: domain.clone(), existing });
            }
        }
        Ok(after)
    }
}

/// Writes a company with its domain names, the marks of a change, and its event.
fn save(desk: &mut Desk<'_, '_>, before: &Company, mut company: Company, fields: Vec<FieldChange>) -> Company {
    company.version += 1;
    company.update_time = desk.session.now();
    let records = &mut desk.session.world.records;
    before.domains.difference(&company.domains).for_each(|domain| records.domains.remove(domain));
    for domain in company.domains.difference(&before.domains) {
        records.domains.put(domain.clone(), company.id);
    }
    records.companies.put(company.id, company.clone());
    desk.event(EventType::CompanyChanged, &Name::Company(company.id), fields);
    company
}

fn changed_fields(desk: &Desk<'_, '_>, before: &Company, after: &Company) -> Vec<FieldChange> {
    let owner = |company: &Company| company.owner.clone().map(|id| desk.name(&Name::User(id))).unwrap_or_default();
    let domains = |company: &Company| company.domains.iter().cloned().collect::<Vec<_>>().join(",");
    let changes = [
        FieldChange::of("display_name", &before.display_name, &after.display_name),
        FieldChange::of("domains", domains(before), domains(after)),
        FieldChange::of("owner", owner(before), owner(after)),
    ];
    changes.into_iter().flatten().collect()
}
