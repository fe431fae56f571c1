//! Presence by lease (B2): a client renews it as long as its person is there; when it runs out, routing passes the person
//! over until it is renewed.
//!
//! Renewing a lease that holds is one small statement outside of the lane, without event. Only where somebody comes or
//! goes the lane writes: the person's row, an event, and with it those who wait are served.

use std::time::Duration;

use super::person::find;
use super::read::get;
use crate::domain::event::{Actor, EventType, FieldChange, SystemActor};
use crate::domain::ids::{AccountId, UserId};
use crate::domain::names::Name;
use crate::domain::presence::{LONGEST, Lease, Presence, SHORTEST, USUAL};
use crate::domain::rejection::Rejection;
use crate::domain::time::Timestamp;
use crate::domain::user::User;
use crate::service::desk::{Desk, UseCase};
use crate::service::grant::Grant;
use crate::service::{Answer, Encoder, Service, WriteCall};
use crate::storage::lane::{Keys, World};
use crate::storage::presence;

/// Kind of the job that looks after leases which run out.
pub const EXPIRE_PRESENCE: &str = "expire_presence";

/// Says that a person is there.
#[derive(Debug, Clone)]
pub struct RenewPresence {
    /// Who.
    pub user: UserId,
    /// For how long.
    pub length: Duration,
}

/// A renewed lease.
#[derive(Debug, Clone, PartialEq)]
pub struct Renewed {
    /// The person.
    pub user: User,
    /// When the lease runs out.
    pub expire: Timestamp,
}

impl RenewPresence {
    /// A lease of `length`; the usual one where none is asked for.
    ///
    /// # Errors
    /// A field fault for one that is too short or too long.
    pub fn new(user: UserId, length: Option<Duration>) -> Result<Self, Rejection> {
        let length = length.unwrap_or(USUAL);
        if (SHORTEST..=LONGEST).contains(&length) {
            return Ok(Self { user, length });
        }
        let text = format!("must be {} to {} seconds", SHORTEST.as_secs(), LONGEST.as_secs());
        Err(Rejection::field("lease", "OUT_OF_RANGE", text))
    }
}

fn may(grant: &Grant, rights: &crate::domain::access::Rights, user: &UserId, resource: &str) -> Result<(), Rejection> {
    if grant.caller().user() == Some(user) { Ok(()) } else { grant.ask_for_another(rights, resource) }
}

/// Renews a lease that holds, which changes nothing else. Nothing where there is none: then the lane has to decide.
///
/// # Errors
/// [`Rejection::PermissionMissing`] for somebody else's, and the storage's.
pub async fn renew(service: &Service, grant: &Grant, case: &RenewPresence) -> Result<Option<Renewed>, Rejection> {
    let account = grant.account()?;
    may(grant, grant.rights(), &case.user, &Name::User(case.user.clone()).within(account))?;
    let renewed = presence::renew(&service.store, account, &case.user, case.length).await;
    let Some(expire) = renewed.map_err(|error| error.rejection())? else { return Ok(None) };
    let user = get(service, grant, &case.user).await?.user;
    // It was taken for lost while there was a lease: whoever turned the option on a moment ago.
    Ok((!user.work.presence.is_lost()).then_some(Renewed { user, expire }))
}

impl UseCase for RenewPresence {
    type Outcome = Renewed;

    fn needs(&self, _world: &World, keys: &mut Keys) {
        keys.leases.insert(self.user.clone());
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<Renewed, Rejection> {
        may(desk.grant, &desk.rights, &self.user, &desk.name(&Name::User(self.user.clone())))?;
        let (before, now) = (find(desk, &self.user, None)?, desk.session.now());
        let held = desk.world().leases.get(&self.user).map(|lease| lease.expire);
        let expire = held.into_iter().chain([now.plus(self.length)]).max().unwrap_or(now);
        desk.session.world.leases.put(self.user.clone(), Lease { user: self.user.clone(), expire });
        let id = desk.session.new_id();
        desk.session.world.wake(EXPIRE_PRESENCE, id, expire);
        if before.work.presence.is_lost() {
            turn(desk, &before, false, None);
        }
        Ok(Renewed { user: find(desk, &self.user, None)?, expire })
    }
}

/// Writes that somebody is there again, or is no longer, with the event.
fn turn(desk: &mut Desk<'_, '_>, before: &User, lost: bool, actor: Option<Actor>) {
    let mut after = before.clone();
    after.work.presence.lost = lost;
    after.update_time = desk.session.now();
    after.version += 1;
    let word = |presence: Presence| if presence.is_lost() { "LOST" } else { "THERE" };
    let change = FieldChange::of("presence", word(before.work.presence), word(after.work.presence));
    let name = Name::User(after.id.clone()).to_string();
    desk.session.world.people_mut().users.put(after.id.clone(), after);
    desk.session.record(EventType::PresenceChanged, name, None, change.into_iter().collect(), actor);
}

/// What a change of the option makes of a person: whoever needs a lease and has none is not there. Needs the lease.
pub(super) fn settle(desk: &Desk<'_, '_>, user: &mut User) {
    let holds = desk.world().leases.get(&user.id).is_some_and(|lease| lease.holds(desk.session.now()));
    user.work.presence.lost = user.work.presence.required && !holds;
}

/// Lets the leases run out whose time is over.
#[derive(Debug)]
struct Expire;

impl UseCase for Expire {
    type Outcome = usize;

    fn needs(&self, _world: &World, keys: &mut Keys) {
        keys.leases_over = true;
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<usize, Rejection> {
        let now = desk.session.now();
        let mut over: Vec<UserId> =
            desk.world().leases.values().filter(|lease| !lease.holds(now)).map(|lease| lease.user.clone()).collect();
        over.sort();
        for user in &over {
            desk.session.world.leases.remove(user);
            let before = desk.world().people().users.get(user).cloned();
            if let Some(before) = before.filter(|user| user.work.presence.required && !user.work.presence.lost) {
                turn(desk, &before, true, Some(Actor::System(SystemActor::Timer)));
            }
        }
        Ok(over.len())
    }
}

/// Lets leases run out, and says when to look again; none where no lease is left.
///
/// # Errors
/// The storage's.
pub async fn expire_presence(
    service: &Service,
    account: &AccountId,
    now: Timestamp,
) -> Result<Option<Duration>, Rejection> {
    let grant = Grant::system(account.clone(), EXPIRE_PRESENCE);
    let encoder = Encoder { respond: Box::new(|count: usize, _| count), store: Box::new(|_| Vec::new()) };
    if let Answer::Fresh(count) = service.write(&grant, WriteCall::default(), Expire, encoder).await? {
        tracing::debug!(account = %Name::Account.within(account), count, "leases of presence ran out");
    }
    let next = presence::next(&service.store, account).await.map_err(|error| error.rejection())?;
    Ok(next.map(|next| next.since(now)))
}
