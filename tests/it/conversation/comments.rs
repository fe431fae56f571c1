//! Comments: who is told, who may change them, and that no contact ever sees one.

use helpdesk::grpc::pb::access::AccessLevel;
use helpdesk::grpc::pb::v1::{self, ChannelType, ErrorReason};
use prost::Message;
use prost_types::FieldMask;
use tonic::{Response, Status};

use crate::support::app::{self, App, user_name};
use crate::support::client::{Client, assert_refused};
use crate::support::databases::both_engines;
use crate::support::scene::people;

/// Writes a comment on a conversation or a ticket.
pub async fn comment(client: &Client, parent: &str, text: &str) -> Result<v1::CreateCommentResponse, Status> {
    let body = Some(v1::RichText { text: text.to_owned(), html: String::new() });
    let comment = Some(v1::Comment { body, ..v1::Comment::default() });
    let request = v1::CreateCommentRequest { parent: parent.to_owned(), comment, ..Default::default() };
    client.conversations().create_comment(request).await.map(Response::into_inner)
}

/// A ticket that came by mail, and its conversation.
pub async fn mailed(app: &App) -> (v1::Ticket, String) {
    app.channel("mail", ChannelType::Email).await;
    let ticket = app.arrives("mail", "m1", "ann@example.com").await;
    let conversation = ticket.conversations[0].clone();
    (ticket, conversation)
}

/// The caller's notifications, newest first.
pub async fn notifications(client: &Client, user: &str) -> Vec<v1::Notification> {
    let request = v1::ListNotificationsRequest { parent: user_name(user), ..Default::default() };
    client.notifications().list_notifications(request).await.expect("a page").into_inner().notifications
}

async fn edit(client: &Client, comment: &v1::Comment, text: &str) -> Result<v1::UpdateCommentResponse, Status> {
    let body = Some(v1::RichText { text: text.to_owned(), html: String::new() });
    let comment = Some(v1::Comment { body, ..comment.clone() });
    let update_mask = Some(FieldMask { paths: vec!["body".to_owned()] });
    let request = v1::UpdateCommentRequest { comment, update_mask, ..Default::default() };
    client.conversations().update_comment(request).await.map(Response::into_inner)
}

async fn get_comment(client: &Client, name: &str) -> Result<v1::Comment, Status> {
    let request = v1::GetCommentRequest { name: name.to_owned() };
    client.conversations().get_comment(request).await.map(|found| found.into_inner().comment.expect("a comment"))
}

async fn delete(client: &Client, name: &str) -> Result<Response<v1::DeleteCommentResponse>, Status> {
    let request = v1::DeleteCommentRequest { name: name.to_owned(), ..Default::default() };
    client.conversations().delete_comment(request).await
}

async fn ticket(client: &Client, name: &str) -> v1::Ticket {
    let request = v1::GetTicketRequest { name: name.to_owned() };
    client.tickets().get_ticket(request).await.expect("a ticket").into_inner().ticket.expect("a ticket")
}

async fn read_conversation(client: &Client, name: &str) -> Result<v1::Conversation, Status> {
    let request = v1::GetConversationRequest { name: name.to_owned() };
    client.conversations().get_conversation(request).await.map(|it| it.into_inner().conversation.expect("one"))
}

// C-035: the mentioned is told once, with a link to the conversation; whoever cannot see the
// ticket, is gone or wrote the comment is not, and the comment is stored all the same.
both_engines!(a_mention_tells_whoever_may_see_the_ticket_once_and_nobody_else, |db| async move {
    let app = App::start(db).await;
    let (mia, ben) = (app.agent("mia").await, app.agent("ben").await);
    let cole = app.collaborator("cole", AccessLevel::Owned).await;
    app.agent("dan").await;
    let gone = v1::DeactivateUserRequest { name: user_name("dan"), ..Default::default() };
    app.root().users().deactivate_user(gone).await.expect("deactivated");
    let (ticket, conversation) = mailed(&app).await;
    let text = "Hi @ben, and @Ben again: @cole @mia @dan - see ann@example.com";
    let answer = comment(&mia, &conversation, text).await.expect("written");
    assert_eq!(answer.notified, [user_name("ben")]);
    assert_eq!(answer.not_notified, ["cole", "mia", "dan"].map(user_name));
    let written = answer.comment.expect("a comment");
    assert_eq!(written.mentions, ["ben", "cole", "mia", "dan"].map(user_name));
    let effects = answer.mutation.expect("a mutation").effects;
    assert_eq!(effects.iter().filter(|effect| effect.kind() == v1::EffectKind::Notified).count(), 1);

    let told = notifications(&ben, "ben").await;
    assert_eq!(told.len(), 1, "one notification, however often the comment names him");
    assert_eq!(told[0].kind(), v1::NotificationKind::Mentioned);
    assert_eq!((&told[0].resource, &told[0].about, &told[0].ticket), (&conversation, &written.name, &ticket.name));
    assert!(told[0].summary.contains("mia mentioned you") && !told[0].read, "{}", told[0].summary);
    assert!(read_conversation(&ben, &told[0].resource).await.is_ok(), "the link leads there");
    assert_eq!((notifications(&mia, "mia").await.len(), notifications(&cole, "cole").await.len()), (0, 0));

    let nobody = comment(&mia, &conversation, "@nobody knows").await;
    let refused = assert_refused(nobody, ErrorReason::ReferenceNotFound);
    assert!(format!("{refused:?}").contains("users/nobody"));
    let plain = comment(&mia, &conversation, "nobody is mentioned").await.expect("written");
    assert!(plain.notified.is_empty() && plain.not_notified.is_empty());
    assert_eq!(read_conversation(&mia, &conversation).await.expect("one").comment_count, 2);
});

// R-015, C-005: with service access and no seat one comments inside the level, and is told of mentions there.
both_engines!(a_collaborator_comments_on_the_tickets_within_its_level, |db| async move {
    let app = App::start(db).await;
    app.agent("mia").await;
    let cole = app.collaborator("cole", AccessLevel::Owned).await;
    let (ticket, conversation) = mailed(&app).await;
    assert_refused(comment(&cole, &conversation, "hidden").await, ErrorReason::ResourceNotFound);
    let request = v1::AssignTicketRequest { name: ticket.name.clone(), owner: user_name("cole"), ..Default::default() };
    app.root().tickets().assign_ticket(request).await.expect("assigned");
    let answer = comment(&cole, &ticket.name, "mine now, @mia").await.expect("written");
    assert_eq!(answer.notified, [user_name("mia")]);
    let answer = comment(&app.user("mia"), &conversation, "good, @cole").await.expect("written");
    assert_eq!(answer.notified, [user_name("cole")]);
});

// R-059, T-04: nothing that a contact or a channel gets, and no mail to our own people, holds what a comment says; only
// those who may see the ticket read it.
both_engines!(a_comment_never_leaves_the_house, |db| async move {
    const SECRET: &str = "quarterly-margin-4711";
    let app = App::start(db).await;
    let (mia, ben) = (app.agent("mia").await, app.agent("ben").await);
    by_mail(&ben, "ben").await;
    let (_, conversation) = mailed(&app).await;
    app.delivered_by_adapter("mail").await;
    let written = comment(&mia, &conversation, &format!("{SECRET}, @ben")).await.expect("written");
    edit(&mia, written.comment.as_ref().expect("one"), &format!("{SECRET} still")).await.expect("edited");
    let body = Some(v1::RichText { text: "Dear Ann".to_owned(), ..Default::default() });
    let message = Some(v1::Message { body, ..Default::default() });
    let request = v1::SendMessageRequest { parent: conversation.clone(), message, ..Default::default() };
    let sent = mia.conversations().send_message(request).await.expect("sent").into_inner();

    let mut answers = vec![sent.encode_to_vec()];
    let request = v1::PullOutboundRequest { channel: app::channel_name("mail"), ..Default::default() };
    let mut pulled = app.machine().ingress().pull_outbound(request).await.expect("a stream").into_inner();
    answers.push(pulled.message().await.expect("an answer").expect("an answer").encode_to_vec());
    let again = crate::support::scene::message("mail", "m2", "ann@example.com", "And now?");
    answers.push(app.ingest(again).await.encode_to_vec());
    let request = v1::ListMessagesRequest { parent: conversation.clone(), ..Default::default() };
    answers.push(mia.conversations().list_messages(request).await.expect("a page").into_inner().encode_to_vec());
    let request = v1::ListEventsRequest { parent: app::account(), ..Default::default() };
    answers.push(mia.events().list_events(request).await.expect("a page").into_inner().encode_to_vec());
    answers.extend(notifications(&ben, "ben").await.iter().map(Message::encode_to_vec));
    let mails = app.outbox().await;
    let of_ben: Vec<_> = mails.iter().filter(|sent| sent.raw.contains("ben@acme.example")).collect();
    assert!(of_ben.len() == 1 && of_ben[0].mail.text.contains(&conversation), "a link (R-066): {mails:?}");
    answers.extend(mails.into_iter().map(|sent| sent.raw.into_bytes()));
    for answer in answers {
        let found = answer.windows(SECRET.len()).any(|part| part == SECRET.as_bytes());
        assert!(!found, "{}", String::from_utf8_lossy(&answer));
    }
    let request = v1::ListCommentsRequest { parent: conversation, ..Default::default() };
    let read = ben.conversations().list_comments(request).await.expect("a page").into_inner().comments;
    assert!(read[0].body.as_ref().is_some_and(|body| body.text.contains(SECRET)));
});

/// Asks to be told by mail, too.
async fn by_mail(client: &Client, id: &str) {
    let rule = v1::NotificationRule { kind: v1::NotificationKind::Mentioned.into(), in_app: true, mail: true };
    let name = format!("{}/notificationSettings", user_name(id));
    let request = v1::UpdateNotificationSettingsRequest {
        notification_settings: Some(v1::NotificationSettings { name, rules: vec![rule], ..Default::default() }),
        update_mask: Some(FieldMask { paths: vec!["rules".to_owned()] }),
        ..Default::default()
    };
    client.notifications().update_notification_settings(request).await.expect("set");
}

// C-036: on a ticket that began with a call nobody comments before an outbound mail was drafted or sent.
both_engines!(a_call_ticket_takes_no_comment_before_an_outbound_mail, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    app.channel("phone", ChannelType::Calling).await;
    let ticket = app.arrives("phone", "call-1", "ann@example.com").await;
    let refused = comment(&mia, &ticket.conversations[0], "She was upset.").await;
    let status = assert_refused(refused, ErrorReason::CommentsLocked);
    assert!(format!("{status:?}").contains("NO_OUTBOUND_MAIL"));
    assert_eq!(read_conversation(&mia, &ticket.conversations[0]).await.expect("one").comment_count, 0);
    let (_, by_mail) = mailed(&app).await;
    assert!(comment(&mia, &by_mail, "mail tickets are not locked").await.is_ok());
});

// C-036: the draft of a mail is enough; when it is dropped, new comments wait again and old ones stay.
both_engines!(the_draft_of_a_mail_opens_a_call_ticket_for_comments, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    app.channel("phone", ChannelType::Calling).await;
    app.channel("mail", ChannelType::Email).await;
    let ticket = app.arrives("phone", "call-1", "ann@example.com").await;
    let conversation = ticket.conversations[0].clone();
    let body = Some(v1::RichText { text: "You called us".to_owned(), ..Default::default() });
    let request = v1::SaveDraftRequest {
        parent: conversation.clone(),
        draft: Some(v1::Draft { body, channel: app::channel_name("mail"), ..v1::Draft::default() }),
        ..Default::default()
    };
    let draft = mia.conversations().save_draft(request).await.expect("saved").into_inner().draft.expect("a draft");
    let kept = comment(&mia, &conversation, "She was upset.").await.expect("written").comment.expect("one");
    let request = v1::DeleteDraftRequest { name: draft.name, ..Default::default() };
    mia.conversations().delete_draft(request).await.expect("dropped");
    assert_refused(comment(&mia, &ticket.name, "Too late.").await, ErrorReason::CommentsLocked);
    assert!(get_comment(&mia, &kept.name).await.is_ok());
    assert!(edit(&mia, &kept, "She was very upset.").await.is_ok(), "only new ones wait");
});

// C-033: a ticket made by hand on which nothing was said takes no comment.
both_engines!(a_ticket_without_conversation_takes_no_comment, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    let request =
        v1::CreateTicketRequest { parent: app::account(), ticket: Some(app::ticket("By hand")), ..Default::default() };
    let made = mia.tickets().create_ticket(request).await.expect("made").into_inner().ticket.expect("a ticket");
    assert_refused(comment(&mia, &made.name, "too early").await, ErrorReason::ConversationMissing);
    assert_refused(comment(&mia, "accounts/acme/tickets/999", "nowhere").await, ErrorReason::ResourceNotFound);
});

// C-034: of the ticket a comment moves the last activity and nothing else.
both_engines!(a_comment_moves_only_the_last_activity_of_the_ticket, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    app.team("red", &["mia"]).await;
    let (made, conversation) = mailed(&app).await;
    let request =
        v1::AssignTicketRequest { name: made.name.clone(), teams: vec![app::team_name("red")], ..Default::default() };
    mia.tickets().assign_ticket(request).await.expect("assigned");
    let before = ticket(&mia, &made.name).await;
    app.advance(std::time::Duration::from_mins(5));
    comment(&mia, &conversation, "looking").await.expect("written");
    let after = ticket(&mia, &made.name).await;
    assert_ne!(before.update_time, after.update_time);
    let (update_time, etag, sequence) = (before.update_time, before.etag.clone(), before.sequence);
    assert_eq!(v1::Ticket { update_time, etag, sequence, ..after }, before);
});

// C-021: only the author changes a comment; whom only the new text mentions is told; a super admin may delete it.
both_engines!(a_comment_is_changed_by_its_author_and_deleted_by_super_admins_too, |db| async move {
    let app = App::start(db).await;
    let (mia, ben) = (app.agent("mia").await, app.agent("ben").await);
    let kim = app.agent("kim").await;
    let (_, conversation) = mailed(&app).await;
    let first = comment(&mia, &conversation, "for @ben").await.expect("written").comment.expect("one");
    assert_refused(edit(&ben, &first, "taken over").await, ErrorReason::OutOfScope);
    assert_refused(delete(&ben, &first.name).await, ErrorReason::OutOfScope);
    let changed = edit(&mia, &first, "for @ben and @kim").await.expect("edited");
    assert_eq!((changed.notified, changed.not_notified.len()), (vec![user_name("kim")], 0));
    let second = changed.comment.expect("one");
    assert!(second.edit_time.is_some() && first.edit_time.is_none());
    assert_refused(edit(&mia, &first, "an old copy").await, ErrorReason::EtagMismatch);
    assert_eq!((notifications(&ben, "ben").await.len(), notifications(&kim, "kim").await.len()), (1, 1));
    let text = get_comment(&ben, &first.name).await.expect("read").body.expect("a body").text;
    assert_eq!(text, "for @ben and @kim");
    delete(&app.root(), &first.name).await.expect("deleted");
    assert_refused(get_comment(&mia, &first.name).await, ErrorReason::ResourceNotFound);
    assert_refused(edit(&mia, &first, "gone").await, ErrorReason::ResourceNotFound);
    assert_eq!(read_conversation(&mia, &conversation).await.expect("one").comment_count, 0);
    assert_eq!(notifications(&kim, "kim").await.len(), 1, "what was told stays told");
});

// C-004: a comment is as visible as its ticket; the invisible answers as the absent, byte for byte.
both_engines!(a_comment_out_of_reach_does_not_exist, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    let cole = app.collaborator("cole", AccessLevel::Owned).await;
    app.channel("mail", ChannelType::Email).await;
    app.route_to("mail", people(&["mia"], &[])).await;
    let ticket = app.arrives("mail", "m1", "ann@example.com").await;
    let hidden = comment(&mia, &ticket.name, "hidden").await.expect("written").comment.expect("one");
    let absent = format!("{}/comments/01890a5d-ac96-774b-bcce-b302099a8057", ticket.conversations[0]);
    for name in [&hidden.name, &absent] {
        let status = assert_refused(get_comment(&cole, name).await, ErrorReason::ResourceNotFound);
        assert_eq!(status.message(), "not found");
        assert_refused(delete(&cole, name).await, ErrorReason::ResourceNotFound);
    }
});
