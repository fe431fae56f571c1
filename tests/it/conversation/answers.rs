//! Replies on every kind of channel, and what they leave as it is.

use std::time::Duration;

use helpdesk::grpc::pb::v1::{self, ErrorReason, inbound_sender::Point};

use super::talk;
use crate::support::app::{self, App, channel_name};
use crate::support::client::{Client, assert_refused};
use crate::support::databases::both_engines;
use crate::support::scene;

/// Every reply of the log, by its recipients.
async fn sent_to(caller: &Client, conversation: &str) -> Vec<Vec<String>> {
    let request = v1::ListMessagesRequest {
        parent: conversation.to_owned(),
        filter: "direction = OUTBOUND".to_owned(),
        ..Default::default()
    };
    let page = caller.conversations().list_messages(request).await.expect("a page").into_inner();
    page.messages.into_iter().map(|message| message.recipients).collect()
}

// C-028: from the ticket to its conversation, and an answer to whoever wrote there.
both_engines!(mails_chats_and_forms_are_answered_where_they_came_from, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    for (id, kind) in
        [("mail", v1::ChannelType::Email), ("chat", v1::ChannelType::Chat), ("form", v1::ChannelType::Form)]
    {
        app.channel(id, kind).await;
        let arrived = app.ingest(scene::message(id, id, "ann@example.com", "Where is my card?")).await;
        let opened = talk::ticket(&mia, &arrived.ticket.expect("a ticket").name).await;
        let conversation = talk::conversation(&mia, &opened.conversations[0]).await;
        assert_eq!((&conversation.ticket, conversation.message_count), (&opened.name, 1));
        let message = talk::send(&mia, talk::reply(&conversation.name, "On its way")).await.message.expect("a message");
        assert_eq!(message.thread, arrived.message.expect("a message").thread);
        assert_eq!(sent_to(&mia, &conversation.name).await, [["ann@example.com"]]);
    }
});

// a call carries no text; its caller is answered by mail, and from then on replies go there.
both_engines!(a_phone_call_is_answered_by_mail, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    app.channel("call", v1::ChannelType::Calling).await;
    app.channel("mail", v1::ChannelType::Email).await;
    let ann = app.contact("ann@example.com", "", false).await;
    let mut call = talk::from("call", "1", Point::Phone("+4915112345678".into()));
    let sender = call.message.as_mut().and_then(|message| message.sender.as_mut()).expect("a sender");
    sender.contact = ann.name;
    let conversation = talk::conversation_of(&app.ingest(call).await);
    let refused = mia.conversations().send_message(talk::reply(&conversation, "Hello")).await;
    assert_refused(refused, ErrorReason::ChannelCannotSend);
    let by_mail = v1::SendMessageRequest {
        new_thread_channel: channel_name("mail"),
        ..talk::reply(&conversation, "You called us")
    };
    let first = talk::send(&mia, by_mail).await.message.expect("a message");
    let second = talk::send(&mia, talk::reply(&conversation, "And one thing more")).await.message.expect("a message");
    assert_eq!(second.thread, first.thread);
    assert_eq!(sent_to(&mia, &conversation).await, [["ann@example.com"], ["ann@example.com"]]);
    let delete = v1::DeleteChannelRequest { name: channel_name("mail"), ..Default::default() };
    assert_refused(app.root().channels().delete_channel(delete).await, ErrorReason::ResourceInUse);
});

// WhatsApp and Messenger are answered like a chat, until the platform's window closes.
both_engines!(a_reply_window_closes_and_opens_with_the_contacts_next_message, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    app.channel("whatsapp", v1::ChannelType::Whatsapp).await;
    let says = |id: &str| talk::from("whatsapp", id, Point::Phone("+4915112345678".into()));
    let conversation = talk::conversation_of(&app.ingest(says("1")).await);
    let list = v1::ListThreadsRequest { parent: conversation.clone(), ..Default::default() };
    let thread = mia.conversations().list_threads(list).await.expect("a page").into_inner().threads.remove(0);
    let closes = thread.reply_window_close_time.expect("it has a window").seconds;
    assert_eq!(closes - app.now().as_micros() / 1_000_000, 24 * 3_600);
    app.advance(Duration::from_hours(24) - Duration::from_secs(1));
    talk::send(&app.user("mia"), talk::reply(&conversation, "Still there?")).await;
    app.advance(Duration::from_secs(1));
    let mia = app.user("mia");
    let refused = mia.conversations().send_message(talk::reply(&conversation, "Too late")).await;
    let status = assert_refused(refused, ErrorReason::ChannelCannotSend);
    let info = tonic_types::StatusExt::get_details_error_info(&status).expect("details");
    assert_eq!(info.metadata.get("cause").map(String::as_str), Some("REPLY_WINDOW_CLOSED"));
    app.ingest(says("2")).await;
    talk::send(&mia, talk::reply(&conversation, "There you are")).await;
});

// the window runs from when the contact wrote, not from when it came in; what is older takes nothing from it.
both_engines!(a_message_that_comes_in_late_opens_no_reply_window, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    app.channel("whatsapp", v1::ChannelType::Whatsapp).await;
    let written = |id: &str, hours: i64| {
        let mut said = talk::from("whatsapp", id, Point::Phone("+4915112345678".into()));
        let seconds = app.now().as_micros() / 1_000_000 - hours * 3_600;
        let message = said.message.as_mut().expect("a message");
        message.send_time = Some(prost_types::Timestamp { seconds, nanos: 0 });
        said
    };
    let conversation = talk::conversation_of(&app.ingest(written("1", 25)).await);
    let refused = mia.conversations().send_message(talk::reply(&conversation, "Too late")).await;
    let status = assert_refused(refused, ErrorReason::ChannelCannotSend);
    let info = tonic_types::StatusExt::get_details_error_info(&status).expect("details");
    assert_eq!(info.metadata.get("cause").map(String::as_str), Some("REPLY_WINDOW_CLOSED"));
    app.ingest(written("2", 1)).await;
    app.ingest(written("3", 30)).await;
    talk::send(&mia, talk::reply(&conversation, "There you are")).await;
});

// C-028, R-044: a contact who goes on from another phone is answered there.
both_engines!(an_answer_goes_to_where_the_contact_wrote_from_last, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    app.channel("whatsapp", v1::ChannelType::Whatsapp).await;
    let ann = app.contact("ann@example.com", "", false).await;
    let says = |id: &str, phone: &str| {
        let mut said = talk::from("whatsapp", id, Point::Phone(phone.to_owned()));
        let sender = said.message.as_mut().and_then(|message| message.sender.as_mut()).expect("a sender");
        sender.contact.clone_from(&ann.name);
        said
    };
    let conversation = talk::conversation_of(&app.ingest(says("1", "+4915112345678")).await);
    let other_phone = app.ingest(says("2", "+4915187654321")).await;
    assert_eq!(talk::conversation_of(&other_phone), conversation);
    let mut before = says("3", "+4915112345678");
    let message = before.message.as_mut().expect("a message");
    message.send_time = Some(prost_types::Timestamp { seconds: app.now().as_micros() / 1_000_000 - 60, nanos: 0 });
    let mut forged = says("4", "+4915100000000");
    let check = v1::SenderCheck { verdict: v1::SenderVerdict::Fail.into(), ..Default::default() };
    forged.message.as_mut().expect("a message").sender_check = Some(check);
    let mut by_mail = says("5", "+4915100000000");
    let sender = by_mail.message.as_mut().and_then(|message| message.sender.as_mut()).expect("a sender");
    sender.point = Some(Point::Email("ann@example.com".to_owned()));
    for said in [before, forged, by_mail] {
        assert_eq!(talk::conversation_of(&app.ingest(said).await), conversation);
    }
    talk::send(&mia, talk::reply(&conversation, "There you are")).await;
    assert_eq!(sent_to(&mia, &conversation).await, [["+4915187654321"]]);
});

both_engines!(a_channel_sets_its_reply_window_where_it_has_one, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    app.channel("messenger", v1::ChannelType::Messenger).await;
    app.channel("chat", v1::ChannelType::Chat).await;
    let set = |channel: &str, seconds| v1::UpdateChannelRequest {
        channel: Some(v1::Channel {
            name: channel_name(channel),
            reply_window: Some(prost_types::Duration { seconds, nanos: 0 }),
            ..v1::Channel::default()
        }),
        update_mask: Some(prost_types::FieldMask { paths: vec!["reply_window".to_owned()] }),
        ..Default::default()
    };
    let refused = app.root().channels().update_channel(set("chat", 60)).await;
    assert_refused(refused, ErrorReason::FieldInvalid);
    app.root().channels().update_channel(set("messenger", 60)).await.expect("set");
    let arrived = app.ingest(talk::from("messenger", "1", Point::Handle("ann".into()))).await;
    let conversation = talk::conversation_of(&arrived);
    app.advance(Duration::from_mins(1));
    let late = || talk::reply(&conversation, "Late");
    assert_refused(mia.conversations().send_message(late()).await, ErrorReason::ChannelCannotSend);
    app.root().channels().update_channel(set("messenger", 0)).await.expect("set");
    talk::send(&mia, late()).await;
});

// C-022, C-023, C-024, C-025: who replies first takes a ticket nobody owns, whatever their seat; machines never do.
both_engines!(a_person_takes_what_nobody_owns_and_the_teams_stay, |db| async move {
    let app = App::start(db).await;
    app.channel("chat", v1::ChannelType::Chat).await;
    app.agent("mia").await;
    let cole = app.collaborator("cole", helpdesk::grpc::pb::access::AccessLevel::All).await;
    let red = app.team("red", &["mia"]).await;
    app.available("cole", false).await;
    let arrived = app.ingest(talk::from("chat", "1", Point::Handle("ann".into()))).await;
    let (conversation, ticket) = (talk::conversation_of(&arrived), arrived.ticket.expect("a ticket").name);
    let assign = v1::AssignTicketRequest { name: ticket.clone(), teams: vec![red.clone()], ..Default::default() };
    app.root().tickets().assign_ticket(assign).await.expect("assigned");
    let automatic = talk::send(&app.machine(), talk::reply(&conversation, "We got it")).await;
    assert_eq!(automatic.new_owner, "");
    assert_eq!(talk::ticket(&cole, &ticket).await.owner, "");
    talk::send(&cole, talk::reply(&conversation, "Hello Ann")).await;
    talk::send(&app.user("mia"), talk::reply(&conversation, "Me too")).await;
    let after = talk::ticket(&cole, &ticket).await;
    assert_eq!((after.owner, after.teams), (app::user_name("cole"), vec![red]));
});

// C-026: a reply whose delivery fails stays with its failure, and so does the owner who sent it.
both_engines!(a_failed_delivery_keeps_the_message_and_the_owner, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    app.channel("chat", v1::ChannelType::Chat).await;
    let arrived = app.ingest(talk::from("chat", "1", Point::Handle("ann".into()))).await;
    let ticket = arrived.ticket.as_ref().expect("a ticket").name.clone();
    let sent = talk::send(&mia, talk::reply(&talk::conversation_of(&arrived), "Hello")).await.message.expect("sent");
    let report = v1::ReportDeliveryRequest {
        channel: channel_name("chat"),
        message: sent.name.clone(),
        state: v1::DeliveryState::Failed.into(),
        error: "mailbox full".to_owned(),
        ..Default::default()
    };
    app.machine().ingress().report_delivery(report).await.expect("reported");
    let get = v1::GetMessageRequest { name: sent.name };
    let kept = mia.conversations().get_message(get).await.expect("kept").into_inner().message.expect("a message");
    assert_eq!((kept.delivery_state(), kept.delivery_error.as_str()), (v1::DeliveryState::Failed, "mailbox full"));
    let after = talk::ticket(&mia, &ticket).await;
    assert_eq!((after.owner, after.status), (app::user_name("mia"), arrived.ticket.expect("a ticket").status));
});

// beside a reply stand the ticket, the contact, and what was said with that contact before.
both_engines!(a_conversation_leads_to_its_ticket_its_contact_and_the_earlier_ones, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    app.channel("form", v1::ChannelType::Form).await;
    let mut names = Vec::new();
    for id in ["1", "2", "3"] {
        let arrived = app.ingest(scene::message("form", id, "ann@example.com", "Where is my card?")).await;
        names.push(talk::conversation_of(&arrived));
        app.advance(Duration::from_secs(1));
    }
    app.ingest(scene::message("form", "4", "bob@example.com", "Hello")).await;
    let now = talk::conversation(&mia, &names[2]).await;
    assert_eq!(talk::ticket(&mia, &now.ticket).await.contact, now.contact);
    let began = now.create_time.expect("a time");
    let began = jiff::Timestamp::new(began.seconds, began.nanos).expect("a time");
    let earlier = v1::ListConversationsRequest {
        parent: app::account(),
        filter: format!("contact = {} AND create_time < \"{began}\"", now.contact),
        ..Default::default()
    };
    let page = mia.conversations().list_conversations(earlier).await.expect("a page").into_inner();
    assert_eq!(page.conversations.into_iter().map(|found| found.name).collect::<Vec<_>>(), names[..2]);
});

// bold and italic go out as written, what could do harm does not, and the plain text is there too.
both_engines!(a_reply_carries_clean_rich_text_and_the_same_as_plain_text, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    app.channel("chat", v1::ChannelType::Chat).await;
    let arrived = app.ingest(talk::from("chat", "1", Point::Handle("ann".into()))).await;
    let html = "<p>It is <b>on</b> its <i>way</i>.</p><script>steal()</script><a href=\"javascript:x()\">here</a>";
    let body = Some(v1::RichText { html: html.to_owned(), text: String::new() });
    let message = Some(v1::Message { body, ..v1::Message::default() });
    let request = v1::SendMessageRequest { parent: talk::conversation_of(&arrived), message, ..Default::default() };
    let body = talk::send(&mia, request).await.message.expect("a message").body.expect("a body");
    assert!(body.html.contains("<b>on</b>") && body.html.contains("<i>way</i>"), "{}", body.html);
    assert!(!body.html.contains("script"), "{}", body.html);
    assert!(body.text.contains("It is on its way."), "{}", body.text);
});
