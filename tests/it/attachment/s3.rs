//! The same service over an S3-compatible store, a real one.

use helpdesk::grpc::pb::v1::{self, ErrorReason};

use super::uses::send_with;
use super::{desk, download, header, noise, try_download, try_upload, until, upload};
use crate::support::app::{App, channel_name};
use crate::support::client::assert_refused;
use crate::support::databases::{TestDatabase, both_engines};
use crate::support::s3_server::{self, Bucket};

async fn start(db: TestDatabase, test: &str) -> Option<(App, Bucket)> {
    let bucket = s3_server::bucket(test)?;
    let settings = bucket.settings();
    let set: Vec<(&str, &str)> = settings.iter().map(|(key, value)| (*key, value.as_str())).collect();
    Some((App::start_set(db, &set).await, bucket))
}

both_engines!(files_lie_in_a_bucket, |db: TestDatabase| async move {
    let Some((app, bucket)) = start(db, "files_lie_in_a_bucket").await else { return };
    let conversation = desk(&app).await;
    let mia = app.user("mia");
    // In one request, and in parts.
    for size in [1, 5 << 20, (11 << 20) + 3] {
        let bytes = noise(size);
        let file = upload(&mia, header(&conversation, "a.bin"), &bytes).await;
        assert!(download(&mia, &file.name).await == bytes, "{size}");
        let (_, part) = try_download(&mia, &file.name, super::bytes(size / 2), 100).await.expect("readable");
        assert!(part == bytes[size / 2..bytes.len().min(size / 2 + 100)], "{size}");
        send_with(&mia, &conversation, &[&file.name]).await.expect("sent");
    }
    let keys = bucket.keys();
    assert!(keys.len() == 3 && keys.iter().all(|key| key.starts_with("accounts/acme/")), "{keys:?}");
    let request = v1::ExpungeTicketRequest { name: "accounts/acme/tickets/1".to_owned(), ..Default::default() };
    app.root().tickets().expunge_ticket(request).await.expect("expunged");
    app.running().worker.run_until_idle().await.expect("worked");
    assert_eq!(bucket.keys(), [""; 0]);
});

both_engines!(what_is_refused_leaves_nothing_in_a_bucket, |db: TestDatabase| async move {
    let Some((app, bucket)) = start(db, "what_is_refused_leaves_nothing_in_a_bucket").await else { return };
    let conversation = desk(&app).await;
    let asked = v1::UploadHeader { sha256: "0".repeat(64), ..header(&conversation, "a.bin") };
    let refused = try_upload(&app.user("mia"), asked, &noise(12 << 20)).await;
    assert_refused(refused, ErrorReason::AttachmentChecksumMismatch);
    let request_id = "0190d2a8-0000-7000-8000-000000000001".to_owned();
    let asked = || v1::UploadHeader { request_id: request_id.clone(), ..header(&conversation, "a.bin") };
    for _ in 0..2 {
        try_upload(&app.user("mia"), asked(), b"bytes").await.expect("taken");
    }
    until(|| bucket.keys().len() == 1 && bucket.unfinished() == 0).await;
});

both_engines!(mails_lie_in_a_bucket_too, |db: TestDatabase| async move {
    let Some((app, _bucket)) = start(db, "mails_lie_in_a_bucket_too").await else { return };
    desk(&app).await;
    let raw_mail = b"From: ann@x.example\r\nMessage-ID: <1@x.example>\r\nSubject: Hi\r\n\r\nHi\r\n".to_vec();
    let message = Some(v1::InboundMessage { raw_mail: raw_mail.clone(), ..Default::default() });
    let request = v1::IngestMessageRequest { channel: channel_name("mail"), message, ..Default::default() };
    let taken = app.ingest(request).await.message.expect("a message");
    assert_eq!(download(&app.user("mia"), &taken.raw_mail).await, raw_mail);
});

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_does_not_start_over_a_bucket_that_it_cannot_use() {
    let test = "a_service_does_not_start_over_a_bucket_that_it_cannot_use";
    let Some(bucket) = s3_server::bucket(test) else { return };
    for (key, value) in [("blobs.s3.secret_access_key", "wrong"), ("blobs.s3.bucket", "absent")] {
        let database = TestDatabase::sqlite(test);
        let mut settings = bucket.settings();
        settings.iter_mut().filter(|(name, _)| *name == key).for_each(|one| one.1 = value.to_owned());
        let set: Vec<(&str, &str)> = settings.iter().map(|(key, value)| (*key, value.as_str())).collect();
        let refused = App::try_start(database, &set).await.expect_err("it cannot work");
        assert!(refused.to_string().starts_with("the place of files does not work"), "{refused}");
        assert!(!refused.to_string().contains("wrong"), "{refused}");
    }
}
