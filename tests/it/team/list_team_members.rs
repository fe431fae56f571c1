//! ListTeamMembers: by the person's name.

use helpdesk::grpc::pb::v1::{ErrorReason, ListTeamMembersRequest};

use crate::support::app::{self, App};
use crate::support::client::assert_refused;
use crate::support::databases::both_engines;

both_engines!(pages_show_every_member_once, |db| async move {
    let app = App::start(db).await;
    app.team("blue", &[]).await;
    app.team("red", &[]).await;
    for id in ["c", "a", "b"] {
        app.agent(id).await;
        app.join("blue", id, true).await;
        app.join("red", id, id == "a").await;
    }
    let mut request = ListTeamMembersRequest { name: app::team_name("red"), page_size: 2, page_token: String::new() };
    let first = app.user("a").teams().list_team_members(request.clone()).await.expect("a page").into_inner();
    request.page_token = first.next_page_token;
    let second = app.user("a").teams().list_team_members(request.clone()).await.expect("a page").into_inner();
    let all: Vec<_> = first.memberships.iter().chain(&second.memberships).collect();
    let seen: Vec<_> = all.iter().map(|member| (member.user.clone(), member.main)).collect();
    let expected = [("a", true), ("b", false), ("c", false)].map(|(id, main)| (app::user_name(id), main));
    assert_eq!((seen, second.next_page_token.as_str()), (expected.to_vec(), ""));
    let elsewhere = ListTeamMembersRequest { name: app::team_name("blue"), ..request };
    assert_refused(app.root().teams().list_team_members(elsewhere).await, ErrorReason::PageTokenInvalid);
    let none = ListTeamMembersRequest { name: app::team_name("none"), ..ListTeamMembersRequest::default() };
    assert_refused(app.root().teams().list_team_members(none).await, ErrorReason::ResourceNotFound);
});
