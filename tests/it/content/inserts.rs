//! What replies insert: texts of the account, and links.

use std::time::Duration;

use helpdesk::grpc::pb::v1::{self, ErrorReason, InsertKind, inbound_sender::Point};

use super::{archive, made, snippet, template};
use crate::conversation::talk;
use crate::support::app::{self, ACCOUNT, App};
use crate::support::client::{Client, assert_refused};
use crate::support::databases::{TestDatabase, both_engines};
use crate::support::gate::Gate;
use crate::ticket::hands::merge;

fn link(kind: InsertKind, title: &str) -> v1::Insert {
    let url = format!("https://help.example.com/{}?a=1&b=2", title.to_lowercase());
    v1::Insert { kind: kind.into(), display_name: title.to_owned(), url, ..v1::Insert::default() }
}

fn text(kind: InsertKind, block: &str) -> v1::Insert {
    v1::Insert { kind: kind.into(), reference: block.to_owned(), ..v1::Insert::default() }
}

fn reply(conversation: &str, words: &str, inserts: Vec<v1::Insert>) -> v1::SendMessageRequest {
    let mut request = talk::reply(conversation, words);
    request.message.as_mut().expect("a message").inserts = inserts;
    request
}

async fn mail(db: TestDatabase) -> (App, Client, String) {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    app.channel("mail", v1::ChannelType::Email).await;
    let conversation = {
        let arrived = app.ingest(talk::from("mail", "1", Point::Email("ann@example.com".into()))).await;
        talk::conversation_of(&arrived)
    };
    (app, mia, conversation)
}

// every kind in one reply, in its order, in text and HTML, and recorded on the message.
both_engines!(a_reply_carries_each_kind_of_insert, |db| async move {
    let (_app, mia, conversation) = mail(db).await;
    let hello = made(&mia, snippet("hello", "We answer within {{account.name}} hours.")).await;
    let whole = made(&mia, template("whole", "About {{ticket.number}}", "Dear {{contact.email}}")).await;
    let inserts = vec![
        text(InsertKind::Template, &whole.name),
        link(InsertKind::Article, "Lamps"),
        text(InsertKind::Snippet, &hello.name),
        link(InsertKind::Video, "Film"),
        link(InsertKind::Meeting, "Talk"),
        link(InsertKind::Document, "Manual"),
        link(InsertKind::Quote, "Offer"),
    ];
    let sent = talk::send(&mia, reply(&conversation, "Hello", inserts.clone())).await.message.expect("a message");
    assert_eq!((sent.subject.as_str(), &sent.inserts[1..2]), ("About 1", &inserts[1..2]));
    assert_eq!(sent.inserts.len(), 7);
    let body = sent.body.expect("a body");
    let expected = "Hello\n\nDear ann@example.com\n\nLamps: https://help.example.com/lamps?a=1&b=2\n\n\
                    We answer within acme hours.";
    assert!(body.text.starts_with(expected), "{}", body.text);
    let anchor = "<a href=\"https://help.example.com/offer?a=1&amp;b=2\"";
    assert!(body.html.starts_with("<p>Hello</p>") && body.html.contains(anchor), "{}", body.html);
});

// a template alone is a whole reply; what the writer has placed is recorded and not repeated.
both_engines!(a_template_is_a_reply_by_itself_and_a_placed_insert_adds_nothing, |db| async move {
    let (_app, mia, conversation) = mail(db).await;
    let whole = made(&mia, template("whole", "", "All is well.")).await;
    let mut request = reply(&conversation, "", vec![text(InsertKind::Template, &whole.name)]);
    request.message.as_mut().expect("a message").body = None;
    let sent = talk::send(&mia, request).await.message.expect("a message");
    assert_eq!(sent.body.expect("a body").text, "All is well.");
    let placed = v1::Insert { placed: true, ..text(InsertKind::Template, &whole.name) };
    let sent = talk::send(&mia, reply(&conversation, "I say: All is well.", vec![placed.clone()])).await;
    let message = sent.message.expect("a message");
    assert_eq!(message.body.expect("a body").text, "I say: All is well.");
    assert_eq!(message.inserts.len(), 1);
    let empty = mia.conversations().send_message(reply(&conversation, " ", vec![placed])).await;
    assert_refused(empty, ErrorReason::FieldInvalid);
});

// C-029: what is not there, archived or of another kind is refused by name, and nothing is sent.
both_engines!(an_insert_that_is_not_there_or_archived_sends_nothing, |db| async move {
    let (app, mia, conversation) = mail(db).await;
    let old = made(&mia, snippet("old", "Old words")).await;
    let whole = made(&mia, template("whole", "", "All is well.")).await;
    archive(&mia, &old).await;
    let absent = format!("{}/textBlocks/absent", app::account());
    let foreign = "accounts/other/textBlocks/hello".to_owned();
    for (kind, name) in [
        (InsertKind::Snippet, &old.name),
        (InsertKind::Snippet, &absent),
        (InsertKind::Snippet, &foreign),
        (InsertKind::Snippet, &whole.name),
    ] {
        let request = reply(&conversation, "Hello", vec![text(kind, name)]);
        let status = assert_refused(mia.conversations().send_message(request).await, ErrorReason::ReferenceNotFound);
        let info = tonic_types::StatusExt::get_details_error_info(&status).expect("details");
        assert_eq!(info.metadata.get("field").map(String::as_str), Some("message.inserts[0].reference"));
    }
    assert_eq!(talk::events(&app, v1::EventType::MessageSent).await.len(), 0);
});

// C-029: the same for a draft, when its text is taken out of use before it is sent.
both_engines!(a_draft_is_refused_when_its_text_went_out_of_use, |db| async move {
    let (app, mia, conversation) = mail(db).await;
    let hello = made(&mia, snippet("hello", "Hello {{contact.email}}")).await;
    let draft = v1::Draft { inserts: vec![text(InsertKind::Snippet, &hello.name)], ..v1::Draft::default() };
    let save = v1::SaveDraftRequest { parent: conversation.clone(), draft: Some(draft), ..Default::default() };
    let draft = mia.conversations().save_draft(save.clone()).await.expect("saved").into_inner().draft.expect("a draft");
    let sending =
        || v1::SendMessageRequest { parent: conversation.clone(), draft: draft.name.clone(), ..Default::default() };
    archive(&mia, &hello).await;
    assert_refused(mia.conversations().send_message(sending()).await, ErrorReason::ReferenceNotFound);
    assert_refused(mia.conversations().save_draft(save).await, ErrorReason::ReferenceNotFound);
    assert_eq!(talk::events(&app, v1::EventType::MessageSent).await.len(), 0);
    let back = v1::TextBlock { name: hello.name, archived: false, ..v1::TextBlock::default() };
    mia.contents().update_text_block(super::update(back, "archived")).await.expect("in use");
    let sent = talk::send(&mia, sending()).await.message.expect("a message");
    assert_eq!(sent.body.expect("a body").text, "Hello ann@example.com");
});

both_engines!(only_sound_links_to_allowed_hosts_are_inserted, |db| async move {
    let app = App::start_set(db, &[("replies.link_hosts", "help.example.com")]).await;
    let mia = app.agent("mia").await;
    app.channel("chat", v1::ChannelType::Chat).await;
    let conversation = talk::conversation_of(&app.ingest(talk::from("chat", "1", Point::Handle("ann".into()))).await);
    let to = |url: &str| v1::Insert { url: url.to_owned(), ..link(InsertKind::Article, "Lamps") };
    let cases = [
        (to("http://help.example.com/a"), ErrorReason::FieldInvalid),
        (to("javascript:alert(1)"), ErrorReason::FieldInvalid),
        (to(""), ErrorReason::FieldInvalid),
        (to("https://evil.example/"), ErrorReason::ReferenceNotFound),
        (v1::Insert { reference: "accounts/acme/textBlocks/a".into(), ..to("") }, ErrorReason::FieldInvalid),
        (v1::Insert { kind: InsertKind::Snippet.into(), ..to("https://help.example.com") }, ErrorReason::FieldInvalid),
    ];
    for (insert, reason) in cases {
        let request = reply(&conversation, "Hello", vec![insert]);
        assert_refused(mia.conversations().send_message(request).await, reason);
    }
    talk::send(&mia, reply(&conversation, "Hello", vec![to("https://help.example.com/a")])).await;
});

/// A chat message of somebody, a minute after what came before.
async fn says(app: &App, id: &str, who: &str) -> v1::IngestMessageResponse {
    app.advance(Duration::from_mins(1));
    app.ingest(talk::from("chat", id, Point::Email(format!("{who}@example.com")))).await
}

/// Ann's ticket, which took in Bob's before she wrote again; the conversations of both, and a text that calls them by name.
async fn merged(db: TestDatabase) -> (App, Client, String, [String; 2], v1::Insert) {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    app.channel("chat", v1::ChannelType::Chat).await;
    let (ann, bob) = (says(&app, "1", "ann").await, says(&app, "2", "bob").await);
    let conversations = [talk::conversation_of(&ann), talk::conversation_of(&bob)];
    let (stays, gone) = (ann.ticket.expect("a ticket").name, bob.ticket.expect("a ticket").name);
    merge(&mia, &stays, &[&gone]).await.expect("merged");
    says(&app, "3", "ann").await;
    let block = made(&mia, template("dear", "", "Dear {{contact.email}}")).await;
    (app, mia, stays, conversations, text(InsertKind::Template, &block.name))
}

// R-048, C-028: a text is filled with data of whoever gets it, and of nobody else on the ticket.
both_engines!(a_reply_on_a_merged_ticket_is_filled_for_whom_it_goes_to, |db| async move {
    let (_app, mia, ticket, [ann, bob], dear) = Box::pin(merged(db)).await;
    for (parent, goes_to, words) in [
        (&ticket, &ann, "Hello\n\nDear ann@example.com"),
        (&bob, &bob, "Hello\n\nDear bob@example.com"),
        (&ann, &ann, "Hello\n\nDear ann@example.com"),
    ] {
        let sent = talk::send(&mia, reply(parent, "Hello", vec![dear.clone()])).await.message.expect("a message");
        assert!(sent.name.starts_with(goes_to.as_str()), "{}", sent.name);
        assert_eq!(sent.body.expect("a body").text, words);
    }
});

// R-048, C-028: a message that comes while a reply to the ticket is filled takes the reply elsewhere; it does not go there
// with what was meant for somebody else.
both_engines!(a_reply_that_was_filled_for_somebody_else_is_refused, |db| async move {
    let (app, mia, ticket, [_, bob], dear) = Box::pin(merged(db)).await;
    let request = reply(&ticket, "Hello", vec![dear]);
    app.advance(Duration::from_mins(1));
    let lanes = &app.running().service.lanes;
    let gate = Gate::close(lanes, ACCOUNT).await;
    let machine = app.machine();
    let comes = tokio::spawn(async move {
        machine.ingress().ingest_message(talk::from("chat", "4", Point::Email("bob@example.com".into()))).await
    });
    let first = async {
        while lanes.waiting() < 1 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), first).await.expect("it comes");
    let (refused, ()) =
        tokio::join!(async { mia.conversations().send_message(request.clone()).await }, gate.open_for(lanes, 2),);
    comes.await.expect("no panic").expect("taken");
    assert_refused(refused, ErrorReason::EtagMismatch);
    assert_eq!(talk::events(&app, v1::EventType::MessageSent).await.len(), 0);
    let sent = talk::send(&mia, request).await.message.expect("a message");
    assert!(sent.name.starts_with(&bob), "{}", sent.name);
    assert_eq!(sent.body.expect("a body").text, "Hello\n\nDear bob@example.com");
});
