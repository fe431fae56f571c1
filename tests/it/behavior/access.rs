//! What a caller may not see does not exist for it: in get, list, conversations and writes, and in other accounts.

use helpdesk::grpc::pb::access::AccessLevel;
use helpdesk::grpc::pb::v1::{self, ChannelType, ErrorReason};
use tonic::Status;
use tonic_types::StatusExt;

use crate::support::app::{self, App, user_name};
use crate::support::client::{Client, assert_refused};
use crate::support::databases::both_engines;
use crate::support::scene::people;

async fn get(client: &Client, name: &str) -> Result<v1::Ticket, Status> {
    let request = v1::GetTicketRequest { name: name.to_owned() };
    client.tickets().get_ticket(request).await.map(|found| found.into_inner().ticket.expect("a ticket"))
}

async fn listed(client: &Client) -> Vec<String> {
    let request = v1::ListTicketsRequest { parent: app::account(), ..Default::default() };
    let page = client.tickets().list_tickets(request).await.expect("a page").into_inner();
    page.tickets.into_iter().map(|ticket| ticket.owner).collect()
}

// C-003, C-004: levels hold in get and list alike, and the invisible answers as the absent.
both_engines!(levels_hold_in_get_and_list_and_the_invisible_is_absent, |db| async move {
    let app = App::start(db).await;
    app.agent("ada").await;
    app.agent("bea").await;
    let levels = [("none", AccessLevel::None), ("owned", AccessLevel::Owned), ("team", AccessLevel::Team)];
    for (id, level) in levels {
        app.collaborator(id, level).await;
    }
    app.team("red", &["ada", "team"]).await;
    app.channel("mail", ChannelType::Email).await;
    app.route_to("mail", people(&["ada", "bea"], &[])).await;
    let of_ada = app.arrives("mail", "m1", "a@example.com").await;
    let of_bea = app.arrives("mail", "m2", "b@example.com").await;
    for (id, sees_ada) in [("none", false), ("owned", false), ("team", true)] {
        let client = app.user(id);
        assert_eq!(get(&client, &of_ada.name).await.is_ok(), sees_ada, "{id}");
        let hidden = assert_refused(get(&client, &of_bea.name).await, ErrorReason::ResourceNotFound);
        let absent = assert_refused(get(&client, "accounts/acme/tickets/999").await, ErrorReason::ResourceNotFound);
        assert_eq!(hidden.message(), absent.message());
        assert_eq!(
            hidden.get_details_error_info().map(|i| i.reason),
            absent.get_details_error_info().map(|i| i.reason)
        );
        let expected = if sees_ada { vec![user_name("ada")] } else { Vec::new() };
        assert_eq!(listed(&client).await, expected, "{id}");
    }
    assert_eq!(listed(&app.root()).await.len(), 2);
});

// C-004, C-005: what may be seen and not changed is PERMISSION_DENIED.
both_engines!(a_ticket_that_may_be_seen_and_not_changed_says_so, |db| async move {
    let app = App::start(db).await;
    let ada = app.agent("ada").await;
    let reader = v1::User { ticket_edit: None, service_access: true, ..app::person("reader", AccessLevel::All) };
    let reader = app.add_user(reader, "reader").await;
    let request =
        v1::CreateTicketRequest { parent: app::account(), ticket: Some(app::ticket("One")), ..Default::default() };
    let name = ada.tickets().create_ticket(request).await.expect("made").into_inner().ticket.expect("a ticket").name;
    assert!(get(&reader, &name).await.is_ok());
    let close = v1::CloseTicketRequest { name, ..Default::default() };
    assert_refused(reader.tickets().close_ticket(close).await, ErrorReason::OutOfScope);
});

// T-01, T-02: another account's records do not exist, as records or as references.
both_engines!(another_account_does_not_exist, |db| async move {
    let app = App::start(db).await;
    let ada = app.agent("ada").await;
    app.new_account("other").await;
    let stranger = app.user_of("other", "root");
    let request =
        v1::CreateTicketRequest { parent: app::account(), ticket: Some(app::ticket("One")), ..Default::default() };
    let name =
        ada.tickets().create_ticket(request.clone()).await.expect("made").into_inner().ticket.expect("a ticket").name;
    assert_refused(get(&stranger, &name).await, ErrorReason::ResourceNotFound);
    assert_refused(stranger.tickets().create_ticket(request).await, ErrorReason::ResourceNotFound);
    let foreign = v1::CreateTicketRequest {
        parent: "accounts/other".to_owned(),
        ticket: Some(app::ticket("Two")),
        ..Default::default()
    };
    assert_refused(stranger.tickets().create_ticket(foreign).await, ErrorReason::ReferenceNotFound);
});
