//! DownloadAttachment: the bytes, whole and in part, as long as the caller may read them.

use helpdesk::grpc::pb::access::AccessLevel;
use helpdesk::grpc::pb::v1::{self, ErrorReason, download_attachment_response as down};
use helpdesk::grpc::status::reason;

use super::uses::send_with;
use super::{desk, download, header, kept, noise, try_download, upload};
use crate::support::app::{App, user_name};
use crate::support::client::{Client, assert_refused};
use crate::support::databases::{TestDatabase, both_engines};

both_engines!(what_was_uploaded_comes_back_whole_and_in_part, |db: TestDatabase| async move {
    let app = App::start(db).await;
    let conversation = desk(&app).await;
    let (mia, bytes) = (app.user("mia"), noise(3_000_000));
    let file = upload(&mia, header(&conversation, "a.bin"), &bytes).await;
    let (told, whole) = try_download(&mia, &file.name, 0, 0).await.expect("readable");
    assert!(whole == bytes && told == file);
    let size = bytes.len();
    for (offset, limit) in [(1, 0), (size - 1, 0), (size, 0), (0, 1), (1 << 20, 1 << 20), (5, size * 2)] {
        let (_, part) =
            try_download(&mia, &file.name, super::bytes(offset), super::bytes(limit)).await.expect("readable");
        let end = if limit == 0 { size } else { size.min(offset + limit) };
        assert!(part == bytes[offset..end], "{offset} {limit}");
    }
    let beyond = try_download(&mia, &file.name, super::bytes(size + 1), 0).await;
    assert_refused(beyond, ErrorReason::FieldInvalid);
    assert_refused(try_download(&mia, &file.name, -1, 0).await, ErrorReason::FieldInvalid);
    assert_refused(try_download(&app.user("ben"), &file.name, 0, 0).await, ErrorReason::ResourceNotFound);
});

async fn assign(app: &App, owner: &str) {
    let request = v1::AssignTicketRequest {
        name: "accounts/acme/tickets/1".to_owned(),
        owner: user_name(owner),
        ..Default::default()
    };
    app.root().tickets().assign_ticket(request).await.expect("assigned");
}

/// Reads on until the end, and says how many bytes came and why it ended.
async fn drain(mut stream: tonic::Streaming<v1::DownloadAttachmentResponse>) -> (usize, Option<tonic::Status>) {
    let mut bytes = 0;
    loop {
        match stream.message().await {
            Ok(Some(message)) => {
                if let Some(down::Part::Chunk(chunk)) = message.part {
                    bytes += chunk.len();
                }
            }
            Ok(None) => return (bytes, None),
            Err(status) => return (bytes, Some(status)),
        }
    }
}

async fn begin(caller: &Client, name: &str) -> tonic::Streaming<v1::DownloadAttachmentResponse> {
    let request = v1::DownloadAttachmentRequest { name: name.to_owned(), ..Default::default() };
    let mut stream = caller.attachments().download_attachment(request).await.expect("it begins").into_inner();
    assert!(matches!(stream.message().await, Ok(Some(_))));
    stream
}

both_engines!(a_right_that_is_taken_away_ends_a_download, |db: TestDatabase| async move {
    let app = App::start(db).await;
    let conversation = desk(&app).await;
    let (mia, bytes) = (app.user("mia"), noise(8 << 20));
    let cole = app.collaborator("cole", AccessLevel::Owned).await;
    let file = upload(&mia, header(&conversation, "a.bin"), &bytes).await;
    send_with(&mia, &conversation, &[&file.name]).await.expect("sent");
    assign(&app, "cole").await;
    assert_eq!(download(&cole, &file.name).await.len(), bytes.len());
    // The client takes nothing for now, so the service waits with the rest.
    let stream = begin(&cole, &file.name).await;
    assign(&app, "ben").await;
    let (came, why) = drain(stream).await;
    assert_eq!(reason(&why.expect("refused")).as_deref(), Some("RESOURCE_NOT_FOUND"));
    assert!(came <= 3 << 20, "{came} bytes came");
    // The person, not the record.
    assign(&app, "cole").await;
    let stream = begin(&cole, &file.name).await;
    let request = v1::DeactivateUserRequest { name: user_name("cole"), ..Default::default() };
    app.root().users().deactivate_user(request).await.expect("deactivated");
    let (came, why) = drain(stream).await;
    // Whichever is seen first: the person is gone, or the ticket that was taken from them.
    let why = reason(&why.expect("refused"));
    assert!(matches!(why.as_deref(), Some("USER_DEACTIVATED" | "RESOURCE_NOT_FOUND")), "{why:?}");
    assert!(came <= 3 << 20, "{came} bytes came");
});

both_engines!(bytes_that_are_lost_are_said_to_be, |db: TestDatabase| async move {
    let app = App::start(db).await;
    let conversation = desk(&app).await;
    let file = upload(&app.user("mia"), header(&conversation, "a.bin"), &noise(10)).await;
    std::fs::remove_file(&kept(&app)[0]).expect("removed");
    assert_refused(try_download(&app.user("mia"), &file.name, 0, 0).await, ErrorReason::AttachmentLost);
});
