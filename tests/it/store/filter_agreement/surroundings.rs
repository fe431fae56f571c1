//! What tickets and contacts point to: the account, its people, pipelines and channels.

use helpdesk::domain::access::{Level, Seat, TicketAccess, Tier};
use helpdesk::domain::account::{Account, AccountState};
use helpdesk::domain::channel::{Channel, ChannelKind, Deliverer, Routing};
use helpdesk::domain::ids::{AccountId, ChannelId, PipelineId, StatusId, TeamId, UserId};
use helpdesk::domain::pipeline::{Pipeline, Status, StatusCategory};
use helpdesk::domain::user::{Team, User, UserState};
use sea_orm::DatabaseConnection;

use super::records::{NOW, write};

/// Makes them for one account.
pub async fn insert(db: &DatabaseConnection, account: &AccountId) {
    let (create_time, update_time, version) = (NOW, NOW, 1);
    let own = Account {
        id: account.clone(),
        display_name: String::new(),
        state: AccountState::Active,
        tier: Tier::Enterprise,
        add_ons: std::collections::BTreeSet::new(),
        time_zone: "UTC".to_owned(),
        credits: 0,
        webhook_generation: 0,
        webhook_rotate_time: None,
        create_time,
        update_time,
        version,
    };
    write(db, account, &[own]).await;
    write(db, account, &["mia", "bob"].map(user)).await;
    let team = |id| Team {
        id: TeamId::stored(id),
        display_name: String::new(),
        skills: helpdesk::domain::routing::Skills::new(),
        create_time,
        update_time,
        version,
    };
    write(db, account, &["red", "blue", "green"].map(team)).await;
    for id in ["support", "sales"].map(PipelineId::stored) {
        let display_name = String::new();
        write(db, account, &[Pipeline::new(id.clone(), display_name, 0, create_time)]).await;
        let status = |(status, category)| {
            Status::new((id.clone(), StatusId::stored(status)), String::new(), category, 0, create_time)
        };
        write(db, account, &[("new", StatusCategory::New), ("done", StatusCategory::Closed)].map(status)).await;
    }
    write(db, account, &[("mail", ChannelKind::Email), ("chat", ChannelKind::Chat)].map(channel)).await;
}

fn user(id: &str) -> User {
    let access = TicketAccess { level: Level::All, include_unassigned: false };
    User {
        id: UserId::stored(id),
        display_name: String::new(),
        email: id.to_owned(),
        state: UserState::Active,
        seat: Seat::Service,
        super_admin: false,
        account_access: false,
        service_access: false,
        sales_access: false,
        customer_agent_editor: false,
        view: access,
        edit: access,
        delete: access,
        available: true,
        availability_since: NOW,
        work: helpdesk::domain::user::Work::default(),
        notifications: helpdesk::domain::notification::NotificationSettings::default(),
        releasing: 0,
        create_time: NOW,
        update_time: NOW,
        version: 1,
    }
}

fn channel((id, kind): (&str, ChannelKind)) -> Channel {
    Channel {
        id: ChannelId::stored(id),
        display_name: String::new(),
        kind,
        enabled: true,
        creates_tickets: true,
        pipeline: PipelineId::stored("support"),
        delivered_by: Deliverer::Adapter,
        plain_reply_to: false,
        reply_window: None,
        calling: helpdesk::domain::call::CallingConfig::default(),
        routing_numbers: 1,
        email_address: String::new(),
        routing: Routing::default(),
        routing_version: 1,
        routing_update_time: NOW,
        create_time: NOW,
        update_time: NOW,
        version: 1,
    }
}
