//! Messages, comments and drafts with files, and what becomes of the files with them.

use helpdesk::grpc::pb::access::Permission;
use helpdesk::grpc::pb::v1::{self, ErrorReason};
use tonic::Status;

use super::{desk, download, header, kept, named, noise, try_get, upload};
use crate::conversation::talk::text;
use crate::support::app::{self, App, channel_name};
use crate::support::client::{Client, assert_refused};
use crate::support::databases::{TestDatabase, both_engines};
use crate::support::scene::message;

fn infos(files: &[&str]) -> Vec<v1::AttachmentInfo> {
    files.iter().map(|name| named(name)).collect()
}

/// Sends files without a word.
pub async fn send_with(caller: &Client, parent: &str, files: &[&str]) -> Result<v1::Message, Status> {
    let message = Some(v1::Message { attachments: infos(files), ..Default::default() });
    let request = v1::SendMessageRequest { parent: parent.to_owned(), message, ..Default::default() };
    Ok(caller.conversations().send_message(request).await?.into_inner().message.expect("a message"))
}

/// Comments with files.
pub async fn comment_with(caller: &Client, parent: &str, files: &[&str]) -> Result<v1::Comment, Status> {
    let comment = Some(v1::Comment { body: text("Look"), attachments: infos(files), ..Default::default() });
    let request = v1::CreateCommentRequest { parent: parent.to_owned(), comment, ..Default::default() };
    Ok(caller.conversations().create_comment(request).await?.into_inner().comment.expect("a comment"))
}

/// Saves a draft with files.
pub async fn draft_with(caller: &Client, parent: &str, files: &[&str]) -> Result<v1::Draft, Status> {
    let draft = Some(v1::Draft { attachments: infos(files), ..Default::default() });
    let request = v1::SaveDraftRequest { parent: parent.to_owned(), draft, ..Default::default() };
    Ok(caller.conversations().save_draft(request).await?.into_inner().draft.expect("a draft"))
}

/// A machine with these permissions.
pub async fn adapter(app: &App, permissions: &[Permission]) -> Client {
    let key = v1::AccessKey {
        display_name: "adapter".to_owned(),
        permissions: permissions.iter().map(|permission| (*permission).into()).collect(),
        ..Default::default()
    };
    let request = v1::CreateAccessKeyRequest { parent: app::account(), access_key: Some(key), ..Default::default() };
    let made = app.root().access().create_access_key(request).await.expect("a key").into_inner();
    app.caller(&made.secret)
}

both_engines!(a_reply_carries_files_that_are_the_senders, |db: TestDatabase| async move {
    let app = App::start(db).await;
    let conversation = desk(&app).await;
    app.delivered_by_adapter("mail").await;
    let (mia, ben) = (app.user("mia"), app.user("ben"));
    let file = upload(&mia, header(&conversation, "plan.txt"), b"the plan").await;
    assert_refused(send_with(&ben, &conversation, &[&file.name]).await, ErrorReason::ReferenceNotFound);
    assert_refused(send_with(&mia, &conversation, &[&file.name, &file.name]).await, ErrorReason::FieldInvalid);
    let absent = "accounts/acme/attachments/0190d2a8-0000-7000-8000-000000000001";
    let foreign = file.name.replace("acme", "other");
    for name in [absent, foreign.as_str()] {
        assert_refused(send_with(&mia, &conversation, &[name]).await, ErrorReason::ReferenceNotFound);
    }
    let sent = send_with(&mia, &conversation, &[&file.name]).await.expect("sent");
    let listed = &sent.attachments[0];
    assert_eq!(
        (listed.name.as_str(), listed.filename.as_str(), listed.size_bytes),
        (file.name.as_str(), "plan.txt", 8)
    );
    // Used once.
    assert_refused(send_with(&mia, &conversation, &[&file.name]).await, ErrorReason::ReferenceNotFound);
    assert_eq!(download(&ben, &file.name).await, b"the plan");
    let request = v1::PullOutboundRequest { channel: channel_name("mail"), ..Default::default() };
    let mut stream = app.machine().ingress().pull_outbound(request).await.expect("it begins").into_inner();
    let pulled = stream.message().await.expect("an answer").expect("messages");
    assert_eq!(pulled.messages[0].attachments[0].name, file.name);
    assert_eq!(download(&app.machine(), &file.name).await, b"the plan");
});

both_engines!(a_reply_by_mail_has_its_files_in_it, |db: TestDatabase| async move {
    let app = App::start(db).await;
    let conversation = desk(&app).await;
    let mia = app.user("mia");
    let file = upload(&mia, header(&conversation, "plan.txt"), b"the plan").await;
    send_with(&mia, &conversation, &[&file.name]).await.expect("sent");
    let sent = app.outbox().await.remove(0);
    assert_eq!((sent.mail.attachments.len(), sent.mail.attachments[0].filename.as_str()), (1, "plan.txt"));
    assert!(sent.raw.contains("dGhlIHBsYW4="), "its bytes: {}", sent.raw);
});

both_engines!(a_message_has_at_most_twenty_files_and_so_many_bytes, |db: TestDatabase| async move {
    let app = App::start_set(db, &[("attachments.max_size", "4KiB"), ("attachments.together", "4KiB")]).await;
    let conversation = desk(&app).await;
    let mia = app.user("mia");
    let mut names = Vec::new();
    for size in [1024, 3072, 1] {
        names.push(upload(&mia, header(&conversation, "a.bin"), &noise(size)).await.name);
    }
    let all: Vec<&str> = names.iter().map(String::as_str).collect();
    assert_refused(send_with(&mia, &conversation, &all).await, ErrorReason::AttachmentRefused);
    send_with(&mia, &conversation, &all[..2]).await.expect("exactly as many bytes");
    let many = vec![all[2]; 21];
    assert_refused(send_with(&mia, &conversation, &many).await, ErrorReason::FieldInvalid);
    let mut twenty = vec![names[2].clone()];
    for _ in 0..19 {
        twenty.push(upload(&mia, header(&conversation, "a.bin"), &noise(1)).await.name);
    }
    let twenty: Vec<&str> = twenty.iter().map(String::as_str).collect();
    send_with(&mia, &conversation, &twenty).await.expect("twenty files");
});

both_engines!(a_draft_holds_its_files_and_gives_them_on, |db: TestDatabase| async move {
    let app = App::start(db).await;
    let conversation = desk(&app).await;
    let mia = app.user("mia");
    let one = upload(&mia, header(&conversation, "one.txt"), b"1").await;
    let two = upload(&mia, header(&conversation, "two.txt"), b"2").await;
    let draft = draft_with(&mia, &conversation, &[&one.name, &two.name]).await.expect("saved");
    assert_eq!(draft.attachments.len(), 2);
    let held = try_get(&mia, &one.name).await.expect("hers");
    assert_eq!((held.used_by.as_str(), held.expire_time), (draft.name.as_str(), None));
    assert_refused(send_with(&mia, &conversation, &[&one.name]).await, ErrorReason::ReferenceNotFound);
    // Without the second one, which waits again.
    draft_with(&mia, &conversation, &[&one.name]).await.expect("saved");
    assert!(try_get(&mia, &two.name).await.expect("hers").expire_time.is_some());
    let request = v1::SendMessageRequest { parent: conversation, draft: draft.name, ..Default::default() };
    let sent = mia.conversations().send_message(request).await.expect("sent").into_inner().message.expect("a message");
    assert_eq!(sent.attachments[0].name, one.name);
    assert_eq!(try_get(&app.user("ben"), &one.name).await.expect("readable").used_by, sent.name);
});

both_engines!(a_deleted_draft_lets_go_and_a_deleted_comment_takes_along, |db: TestDatabase| async move {
    let app = App::start(db).await;
    let conversation = desk(&app).await;
    let mia = app.user("mia");
    let held = upload(&mia, header(&conversation, "held.txt"), b"1").await;
    let draft = draft_with(&mia, &conversation, &[&held.name]).await.expect("saved");
    let request = v1::DeleteDraftRequest { name: draft.name, ..Default::default() };
    mia.conversations().delete_draft(request).await.expect("deleted");
    assert!(try_get(&mia, &held.name).await.expect("hers").expire_time.is_some());
    let comment = comment_with(&mia, &conversation, &[&held.name]).await.expect("written");
    assert_eq!(comment.attachments[0].filename, "held.txt");
    let request = v1::DeleteCommentRequest { name: comment.name, ..Default::default() };
    mia.conversations().delete_comment(request).await.expect("deleted");
    assert_refused(try_get(&mia, &held.name).await, ErrorReason::ResourceNotFound);
    app.running().worker.run_until_idle().await.expect("worked");
    assert!(kept(&app).is_empty());
});

both_engines!(files_go_with_the_messages_that_a_split_moves, |db: TestDatabase| async move {
    let app = App::start(db).await;
    let conversation = desk(&app).await;
    let mia = app.user("mia");
    let file = upload(&mia, header(&conversation, "a.txt"), b"moved").await;
    let sent = send_with(&mia, &conversation, &[&file.name]).await.expect("sent");
    let request = v1::SplitTicketRequest {
        name: "accounts/acme/tickets/1".to_owned(),
        messages: vec![sent.name.clone()],
        ..Default::default()
    };
    mia.tickets().split_ticket(request).await.expect("split");
    let seen = try_get(&mia, &file.name).await.expect("readable");
    assert!(!seen.used_by.starts_with(&conversation), "{}", seen.used_by);
    assert_eq!(download(&app.user("ben"), &file.name).await, b"moved");
});

both_engines!(files_go_with_the_ticket_that_is_merged, |db: TestDatabase| async move {
    let app = App::start(db).await;
    let conversation = desk(&app).await;
    let mia = app.user("mia");
    let survivor = app.arrives("mail", "2", "bob@x.example").await.name;
    let file = upload(&mia, header(&conversation, "a.txt"), b"merged").await;
    send_with(&mia, &conversation, &[&file.name]).await.expect("sent");
    let request = v1::MergeTicketsRequest {
        name: survivor.clone(),
        sources: vec!["accounts/acme/tickets/1".to_owned()],
        ..Default::default()
    };
    mia.tickets().merge_tickets(request).await.expect("merged");
    assert_eq!(download(&app.user("ben"), &file.name).await, b"merged");
    let request = v1::ExpungeTicketRequest { name: survivor, ..Default::default() };
    app.root().tickets().expunge_ticket(request).await.expect("expunged");
    app.running().worker.run_until_idle().await.expect("worked");
    assert!(kept(&app).is_empty());
});

both_engines!(expunging_a_ticket_deletes_the_bytes, |db: TestDatabase| async move {
    let app = App::start(db).await;
    let conversation = desk(&app).await;
    let mia = app.user("mia");
    let [sent, said, held] = ["sent.txt", "said.txt", "held.txt"];
    let sent = upload(&mia, header(&conversation, sent), b"1").await.name;
    let said = upload(&mia, header(&conversation, said), b"2").await.name;
    let held = upload(&mia, header(&conversation, held), b"3").await.name;
    send_with(&mia, &conversation, &[&sent]).await.expect("sent");
    comment_with(&mia, &conversation, &[&said]).await.expect("written");
    draft_with(&mia, &conversation, &[&held]).await.expect("saved");
    assert_eq!(kept(&app).len(), 3);
    let request = v1::ExpungeTicketRequest { name: "accounts/acme/tickets/1".to_owned(), ..Default::default() };
    app.root().tickets().expunge_ticket(request).await.expect("expunged");
    app.running().worker.run_until_idle().await.expect("worked");
    assert!(kept(&app).is_empty());
    for name in [&sent, &said, &held] {
        assert_refused(try_get(&mia, name).await, ErrorReason::ResourceNotFound);
    }
});

both_engines!(an_adapter_brings_files_with_a_message, |db: TestDatabase| async move {
    let app = App::start(db).await;
    desk(&app).await;
    app.channel("chat", v1::ChannelType::Chat).await;
    let file = upload(&app.machine(), header(&channel_name("chat"), "photo.jpg"), &noise(10)).await;
    let with = |channel: &str, id: &str, files: &[&str]| {
        let mut request = message(channel, id, "ann@x.example", "");
        let inner = request.message.as_mut().expect("a message");
        inner.attachments = files.iter().map(|name| (*name).to_owned()).collect();
        request
    };
    let other_channel = app.machine().ingress().ingest_message(with("mail", "7", &[&file.name])).await;
    assert_refused(other_channel, ErrorReason::ReferenceNotFound);
    let answer = app.ingest(with("chat", "8", &[&file.name])).await;
    let taken = answer.message.expect("a message");
    assert_eq!(
        (taken.attachments[0].name.clone(), taken.body.expect("a body").text),
        (file.name.clone(), String::new())
    );
    assert!(app.ingest(with("chat", "8", &[&file.name])).await.duplicate);
    assert_eq!(download(&app.user("mia"), &file.name).await, noise(10));
});
