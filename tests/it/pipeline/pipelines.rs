//! Pipelines: made, renamed, ordered, and limits on which status may follow which.

use helpdesk::grpc::pb::access::{AccessLevel, Tier};
use helpdesk::grpc::pb::v1::{self, ErrorReason, StatusCategory as Is};

use super::hands::{
    begin_in, create, creating, delete_status, enter, get, ids, last, limit, mask, move_to, pipeline, plain_agent,
    set_tier, status, ticket_in,
};
use crate::support::app::{self, App};
use crate::support::client::{Client, assert_refused};
use crate::support::databases::both_engines;

// R-021, C-070: a pipeline has statuses of its own in their order; without any it has the usual four.
both_engines!(pipelines_are_made_with_their_statuses_and_renamed, |db| async move {
    let app = App::start(db).await;
    let root = app.root();
    let sales = create(&root, "sales", &[("fresh", Is::New), ("ours", Is::WaitingOnUs), ("won", Is::Closed)]).await;
    let names: Vec<_> = sales.statuses.iter().map(|name| last(name)).collect();
    assert_eq!((names.join(","), sales.position), ("fresh,ours,won".to_owned(), 1));
    let usual = create(&root, "usual", &[]).await;
    let names: Vec<_> = usual.statuses.iter().map(|name| last(name)).collect();
    assert_eq!(names, ["new", "waiting-on-contact", "waiting-on-us", "closed"]);
    assert_eq!(get(&root, "usual").await.expect("found"), usual);
    let made = ticket_in(&root, "sales", "fresh").await.expect("made");
    assert_eq!(made.pipeline, pipeline("sales"));

    let taken = root.pipelines().create_pipeline(creating("sales", &[])).await;
    assert_refused(taken, ErrorReason::ResourceAlreadyExists);
    let mut same_name = creating("other", &[]);
    same_name.pipeline = Some(v1::Pipeline { display_name: "SALES".to_owned(), ..Default::default() });
    assert_refused(root.pipelines().create_pipeline(same_name).await, ErrorReason::DuplicateValue);
    let twice = creating("other", &[("a", Is::New), ("A".to_lowercase().as_str(), Is::Closed)]);
    assert_refused(root.pipelines().create_pipeline(twice).await, ErrorReason::FieldInvalid);

    let renamed = v1::Pipeline { name: pipeline("sales"), display_name: "Deals".to_owned(), ..Default::default() };
    let request = v1::UpdatePipelineRequest {
        pipeline: Some(renamed),
        update_mask: Some(mask(&["display_name"])),
        ..Default::default()
    };
    let renamed = root.pipelines().update_pipeline(request).await.expect("renamed").into_inner().pipeline;
    assert_eq!(renamed.expect("a pipeline").display_name, "Deals");
});

// C-071: every pipeline has an open and a closed status.
both_engines!(a_pipeline_without_an_open_or_a_closed_status_is_refused, |db| async move {
    let app = App::start(db).await;
    for (statuses, state) in [([("a", Is::New)], "OPEN"), ([("a", Is::Closed)], "CLOSED")] {
        let refused = app.root().pipelines().create_pipeline(creating("half", &statuses)).await;
        let refused = assert_refused(refused, ErrorReason::PipelineNeedsStatus);
        let missing = if state == "OPEN" { "CLOSED" } else { "OPEN" };
        assert!(refused.message().contains(missing), "{refused:?}");
    }
});

both_engines!(pipelines_are_put_into_another_order, |db| async move {
    let app = App::start(db).await;
    let root = app.root();
    for id in ["a", "b"] {
        create(&root, id, &[]).await;
    }
    let order = |ids: &[&str]| v1::ReorderPipelinesRequest {
        parent: app::account(),
        pipelines: ids.iter().map(|id| pipeline(id)).collect(),
        ..Default::default()
    };
    root.pipelines().reorder_pipelines(order(&["b", "support", "a"])).await.expect("ordered");
    assert_eq!(ids(&root).await, ["b", "support", "a"]);
    let short = root.pipelines().reorder_pipelines(order(&["b", "support"])).await;
    assert_refused(short, ErrorReason::FieldInvalid);
    let unknown = root.pipelines().reorder_pipelines(order(&["b", "support", "x"])).await;
    assert_refused(unknown, ErrorReason::ReferenceNotFound);
    // A channel that names none begins in the default pipeline, wherever that stands.
    let channel =
        v1::Channel { display_name: "Form".to_owned(), r#type: v1::ChannelType::Form.into(), ..Default::default() };
    let request = v1::CreateChannelRequest { parent: app::account(), channel: Some(channel), ..Default::default() };
    let made = root.channels().create_channel(request).await.expect("a channel").into_inner();
    assert_eq!(made.channel.expect("a channel").pipeline, app::pipeline_name());
});

// B6: by hand a status follows only those that the pipeline lets it follow; super admins and machines are free.
both_engines!(people_follow_the_transitions_of_a_pipeline, |db| async move {
    let app = App::start(db).await;
    let (root, mia) = (app.root(), plain_agent(&app, "mia").await);
    limit(&root, "support", &[("new", "waiting-on-us"), ("waiting-on-us", "closed")]).await.expect("limited");
    let ticket = ticket_in(&mia, "support", "new").await.expect("made").name;
    let refused = enter(&mia, &ticket, &status("support", "closed")).await;
    let refused = assert_refused(refused, ErrorReason::StatusTransitionNotAllowed);
    assert!(refused.message().contains("statuses/closed"), "{refused:?}");
    enter(&mia, &ticket, &status("support", "waiting-on-us")).await.expect("let");
    enter(&mia, &ticket, &status("support", "waiting-on-us")).await.expect("it is there");
    enter(&mia, &ticket, &status("support", "closed")).await.expect("let");
    assert_refused(enter(&mia, &ticket, &status("support", "new")).await, ErrorReason::StatusTransitionNotAllowed);
    enter(&app.machine(), &ticket, &status("support", "new")).await.expect("machines are free");
    enter(&root, &ticket, &status("support", "closed")).await.expect("super admins are free");
    create(&root, "sales", &[]).await;
    let stray = v1::StatusTransition { from_status: status("sales", "new"), to_status: status("support", "new") };
    let new = v1::Pipeline { name: pipeline("support"), transitions: vec![stray], ..Default::default() };
    let request = v1::UpdatePipelineRequest {
        pipeline: Some(new),
        update_mask: Some(mask(&["transitions"])),
        ..Default::default()
    };
    assert_refused(root.pipelines().update_pipeline(request).await, ErrorReason::StatusNotInPipeline);
    limit(&root, "support", &[]).await.expect("free again");
    enter(&mia, &ticket, &status("support", "new")).await.expect("free");
});

// B6: by hand a ticket begins only where the pipeline lets it; channels, super admins and machines are free.
both_engines!(people_make_tickets_in_the_creation_statuses, |db| async move {
    let app = App::start(db).await;
    let (root, mia) = (app.root(), plain_agent(&app, "mia").await);
    let changed = begin_in(&root, "support", &["waiting-on-us"]).await.expect("limited");
    assert_eq!(changed.creation_statuses, [status("support", "waiting-on-us")]);
    let refused = assert_refused(ticket_in(&mia, "support", "new").await, ErrorReason::StatusTransitionNotAllowed);
    assert!(refused.message().contains("statuses/new"), "{refused:?}");
    ticket_in(&mia, "support", "waiting-on-us").await.expect("let");
    ticket_in(&root, "support", "new").await.expect("super admins are free");
    ticket_in(&app.machine(), "support", "new").await.expect("machines are free");
    app.channel("form", v1::ChannelType::Form).await;
    let arrived = app.arrives("form", "1", "ann@example.com").await;
    assert_eq!(arrived.status, status("support", "new"));
    let refused = delete_status(&root, &status("support", "waiting-on-us"), &status("support", "new")).await;
    assert_refused(refused, ErrorReason::ResourceInUse);
    create(&root, "sales", &[]).await;
    let stray = v1::Pipeline {
        name: pipeline("sales"),
        creation_statuses: vec![status("support", "new")],
        ..Default::default()
    };
    let update_mask = Some(mask(&["creation_statuses"]));
    let request = v1::UpdatePipelineRequest { pipeline: Some(stray), update_mask, ..Default::default() };
    assert_refused(root.pipelines().update_pipeline(request).await, ErrorReason::StatusNotInPipeline);
    set_tier(&app, "acme", Tier::Starter).await;
    ticket_in(&mia, "support", "new").await.expect("what was not bought is not asked");
    set_tier(&app, "acme", Tier::Enterprise).await;
    assert_refused(ticket_in(&mia, "support", "new").await, ErrorReason::StatusTransitionNotAllowed);
    begin_in(&root, "support", &[]).await.expect("free again");
    ticket_in(&mia, "support", "new").await.expect("free");
});

// B6, R-035: no way around the transitions leads through another pipeline. By hand a ticket comes from there into the first
// open status, or, where these are limited, into the creation statuses; super admins and machines are free.
both_engines!(people_bring_tickets_from_another_pipeline_where_they_may_begin, |db| async move {
    let app = App::start(db).await;
    let (root, mia) = (app.root(), plain_agent(&app, "mia").await);
    create(&root, "sales", &[]).await;
    limit(&root, "support", &[("new", "waiting-on-us")]).await.expect("limited");
    let ticket = ticket_in(&mia, "support", "new").await.expect("made").name;
    let away = async |caller: &Client| move_to(caller, &ticket, "sales", "").await.expect("sales limits nothing");
    away(&mia).await;
    let refused = move_to(&mia, &ticket, "support", "closed").await;
    let refused = assert_refused(refused, ErrorReason::StatusTransitionNotAllowed);
    assert!(refused.message().contains("support/statuses/closed"), "{refused:?}");
    enter(&mia, &ticket, &status("sales", "closed")).await.expect("free there");
    assert_refused(move_to(&mia, &ticket, "support", "").await, ErrorReason::StatusTransitionNotAllowed);
    enter(&mia, &ticket, &status("sales", "waiting-on-us")).await.expect("free there");
    let back = move_to(&mia, &ticket, "support", "").await.expect("as open as before");
    assert_eq!(back.status, status("support", "new"));

    begin_in(&root, "support", &["waiting-on-contact", "closed"]).await.expect("limited");
    away(&mia).await;
    assert_refused(move_to(&mia, &ticket, "support", "new").await, ErrorReason::StatusTransitionNotAllowed);
    let back = move_to(&mia, &ticket, "support", "").await.expect("a ticket begins there");
    assert_eq!(back.status, status("support", "waiting-on-contact"));
    away(&mia).await;
    move_to(&mia, &ticket, "support", "closed").await.expect("a ticket begins there, too");

    for free in [&root, &app.machine()] {
        away(free).await;
        move_to(free, &ticket, "support", "waiting-on-us").await.expect("free");
    }
    set_tier(&app, "acme", Tier::Starter).await;
    away(&mia).await;
    move_to(&mia, &ticket, "support", "new").await.expect("what was not bought is not asked");
});

// C-005, R-177: collaborators see pipelines and change none.
both_engines!(only_full_standing_changes_pipelines, |db| async move {
    let app = App::start(db).await;
    let cole = app.collaborator("cole", AccessLevel::All).await;
    get(&cole, "support").await.expect("seen");
    assert_refused(cole.pipelines().create_pipeline(creating("x", &[])).await, ErrorReason::StandingTooLow);
});
