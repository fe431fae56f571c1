//! UpdateUser: name, mail address and access, and what becomes of tickets when access ends.

use helpdesk::grpc::pb::access::{AccessLevel, Seat, Standing};
use helpdesk::grpc::pb::v1::{self, EffectKind, ErrorReason};

use super::{get, manager, owned_ticket, ticket, update};
use crate::support::app::{self, App, person};
use crate::support::client::assert_refused;
use crate::support::databases::both_engines;

fn view(level: AccessLevel) -> v1::User {
    let access = v1::TicketAccess { level: level.into(), include_unassigned: false };
    v1::User { ticket_view: Some(access), ..v1::User::default() }
}

// C-003: an administrator sets how far the reach goes; without any, no ticket is seen.
both_engines!(ticket_access_is_switched_on_and_limited, |db| async move {
    let app = App::start(db).await;
    let cole = app.collaborator("cole", AccessLevel::None).await;
    app.agent("mia").await;
    let mias = owned_ticket(&app, "mia", &[]).await;
    assert_refused(ticket(&cole, &mias.name).await, ErrorReason::ResourceNotFound);
    let all = update("cole", view(AccessLevel::All), &["ticket_view"]);
    app.root().users().update_user(all).await.expect("changed");
    assert_eq!(ticket(&cole, &mias.name).await.expect("visible").name, mias.name);
    let own = update("cole", view(AccessLevel::Owned), &["ticket_view.level"]);
    app.root().users().update_user(own).await.expect("changed");
    assert_refused(ticket(&cole, &mias.name).await, ErrorReason::ResourceNotFound);
    let coles = owned_ticket(&app, "cole", &[]).await;
    assert_eq!(ticket(&cole, &coles.name).await.expect("the own one").name, coles.name);
});

both_engines!(an_owner_who_loses_access_loses_the_ticket_and_the_teams_stay, |db| async move {
    let app = App::start(db).await;
    app.agent("mia").await;
    app.team("red", &["mia"]).await;
    let before = owned_ticket(&app, "mia", &["red"]).await;
    let request = update("mia", view(AccessLevel::None), &["ticket_view"]);
    let tried = v1::UpdateUserRequest { validate_only: true, ..request.clone() };
    let tried = app.root().users().update_user(tried).await.expect("valid").into_inner().mutation.expect("mutation");
    assert_eq!(ticket(&app.root(), &before.name).await.expect("a ticket"), before);
    let done = app.root().users().update_user(request).await.expect("changed").into_inner().mutation.expect("mutation");
    assert_eq!((tried.effects.len(), done.effects.len()), (1, 1));
    let effect = &done.effects[0];
    assert_eq!((effect.kind(), effect.resource.as_str()), (EffectKind::Unassigned, before.name.as_str()));
    assert_eq!(effect.cause, app::user_name("mia"));
    let after = ticket(&app.root(), &before.name).await.expect("a ticket");
    assert_eq!((after.owner.as_str(), &after.teams), ("", &before.teams));
    assert!(after.sequence > before.sequence && after.etag != before.etag);
});

both_engines!(the_mask_decides_and_what_is_not_named_stays, |db| async move {
    let app = App::start(db).await;
    app.agent("mia").await;
    let before = get(&app.root(), "mia").await;
    let wanted = v1::User { display_name: "Mia M".into(), email: "ignored@acme.example".into(), ..v1::User::default() };
    let request = update("mia", wanted, &["display_name", "state", "teams"]);
    let after = app.root().users().update_user(request).await.expect("changed").into_inner().user.expect("a user");
    assert_eq!((after.display_name.as_str(), &after.email), ("Mia M", &before.email));
    assert_ne!(after.etag, before.etag);
    for paths in [&[][..], &["*"], &["displayName"]] {
        let refused = app.root().users().update_user(update("mia", v1::User::default(), paths)).await;
        assert_refused(refused, ErrorReason::UpdateMaskInvalid);
    }
    let seat = update("mia", v1::User { seat: Seat::Core.into(), ..v1::User::default() }, &["seat"]);
    assert_refused(app.root().users().update_user(seat).await, ErrorReason::FieldImmutable);
    // A record that was read can be sent back whole.
    let paths = ["display_name", "email", "seat", "ticket_view", "standing", "etag"];
    let same = app.root().users().update_user(update("mia", after.clone(), &paths)).await.expect("no change");
    assert_eq!(same.into_inner().user.expect("a user"), after);
});

// C-021.
both_engines!(an_old_etag_is_refused, |db| async move {
    let app = App::start(db).await;
    app.agent("mia").await;
    let seen = get(&app.root(), "mia").await;
    let rename = |name: &str| {
        update(
            "mia",
            v1::User { display_name: name.into(), etag: seen.etag.clone(), ..v1::User::default() },
            &["display_name"],
        )
    };
    app.root().users().update_user(rename("First")).await.expect("changed");
    assert_refused(app.root().users().update_user(rename("Second")).await, ErrorReason::EtagMismatch);
    assert_eq!(get(&app.root(), "mia").await.display_name, "First");
});

both_engines!(mail_addresses_stay_unique_and_are_freed, |db| async move {
    let app = App::start(db).await;
    app.agent("mia").await;
    app.agent("ben").await;
    let mail = |id: &str, mail: &str| update(id, v1::User { email: mail.into(), ..v1::User::default() }, &["email"]);
    let taken = app.root().users().update_user(mail("mia", "BEN@acme.example")).await;
    assert_refused(taken, ErrorReason::DuplicateValue);
    app.root().users().update_user(mail("ben", "ben@new.example")).await.expect("changed");
    app.root().users().update_user(mail("mia", "BEN@acme.example")).await.expect("free now");
    app.root().users().update_user(mail("mia", "ben@acme.example")).await.expect("one's own, spelled otherwise");
});

both_engines!(a_manager_raises_nobody_above_the_managers_own_reach, |db| async move {
    let app = App::start(db).await;
    let manager = manager(&app, AccessLevel::Team).await;
    app.agent("mia").await;
    app.collaborator("cole", AccessLevel::Owned).await;
    let raise = update("cole", view(AccessLevel::All), &["ticket_view"]);
    assert_refused(manager.users().update_user(raise).await, ErrorReason::PermissionMissing);
    let myself = update("manager", view(AccessLevel::All), &["ticket_view"]);
    assert_refused(manager.users().update_user(myself).await, ErrorReason::PermissionMissing);
    let team = update("cole", view(AccessLevel::Team), &["ticket_view"]);
    manager.users().update_user(team).await.expect("as far as the manager's own");
    // Lowering what the manager lacks, and leaving it, is no giving.
    let rename = update("mia", v1::User { display_name: "Mia".into(), ..v1::User::default() }, &["display_name"]);
    manager.users().update_user(rename).await.expect("changed");
    manager.users().update_user(update("mia", view(AccessLevel::Owned), &["ticket_view"])).await.expect("lowered");
    let chief = update("mia", v1::User { super_admin: true, ..v1::User::default() }, &["super_admin"]);
    assert_refused(manager.users().update_user(chief).await, ErrorReason::PermissionMissing);
    let unmake = update("root", v1::User::default(), &["super_admin"]);
    assert_refused(manager.users().update_user(unmake).await, ErrorReason::PermissionMissing);
});

both_engines!(the_last_super_admin_stays_one, |db| async move {
    let app = App::start(db).await;
    let unmake = |id: &str| update(id, v1::User::default(), &["super_admin"]);
    let refused = app.root().users().update_user(unmake("root")).await;
    let status = assert_refused(refused, ErrorReason::StateTransitionNotAllowed);
    assert!(format!("{status:?}").contains("LAST_SUPER_ADMIN"), "{status:?}");
    app.add_user(v1::User { super_admin: true, ..person("second", AccessLevel::None) }, "second").await;
    app.root().users().update_user(unmake("root")).await.expect("there is another one");
    assert!(!get(&app.user("second"), "root").await.super_admin);
    assert_refused(
        app.user("second").users().update_user(unmake("second")).await,
        ErrorReason::StateTransitionNotAllowed,
    );
});

// either switch makes a collaborator.
both_engines!(each_access_switch_makes_a_collaborator, |db| async move {
    let app = App::start(db).await;
    app.add_user(person("cole", AccessLevel::All), "cole").await;
    let ticket_name = owned_ticket(&app, "root", &[]).await.name;
    for (path, user) in [
        ("service_access", v1::User { service_access: true, ..v1::User::default() }),
        ("sales_access", v1::User { sales_access: true, ..v1::User::default() }),
    ] {
        assert_refused(ticket(&app.user("cole"), &ticket_name).await, ErrorReason::StandingTooLow);
        let on = app.root().users().update_user(update("cole", user, &[path])).await.expect("changed").into_inner();
        assert_eq!(on.user.expect("a user").standing(), Standing::Collaborator);
        ticket(&app.user("cole"), &ticket_name).await.expect("the workspace is open");
        app.root().users().update_user(update("cole", v1::User::default(), &[path])).await.expect("changed");
    }
});
