//! What an account begins with: pure.

use super::create::{FIRST_KEY, NewAccount};
use crate::domain::access::{Permission, Seat, TicketAccess};
use crate::domain::account::{Account, AccountState};
use crate::domain::event::{Actor, Event, EventType, SystemActor};
use crate::domain::ids::{AccessKeyId, PipelineId, StatusId};
use crate::domain::names::Name;
use crate::domain::pipeline::{DEFAULT_PIPELINE, DEFAULT_STATUSES, Pipeline, Status};
use crate::domain::text_block::TextBlock;
use crate::domain::time::Timestamp;
use crate::domain::user::{AccessKey, User, UserState, Work};
use crate::storage::accounts::Founding;

/// The account, its default pipeline, its first super admin and its first access key.
pub fn founding(new: &NewAccount, secret_hash: &[u8], request_id: &str, now: Timestamp) -> Founding {
    let account = Account {
        id: new.id.clone(),
        display_name: new.display_name.clone(),
        state: AccountState::Active,
        tier: new.tier,
        add_ons: new.add_ons.clone(),
        time_zone: new.time_zone.clone(),
        credits: new.credits,
        webhook_generation: 0,
        webhook_rotate_time: None,
        create_time: now,
        update_time: now,
        version: 1,
    };
    let administrator = administrator(new, now);
    let key = first_key(secret_hash, now);
    let made = [
        (EventType::ConfigChanged, Name::Account),
        (EventType::UserChanged, Name::User(administrator.id.clone())),
        (EventType::ConfigChanged, Name::AccessKey(key.id.clone())),
    ];
    let events =
        (1..).zip(made).map(|(sequence, (kind, name))| event(sequence, kind, &name, request_id, now)).collect();
    let texts = TextBlock::ready_made(now);
    Founding { account, administrator, key, pipeline: pipeline(now), statuses: statuses(now), texts, events }
}

fn administrator(new: &NewAccount, now: Timestamp) -> User {
    User {
        id: new.administrator.clone(),
        display_name: new.administrator_name.clone(),
        email: new.administrator_email.clone(),
        state: UserState::Active,
        seat: Seat::Service,
        super_admin: true,
        account_access: true,
        service_access: false,
        sales_access: false,
        customer_agent_editor: true,
        view: TicketAccess::ALL,
        edit: TicketAccess::ALL,
        delete: TicketAccess::ALL,
        available: true,
        availability_since: now,
        work: Work::default(),
        notifications: crate::domain::notification::NotificationSettings::default(),
        releasing: 0,
        create_time: now,
        update_time: now,
        version: 1,
    }
}

fn first_key(secret_hash: &[u8], now: Timestamp) -> AccessKey {
    AccessKey {
        id: AccessKeyId::stored(FIRST_KEY),
        display_name: "Default".to_owned(),
        permissions: Permission::ALL.to_vec(),
        customer_agent: None,
        secret_hash: secret_hash.to_vec(),
        revoked: false,
        expire_time: None,
        create_time: now,
        update_time: now,
        version: 1,
    }
}

fn pipeline(now: Timestamp) -> Pipeline {
    Pipeline::new(PipelineId::stored(DEFAULT_PIPELINE), "Support".to_owned(), 0, now)
}

fn statuses(now: Timestamp) -> Vec<Status> {
    let key = |id: &str| (PipelineId::stored(DEFAULT_PIPELINE), StatusId::stored(id));
    let status = |(position, (id, name, category)): (i64, (&str, &str, _))| {
        Status::new(key(id), name.to_owned(), category, position, now)
    };
    (0..).zip(DEFAULT_STATUSES).map(status).collect()
}

/// An event of the operator; all of them are one chain.
fn event(sequence: i64, kind: EventType, name: &Name, request_id: &str, time: Timestamp) -> Event {
    Event {
        sequence,
        kind,
        resource: name.to_string(),
        ticket: None,
        ticket_sequence: 0,
        actor: Actor::System(SystemActor::Operator),
        cause_root: 1,
        cause_depth: 0,
        cause_parent: 0,
        fields: Vec::new(),
        request_id: request_id.to_owned(),
        time,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::domain::access::{Standing, Tier, standing};
    use crate::domain::ids::{AccountId, UserId};

    /// A5.
    #[test]
    fn a_new_account_can_be_worked_with_at_once() {
        let new = NewAccount {
            id: AccountId::stored("acme"),
            display_name: "Acme".into(),
            tier: Tier::Enterprise,
            add_ons: BTreeSet::new(),
            time_zone: "UTC".into(),
            credits: 7,
            administrator: UserId::stored("ada"),
            administrator_name: "Ada".into(),
            administrator_email: "ada@acme.example".into(),
        };
        let made = founding(&new, &[7; 32], "", Timestamp::from_micros(5));
        assert_eq!((made.account.tier, made.account.state), (Tier::Enterprise, AccountState::Active));
        assert!(made.administrator.super_admin && made.administrator.seat == Seat::Service);
        assert_eq!(standing(&made.administrator), Standing::Full);
        let names: Vec<&str> = made.statuses.iter().map(|status| status.display_name.as_str()).collect();
        assert_eq!(names, ["New", "Waiting on contact", "Waiting on us", "Closed"]);
        assert_eq!(made.key.permissions, Permission::ALL);
        let sequences: Vec<i64> = made.events.iter().map(|event| event.sequence).collect();
        assert_eq!(sequences, [1, 2, 3]);
    }
}
