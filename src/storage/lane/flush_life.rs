//! Keeping the search structures over followers, shares and properties in step with the tickets.

use sea_orm::{ConnectionTrait, DbErr};

use super::super::dialect::RowsVerb;
use super::super::rows::{ticket_follower, ticket_share, ticket_value};
use super::super::write::write_rows;
use super::world::World;
use crate::domain::ids::{AccountId, UserId};
use crate::domain::life::Life;
use crate::domain::property::Values;
use crate::domain::share::{Grantee, Share};

/// What goes from the lists and what comes.
#[derive(Default)]
struct Moved {
    followers: (Vec<ticket_follower::Model>, Vec<ticket_follower::Model>),
    shares: (Vec<ticket_share::Model>, Vec<ticket_share::Model>),
    values: (Vec<ticket_value::Model>, Vec<ticket_value::Model>),
}

/// Writes what the batches of a commit did to followers, shares and properties.
pub async fn lists(db: &impl ConnectionTrait, worlds: &[World]) -> Result<(), DbErr> {
    let (mut moved, nothing, no_values) = (Moved::default(), Life::default(), Values::new());
    for world in worlds {
        let (account, diff) = (&world.account.id, world.tickets.diff());
        diff.inserted.iter().for_each(|now| moved.take(account, now.number.0, &nothing, &now.life));
        diff.updated.iter().for_each(|(old, now)| moved.take(account, now.number.0, &old.life, &now.life));
        diff.inserted.iter().for_each(|now| moved.take_values(account, now.number.0, (&no_values, &now.properties)));
        let updated = diff.updated.iter();
        updated.for_each(|(old, now)| moved.take_values(account, now.number.0, (&old.properties, &now.properties)));
    }
    let Moved { followers, shares, values } = moved;
    write_rows::<ticket_follower::Entity>(db, RowsVerb::Delete, &followers.0).await?;
    write_rows::<ticket_follower::Entity>(db, RowsVerb::Insert, &followers.1).await?;
    write_rows::<ticket_share::Entity>(db, RowsVerb::Delete, &shares.0).await?;
    write_rows::<ticket_share::Entity>(db, RowsVerb::Insert, &shares.1).await?;
    write_rows::<ticket_value::Entity>(db, RowsVerb::Delete, &values.0).await?;
    write_rows::<ticket_value::Entity>(db, RowsVerb::Insert, &values.1).await
}

impl Moved {
    fn take_values(&mut self, account: &AccountId, number: i64, (old, now): (&Values, &Values)) {
        let rows = |of: &Values, other: &Values| -> Vec<ticket_value::Model> {
            let changed = of.iter().filter(|(property, value)| other.get(*property) != Some(*value));
            changed.flat_map(|(property, value)| ticket_value::rows(account, number, property, value)).collect()
        };
        self.values.0.extend(rows(old, now));
        self.values.1.extend(rows(now, old));
    }

    fn take(&mut self, account: &AccountId, number: i64, old: &Life, now: &Life) {
        let follower = |user: &UserId| ticket_follower::Model {
            account_id: account.to_string(),
            user_id: user.to_string(),
            number,
        };
        self.followers.0.extend(old.followers.keys().filter(|user| !now.followers.contains_key(*user)).map(follower));
        self.followers.1.extend(now.followers.keys().filter(|user| !old.followers.contains_key(*user)).map(follower));
        // Only grantee and level are searched for.
        let level = |life: &Life, share: &Share| life.share_with(&share.grantee).map(|known| known.level);
        let row = |share: &Share| share_row(account, number, share);
        self.shares.0.extend(old.shares.iter().filter(|share| level(now, share) != Some(share.level)).map(row));
        self.shares.1.extend(now.shares.iter().filter(|share| level(old, share) != Some(share.level)).map(row));
    }
}

fn share_row(account: &AccountId, number: i64, share: &Share) -> ticket_share::Model {
    let (kind, grantee_id) = match &share.grantee {
        Grantee::User(user) => ("user", user.to_string()),
        Grantee::Team(team) => ("team", team.to_string()),
    };
    let level = share.level.code().to_owned();
    ticket_share::Model { account_id: account.to_string(), kind: kind.to_owned(), grantee_id, number, level }
}
