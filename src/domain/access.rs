//! Who may do what: standing, permissions, ticket levels. Pure decisions, one place (A1, A2).

use std::collections::BTreeSet;

use super::account::{Account, AccountState};
use super::codes::coded;
use super::ids::{AccessKeyId, AccountId, CustomerAgentId, TeamId, UserId};
use super::share::{Grantee, Share, ShareLevel};
use super::user::{AccessKey, User, UserState};

coded! {
    /// Paid place of a person. Only a SERVICE seat makes a target for automatic assignment.
    Seat { None = "none", ViewOnly = "view_only", Core = "core", Service = "service" }
}

coded! {
    /// How a person stands to the help desk. Ordered.
    Standing {
        /// Signed in, no help desk access.
        SignedIn = "signed_in",
        /// Service or sales access without a Service seat.
        Collaborator = "collaborator",
        /// A Service seat or a super admin.
        Full = "full",
    }
}

coded! {
    /// How far ticket access reaches. Ordered (C-003).
    Level { None = "none", Owned = "owned", Team = "team", All = "all" }
}

coded! {
    /// Subscription tier of an account. Ordered.
    Tier { Free = "free", Starter = "starter", Professional = "professional", Enterprise = "enterprise" }
}

coded! {
    /// Everything a caller can be allowed to do in this service.
    Permission {
        AccountView = "account_view",
        AccountManage = "account_manage",
        UsersView = "users_view",
        UsersManage = "users_manage",
        TeamsManage = "teams_manage",
        PresenceManage = "presence_manage",
        AccessKeysManage = "access_keys_manage",
        ContactsView = "contacts_view",
        ContactsEdit = "contacts_edit",
        CompaniesView = "companies_view",
        CompaniesEdit = "companies_edit",
        RecordsDelete = "records_delete",
        AttachmentsUse = "attachments_use",
        TicketsView = "tickets_view",
        TicketsCreate = "tickets_create",
        TicketsEdit = "tickets_edit",
        TicketsDelete = "tickets_delete",
        TicketsExpunge = "tickets_expunge",
        TicketsAssign = "tickets_assign",
        TicketsCommunicate = "tickets_communicate",
        ChannelsView = "channels_view",
        ChannelsManage = "channels_manage",
        PipelinesView = "pipelines_view",
        TicketPropertiesManage = "ticket_properties_manage",
        TextsManage = "texts_manage",
        RoutingView = "routing_view",
        RoutingManage = "routing_manage",
        PipelinesManage = "pipelines_manage",
        PipelinesAutomate = "pipelines_automate",
        WorkflowsView = "workflows_view",
        WorkflowsManage = "workflows_manage",
        CustomerAgentsView = "customer_agents_view",
        CustomerAgentsManage = "customer_agents_manage",
        CustomerAgentsAct = "customer_agents_act",
        HandoffsView = "handoffs_view",
        HandoffsAct = "handoffs_act",
        IngressWrite = "ingress_write",
    }
}

/// A level, and whether it also covers what nobody owns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct TicketAccess {
    /// The level.
    pub level: Level,
    /// With OWNED or TEAM: tickets without owner and without an assigned team outside the caller's, too (A2).
    pub include_unassigned: bool,
}

impl TicketAccess {
    /// No ticket at all, the default (A1).
    pub const NONE: Self = Self { level: Level::None, include_unassigned: false };
    /// Every ticket.
    pub const ALL: Self = Self { level: Level::All, include_unassigned: true };

    /// Whether this reaches at least as far as `other` everywhere.
    pub fn covers(self, other: Self) -> bool {
        self.level >= other.level
            && (self.include_unassigned
                || !other.include_unassigned
                || self.level == Level::All
                || other.level == Level::None)
    }
}

/// Who a credential stands for.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Caller {
    /// A person of an account.
    User(AccountId, UserId),
    /// A machine credential of an account.
    AccessKey(AccountId, AccessKeyId),
    /// A customer agent, by an access key that is bound to it.
    CustomerAgent(AccountId, CustomerAgentId, AccessKeyId),
    /// Whoever runs the service: makes accounts, touches nothing inside them.
    Operator(String),
    /// The service itself, with the reason why no caller is behind it.
    System(&'static str),
}

impl Caller {
    /// The account the caller belongs to.
    pub fn account(&self) -> Option<&AccountId> {
        match self {
            Self::User(account, _) | Self::AccessKey(account, _) | Self::CustomerAgent(account, ..) => Some(account),
            Self::Operator(_) | Self::System(_) => None,
        }
    }

    /// The person, when it is one.
    pub fn user(&self) -> Option<&UserId> {
        if let Self::User(_, user) = self { Some(user) } else { None }
    }

    /// The customer agent, when it is one.
    pub fn customer_agent(&self) -> Option<&CustomerAgentId> {
        if let Self::CustomerAgent(_, agent, _) = self { Some(agent) } else { None }
    }

    /// A stable text for the key of request ids and for logs: no secret, no personal data.
    pub fn key(&self) -> String {
        match self {
            Self::User(_, user) => format!("u:{user}"),
            Self::AccessKey(_, key) => format!("k:{key}"),
            // Whichever of its keys: runtimes take over from each other.
            Self::CustomerAgent(_, agent, _) => format!("a:{agent}"),
            Self::Operator(name) => format!("o:{name}"),
            Self::System(reason) => format!("s:{reason}"),
        }
    }
}

/// What a caller may do, found from the stored rows and nothing else (A1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rights {
    /// Standing of a person; machine callers have FULL in the places that ask.
    pub standing: Standing,
    /// Permissions held.
    pub permissions: BTreeSet<Permission>,
    /// Reach of reading tickets.
    pub view: TicketAccess,
    /// Reach of changing tickets; assigning, replying and commenting included.
    pub edit: TicketAccess,
    /// Reach of deleting tickets and bringing them back.
    pub delete: TicketAccess,
    /// The person, for OWNED.
    pub user: Option<UserId>,
    /// The person's teams, main and extra, for TEAM.
    pub teams: BTreeSet<TeamId>,
    /// Super admins make super admins; nobody else does.
    pub super_admin: bool,
}

impl Rights {
    /// Whether the permission is held.
    pub fn has(&self, permission: Permission) -> bool {
        self.permissions.contains(&permission)
    }

    /// How far `what` reaches.
    pub fn reach(&self, what: Use) -> TicketAccess {
        match what {
            Use::View => self.view,
            Use::Edit => self.edit,
            Use::Delete => self.delete,
        }
    }

    /// Rights of the service itself.
    pub fn system() -> Self {
        Self::machine(Permission::ALL.iter().copied().collect())
    }

    fn machine(permissions: BTreeSet<Permission>) -> Self {
        let reach = |p: Permission| if permissions.contains(&p) { TicketAccess::ALL } else { TicketAccess::NONE };
        Self {
            standing: Standing::Full,
            view: reach(Permission::TicketsView),
            edit: if permissions.contains(&Permission::TicketsEdit)
                || permissions.contains(&Permission::TicketsAssign)
                || permissions.contains(&Permission::TicketsCommunicate)
                || permissions.contains(&Permission::HandoffsAct)
            {
                TicketAccess::ALL
            } else {
                TicketAccess::NONE
            },
            delete: reach(Permission::TicketsDelete),
            permissions,
            user: None,
            teams: BTreeSet::new(),
            super_admin: false,
        }
    }
}

/// Why a caller is not let in at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotAdmitted {
    /// The account is suspended.
    AccountSuspended,
    /// The person was deactivated.
    UserDeactivated,
    /// The key was revoked or has run out.
    KeyInvalid,
}

/// Standing of a person.
pub fn standing(user: &User) -> Standing {
    if user.super_admin || user.seat == Seat::Service {
        Standing::Full
    } else if user.service_access || user.sales_access {
        Standing::Collaborator
    } else {
        Standing::SignedIn
    }
}

/// Rights of a person, from the stored row (A1).
///
/// # Errors
/// [`NotAdmitted`] when the account or the person is not active.
pub fn user_rights(account: &Account, user: &User, teams: BTreeSet<TeamId>) -> Result<Rights, NotAdmitted> {
    admitted(account)?;
    if user.state != UserState::Active {
        return Err(NotAdmitted::UserDeactivated);
    }
    let standing = standing(user);
    let reach = |access: TicketAccess| match (user.super_admin, standing) {
        (true, _) => TicketAccess::ALL,
        (false, Standing::SignedIn) => TicketAccess::NONE,
        (false, _) => access,
    };
    Ok(Rights {
        standing,
        permissions: user_permissions(user, standing),
        view: reach(user.view),
        edit: reach(user.edit),
        delete: reach(user.delete),
        user: Some(user.id.clone()),
        teams,
        super_admin: user.super_admin,
    })
}

fn admitted(account: &Account) -> Result<(), NotAdmitted> {
    if account.state == AccountState::Active { Ok(()) } else { Err(NotAdmitted::AccountSuspended) }
}

fn user_permissions(user: &User, standing: Standing) -> BTreeSet<Permission> {
    use Permission as P;
    let manages = user.super_admin || user.account_access;
    P::ALL
        .iter()
        .copied()
        .filter(|permission| match permission {
            P::AccountView | P::UsersView => true,
            P::AccountManage | P::UsersManage | P::TeamsManage | P::PipelinesAutomate => manages,
            P::PresenceManage | P::AccessKeysManage => manages || user.super_admin,
            P::ContactsView
            | P::ContactsEdit
            | P::CompaniesView
            | P::CompaniesEdit
            | P::AttachmentsUse
            | P::TicketsView
            | P::TicketsCreate
            | P::TicketsEdit
            | P::TicketsDelete
            | P::TicketsAssign
            | P::TicketsCommunicate
            | P::HandoffsView
            | P::HandoffsAct
            | P::PipelinesView => standing >= Standing::Collaborator,
            P::RecordsDelete
            | P::ChannelsView
            | P::ChannelsManage
            | P::TicketPropertiesManage
            | P::TextsManage
            | P::RoutingView
            | P::RoutingManage
            | P::PipelinesManage
            | P::WorkflowsView
            | P::WorkflowsManage
            | P::CustomerAgentsView => standing == Standing::Full,
            P::CustomerAgentsManage => user.super_admin || (standing == Standing::Full && user.customer_agent_editor),
            P::TicketsExpunge => user.super_admin,
            P::IngressWrite | P::CustomerAgentsAct => false,
        })
        .collect()
}

/// Rights of a machine credential: the permissions it was given, on every ticket.
///
/// # Errors
/// [`NotAdmitted`] when the account is not active or the key revoked or expired.
pub fn key_rights(account: &Account, key: &AccessKey, now: super::time::Timestamp) -> Result<Rights, NotAdmitted> {
    admitted(account)?;
    if !key.is_good(now) {
        return Err(NotAdmitted::KeyInvalid);
    }
    Ok(Rights::machine(key.permissions.iter().copied().collect()))
}

/// What is done with a ticket, as far as levels go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// Reading it with everything on it, and commenting.
    View,
    /// Changing, assigning and answering it.
    Edit,
    /// Deleting it and bringing it back.
    Delete,
}

impl Use {
    /// The least share that allows it; no share allows deleting.
    pub fn least_share(self) -> Option<ShareLevel> {
        match self {
            Self::View => Some(ShareLevel::View),
            Self::Edit => Some(ShareLevel::Edit),
            Self::Delete => None,
        }
    }
}

/// The part of a ticket that access is judged on.
#[derive(Debug, Clone, Copy)]
pub struct Reach<'a> {
    /// The owner and the owner's teams.
    pub owner: Option<(&'a UserId, &'a BTreeSet<TeamId>)>,
    /// Teams the ticket is assigned to.
    pub teams: &'a BTreeSet<TeamId>,
    /// With whom it is shared.
    pub shares: &'a [Share],
}

/// Whether this caller may do this with the ticket: by level (A2, R-010, R-012), or by a share.
pub fn covers(rights: &Rights, what: Use, ticket: Reach<'_>) -> bool {
    let access = rights.reach(what);
    let owned = || ticket.owner.is_some_and(|(owner, _)| Some(owner) == rights.user.as_ref());
    let mine = |teams: &BTreeSet<TeamId>| teams.iter().any(|team| rights.teams.contains(team));
    let in_team = || ticket.owner.is_some_and(|(_, teams)| mine(teams)) || mine(ticket.teams);
    let free = || ticket.owner.is_none() && ticket.teams.iter().all(|team| rights.teams.contains(team));
    let by_level = match access.level {
        Level::None => false,
        Level::All => true,
        Level::Owned => owned() || (access.include_unassigned && free()),
        Level::Team => owned() || in_team() || (access.include_unassigned && free()),
    };
    by_level || shared(rights, what, ticket.shares)
}

/// Whether a share reaches this caller and allows it. Who has no access to tickets at all is reached by none.
fn shared(rights: &Rights, what: Use, shares: &[Share]) -> bool {
    let Some(least) = what.least_share().filter(|_| rights.view.level != Level::None) else { return false };
    let mine = |grantee: &Grantee| match grantee {
        Grantee::User(user) => Some(user) == rights.user.as_ref(),
        Grantee::Team(team) => rights.teams.contains(team),
    };
    shares.iter().any(|share| share.level >= least && mine(&share.grantee))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rights(level: Level, include_unassigned: bool) -> Rights {
        let access = TicketAccess { level, include_unassigned };
        Rights {
            standing: Standing::Full,
            permissions: BTreeSet::new(),
            view: access,
            edit: access,
            delete: access,
            user: Some(UserId::stored("me")),
            teams: teams(&["red"]),
            super_admin: false,
        }
    }

    fn teams(names: &[&str]) -> BTreeSet<TeamId> {
        names.iter().map(|name| TeamId::stored(*name)).collect()
    }

    /// Each level against each kind of ticket: mine, a colleague's, a stranger's, a free one, one of my team, one of another.
    #[test]
    fn levels_cover_what_they_say() {
        let (me, peer, stranger) = (UserId::stored("me"), UserId::stored("peer"), UserId::stored("stranger"));
        let (red, blue, none) = (teams(&["red"]), teams(&["blue"]), teams(&[]));
        let cases = [
            (Reach { owner: Some((&me, &red)), teams: &none, shares: &[] }, "mine"),
            (Reach { owner: Some((&peer, &red)), teams: &none, shares: &[] }, "peer"),
            (Reach { owner: Some((&stranger, &blue)), teams: &none, shares: &[] }, "stranger"),
            (Reach { owner: None, teams: &none, shares: &[] }, "free"),
            (Reach { owner: None, teams: &red, shares: &[] }, "my team's"),
            (Reach { owner: None, teams: &blue, shares: &[] }, "another team's"),
        ];
        let expect = [
            (Level::None, true, ""),
            (Level::Owned, false, "mine"),
            (Level::Owned, true, "mine,free,my team's"),
            (Level::Team, false, "mine,peer,my team's"),
            (Level::Team, true, "mine,peer,free,my team's"),
            (Level::All, false, "mine,peer,stranger,free,my team's,another team's"),
        ];
        for (level, unassigned, seen) in expect {
            let rights = rights(level, unassigned);
            let found: Vec<_> = cases.iter().filter(|(t, _)| covers(&rights, Use::View, *t)).map(|(_, n)| *n).collect();
            assert_eq!(found.join(","), seen, "{level:?} {unassigned}");
        }
    }

    /// a share reaches those it is given to whatever their level above none, and no further than it says.
    #[test]
    fn shares_reach_beyond_levels_and_never_to_those_without_access() {
        let share = |grantee: Grantee, level| Share {
            grantee,
            level,
            sharer: super::super::event::Actor::Visitor,
            share_time: super::super::time::Timestamp::from_micros(1),
        };
        let me = || Grantee::User(UserId::stored("me"));
        let red = || Grantee::Team(TeamId::stored("red"));
        let other = || Grantee::User(UserId::stored("other"));
        let stranger = (UserId::stored("stranger"), teams(&["blue"]));
        let none = teams(&[]);
        let cases = [
            (share(me(), ShareLevel::View), "view"),
            (share(me(), ShareLevel::Edit), "view,edit"),
            (share(red(), ShareLevel::Edit), "view,edit"),
            (share(other(), ShareLevel::Edit), ""),
        ];
        for (share, allowed) in cases {
            let shares = [share];
            let ticket = Reach { owner: Some((&stranger.0, &stranger.1)), teams: &none, shares: &shares };
            let uses = [(Use::View, "view"), (Use::Edit, "edit"), (Use::Delete, "delete")];
            let found = |rights: &Rights| {
                let may: Vec<_> =
                    uses.iter().filter(|(what, _)| covers(rights, *what, ticket)).map(|(_, n)| *n).collect();
                may.join(",")
            };
            assert_eq!(found(&rights(Level::Owned, false)), allowed, "{shares:?}");
            assert_eq!(found(&rights(Level::None, true)), "", "{shares:?}");
        }
    }

    #[test]
    fn a_grant_never_reaches_further_than_the_granter() {
        let team = TicketAccess { level: Level::Team, include_unassigned: false };
        let owned_plus = TicketAccess { level: Level::Owned, include_unassigned: true };
        assert!(TicketAccess::ALL.covers(owned_plus));
        assert!(team.covers(TicketAccess::NONE));
        assert!(!team.covers(owned_plus));
        assert!(!team.covers(TicketAccess::ALL));
    }
}
