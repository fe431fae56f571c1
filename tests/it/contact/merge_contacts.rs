//! MergeContacts: two contacts that are one person.

use helpdesk::grpc::pb::access::AccessLevel;
use helpdesk::grpc::pb::v1::{self, ChannelType, ErrorReason, EventType, inbound_sender::Point};
use tonic::Status;

use super::{create, made};
use crate::conversation::talk::{conversation, conversation_of, events, from};
use crate::record::release::multiply;
use crate::record::{company, log};
use crate::support::app::{self, App};
use crate::support::client::{Client, assert_refused};
use crate::support::databases::both_engines;

fn request(stays: &str, source: &str) -> v1::MergeContactsRequest {
    v1::MergeContactsRequest { name: stays.to_owned(), source: source.to_owned(), ..Default::default() }
}

async fn merge(caller: &Client, request: v1::MergeContactsRequest) -> Result<v1::MergeContactsResponse, Status> {
    caller.contacts().merge_contacts(request).await.map(tonic::Response::into_inner)
}

async fn ticket(caller: &Client, name: &str) -> v1::Ticket {
    let request = v1::GetTicketRequest { name: name.to_owned() };
    caller.tickets().get_ticket(request).await.expect("read").into_inner().ticket.expect("a ticket")
}

async fn get(caller: &Client, name: &str) -> v1::Contact {
    let request = v1::GetContactRequest { name: name.to_owned() };
    caller.contacts().get_contact(request).await.expect("read").into_inner().contact.expect("a contact")
}

/// How many tickets a contact has, by a view of them.
async fn tickets_of(caller: &Client, contact: &str) -> i32 {
    let filter = format!("contact = \"{contact}\"");
    let view = v1::CreateTicketViewRequest {
        parent: app::account(),
        ticket_view: Some(v1::TicketView { display_name: "Theirs".to_owned(), filter, ..Default::default() }),
        ticket_view_id: "theirs".to_owned(),
        ..Default::default()
    };
    caller.ticket_views().create_ticket_view(view).await.expect("a view");
    let views = vec!["accounts/acme/ticketViews/theirs".to_owned()];
    let count = v1::CountTicketViewsRequest { parent: app::account(), views };
    let counts = caller.ticket_views().count_ticket_views(count).await.expect("counts").into_inner().counts;
    counts[0].count
}

fn handle(number: &str, handle: &str) -> v1::IngestMessageRequest {
    from("chat", number, Point::Handle(handle.to_owned()))
}

// What is known of both is the one's; what was said goes on where it was.
both_engines!(one_contact_has_what_two_had, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    app.channel("chat", ChannelType::Chat).await;
    let ann = made(&mia, "ann@x.example").await;
    let chat = app.ingest(handle("1", "ann-22")).await;
    let other = chat.contact.clone().expect("a contact");
    let named = v1::Contact { display_name: "Ann".to_owned(), owner: app::user_name("mia"), ..other.clone() };
    let paths = Some(prost_types::FieldMask { paths: vec!["display_name".to_owned(), "owner".to_owned()] });
    let change = v1::UpdateContactRequest { contact: Some(named), update_mask: paths, ..Default::default() };
    mia.contacts().update_contact(change).await.expect("changed");
    let works = company(&mia, "Works", &[]).await;
    let call = log(&mia, v1::ActivityKind::Call, "A call", &[&other.name, &works.name]).await;
    let both = v1::Ticket { contacts: vec![other.name.clone(), ann.name.clone()], ..app::ticket("Both") };
    let both = v1::CreateTicketRequest { parent: app::account(), ticket: Some(both), ..Default::default() };
    let both = mia.tickets().create_ticket(both).await.expect("a ticket").into_inner().ticket.expect("a ticket");

    let dry = v1::MergeContactsRequest { validate_only: true, ..request(&ann.name, &other.name) };
    assert_eq!(merge(&mia, dry).await.expect("judged").moved_tickets, 2);
    let done = merge(&mia, request(&ann.name, &other.name)).await.expect("merged");
    assert_eq!((done.moved_tickets, done.move_pending), (2, false));
    let one = done.contact.expect("a contact");
    assert_eq!((one.display_name.as_str(), one.owner.clone()), ("Ann", app::user_name("mia")));
    assert_eq!((&one.emails[..], &one.handles[..]), (&["ann@x.example".to_owned()][..], &["ann-22".to_owned()][..]));
    assert_eq!(get(&mia, &ann.name).await, one);
    let left = get(&mia, &other.name).await;
    assert_eq!((left.merged_into.as_str(), left.display_name.as_str(), left.handles.len()), (ann.name.as_str(), "", 0));

    let of_chat = ticket(&mia, &chat.ticket.as_ref().expect("a ticket").name).await;
    assert_eq!((of_chat.contact.as_str(), of_chat.contacts.len()), (ann.name.as_str(), 1));
    let of_both = ticket(&mia, &both.name).await;
    assert_eq!((of_both.contact.as_str(), of_both.contacts.len()), (ann.name.as_str(), 1), "once, not twice");
    assert_eq!(conversation(&mia, &conversation_of(&chat)).await.contact, ann.name);
    let read = v1::GetActivityRequest { name: call.name };
    let call = mia.activities().get_activity(read).await.expect("read").into_inner().activity.expect("an activity");
    assert_eq!((call.contacts, call.companies), (vec![ann.name.clone()], vec![works.name]));
    // The open chat goes on, and whoever knows only the old name is understood.
    let next = app.ingest(handle("2", "ann-22")).await;
    assert_eq!(next.message.expect("a message").thread, chat.message.expect("a message").thread);
    let mut by_name = handle("3", "ann-23");
    let sender = by_name.message.as_mut().and_then(|message| message.sender.as_mut()).expect("a sender");
    sender.contact.clone_from(&other.name);
    assert_eq!(app.ingest(by_name).await.contact.expect("a contact").name, ann.name);
    let told = events(&app, EventType::ContactChanged).await;
    let field = told.iter().flat_map(|event| &event.fields).find(|field| field.field == "merged_into");
    assert_eq!(field.map(|field| field.after.as_str()), Some(ann.name.as_str()));
});

both_engines!(a_chat_that_both_have_open_goes_on_in_the_one_that_stays, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    app.channel("chat", ChannelType::Chat).await;
    let (first, second) = (app.ingest(handle("1", "ann-1")).await, app.ingest(handle("2", "ann-2")).await);
    let name = |answer: &v1::IngestMessageResponse| answer.contact.clone().expect("a contact").name;
    merge(&mia, request(&name(&first), &name(&second))).await.expect("merged");
    for (number, from) in [("3", "ann-2"), ("4", "ann-1")] {
        let next = app.ingest(handle(number, from)).await;
        assert_eq!(next.message.expect("a message").thread, first.message.clone().expect("a message").thread, "{from}");
    }
    assert_eq!(conversation(&mia, &conversation_of(&second)).await.contact, name(&first));
});

both_engines!(a_merge_that_cannot_be_is_refused, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    let cole = app.collaborator("cole", AccessLevel::All).await;
    let (ann, bob, eve) =
        (made(&mia, "ann@x.example").await, made(&mia, "bob@x.example").await, made(&mia, "eve@x.example").await);
    assert_refused(merge(&cole, request(&ann.name, &bob.name)).await, ErrorReason::StandingTooLow);
    assert_refused(merge(&mia, request(&ann.name, &ann.name)).await, ErrorReason::FieldInvalid);
    let stale = v1::MergeContactsRequest { etag: "\"9\"".to_owned(), ..request(&ann.name, &bob.name) };
    assert_refused(merge(&mia, stale).await, ErrorReason::EtagMismatch);
    merge(&mia, request(&ann.name, &bob.name)).await.expect("merged");
    assert_refused(merge(&mia, request(&ann.name, &bob.name)).await, ErrorReason::ReferenceNotFound);
    assert_refused(merge(&mia, request(&bob.name, &eve.name)).await, ErrorReason::ResourceNotFound);
    let update = v1::UpdateContactRequest {
        contact: Some(bob.clone()),
        update_mask: Some(prost_types::FieldMask { paths: vec!["display_name".to_owned()] }),
        ..Default::default()
    };
    assert_refused(mia.contacts().update_contact(update).await, ErrorReason::ResourceNotFound);
    // A chain of merges ends at the last.
    merge(&mia, request(&eve.name, &ann.name)).await.expect("merged");
    assert_eq!(get(&mia, &bob.name).await.merged_into, ann.name);
    assert_eq!(get(&mia, &eve.name).await.emails, ["ann@x.example", "bob@x.example", "eve@x.example"]);
    let many = (0..19).map(|number| format!("{number}@many.example")).collect();
    let many = create(v1::Contact { emails: many, ..Default::default() });
    let many = mia.contacts().create_contact(many).await.expect("made").into_inner().contact.expect("a contact");
    assert_refused(merge(&mia, request(&eve.name, &many.name)).await, ErrorReason::QuotaExceeded);
});

// W7: what is too much for one write is finished by a job.
both_engines!(more_tickets_than_one_write_may_change_move_in_a_job, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    let (ann, bob) = (made(&mia, "ann@x.example").await, made(&mia, "bob@x.example").await);
    let first = v1::Ticket { contact: bob.name.clone(), ..app::ticket("One") };
    let first = v1::CreateTicketRequest { parent: app::account(), ticket: Some(first), ..Default::default() };
    mia.tickets().create_ticket(first).await.expect("a ticket");
    multiply(&app, 600).await;
    let done = merge(&mia, request(&ann.name, &bob.name)).await.expect("merged");
    assert_eq!((done.moved_tickets, done.move_pending), (500, true));
    app.running().worker.run_until_idle().await.expect("the jobs are done");
    assert_eq!(ticket(&mia, "accounts/acme/tickets/600").await.contact, ann.name);
    assert_eq!(tickets_of(&mia, &ann.name).await, 600);
});

// W7: the job follows a contact that became one with another, and that one with yet another, before it ran.
both_engines!(a_job_moves_tickets_on_to_whom_a_contact_is_by_then, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    let mut now = made(&mia, "ann@x.example").await.name;
    let first = v1::Ticket { contact: now.clone(), ..app::ticket("One") };
    let first = v1::CreateTicketRequest { parent: app::account(), ticket: Some(first), ..Default::default() };
    mia.tickets().create_ticket(first).await.expect("a ticket");
    multiply(&app, 501).await;
    for address in ["bob@x.example", "cid@x.example", "dan@x.example"] {
        let stays = made(&mia, address).await.name;
        let done = merge(&mia, request(&stays, &now)).await.expect("merged");
        assert_eq!((done.moved_tickets, done.move_pending), (500, true), "{address}");
        now = stays;
    }
    app.running().worker.run_until_idle().await.expect("the jobs are done");
    assert_eq!(ticket(&mia, "accounts/acme/tickets/501").await.contact, now);
    assert_eq!(tickets_of(&mia, &now).await, 501);
});
