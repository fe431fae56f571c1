//! UserService.

mod change_user_seat;
mod clock_changes;
mod create_user;
mod deactivate_user;
mod get_user;
mod list_users;
mod reactivate_user;
mod renew_presence;
mod set_availability;
mod update_user;
mod work_schedule;

use helpdesk::grpc::pb::access::AccessLevel;
use helpdesk::grpc::pb::v1;
use prost_types::FieldMask;

use crate::support::app::{self, App};
use crate::support::client::Client;

/// A request for a new person.
pub fn create(id: &str, user: v1::User) -> v1::CreateUserRequest {
    v1::CreateUserRequest {
        parent: app::account(),
        user: Some(user),
        user_id: id.to_owned(),
        ..v1::CreateUserRequest::default()
    }
}

/// A request that changes the named fields of a person.
pub fn update(id: &str, user: v1::User, paths: &[&str]) -> v1::UpdateUserRequest {
    let paths = paths.iter().map(|path| (*path).to_owned()).collect();
    v1::UpdateUserRequest {
        user: Some(v1::User { name: app::user_name(id), ..user }),
        update_mask: Some(FieldMask { paths }),
        ..v1::UpdateUserRequest::default()
    }
}

/// A person as stored.
pub async fn get(client: &Client, id: &str) -> v1::User {
    let request = v1::GetUserRequest { name: app::user_name(id) };
    client.users().get_user(request).await.expect("a user").into_inner().user.expect("a user")
}

/// Somebody who manages people and holds a Service seat, within `level`, and is no super admin.
pub async fn manager(app: &App, level: AccessLevel) -> Client {
    let seat = helpdesk::grpc::pb::access::Seat::Service.into();
    app.add_user(v1::User { seat, account_access: true, ..app::person("manager", level) }, "manager").await
}

/// A new ticket of `owner`.
pub async fn owned_ticket(app: &App, owner: &str, teams: &[&str]) -> v1::Ticket {
    let teams = teams.iter().map(|team| app::team_name(team)).collect();
    let ticket = v1::Ticket { owner: app::user_name(owner), teams, ..app::ticket("Owned") };
    let request =
        v1::CreateTicketRequest { parent: app::account(), ticket: Some(ticket), ..v1::CreateTicketRequest::default() };
    app.root().tickets().create_ticket(request).await.expect("a ticket").into_inner().ticket.expect("a ticket")
}

/// A ticket as stored.
pub async fn ticket(client: &Client, name: &str) -> Result<v1::Ticket, tonic::Status> {
    let request = v1::GetTicketRequest { name: name.to_owned() };
    Ok(client.tickets().get_ticket(request).await?.into_inner().ticket.expect("a ticket"))
}
