//! Followers: who follows, who may make others follow, and what following leaves alone.

use helpdesk::grpc::pb::access::AccessLevel;
use helpdesk::grpc::pb::v1::{self, ErrorReason, EventType};
use tonic::Status;

use super::hands::{change, events, get, made, numbers};
use crate::support::app::{App, user_name};
use crate::support::client::{Client, assert_refused};
use crate::support::databases::both_engines;

async fn follow(caller: &Client, ticket: &str, user: &str) -> Result<v1::TicketFollower, Status> {
    let user = if user.is_empty() { String::new() } else { user_name(user) };
    let request = v1::FollowTicketRequest { name: ticket.to_owned(), user, ..Default::default() };
    let done = caller.tickets().follow_ticket(request).await?;
    Ok(done.into_inner().ticket_follower.expect("a follower"))
}

async fn unfollow(caller: &Client, ticket: &str, user: &str) -> Result<Option<v1::TicketFollower>, Status> {
    let user = if user.is_empty() { String::new() } else { user_name(user) };
    let request = v1::UnfollowTicketRequest { name: ticket.to_owned(), user, ..Default::default() };
    Ok(caller.tickets().unfollow_ticket(request).await?.into_inner().ticket_follower)
}

async fn followers(caller: &Client, ticket: &str, page_size: i32) -> Vec<String> {
    let (mut found, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = v1::ListTicketFollowersRequest { parent: ticket.to_owned(), page_size, page_token };
        let page = caller.tickets().list_ticket_followers(request).await.expect("a page").into_inner();
        found.extend(page.ticket_followers.into_iter().map(|follower| follower.user));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return found;
        }
    }
}

// a person follows a ticket, sees it among the followed, and no longer does.
both_engines!(a_ticket_is_followed_and_no_longer_followed, |db| async move {
    let app = App::start(db).await;
    let (mia, noah) = (app.agent("mia").await, app.agent("noah").await);
    let ticket = made(&mia, "Broken").await;
    made(&mia, "Another").await;
    let first = follow(&mia, &ticket.name, "").await.expect("followed");
    assert_eq!((first.user.clone(), first.follow_time.is_some()), (user_name("mia"), true));
    assert_eq!(follow(&mia, &ticket.name, "").await.expect("still"), first, "a second time changes nothing");
    follow(&noah, &ticket.name, "").await.expect("followed");
    assert_eq!(followers(&mia, &ticket.name, 1).await, [user_name("mia"), user_name("noah")]);
    assert_eq!(numbers(&mia, "follower = me()", false).await, [ticket.number]);
    let now = get(&mia, &ticket.name).await.expect("the ticket");
    assert_eq!((now.follower_count, now.etag), (2, ticket.etag.clone()), "nobody's edit fails because of it");
    assert_eq!(unfollow(&mia, &ticket.name, "").await.expect("ended"), Some(first));
    assert_eq!(unfollow(&mia, &ticket.name, "").await.expect("nothing to end"), None);
    assert!(numbers(&mia, "follower = me()", false).await.is_empty());
    assert_eq!(followers(&mia, &ticket.name, 0).await, [user_name("noah")]);
    let told: Vec<_> =
        events(&mia, &ticket.name).await.into_iter().filter(|e| e.r#type() == EventType::TicketFollowed).collect();
    let (mia_name, noah_name) = (user_name("mia"), user_name("noah"));
    let expected = [("", mia_name.as_str()), ("", noah_name.as_str()), (mia_name.as_str(), "")];
    assert_eq!(told.iter().filter_map(|event| change(event, "follower")).collect::<Vec<_>>(), expected);
});

// who sees a ticket may follow it; making another follow asks for access to change it, and the other must see it.
both_engines!(another_person_is_made_to_follow_by_who_may_change_the_ticket, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    app.collaborator("blind", AccessLevel::Owned).await;
    let reader =
        v1::User { ticket_edit: None, service_access: true, ..crate::support::app::person("reader", AccessLevel::All) };
    let reader = app.add_user(reader, "reader").await;
    let ticket = made(&mia, "Broken").await;
    follow(&reader, &ticket.name, "").await.expect("a reader follows");
    assert_refused(follow(&reader, &ticket.name, "mia").await, ErrorReason::OutOfScope);
    follow(&mia, &ticket.name, "mia").await.expect("followed");
    assert_refused(unfollow(&reader, &ticket.name, "mia").await, ErrorReason::OutOfScope);
    assert_refused(follow(&mia, &ticket.name, "blind").await, ErrorReason::AssigneeNotEligible);
    assert_refused(follow(&mia, &ticket.name, "nobody").await, ErrorReason::ReferenceNotFound);
    assert_refused(follow(&app.user("blind"), &ticket.name, "").await, ErrorReason::ResourceNotFound);
    assert_refused(follow(&app.machine(), &ticket.name, "").await, ErrorReason::FieldInvalid);
    follow(&app.machine(), &ticket.name, "reader").await.expect("a machine names somebody");
    let list = v1::ListTicketFollowersRequest { parent: ticket.name.clone(), ..Default::default() };
    assert_refused(app.user("blind").tickets().list_ticket_followers(list).await, ErrorReason::ResourceNotFound);
});
