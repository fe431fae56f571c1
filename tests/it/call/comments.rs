//! Comments on tickets that began with a call, after merges: what every reader of a conversation is told, what the end of a
//! draft tells, and what happens to a comment are one.

use helpdesk::grpc::pb::v1::{self, ChannelType, ErrorReason, inbound_sender::Point};

use crate::conversation::comments::comment;
use crate::conversation::drafts::{by_mail, saved};
use crate::conversation::talk;
use crate::support::app::{self, App};
use crate::support::client::{Client, assert_refused};
use crate::support::databases::{TestDatabase, both_engines};
use crate::ticket::hands::merge;

/// What somebody began.
struct Begun {
    ticket: String,
    conversation: String,
}

async fn begun(app: &App, channel: &str, point: Point) -> Begun {
    let answer = app.ingest(talk::from(channel, "1", point)).await;
    let conversation = talk::conversation_of(&answer);
    Begun { ticket: answer.ticket.expect("a ticket").name, conversation }
}

/// A call and a mail, which nobody answered.
async fn call_and_mail(db: TestDatabase) -> (App, Client, Begun, Begun) {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    app.channel("call", ChannelType::Calling).await;
    app.channel("mail", ChannelType::Email).await;
    let call = begun(&app, "call", Point::Phone("+4915112345678".into())).await;
    let mail = begun(&app, "mail", Point::Email("bob@example.com".into())).await;
    (app, mia, call, mail)
}

/// Whether nobody may comment, as every answer tells it, and as it is.
async fn locked(caller: &Client, conversation: &str) -> bool {
    let read = talk::conversation(caller, conversation).await.comments_locked;
    let list = v1::ListConversationsRequest { parent: app::account(), ..Default::default() };
    let page = caller.conversations().list_conversations(list).await.expect("a page").into_inner();
    let around = v1::GetConversationContextRequest { name: conversation.to_owned() };
    let around = caller.conversations().get_conversation_context(around).await.expect("found").into_inner();
    let around = around.context.expect("a context").conversations;
    let take = v1::TakeControlRequest { name: conversation.to_owned(), ..Default::default() };
    let taken = caller.conversations().take_control(take).await.expect("taken").into_inner();
    let taken = taken.conversation.expect("a conversation").comments_locked;
    let among = |all: &[v1::Conversation]| {
        all.iter().find(|one| one.name == conversation).expect("it is there").comments_locked
    };
    let written = comment(caller, conversation, "A word").await;
    assert_eq!([read, among(&page.conversations), among(&around), taken], [written.is_err(); 4]);
    if written.is_err() {
        assert_refused(written, ErrorReason::CommentsLocked);
    }
    read
}

async fn both(caller: &Client, call: &Begun, mail: &Begun) -> (bool, bool) {
    (locked(caller, &call.conversation).await, locked(caller, &mail.conversation).await)
}

/// Drops a draft, and says what the answer says of comments.
async fn dropped(caller: &Client, draft: v1::Draft) -> bool {
    let delete = v1::DeleteDraftRequest { name: draft.name, ..Default::default() };
    caller.conversations().delete_draft(delete).await.expect("dropped").into_inner().comments_locked
}

// C-036: a mail on any conversation of the ticket opens the call that went into it.
both_engines!(a_call_that_went_into_a_mail_ticket_opens_with_a_mail_there, |db| async move {
    let (_app, mia, call, mail) = call_and_mail(db).await;
    merge(&mia, &mail.ticket, &[&call.ticket]).await.expect("merged");
    assert_eq!(both(&mia, &call, &mail).await, (true, false));
    talk::send(&mia, talk::reply(&mail.conversation, "Hello Bob")).await;
    assert_eq!(both(&mia, &call, &mail).await, (false, false));
    let draft = saved(&mia, by_mail(&call.conversation, "You called us")).await;
    assert!(!dropped(&mia, draft).await, "a mail was sent beside it");
    assert_eq!(both(&mia, &call, &mail).await, (false, false));
});

// C-036: a ticket that began with a call stays one, and what went into it goes by its rule.
both_engines!(a_mail_that_went_into_a_call_ticket_waits_like_the_call, |db| async move {
    let (_app, mia, call, mail) = call_and_mail(db).await;
    merge(&mia, &call.ticket, &[&mail.ticket]).await.expect("merged");
    assert_eq!(both(&mia, &call, &mail).await, (true, true));
    let draft = saved(&mia, by_mail(&mail.conversation, "About your mail")).await;
    assert_eq!(both(&mia, &call, &mail).await, (false, false));
    assert!(dropped(&mia, draft).await);
    assert_eq!(both(&mia, &call, &mail).await, (true, true));
    talk::send(&mia, talk::reply(&mail.conversation, "Hello Bob")).await;
    assert_eq!(both(&mia, &call, &mail).await, (false, false));
});
