//! Following a ticket. It gives no access and leaves the etag as it is: nobody's edit fails because of it.

use super::assign::check_sees;
use crate::domain::access::{Permission, Use};
use crate::domain::event::{EventType, FieldChange};
use crate::domain::ids::{TicketNumber, UserId};
use crate::domain::life::MOST_FOLLOWERS;
use crate::domain::names::Name;
use crate::domain::page::{Page, PageRequest};
use crate::domain::rejection::Rejection;
use crate::domain::ticket::Ticket;
use crate::domain::time::Timestamp;
use crate::service::desk::{Desk, UseCase};
use crate::service::page::page_of;
use crate::storage::lane::{Keys, World};

/// Begins or ends the following of a person.
#[derive(Debug, Clone)]
pub struct Follow {
    /// The ticket.
    pub ticket: TicketNumber,
    /// Who; none is the caller.
    pub user: Option<UserId>,
    /// Begin or end.
    pub begin: bool,
}

/// Who follows or followed, and since when.
pub type Followed = (UserId, Timestamp);

impl UseCase for Follow {
    /// None when nobody followed who was to end it.
    type Outcome = Option<Followed>;

    fn needs(&self, _world: &World, keys: &mut Keys) {
        keys.tickets.insert(self.ticket);
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<Option<Followed>, Rejection> {
        let mut ticket = desk.ticket(self.ticket)?;
        let user = self.person(desk)?;
        if Some(&user) != desk.rights.user.as_ref() {
            desk.ticket_for(self.ticket, Use::Edit, Permission::TicketsEdit, None)?;
        }
        desk.writable(&ticket)?;
        let known = ticket.life.followers.get(&user).copied();
        if known.is_some() == self.begin {
            return Ok(known.map(|since| (user, since)));
        }
        let since = known.unwrap_or(desk.session.now());
        if self.begin {
            check_sees(desk, &user, &ticket, "user")?;
            make_room(&ticket)?;
            ticket.life.followers.insert(user.clone(), since);
        } else {
            ticket.life.followers.remove(&user);
        }
        desk.session.world.tickets.put(self.ticket, ticket);
        let name = desk.name(&Name::User(user.clone()));
        let (before, after) = if self.begin { (String::new(), name) } else { (name, String::new()) };
        let fields = FieldChange::of("follower", before, after).into_iter().collect();
        desk.ticket_event(EventType::TicketFollowed, self.ticket, fields);
        Ok(Some((user, since)))
    }
}

impl Follow {
    fn person(&self, desk: &Desk<'_, '_>) -> Result<UserId, Rejection> {
        let nobody = || Rejection::field("user", "REQUIRED", "must be set by a caller who is not a person");
        self.user.clone().or_else(|| desk.rights.user.clone()).ok_or_else(nobody)
    }
}

fn make_room(ticket: &Ticket) -> Result<(), Rejection> {
    if ticket.life.followers.len() < MOST_FOLLOWERS {
        return Ok(());
    }
    Err(Rejection::Quota { quota: "followers of a ticket", limit: MOST_FOLLOWERS as u64 })
}

/// One page of the followers of a ticket, by user.
pub fn followers(ticket: &Ticket, page: &PageRequest) -> Page<Followed> {
    let key = |followed: &Followed| followed.0.to_string();
    let all = ticket.life.followers.iter().map(|(user, since)| (user.clone(), *since));
    page_of(all, key, page)
}
