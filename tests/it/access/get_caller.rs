//! GetCaller: who the credential stands for, and everything it may do.

use helpdesk::grpc::pb::access::{AccessLevel, CallerKind, Permission, Seat, Standing, Tier};
use helpdesk::grpc::pb::v1::{self, ErrorReason, GetCallerRequest};

use crate::support::app::{App, person};
use crate::support::client::{Client, assert_refused};
use crate::support::databases::both_engines;

async fn caller(client: &Client) -> v1::Caller {
    client.access().get_caller(GetCallerRequest {}).await.expect("known").into_inner().caller.expect("a caller")
}

fn level(caller: &v1::Caller, permission: Permission) -> Option<AccessLevel> {
    caller.grants.iter().find(|grant| grant.permission() == permission).map(v1::PermissionGrant::level)
}

// A super admin and the holder of a Service seat have every function of the help desk.
both_engines!(a_person_is_told_seat_standing_and_grants, |db| async move {
    let app = App::start(db).await;
    let root = caller(&app.root()).await;
    assert_eq!((root.kind(), root.tier(), root.standing()), (CallerKind::User, Tier::Enterprise, Standing::Full));
    assert_eq!((root.account.as_str(), root.principal.as_str()), ("accounts/acme", "accounts/acme/users/root"));
    assert_eq!(level(&root, Permission::UsersManage), Some(AccessLevel::All));
    let ends = root.expire_time.expect("a token ends").seconds;
    assert_eq!(ends, app.now().as_micros() / 1_000_000 + 3_600);
    let agent = v1::User { seat: Seat::Service.into(), ..person("ann", AccessLevel::Team) };
    let ann = caller(&app.add_user(agent, "ann").await).await;
    assert_eq!((ann.seat(), ann.standing()), (Seat::Service, Standing::Full));
    assert_eq!(level(&ann, Permission::TicketsAssign), Some(AccessLevel::Team));
    assert_eq!(level(&ann, Permission::RoutingManage), Some(AccessLevel::All));
    assert_eq!(level(&ann, Permission::UsersManage), None);
});

// Service access without a seat: work on tickets within reach, no settings.
both_engines!(a_collaborator_has_tickets_and_no_settings, |db| async move {
    let app = App::start(db).await;
    let cole = caller(&app.collaborator("cole", AccessLevel::Owned).await).await;
    assert_eq!((cole.seat(), cole.standing()), (Seat::None, Standing::Collaborator));
    for held in [Permission::TicketsView, Permission::TicketsEdit, Permission::TicketsCommunicate] {
        assert_eq!(level(&cole, held), Some(AccessLevel::Owned));
    }
    for settings in [Permission::ChannelsView, Permission::ChannelsManage, Permission::RoutingView] {
        assert_eq!(level(&cole, settings), None);
    }
    // what reaches no ticket is not held.
    let none = caller(&app.collaborator("nina", AccessLevel::None).await).await;
    assert_eq!(level(&none, Permission::TicketsView), None);
});

both_engines!(machines_and_operators_are_told_apart, |db| async move {
    let app = App::start(db).await;
    let machine = caller(&app.machine()).await;
    assert_eq!((machine.kind(), machine.standing()), (CallerKind::AccessKey, Standing::Unspecified));
    assert_eq!(level(&machine, Permission::IngressWrite), Some(AccessLevel::All));
    assert_eq!((machine.expire_time, machine.tier()), (None, Tier::Enterprise));
    let operator = caller(&app.operator()).await;
    assert_eq!((operator.kind(), operator.account.as_str()), (CallerKind::Operator, ""));
    let held: Vec<_> = operator.grants.iter().map(v1::PermissionGrant::permission).collect();
    assert_eq!(held, [Permission::AccountView, Permission::AccountManage]);
    assert_refused(app.nobody().access().get_caller(GetCallerRequest {}).await, ErrorReason::CredentialMissing);
});

both_engines!(a_token_of_nobody_is_invalid, |db| async move {
    let app = App::start(db).await;
    for client in [app.user("none"), app.user_of("none", "root")] {
        assert_refused(client.access().get_caller(GetCallerRequest {}).await, ErrorReason::CredentialInvalid);
    }
});
