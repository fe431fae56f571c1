//! What nothing uses goes after a day: files, and bytes that no file names.

use std::time::Duration;

use helpdesk::grpc::pb::v1::ErrorReason;

use super::uses::{draft_with, send_with};
use super::{desk, header, kept, try_get, upload};
use crate::support::app::App;
use crate::support::client::assert_refused;
use crate::support::databases::{TestDatabase, both_engines};

async fn work(app: &App) {
    app.running().worker.run_until_idle().await.expect("worked");
}

both_engines!(a_file_that_nothing_uses_is_deleted_after_a_day, |db: TestDatabase| async move {
    let app = App::start(db).await;
    let conversation = desk(&app).await;
    let mia = app.user("mia");
    let sent = upload(&mia, header(&conversation, "sent.txt"), b"1").await.name;
    let held = upload(&mia, header(&conversation, "held.txt"), b"2").await.name;
    let idle = upload(&mia, header(&conversation, "idle.txt"), b"3").await.name;
    send_with(&mia, &conversation, &[&sent]).await.expect("sent");
    draft_with(&mia, &conversation, &[&held]).await.expect("saved");
    app.advance(Duration::from_secs(24 * 3_600 - 1));
    work(&app).await;
    let mia = app.user("mia");
    try_get(&mia, &idle).await.expect("still there");
    app.advance(Duration::from_hours(2));
    work(&app).await;
    let mia = app.user("mia");
    assert_refused(try_get(&mia, &idle).await, ErrorReason::ResourceNotFound);
    for name in [&sent, &held] {
        try_get(&mia, name).await.expect("still there");
    }
    assert_eq!(kept(&app).len(), 2);
});

both_engines!(bytes_that_no_file_names_are_deleted_after_a_day, |db: TestDatabase| async move {
    let app = App::start(db).await;
    let conversation = desk(&app).await;
    let file = upload(&app.user("mia"), header(&conversation, "a.txt"), b"1").await;
    send_with(&app.user("mia"), &conversation, &[&file.name]).await.expect("sent");
    // As a process that died between the bytes and the row would leave it.
    let used = kept(&app).remove(0);
    let id = used.file_name().and_then(|name| name.to_str()).expect("a name").to_owned();
    let orphan = used.with_file_name(format!("{}7{}", &id[..14], &id[15..id.len() - 4].to_owned()) + "beef");
    std::fs::write(&orphan, "left").expect("written");
    work(&app).await;
    assert!(orphan.exists(), "its row may be on its way");
    app.advance(Duration::from_hours(30));
    work(&app).await;
    assert!(!orphan.exists() && used.exists());
});
