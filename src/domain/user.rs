//! People, teams and machine credentials of an account.

use super::access::{Permission, Seat, TicketAccess};
use super::codes::coded;
use super::ids::{AccessKeyId, CustomerAgentId, TeamId, UserId};
use super::notification::NotificationSettings;
use super::presence::Presence;
use super::routing::{Capacity, Skills};
use super::schedule::Schedule;
use super::time::Timestamp;
use serde::{Deserialize, Serialize};

coded! {
    /// Whether a person may sign in.
    UserState { Active = "active", Deactivated = "deactivated" }
}

/// A person of the account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Chosen or made id.
    pub id: UserId,
    /// Name for people.
    pub display_name: String,
    /// Mail address, unique in the account without regard to case.
    pub email: String,
    /// Whether the person may sign in.
    pub state: UserState,
    /// Paid place.
    pub seat: Seat,
    /// Holds every permission; a routing target only with a Service seat (C-001).
    pub super_admin: bool,
    /// Manages people and the account (A1).
    pub account_access: bool,
    /// Collaborates without a seat.
    pub service_access: bool,
    /// Collaborates without a seat.
    pub sales_access: bool,
    /// Manages customer agents, as far as the standing goes.
    pub customer_agent_editor: bool,
    /// Which tickets the person reads.
    pub view: TicketAccess,
    /// Which tickets the person changes.
    pub edit: TicketAccess,
    /// Which tickets the person deletes.
    pub delete: TicketAccess,
    /// Available for automatic assignment; false is away (C-047).
    pub available: bool,
    /// Since when the availability holds.
    pub availability_since: Timestamp,
    /// What the person can do, and how much of it.
    pub work: Work,
    /// What the person wants to be told. Has a version of its own: it is no part of what others see of the person.
    pub notifications: NotificationSettings,
    /// Open tickets that are still to be looked at since the person lost access; 0 when that is done.
    pub releasing: i64,
    /// When the person was added.
    pub create_time: Timestamp,
    /// When the row last changed.
    pub update_time: Timestamp,
    /// The etag.
    pub version: i64,
}

/// What routing knows of a person beside rights and availability.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Work {
    /// How many open tickets at once.
    pub capacity: Capacity,
    /// The person's own skills; those of the main team count too.
    pub skills: Skills,
    /// When the person works.
    pub schedule: Schedule,
    /// Whether the person has to say to be there, and does.
    pub presence: Presence,
}

impl User {
    /// The form in which mail addresses are compared.
    pub fn email_key(email: &str) -> String {
        email.trim().to_lowercase()
    }
}

/// People who share work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Team {
    /// Chosen or made id.
    pub id: TeamId,
    /// Name for people.
    pub display_name: String,
    /// What its main members can do.
    pub skills: Skills,
    /// When it was made.
    pub create_time: Timestamp,
    /// When the row last changed.
    pub update_time: Timestamp,
    /// The etag.
    pub version: i64,
}

/// That a person is in a team.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Membership {
    /// The team.
    pub team: TeamId,
    /// The person.
    pub user: UserId,
    /// Whether it is the person's main team; at most one is. Only main members receive through the team.
    pub main: bool,
    /// When the person joined.
    pub join_time: Timestamp,
}

/// A machine credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessKey {
    /// Chosen or made id.
    pub id: AccessKeyId,
    /// Name for people.
    pub display_name: String,
    /// What it may do, on every record of the account.
    pub permissions: Vec<Permission>,
    /// The customer agent whose runtime it stands for.
    pub customer_agent: Option<CustomerAgentId>,
    /// SHA-256 of the secret; the secret itself is shown once and never stored.
    pub secret_hash: Vec<u8>,
    /// Revoked for good.
    pub revoked: bool,
    /// When it stops working by itself.
    pub expire_time: Option<Timestamp>,
    /// When it was made.
    pub create_time: Timestamp,
    /// When the row last changed.
    pub update_time: Timestamp,
    /// The etag.
    pub version: i64,
}

impl AccessKey {
    /// Whether it lets anybody in now.
    pub fn is_good(&self, now: Timestamp) -> bool {
        !self.revoked && self.expire_time.is_none_or(|end| end > now)
    }
}
