//! TieVisitor: an unknown visitor turns out to be somebody.

use helpdesk::grpc::pb::v1::{self, ErrorReason, inbound_sender::Point, tie_visitor_request::Who};

use super::talk;
use crate::support::app::App;
use crate::support::client::{Client, assert_refused};
use crate::support::databases::both_engines;
use crate::ticket::hands::{delete, undelete};

fn tie(message: &str, who: Who) -> v1::TieVisitorRequest {
    v1::TieVisitorRequest { name: message.to_owned(), who: Some(who), ..Default::default() }
}

fn named(contact: &v1::Contact) -> Who {
    Who::Contact(contact.name.clone())
}

async fn tied(caller: &Client, request: v1::TieVisitorRequest) -> v1::TieVisitorResponse {
    caller.conversations().tie_visitor(request).await.expect("tied").into_inner()
}

/// A chat of a browser nobody knows: its ticket, conversation and message.
async fn unknown_visitor(app: &App, id: &str) -> (String, String, String) {
    let answer = app.ingest(talk::from_browser("chat", id, "a browser")).await;
    assert_eq!(answer.contact, None);
    let conversation = talk::conversation_of(&answer);
    (answer.ticket.expect("a ticket").name, conversation, answer.message.expect("a message").name)
}

async fn scene(db: crate::support::databases::TestDatabase) -> (App, Client) {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    app.channel("chat", v1::ChannelType::Chat).await;
    app.channel("form", v1::ChannelType::Form).await;
    (app, mia)
}

// a conversation begins without a contact; tying gives it and its ticket to one.
both_engines!(a_visitor_is_tied_to_an_existing_contact_with_ticket_and_conversation, |db| async move {
    let (app, mia) = scene(db).await;
    let (ticket, conversation, message) = unknown_visitor(&app, "1").await;
    let before = talk::conversation(&mia, &conversation).await;
    assert_eq!((before.contact.as_str(), before.visitor.as_str()), ("", "Somebody"));
    let ada = app.contact("ada@example.com", "", false).await;
    let answer = tied(&mia, tie(&message, named(&ada))).await;
    assert_eq!((&answer.conversations, &answer.tickets), (&vec![conversation.clone()], &vec![ticket.clone()]));
    assert!(answer.contact.expect("a contact").tracked, "the browser is the contact's too");
    let after = talk::conversation(&mia, &conversation).await;
    assert_eq!((after.contact.as_str(), after.visitor.as_str()), (ada.name.as_str(), ""));
    assert_eq!(talk::ticket(&mia, &ticket).await.contact, ada.name);
    let next = app.ingest(talk::from_browser("chat", "2", "a browser")).await;
    assert_eq!(talk::conversation_of(&next), conversation);
    assert_eq!(next.contact.expect("known now").name, ada.name);
});

// R-053, C-030: a new contact on the spot; an address that somebody has already names the one to use instead.
both_engines!(a_visitor_is_tied_to_a_new_contact_and_never_to_a_second_one_of_an_address, |db| async move {
    let (app, mia) = scene(db).await;
    let (ticket, _, message) = unknown_visitor(&app, "1").await;
    let ada = app.contact("ada@example.com", "", false).await;
    let new = |email: &str| Who::NewContact(v1::Contact { emails: vec![email.to_owned()], ..v1::Contact::default() });
    let taken = mia.conversations().tie_visitor(tie(&message, new("Ada@Example.com"))).await;
    let status = assert_refused(taken, ErrorReason::DuplicateValue);
    assert_eq!(status.code(), tonic::Code::AlreadyExists);
    let info = tonic_types::StatusExt::get_details_error_info(&status).expect("details");
    assert_eq!(info.metadata.get("existing"), Some(&ada.name));
    assert_eq!(info.metadata.get("field").map(String::as_str), Some("new_contact.emails"));
    let made = tied(&mia, tie(&message, new("bob@example.com"))).await.contact.expect("a contact");
    assert_eq!(
        (made.emails, talk::ticket(&mia, &ticket).await.contact),
        (vec!["bob@example.com".to_owned()], made.name)
    );
});

// trying it changes nothing at all.
both_engines!(nothing_changes_until_the_tie_is_saved, |db| async move {
    let (app, mia) = scene(db).await;
    let (ticket, conversation, message) = unknown_visitor(&app, "1").await;
    let before = (talk::ticket(&mia, &ticket).await, talk::conversation(&mia, &conversation).await);
    let events = app.events_so_far().await;
    let new = Who::NewContact(v1::Contact { display_name: "Ada".to_owned(), ..v1::Contact::default() });
    let dry = v1::TieVisitorRequest { validate_only: true, ..tie(&message, new) };
    let tried = tied(&mia, dry).await;
    assert_eq!((tried.contact.expect("a contact").name.as_str(), tried.tickets), ("", vec![ticket.clone()]));
    let after = (talk::ticket(&mia, &ticket).await, talk::conversation(&mia, &conversation).await);
    assert_eq!((before, events), (after, app.events_so_far().await));
    let list = v1::ListContactsRequest { parent: crate::support::app::account(), ..Default::default() };
    assert_eq!(mia.contacts().list_contacts(list).await.expect("a page").into_inner().contacts, []);
});

// the tie starts from a message of the visitor, not from ours, and not from somebody known.
both_engines!(only_a_message_of_the_visitor_says_who_the_visitor_is, |db| async move {
    let (app, mia) = scene(db).await;
    let (_, conversation, _) = unknown_visitor(&app, "1").await;
    let ada = app.contact("ada@example.com", "", false).await;
    let ours = talk::send(&mia, talk::reply(&conversation, "Hello, who is it?")).await.message.expect("a message");
    let refused = mia.conversations().tie_visitor(tie(&ours.name, named(&ada))).await;
    assert_refused(refused, ErrorReason::FieldInvalid);
    let known = app.ingest(crate::support::scene::message("form", "2", "bob@example.com", "Hi")).await;
    let known = known.message.expect("a message").name;
    assert_refused(mia.conversations().tie_visitor(tie(&known, named(&ada))).await, ErrorReason::FieldInvalid);
    let nobody = v1::TieVisitorRequest { name: known, ..Default::default() };
    assert_refused(mia.conversations().tie_visitor(nobody).await, ErrorReason::FieldInvalid);
});

// C-031: every conversation that this browser began goes along, with its ticket; another browser's does not.
both_engines!(all_conversations_of_the_visitor_go_along, |db| async move {
    let (app, mia) = scene(db).await;
    let (first, _, message) = unknown_visitor(&app, "1").await;
    let form = app.ingest(talk::from_browser("form", "2", "a browser")).await.ticket.expect("a ticket").name;
    let stranger = app.ingest(talk::from_browser("chat", "3", "another one")).await.ticket.expect("a ticket").name;
    let ada = app.contact("ada@example.com", "", false).await;
    let answer = tied(&mia, tie(&message, named(&ada))).await;
    assert_eq!((answer.tickets, answer.conversations.len()), (vec![first, form], 2));
    assert_eq!(talk::ticket(&mia, &stranger).await.contact, "");
});

// C-032: another contact gets all of it, the former one keeps nothing, and the log says both.
both_engines!(a_visitor_who_was_tied_before_is_tied_anew, |db| async move {
    let (app, mia) = scene(db).await;
    let (ticket, conversation, message) = unknown_visitor(&app, "1").await;
    let (ada, bob) = (app.contact("ada@example.com", "", false).await, app.contact("bob@example.com", "", false).await);
    tied(&mia, tie(&message, named(&ada))).await;
    let close = |name: String| v1::CloseThreadRequest { name, ..Default::default() };
    let thread = app.ingest(talk::from_browser("chat", "2", "a browser")).await.message.expect("a message").thread;
    mia.conversations().close_thread(close(thread)).await.expect("closed");
    let later = app.ingest(talk::from_browser("chat", "3", "a browser")).await.ticket.expect("a ticket");
    assert_eq!(later.contact, ada.name, "begun while the browser was Ada's");
    let answer = tied(&mia, tie(&message, named(&bob))).await;
    assert_eq!((answer.tickets.len(), answer.conversations.len()), (2, 2));
    for name in [&ticket, &later.name] {
        assert_eq!(talk::ticket(&mia, name).await.contact, bob.name);
    }
    let list = |contact: &str| v1::ListConversationsRequest {
        parent: crate::support::app::account(),
        filter: format!("contact = {contact}"),
        ..Default::default()
    };
    let of_ada = mia.conversations().list_conversations(list(&ada.name)).await.expect("a page").into_inner();
    assert_eq!(of_ada.conversations, []);
    let recorded = talk::events(&app, v1::EventType::ConversationTied).await;
    let changes: Vec<_> = recorded
        .iter()
        .filter(|event| event.resource == conversation)
        .map(|event| (event.fields[0].before.as_str(), event.fields[0].after.as_str()))
        .collect();
    assert_eq!(changes, [("", ada.name.as_str()), (ada.name.as_str(), bob.name.as_str())]);
    let next = app.ingest(talk::from_browser("chat", "4", "a browser")).await;
    assert_eq!((next.ticket.expect("a ticket").name, next.contact.expect("a contact").name), (later.name, bob.name));
    let get = v1::GetContactRequest { name: ada.name };
    let ada = mia.contacts().get_contact(get).await.expect("found").into_inner().contact.expect("a contact");
    assert!(!ada.tracked, "the browser is not Ada's any more");
});

// C-016, C-031, C-032: the thread of a deleted ticket takes no place from the one that goes on, and comes back closed.
both_engines!(a_deleted_ticket_takes_no_place_from_the_thread_that_goes_on, |db| async move {
    let (app, mia) = scene(db).await;
    let (_, _, message) = unknown_visitor(&app, "1").await;
    let (ada, bob) = (app.contact("ada@example.com", "", false).await, app.contact("bob@example.com", "", false).await);
    tied(&mia, tie(&message, named(&ada))).await;
    let thread = app.ingest(talk::from_browser("chat", "2", "a browser")).await.message.expect("a message").thread;
    let close = v1::CloseThreadRequest { name: thread, ..Default::default() };
    mia.conversations().close_thread(close).await.expect("closed");
    // Both begin while the browser is Ada's: they are found under her.
    let gone = app.ingest(talk::from_browser("chat", "3", "a browser")).await.ticket.expect("a ticket").name;
    delete(&app.root(), &gone).await.expect("deleted");
    let live = app.ingest(talk::from_browser("chat", "4", "a browser")).await;
    let (ticket, message) = (live.ticket.expect("a ticket").name, live.message.expect("a message").name);
    assert_ne!(ticket, gone);
    tied(&mia, tie(&message, named(&bob))).await;
    let next = app.ingest(talk::from_browser("chat", "5", "a browser")).await;
    let contact = next.contact.expect("a contact").name;
    assert_eq!((next.ticket.expect("a ticket").name, contact), (ticket.clone(), bob.name));
    undelete(&app.root(), &gone).await.expect("back");
    let last = app.ingest(talk::from_browser("chat", "6", "a browser")).await;
    assert_eq!(last.ticket.expect("a ticket").name, ticket);
});

// C-031, C-032: the browser goes on in the thread that it began, also when its contact has an older one that is open.
both_engines!(a_tied_visitor_goes_on_in_the_thread_of_the_browser, |db| async move {
    let (app, mia) = scene(db).await;
    let handle = |name: &str| Point::Handle(name.to_owned());
    let older = app.ingest(talk::from("chat", "1", handle("ann"))).await;
    let (ann, older) = (older.contact.expect("a contact"), older.ticket.expect("a ticket").name);
    app.close(&older).await;
    let (ticket, _, message) = unknown_visitor(&app, "2").await;
    tied(&mia, tie(&message, named(&ann))).await;
    let next = app.ingest(talk::from_browser("chat", "3", "a browser")).await;
    assert!(!next.ticket_reopened, "the older ticket stays closed");
    assert_eq!((next.ticket.expect("a ticket").name, next.contact.expect("a contact").name), (ticket, ann.name));
    let by_handle = app.ingest(talk::from("chat", "4", handle("ann"))).await;
    assert_eq!(by_handle.ticket.expect("a ticket").name, older, "without the browser it is the contact's own");
    let own = app.ingest(talk::from("chat", "5", handle("bob"))).await;
    let lent = |id: &str, contact: &str| {
        let mut lent = talk::from_browser("chat", id, "a browser");
        let sender = lent.message.as_mut().and_then(|message| message.sender.as_mut()).expect("a sender");
        contact.clone_into(&mut sender.contact);
        lent
    };
    let of_bob = app.ingest(lent("6", &own.contact.expect("a contact").name)).await;
    assert_eq!(
        of_bob.ticket.expect("a ticket").name,
        own.ticket.expect("a ticket").name,
        "somebody else at the browser"
    );
    let cole = app.contact("cole@example.com", "", false).await.name;
    let of_cole = app.ingest(lent("7", &cole)).await;
    assert!(of_cole.ticket_created, "who has no thread yet joins nobody else's");
    assert_eq!(of_cole.contact.expect("a contact").name, cole);
});
