//! DeactivateUser: shut out at once, tickets released.

use helpdesk::grpc::pb::access::AccessLevel;
use helpdesk::grpc::pb::v1::{self, DeactivateUserRequest, ErrorReason, UserState};

use super::{get, manager, owned_ticket, ticket};
use crate::support::app::{self, App, person};
use crate::support::client::assert_refused;
use crate::support::databases::both_engines;

fn request(id: &str) -> DeactivateUserRequest {
    DeactivateUserRequest { name: app::user_name(id), ..DeactivateUserRequest::default() }
}

both_engines!(a_deactivated_person_is_out_and_owns_no_open_ticket, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    app.team("red", &["mia"]).await;
    let first = owned_ticket(&app, "mia", &["red"]).await;
    let second = owned_ticket(&app, "mia", &[]).await;
    let others = owned_ticket(&app, "root", &[]).await;
    let done = app.root().users().deactivate_user(request("mia")).await.expect("done").into_inner();
    assert_eq!((done.released_ticket_count, done.user.expect("a user").state()), (2, UserState::Deactivated));
    let effects = done.mutation.expect("mutation").effects;
    let released: Vec<_> = effects.iter().map(|effect| effect.resource.clone()).collect();
    assert_eq!(released, [first.name.clone(), second.name.clone()]);
    let after = ticket(&app.root(), &first.name).await.expect("a ticket");
    assert_eq!((after.owner.as_str(), after.teams), ("", first.teams));
    assert_eq!(ticket(&app.root(), &others.name).await.expect("a ticket"), others);
    let out = mia.users().get_user(v1::GetUserRequest { name: app::user_name("mia") }).await;
    assert_refused(out, ErrorReason::UserDeactivated);
    assert_refused(app.root().users().deactivate_user(request("mia")).await, ErrorReason::StateTransitionNotAllowed);
    assert_eq!(get(&app.root(), "mia").await.teams.len(), 1);
});

both_engines!(the_last_active_super_admin_cannot_be_shut_out, |db| async move {
    let app = App::start(db).await;
    let refused = app.root().users().deactivate_user(request("root")).await;
    let status = assert_refused(refused, ErrorReason::StateTransitionNotAllowed);
    assert!(format!("{status:?}").contains("LAST_SUPER_ADMIN"), "{status:?}");
    app.add_user(v1::User { super_admin: true, ..person("second", AccessLevel::None) }, "second").await;
    app.user("second").users().deactivate_user(request("root")).await.expect("there is another one");
    // A deactivated super admin does not count.
    let refused = app.user("second").users().deactivate_user(request("second")).await;
    assert_refused(refused, ErrorReason::StateTransitionNotAllowed);
});

both_engines!(a_manager_shuts_out_people_but_no_super_admin, |db| async move {
    let app = App::start(db).await;
    let manager = manager(&app, AccessLevel::None).await;
    app.agent("mia").await;
    app.add_user(v1::User { super_admin: true, ..person("second", AccessLevel::None) }, "second").await;
    assert_refused(manager.users().deactivate_user(request("second")).await, ErrorReason::PermissionMissing);
    manager.users().deactivate_user(request("mia")).await.expect("done");
    assert_refused(manager.users().deactivate_user(request("none")).await, ErrorReason::ResourceNotFound);
    let stale = DeactivateUserRequest { etag: "\"99\"".into(), ..request("manager") };
    assert_refused(app.root().users().deactivate_user(stale).await, ErrorReason::EtagMismatch);
});

// W7: the first 500 tickets are released with the change, the others by a job of 500 at a time that can be watched.
both_engines!(an_owner_of_very_many_tickets_is_out_at_once_and_the_tickets_follow, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    let owned = |subject: i32| v1::CreateTicketRequest {
        parent: app::account(),
        ticket: Some(v1::Ticket { owner: app::user_name("mia"), ..app::ticket(&format!("No {subject}")) }),
        ..Default::default()
    };
    // No more at once than a busy machine takes on.
    for chunk in 0..150 {
        let made = (chunk * 8..(chunk + 1) * 8).map(|number| {
            let (root, request) = (app.root(), owned(number));
            async move { root.tickets().create_ticket(request).await.expect("made") }
        });
        futures_util::future::join_all(made).await;
    }
    let done = app.root().users().deactivate_user(request("mia")).await.expect("done").into_inner();
    let left = done.user.expect("a user").releasing_ticket_count;
    assert_eq!((done.released_ticket_count, left), (1_200, 700));
    let out = mia.users().get_user(v1::GetUserRequest { name: app::user_name("mia") }).await;
    assert_refused(out, ErrorReason::UserDeactivated);
    let mut seen = vec![(left, owned_by_mia(&app).await)];
    while seen.last().is_some_and(|(left, _)| *left > 0) {
        assert!(app.running().worker.turn().await.expect("a turn"), "a job is due while tickets are left");
        let now = (get(&app.root(), "mia").await.releasing_ticket_count, owned_by_mia(&app).await);
        seen.extend((seen.last() != Some(&now)).then_some(now));
    }
    assert_eq!(seen, [(700, 700), (200, 200), (0, 0)]);
    app.running().worker.run_until_idle().await.expect("idle");
    let events = events_of_type(&app, v1::EventType::TicketUnassigned).await;
    assert_eq!(events, 1_200, "each once");
});

/// How many tickets mia owns.
async fn owned_by_mia(app: &App) -> usize {
    let filter = format!("owner = \"{}\"", app::user_name("mia"));
    let (mut count, mut page_token) = (0, String::new());
    loop {
        let request = v1::ListTicketsRequest {
            parent: app::account(),
            filter: filter.clone(),
            page_size: 200,
            page_token,
            ..Default::default()
        };
        let page = app.root().tickets().list_tickets(request).await.expect("a page").into_inner();
        count += page.tickets.len();
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return count;
        }
    }
}

async fn events_of_type(app: &App, kind: v1::EventType) -> usize {
    let (mut count, mut page_token) = (0, String::new());
    loop {
        let event_filter = Some(v1::EventFilter { types: vec![kind.into()], filter: String::new() });
        let request = v1::ListEventsRequest {
            parent: app::account(),
            page_size: 200,
            page_token,
            event_filter,
            ..Default::default()
        };
        let page = app.root().events().list_events(request).await.expect("a page").into_inner();
        count += page.events.len();
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return count;
        }
    }
}
