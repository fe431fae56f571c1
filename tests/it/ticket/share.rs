//! Shares: what they open, to whom, and how they end.

use helpdesk::grpc::pb::access::AccessLevel;
use helpdesk::grpc::pb::v1::{self, ErrorReason, EventType, ShareLevel, ticket_share::Grantee};
use tonic::Status;

use super::hands::{app_with_channels, change, chat, comment, events, get, give, made, messages, numbers, reply};
use crate::support::app::{self, App, team_name, user_name};
use crate::support::client::{Client, assert_refused};
use crate::support::databases::both_engines;

fn user(id: &str) -> Grantee {
    Grantee::User(user_name(id))
}

fn team(id: &str) -> Grantee {
    Grantee::Team(team_name(id))
}

async fn share(caller: &Client, ticket: &str, grantee: Grantee, level: ShareLevel) -> Result<v1::TicketShare, Status> {
    let share = v1::TicketShare { grantee: Some(grantee), level: level.into(), ..Default::default() };
    let request = v1::ShareTicketRequest { name: ticket.to_owned(), ticket_share: Some(share), ..Default::default() };
    Ok(caller.tickets().share_ticket(request).await?.into_inner().ticket_share.expect("a share"))
}

async fn unshare(caller: &Client, ticket: &str, grantee: Grantee) -> Option<v1::TicketShare> {
    use v1::unshare_ticket_request::Grantee as Taken;
    let grantee = Some(match grantee {
        Grantee::User(name) => Taken::User(name),
        Grantee::Team(name) => Taken::Team(name),
    });
    let request = v1::UnshareTicketRequest { name: ticket.to_owned(), grantee, ..Default::default() };
    caller.tickets().unshare_ticket(request).await.expect("taken back").into_inner().ticket_share
}

async fn close(caller: &Client, ticket: &str) -> Result<(), Status> {
    let request = v1::CloseTicketRequest { name: ticket.to_owned(), ..Default::default() };
    caller.tickets().close_ticket(request).await.map(drop)
}

/// A desk with a chat ticket of Mia's, and Cole, who sees only his own.
async fn desk(db: crate::support::databases::TestDatabase) -> (App, Client, Client, v1::Ticket) {
    let app = app_with_channels(db).await;
    let mia = app.agent("mia").await;
    let cole = app.collaborator("cole", AccessLevel::Owned).await;
    let ticket = chat(&app, "ann", "1", "Hello").await.ticket.expect("a ticket");
    let ticket = give(&mia, &ticket.name, "mia").await;
    (app, mia, cole, ticket)
}

// a share to see opens the ticket with all that is on it, in get and in lists alike, and nothing else.
both_engines!(a_share_shows_a_ticket_whatever_the_level, |db| async move {
    let (_app, mia, cole, ticket) = desk(db).await;
    made(&mia, "Another").await;
    assert_refused(get(&cole, &ticket.name).await, ErrorReason::ResourceNotFound);
    let given = share(&mia, &ticket.name, user("cole"), ShareLevel::View).await.expect("shared");
    assert_eq!((given.level(), given.grantee.clone()), (ShareLevel::View, Some(user("cole"))));
    assert_eq!(get(&cole, &ticket.name).await.expect("seen").share_count, 1);
    assert_eq!(numbers(&cole, "", false).await, [ticket.number]);
    assert_eq!(numbers(&mia, "shared_user = cole", false).await, [ticket.number]);
    let conversation = &ticket.conversations[0];
    assert_eq!(messages(&cole, conversation).await.expect("read").len(), 1);
    let list = v1::ListConversationsRequest { parent: app::account(), ..Default::default() };
    let seen = cole.conversations().list_conversations(list).await.expect("listed").into_inner().conversations;
    assert_eq!(seen.len(), 1);
    comment(&cole, conversation, "I know her").await.expect("who sees may comment");
    assert!(events(&cole, &ticket.name).await.iter().any(|event| event.r#type() == EventType::TicketShared));
    assert_refused(reply(&cole, conversation, "Hello").await, ErrorReason::OutOfScope);
    assert_refused(close(&cole, &ticket.name).await, ErrorReason::OutOfScope);
    assert_eq!(unshare(&mia, &ticket.name, user("cole")).await, Some(given));
    assert_eq!(unshare(&mia, &ticket.name, user("cole")).await, None);
    assert_refused(get(&cole, &ticket.name).await, ErrorReason::ResourceNotFound);
    assert!(numbers(&cole, "", false).await.is_empty());
});

// a share to edit opens changing and answering, for everybody in a team; it never opens deleting.
both_engines!(a_share_to_edit_opens_changing_for_a_whole_team, |db| async move {
    let (app, mia, cole, ticket) = desk(db).await;
    app.team("red", &["cole"]).await;
    app.collaborator("dan", AccessLevel::Owned).await;
    app.join("red", "dan", false).await;
    share(&mia, &ticket.name, team("red"), ShareLevel::View).await.expect("shared");
    assert_refused(close(&cole, &ticket.name).await, ErrorReason::OutOfScope);
    share(&mia, &ticket.name, team("red"), ShareLevel::Edit).await.expect("shared further");
    for person in [&cole, &app.user("dan")] {
        reply(person, &ticket.conversations[0], "Hello").await.expect("answered");
    }
    assert_eq!(numbers(&app.user("dan"), "shared_team = my_teams()", false).await, [ticket.number]);
    close(&cole, &ticket.name).await.expect("closed");
    let delete = v1::DeleteTicketRequest { name: ticket.name.clone(), ..Default::default() };
    assert_refused(cole.tickets().delete_ticket(delete).await, ErrorReason::OutOfScope);
    let list = v1::ListTicketSharesRequest { parent: ticket.name.clone(), ..Default::default() };
    let shares = cole.tickets().list_ticket_shares(list).await.expect("listed").into_inner().ticket_shares;
    assert_eq!(
        shares.iter().map(|share| (share.grantee.clone(), share.level())).collect::<Vec<_>>(),
        [(Some(team("red")), ShareLevel::Edit)]
    );
    let told = events(&mia, &ticket.name).await;
    let told: Vec<_> = told.iter().filter(|event| event.r#type() == EventType::TicketShared).collect();
    let red = team_name("red");
    assert_eq!(change(told[1], "share"), Some((format!("{red} VIEW").as_str(), format!("{red} EDIT").as_str())));
});

// who has no access to tickets at all is reached by no share; switching the access on wakes it up.
both_engines!(a_share_reaches_nobody_without_access_to_tickets, |db| async move {
    let (app, mia, _cole, ticket) = desk(db).await;
    let nil = app.collaborator("nil", AccessLevel::None).await;
    let wish = v1::TicketShare { grantee: Some(user("nil")), level: ShareLevel::Edit.into(), ..Default::default() };
    let request = v1::ShareTicketRequest { name: ticket.name.clone(), ticket_share: Some(wish), ..Default::default() };
    let warned = mia.tickets().share_ticket(request).await.expect("shared").into_inner().mutation.expect("told");
    assert_eq!(warned.warnings.len(), 1);
    assert_refused(get(&nil, &ticket.name).await, ErrorReason::ResourceNotFound);
    assert!(numbers(&nil, "", false).await.is_empty() && events(&nil, &ticket.name).await.is_empty());
    let access = v1::TicketAccess { level: AccessLevel::Owned.into(), include_unassigned: false };
    let request = v1::UpdateUserRequest {
        user: Some(v1::User { name: user_name("nil"), ticket_view: Some(access), ..Default::default() }),
        update_mask: Some(prost_types::FieldMask { paths: vec!["ticket_view".to_owned()] }),
        ..Default::default()
    };
    app.root().users().update_user(request).await.expect("switched on");
    close(&nil, &ticket.name).await.expect("closed: the share says edit, whatever the level of editing");
});

// a share goes to somebody who is there, by somebody who may change the ticket; a shared team stays.
both_engines!(a_share_is_given_by_who_may_change_the_ticket, |db| async move {
    let (app, mia, cole, ticket) = desk(db).await;
    app.team("red", &[]).await;
    assert_refused(share(&cole, &ticket.name, user("cole"), ShareLevel::View).await, ErrorReason::ResourceNotFound);
    share(&mia, &ticket.name, user("cole"), ShareLevel::View).await.expect("shared");
    assert_refused(share(&cole, &ticket.name, user("cole"), ShareLevel::Edit).await, ErrorReason::OutOfScope);
    assert_refused(share(&mia, &ticket.name, user("nemo"), ShareLevel::View).await, ErrorReason::ReferenceNotFound);
    assert_refused(share(&mia, &ticket.name, team("blue"), ShareLevel::View).await, ErrorReason::ReferenceNotFound);
    let bare = v1::ShareTicketRequest {
        name: ticket.name.clone(),
        ticket_share: Some(v1::TicketShare { level: ShareLevel::View.into(), ..Default::default() }),
        ..Default::default()
    };
    assert_refused(mia.tickets().share_ticket(bare).await, ErrorReason::FieldInvalid);
    share(&mia, &ticket.name, team("red"), ShareLevel::View).await.expect("shared");
    let drop = v1::DeleteTeamRequest { name: team_name("red"), ..Default::default() };
    assert_refused(app.root().teams().delete_team(drop).await, ErrorReason::ResourceInUse);
});
