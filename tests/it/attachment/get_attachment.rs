//! GetAttachment: who hears of a file.

use helpdesk::grpc::pb::access::{AccessLevel, Permission};
use helpdesk::grpc::pb::v1::ErrorReason;

use super::uses::{comment_with, send_with};
use super::{desk, header, try_get, upload};
use crate::support::app::{App, user_name};
use crate::support::client::assert_refused;
use crate::support::databases::{TestDatabase, both_engines};

both_engines!(a_waiting_file_is_its_uploaders_alone, |db: TestDatabase| async move {
    let app = App::start(db).await;
    let conversation = desk(&app).await;
    let file = upload(&app.user("mia"), header(&conversation, "a.txt"), b"x").await;
    assert_eq!(try_get(&app.user("mia"), &file.name).await.expect("hers"), file);
    let absent = "accounts/acme/attachments/0190d2a8-0000-7000-8000-000000000001";
    let hidden = assert_refused(try_get(&app.user("ben"), &file.name).await, ErrorReason::ResourceNotFound);
    let missing = assert_refused(try_get(&app.user("ben"), absent).await, ErrorReason::ResourceNotFound);
    assert_eq!(hidden.message(), missing.message());
    assert_refused(try_get(&app.root(), &file.name).await, ErrorReason::ResourceNotFound);
});

both_engines!(a_used_file_follows_what_has_it, |db: TestDatabase| async move {
    let app = App::start(db).await;
    let conversation = desk(&app).await;
    let (mia, cole) = (app.user("mia"), app.collaborator("cole", AccessLevel::Owned).await);
    let file = upload(&mia, header(&conversation, "a.txt"), b"x").await;
    let message = send_with(&mia, &conversation, &[&file.name]).await.expect("sent");
    let seen = try_get(&app.user("ben"), &file.name).await.expect("readable");
    assert_eq!((seen.used_by, seen.expire_time), (message.name, None));
    assert_refused(try_get(&cole, &file.name).await, ErrorReason::ResourceNotFound);
    let key = app.new_account("other").await;
    assert_refused(try_get(&app.caller(&key), &file.name).await, ErrorReason::ResourceNotFound);
    // With the ticket, the files come too.
    let request = helpdesk::grpc::pb::v1::AssignTicketRequest {
        name: "accounts/acme/tickets/1".to_owned(),
        owner: user_name("cole"),
        ..Default::default()
    };
    app.root().tickets().assign_ticket(request).await.expect("assigned");
    try_get(&cole, &file.name).await.expect("readable");
});

// an adapter reads the files of messages, never those of comments.
both_engines!(files_of_comments_never_reach_an_adapter, |db: TestDatabase| async move {
    let app = App::start(db).await;
    let conversation = desk(&app).await;
    let mia = app.user("mia");
    let sent = upload(&mia, header(&conversation, "sent.txt"), b"x").await;
    let kept = upload(&mia, header(&conversation, "kept.txt"), b"x").await;
    send_with(&mia, &conversation, &[&sent.name]).await.expect("sent");
    let comment = comment_with(&mia, &conversation, &[&kept.name]).await.expect("written");
    assert_eq!(try_get(&app.user("ben"), &kept.name).await.expect("readable").used_by, comment.name);
    let adapter = super::uses::adapter(&app, &[Permission::IngressWrite, Permission::AttachmentsUse]).await;
    try_get(&adapter, &sent.name).await.expect("readable");
    assert_refused(try_get(&adapter, &kept.name).await, ErrorReason::ResourceNotFound);
    let unpaid = super::uses::adapter(&app, &[Permission::IngressWrite]).await;
    assert_refused(try_get(&unpaid, &sent.name).await, ErrorReason::PermissionMissing);
});
