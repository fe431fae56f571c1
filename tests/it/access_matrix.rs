//! Who may call what: every method of the contract against every kind of caller (T-03, C-005, R-012 to R-016).

use helpdesk::auth::Bearer;
use helpdesk::grpc::contract::access::{Rule, Streaming, rules};
use helpdesk::grpc::pb::access::{AccessLevel, CallerKind, Permission, Standing};
use helpdesk::grpc::pb::v1;

use crate::support::app::{App, person};
use crate::support::databases::both_engines;
use crate::support::raw::{call, reason_of};

/// Reasons with which ring 1 and ring 2 turn a caller away.
const TURNED_AWAY: [&str; 5] =
    ["CREDENTIAL_MISSING", "CREDENTIAL_INVALID", "CALLER_KIND_NOT_ALLOWED", "STANDING_TOO_LOW", "PERMISSION_MISSING"];

fn unary() -> impl Iterator<Item = &'static Rule> {
    rules().iter().filter(|rule| rule.streaming == Streaming::Neither)
}

both_engines!(every_method_refuses_callers_without_a_good_credential, |db| async move {
    let app = App::start(db).await;
    let channel = app.wire();
    for rule in rules() {
        assert_eq!(reason_of(&channel, rule.path, "").await, "CREDENTIAL_MISSING", "{}", rule.path);
        assert_eq!(reason_of(&channel, rule.path, "hd_acme_x_y").await, "CREDENTIAL_INVALID", "{}", rule.path);
        assert_eq!(reason_of(&channel, rule.path, "no.such.token").await, "CREDENTIAL_INVALID", "{}", rule.path);
    }
});

// C-005: a Service seat has every function of the help desk, access without a seat works on
// tickets and sees no settings, and nobody else gets in.
both_engines!(each_standing_reaches_the_methods_that_ask_no_more, |db| async move {
    let app = App::start(db).await;
    let guest = v1::User { service_access: false, ..person("guest", AccessLevel::All) };
    let people = [("guest", Standing::SignedIn), ("cole", Standing::Collaborator), ("mia", Standing::Full)];
    app.add_user(guest, "guest").await;
    app.collaborator("cole", AccessLevel::All).await;
    app.agent("mia").await;
    for (id, standing) in people {
        let token = app.user_token(id);
        for rule in unary().filter(|rule| rule.callers.contains(&CallerKind::User) && !rule.own_only) {
            let answer = reason_of(&app.wire(), rule.path, &token).await;
            let too_low = rule.standing > standing && rule.standing != Standing::Unspecified;
            assert_eq!(answer == "STANDING_TOO_LOW", too_low, "{id} {}: {answer}", rule.path);
            if !too_low && !managed(rule) {
                assert!(!TURNED_AWAY.contains(&answer.as_str()), "{id} {}: {answer}", rule.path);
            }
        }
    }
});

/// Methods that ask for a right of their own beside the standing (A1).
fn managed(rule: &Rule) -> bool {
    use Permission as P;
    matches!(
        rule.permission,
        P::UsersManage
            | P::TeamsManage
            | P::AccountManage
            | P::AccessKeysManage
            | P::PipelinesAutomate
            | P::CustomerAgentsManage
            | P::TicketsExpunge
    ) || (rule.standing == Standing::SignedIn && matches!(rule.permission, P::ContactsView | P::ContactsEdit))
}

both_engines!(callers_of_another_kind_are_turned_away, |db| async move {
    let app = App::start(db).await;
    let operator = app.token(Bearer::User {
        account: helpdesk::domain::ids::AccountId::stored("acme"),
        user: helpdesk::domain::ids::UserId::stored("root"),
    });
    for rule in rules() {
        let kind = |kind| rule.callers.contains(&kind);
        if !kind(CallerKind::User) {
            assert_eq!(reason_of(&app.wire(), rule.path, &operator).await, "CALLER_KIND_NOT_ALLOWED", "{}", rule.path);
        }
        if !kind(CallerKind::AccessKey) {
            let answer = reason_of(&app.wire(), rule.path, app.machine_key()).await;
            assert_eq!(answer, "CALLER_KIND_NOT_ALLOWED", "{}", rule.path);
        }
    }
});

// T-10: what is not in the table is not reached, and a path is compared exactly.
both_engines!(paths_that_are_not_in_the_table_reach_nothing, |db| async move {
    let app = App::start(db).await;
    let token = app.user_token("root");
    for path in ["/helpdesk.v1.TicketService/Nothing", "/helpdesk.v1.TicketService/getTicket", "/x.Y/Z", "/a//b"] {
        let status = call(&app.wire(), path, &token, Vec::new()).await.expect_err("not served");
        assert_eq!(status.code(), tonic::Code::Unimplemented, "{path}: {status:?}");
    }
});
