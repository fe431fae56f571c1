//! RenewPresence: a lease that is renewed keeps a person there; one that runs out takes the person out of routing.

use std::time::Duration;

use helpdesk::domain::access::Tier;
use helpdesk::grpc::pb::v1::{
    self, AvailabilityState, ChannelType, ErrorReason, EventType, Ineligibility, UnassignedReason,
};
use prost_types::FieldMask;
use tonic::Status;

use crate::support::app::{self, App, user_name};
use crate::support::client::{Client, assert_refused};
use crate::support::databases::{TestDatabase, both_engines};
use crate::support::scene::people;

/// One agent who needs a lease, and a mail channel that queues.
async fn desk(db: TestDatabase) -> App {
    let app = App::start(db).await;
    app.agent("ada").await;
    require(&app, "ada", true).await;
    app.channel("mail", ChannelType::Email).await;
    app.route_to("mail", people(&["ada"], &[])).await;
    app.queue("mail", 0).await;
    app
}

async fn require(app: &App, user: &str, required: bool) -> v1::User {
    let user = v1::User { name: user_name(user), presence_required: required, ..Default::default() };
    let update_mask = Some(FieldMask { paths: vec!["presence_required".to_owned()] });
    let request = v1::UpdateUserRequest { user: Some(user), update_mask, ..Default::default() };
    app.root().users().update_user(request).await.expect("changed").into_inner().user.expect("a user")
}

async fn renew(caller: &Client, user: &str, seconds: i64) -> Result<v1::RenewPresenceResponse, Status> {
    let lease = (seconds > 0).then_some(prost_types::Duration { seconds, nanos: 0 });
    let request = v1::RenewPresenceRequest { name: user_name(user), lease, ..Default::default() };
    caller.users().renew_presence(request).await.map(tonic::Response::into_inner)
}

/// Time goes by, and what is due is done.
async fn pass(app: &App, seconds: u64) {
    app.advance(Duration::from_secs(seconds));
    app.running().worker.run_until_idle().await.expect("worked");
}

async fn availability(app: &App) -> (AvailabilityState, bool) {
    let request = v1::GetUserRequest { name: user_name("ada") };
    let user = app.root().users().get_user(request).await.expect("found").into_inner().user.expect("a user");
    let found = user.availability.expect("an availability");
    (found.state(), found.lease_lost)
}

async fn turns(app: &App) -> Vec<String> {
    let event_filter = v1::EventFilter { types: vec![EventType::PresenceChanged.into()], ..Default::default() };
    let request =
        v1::ListEventsRequest { parent: app::account(), event_filter: Some(event_filter), ..Default::default() };
    let events = app.root().events().list_events(request).await.expect("listed").into_inner().events;
    events.into_iter().map(|event| event.fields[0].after.clone()).collect()
}

// B2: who renews is there, who does not is not, with a reason of its own; whoever waits is served when the person is back.
both_engines!(a_lease_that_runs_out_takes_a_person_out_of_routing_until_it_is_renewed, |db| async move {
    let app = desk(db).await;
    let ada = app.user("ada");
    assert_eq!(availability(&app).await, (AvailabilityState::Away, true));
    let first = app.arrives("mail", "1", "ann@example.com").await;
    assert_eq!(first.unassigned_reason(), UnassignedReason::NobodyAvailable);
    let explain = v1::ExplainRoutingRequest { name: first.name.clone(), user: user_name("ada") };
    let explained = app.root().routing().explain_routing(explain).await.expect("explained").into_inner();
    assert_eq!(explained.candidate.expect("ada").blockers, [i32::from(Ineligibility::PresenceLost)]);
    assert!(explained.answer.contains("lease"), "{}", explained.answer);
    let renewed = renew(&ada, "ada", 30).await.expect("renewed");
    let expire = renewed.expire_time.expect("a time");
    assert_eq!(expire.seconds - app.now().as_micros() / 1_000_000, 30);
    assert_eq!(renewed.availability.expect("it").state(), AvailabilityState::Available);
    assert_eq!(app.ticket_now(&first.name).await.owner, user_name("ada"), "whoever waits is served with it");
    pass(&app, 20).await;
    let again = renew(&ada, "ada", 30).await.expect("renewed").expire_time.expect("a time");
    assert_eq!(again.seconds, expire.seconds + 20);
    pass(&app, 29).await;
    assert_eq!(availability(&app).await.0, AvailabilityState::Available);
    pass(&app, 1).await;
    assert_eq!(availability(&app).await, (AvailabilityState::Away, true));
    let second = app.arrives("mail", "2", "ann@example.com").await;
    assert_eq!(second.owner, "");
    renew(&ada, "ada", 30).await.expect("renewed");
    assert_eq!(app.ticket_now(&second.name).await.owner, user_name("ada"));
    assert_eq!(turns(&app).await, ["THERE", "LOST", "THERE"]);
});

// Complaint 8: presence was the socket of a browser, so people on the move were offline between two messages. A stream that ends
// takes nobody out of routing, and any device renews the lease: what counts is the lease, and what the person said.
both_engines!(a_connection_that_ends_takes_nobody_out_of_routing, |db| async move {
    let app = desk(db).await;
    let (desktop, phone) = (app.user("ada"), app.user("ada"));
    let watch = v1::WatchEventsRequest { parent: app::account(), ..Default::default() };
    let stream = desktop.events().watch_events(watch).await.expect("a stream");
    renew(&desktop, "ada", 60).await.expect("renewed");
    drop((stream, desktop));
    pass(&app, 59).await;
    let first = app.arrives("mail", "1", "ann@example.com").await;
    assert_eq!(first.owner, user_name("ada"), "the lease still runs");
    renew(&phone, "ada", 60).await.expect("renewed by another device");
    pass(&app, 59).await;
    assert_eq!(app.arrives("mail", "2", "bea@example.com").await.owner, user_name("ada"));
    require(&app, "ada", false).await;
    pass(&app, 86_400).await;
    assert_eq!(
        app.arrives("mail", "3", "cleo@example.com").await.owner,
        user_name("ada"),
        "said to be there, with no stream"
    );
});

// No write storm: a lease that is renewed in time leaves no event and does not touch the person; a shorter one shortens
// nothing.
both_engines!(a_lease_that_is_renewed_in_time_changes_nothing_else, |db| async move {
    let app = desk(db).await;
    let ada = app.user("ada");
    let first = renew(&ada, "ada", 600).await.expect("renewed").expire_time;
    let events = app.events_so_far().await;
    for _ in 0..10 {
        pass(&app, 1).await;
        assert_eq!(renew(&ada, "ada", 10).await.expect("renewed").expire_time, first);
    }
    assert_eq!(app.events_so_far().await, events);
});

// Off by default; turned on it asks for a lease, turned off it does not, and both at once.
both_engines!(only_who_is_asked_for_a_lease_needs_one, |db| async move {
    let app = desk(db).await;
    assert!(!require(&app, "ada", false).await.presence_required);
    assert_eq!(availability(&app).await.0, AvailabilityState::Available);
    renew(&app.user("ada"), "ada", 0).await.expect("it may all the same");
    require(&app, "ada", true).await;
    assert_eq!(availability(&app).await.0, AvailabilityState::Available, "the lease holds");
    pass(&app, 60).await;
    assert!(availability(&app).await.1, "a minute is the usual length");
    require(&app, "ada", false).await;
    assert_eq!(availability(&app).await.0, AvailabilityState::Available);
});

// Everybody for oneself; for others with the permission. Lengths are bounded; a retry gets its answer.
both_engines!(leases_are_renewed_by_who_may_and_within_bounds, |db| async move {
    let app = desk(db).await;
    let cole = app.collaborator("cole", helpdesk::grpc::pb::access::AccessLevel::All).await;
    assert_refused(renew(&cole, "ada", 30).await, ErrorReason::PermissionMissing);
    for seconds in [9, 601] {
        assert_refused(renew(&app.user("ada"), "ada", seconds).await, ErrorReason::FieldInvalid);
    }
    assert_refused(renew(&app.root(), "nobody", 30).await, ErrorReason::ResourceNotFound);
    renew(&app.root(), "ada", 30).await.expect("an administrator may");
    let request = v1::RenewPresenceRequest {
        name: user_name("ada"),
        request_id: "0190b6a5-6f3e-7c4e-9f0a-000000000001".to_owned(),
        ..Default::default()
    };
    let first = app.machine().users().renew_presence(request.clone()).await.expect("renewed").into_inner();
    pass(&app, 5).await;
    let again = app.machine().users().renew_presence(request).await.expect("answered").into_inner();
    assert_eq!((again.expire_time, again.mutation.expect("it").replayed), (first.expire_time, true));
    app.new_account_of("pro", Tier::Professional).await;
    let foreign = v1::RenewPresenceRequest { name: "accounts/pro/users/root".to_owned(), ..Default::default() };
    assert_refused(app.root().users().renew_presence(foreign).await, ErrorReason::ResourceNotFound);
});

// Many replicas: a lease renewed at one and expired by the other's worker is one lease, in the database.
both_engines!(a_restarted_service_knows_the_leases, |db| async move {
    let mut app = App::start(db).await;
    app.agent("ada").await;
    require(&app, "ada", true).await;
    renew(&app.user("ada"), "ada", 30).await.expect("renewed");
    app.restart().await;
    assert_eq!(availability(&app).await.0, AvailabilityState::Available);
    pass(&app, 30).await;
    assert!(availability(&app).await.1);
});
