//! UploadAttachment: what is taken, what is refused, and what a call that breaks off leaves.

use helpdesk::grpc::pb::access::AccessLevel;
use helpdesk::grpc::pb::v1::{self, ErrorReason, upload_attachment_request as up};
use tokio_stream::wrappers::ReceiverStream;

use super::{desk, detail, header, kept, noise, part, sha256, try_upload, until, upload};
use crate::conversation::talk::events;
use crate::support::app::{App, channel_name};
use crate::support::client::assert_refused;
use crate::support::databases::{TestDatabase, both_engines};

both_engines!(an_upload_is_hashed_and_waits_for_its_use, |db: TestDatabase| async move {
    let app = App::start(db).await;
    let conversation = desk(&app).await;
    let bytes = noise(200_000);
    let asked = v1::UploadHeader {
        mime_type: "Image/PNG".to_owned(),
        size_bytes: 200_000,
        sha256: sha256(&bytes),
        ..header(&conversation, "../tmp/a:b.png")
    };
    let file = upload(&app.user("mia"), asked, &bytes).await;
    assert_eq!((file.filename.as_str(), file.mime_type.as_str(), file.size_bytes), ("a_b.png", "image/png", 200_000));
    assert_eq!((file.sha256.clone(), file.used_by.as_str(), file.embedded), (sha256(&bytes), "", false));
    let life = file.expire_time.expect("an end").seconds - file.create_time.expect("a beginning").seconds;
    assert_eq!(life, 24 * 3_600);
    let told = events(&app, v1::EventType::AttachmentAdded).await;
    assert_eq!(told.len(), 1);
    assert!(told[0].resource == file.name && told[0].ticket.ends_with("/tickets/1"), "{told:?}");
    // Its kind is seen where nothing is said, and a ticket stands for its conversation.
    let mut pdf = b"%PDF-1.7\n".to_vec();
    pdf.extend(noise(100));
    let file = upload(&app.user("ben"), header("accounts/acme/tickets/1", "a.pdf"), &pdf).await;
    assert_eq!(file.mime_type, "application/pdf");
    assert_eq!(kept(&app).len(), 2);
});

both_engines!(sizes_are_held_to_the_byte, |db: TestDatabase| async move {
    let app = App::start_set(db, &[("attachments.max_size", "100KiB"), ("attachments.together", "100KiB")]).await;
    let conversation = desk(&app).await;
    let mia = app.user("mia");
    let most = 100 * 1024;
    for size in [1, most - 1, most] {
        assert_eq!(upload(&mia, header(&conversation, "a.txt"), &noise(size)).await.size_bytes, super::bytes(size));
    }
    let kept_before = kept(&app).len();
    let refused = assert_refused(
        try_upload(&mia, header(&conversation, "a.txt"), &noise(most + 1)).await,
        ErrorReason::AttachmentRefused,
    );
    assert_eq!(detail(&refused, "cause").as_deref(), Some("TOO_LARGE"));
    assert_eq!(detail(&refused, "limit").as_deref(), Some("102400"));
    // What is announced too large is refused before anything comes.
    let size_bytes = super::bytes(most + 1);
    let asked = v1::UploadHeader { size_bytes, ..header(&conversation, "a.txt") };
    assert_refused(try_upload(&mia, asked, b"x").await, ErrorReason::AttachmentRefused);
    for (announced, came) in [(10, 9), (10, 11), (0, 0)] {
        let asked = v1::UploadHeader { size_bytes: announced, ..header(&conversation, "a.txt") };
        assert_refused(try_upload(&mia, asked, &noise(came)).await, ErrorReason::AttachmentRefused);
    }
    assert_eq!(kept(&app).len(), kept_before, "a refusal leaves nothing");
});

both_engines!(bytes_that_are_not_what_they_should_be_are_refused, |db: TestDatabase| async move {
    let app = App::start(db).await;
    let conversation = desk(&app).await;
    let mia = app.user("mia");
    let asked = v1::UploadHeader { sha256: sha256(b"other"), ..header(&conversation, "a.txt") };
    assert_refused(try_upload(&mia, asked, b"these").await, ErrorReason::AttachmentChecksumMismatch);
    let typed = |name: &str, mime_type: &str| v1::UploadHeader {
        mime_type: mime_type.to_owned(),
        ..header(&conversation, name)
    };
    let program = [b"\x7fELF\x02\x01\x01".to_vec(), noise(100)].concat();
    let page = b"<!DOCTYPE html><html><script>alert(1)</script></html>".to_vec();
    for (asked, bytes, cause) in [
        (typed("invoice.pdf.EXE", ""), b"x".to_vec(), "TYPE_DENIED"),
        (typed("a.js ", "text/plain"), b"x".to_vec(), "TYPE_DENIED"),
        (typed("a.txt", "application/x-msdownload"), b"x".to_vec(), "TYPE_DENIED"),
        (typed("holiday.png", ""), program, "TYPE_DENIED"),
        (typed("holiday.png", "image/png"), page, "TYPE_MISMATCH"),
    ] {
        let name = asked.filename.clone();
        let refused = assert_refused(try_upload(&mia, asked, &bytes).await, ErrorReason::AttachmentRefused);
        assert_eq!(detail(&refused, "cause").as_deref(), Some(cause), "{name}");
    }
    for asked in
        [header(&conversation, "///"), v1::UploadHeader { sha256: "AB".to_owned(), ..header(&conversation, "a") }]
    {
        assert_refused(try_upload(&mia, asked, b"x").await, ErrorReason::FieldInvalid);
    }
    assert!(kept(&app).is_empty(), "a refusal leaves nothing");
});

both_engines!(an_upload_begins_with_its_header_and_has_one, |db: TestDatabase| async move {
    let app = App::start(db).await;
    let conversation = desk(&app).await;
    let head = || part(up::Part::Header(header(&conversation, "a.txt")));
    let chunk = |size| part(up::Part::Chunk(noise(size)));
    for messages in [vec![], vec![chunk(1)], vec![head(), head()], vec![head(), chunk(65_537)], vec![head(), chunk(0)]]
    {
        let sent = futures_util::stream::iter(messages);
        let answer = app.user("mia").attachments().upload_attachment(sent).await;
        assert_refused(answer, ErrorReason::FieldInvalid);
    }
    let sent = futures_util::stream::iter(vec![head(), chunk(65_536)]);
    app.user("mia").attachments().upload_attachment(sent).await.expect("the largest chunk is taken");
});

both_engines!(a_repeated_upload_answers_the_first_file, |db: TestDatabase| async move {
    let app = App::start(db).await;
    let conversation = desk(&app).await;
    let request_id = "0190d2a8-0000-7000-8000-000000000001".to_owned();
    let asked = || v1::UploadHeader { request_id: request_id.clone(), ..header(&conversation, "a.txt") };
    let first = try_upload(&app.user("mia"), asked(), b"some bytes").await.expect("taken");
    let again = try_upload(&app.user("mia"), asked(), b"some bytes").await.expect("taken");
    assert!(again.replayed && !first.replayed);
    assert_eq!(again.attachment, first.attachment);
    assert_refused(try_upload(&app.user("mia"), asked(), b"other bytes").await, ErrorReason::RequestIdReused);
    until(|| kept(&app).len() == 1).await;
    assert_eq!(events(&app, v1::EventType::AttachmentAdded).await.len(), 1);
});

both_engines!(an_upload_that_breaks_off_leaves_nothing, |db: TestDatabase| async move {
    let app = App::start(db).await;
    let conversation = desk(&app).await;
    let (give, take) = tokio::sync::mpsc::channel(1);
    let mia = app.user("mia");
    let call =
        tokio::spawn(async move { mia.attachments().upload_attachment(ReceiverStream::new(take)).await.map(drop) });
    give.send(part(up::Part::Header(header(&conversation, "a.bin")))).await.expect("sent");
    // More than is held in memory.
    for _ in 0..100 {
        give.send(part(up::Part::Chunk(noise(65_536)))).await.expect("sent");
    }
    until(|| !kept(&app).is_empty()).await;
    call.abort();
    until(|| kept(&app).is_empty()).await;
    assert!(events(&app, v1::EventType::AttachmentAdded).await.is_empty());
});

both_engines!(an_upload_on_which_nothing_comes_is_given_up, |db: TestDatabase| async move {
    let app = App::start_set(db, &[("attachments.idle", "100ms")]).await;
    let conversation = desk(&app).await;
    let (give, take) = tokio::sync::mpsc::channel(2);
    give.send(part(up::Part::Header(header(&conversation, "a.bin")))).await.expect("sent");
    let answer = app.user("mia").attachments().upload_attachment(ReceiverStream::new(take)).await;
    assert_refused(answer, ErrorReason::UploadStalled);
});

both_engines!(uploads_at_the_same_time_are_counted, |db: TestDatabase| async move {
    let app = App::start_set(db, &[("attachments.uploads", "1")]).await;
    let conversation = desk(&app).await;
    let (give, take) = tokio::sync::mpsc::channel(1);
    let mia = app.user("mia");
    let call = tokio::spawn(async move { mia.attachments().upload_attachment(ReceiverStream::new(take)).await });
    give.send(part(up::Part::Header(header(&conversation, "a.bin")))).await.expect("sent");
    // More than is held in memory.
    for _ in 0..100 {
        give.send(part(up::Part::Chunk(noise(65_536)))).await.expect("sent");
    }
    until(|| !kept(&app).is_empty()).await;
    let second = try_upload(&app.user("ben"), header(&conversation, "b.txt"), b"x").await;
    assert_refused(second, ErrorReason::ServerOverloaded);
    drop(give);
    call.await.expect("no panic").expect("the first one is taken");
    upload(&app.user("ben"), header(&conversation, "b.txt"), b"x").await;
});

both_engines!(waiting_files_are_counted_per_caller, |db: TestDatabase| async move {
    let app = App::start_set(db, &[("attachments.waiting", "2")]).await;
    let conversation = desk(&app).await;
    let mia = app.user("mia");
    let first = upload(&mia, header(&conversation, "a.txt"), b"x").await;
    upload(&mia, header(&conversation, "b.txt"), b"x").await;
    assert_refused(try_upload(&mia, header(&conversation, "c.txt"), b"x").await, ErrorReason::QuotaExceeded);
    upload(&app.user("ben"), header(&conversation, "d.txt"), b"x").await;
    let request = v1::DeleteAttachmentRequest { name: first.name, ..Default::default() };
    mia.attachments().delete_attachment(request).await.expect("deleted");
    upload(&mia, header(&conversation, "c.txt"), b"x").await;
});

both_engines!(files_are_put_only_where_the_caller_may_speak, |db: TestDatabase| async move {
    let app = App::start(db).await;
    let conversation = desk(&app).await;
    let cole = app.collaborator("cole", AccessLevel::Owned).await;
    let absent = "accounts/acme/conversations/0190d2a8-0000-7000-8000-000000000001";
    // Invisible, absent and foreign are one answer (C-004).
    let hidden =
        assert_refused(try_upload(&cole, header(&conversation, "a.txt"), b"x").await, ErrorReason::ResourceNotFound);
    let missing = assert_refused(try_upload(&cole, header(absent, "a.txt"), b"x").await, ErrorReason::ResourceNotFound);
    assert_eq!(hidden.message(), missing.message());
    let key = app.new_account("other").await;
    let foreign = try_upload(&app.caller(&key), header(&conversation, "a.txt"), b"x").await;
    assert_refused(foreign, ErrorReason::ResourceNotFound);
    let channel = channel_name("mail");
    assert_refused(try_upload(&app.user("mia"), header(&channel, "a.txt"), b"x").await, ErrorReason::PermissionMissing);
    assert_refused(
        try_upload(&app.machine(), header(&channel_name("none"), "a.txt"), b"x").await,
        ErrorReason::ResourceNotFound,
    );
    upload(&app.machine(), header(&channel, "a.txt"), b"x").await;
});
