//! Sharing a ticket with a user or a team: access beyond their level, judged in one place with it.

use crate::domain::access::{Level, Permission};
use crate::domain::event::{EventType, FieldChange};
use crate::domain::ids::TicketNumber;
use crate::domain::names::Name;
use crate::domain::page::{Page, PageRequest};
use crate::domain::rejection::Rejection;
use crate::domain::share::{Grantee, MOST_SHARES, Share, ShareLevel};
use crate::domain::ticket::Ticket;
use crate::service::desk::{Desk, UseCase};
use crate::service::page::page_of;
use crate::storage::lane::{Keys, World};

/// Gives a share, in place of a former one with the same grantee.
#[derive(Debug, Clone)]
pub struct GiveShare {
    /// The ticket.
    pub ticket: TicketNumber,
    /// With whom.
    pub grantee: Grantee,
    /// What it allows.
    pub level: ShareLevel,
    /// What the caller last saw.
    pub etag: Option<i64>,
}

/// Takes a share back.
#[derive(Debug, Clone)]
pub struct TakeShare {
    /// The ticket.
    pub ticket: TicketNumber,
    /// From whom.
    pub grantee: Grantee,
    /// What the caller last saw.
    pub etag: Option<i64>,
}

impl UseCase for GiveShare {
    type Outcome = Share;

    fn needs(&self, _world: &World, keys: &mut Keys) {
        keys.tickets.insert(self.ticket);
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<Share, Rejection> {
        let mut ticket = desk.ticket_to_change(self.ticket, Permission::TicketsEdit, self.etag)?;
        self.check_grantee(desk)?;
        let before = ticket.life.share_with(&self.grantee).cloned();
        if let Some(same) = before.clone().filter(|share| share.level == self.level) {
            return Ok(same);
        }
        let share = Share {
            grantee: self.grantee.clone(),
            level: self.level,
            sharer: desk.session.actor.clone(),
            share_time: desk.session.now(),
        };
        if !ticket.life.put_share(share.clone()) {
            return Err(Rejection::Quota { quota: "shares of a ticket", limit: MOST_SHARES as u64 });
        }
        desk.save_ticket(ticket);
        tell(desk, self.ticket, before.as_ref(), Some(&share));
        Ok(share)
    }
}

impl GiveShare {
    fn check_grantee(&self, desk: &mut Desk<'_, '_>) -> Result<(), Rejection> {
        let people = desk.world().people();
        let (field, name, known) = match &self.grantee {
            Grantee::User(id) => ("ticket_share.user", Name::User(id.clone()), people.users.get(id).is_some()),
            Grantee::Team(id) => ("ticket_share.team", Name::Team(id.clone()), people.teams.get(id).is_some()),
        };
        if !known {
            return Err(Rejection::ReferenceNotFound { field: field.to_owned(), resource: desk.name(&name) });
        }
        let blind = |id| people.users.get(id).is_some_and(|user| !user.super_admin && user.view.level == Level::None);
        if matches!(&self.grantee, Grantee::User(id) if blind(id)) {
            let text = "this person has no access to tickets; the share works once it is switched on".to_owned();
            desk.session.warn(field, text, name.to_string());
        }
        Ok(())
    }
}

impl UseCase for TakeShare {
    /// None when there was none.
    type Outcome = Option<Share>;

    fn needs(&self, _world: &World, keys: &mut Keys) {
        keys.tickets.insert(self.ticket);
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<Option<Share>, Rejection> {
        let mut ticket = desk.ticket_to_change(self.ticket, Permission::TicketsEdit, self.etag)?;
        let taken = ticket.life.take_share(&self.grantee);
        if taken.is_some() {
            desk.save_ticket(ticket);
            tell(desk, self.ticket, taken.as_ref(), None);
        }
        Ok(taken)
    }
}

fn tell(desk: &mut Desk<'_, '_>, number: TicketNumber, before: Option<&Share>, after: Option<&Share>) {
    let text = |share: Option<&Share>| {
        share.map_or_else(String::new, |share| {
            let name = match &share.grantee {
                Grantee::User(id) => Name::User(id.clone()),
                Grantee::Team(id) => Name::Team(id.clone()),
            };
            format!("{} {}", desk.name(&name), share.level.code().to_uppercase())
        })
    };
    let fields = FieldChange::of("share", text(before), text(after)).into_iter().collect();
    desk.ticket_event(EventType::TicketShared, number, fields);
}

/// One page of the shares of a ticket: users before teams, by id.
pub fn shares(ticket: &Ticket, page: &PageRequest) -> Page<Share> {
    let key = |share: &Share| match &share.grantee {
        Grantee::User(id) => format!("0 {id}"),
        Grantee::Team(id) => format!("1 {id}"),
    };
    page_of(ticket.life.shares.iter().cloned(), key, page)
}
