//! SaveDraft, GetDraft, ListDrafts, DeleteDraft, and sending a draft.

use helpdesk::grpc::pb::v1::{self, ErrorReason, inbound_sender::Point};

use super::talk;
use crate::support::app::{self, App, channel_name};
use crate::support::client::{Client, assert_refused};
use crate::support::databases::{TestDatabase, both_engines};

fn save(parent: &str, words: &str) -> v1::SaveDraftRequest {
    let draft = Some(v1::Draft { body: talk::text(words), ..v1::Draft::default() });
    v1::SaveDraftRequest { parent: parent.to_owned(), draft, ..Default::default() }
}

/// A draft of a mail that begins a thread of its own.
pub fn by_mail(parent: &str, words: &str) -> v1::SaveDraftRequest {
    let draft = v1::Draft { body: talk::text(words), channel: channel_name("mail"), ..v1::Draft::default() };
    v1::SaveDraftRequest { parent: parent.to_owned(), draft: Some(draft), ..Default::default() }
}

/// Saves a draft.
pub async fn saved(caller: &Client, request: v1::SaveDraftRequest) -> v1::Draft {
    caller.conversations().save_draft(request).await.expect("saved").into_inner().draft.expect("a draft")
}

async fn list(caller: &Client, parent: &str) -> Vec<String> {
    let request = v1::ListDraftsRequest { parent: parent.to_owned(), ..Default::default() };
    let page = caller.conversations().list_drafts(request).await.expect("a page").into_inner();
    page.drafts.into_iter().map(|draft| draft.body.expect("a body").text).collect()
}

fn sent(parent: &str, draft: &v1::Draft) -> v1::SendMessageRequest {
    v1::SendMessageRequest { parent: parent.to_owned(), draft: draft.name.clone(), ..Default::default() }
}

async fn chat(db: TestDatabase) -> (App, Client, v1::Ticket, String) {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    app.channel("chat", v1::ChannelType::Chat).await;
    let answer = app.ingest(talk::from("chat", "1", Point::Handle("ann".into()))).await;
    let conversation = talk::conversation_of(&answer);
    (app, mia, answer.ticket.expect("a ticket"), conversation)
}

// a draft takes nothing: neither owner nor status nor time moves, and nobody gets it.
both_engines!(a_draft_takes_nothing_and_goes_nowhere, |db| async move {
    let (app, mia, ticket, conversation) = chat(db).await;
    let draft = saved(&mia, save(&conversation, "Hello Ann")).await;
    assert_eq!(draft.user, app::user_name("mia"));
    let after = talk::ticket(&mia, &ticket.name).await;
    assert_eq!((after.owner.as_str(), &after.etag), ("", &ticket.etag));
    assert_eq!(talk::events(&app, v1::EventType::MessageSent).await.len(), 0);
    assert_eq!(talk::events(&app, v1::EventType::TicketAssigned).await.len(), 0);
    let answer = talk::send(&mia, sent(&conversation, &draft)).await;
    assert_eq!(answer.new_owner, app::user_name("mia"), "sending it does");
    let message = answer.message.expect("a message");
    assert_eq!((message.body.expect("a body").text.as_str(), message.thread), ("Hello Ann", draft.thread));
    assert_eq!(list(&mia, &conversation).await, [""; 0], "a sent draft is gone");
});

both_engines!(there_is_one_draft_per_person_and_thread, |db| async move {
    let (app, mia, ticket, conversation) = chat(db).await;
    let ben = app.agent("ben").await;
    app.channel("mail", v1::ChannelType::Email).await;
    let first = saved(&mia, save(&conversation, "One")).await;
    let second = saved(&mia, save(&ticket.name, "Two")).await;
    assert_eq!((&first.name, first.etag.as_str(), second.etag.as_str()), (&second.name, "\"1\"", "\"2\""));
    saved(&mia, by_mail(&conversation, "By mail")).await;
    saved(&ben, save(&conversation, "Mine")).await;
    assert_eq!(list(&mia, &conversation).await, ["Two", "By mail"]);
    assert_eq!(list(&ben, "accounts/acme/conversations/-").await, ["Mine"]);
    let stale = v1::SaveDraftRequest { etag: first.etag, ..save(&conversation, "Three") };
    assert_refused(mia.conversations().save_draft(stale).await, ErrorReason::EtagMismatch);
    assert_eq!(talk::events(&app, v1::EventType::DraftChanged).await.len(), 3, "saving again records nothing");
});

both_engines!(nobody_else_reads_sends_or_drops_a_draft, |db| async move {
    let (app, mia, _, conversation) = chat(db).await;
    let ben = app.agent("ben").await;
    let draft = saved(&mia, save(&conversation, "Private")).await;
    let get = || v1::GetDraftRequest { name: draft.name.clone() };
    assert_refused(ben.conversations().get_draft(get()).await, ErrorReason::ResourceNotFound);
    let delete = || v1::DeleteDraftRequest { name: draft.name.clone(), ..Default::default() };
    assert_refused(ben.conversations().delete_draft(delete()).await, ErrorReason::ResourceNotFound);
    let refused = ben.conversations().send_message(sent(&conversation, &draft)).await;
    assert_refused(refused, ErrorReason::ReferenceNotFound);
    let read = mia.conversations().get_draft(get()).await.expect("read").into_inner().draft.expect("a draft");
    assert_eq!(read, draft);
    mia.conversations().delete_draft(delete()).await.expect("dropped");
    assert_refused(mia.conversations().get_draft(get()).await, ErrorReason::ResourceNotFound);
});

both_engines!(a_draft_is_sent_once_however_often_it_is_asked_for, |db| async move {
    let (app, mia, _, conversation) = chat(db).await;
    let draft = saved(&mia, save(&conversation, "Hello Ann")).await;
    let request_id = "01976f8e-5a3b-7c4d-8e9f-0a1b2c3d4e5f".to_owned();
    let request = v1::SendMessageRequest { request_id, ..sent(&conversation, &draft) };
    let first = talk::send(&mia, request.clone()).await;
    let second = talk::send(&mia, request).await;
    assert_eq!(first.message.map(|message| message.name), second.message.map(|message| message.name));
    assert!(second.mutation.expect("a mutation").replayed);
    assert_eq!(talk::events(&app, v1::EventType::MessageSent).await.len(), 1);
    let again = mia.conversations().send_message(sent(&conversation, &draft)).await;
    assert_refused(again, ErrorReason::ReferenceNotFound);
});

both_engines!(an_empty_draft_is_kept_and_not_sent, |db| async move {
    let (_app, mia, _, conversation) = chat(db).await;
    let draft = saved(&mia, save(&conversation, "")).await;
    let refused = mia.conversations().send_message(sent(&conversation, &draft)).await;
    assert_refused(refused, ErrorReason::FieldInvalid);
    let body = v1::RichText { html: "<b onclick=x()>Hi</b><script>x()</script>".to_owned(), ..Default::default() };
    let html = v1::Draft { body: Some(body), ..v1::Draft::default() };
    let request = v1::SaveDraftRequest { parent: conversation, draft: Some(html), ..Default::default() };
    let body = saved(&mia, request).await.body.expect("a body");
    assert_eq!((body.html.as_str(), body.text.as_str()), ("<b>Hi</b>", "Hi"));
});

// a call is answered by mail; the draft of one opens the comments, dropping it closes them again.
both_engines!(a_mail_draft_opens_the_comments_of_a_call, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    app.channel("call", v1::ChannelType::Calling).await;
    app.channel("mail", v1::ChannelType::Email).await;
    let call = app.ingest(talk::from("call", "1", Point::Phone("+4915112345678".into()))).await;
    let (conversation, contact) = (talk::conversation_of(&call), call.contact.expect("a contact"));
    assert!(talk::conversation(&mia, &conversation).await.comments_locked);
    let on_the_call = mia.conversations().save_draft(save(&conversation, "Hello")).await;
    assert_refused(on_the_call, ErrorReason::ChannelCannotSend);
    let draft = saved(&mia, by_mail(&conversation, "You called us")).await;
    assert!(!talk::conversation(&mia, &conversation).await.comments_locked);
    let delete = v1::DeleteDraftRequest { name: draft.name, ..Default::default() };
    let dropped = mia.conversations().delete_draft(delete).await.expect("dropped").into_inner();
    assert!(dropped.comments_locked && talk::conversation(&mia, &conversation).await.comments_locked);
    let draft = saved(&mia, by_mail(&conversation, "You called us")).await;
    let refused = mia.conversations().send_message(sent(&conversation, &draft)).await;
    assert_refused(refused, ErrorReason::ChannelCannotSend);
    let contact = v1::Contact { name: contact.name, emails: vec!["ann@example.com".to_owned()], ..Default::default() };
    let update = v1::UpdateContactRequest {
        contact: Some(contact),
        update_mask: Some(prost_types::FieldMask { paths: vec!["emails".to_owned()] }),
        ..Default::default()
    };
    mia.contacts().update_contact(update).await.expect("changed");
    let message = talk::send(&mia, sent(&conversation, &draft)).await.message.expect("a message");
    assert_eq!(message.recipients, ["ann@example.com"]);
    assert!(!talk::conversation(&mia, &conversation).await.comments_locked, "a mail was sent");
});
