//! Versions of a channel's routing: drafted, tried, made active, gone back to; decisions name the one they were made with.

use helpdesk::grpc::pb::v1::simulate_routing_request::{Subject, Tried};
use helpdesk::grpc::pb::v1::{self, ChannelType, ErrorReason, RoutingVersionState};

use crate::support::app::{self, App, channel_name, user_name};
use crate::support::client::assert_refused;
use crate::support::databases::{TestDatabase, both_engines};
use crate::support::scene::{message, people};

async fn desk(db: TestDatabase) -> App {
    let app = App::start(db).await;
    for id in ["ada", "mia"] {
        app.agent(id).await;
    }
    app.channel("mail", ChannelType::Email).await;
    app.route_to("mail", people(&["ada"], &[])).await;
    app
}

fn to_mia() -> v1::ChannelRouting {
    v1::ChannelRouting { target: Some(people(&["mia"], &[])), ..Default::default() }
}

async fn draft(app: &App, routing: v1::ChannelRouting) -> Result<v1::RoutingVersion, tonic::Status> {
    let request = v1::CreateRoutingDraftRequest {
        parent: channel_name("mail"),
        routing: Some(routing),
        note: "Mia takes over".to_owned(),
        ..Default::default()
    };
    let answer = app.root().channels().create_routing_draft(request).await?.into_inner();
    Ok(answer.routing_version.expect("a version"))
}

async fn activate(app: &App, number: i64, etag: &str) -> Result<v1::ActivateRoutingVersionResponse, tonic::Status> {
    let name = format!("{}/routingVersions/{number}", channel_name("mail"));
    let request = v1::ActivateRoutingVersionRequest { name, etag: etag.to_owned(), ..Default::default() };
    app.root().channels().activate_routing_version(request).await.map(tonic::Response::into_inner)
}

async fn versions(app: &App) -> Vec<(i64, RoutingVersionState)> {
    let request = v1::ListRoutingVersionsRequest { parent: channel_name("mail"), ..Default::default() };
    let page = app.root().channels().list_routing_versions(request).await.expect("listed").into_inner();
    page.routing_versions.iter().map(|version| (version.number, version.state())).collect()
}

// A draft decides nothing until it is active; the former version can be gone back to; decisions name theirs.
both_engines!(a_draft_is_tried_made_active_and_gone_back_from, |db| async move {
    use RoutingVersionState::{Active, Draft, Retired};
    let app = desk(db).await;
    assert_eq!(versions(&app).await, [(2, Active), (1, Retired)]);
    let drafted = draft(&app, to_mia()).await.expect("drafted");
    assert_eq!((drafted.number, drafted.state(), drafted.note.as_str()), (3, Draft, "Mia takes over"));
    assert_eq!(app.arrives("mail", "m1", "ann@example.com").await.owner, user_name("ada"));
    let imagined = v1::ImaginedTicket { channel: channel_name("mail"), ..Default::default() };
    let request = v1::SimulateRoutingRequest {
        parent: app::account(),
        subject: Some(Subject::Draft(imagined)),
        tried: Some(Tried::RoutingVersion(drafted.name.clone())),
        ..Default::default()
    };
    let tried = app.root().routing().simulate_routing(request).await.expect("tried").into_inner();
    assert_eq!(tried.routing_decisions[0].user, user_name("mia"));
    assert_refused(activate(&app, 3, "\"1\"").await, ErrorReason::EtagMismatch);
    let active = activate(&app, 3, "\"2\"").await.expect("active");
    assert_eq!(active.channel_routing.expect("a routing").routing_version, 3);
    let taken = app.ingest(message("mail", "m2", "ann@example.com", "Hello")).await;
    let decision = taken.routing_decision.expect("a decision");
    assert_eq!((decision.user, decision.routing_version), (user_name("mia"), 3));
    assert_eq!(versions(&app).await, [(3, Active), (2, Retired), (1, Retired)]);
    activate(&app, 2, "").await.expect("gone back");
    assert_eq!(app.arrives("mail", "m3", "ann@example.com").await.owner, user_name("ada"));
    assert_eq!(versions(&app).await, [(3, Retired), (2, Active), (1, Retired)]);
    app.route_to("mail", people(&["ada", "mia"], &[])).await;
    assert_eq!(versions(&app).await[0], (4, Active), "a change is a new version at once");
    let get = v1::GetRoutingVersionRequest { name: drafted.name };
    let read = app.root().channels().get_routing_version(get).await.expect("found").into_inner();
    assert_eq!(read.routing_version.expect("a version").routing.expect("a routing").target, to_mia().target);
});

// A version is checked as a change is, and again when it becomes active.
both_engines!(a_version_is_checked_when_it_is_written_and_when_it_becomes_active, |db| async move {
    let app = desk(db).await;
    let unknown = v1::ChannelRouting { target: Some(people(&["nemo"], &[])), ..Default::default() };
    assert_refused(draft(&app, unknown).await, ErrorReason::ReferenceNotFound);
    draft(&app, to_mia()).await.expect("drafted");
    app.seat("mia", helpdesk::grpc::pb::access::Seat::Core).await;
    assert_refused(activate(&app, 3, "").await, ErrorReason::TargetNotRoutable);
    assert_refused(activate(&app, 9, "").await, ErrorReason::ResourceNotFound);
});
