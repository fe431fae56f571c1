//! Assigning by hand, triage, and taking a ticket by answering it.

use helpdesk::grpc::pb::access::AccessLevel;
use helpdesk::grpc::pb::v1::{self, ChannelType, ErrorReason};

use crate::support::app::{self, App, team_name, user_name};
use crate::support::client::{Client, assert_refused};
use crate::support::databases::both_engines;

async fn assign(client: &Client, ticket: &str, owner: &str, teams: &[&str]) -> Result<v1::Ticket, tonic::Status> {
    let request = v1::AssignTicketRequest {
        name: ticket.to_owned(),
        owner: if owner.is_empty() { String::new() } else { user_name(owner) },
        teams: teams.iter().map(|id| team_name(id)).collect(),
        ..Default::default()
    };
    client.tickets().assign_ticket(request).await.map(|done| done.into_inner().ticket.expect("a ticket"))
}

async fn found(client: &Client, filter: &str) -> Vec<String> {
    let request = v1::ListTicketsRequest { parent: app::account(), filter: filter.to_owned(), ..Default::default() };
    let page = client.tickets().list_tickets(request).await.expect("a page").into_inner();
    page.tickets.into_iter().map(|ticket| ticket.name).collect()
}

async fn desk(db: crate::support::databases::TestDatabase) -> (App, Client, v1::Ticket) {
    let app = App::start(db).await;
    let ada = app.agent("ada").await;
    app.agent("bea").await;
    app.team("red", &["bea"]).await;
    app.channel("mail", ChannelType::Email).await;
    let ticket = app.arrives("mail", "m1", "ann@example.com").await;
    (app, ada, ticket)
}

// C-043: from the unassigned to a user, to a team, to another user.
both_engines!(a_ticket_is_triaged_by_hand, |db| async move {
    let (_app, ada, ticket) = desk(db).await;
    assert_eq!(found(&ada, "NOT owner:*").await, std::slice::from_ref(&ticket.name), "it is among the unassigned");
    assert_eq!(assign(&ada, &ticket.name, "ada", &[]).await.expect("assigned").owner, user_name("ada"));
    assert!(found(&ada, "NOT owner:*").await.is_empty());
    let of_team = assign(&ada, &ticket.name, "", &["red"]).await.expect("assigned");
    assert_eq!((of_team.owner.as_str(), of_team.teams.as_slice()), ("", [team_name("red")].as_slice()));
    assert_eq!(
        found(&ada, "NOT owner:* AND team = red").await,
        std::slice::from_ref(&ticket.name),
        "and in the team's view"
    );
    let of_bea = assign(&ada, &ticket.name, "bea", &[]).await.expect("assigned");
    assert_eq!((of_bea.owner, of_bea.teams), (user_name("bea"), vec![team_name("red")]));
});

// C-052: any active user who can see the ticket, seat or not; nobody else.
both_engines!(only_who_can_see_a_ticket_can_own_it, |db| async move {
    let (app, ada, ticket) = desk(db).await;
    app.collaborator("cole", AccessLevel::Owned).await;
    app.collaborator("blind", AccessLevel::None).await;
    assert_eq!(assign(&ada, &ticket.name, "cole", &[]).await.expect("assigned").owner, user_name("cole"));
    assert_refused(assign(&ada, &ticket.name, "blind", &[]).await, ErrorReason::AssigneeNotEligible);
    assert_refused(assign(&ada, &ticket.name, "nobody", &[]).await, ErrorReason::ReferenceNotFound);
});

// R-082, C-022: sending a reply takes an unassigned ticket; a reply on somebody's ticket takes nothing.
both_engines!(a_sent_reply_takes_an_unassigned_ticket_and_no_other, |db| async move {
    let (app, ada, ticket) = desk(db).await;
    let reply = |text: &str| v1::SendMessageRequest {
        parent: ticket.conversations[0].clone(),
        message: Some(v1::Message {
            body: Some(v1::RichText { text: text.to_owned(), ..Default::default() }),
            ..Default::default()
        }),
        ..Default::default()
    };
    // a reply that is only tried assigns nothing.
    let tried = v1::SendMessageRequest { validate_only: true, ..reply("Draft") };
    ada.conversations().send_message(tried).await.expect("it would be sent");
    assert_eq!(found(&ada, "NOT owner:*").await.len(), 1);
    let sent = ada.conversations().send_message(reply("On its way")).await.expect("sent").into_inner();
    assert_eq!(sent.new_owner, user_name("ada"));
    let second = app.user("bea").conversations().send_message(reply("Me too")).await.expect("sent").into_inner();
    assert_eq!(second.new_owner, "");
    assert_eq!(found(&ada, "owner = ada").await, std::slice::from_ref(&ticket.name));
});

// C-021: a write with an old version is ABORTED, one without a version wins.
both_engines!(a_stale_etag_is_refused, |db| async move {
    let (_app, ada, ticket) = desk(db).await;
    assign(&ada, &ticket.name, "ada", &[]).await.expect("assigned");
    let request = v1::AssignTicketRequest {
        name: ticket.name.clone(),
        owner: user_name("bea"),
        etag: ticket.etag.clone(),
        ..Default::default()
    };
    assert_refused(ada.tickets().assign_ticket(request).await, ErrorReason::EtagMismatch);
    assert!(assign(&ada, &ticket.name, "bea", &[]).await.is_ok());
});
