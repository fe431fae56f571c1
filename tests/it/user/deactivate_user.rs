//! DeactivateUser: shut out at once, tickets released.

use helpdesk::grpc::pb::access::AccessLevel;
use helpdesk::grpc::pb::v1::{self, DeactivateUserRequest, ErrorReason, UserState};

use super::{get, manager, owned_ticket, ticket};
use crate::support::app::{self, App, person};
use crate::support::client::assert_refused;
use crate::support::databases::{TestDatabase, both_engines};
use crate::support::scene::{message, people};

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

/// A message of a chat.
async fn says(app: &App, id: &str) -> v1::IngestMessageResponse {
    app.ingest(message("chat", id, "ann@example.com", "Still broken")).await
}

/// A ticket of a chat that was closed before its owner, bob, was shut out.
async fn closed_before_bob_left(db: TestDatabase) -> (App, v1::Ticket) {
    let app = App::start(db).await;
    for id in ["bob", "mia"] {
        app.agent(id).await;
    }
    app.channel("chat", v1::ChannelType::Chat).await;
    app.route_to("chat", people(&["bob"], &[])).await;
    let ticket = says(&app, "1").await.ticket.expect("a ticket");
    assert_eq!(ticket.owner, app::user_name("bob"));
    app.close(&ticket.name).await;
    let done = app.root().users().deactivate_user(request("bob")).await.expect("done").into_inner();
    assert_eq!(done.released_ticket_count, 0);
    assert_eq!(app.ticket_now(&ticket.name).await.owner, app::user_name("bob"), "what is closed stays as it was");
    (app, ticket)
}

// A4, C-038: a closed ticket that the contact opens again is not left with an owner who is out, where nobody would look.
both_engines!(what_the_contact_opens_again_has_no_owner_who_is_out, |db| async move {
    let (app, ticket) = Box::pin(closed_before_bob_left(db)).await;
    let back = says(&app, "2").await;
    assert!(back.ticket_reopened && back.routing_decision.is_none());
    let effects = back.mutation.expect("mutation").effects;
    assert!(effects.iter().any(|effect| effect.kind() == v1::EffectKind::Unassigned && effect.resource == ticket.name));
    let after = back.ticket.expect("the ticket");
    assert_eq!((after.name.as_str(), after.owner.as_str()), (ticket.name.as_str(), ""));
    app.close(&ticket.name).await;
    assert!(says(&app, "3").await.ticket_reopened);
    assert_eq!(events_of_type(&app, v1::EventType::TicketUnassigned).await, 1, "once");
});

// A4: on a channel that queues it is routed again, as one that was open is.
both_engines!(what_the_contact_opens_again_is_routed_where_the_channel_queues, |db| async move {
    let (app, ticket) = Box::pin(closed_before_bob_left(db)).await;
    app.route_to("chat", people(&["mia"], &[])).await;
    app.queue("chat", 0).await;
    let back = says(&app, "2").await;
    assert_eq!(back.routing_decision.expect("a decision").cause(), v1::RoutingCause::OwnerLost);
    let after = back.ticket.expect("the ticket");
    assert_eq!((after.name, after.owner), (ticket.name, app::user_name("mia")));
});

// A4: nor is one that a person opens again, or that was closed with the mark of spam.
both_engines!(what_a_person_opens_again_has_no_owner_who_is_out, |db| async move {
    let app = App::start(db).await;
    app.agent("bob").await;
    let (closed, spam) = (owned_ticket(&app, "bob", &[]).await.name, owned_ticket(&app, "bob", &[]).await.name);
    app.close(&closed).await;
    let root = app.root();
    let mark = v1::MarkTicketSpamRequest { name: spam.clone(), ..Default::default() };
    root.tickets().mark_ticket_spam(mark).await.expect("marked");
    root.users().deactivate_user(request("bob")).await.expect("done");
    let reopen = v1::ReopenTicketRequest { name: closed, ..Default::default() };
    let opened = root.tickets().reopen_ticket(reopen).await.expect("opened").into_inner().ticket.expect("a ticket");
    let unmark = v1::UnmarkTicketSpamRequest { name: spam, ..Default::default() };
    let unmarked = root.tickets().unmark_ticket_spam(unmark).await.expect("unmarked").into_inner();
    let unmarked = unmarked.ticket.expect("a ticket");
    for after in [opened, unmarked] {
        assert_eq!((after.state(), after.owner.as_str()), (v1::TicketState::Open, ""), "{}", after.name);
    }
    assert_eq!(events_of_type(&app, v1::EventType::TicketUnassigned).await, 2);
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
