//! What all changes of people share: finding one, storing one, and the rules that hold over all of them.

use crate::domain::channel::{Channel, Target};
use crate::domain::event::{EventType, FieldChange};
use crate::domain::ids::UserId;
use crate::domain::names::Name;
use crate::domain::plan::Feature;
use crate::domain::rejection::Rejection;
use crate::domain::routing::{Capacity, everybody_named};
use crate::domain::user::{Membership, User, UserState};
use crate::service::desk::Desk;

/// A person with the teams, by team.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The person.
    pub user: User,
    /// Main and extra teams.
    pub teams: Vec<Membership>,
}

/// The stored row of a person, still as it was when the caller looked.
///
/// # Errors
/// [`Rejection::NotFound`], [`Rejection::EtagMismatch`].
pub fn find(desk: &Desk<'_, '_>, id: &UserId, etag: Option<i64>) -> Result<User, Rejection> {
    let name = Name::User(id.clone());
    let user = desk.world().people().users.get(id).cloned().ok_or_else(|| desk.not_found(&name))?;
    desk.same_version(&name, etag, user.version)?;
    Ok(user)
}

/// A person as the session has it now.
pub fn person(desk: &Desk<'_, '_>, id: &UserId) -> Person {
    let people = desk.world().people();
    let user = people.users.get(id).cloned().expect("it was found or written in this session");
    Person { teams: memberships(desk, id), user }
}

/// The memberships of a person, by team.
pub fn memberships(desk: &Desk<'_, '_>, id: &UserId) -> Vec<Membership> {
    let people = desk.world().people();
    let teams = desk.world().teams_of(id).iter();
    teams.filter_map(|team| people.members.get(&(team.clone(), id.clone()))).cloned().collect()
}

/// Writes a person with the marks of a change, and an event when `before` says what changed.
pub fn save(desk: &mut Desk<'_, '_>, before: Option<&User>, mut user: User) {
    user.version += 1;
    user.update_time = desk.session.now();
    let (id, key) = (user.id.clone(), User::email_key(&user.email));
    let fields = before.map(|before| changes(before, &user)).unwrap_or_default();
    let people = desk.session.world.people_mut();
    if let Some(old) = before.map(|before| User::email_key(&before.email)).filter(|old| *old != key) {
        people.emails.remove(&old);
    }
    people.emails.put(key, id.clone());
    people.users.put(id.clone(), user);
    desk.event(EventType::UserChanged, &Name::User(id), fields);
}

/// What changed, as fields of the contract.
fn changes(before: &User, after: &User) -> Vec<FieldChange> {
    let access = |user: &User| [user.view, user.edit, user.delete].map(|access| (upper(access.level.code()), access));
    let ([view_before, edit_before, delete_before], [view, edit, delete]) = (access(before), access(after));
    let unassigned = |field, before: bool, after: bool| FieldChange::of(field, before, after);
    let all = [
        FieldChange::of("display_name", &before.display_name, &after.display_name),
        FieldChange::of("email", &before.email, &after.email),
        FieldChange::of("state", upper(before.state.code()), upper(after.state.code())),
        FieldChange::of("seat", upper(before.seat.code()), upper(after.seat.code())),
        FieldChange::of("super_admin", before.super_admin, after.super_admin),
        FieldChange::of("service_access", before.service_access, after.service_access),
        FieldChange::of("sales_access", before.sales_access, after.sales_access),
        FieldChange::of("customer_agent_editor", before.customer_agent_editor, after.customer_agent_editor),
        FieldChange::of("account_access", before.account_access, after.account_access),
        FieldChange::of("ticket_view.level", &view_before.0, &view.0),
        unassigned("ticket_view.include_unassigned", view_before.1.include_unassigned, view.1.include_unassigned),
        FieldChange::of("ticket_edit.level", &edit_before.0, &edit.0),
        unassigned("ticket_edit.include_unassigned", edit_before.1.include_unassigned, edit.1.include_unassigned),
        FieldChange::of("ticket_delete.level", &delete_before.0, &delete.0),
        FieldChange::of("presence_required", before.work.presence.required, after.work.presence.required),
        FieldChange::of("capacity", before.work.capacity.words(), after.work.capacity.words()),
        unassigned("ticket_delete.include_unassigned", delete_before.1.include_unassigned, delete.1.include_unassigned),
    ];
    all.into_iter().flatten().collect()
}

fn upper(code: &str) -> String {
    code.to_uppercase()
}

/// Refuses a mail address that somebody else has, without regard to case.
///
/// # Errors
/// [`Rejection::Duplicate`].
pub fn check_email(desk: &Desk<'_, '_>, user: &User) -> Result<(), Rejection> {
    match desk.world().people().emails.get(&User::email_key(&user.email)) {
        Some(holder) if *holder != user.id => Err(Rejection::Duplicate {
            field: "user.email",
            value: user.email.clone(),
            existing: desk.name(&Name::User(holder.clone())),
        }),
        _ => Ok(()),
    }
}

/// Refuses limits that the plan does not include. Those of before may stay, suspended, and be taken away (C-007).
///
/// # Errors
/// [`Rejection::SubscriptionRequired`].
pub fn check_capacity(desk: &Desk<'_, '_>, before: Capacity, after: Capacity) -> Result<(), Rejection> {
    if after == before || after == Capacity::default() { Ok(()) } else { desk.needs(Feature::Capacity) }
}

/// Refuses to leave the account without an active super admin: nobody could ever make one again.
///
/// # Errors
/// [`Rejection::Transition`] from `LAST_SUPER_ADMIN`.
pub fn check_not_last_admin(desk: &Desk<'_, '_>, user: &User, to: &str) -> Result<(), Rejection> {
    let rules = |user: &&User| user.super_admin && user.state == UserState::Active;
    let others = desk.world().people().users.values().filter(rules).any(|other| other.id != user.id);
    if others || !rules(&user) {
        return Ok(());
    }
    let resource = desk.name(&Name::User(user.id.clone()));
    Err(Rejection::Transition { resource, from: "LAST_SUPER_ADMIN".to_owned(), to: to.to_owned() })
}

/// Points at the channels whose target or rules name a person who can receive nothing any more (C-050: the rule stays).
pub fn warn_of_routing(desk: &mut Desk<'_, '_>, user: &UserId, field: &str) {
    let names = |target: &Target| matches!(target, Target::People { users, .. } if users.contains(user));
    let of_person = |channel: &&Channel| names(&everybody_named(&channel.routing));
    let channels = desk.world().people().channels.values().filter(of_person);
    let mut routings: Vec<String> = channels.map(|c| Name::ChannelRouting(c.id.clone()).to_string()).collect();
    routings.sort();
    for routing in routings {
        desk.session.warn(
            field,
            "routing names this person and passes the person over from now on".to_owned(),
            routing,
        );
    }
}
