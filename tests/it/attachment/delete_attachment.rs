//! DeleteAttachment: only what nothing uses, and then its bytes too.

use helpdesk::grpc::pb::v1::{self, ErrorReason};
use tonic::Status;

use super::uses::{draft_with, send_with};
use super::{desk, header, kept, try_get, upload};
use crate::conversation::talk::events;
use crate::support::app::App;
use crate::support::client::{Client, assert_refused};
use crate::support::databases::{TestDatabase, both_engines};

async fn delete(caller: &Client, name: &str, validate_only: bool) -> Result<v1::DeleteAttachmentResponse, Status> {
    let request = v1::DeleteAttachmentRequest { name: name.to_owned(), validate_only, ..Default::default() };
    caller.attachments().delete_attachment(request).await.map(tonic::Response::into_inner)
}

both_engines!(a_file_that_nothing_uses_goes_with_its_bytes, |db: TestDatabase| async move {
    let app = App::start(db).await;
    let conversation = desk(&app).await;
    let mia = app.user("mia");
    let file = upload(&mia, header(&conversation, "a.txt"), b"x").await;
    delete(&mia, &file.name, true).await.expect("it would go");
    try_get(&mia, &file.name).await.expect("still there");
    assert_refused(delete(&app.user("ben"), &file.name, false).await, ErrorReason::ResourceNotFound);
    delete(&mia, &file.name, false).await.expect("it goes");
    assert_refused(try_get(&mia, &file.name).await, ErrorReason::ResourceNotFound);
    assert_refused(delete(&mia, &file.name, false).await, ErrorReason::ResourceNotFound);
    app.running().worker.run_until_idle().await.expect("worked");
    assert!(kept(&app).is_empty());
    assert_eq!(events(&app, v1::EventType::AttachmentDeleted).await.len(), 1);
});

both_engines!(a_file_in_use_stays, |db: TestDatabase| async move {
    let app = App::start(db).await;
    let conversation = desk(&app).await;
    let mia = app.user("mia");
    let sent = upload(&mia, header(&conversation, "a.txt"), b"x").await;
    let held = upload(&mia, header(&conversation, "b.txt"), b"x").await;
    send_with(&mia, &conversation, &[&sent.name]).await.expect("sent");
    draft_with(&mia, &conversation, &[&held.name]).await.expect("saved");
    for name in [&sent.name, &held.name] {
        assert_refused(delete(&mia, name, false).await, ErrorReason::ResourceInUse);
    }
    let key = app.new_account("other").await;
    assert_refused(delete(&app.caller(&key), &sent.name, false).await, ErrorReason::ResourceNotFound);
});
