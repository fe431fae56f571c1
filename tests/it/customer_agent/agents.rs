//! Customer agents: made, changed, paused and deleted, by whom, and on which plan.

use helpdesk::grpc::pb::access::{AccessLevel, Tier};
use helpdesk::grpc::pb::v1::{self, CustomerAgentPauseReason as Why, CustomerAgentState as State, ErrorReason};
use prost_types::FieldMask;

use super::hands::{agent_name, binding, buy, creating, delete, get, make, pause, rename, resume};
use crate::support::app::{self, App, user_name};
use crate::support::client::assert_refused;
use crate::support::databases::both_engines;

both_engines!(agents_are_made_read_listed_and_renamed, |db| async move {
    let app = App::start(db).await;
    let root = app.root();
    let made = make(&root, "ava").await.expect("made");
    assert_eq!((made.name.as_str(), made.state()), (agent_name("ava").as_str(), State::Active));
    assert!(made.pause_reasons.is_empty() && made.pause_time.is_none() && made.etag == "\"1\"");
    assert_refused(make(&root, "ava").await, ErrorReason::ResourceAlreadyExists);
    let twin = root.agents().create_customer_agent(creating("eva", "AVA")).await;
    assert_refused(twin, ErrorReason::DuplicateValue);
    let other = root.agents().create_customer_agent(creating("", "Other")).await.expect("an id is made");
    assert_eq!(rename(&root, "ava", "Ava Two").await.expect("renamed").etag, "\"2\"");
    assert_eq!(rename(&root, "ava", "Ava Two").await.expect("the same").etag, "\"2\"");
    assert_refused(rename(&root, "ava", "other").await, ErrorReason::DuplicateValue);
    assert_eq!(get(&root, "ava").await.display_name, "Ava Two");
    let list = v1::ListCustomerAgentsRequest { parent: app::account(), ..Default::default() };
    let listed = root.agents().list_customer_agents(list).await.expect("listed").into_inner().customer_agents;
    assert_eq!(listed.len(), 2);
    assert!(listed.contains(&other.into_inner().customer_agent.expect("a customer agent")));
});

// the customer agent editor, a right of its own; standing and managing people are not enough.
both_engines!(only_a_customer_agent_editor_sets_agents_up, |db| async move {
    let app = App::start(db).await;
    make(&app.root(), "ava").await.expect("made");
    let mia = app.agent("mia").await;
    let manager = v1::User { account_access: true, ..app::person("pat", AccessLevel::All) };
    let pat = app.add_user(manager, "pat").await;
    assert_eq!(get(&mia, "ava").await.display_name, "ava");
    assert_refused(make(&mia, "eva").await, ErrorReason::PermissionMissing);
    assert_refused(rename(&mia, "ava", "Eva").await, ErrorReason::PermissionMissing);
    assert_refused(pause(&mia, "ava").await, ErrorReason::PermissionMissing);
    assert_refused(resume(&mia, "ava").await, ErrorReason::PermissionMissing);
    assert_refused(delete(&mia, "ava").await, ErrorReason::PermissionMissing);
    assert_refused(make(&pat, "eva").await, ErrorReason::StandingTooLow);
    let editor = |id: &str| v1::UpdateUserRequest {
        user: Some(v1::User { name: user_name(id), customer_agent_editor: true, ..Default::default() }),
        update_mask: Some(FieldMask { paths: vec!["customer_agent_editor".to_owned()] }),
        ..Default::default()
    };
    // Nobody gives what they lack.
    assert_refused(pat.users().update_user(editor("mia")).await, ErrorReason::PermissionMissing);
    let made = app.root().users().update_user(editor("mia")).await.expect("made an editor").into_inner();
    assert!(made.user.expect("a user").customer_agent_editor);
    make(&mia, "eva").await.expect("made");
    rename(&mia, "ava", "Ava Two").await.expect("renamed");
    pause(&mia, "ava").await.expect("paused");
    delete(&mia, "eva").await.expect("deleted");
});

both_engines!(a_paused_agent_says_since_when, |db| async move {
    let app = App::start(db).await;
    let root = app.root();
    make(&root, "ava").await.expect("made");
    let paused = pause(&root, "ava").await.expect("paused");
    assert_eq!((paused.state(), paused.pause_reasons.clone()), (State::Paused, vec![Why::ByHand.into()]));
    assert_eq!(paused.pause_time.expect("a time").seconds, app.now().as_micros() / 1_000_000);
    app.advance(std::time::Duration::from_mins(5));
    assert_eq!(pause(&root, "ava").await.expect("the same"), paused);
    let resumed = resume(&root, "ava").await.expect("resumed");
    assert!(resumed.state() == State::Active && resumed.pause_time.is_none());
    assert_eq!(resume(&root, "ava").await.expect("the same"), resumed);
});

// R-255, C-006, C-007: from the Professional tier on; a lower one suspends what is there, and going up brings it back.
both_engines!(agents_work_on_the_plans_that_include_them, |db| async move {
    let app = App::start(db).await;
    let root = app.root();
    make(&root, "ava").await.expect("made");
    let tier = |tier: Tier| v1::Subscription { tier: tier.into(), ..Default::default() };
    for lower in [Tier::Free, Tier::Starter] {
        buy(&app, tier(lower), "subscription.tier").await;
        let found = get(&root, "ava").await;
        assert_eq!((found.state(), found.pause_reasons), (State::Paused, vec![Why::Subscription.into()]));
        assert_refused(make(&root, "eva").await, ErrorReason::SubscriptionRequired);
        assert_refused(rename(&root, "ava", "Eva").await, ErrorReason::SubscriptionRequired);
        pause(&root, "ava").await.expect("stopping is on every plan");
        assert_refused(resume(&root, "ava").await, ErrorReason::SubscriptionRequired);
        buy(&app, tier(Tier::Professional), "subscription.tier").await;
        assert_eq!(resume(&root, "ava").await.expect("resumed").state(), State::Active);
    }
});

// R-256, C-009: an account without credits has paused agents; more of them wake them up.
both_engines!(agents_without_credits_count_as_paused, |db| async move {
    let app = App::start(db).await;
    let root = app.root();
    let got = root.accounts().get_account(v1::GetAccountRequest { name: app::account() }).await.expect("found");
    let bought = got.into_inner().account.expect("an account").subscription.expect("a subscription");
    assert_eq!((bought.credits, bought.credits_used), (Some(10_000), 0));
    make(&root, "ava").await.expect("made");
    let credits = |credits| v1::Subscription { credits: Some(credits), ..Default::default() };
    let account = buy(&app, credits(0), "subscription.credits").await;
    assert_eq!(account.subscription.expect("a subscription").tier(), Tier::Enterprise);
    let found = get(&root, "ava").await;
    assert_eq!((found.state(), found.pause_reasons), (State::Paused, vec![Why::NoCredits.into()]));
    pause(&root, "ava").await.expect("paused");
    let both: Vec<i32> = vec![Why::ByHand.into(), Why::NoCredits.into()];
    assert_eq!(get(&root, "ava").await.pause_reasons, both);
    buy(&app, credits(1), "subscription.credits").await;
    assert_eq!(resume(&root, "ava").await.expect("resumed").state(), State::Active);
    // What was bought stays when only the tier is said.
    let tier = v1::Subscription { tier: Tier::Professional.into(), ..Default::default() };
    let account = buy(&app, tier, "subscription").await;
    assert_eq!(account.subscription.expect("a subscription").credits, Some(1));
});

both_engines!(an_agent_goes_when_no_key_is_good_for_it, |db| async move {
    let app = App::start(db).await;
    let root = app.root();
    make(&root, "ava").await.expect("made");
    root.access().create_access_key(binding("runtime", "ava")).await.expect("a key");
    assert_refused(delete(&root, "ava").await, ErrorReason::ResourceInUse);
    let name = format!("{}/accessKeys/runtime", app::account());
    root.access().revoke_access_key(v1::RevokeAccessKeyRequest { name, ..Default::default() }).await.expect("revoked");
    delete(&root, "ava").await.expect("deleted");
    assert_refused(delete(&root, "ava").await, ErrorReason::ResourceNotFound);
});
