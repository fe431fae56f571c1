//! Changing an account: its name, what it has bought (C-007), and its time zone (C-066).

use std::collections::BTreeSet;

use crate::domain::access::Tier;
use crate::domain::account::Account;
use crate::domain::event::{EventType, FieldChange};
use crate::domain::names::Name;
use crate::domain::plan::AddOn;
use crate::domain::rejection::Rejection;
use crate::service::accounts::AccountView;
use crate::service::customer_agents::{look_at, wake_turns};
use crate::service::desk::{Desk, UseCase};
use crate::storage::lane::{Keys, World};

/// Changes an account, in its own lane.
#[derive(Debug, Clone)]
pub struct Update {
    /// The new name; none leaves it.
    pub display_name: Option<String>,
    /// What it has bought; none leaves it.
    pub tier: Option<Tier>,
    /// What it has bought beside; none leaves it.
    pub add_ons: Option<BTreeSet<AddOn>>,
    /// Where its days begin; none leaves it.
    pub time_zone: Option<String>,
    /// Credits bought so far; none leaves them.
    pub credits: Option<i64>,
    /// What the caller last saw.
    pub etag: Option<i64>,
}

impl UseCase for Update {
    type Outcome = AccountView;

    fn needs(&self, _world: &World, _keys: &mut Keys) {}

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<AccountView, Rejection> {
        let before = desk.world().account.clone();
        desk.same_version(&Name::Account, self.etag, before.version)?;
        let display_name = self.display_name.clone().unwrap_or_else(|| before.display_name.clone());
        let (tier, credits) = (self.tier.unwrap_or(before.tier), self.credits.unwrap_or(before.credits));
        let credits_used = desk.world().head.credits_used;
        let time_zone = self.time_zone.clone().unwrap_or_else(|| before.time_zone.clone());
        let add_ons = self.add_ons.clone().unwrap_or_else(|| before.add_ons.clone());
        let code = |tier: Tier| tier.code().to_uppercase();
        let codes = |add_ons: &BTreeSet<AddOn>| {
            add_ons.iter().map(|add_on| add_on.code().to_uppercase()).collect::<Vec<_>>().join(",")
        };
        let changes = [
            FieldChange::of("display_name", &before.display_name, &display_name),
            FieldChange::of("subscription.tier", code(before.tier), code(tier)),
            FieldChange::of("subscription.add_ons", codes(&before.add_ons), codes(&add_ons)),
            FieldChange::of("time_zone", &before.time_zone, &time_zone),
            FieldChange::of("subscription.credits", before.credits, credits),
        ];
        let fields: Vec<_> = changes.into_iter().flatten().collect();
        if fields.is_empty() {
            return Ok(AccountView { account: before, credits_used });
        }
        let (update_time, version) = (desk.session.now(), before.version + 1);
        let fewer = tier < before.tier || credits < before.credits;
        let more = tier > before.tier || credits > before.credits;
        let after = Account { display_name, tier, add_ons, time_zone, credits, update_time, version, ..before };
        desk.session.world.account = after.clone();
        desk.event(EventType::ConfigChanged, &Name::Account, fields);
        // What it has bought says which customer agents work.
        if fewer {
            look_at(desk, update_time);
        }
        if more {
            wake_turns(desk);
        }
        Ok(AccountView { account: after, credits_used })
    }
}
