//! CreateUser: people added within what the caller may give.

use helpdesk::grpc::pb::access::{AccessLevel, Seat, Standing};
use helpdesk::grpc::pb::v1::{self, AvailabilityState, ChannelType, ErrorReason, UnassignedReason, UserState};

use super::{create, get, manager};
use crate::support::app::{App, person, user_name};
use crate::support::client::assert_refused;
use crate::support::databases::both_engines;
use crate::support::scene::people;

both_engines!(a_new_person_is_active_and_available_and_has_only_what_was_given, |db| async move {
    let app = App::start(db).await;
    let given = v1::User { display_name: "  Mia ".into(), email: "Mia@Acme.example".into(), ..v1::User::default() };
    let made = app.root().users().create_user(create("mia", given)).await.expect("a user").into_inner();
    let mia = made.user.expect("a user");
    assert_eq!((mia.display_name.as_str(), mia.email.as_str()), ("Mia", "Mia@Acme.example"));
    assert_eq!((mia.state(), mia.seat(), mia.standing()), (UserState::Active, Seat::None, Standing::SignedIn));
    assert_eq!(mia.availability.as_ref().expect("availability").state(), AvailabilityState::Available);
    // C-003: access to tickets is off unless somebody switches it on.
    assert_eq!(mia.ticket_view.expect("view").level(), AccessLevel::None);
    assert_eq!(mia.ticket_edit.expect("edit").level(), AccessLevel::None);
    assert!(!mia.super_admin && !mia.account_access && mia.teams.is_empty() && !mia.etag.is_empty());
    assert_eq!(get(&app.root(), "mia").await, mia);
});

// C-051: a limit that is given at creation holds from the first ticket on.
both_engines!(a_new_person_has_the_limit_that_was_given, |db| async move {
    let app = App::start(db).await;
    let limit = v1::Capacity { total_limit: Some(1), ..Default::default() };
    let given =
        v1::User { seat: Seat::Service.into(), capacity: Some(limit.clone()), ..person("mia", AccessLevel::Owned) };
    let made = app.root().users().create_user(create("mia", given)).await.expect("a user").into_inner();
    assert_eq!(made.user.expect("a user").capacity.as_ref(), Some(&limit));
    assert_eq!(get(&app.root(), "mia").await.capacity, Some(limit));
    app.channel("mail", ChannelType::Email).await;
    app.route_to("mail", people(&["mia"], &[])).await;
    assert_eq!(app.arrives("mail", "m1", "ann@x.example").await.owner, user_name("mia"));
    let second = app.arrives("mail", "m2", "ann@x.example").await;
    assert_eq!((second.owner.as_str(), second.unassigned_reason()), ("", UnassignedReason::AllAtCapacity));
});

// neither super admin nor seat nor access switch: signed in, and nothing else.
both_engines!(somebody_without_seat_and_access_reaches_no_ticket, |db| async move {
    let app = App::start(db).await;
    let visitor = app.add_user(person("vic", AccessLevel::All), "vic").await;
    let ticket = super::owned_ticket(&app, "root", &[]).await;
    assert_refused(super::ticket(&visitor, &ticket.name).await, ErrorReason::StandingTooLow);
    assert_eq!(get(&visitor, "vic").await.standing(), Standing::SignedIn);
});

both_engines!(ids_and_mail_addresses_are_taken_once, |db| async move {
    let app = App::start(db).await;
    app.agent("mia").await;
    let again = create("mia", v1::User { email: "other@acme.example".into(), ..person("x", AccessLevel::None) });
    assert_refused(app.root().users().create_user(again).await, ErrorReason::ResourceAlreadyExists);
    let same_mail = create("mia2", v1::User { email: "MIA@acme.EXAMPLE".into(), ..person("x", AccessLevel::None) });
    let status = assert_refused(app.root().users().create_user(same_mail).await, ErrorReason::DuplicateValue);
    assert!(format!("{status:?}").contains("accounts/acme/users/mia"), "{status:?}");
});

both_engines!(an_id_is_made_where_none_is_chosen, |db| async move {
    let app = App::start(db).await;
    let request = create("", person("nameless", AccessLevel::None));
    let tried = v1::CreateUserRequest { validate_only: true, ..request.clone() };
    let tried = app.root().users().create_user(tried).await.expect("valid").into_inner();
    assert_eq!(tried.user.expect("a user").name, "");
    assert!(tried.mutation.expect("mutation").validated_only);
    let made = app.root().users().create_user(request).await.expect("a user").into_inner().user.expect("a user");
    let id = made.name.strip_prefix("accounts/acme/users/").expect("a name");
    assert_eq!(get(&app.root(), id).await, made);
});

// Nobody gives what they lack: neither seats nor levels nor super admin.
both_engines!(a_manager_gives_no_more_than_the_manager_has, |db| async move {
    let app = App::start(db).await;
    let manager = manager(&app, AccessLevel::Team).await;
    let agent = v1::User { seat: Seat::Service.into(), ..person("ann", AccessLevel::Team) };
    manager.users().create_user(create("ann", agent.clone())).await.expect("within the manager's own reach");
    let wider = v1::User { seat: Seat::Service.into(), ..person("bob", AccessLevel::All) };
    assert_refused(manager.users().create_user(create("bob", wider)).await, ErrorReason::PermissionMissing);
    let chief = v1::User { super_admin: true, ..person("cid", AccessLevel::Team) };
    assert_refused(manager.users().create_user(create("cid", chief.clone())).await, ErrorReason::PermissionMissing);
    app.root().users().create_user(create("cid", chief)).await.expect("a super admin makes another");
    // Machines hold no super admin either.
    let other = v1::User { super_admin: true, ..person("dan", AccessLevel::None) };
    assert_refused(app.machine().users().create_user(create("dan", other)).await, ErrorReason::PermissionMissing);
    // Without the right to manage people there is no adding at all, and nothing is told about anybody.
    let request = create("eve", person("eve", AccessLevel::None));
    assert_refused(app.user("ann").users().create_user(request).await, ErrorReason::PermissionMissing);
});

// C-108.
both_engines!(a_repeated_request_adds_one_person, |db| async move {
    let app = App::start(db).await;
    let request_id = "0190b6a5-6f3e-7c4e-9f0a-3d1f6f1e2a02".to_owned();
    let request = v1::CreateUserRequest { request_id, ..create("mia", person("mia", AccessLevel::None)) };
    let first = app.root().users().create_user(request.clone()).await.expect("a user").into_inner();
    let second = app.root().users().create_user(request).await.expect("the same").into_inner();
    assert_eq!(first.user, second.user);
    assert!(second.mutation.expect("mutation").replayed);
});

both_engines!(a_blank_name_and_a_wrong_mail_address_are_refused, |db| async move {
    let app = App::start(db).await;
    let good = person("mia", AccessLevel::None);
    for bad in [
        v1::User { display_name: "  ".into(), ..good.clone() },
        v1::User { display_name: String::new(), ..good.clone() },
        v1::User { email: "nobody".into(), ..good.clone() },
    ] {
        assert_refused(app.root().users().create_user(create("mia", bad)).await, ErrorReason::FieldInvalid);
    }
    let elsewhere = v1::CreateUserRequest { parent: "accounts/other".into(), ..create("mia", good) };
    assert_refused(app.root().users().create_user(elsewhere).await, ErrorReason::ResourceNotFound);
});
