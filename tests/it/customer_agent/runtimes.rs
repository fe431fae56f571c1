//! Callers that stand for a customer agent: what their keys are, and what they reach.

use helpdesk::grpc::pb::access::{AccessLevel, CallerKind, Permission, Seat};
use helpdesk::grpc::pb::v1::{self, ErrorReason, GetCallerRequest};

use super::hands::{agent_name, binding, make, runtime};
use crate::support::app::{self, App};
use crate::support::client::assert_refused;
use crate::support::databases::both_engines;

//
both_engines!(a_runtime_is_its_agent_and_reaches_nothing_else, |db| async move {
    let app = App::start(db).await;
    let ava = runtime(&app, "ava").await;
    let caller = ava.access().get_caller(GetCallerRequest {}).await.expect("good").into_inner().caller;
    let caller = caller.expect("a caller");
    assert_eq!((caller.kind(), caller.principal.as_str()), (CallerKind::CustomerAgent, agent_name("ava").as_str()));
    let held: Vec<_> = caller.grants.iter().map(v1::PermissionGrant::permission).collect();
    assert_eq!(held, [Permission::CustomerAgentsAct]);
    let list = v1::ListTicketsRequest { parent: app::account(), ..Default::default() };
    assert_refused(ava.tickets().list_tickets(list).await, ErrorReason::CallerKindNotAllowed);
    let get = v1::GetCustomerAgentRequest { name: agent_name("ava") };
    assert_refused(ava.agents().get_customer_agent(get).await, ErrorReason::CallerKindNotAllowed);
});

// a key of a customer agent is made by its editors, for an agent that is there, and holds nothing else.
both_engines!(a_key_is_bound_by_editors_alone, |db| async move {
    let app = App::start(db).await;
    let root = app.root();
    make(&root, "ava").await.expect("made");
    let made = root.access().create_access_key(binding("ava-1", "ava")).await.expect("a key").into_inner();
    assert_eq!(made.access_key.expect("a key").customer_agent, agent_name("ava"));
    let none = root.access().create_access_key(binding("ava-2", "none")).await;
    assert_refused(none, ErrorReason::ReferenceNotFound);
    let mut more = binding("ava-3", "ava");
    more.access_key.as_mut().expect("a key").permissions.push(Permission::TicketsView.into());
    assert_refused(root.access().create_access_key(more).await, ErrorReason::FieldInvalid);
    let seat = Seat::Service.into();
    let manager = v1::User { seat, account_access: true, ..app::person("max", AccessLevel::All) };
    let max = app.add_user(manager, "max").await;
    assert_refused(max.access().create_access_key(binding("ava-4", "ava")).await, ErrorReason::PermissionMissing);
});

both_engines!(a_revoked_runtime_is_nobody, |db| async move {
    let app = App::start(db).await;
    let root = app.root();
    make(&root, "ava").await.expect("made");
    let made = root.access().create_access_key(binding("ava-1", "ava")).await.expect("a key").into_inner();
    let name = made.access_key.expect("a key").name;
    root.access().revoke_access_key(v1::RevokeAccessKeyRequest { name, ..Default::default() }).await.expect("revoked");
    let ava = app.caller(&made.secret);
    assert_refused(ava.access().get_caller(GetCallerRequest {}).await, ErrorReason::CredentialInvalid);
});
