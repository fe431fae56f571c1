//! Splitting: what moves, what stays, and what is refused.

use helpdesk::grpc::pb::v1::{self, ChannelType, ErrorReason, EventType, inbound_sender::Point};

use super::hands::{app_with_channels, change, chat, comment, events, get, give, made, messages, reply, split, texts};
use crate::conversation::drafts::{by_mail, saved};
use crate::conversation::talk;
use crate::support::app::{App, channel_name, user_name};
use crate::support::client::assert_refused;
use crate::support::databases::both_engines;
use crate::support::scene::message;

async fn names(app: &App, conversation: &str) -> Vec<String> {
    let found = messages(&app.root(), conversation).await.expect("messages");
    found.into_iter().map(|message| message.name).collect()
}

// R-033, C-019: chosen messages of one thread are a ticket of their own: same contact, first open status, owner kept;
// comments stay unless chosen.
both_engines!(chosen_messages_become_a_ticket_of_their_own, |db| async move {
    let app = app_with_channels(db).await;
    let mia = app.agent("mia").await;
    let ticket = chat(&app, "ann", "1", "My printer").await.ticket.expect("a ticket");
    app.advance(std::time::Duration::from_mins(1));
    chat(&app, "ann", "2", "And my screen").await;
    let ticket = give(&mia, &ticket.name, "mia").await;
    let conversation = &ticket.conversations[0];
    let (kept, moved) = (comment(&mia, conversation, "printer").await, comment(&mia, conversation, "screen").await);
    app.close(&ticket.name).await;
    let all = names(&app, conversation).await;
    let request = v1::SplitTicketRequest {
        name: ticket.name.clone(),
        messages: vec![all[1].clone()],
        comments: vec![moved.expect("a comment").name],
        subject: "Screen".to_owned(),
        ..Default::default()
    };
    let done = mia.tickets().split_ticket(request).await.expect("split").into_inner();
    let (old, new) = (done.ticket.expect("a ticket"), done.split_ticket.expect("a ticket"));
    assert_eq!((new.subject.as_str(), &new.contact, &new.owner), ("Screen", &ticket.contact, &user_name("mia")));
    assert_eq!((&new.split_from, &new.status, new.manual), (&ticket.name, &ticket.status, false));
    assert_eq!((old.conversations.as_slice(), old.state()), (&ticket.conversations[..], v1::TicketState::Closed));
    assert_eq!(
        (texts(&mia, &old).await, texts(&mia, &new).await),
        (vec!["My printer".to_owned()], vec!["And my screen".to_owned()])
    );
    let comments = async |conversation: &str| {
        let request = v1::ListCommentsRequest { parent: conversation.to_owned(), ..Default::default() };
        let found = mia.conversations().list_comments(request).await.expect("comments").into_inner().comments;
        found.into_iter().map(|comment| comment.body.unwrap_or_default().text).collect::<Vec<_>>()
    };
    assert_eq!(comments(conversation).await, [kept.expect("a comment").body.unwrap_or_default().text]);
    assert_eq!(comments(&new.conversations[0]).await, ["screen"]);
    let read = async |name: &str| {
        let request = v1::GetConversationRequest { name: name.to_owned() };
        mia.conversations().get_conversation(request).await.expect("found").into_inner().conversation.expect("one")
    };
    let (first, second) = (read(conversation).await, read(&new.conversations[0]).await);
    assert_eq!((first.message_count, second.message_count), (1, 1));
    assert_eq!((first.comment_count, second.comment_count), (1, 1));
    let (last_kept, last_moved) = (first.last_message_time.expect("a time"), second.last_message_time.expect("a time"));
    assert_eq!(last_moved.seconds - last_kept.seconds, 60, "the last one moved away");
    let told = events(&mia, &ticket.name).await;
    let told = told.iter().find(|event| event.r#type() == EventType::TicketSplit).expect("told");
    assert_eq!(change(told, "split_ticket"), Some(("", new.name.as_str())));
    let made = events(&mia, &new.name).await;
    assert_eq!(change(&made[0], "split_from"), Some(("", ticket.name.as_str())));
});

// C-019: the contact's side knows the old thread; the new one is answered under a token of its own.
both_engines!(both_halves_of_a_thread_go_on, |db| async move {
    let app = app_with_channels(db).await;
    let mia = app.agent("mia").await;
    let ticket = chat(&app, "ann", "1", "One").await.ticket.expect("a ticket");
    chat(&app, "ann", "2", "Two").await;
    let all = names(&app, &ticket.conversations[0]).await;
    let new = split(&mia, &ticket.name, &all[..1]).await.expect("split").split_ticket.expect("a ticket");
    assert_eq!(new.subject, ticket.subject);
    reply(&mia, &new.conversations[0], "About one").await.expect("answered");
    let next = chat(&app, "ann", "3", "Three").await;
    assert_eq!(next.ticket.expect("a ticket").name, ticket.name, "the chat goes on where it was");
    let again = chat(&app, "ann", "1", "One").await;
    assert!(again.duplicate, "a message that moved is known still");
    assert_eq!(again.ticket.expect("a ticket").name, new.name);
});

// C-019: messages of several threads, all of them, and those of other tickets do not split a ticket.
both_engines!(what_cannot_be_split_is_refused, |db| async move {
    let app = app_with_channels(db).await;
    app.channel("other", ChannelType::Email).await;
    let mia = app.agent("mia").await;
    let ticket = chat(&app, "ann", "1", "One").await.ticket.expect("a ticket");
    chat(&app, "ann", "2", "Two").await;
    let foreign = app.ingest(message("other", "m1", "bob@example.com", "Mail")).await;
    let all = names(&app, &ticket.conversations[0]).await;
    assert_refused(split(&mia, &ticket.name, &all).await, ErrorReason::FieldInvalid);
    let theirs = foreign.message.expect("a message").name;
    assert_refused(split(&mia, &ticket.name, std::slice::from_ref(&theirs)).await, ErrorReason::ReferenceNotFound);
    super::hands::merge(&mia, &ticket.name, &[&foreign.ticket.expect("a ticket").name]).await.expect("merged");
    assert_refused(split(&mia, &ticket.name, &[all[0].clone(), theirs]).await, ErrorReason::FieldInvalid);
    let empty = v1::SplitTicketRequest { name: ticket.name.clone(), ..Default::default() };
    assert_refused(mia.tickets().split_ticket(empty).await, ErrorReason::FieldInvalid);
    let stale = v1::SplitTicketRequest {
        name: ticket.name.clone(),
        messages: vec![all[0].clone()],
        etag: "\"0\"".to_owned(),
        ..Default::default()
    };
    assert_refused(mia.tickets().split_ticket(stale).await, ErrorReason::EtagMismatch);
    let bare = made(&mia, "By hand").await;
    assert_refused(split(&mia, &bare.name, &all[..1]).await, ErrorReason::ReferenceNotFound);
    assert_eq!(get(&mia, &ticket.name).await.expect("the ticket").conversations.len(), 2);
});

// C-019, C-036: mails open the comments of a call where they are after a split; drafts stay.
both_engines!(the_mails_of_a_call_count_on_the_half_that_has_them, |db| async move {
    let app = app_with_channels(db).await;
    app.channel("call", ChannelType::Calling).await;
    let mia = app.agent("mia").await;
    let call = app.ingest(talk::from("call", "1", Point::Phone("+4915112345678".into()))).await;
    let conversation = talk::conversation_of(&call);
    let contact = v1::Contact {
        name: call.contact.expect("a contact").name,
        emails: vec!["ann@example.com".to_owned()],
        ..Default::default()
    };
    let update_mask = Some(prost_types::FieldMask { paths: vec!["emails".to_owned()] });
    let update = v1::UpdateContactRequest { contact: Some(contact), update_mask, ..Default::default() };
    mia.contacts().update_contact(update).await.expect("changed");
    let mail = talk::reply(&conversation, "You called us");
    let mail = v1::SendMessageRequest { new_thread_channel: channel_name("mail"), ..mail };
    let sent = talk::send(&mia, mail).await.message.expect("a message").name;
    let draft = saved(&mia, by_mail(&conversation, "One more")).await;
    let ticket = call.ticket.expect("a ticket").name;
    let new = split(&mia, &ticket, &[sent]).await.expect("split").split_ticket.expect("a ticket");
    let new = &new.conversations[0];
    let locked = async |name: &str| talk::conversation(&mia, name).await.comments_locked;
    assert_eq!((locked(&conversation).await, locked(new).await), (false, false), "a draft and a mail");
    let delete = v1::DeleteDraftRequest { name: draft.name, ..Default::default() };
    let dropped = mia.conversations().delete_draft(delete).await.expect("dropped").into_inner();
    assert!(dropped.comments_locked, "the mail is gone from here");
    assert_eq!((locked(&conversation).await, locked(new).await), (true, false));
    assert_refused(comment(&mia, &conversation, "A word").await, ErrorReason::CommentsLocked);
    comment(&mia, new, "A word").await.expect("a comment");
});
