//! Records around tickets, as a batch knows them: companies with their domain names, deals, activities, and the browsers
//! of contacts.

use std::collections::BTreeSet;

use sea_orm::{ConnectionTrait, DbErr, Value};

use super::super::StoreError;
use super::super::dialect::RowsVerb;
use super::super::rows::{Stored, activity, activity_record, company, company_domain, deal};
use super::super::write::write_rows;
use super::flush::{erase, save};
use super::linked;
use super::load::uuids;
use super::lookup::Lookup;
use super::table::Table;
use super::world::World;
use crate::domain::activity::Activity;
use crate::domain::company::Company;
use crate::domain::deal::Deal;
use crate::domain::ids::{ActivityId, CompanyId, ContactId, ConversationId, DealId, TicketNumber};
use crate::domain::links::RecordRef;

/// The rows that a round reads.
#[derive(Debug, Default)]
pub struct RecordKeys {
    /// Companies.
    pub companies: BTreeSet<CompanyId>,
    /// Whose domain name it is.
    pub domains: BTreeSet<String>,
    /// Deals.
    pub deals: BTreeSet<DealId>,
    /// Activities.
    pub activities: BTreeSet<ActivityId>,
    /// The first tickets that are associated with a record.
    pub tickets_of: BTreeSet<RecordRef>,
    /// The first activities that are about a record.
    pub activities_of: BTreeSet<RecordRef>,
    /// The first conversations of a contact.
    pub conversations_of: BTreeSet<ContactId>,
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
    /// Activities.
    pub activities: Table<ActivityId, Activity>,
    /// The first tickets that the database has for a record.
    pub tickets_of: Table<RecordRef, Vec<TicketNumber>>,
    /// The first activities that the database has for a record.
    pub activities_of: Table<RecordRef, Vec<ActivityId>>,
    /// The first conversations that the database has for a contact.
    pub conversations_of: Table<ContactId, Vec<ConversationId>>,
    /// Contacts that became one with another.
    pub merged: Table<ContactId, ContactId>,
}

impl Default for Records {
    fn default() -> Self {
        Self {
            companies: Table::new("company"),
            domains: Table::new("domain"),
            deals: Table::new("deal"),
            activities: Table::new("activity"),
            tickets_of: Table::new("tickets of record"),
            activities_of: Table::new("activities of record"),
            conversations_of: Table::new("conversations of contact"),
            merged: Table::new("merged contact"),
        }
    }
}

impl World {
    /// The contact that this one is now, as far as that is known: for needs too.
    pub fn contact_now(&self, contact: ContactId) -> ContactId {
        let mut seen = BTreeSet::new();
        let mut now = contact;
        while seen.insert(now)
            && let Some(next) = self.records.merged.peek(&now)
        {
            now = *next;
        }
        now
    }

    /// The cookies that the database has for a contact, as far as that is known: for needs.
    pub fn cookies_stored(&self, contact: ContactId) -> impl Iterator<Item = String> {
        self.cookies_of.peek(&contact).into_iter().flatten().cloned()
    }

    /// The cookies tied to a contact, all of which are among the needs.
    pub fn cookies_held(&self, contact: ContactId) -> Vec<String> {
        let stored = self.cookies_stored(contact).filter(|cookie| self.cookies.get(cookie) == Some(&contact));
        let mut held: BTreeSet<String> = stored.collect();
        held.extend(
            self.cookies.touched(0).into_iter().filter(|key| self.cookies.peek(key) == Some(&contact)).cloned(),
        );
        held.into_iter().collect()
    }

    /// Whether a browser's cookie is tied to the contact. The database's answer counts unless the batch knows better.
    pub fn is_tracked(&self, contact: ContactId) -> bool {
        let stored = self.cookies_of.get(&contact);
        self.cookies.values().any(|tied| *tied == contact)
            || stored.is_some_and(|cookies| cookies.iter().any(|cookie| !self.cookies.knows(cookie)))
    }
}

impl RecordKeys {
    /// Drops what is known already.
    #[must_use]
    pub fn without_known(mut self, known: &Records) -> Self {
        self.companies.retain(|key| !known.companies.knows(key));
        self.domains.retain(|key| !known.domains.knows(key));
        self.deals.retain(|key| !known.deals.knows(key));
        self.activities.retain(|key| !known.activities.knows(key));
        self.tickets_of.retain(|key| !known.tickets_of.knows(key));
        self.activities_of.retain(|key| !known.activities_of.knows(key));
        self.conversations_of.retain(|key| !known.conversations_of.knows(key));
        self
    }

    /// Whether nothing is left to read.
    pub fn is_empty(&self) -> bool {
        self.companies.is_empty()
            && self.domains.is_empty()
            && self.deals.is_empty()
            && self.activities.is_empty()
            && self.tickets_of.is_empty()
            && self.activities_of.is_empty()
            && self.conversations_of.is_empty()
    }
}

/// Reads `keys` into `world`.
pub(super) async fn round(db: &impl ConnectionTrait, world: &mut World, keys: &RecordKeys) -> Result<(), StoreError> {
    companies(db, world, keys).await?;
    deals(db, world, keys).await?;
    activities(db, world, keys).await?;
    Ok(linked::round(db, world, keys).await?)
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

async fn activities(db: &impl ConnectionTrait, world: &mut World, keys: &RecordKeys) -> Result<(), StoreError> {
    static BY_ID: Lookup = Lookup::new();
    if keys.activities.is_empty() {
        return Ok(());
    }
    let ids = uuids(keys.activities.iter().map(|id| id.0));
    for row in BY_ID.rows::<activity::Entity>(db, &world.account.id.clone(), &[activity::Column::Id], ids).await? {
        let found = Activity::from_row(row)?;
        world.records.activities.load(found.id, Some(found));
    }
    keys.activities.iter().for_each(|id| world.records.activities.load(*id, None));
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
    save(db, worlds, |world| &world.records.deals).await?;
    let (gone, come) = linked::about(worlds);
    write_rows::<activity_record::Entity>(db, RowsVerb::Delete, &gone).await?;
    erase(db, worlds, |world| &world.records.activities).await?;
    save(db, worlds, |world| &world.records.activities).await?;
    write_rows::<activity_record::Entity>(db, RowsVerb::Insert, &come).await
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
