//! Capacity: how many open tickets a person gets automatically.

use helpdesk::domain::access::Tier;
use helpdesk::grpc::pb::access::{AccessLevel, Tier as WireTier};
use helpdesk::grpc::pb::v1::{
    self, CapacityGroup, ChannelType, ErrorReason, Ineligibility, OwnerTarget, UnassignedReason,
    channel_routing::Target,
};
use prost_types::FieldMask;

use crate::pipeline::hands::set_tier;
use crate::support::app::{self, App, user_name};
use crate::support::client::assert_refused;
use crate::support::databases::both_engines;
use crate::support::scene::people;
use crate::ticket::hands::made;

fn groups(limits: &[(CapacityGroup, i32)]) -> v1::Capacity {
    let group = |(group, limit): &(CapacityGroup, i32)| v1::GroupCapacity { group: (*group).into(), limit: *limit };
    v1::Capacity { groups: limits.iter().map(group).collect(), ..Default::default() }
}

fn total(limit: i32) -> v1::Capacity {
    v1::Capacity { total_limit: Some(limit), groups: Vec::new(), ..Default::default() }
}

fn limiting(account: &str, user: &str, capacity: v1::Capacity) -> v1::UpdateUserRequest {
    let name = format!("accounts/{account}/users/{user}");
    v1::UpdateUserRequest {
        user: Some(v1::User { name, capacity: Some(capacity), ..Default::default() }),
        update_mask: Some(FieldMask { paths: vec!["capacity".to_owned()] }),
        ..Default::default()
    }
}

// C-051: a limit is never passed by routing, the next one gets the ticket; by hand it is, with a warning.
both_engines!(a_limit_is_never_passed_by_routing_and_by_hand_with_a_warning, |db| async move {
    let app = App::start(db).await;
    app.agent("ada").await;
    app.agent("mia").await;
    app.limit("ada", 1).await;
    app.limit("mia", 2).await;
    app.channel("mail", ChannelType::Email).await;
    app.route_to("mail", people(&["ada", "mia"], &[])).await;
    let mut owners = Vec::new();
    for index in 0..4 {
        owners.push(app.arrives("mail", &format!("m{index}"), "ann@example.com").await.owner);
    }
    assert_eq!(owners, [user_name("ada"), user_name("mia"), user_name("mia"), String::new()]);
    let last = app.arrives("mail", "m5", "ann@example.com").await;
    assert_eq!(last.unassigned_reason(), UnassignedReason::AllAtCapacity);
    let explain = v1::ExplainRoutingRequest { name: last.name.clone(), user: user_name("ada") };
    let explained = app.root().routing().explain_routing(explain).await.expect("explained").into_inner();
    assert_eq!(explained.candidate.expect("ada").blockers, [i32::from(Ineligibility::AtTotalCapacity)]);
    let assign = v1::AssignTicketRequest { name: last.name, owner: user_name("ada"), ..Default::default() };
    let assigned = app.root().tickets().assign_ticket(assign).await.expect("by hand").into_inner();
    let warnings = assigned.mutation.expect("what happened").warnings;
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0].text.contains("2 open tickets now and takes 1"), "{warnings:?}");
});

// C-051: limits per kind of work, counted by open tickets; a closed one makes room.
both_engines!(each_kind_of_work_has_its_own_limit, |db| async move {
    let app = App::start(db).await;
    app.agent("ada").await;
    app.capacity("ada", groups(&[(CapacityGroup::Messaging, 1), (CapacityGroup::EmailAndOther, 2)])).await;
    for (id, kind) in [("mail", ChannelType::Email), ("chat", ChannelType::Chat), ("whatsapp", ChannelType::Whatsapp)] {
        app.channel(id, kind).await;
        app.route_to(id, people(&["ada"], &[])).await;
    }
    let first = app.arrives("chat", "c1", "ann@example.com").await;
    assert_eq!(first.owner, user_name("ada"));
    assert_eq!(app.arrives("whatsapp", "w1", "bob@example.com").await.owner, "");
    for id in ["m1", "m2"] {
        assert_eq!(app.arrives("mail", id, "ann@example.com").await.owner, user_name("ada"));
    }
    assert_eq!(app.arrives("mail", "m3", "ann@example.com").await.owner, "");
    let list = v1::ListWorkloadsRequest { parent: app::account(), ..Default::default() };
    let loads = app.root().routing().list_workloads(list).await.expect("listed").into_inner().workloads;
    let ada = loads.iter().find(|load| load.user == user_name("ada")).expect("ada");
    assert_eq!((ada.open_ticket_count, ada.total_limit), (3, None));
    let counts: Vec<_> = ada.groups.iter().map(|group| (group.group(), group.open_ticket_count, group.limit)).collect();
    let expected = [
        (CapacityGroup::Calling, 0, None),
        (CapacityGroup::Messaging, 1, Some(1)),
        (CapacityGroup::EmailAndOther, 2, Some(2)),
    ];
    assert_eq!(counts, expected);
    app.close(&first.name).await;
    assert_eq!(app.arrives("whatsapp", "w2", "eve@example.com").await.owner, user_name("ada"));
});

// The owner of a contact is under the same limit.
both_engines!(an_owner_of_a_contact_at_the_limit_gets_no_more, |db| async move {
    let app = App::start(db).await;
    app.agent("ada").await;
    app.limit("ada", 0).await;
    app.contact("ann@example.com", "ada", true).await;
    app.channel("mail", ChannelType::Email).await;
    app.route_to("mail", Target::ContactOwner(OwnerTarget {})).await;
    let ticket = app.arrives("mail", "m1", "ann@example.com").await;
    assert_eq!((ticket.owner.as_str(), ticket.unassigned_reason()), ("", UnassignedReason::AllAtCapacity));
});

// C-008: capacity is on the highest plan only; one limit or limits per kind, not both.
both_engines!(limits_are_checked_when_they_are_set, |db| async move {
    let app = App::start(db).await;
    app.new_account_of("pro", Tier::Professional).await;
    let both = v1::Capacity { total_limit: Some(3), ..groups(&[(CapacityGroup::Calling, 1)]) };
    let twice = groups(&[(CapacityGroup::Calling, 1), (CapacityGroup::Calling, 2)]);
    for (account, capacity, reason) in [
        ("pro", total(3), ErrorReason::SubscriptionRequired),
        ("acme", both, ErrorReason::FieldInvalid),
        ("acme", twice, ErrorReason::FieldInvalid),
    ] {
        let new = v1::User { capacity: Some(capacity.clone()), ..app::person("mia", AccessLevel::None) };
        let parent = format!("accounts/{account}");
        let new = v1::CreateUserRequest { parent, ..crate::user::create("mia", new) };
        let root = app.user_of(account, "root");
        assert_refused(root.users().update_user(limiting(account, "root", capacity)).await, reason);
        assert_refused(root.users().create_user(new).await, reason);
    }
});

async fn shown(app: &App, user: &str) -> v1::Capacity {
    let request = v1::GetUserRequest { name: user_name(user) };
    let found = app.root().users().get_user(request).await.expect("found").into_inner();
    found.user.expect("a user").capacity.expect("a limit")
}

// C-007, C-008: below ENTERPRISE limits are kept, marked, and hold nobody back, whoever waits for them gets out of the queue;
// they may be given again as they are, and others may not; they come back.
both_engines!(a_lower_plan_suspends_limits_and_a_higher_one_brings_them_back, |db| async move {
    let app = App::start(db).await;
    app.agent("ada").await;
    app.limit("ada", 1).await;
    for id in ["mail", "queue"] {
        app.channel(id, ChannelType::Email).await;
        app.route_to(id, people(&["ada"], &[])).await;
    }
    app.queue("queue", 0).await;
    let first = app.arrives("mail", "m1", "ann@example.com").await;
    let waits = app.arrives("queue", "q1", "bob@example.com").await;
    assert_eq!((first.owner.clone(), waits.owner.as_str()), (user_name("ada"), ""));
    assert!(!shown(&app, "ada").await.suspended);
    set_tier(&app, app::ACCOUNT, WireTier::Professional).await;
    let now = shown(&app, "ada").await;
    assert_eq!((now.total_limit, now.suspended), (Some(1), true), "it is kept");
    app.limit("ada", 1).await;
    let other = app.root().users().update_user(limiting(app::ACCOUNT, "ada", total(2))).await;
    assert_refused(other, ErrorReason::SubscriptionRequired);
    assert_eq!(app.ticket_now(&waits.name).await.owner, user_name("ada"), "nothing to wait for any more");
    let second = app.arrives("mail", "m2", "ann@example.com").await;
    assert_eq!(second.owner, user_name("ada"));
    let explain = v1::ExplainRoutingRequest { name: second.name.clone(), user: user_name("ada") };
    let explained = app.root().routing().explain_routing(explain).await.expect("explained").into_inner();
    assert_eq!(explained.candidate.expect("ada").blockers, Vec::<i32>::new());
    let loads = v1::ListWorkloadsRequest { parent: app::account(), ..Default::default() };
    let loads = app.root().routing().list_workloads(loads).await.expect("a page").into_inner().workloads;
    let ada = loads.into_iter().find(|load| load.user == user_name("ada")).expect("ada");
    assert_eq!((ada.open_ticket_count, ada.total_limit, ada.blockers), (3, None, Vec::new()));
    set_tier(&app, app::ACCOUNT, WireTier::Enterprise).await;
    let now = shown(&app, "ada").await;
    assert_eq!((now.total_limit, now.suspended), (Some(1), false));
    let third = app.arrives("mail", "m3", "ann@example.com").await;
    assert_eq!((third.owner.as_str(), third.unassigned_reason()), ("", UnassignedReason::AllAtCapacity));
});

// C-007, C-008, C-051: so it is for the owner of a contact, and for who passes a limit by hand.
both_engines!(suspended_limits_hold_nowhere, |db| async move {
    let app = App::start(db).await;
    app.agent("ada").await;
    app.contact("ann@example.com", "ada", true).await;
    app.channel("mail", ChannelType::Email).await;
    app.route_to("mail", Target::ContactOwner(OwnerTarget {})).await;
    app.limit("ada", 0).await;
    let mut found = Vec::new();
    for (number, tier) in [WireTier::Enterprise, WireTier::Professional, WireTier::Enterprise].into_iter().enumerate() {
        set_tier(&app, app::ACCOUNT, tier).await;
        let ticket = app.arrives("mail", &format!("m{number}"), "ann@example.com").await;
        let by_hand = made(&app.root(), "By hand").await.name;
        let assign = v1::AssignTicketRequest { name: by_hand, owner: user_name("ada"), ..Default::default() };
        let assigned = app.root().tickets().assign_ticket(assign).await.expect("by hand").into_inner();
        found.push((ticket.owner.is_empty(), assigned.mutation.expect("what happened").warnings.len()));
        app.close(&ticket.name).await;
    }
    assert_eq!(found, [(true, 1), (false, 0), (true, 1)]);
});
