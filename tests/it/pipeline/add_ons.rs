//! What a plan and its add-ons include of automated emails and actions on statuses, and what going down and up does.

use helpdesk::grpc::pb::access::Tier as Wire;
use helpdesk::grpc::pb::v1::{self, AddOn, ChannelType, ErrorReason};

use super::hands::{act, actions, drop_action, make_email, send_email, set_add_ons, set_tier};
use crate::mail::desk::MailDesk;
use crate::support::app::{self, App, channel_name, user_name};
use crate::support::client::assert_refused;
use crate::support::databases::{TestDatabase, both_engines};
use crate::support::scene::{people, rule};
use crate::ticket::hands::made;
use crate::workflow::hands::{category, delay, outcomes, runs, work};

// none on FREE, an email or a notification on STARTER, every step from PROFESSIONAL on.
both_engines!(each_plan_has_its_kinds_of_actions, |db| async move {
    let app = App::start(db).await;
    let root = app.root();
    let kinds = || {
        let notify = v1::NotifyStep { users: vec![user_name("root")], ..Default::default() };
        let notify = v1::workflow_step::Kind::Notify(notify);
        [send_email("ticket-received"), notify, category("x"), delay(60)]
    };
    let mut found = Vec::new();
    for tier in [Wire::Free, Wire::Starter, Wire::Professional, Wire::Enterprise] {
        set_tier(&app, app::ACCOUNT, tier).await;
        for (number, kind) in kinds().into_iter().enumerate() {
            let id = format!("a{number}");
            match act(&root, "new", &id, kind).await {
                Ok(_) => {
                    found.push((tier, number));
                    drop_action(&root, "new", &id, false).await.expect("deleted");
                }
                Err(refused) => {
                    assert_refused::<()>(Err(refused), ErrorReason::SubscriptionRequired);
                }
            }
        }
    }
    let allowed = |tier: Wire, kinds: usize| (0..kinds).map(move |number| (tier, number));
    let all = allowed(Wire::Starter, 2).chain(allowed(Wire::Professional, 4)).chain(allowed(Wire::Enterprise, 4));
    assert_eq!(found, all.collect::<Vec<_>>());
});

// C-006: emails of the account's own need their add-on, when they are made and when they are chosen.
both_engines!(emails_of_ones_own_need_their_add_on, |db| async move {
    let app = App::start(db).await;
    let root = app.root();
    for (transactional, add_on, name) in [
        (false, AddOn::MarketingHubProfessional, "MARKETING_HUB_PROFESSIONAL"),
        (true, AddOn::TransactionalEmail, "TRANSACTIONAL_EMAIL"),
    ] {
        let id = if transactional { "notice" } else { "news" };
        set_add_ons(&app, &[]).await;
        let refused = assert_refused(make_email(&root, id, transactional).await, ErrorReason::AddOnRequired);
        let info = tonic_types::StatusExt::get_details_error_info(&refused).expect("details");
        assert_eq!(info.metadata.get("addOn").map(String::as_str), Some(name));
        set_add_ons(&app, &[add_on]).await;
        make_email(&root, id, transactional).await.expect("made");
        set_add_ons(&app, &[]).await;
        assert_refused(act(&root, "new", id, send_email(id)).await, ErrorReason::AddOnRequired);
        set_add_ons(&app, &[add_on]).await;
        act(&root, "new", id, send_email(id)).await.expect("added");
        set_add_ons(&app, &[]).await;
        let suspended = |all: Vec<v1::StatusAction>| all.last().expect("an action").suspended;
        assert!(suspended(actions(&root, "new").await), "{id}");
        set_add_ons(&app, &[add_on]).await;
        assert!(!suspended(actions(&root, "new").await), "{id}");
        let delete = v1::DeleteTextBlockRequest { name: super::hands::text_block(id), ..Default::default() };
        assert_refused(root.contents().delete_text_block(delete).await, ErrorReason::ResourceInUse);
    }
});

// C-007, R-249, R-250: what was set up stays, is marked, and does nothing; on STARTER what is left of it is done. Up again it
// comes back.
both_engines!(a_lower_plan_suspends_actions_and_a_higher_one_brings_them_back, |db: TestDatabase| async move {
    let desk = MailDesk::start(db).await;
    let (app, root) = (&desk.app, desk.app.root());
    act(&root, "new", "mark", category("seen")).await.expect("added");
    act(&root, "new", "received", send_email("ticket-received")).await.expect("added");
    act(&root, "new", "wait", delay(60)).await.expect("added");
    act(&root, "new", "again", send_email("ticket-received")).await.expect("added");
    set_tier(app, app::ACCOUNT, Wire::Starter).await;
    let marks: Vec<bool> = actions(&root, "new").await.iter().map(|action| action.suspended).collect();
    assert_eq!(marks, [true, false, true, false]);
    desk.begin("ann@x.example").await;
    assert_eq!(app.outbox().await.len(), 1);
    assert_eq!(app.ticket_now("accounts/acme/tickets/1").await.category, "");
    set_tier(app, app::ACCOUNT, Wire::Free).await;
    desk.begin("bob@x.example").await;
    assert_eq!(app.outbox().await.len(), 1, "nothing on FREE");
    assert_eq!(actions(&root, "new").await.len(), 4, "and all of it is there");
    set_tier(app, app::ACCOUNT, Wire::Enterprise).await;
    assert!(actions(&root, "new").await.iter().all(|action| !action.suspended));
    let third = made(&root, "Third").await.name;
    work(app).await;
    assert_eq!(app.ticket_now(&third).await.category, "seen");
    let id = super::hands::last(&actions(&root, "new").await[0].workflow);
    let first = runs(&root, &id).await.pop().expect("a run");
    assert_eq!(outcomes(&first), [("mark", "SKIPPED"), ("received", "DONE"), ("wait", "STOPPED")]);
});

// C-007, C-008: so does routing: below PROFESSIONAL to nobody, below ENTERPRISE without the rules that ask for skills. These
// stand in the way of nothing that PROFESSIONAL includes.
both_engines!(a_lower_plan_suspends_routing_and_a_higher_one_brings_it_back, |db| async move {
    let app = App::start(db).await;
    for id in ["mia", "ben", "leo"] {
        app.agent(id).await;
    }
    app.channel("form", ChannelType::Form).await;
    app.route_to("form", people(&["mia"], &[])).await;
    app.skills(&["german"]).await;
    app.has_skills(&user_name("ben"), &[("german", 3)]).await;
    let skilled = |level: i32| rule("skilled", "", &[("german", level)]);
    app.rules("form", vec![skilled(1)]).await;
    let mut number = 0;
    let mut owner = async |tier: Wire| {
        set_tier(&app, app::ACCOUNT, tier).await;
        number += 1;
        let ticket = app.arrives("form", &format!("f{number}"), &format!("c{number}@x.example")).await;
        let request = v1::GetChannelRoutingRequest { name: format!("{}/routing", channel_name("form")) };
        let found = app.root().channels().get_channel_routing(request).await.expect("found").into_inner();
        let routing = found.channel_routing.expect("a routing");
        assert_eq!(routing.rules.len(), 1, "it stays");
        (super::hands::last(&ticket.owner), routing.suspended)
    };
    assert_eq!(owner(Wire::Enterprise).await, ("ben".to_owned(), false));
    assert_eq!(owner(Wire::Professional).await, ("mia".to_owned(), true));
    let target = v1::ChannelRouting { target: Some(people(&["leo"], &[])), ..Default::default() };
    app.try_route("form", target, &["people.users"]).await.expect("no word of skills");
    app.rules("form", vec![rule("cards", "ticket.subject:card", &[]), skilled(1)]).await;
    app.rules("form", vec![skilled(1)]).await;
    let other = v1::ChannelRouting { rules: vec![skilled(2)], ..Default::default() };
    assert_refused(app.try_route("form", other, &["rules"]).await, ErrorReason::SubscriptionRequired);
    assert_eq!(owner(Wire::Professional).await, ("leo".to_owned(), true));
    assert_eq!(owner(Wire::Starter).await, (String::new(), true));
    assert_eq!(owner(Wire::Enterprise).await, ("ben".to_owned(), false));
});
