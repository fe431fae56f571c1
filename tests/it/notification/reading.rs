//! Listing, reading and marking notifications; what a person wants to be told.

use helpdesk::grpc::pb::access::{AccessLevel, Seat};
use helpdesk::grpc::pb::v1::{self, ErrorReason, NotificationKind as Kind};
use prost_types::FieldMask;
use tonic::{Response, Status};

use crate::conversation::comments::{comment, mailed, notifications};
use crate::support::app::{self, App, channel_name, person, user_name};
use crate::support::client::{Client, assert_refused};
use crate::support::databases::both_engines;
use crate::support::scene::{message, people};

async fn page(client: &Client, user: &str, filter: &str) -> Result<v1::ListNotificationsResponse, Status> {
    let filter = filter.to_owned();
    let request = v1::ListNotificationsRequest { parent: user_name(user), filter, ..Default::default() };
    client.notifications().list_notifications(request).await.map(Response::into_inner)
}

/// Marks notifications as read; none of them means all.
pub async fn mark(client: &Client, user: &str, names: &[&str]) -> Result<i32, Status> {
    let notifications = names.iter().map(|name| (*name).to_owned()).collect();
    let all = names.is_empty();
    let request =
        v1::MarkNotificationsReadRequest { parent: user_name(user), notifications, all, ..Default::default() };
    client.notifications().mark_notifications_read(request).await.map(|done| done.into_inner().marked_count)
}

async fn settings(client: &Client, user: &str) -> Result<v1::NotificationSettings, Status> {
    let name = format!("{}/notificationSettings", user_name(user));
    let request = v1::GetNotificationSettingsRequest { name };
    let answer = client.notifications().get_notification_settings(request).await?.into_inner();
    Ok(answer.notification_settings.expect("settings"))
}

async fn set(
    client: &Client,
    settings: &v1::NotificationSettings,
    rules: &[(Kind, bool, bool)],
) -> Result<v1::NotificationSettings, Status> {
    let rule = |(kind, in_app, mail): &(Kind, bool, bool)| v1::NotificationRule {
        kind: (*kind).into(),
        in_app: *in_app,
        mail: *mail,
    };
    let changed = v1::NotificationSettings { rules: rules.iter().map(rule).collect(), ..settings.clone() };
    let request = v1::UpdateNotificationSettingsRequest {
        notification_settings: Some(changed),
        update_mask: Some(FieldMask { paths: vec!["rules".to_owned()] }),
        ..Default::default()
    };
    let answer = client.notifications().update_notification_settings(request).await?.into_inner();
    Ok(answer.notification_settings.expect("settings"))
}

async fn assign(client: &Client, ticket: &str, owner: &str) {
    let request = v1::AssignTicketRequest { name: ticket.to_owned(), owner: user_name(owner), ..Default::default() };
    client.tickets().assign_ticket(request).await.expect("assigned");
}

// the list holds the unread and the read, and marking moves one to the other.
both_engines!(notifications_are_listed_filtered_and_marked_as_read, |db| async move {
    let app = App::start(db).await;
    let (mia, ben) = (app.agent("mia").await, app.agent("ben").await);
    let (ticket, conversation) = mailed(&app).await;
    for text in ["one @ben", "two @ben", "three @ben"] {
        comment(&mia, &conversation, text).await.expect("written");
    }
    assign(&mia, &ticket.name, "ben").await;
    let all = page(&ben, "ben", "").await.expect("a page");
    let kinds: Vec<_> = all.notifications.iter().map(v1::Notification::kind).collect();
    assert_eq!(kinds, [Kind::Assigned, Kind::Mentioned, Kind::Mentioned, Kind::Mentioned], "newest first");
    assert_eq!(all.unread_count, 4);
    let name = all.notifications[3].name.as_str();
    assert_eq!(mark(&ben, "ben", &[name]).await.expect("marked"), 1);
    assert_eq!(mark(&ben, "ben", &[name]).await.expect("marked"), 0, "what is read stays as it is");
    let request = v1::GetNotificationRequest { name: name.to_owned() };
    let read = ben.notifications().get_notification(request).await.expect("one").into_inner().notification;
    assert!(read.is_some_and(|read| read.read && read.read_time.is_some()));
    assert_eq!(page(&ben, "ben", "read = false").await.expect("a page").notifications.len(), 3);
    let read = page(&ben, "ben", "read = true AND kind = MENTIONED").await.expect("a page");
    assert_eq!((read.notifications.len(), read.unread_count), (1, 3));
    assert_eq!(mark(&ben, "ben", &[]).await.expect("marked"), 3);
    assert_eq!(page(&ben, "ben", "").await.expect("a page").unread_count, 0);
    assert_refused(page(&ben, "ben", "subject = x").await, ErrorReason::FilterFieldUnknown);
});

// A notification is its person's alone, whoever asks.
both_engines!(somebody_elses_notifications_do_not_exist, |db| async move {
    let app = App::start(db).await;
    let (mia, ben) = (app.agent("mia").await, app.agent("ben").await);
    let (_, conversation) = mailed(&app).await;
    comment(&mia, &conversation, "@ben").await.expect("written");
    let name = notifications(&ben, "ben").await[0].name.clone();
    for stranger in [&mia, &app.root()] {
        let request = v1::GetNotificationRequest { name: name.clone() };
        assert_refused(stranger.notifications().get_notification(request).await, ErrorReason::ResourceNotFound);
        assert_refused(page(stranger, "ben", "").await, ErrorReason::ResourceNotFound);
        assert_refused(mark(stranger, "ben", &[]).await, ErrorReason::ResourceNotFound);
        assert_refused(settings(stranger, "ben").await, ErrorReason::ResourceNotFound);
    }
    assert_refused(mark(&mia, "mia", &[&name]).await, ErrorReason::ReferenceNotFound);
    assert_eq!(page(&ben, "ben", "read = true").await.expect("a page").notifications.len(), 0);
    let request = v1::MarkNotificationsReadRequest { parent: user_name("ben"), ..Default::default() };
    let nothing = ben.notifications().mark_notifications_read(request).await;
    assert_refused(nothing, ErrorReason::FieldInvalid);
});

// what is about a ticket that the person may no longer see is gone from list, get and count.
both_engines!(notifications_go_with_the_sight_of_the_ticket, |db| async move {
    let app = App::start(db).await;
    let (mia, cole) = (app.agent("mia").await, app.collaborator("cole", AccessLevel::Owned).await);
    let (ticket, conversation) = mailed(&app).await;
    assign(&mia, &ticket.name, "cole").await;
    comment(&mia, &conversation, "@cole").await.expect("written");
    let told = page(&cole, "cole", "").await.expect("a page");
    assert_eq!((told.notifications.len(), told.unread_count), (2, 2));
    assign(&mia, &ticket.name, "mia").await;
    let left = page(&cole, "cole", "").await.expect("a page");
    assert_eq!((left.notifications.len(), left.unread_count), (0, 0));
    let request = v1::GetNotificationRequest { name: told.notifications[0].name.clone() };
    assert_refused(cole.notifications().get_notification(request).await, ErrorReason::ResourceNotFound);
});

// what was told of a conversation without a ticket is judged by the ticket that it has now.
both_engines!(notifications_of_a_conversation_follow_the_ticket_that_it_gets, |db| async move {
    let app = App::start(db).await;
    let seated = v1::User { seat: Seat::Service.into(), ..person("mia", AccessLevel::Owned) };
    let (mia, bob) = (app.add_user(seated, "mia").await, app.agent("bob").await);
    app.channel("mail", v1::ChannelType::Email).await;
    app.route_to("mail", people(&["bob"], &[])).await;
    without_tickets(&app, "mail").await;
    let taken = app.ingest(message("mail", "m1", "ann@example.com", "Where is my card?")).await;
    let said = taken.message.expect("a message").name;
    let conversation = said.split("/messages/").next().expect("a name").to_owned();
    comment(&bob, &conversation, "@mia").await.expect("written");
    let told = page(&mia, "mia", "").await.expect("a page");
    assert_eq!((told.notifications.len(), told.unread_count), (1, 1), "there is no ticket yet");
    let request = v1::MoveToHelpDeskRequest { name: conversation.clone(), ..Default::default() };
    let moved = app.root().conversations().move_to_help_desk(request).await.expect("moved").into_inner();
    let ticket = moved.ticket.expect("a ticket");
    assert_eq!(ticket.owner, user_name("bob"));
    let left = page(&mia, "mia", "").await.expect("a page");
    assert_eq!((left.notifications.len(), left.unread_count), (0, 0));
    let name = told.notifications[0].name.clone();
    let request = v1::GetNotificationRequest { name };
    assert_refused(mia.notifications().get_notification(request).await, ErrorReason::ResourceNotFound);
    assign(&bob, &ticket.name, "mia").await;
    let back = page(&mia, "mia", "").await.expect("a page");
    assert_eq!((back.notifications.len(), back.unread_count), (2, 2), "with that of the ticket");
});

/// Has a channel make no tickets.
async fn without_tickets(app: &App, channel: &str) {
    let channel = v1::Channel {
        name: channel_name(channel),
        creates_tickets: Some(false),
        r#type: v1::ChannelType::Chat.into(),
        display_name: "Inbox".to_owned(),
        ..Default::default()
    };
    let update_mask = Some(FieldMask { paths: vec!["creates_tickets".to_owned()] });
    let request = v1::UpdateChannelRequest { channel: Some(channel), update_mask, ..Default::default() };
    app.root().channels().update_channel(request).await.expect("switched");
}

// to be given a ticket by a person or by routing is told; to take one oneself is not.
both_engines!(a_new_owner_is_told_unless_they_took_the_ticket_themselves, |db| async move {
    let app = App::start(db).await;
    let (mia, ben) = (app.agent("mia").await, app.agent("ben").await);
    let (first, _) = mailed(&app).await;
    assign(&ben, &first.name, "ben").await;
    assert_eq!(notifications(&ben, "ben").await.len(), 0);
    app.route_to("mail", people(&["mia"], &[])).await;
    let routed = app.arrives("mail", "m2", "bob@example.com").await;
    let told = notifications(&mia, "mia").await;
    assert_eq!((told.len(), told[0].kind(), &told[0].ticket), (1, Kind::Assigned, &routed.name));
    assert_eq!(told[0].resource, routed.conversations[0]);
    assert!(told[0].summary.starts_with("The help desk assigned"), "{}", told[0].summary);
    let ticket = Some(v1::Ticket { owner: user_name("ben"), ..app::ticket("By hand") });
    let request = v1::CreateTicketRequest { parent: app::account(), ticket, ..Default::default() };
    let made = mia.tickets().create_ticket(request).await.expect("made").into_inner().ticket.expect("a ticket");
    let told = notifications(&ben, "ben").await;
    assert_eq!((told.len(), &told[0].resource), (1, &made.name), "nothing was said yet: the link is the ticket");
});

// what a person does not want is not told, and `not_notified` says so.
both_engines!(a_person_chooses_what_to_be_told_and_how, |db| async move {
    let app = App::start(db).await;
    let (mia, ben) = (app.agent("mia").await, app.agent("ben").await);
    let (ticket, conversation) = mailed(&app).await;
    let begun = settings(&ben, "ben").await.expect("settings");
    let defaults: Vec<_> = begun.rules.iter().map(|rule| (rule.kind(), rule.in_app, rule.mail)).collect();
    assert_eq!(defaults, [Kind::Mentioned, Kind::Assigned, Kind::Replied].map(|kind| (kind, true, false)));
    let quiet = set(&ben, &begun, &[(Kind::Mentioned, false, false)]).await.expect("set");
    assert!(quiet.update_time.is_some() && quiet.etag != begun.etag);
    assert_refused(set(&ben, &begun, &[]).await, ErrorReason::EtagMismatch);
    let twice = [(Kind::Mentioned, true, true), (Kind::Mentioned, true, false)];
    assert_refused(set(&ben, &quiet, &twice).await, ErrorReason::FieldInvalid);
    let answer = comment(&mia, &conversation, "@ben").await.expect("written");
    assert_eq!((answer.notified.len(), answer.not_notified), (0, vec![user_name("ben")]));
    assign(&mia, &ticket.name, "ben").await;
    assert_eq!(notifications(&ben, "ben").await.len(), 1, "other kinds are as they were");
    let mail_only = set(&ben, &quiet, &[(Kind::Mentioned, false, true)]).await.expect("set");
    let answer = comment(&mia, &conversation, "@ben").await.expect("written");
    assert_eq!(answer.notified, [user_name("ben")]);
    assert_eq!(notifications(&ben, "ben").await.len(), 1, "by mail and not in the list");
    let user = v1::GetUserRequest { name: user_name("ben") };
    let seen = mia.users().get_user(user).await.expect("a user").into_inner().user.expect("a user");
    assert_eq!(set(&ben, &mail_only, &[]).await.expect("set").rules, begun.rules);
    let user = v1::GetUserRequest { name: user_name("ben") };
    let after = mia.users().get_user(user).await.expect("a user").into_inner().user.expect("a user");
    assert_eq!(seen, after, "settings are no part of what others see");
});

both_engines!(notifications_go_after_ninety_days, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    app.agent("ben").await;
    let (_, conversation) = mailed(&app).await;
    comment(&mia, &conversation, "@ben, early").await.expect("written");
    app.advance(std::time::Duration::from_hours(89 * 24));
    comment(&app.user("mia"), &conversation, "@ben, late").await.expect("written");
    app.running().worker.run_until_idle().await.expect("worked");
    assert_eq!(notifications(&app.user("ben"), "ben").await.len(), 2);
    app.advance(std::time::Duration::from_hours(2 * 24));
    app.running().worker.run_until_idle().await.expect("worked");
    let left = notifications(&app.user("ben"), "ben").await;
    assert_eq!(left.len(), 1);
});

// whoever follows a ticket is told of what the contact and colleagues write on it, and not of what they wrote.
both_engines!(followers_are_told_of_messages, |db| async move {
    let app = App::start(db).await;
    let (mia, ben) = (app.agent("mia").await, app.agent("ben").await);
    let (ticket, conversation) = mailed(&app).await;
    let follow = v1::FollowTicketRequest { name: ticket.name.clone(), ..Default::default() };
    ben.tickets().follow_ticket(follow).await.expect("followed");
    let reply = async |client: &Client, text: &str| {
        let body = Some(v1::RichText { text: text.to_owned(), ..Default::default() });
        let message = Some(v1::Message { body, ..Default::default() });
        let request = v1::SendMessageRequest { parent: conversation.clone(), message, ..Default::default() };
        client.conversations().send_message(request).await.expect("sent").into_inner().message.expect("one").name
    };
    let of_mia = reply(&mia, "Hello Ann").await;
    reply(&ben, "Me too").await;
    let told = notifications(&ben, "ben").await;
    assert_eq!((told.len(), told[0].kind(), &told[0].about), (1, Kind::Replied, &of_mia));
    assert_eq!(notifications(&mia, "mia").await.len(), 0, "whoever does not follow is not told");
});
