//! Records around tickets, as a batch knows them: companies with their domain names, and deals.

use std::collections::BTreeSet;

use sea_orm::{ConnectionTrait, DbErr, Value};

use super::super::StoreError;
use super::super::dialect::RowsVerb;
use super::super::rows::{Stored, company, company_domain, deal};
use super::super::write::write_rows;
use super::flush::{erase, save};
use super::load::uuids;
use super::lookup::Lookup;
use super::table::Table;
use super::world::World;
use crate::domain::company::Company;
use crate::domain::deal::Deal;
use crate::domain::ids::{CompanyId, DealId};

/// The rows that a round reads.
#[derive(Debug, Default)]
pub struct RecordKeys {
    /// Companies.
    pub companies: BTreeSet<CompanyId>,
    /// Whose domain name it is.
    pub domains: BTreeSet<String>,
    /// Deals.
    pub deals: BTreeSet<DealId>,
}

/// See the module.
#[derive(Debug)]
pub struct Records {
    /// Companies.
    pub companies: Table<CompanyId, Company>,
    /// Whose domain name it is.
    pub domains: Table<String, CompanyId>,
    /// Deals.
    pub deals: Table<DealId, Deal>,
}

impl Default for Records {
    fn default() -> Self {
        Self { companies: Table::new("company"), domains: Table::new("domain"), deals: Table::new("deal") }
    }
}

impl RecordKeys {
    /// Drops what is known already.
    #[must_use]
    pub fn without_known(mut self, known: &Records) -> Self {
        self.companies.retain(|key| !known.companies.knows(key));
        self.domains.retain(|key| !known.domains.knows(key));
        self.deals.retain(|key| !known.deals.knows(key));
        self
    }

    /// Whether nothing is left to read.
    pub fn is_empty(&self) -> bool {
        self.companies.is_empty() && self.domains.is_empty() && self.deals.is_empty()
    }
}

/// Reads `keys` into `world`.
pub(super) async fn round(db: &impl ConnectionTrait, world: &mut World, keys: &RecordKeys) -> Result<(), StoreError> {
    companies(db, world, keys).await?;
    deals(db, world, keys).await
}

async fn companies(db: &impl ConnectionTrait, world: &mut World, keys: &RecordKeys) -> Result<(), StoreError> {
    static BY_ID: Lookup = Lookup::new();
    static BY_DOMAIN: Lookup = Lookup::new();
    let account = world.account.id.clone();
    if !keys.companies.is_empty() {
        let ids = uuids(keys.companies.iter().map(|id| id.0));
        for row in BY_ID.rows::<company::Entity>(db, &account, &[company::Column::Id], ids).await? {
            let found = Company::from_row(row)?;
            world.records.companies.load(found.id, Some(found));
        }
        keys.companies.iter().for_each(|id| world.records.companies.load(*id, None));
    }
    if !keys.domains.is_empty() {
        use company_domain::Column;
        let domains = keys.domains.iter().map(|domain| vec![Value::from(domain.clone())]);
        for row in BY_DOMAIN.rows::<company_domain::Entity>(db, &account, &[Column::Domain], domains).await? {
            world.records.domains.load(row.domain, Some(CompanyId(row.company_id)));
        }
        keys.domains.iter().for_each(|domain| world.records.domains.load(domain.clone(), None));
    }
    Ok(())
}

async fn deals(db: &impl ConnectionTrait, world: &mut World, keys: &RecordKeys) -> Result<(), StoreError> {
    static BY_ID: Lookup = Lookup::new();
    if keys.deals.is_empty() {
        return Ok(());
    }
    let ids = uuids(keys.deals.iter().map(|id| id.0));
    for row in BY_ID.rows::<deal::Entity>(db, &world.account.id.clone(), &[deal::Column::Id], ids).await? {
        let found = Deal::from_row(row)?;
        world.records.deals.load(found.id, Some(found));
    }
    keys.deals.iter().for_each(|id| world.records.deals.load(*id, None));
    Ok(())
}

/// Writes what the batches of a commit did to it.
pub(super) async fn flush(db: &impl ConnectionTrait, worlds: &[World]) -> Result<(), DbErr> {
    let (gone, come) = domains(worlds);
    write_rows::<company_domain::Entity>(db, RowsVerb::Delete, &gone).await?;
    erase(db, worlds, |world| &world.records.companies).await?;
    save(db, worlds, |world| &world.records.companies).await?;
    write_rows::<company_domain::Entity>(db, RowsVerb::Insert, &come).await?;
    erase(db, worlds, |world| &world.records.deals).await?;
    save(db, worlds, |world| &world.records.deals).await
}

/// Domain names that were given away, and those that were taken.
fn domains(worlds: &[World]) -> (Vec<company_domain::Model>, Vec<company_domain::Model>) {
    let (mut gone, mut come) = (Vec::new(), Vec::new());
    for world in worlds {
        let row = |domain: &String, company: &CompanyId| company_domain::Model {
            account_id: world.account.id.to_string(),
            domain: domain.clone(),
            company_id: company.0,
        };
        for key in world.records.domains.touched(0) {
            let (stored, now) = world.records.domains.change(key);
            if stored != now {
                gone.extend(stored.map(|company| row(key, company)));
                come.extend(now.map(|company| row(key, company)));
            }
        }
    }
    (gone, come)
}
