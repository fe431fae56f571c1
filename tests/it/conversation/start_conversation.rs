//! StartConversation: a ticket made by hand gets somebody to write to.

use helpdesk::grpc::pb::v1::{self, ErrorReason, inbound_sender::Point, start_conversation_request::Who};

use super::talk;
use crate::support::app::{App, channel_name};
use crate::support::client::{Client, assert_refused};
use crate::support::databases::both_engines;

fn start(ticket: &str, channel: &str, who: Option<Who>) -> v1::StartConversationRequest {
    v1::StartConversationRequest {
        ticket: ticket.to_owned(),
        channel: channel_name(channel),
        who,
        ..Default::default()
    }
}

#[expect(clippy::unnecessary_wraps, reason = "the shape of a field")]
fn somebody_new(email: &str) -> Option<Who> {
    let contact =
        v1::Contact { display_name: "Ada".to_owned(), emails: vec![email.to_owned()], ..v1::Contact::default() };
    Some(Who::NewContact(contact))
}

async fn started(caller: &Client, request: v1::StartConversationRequest) -> v1::StartConversationResponse {
    caller.conversations().start_conversation(request).await.expect("it begins").into_inner()
}

// nothing can be replied before somebody is connected; then a message goes to that contact.
both_engines!(a_ticket_made_by_hand_is_written_to_once_a_contact_is_connected, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    app.channel("mail", v1::ChannelType::Email).await;
    let ticket = talk::manual_ticket(&mia, "A broken lamp").await;
    let early = mia.conversations().send_message(talk::reply(&ticket.name, "Hello")).await;
    let status = assert_refused(early, ErrorReason::ConversationMissing);
    let info = tonic_types::StatusExt::get_details_error_info(&status).expect("details");
    assert_eq!(info.metadata.get("ticket"), Some(&ticket.name));
    let begun = started(&mia, start(&ticket.name, "mail", somebody_new("ada@example.com"))).await;
    let (conversation, contact) = (begun.conversation.expect("a conversation"), begun.contact.expect("a contact"));
    assert_eq!((conversation.ticket.as_str(), conversation.contact.as_str()), (&*ticket.name, &*contact.name));
    assert_eq!(contact.emails, ["ada@example.com"]);
    let after = talk::ticket(&mia, &ticket.name).await;
    assert_eq!((after.contact, after.conversations), (contact.name, vec![conversation.name.clone()]));
    assert_eq!(talk::events(&app, v1::EventType::MessageSent).await.len(), 0, "nothing is sent by it");
    let sent = talk::send(&mia, talk::reply(&ticket.name, "Is it still dark?")).await.message.expect("a message");
    assert_eq!((sent.recipients, sent.subject.as_str()), (vec!["ada@example.com".to_owned()], "A broken lamp"));
    assert!(sent.name.starts_with(&conversation.name));
});

// an existing contact, or the one that the ticket names already.
both_engines!(an_existing_contact_is_connected_by_name_or_through_the_ticket, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    app.channel("mail", v1::ChannelType::Email).await;
    let ada = app.contact("ada@example.com", "", false).await;
    let by_name = talk::manual_ticket(&mia, "One").await;
    let begun = started(&mia, start(&by_name.name, "mail", Some(Who::Contact(ada.name.clone())))).await;
    assert_eq!(begun.contact.map(|contact| contact.name), Some(ada.name.clone()));
    let bare = talk::manual_ticket(&mia, "Two").await;
    let nobody = mia.conversations().start_conversation(start(&bare.name, "mail", None)).await;
    assert_refused(nobody, ErrorReason::FieldInvalid);
    let ticket = v1::Ticket { contact: ada.name.clone(), ..crate::support::app::ticket("Three") };
    let request =
        v1::CreateTicketRequest { parent: crate::support::app::account(), ticket: Some(ticket), ..Default::default() };
    let named = mia.tickets().create_ticket(request).await.expect("made").into_inner().ticket.expect("a ticket");
    let begun = started(&mia, start(&named.name, "mail", None)).await;
    assert_eq!(begun.contact.map(|contact| contact.name), Some(ada.name));
});

both_engines!(what_cannot_begin_is_refused, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    for (id, kind) in [
        ("mail", v1::ChannelType::Email),
        ("form", v1::ChannelType::Form),
        ("call", v1::ChannelType::Calling),
        ("whatsapp", v1::ChannelType::Whatsapp),
    ] {
        app.channel(id, kind).await;
    }
    let ada = app.contact("ada@example.com", "", false).await;
    let ticket = talk::manual_ticket(&mia, "A broken lamp").await;
    let known = || Some(Who::Contact(ada.name.clone()));
    let absent = ada.name.replace(|c: char| c.is_ascii_digit(), "0");
    let cases = [
        (start(&ticket.name, "form", known()), ErrorReason::ChannelCannotSend),
        (start(&ticket.name, "call", known()), ErrorReason::ChannelCannotSend),
        (start(&ticket.name, "whatsapp", known()), ErrorReason::ChannelCannotSend),
        (start(&ticket.name, "nowhere", known()), ErrorReason::ReferenceNotFound),
        (start(&ticket.name, "mail", Some(Who::Contact(absent))), ErrorReason::ReferenceNotFound),
        (start(&ticket.name, "mail", somebody_new("ADA@example.com")), ErrorReason::DuplicateValue),
        (start(&ticket.name, "mail", Some(Who::NewContact(v1::Contact::default()))), ErrorReason::FieldInvalid),
    ];
    for (request, reason) in cases {
        assert_refused(mia.conversations().start_conversation(request).await, reason);
    }
    let dry = v1::StartConversationRequest { validate_only: true, ..start(&ticket.name, "mail", known()) };
    let tried = started(&mia, dry).await;
    assert_eq!(tried.conversation.expect("a conversation").name, "");
    assert_eq!(talk::ticket(&mia, &ticket.name).await.etag, ticket.etag, "nothing was stored");
    started(&mia, start(&ticket.name, "mail", known())).await;
    let again = mia.conversations().start_conversation(start(&ticket.name, "mail", known())).await;
    assert_refused(again, ErrorReason::ResourceAlreadyExists);
});

// A contact has one open thread on a messaging channel: it stays where it is, and what comes in lands there.
both_engines!(a_contact_with_an_open_thread_is_not_given_a_second_one, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    app.channel("whatsapp", v1::ChannelType::Whatsapp).await;
    let first = app.ingest(talk::from("whatsapp", "1", Point::Phone("+4915112345678".into()))).await;
    let contact = first.contact.expect("a contact");
    let ticket = talk::manual_ticket(&mia, "The other thing").await;
    let again = start(&ticket.name, "whatsapp", Some(Who::Contact(contact.name)));
    let refused = mia.conversations().start_conversation(again.clone()).await;
    assert_refused(refused, ErrorReason::ResourceAlreadyExists);
    let thread = first.message.expect("a message").thread;
    let close = v1::CloseThreadRequest { name: thread, ..Default::default() };
    mia.conversations().close_thread(close).await.expect("closed");
    started(&mia, again).await;
    let answer = app.ingest(talk::from("whatsapp", "2", Point::Phone("+4915112345678".into()))).await;
    assert_eq!(answer.ticket.expect("a ticket").name, ticket.name);
});
