//! ListTeams: pages by name.

use helpdesk::grpc::pb::v1::ListTeamsRequest;

use crate::support::app::{self, App};
use crate::support::databases::both_engines;

both_engines!(pages_show_every_team_once_with_its_count, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    for id in ["c", "a", "b"] {
        app.team(id, &[]).await;
    }
    app.join("b", "mia", true).await;
    let mut request = ListTeamsRequest { parent: app::account(), page_size: 2, page_token: String::new() };
    let first = mia.teams().list_teams(request.clone()).await.expect("a page").into_inner();
    request.page_token = first.next_page_token;
    let second = mia.teams().list_teams(request).await.expect("a page").into_inner();
    assert_eq!(second.next_page_token, "");
    let all: Vec<_> = first.teams.iter().chain(&second.teams).collect();
    let seen: Vec<_> = all.iter().map(|team| (team.display_name.as_str(), team.member_count)).collect();
    assert_eq!((first.teams.len(), seen), (2, vec![("a", 0), ("b", 1), ("c", 0)]));
});

both_engines!(an_account_without_teams_has_an_empty_page, |db| async move {
    let app = App::start(db).await;
    let request = ListTeamsRequest { parent: app::account(), ..ListTeamsRequest::default() };
    let page = app.root().teams().list_teams(request).await.expect("a page").into_inner();
    assert!(page.teams.is_empty() && page.next_page_token.is_empty());
});
