//! Calls that workflows make.

use std::time::Duration;

use helpdesk::grpc::pb::v1::{self, ErrorReason, WorkflowTriggerKind as On};

use super::hands::{create, live, on, only_run, outcomes, turn_on, work, workflow};
use super::receiver::{Receiver, call, open, rotate, signers, to_the_next_job};
use crate::support::app::{self, App};
use crate::support::client::assert_refused;
use crate::support::databases::both_engines;
use crate::ticket::hands::made;

// T-31 to T-33, R-206: signed by the account's secret, the same id each time, tried again with growing pauses; names and
// nothing of what was written. The run does not wait, and its log says how it ended.
both_engines!(a_webhook_is_signed_and_tried_again_under_the_same_id, |db| async move {
    let app = open(db, &[]).await;
    let root = app.root();
    let receiver = Receiver::start(&["503 Busy", "429 Slow", "204 Fine"]).await;
    let secret = rotate(&root).await;
    live(&root, "call", workflow(vec![on(On::Created)], vec![call(&receiver.url())])).await;
    made(&root, "Something secret").await;
    for wait in [0, 5, 60] {
        app.advance(Duration::from_secs(wait));
        work(&app).await;
    }
    let got = receiver.got();
    assert_eq!(got.len(), 3);
    let ids: Vec<_> = got.iter().map(|one| one.headers["webhook-id"].clone()).collect();
    assert!(ids.iter().all(|id| *id == ids[0]) && ids[0].split('.').next_back() == Some("s1"), "{ids:?}");
    assert_ne!(got[0].headers["webhook-timestamp"], got[2].headers["webhook-timestamp"]);
    for one in &got {
        assert_eq!(signers(one, &[&secret]), [true]);
        assert_eq!(one.body, got[0].body);
    }
    let body: serde_json::Value = serde_json::from_str(&got[0].body).expect("JSON");
    assert_eq!((&body["type"], &body["data"]["ticket"]), (&"workflow.step".into(), &"accounts/acme/tickets/1".into()));
    assert!(!got[0].body.contains("secret"), "{}", got[0].body);
    let run = only_run(&app.root(), "call").await;
    assert_eq!(outcomes(&run), [("s1", "DONE"), ("s1", "DELIVERED")]);
    app.advance(Duration::from_hours(24));
    work(&app).await;
    assert_eq!(receiver.got().len(), 3, "once it is taken");
});

// C-109: a receiver that is never ready is called ten times more within 24 hours, with growing pauses and under one id; then
// the log says so, and nobody calls it again.
both_engines!(a_webhook_is_tried_ten_times_more_within_a_day, |db| async move {
    let app = open(db, &[]).await;
    let receiver = Receiver::start(&["503 Busy"; 20]).await;
    rotate(&app.root()).await;
    live(&app.root(), "call", workflow(vec![on(On::Created)], vec![call(&receiver.url())])).await;
    made(&app.root(), "One").await;
    let (began, mut tries) = (app.now(), Vec::new());
    while app.now().since(began) < Duration::from_hours(48) {
        work(&app).await;
        if receiver.got().len() > tries.len() {
            tries.push(app.now().since(began));
        }
        to_the_next_job(&app).await;
    }
    assert_eq!(tries.len(), 11, "{tries:?}");
    let pauses: Vec<Duration> = tries.windows(2).map(|pair| pair[1].saturating_sub(pair[0])).collect();
    assert!(pauses.is_sorted() && tries[10] <= Duration::from_hours(24), "{tries:?}");
    let got = receiver.got();
    assert!(got.iter().all(|one| one.headers["webhook-id"] == got[0].headers["webhook-id"]));
    let run = only_run(&app.root(), "call").await;
    assert_eq!(outcomes(&run), [("s1", "DONE"), ("s1", "FAILED")]);
    assert!(run.trace[1].why.contains("503"), "{}", run.trace[1].why);
});

// T-32: both secrets sign for a day; the answer that is kept has none, and no read shows one.
both_engines!(the_former_secret_signs_for_a_day, |db| async move {
    let app = open(db, &[]).await;
    let receiver = Receiver::start(&[]).await;
    live(&app.root(), "call", workflow(vec![on(On::Created)], vec![call(&receiver.url())])).await;
    made(&app.root(), "Zero").await;
    work(&app).await;
    assert_eq!(outcomes(&only_run(&app.root(), "call").await), [("s1", "SKIPPED")], "without a secret");
    let first = rotate(&app.root()).await;
    let request = v1::RotateWebhookSecretRequest {
        parent: app::account(),
        request_id: "0190b6a5-6f3e-7c4e-9f0a-3d1f6f1e2b01".to_owned(),
        ..Default::default()
    };
    let second = app.root().workflows().rotate_webhook_secret(request.clone()).await.expect("rotated").into_inner();
    let kept = app.root().workflows().rotate_webhook_secret(request).await.expect("kept").into_inner();
    assert!(kept.secret.is_empty() && !second.secret.is_empty() && second.secret != first);
    let (mut found, secrets) = (Vec::new(), [&first, &second.secret]);
    for wait in [0, 23, 1] {
        app.advance(Duration::from_hours(wait));
        made(&app.root(), "One").await;
        work(&app).await;
        found.push(signers(receiver.got().last().expect("a call"), &secrets));
    }
    assert_eq!(found, [[true, true], [true, true], [false, true]]);
});

// T-30: a redirect is not followed, and is the end; so is any other answer that says no.
both_engines!(a_webhook_follows_no_redirect, |db| async move {
    let app = open(db, &[]).await;
    let root = app.root();
    let inner = Receiver::start(&[]).await;
    let moved: &'static str = Box::leak(format!("302 Found\r\nlocation: {}", inner.url()).into_boxed_str());
    let receiver = Receiver::start(&[moved]).await;
    rotate(&root).await;
    live(&root, "call", workflow(vec![on(On::Created)], vec![call(&receiver.url())])).await;
    made(&root, "One").await;
    work(&app).await;
    app.advance(Duration::from_hours(24));
    work(&app).await;
    assert_eq!((receiver.got().len(), inner.got().len()), (1, 0));
    let run = only_run(&app.root(), "call").await;
    assert_eq!(outcomes(&run), [("s1", "DONE"), ("s1", "FAILED")]);
    assert!(run.trace[1].why.contains("302"), "{}", run.trace[1].why);
    assert!(receiver.told_all());
});

// T-30: where calls may not go they are refused when they are set up, and a name that leads there is when it is called.
both_engines!(a_webhook_never_reaches_an_inner_network, |db| async move {
    let app = App::start(db).await;
    let root = app.root();
    let receiver = Receiver::start(&[]).await;
    let port = receiver.address.port();
    for url in [
        receiver.url(),
        format!("https://127.0.0.1:{port}/"),
        "https://localhost/".to_owned(),
        "https://169.254.169.254/latest/meta-data/".to_owned(),
        "https://[::ffff:127.0.0.1]/".to_owned(),
        "https://2130706433/".to_owned(),
        "http://hooks.example.com/".to_owned(),
    ] {
        let refused = create(&root, "call", workflow(Vec::new(), vec![call(&url)])).await;
        assert_refused(refused, ErrorReason::FieldInvalid);
        let refused = crate::pipeline::hands::act(&root, "new", "call", call(&url)).await;
        assert_refused(refused, ErrorReason::FieldInvalid);
    }
    rotate(&root).await;
    // As if the name had been taken when it led elsewhere.
    create(&root, "call", workflow(vec![on(On::Created)], vec![call("https://hooks.example.com/")]))
        .await
        .expect("made");
    turn_on(&root, "call").await.expect("on");
    let sql = format!(
        "UPDATE workflow_revision SET definition = replace(definition, 'https://hooks.example.com/', '{}')",
        receiver.url()
    );
    sea_orm::ConnectionTrait::execute_unprepared(app.running().service.store.writer(), &sql).await.expect("done");
    made(&root, "One").await;
    work(&app).await;
    assert_eq!(receiver.got(), []);
    assert_eq!(outcomes(&only_run(&root, "call").await), [("s1", "DONE"), ("s1", "FAILED")]);
});
