//! GetUser: everybody in the account reads everybody in it.

use helpdesk::grpc::pb::access::AccessLevel;
use helpdesk::grpc::pb::v1::{ErrorReason, GetUserRequest};

use super::get;
use crate::support::app::{self, App, person};
use crate::support::client::assert_refused;
use crate::support::databases::both_engines;

both_engines!(a_person_is_read_with_the_teams, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    app.add_user(person("plain", AccessLevel::None), "plain").await;
    app.team("red", &["mia"]).await;
    app.team("blue", &[]).await;
    app.join("blue", "mia", false).await;
    let seen = get(&mia, "mia").await;
    let teams: Vec<_> = seen.teams.iter().map(|member| (member.team.as_str(), member.main)).collect();
    assert_eq!(teams, [("accounts/acme/teams/blue", false), ("accounts/acme/teams/red", true)]);
    assert_eq!(get(&app.user("plain"), "mia").await, seen);
    assert_eq!(get(&app.machine(), "mia").await, seen);
});

// C-004: absent, and of another account: one answer.
both_engines!(nobody_is_read_across_accounts, |db| async move {
    let app = App::start(db).await;
    app.new_account("other").await;
    for name in ["accounts/acme/users/none", "accounts/other/users/root", "accounts/none/users/root"] {
        let request = GetUserRequest { name: name.to_owned() };
        let status = assert_refused(app.root().users().get_user(request).await, ErrorReason::ResourceNotFound);
        assert!(format!("{status:?}").contains(name));
    }
    let request = GetUserRequest { name: app::team_name("red") };
    assert_refused(app.root().users().get_user(request).await, ErrorReason::FieldInvalid);
});
