//! Mails that come in: their files, and the whole of them.

use helpdesk::grpc::pb::access::AccessLevel;
use helpdesk::grpc::pb::v1::{self, ErrorReason};

use super::{download, header, kept, noise, sha256, try_download, try_get, try_upload, until, upload};
use crate::support::app::{App, channel_name};
use crate::support::client::assert_refused;
use crate::support::databases::{TestDatabase, both_engines};
use crate::support::scene::message;

/// Bytes of the largest mail inside a message (L-01).
const INLINE: usize = 1 << 20;
/// Bytes of the largest mail.
const LARGEST: usize = 35 << 20;

fn raw(id: &str) -> Vec<u8> {
    format!(
        "From: Ann <ann@x.example>\r\nTo: mail@acme.example\r\nMessage-ID: <{id}@x.example>\r\nSubject: Files\r\n\
         MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nHi\r\n\
         --b\r\nContent-Type: text/csv; name=a.csv\r\nContent-Disposition: attachment; filename=a.csv\r\n\
         Content-Transfer-Encoding: base64\r\n\r\nMSwyLDM=\r\n--b\r\nContent-Type: application/x-msdownload\r\n\
         Content-Disposition: attachment; filename=b.exe\r\n\r\nMZ\r\n--b--\r\n"
    )
    .into_bytes()
}

/// A mail of exactly so many bytes.
fn of_size(id: &str, size: usize) -> Vec<u8> {
    let mut mail =
        format!("From: ann@x.example\r\nMessage-ID: <{id}@x.example>\r\nSubject: Large\r\n\r\nHi\r\n").into_bytes();
    let line = [b"x".repeat(76), b"\r\n".to_vec()].concat();
    while mail.len() < size {
        let missing = (size - mail.len()).min(line.len());
        mail.extend_from_slice(&line[..missing]);
    }
    mail
}

fn inline(raw_mail: Vec<u8>) -> v1::IngestMessageRequest {
    let message = Some(v1::InboundMessage { raw_mail, ..Default::default() });
    v1::IngestMessageRequest { channel: channel_name("mail"), message, ..Default::default() }
}

fn uploaded(name: &str) -> v1::IngestMessageRequest {
    let message = Some(v1::InboundMessage { raw_mail_attachment: name.to_owned(), ..Default::default() });
    v1::IngestMessageRequest { channel: channel_name("mail"), message, ..Default::default() }
}

async fn start(db: TestDatabase, set: &[(&str, &str)]) -> App {
    let app = App::start_set(db, set).await;
    app.agent("mia").await;
    app.channel("mail", v1::ChannelType::Email).await;
    app
}

both_engines!(the_files_of_a_mail_are_taken_out_of_it, |db: TestDatabase| async move {
    let app = start(db, &[]).await;
    let taken = app.ingest(inline(raw("1"))).await.message.expect("a message");
    let names: Vec<_> = taken.attachments.iter().map(|file| file.filename.as_str()).collect();
    assert_eq!(names, ["a.csv", "b.exe"]);
    let mia = app.user("mia");
    let (file, bytes) = try_download(&mia, &taken.attachments[0].name, 0, 0).await.expect("readable");
    assert_eq!((bytes.as_slice(), file.size_bytes, file.used_by), (&b"1,2,3"[..], 5, taken.name.clone()));
    assert_eq!(try_download(&mia, &taken.attachments[0].name, 2, 2).await.expect("readable").1, b"2,");
    assert!(!file.suspicious && try_get(&mia, &taken.attachments[1].name).await.expect("readable").suspicious);
    // The same mail again keeps nothing more.
    assert!(app.ingest(inline(raw("1"))).await.duplicate);
    until(|| kept(&app).len() == 1).await;
    let dry = v1::IngestMessageRequest { validate_only: true, ..inline(raw("2")) };
    let dry = app.ingest(dry).await.message.expect("a message");
    assert!(dry.raw_mail.is_empty() && dry.attachments.iter().all(|file| file.name.is_empty()));
    assert_eq!(kept(&app).len(), 1);
});

both_engines!(a_whole_mail_is_for_full_standing, |db: TestDatabase| async move {
    let app = start(db, &[]).await;
    let taken = app.ingest(inline(raw("1"))).await.message.expect("a message");
    assert_eq!(download(&app.user("mia"), &taken.raw_mail).await, raw("1"));
    let cole = app.collaborator("cole", AccessLevel::All).await;
    assert_eq!(try_get(&cole, &taken.raw_mail).await.expect("readable").sha256, sha256(&raw("1")));
    assert_refused(try_download(&cole, &taken.raw_mail, 0, 0).await, ErrorReason::StandingTooLow);
    download(&cole, &taken.attachments[0].name).await;
});

// L-01, C2: up to 1 MiB inside the message, more through an upload.
both_engines!(large_mails_come_through_an_upload, |db: TestDatabase| async move {
    let app = start(db, &[]).await;
    for size in [INLINE - 1, INLINE] {
        app.ingest(inline(of_size(&format!("in{size}"), size))).await;
    }
    let refused = app.machine().ingress().ingest_message(inline(of_size("over", INLINE + 1))).await;
    assert_refused(refused, ErrorReason::FieldInvalid);
    let mail = of_size("large", 3 * INLINE);
    let file = upload(&app.machine(), header(&channel_name("mail"), "large.eml"), &mail).await;
    let answer = app.ingest(uploaded(&file.name)).await;
    let message = answer.message.expect("a message");
    assert_eq!((message.raw_mail.as_str(), message.subject.as_str()), (file.name.as_str(), "Large"));
    assert!(app.ingest(uploaded(&file.name)).await.duplicate);
    assert_eq!(download(&app.user("mia"), &file.name).await.len(), mail.len());
    // A file of somebody else, and one that was not uploaded for a channel.
    let conversation = answer.ticket.expect("a ticket").conversations[0].clone();
    let of_mia = upload(&app.user("mia"), header(&conversation, "a.eml"), &raw("9")).await;
    let own = upload(&app.machine(), header(&conversation, "a.eml"), &raw("9")).await;
    for name in [of_mia.name, own.name] {
        let refused = app.machine().ingress().ingest_message(uploaded(&name)).await;
        assert_refused(refused, ErrorReason::ReferenceNotFound);
    }
    let both = v1::InboundMessage { raw_mail: raw("3"), raw_mail_attachment: file.name, ..Default::default() };
    let request = v1::IngestMessageRequest { channel: channel_name("mail"), message: Some(both), ..Default::default() };
    assert_refused(app.machine().ingress().ingest_message(request).await, ErrorReason::FieldInvalid);
});

both_engines!(the_largest_mail_has_35_mib, |db: TestDatabase| async move {
    let app = start(db, &[]).await;
    let eml = || header(&channel_name("mail"), "m.eml");
    let largest = upload(&app.machine(), eml(), &of_size("largest", LARGEST)).await.name;
    app.ingest(uploaded(&largest)).await;
    let more = try_upload(&app.machine(), eml(), &of_size("more", LARGEST + 1)).await;
    assert_refused(more, ErrorReason::AttachmentRefused);
    // As a file of a message it would be too large.
    app.channel("chat", v1::ChannelType::Chat).await;
    let photo = upload(&app.machine(), header(&channel_name("chat"), "a.tif"), &noise(26 << 20)).await.name;
    let mut request = message("chat", "1", "ann@x.example", "Look");
    request.message.as_mut().expect("a message").attachments = vec![photo];
    let refused = app.machine().ingress().ingest_message(request).await;
    assert_refused(refused, ErrorReason::AttachmentRefused);
    let nonsense = upload(&app.machine(), header(&channel_name("mail"), "m.eml"), &noise(100_000)).await.name;
    let refused = app.machine().ingress().ingest_message(uploaded(&nonsense)).await;
    assert_refused(refused, ErrorReason::FieldInvalid);
});
