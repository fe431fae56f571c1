//! People on the wire.

use std::time::Duration;

use crate::domain::access::{TicketAccess, standing};
use crate::domain::ids::{AccountId, SkillId, UserId};
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::domain::routing::{Capacity, CapacityGroup, Skills};
use crate::domain::user::{Membership, User, UserState};
use crate::grpc::convert::access::{level, level_of, seat, seat_of, standing as wire_standing};
use crate::grpc::convert::schedule::source;
use crate::grpc::convert::team::membership;
use crate::grpc::convert::{mask, name, timestamp};
use crate::grpc::pb::v1;
use crate::service::desk::{etag, version_of};
use crate::service::grant::Grant;
use crate::service::users::{
    AccessChange, ChangeSeat, Changes, Create, Deactivate, Reactivate, RenewPresence, Renewed, SetAvailability, Update,
};

/// Paths that an update changes; `seat` is among them so that another one can be refused.
const CHANGEABLE: [&str; 19] = [
    "display_name",
    "email",
    "seat",
    "super_admin",
    "service_access",
    "sales_access",
    "account_access",
    "customer_agent_editor",
    "ticket_view",
    "ticket_view.level",
    "ticket_view.include_unassigned",
    "ticket_edit",
    "ticket_edit.level",
    "ticket_edit.include_unassigned",
    "ticket_delete",
    "ticket_delete.level",
    "ticket_delete.include_unassigned",
    "capacity",
    "presence_required",
];

/// Paths that only the service writes.
const OUTPUT_ONLY: [&str; 9] =
    ["name", "state", "teams", "availability", "standing", "skills", "create_time", "update_time", "etag"];

/// A person as callers see it. `limited`: the account's tier includes limits.
pub fn user(account: &AccountId, user: &User, teams: &[Membership], limited: bool) -> v1::User {
    let state = match user.state {
        UserState::Active => v1::UserState::Active,
        UserState::Deactivated => v1::UserState::Deactivated,
    };
    v1::User {
        name: Name::User(user.id.clone()).within(account),
        display_name: user.display_name.clone(),
        email: user.email.clone(),
        state: state.into(),
        seat: seat(user.seat).into(),
        super_admin: user.super_admin,
        teams: teams.iter().map(|member| membership(account, member)).collect(),
        availability: Some(availability(account, user)),
        service_access: user.service_access,
        sales_access: user.sales_access,
        standing: wire_standing(standing(user)).into(),
        account_access: user.account_access,
        customer_agent_editor: user.customer_agent_editor,
        ticket_view: Some(ticket_access(user.view)),
        ticket_edit: Some(ticket_access(user.edit)),
        ticket_delete: Some(ticket_access(user.delete)),
        releasing_ticket_count: i32::try_from(user.releasing).unwrap_or(i32::MAX),
        skills: skills(account, &user.work.skills),
        capacity: capacity(user.work.capacity, limited),
        presence_required: user.work.presence.required,
        create_time: Some(timestamp(user.create_time)),
        update_time: Some(timestamp(user.update_time)),
        etag: etag(user.version),
    }
}

/// Skills as callers see them.
pub fn skills(account: &AccountId, skills: &Skills) -> Vec<v1::SkillAssignment> {
    let assignment = |(skill, level): (&SkillId, &u8)| v1::SkillAssignment {
        skill: Name::Skill(skill.clone()).within(account),
        level: i32::from(*level),
    };
    skills.iter().map(assignment).collect()
}

fn capacity(capacity: Capacity, limited: bool) -> Option<v1::Capacity> {
    let wire = |limit: u32| i32::try_from(limit).unwrap_or(i32::MAX);
    let groups = CapacityGroup::ALL.iter().filter_map(|group| {
        let limit = wire(capacity.of(*group)?);
        Some(v1::GroupCapacity { group: capacity_group(*group).into(), limit })
    });
    let (total_limit, groups) = (capacity.total.map(wire), groups.collect());
    let said = v1::Capacity { total_limit, groups, suspended: !limited };
    (capacity != Capacity::default()).then_some(said)
}

/// A kind of work on the wire.
pub fn capacity_group(group: CapacityGroup) -> v1::CapacityGroup {
    match group {
        CapacityGroup::Calling => v1::CapacityGroup::Calling,
        CapacityGroup::Messaging => v1::CapacityGroup::Messaging,
        CapacityGroup::EmailAndOther => v1::CapacityGroup::EmailAndOther,
    }
}

fn capacity_of(given: Option<&v1::Capacity>) -> Result<Capacity, Rejection> {
    let Some(given) = given else { return Ok(Capacity::default()) };
    let limit = |limit: i32| Some(u32::try_from(limit).unwrap_or(0));
    let field = "user.capacity.groups";
    if given.total_limit.is_some() && !given.groups.is_empty() {
        return Err(Rejection::field(field, "INCONSISTENT", "must be empty beside total_limit"));
    }
    let mut capacity = Capacity { total: given.total_limit.and_then(limit), ..Capacity::default() };
    for named in &given.groups {
        let place = match named.group() {
            v1::CapacityGroup::Calling => &mut capacity.calling,
            v1::CapacityGroup::Messaging => &mut capacity.messaging,
            v1::CapacityGroup::EmailAndOther | v1::CapacityGroup::Unspecified => &mut capacity.email_and_other,
        };
        if std::mem::replace(place, limit(named.limit)).is_some() {
            return Err(Rejection::field(field, "NOT_UNIQUE", "must name each group at most once"));
        }
    }
    Ok(capacity)
}

/// The availability of a person.
pub fn availability(account: &AccountId, user: &User) -> v1::Availability {
    let lease_lost = user.available && user.work.presence.is_lost();
    let there = user.available && !lease_lost;
    let state = if there { v1::AvailabilityState::Available } else { v1::AvailabilityState::Away };
    let schedule = &user.work.schedule;
    v1::Availability {
        state: state.into(),
        since_time: Some(timestamp(user.availability_since)),
        source: source(schedule.source).into(),
        until_time: schedule.until.map(timestamp),
        setter: schedule.by.clone().map(|id| Name::User(id).within(account)).unwrap_or_default(),
        lease_lost,
    }
}

fn ticket_access(access: TicketAccess) -> v1::TicketAccess {
    v1::TicketAccess { level: level(access.level).into(), include_unassigned: access.include_unassigned }
}

fn ticket_access_of(access: Option<&v1::TicketAccess>) -> TicketAccess {
    access.map_or(TicketAccess::NONE, |access| TicketAccess {
        level: level_of(access.level()),
        include_unassigned: access.include_unassigned,
    })
}

/// A name for people: trimmed and not blank.
///
/// # Errors
/// A field fault for a blank one.
pub fn display_name(field: &str, text: &str) -> Result<String, Rejection> {
    let text = text.trim();
    if text.is_empty() { Err(Rejection::field(field, "REQUIRED", "must not be blank")) } else { Ok(text.to_owned()) }
}

/// The use case of a `CreateUser` request.
///
/// # Errors
/// Fields that break a rule.
pub fn create(grant: &Grant, request: v1::CreateUserRequest) -> Result<Create, Rejection> {
    name::account(grant, "parent", &request.parent)?;
    let user = name::required("user", request.user)?;
    Ok(Create {
        id: (!request.user_id.is_empty()).then(|| UserId::stored(request.user_id)),
        display_name: display_name("user.display_name", &user.display_name)?,
        email: user.email.trim().to_owned(),
        seat: seat_of(user.seat()),
        super_admin: user.super_admin,
        account_access: user.account_access,
        service_access: user.service_access,
        sales_access: user.sales_access,
        customer_agent_editor: user.customer_agent_editor,
        view: ticket_access_of(user.ticket_view.as_ref()),
        edit: ticket_access_of(user.ticket_edit.as_ref()),
        delete: ticket_access_of(user.ticket_delete.as_ref()),
        capacity: capacity_of(user.capacity.as_ref())?,
        presence_required: user.presence_required,
    })
}

/// The use case of an `UpdateUser` request.
///
/// # Errors
/// Fields that break a rule, and a mask that is wrong.
pub fn update(grant: &Grant, request: v1::UpdateUserRequest) -> Result<Update, Rejection> {
    let paths = mask::paths(request.update_mask.as_ref(), &CHANGEABLE, &OUTPUT_ONLY)?;
    let user = name::required("user", request.user)?;
    let changes = changes(&user, &paths)?;
    Ok(Update { user: name::user(grant, "user.name", &user.name)?, changes, etag: version_of(&user.etag) })
}

fn changes(user: &v1::User, paths: &[&str]) -> Result<Changes, Rejection> {
    let asked = |path: &str| paths.contains(&path);
    let name = asked("display_name").then(|| display_name("user.display_name", &user.display_name));
    let access = |field: &str, given: Option<&v1::TicketAccess>| {
        let (given, whole) = (ticket_access_of(given), asked(field));
        AccessChange {
            level: (whole || asked(&format!("{field}.level"))).then_some(given.level),
            include_unassigned: (whole || asked(&format!("{field}.include_unassigned")))
                .then_some(given.include_unassigned),
        }
    };
    Ok(Changes {
        display_name: name.transpose()?,
        email: asked("email").then(|| user.email.trim().to_owned()),
        super_admin: asked("super_admin").then_some(user.super_admin),
        account_access: asked("account_access").then_some(user.account_access),
        service_access: asked("service_access").then_some(user.service_access),
        sales_access: asked("sales_access").then_some(user.sales_access),
        customer_agent_editor: asked("customer_agent_editor").then_some(user.customer_agent_editor),
        view: access("ticket_view", user.ticket_view.as_ref()),
        edit: access("ticket_edit", user.ticket_edit.as_ref()),
        delete: access("ticket_delete", user.ticket_delete.as_ref()),
        seat: asked("seat").then(|| seat_of(user.seat())),
        capacity: asked("capacity").then(|| capacity_of(user.capacity.as_ref())).transpose()?,
        presence_required: asked("presence_required").then_some(user.presence_required),
    })
}

/// The use case of a `DeactivateUser` request.
///
/// # Errors
/// A name that is none.
pub fn deactivate(grant: &Grant, request: v1::DeactivateUserRequest) -> Result<Deactivate, Rejection> {
    let v1::DeactivateUserRequest { name: user, etag, .. } = request;
    Ok(Deactivate { user: name::user(grant, "name", &user)?, etag: version_of(&etag) })
}

/// The use case of a `ReactivateUser` request.
///
/// # Errors
/// A name that is none.
pub fn reactivate(grant: &Grant, request: v1::ReactivateUserRequest) -> Result<Reactivate, Rejection> {
    let v1::ReactivateUserRequest { name: user, etag, .. } = request;
    Ok(Reactivate { user: name::user(grant, "name", &user)?, etag: version_of(&etag) })
}

/// The use case of a `ChangeUserSeat` request.
///
/// # Errors
/// A name that is none.
pub fn change_seat(grant: &Grant, request: v1::ChangeUserSeatRequest) -> Result<ChangeSeat, Rejection> {
    let seat = seat_of(request.seat());
    let v1::ChangeUserSeatRequest { name: user, etag, .. } = request;
    Ok(ChangeSeat { user: name::user(grant, "name", &user)?, seat, etag: version_of(&etag) })
}

/// The use case of a `SetAvailability` request.
///
/// # Errors
/// A name that is none.
pub fn set_availability(grant: &Grant, request: v1::SetAvailabilityRequest) -> Result<SetAvailability, Rejection> {
    let available = request.state() == v1::AvailabilityState::Available;
    let v1::SetAvailabilityRequest { name: user, end_out_of_office, .. } = request;
    Ok(SetAvailability { user: name::user(grant, "name", &user)?, available, end_out_of_office })
}

/// The use case of a `RenewPresence` request.
///
/// # Errors
/// A name that is none, a lease out of bounds.
pub fn renew_presence(grant: &Grant, request: &v1::RenewPresenceRequest) -> Result<RenewPresence, Rejection> {
    let length = request.lease.map(Duration::try_from).transpose();
    let length = length.map_err(|_| Rejection::field("lease", "OUT_OF_RANGE", "must not be negative"))?;
    RenewPresence::new(name::user(grant, "name", &request.name)?, length)
}

/// A renewed lease; what it brought about is filled in where the lane wrote it.
pub fn renewed(account: &AccountId, renewed: &Renewed) -> v1::RenewPresenceResponse {
    v1::RenewPresenceResponse {
        availability: Some(availability(account, &renewed.user)),
        expire_time: Some(timestamp(renewed.expire)),
        mutation: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::access::Level;
    use crate::grpc::pb::access as wire;

    #[test]
    fn an_update_takes_what_its_mask_names_and_nothing_else() {
        let view = v1::TicketAccess { level: wire::AccessLevel::Team.into(), include_unassigned: true };
        let user = v1::User {
            email: " a@b.example ".into(),
            super_admin: true,
            ticket_view: Some(view),
            ..v1::User::default()
        };
        let found = changes(&user, &["email", "ticket_view.level"]).expect("valid");
        assert_eq!(found.email.as_deref(), Some("a@b.example"));
        assert_eq!(
            (found.super_admin, found.view.level, found.view.include_unassigned),
            (None, Some(Level::Team), None)
        );
        let cleared = changes(&v1::User::default(), &["ticket_edit"]).expect("valid");
        assert_eq!((cleared.edit.level, cleared.edit.include_unassigned), (Some(Level::None), Some(false)));
        assert!(changes(&v1::User { display_name: "  ".into(), ..user }, &["display_name"]).is_err());
    }
}
