//! What tickets are associated with, on the wire.

#![expect(clippy::needless_pass_by_value, reason = "every request is handed over whole, as `Front::write` asks")]

use std::collections::BTreeSet;

use crate::domain::links::RecordRef;
use crate::domain::rejection::Rejection;
use crate::grpc::convert::name;
use crate::grpc::pb::v1;
use crate::service::desk::version_of;
use crate::service::grant::Grant;
use crate::service::tickets::{Associate, Dissociate};

/// Lists of records in a request.
#[derive(Debug, Clone, Copy)]
pub struct Records<'r> {
    /// Contacts.
    pub contacts: &'r [String],
    /// Companies.
    pub companies: &'r [String],
    /// Deals.
    pub deals: &'r [String],
    /// Activities.
    pub activities: &'r [String],
}

impl<'r> Records<'r> {
    /// Those of a ticket.
    pub fn of(ticket: &'r v1::Ticket) -> Self {
        let v1::Ticket { contacts, companies, deals, activities, .. } = ticket;
        Self { contacts, companies, deals, activities }
    }

    /// Only the lists that are asked for, by the field that holds them.
    #[must_use]
    pub fn only(self, asked: impl Fn(&str) -> bool) -> Self {
        let list = |field, list: &'r [String]| if asked(field) { list } else { &[] };
        Self {
            contacts: list("contacts", self.contacts),
            companies: list("companies", self.companies),
            deals: list("deals", self.deals),
            activities: list("activities", self.activities),
        }
    }

    /// The records; `place` stands before the fields in the request: nothing, or `ticket.`.
    ///
    /// # Errors
    /// [`Rejection::ReferenceNotFound`] for anything that cannot exist in the caller's account.
    pub fn parse(self, grant: &Grant, place: &str) -> Result<BTreeSet<RecordRef>, Rejection> {
        let mut found = BTreeSet::new();
        let field = |list: &str| format!("{place}{list}");
        for text in self.contacts {
            found.extend(name::contact_ref(grant, &field("contacts"), text)?.map(RecordRef::Contact));
        }
        for text in self.companies {
            found.extend(name::company_ref(grant, &field("companies"), text)?.map(RecordRef::Company));
        }
        for text in self.deals {
            found.extend(name::deal_ref(grant, &field("deals"), text)?.map(RecordRef::Deal));
        }
        for text in self.activities {
            found.extend(name::activity_ref(grant, &field("activities"), text)?.map(RecordRef::Activity));
        }
        Ok(found)
    }

    fn some(self, grant: &Grant) -> Result<BTreeSet<RecordRef>, Rejection> {
        let records = self.parse(grant, "")?;
        if records.is_empty() {
            return Err(Rejection::field("contacts", "REQUIRED", "at least one record must be named"));
        }
        Ok(records)
    }
}

/// The use case of an `AssociateTicket` request.
///
/// # Errors
/// References that cannot exist, or none.
pub fn associate(grant: &Grant, request: v1::AssociateTicketRequest) -> Result<Associate, Rejection> {
    let v1::AssociateTicketRequest { name, contacts, companies, deals, activities, etag, .. } = &request;
    let ticket = name::ticket(grant, "name", name)?;
    let records = Records { contacts, companies, deals, activities }.some(grant)?;
    Ok(Associate { ticket, records, etag: version_of(etag) })
}

/// The use case of a `DissociateTicket` request.
///
/// # Errors
/// As [`associate`].
pub fn dissociate(grant: &Grant, request: v1::DissociateTicketRequest) -> Result<Dissociate, Rejection> {
    let v1::DissociateTicketRequest { name, contacts, companies, deals, activities, etag, .. } = &request;
    let ticket = name::ticket(grant, "name", name)?;
    let records = Records { contacts, companies, deals, activities }.some(grant)?;
    Ok(Dissociate { ticket, records, etag: version_of(etag) })
}
