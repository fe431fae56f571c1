//! What a ticket is associated with: at creation, later, after a merge and a split.

use helpdesk::grpc::pb::v1::{self, ErrorReason, EventType};

use super::{company, contact, deal, mask, nothing};
use crate::support::app::{self, App, ticket};
use crate::support::client::{Client, assert_refused};
use crate::support::databases::both_engines;

pub async fn make(caller: &Client, ticket: v1::Ticket) -> Result<v1::Ticket, tonic::Status> {
    let request = v1::CreateTicketRequest { parent: app::account(), ticket: Some(ticket), ..Default::default() };
    let made = caller.tickets().create_ticket(request).await?;
    Ok(made.into_inner().ticket.expect("a ticket"))
}

pub async fn associate(caller: &Client, request: v1::AssociateTicketRequest) -> Result<v1::Ticket, tonic::Status> {
    let done = caller.tickets().associate_ticket(request).await?;
    Ok(done.into_inner().ticket.expect("a ticket"))
}

async fn dissociate(caller: &Client, request: v1::DissociateTicketRequest) -> Result<v1::Ticket, tonic::Status> {
    let done = caller.tickets().dissociate_ticket(request).await?;
    Ok(done.into_inner().ticket.expect("a ticket"))
}

async fn subjects(caller: &Client, filter: &str) -> Vec<String> {
    let filter = filter.to_owned();
    let request =
        v1::ListTicketsRequest { parent: app::account(), filter, order_by: "number".to_owned(), ..Default::default() };
    let page = caller.tickets().list_tickets(request).await.expect("a page").into_inner();
    page.tickets.into_iter().map(|ticket| ticket.subject).collect()
}

// in one and the same service an agent looks for a company and contacts, makes a ticket
// associated with them, and goes back to another one; both kinds of association may be missing.
both_engines!(a_ticket_is_made_with_contacts_companies_and_deals_that_were_searched_for, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    let (ada, bob) =
        (contact(&mia, "Ada", "ada@rocket.example").await, contact(&mia, "Bob", "bob@rocket.example").await);
    company(&mia, "Rocket Works", &["rocket.example"]).await;
    let sale = deal(&mia, "Ten rockets").await;
    let search = v1::ListCompaniesRequest { parent: app::account(), filter: "rocket".to_owned(), ..Default::default() };
    let found = mia.companies().list_companies(search).await.expect("a page").into_inner().companies;
    let search =
        v1::ListContactsRequest { parent: app::account(), filter: "rocket.example".to_owned(), ..Default::default() };
    let people = mia.contacts().list_contacts(search).await.expect("a page").into_inner().contacts;
    assert_eq!((found.len(), people.len()), (1, 2));
    let plain = make(&mia, ticket("Nobody's")).await.expect("a ticket without either");
    let new = v1::Ticket {
        contacts: vec![bob.name.clone(), ada.name.clone()],
        companies: vec![found[0].name.clone()],
        deals: vec![sale.name.clone()],
        ..ticket("It does not fly")
    };
    let made = make(&mia, new).await.expect("a ticket");
    assert_eq!((&made.contact, &made.contacts), (&bob.name, &vec![bob.name.clone(), ada.name.clone()]));
    assert_eq!((&made.companies[..], &made.deals[..]), (&[found[0].name.clone()][..], &[sale.name.clone()][..]));
    for (number, wanted) in [(&plain, 0), (&made, 2)] {
        let read = mia.tickets().get_ticket(v1::GetTicketRequest { name: number.name.clone() }).await.expect("read");
        assert_eq!(read.into_inner().ticket.expect("a ticket").contacts.len(), wanted);
    }
    for filter in [
        format!("contact = \"{}\"", ada.name),
        format!("contact = {}", bob.name.rsplit('/').next().expect("an id")),
        format!("company = \"{}\"", found[0].name),
        format!("deal = \"{}\" AND company:*", sale.name),
    ] {
        assert_eq!(subjects(&mia, &filter).await, ["It does not fly"], "{filter}");
    }
    assert_eq!(subjects(&mia, "NOT contact:*").await, ["Nobody's"]);
});

// one of several contacts is the primary one; whoever is named twice is associated once.
both_engines!(one_of_the_contacts_is_the_primary_one, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    let (ada, bob) = (contact(&mia, "Ada", "ada@a.example").await, contact(&mia, "Bob", "bob@a.example").await);
    let cleo = contact(&mia, "Cleo", "cleo@a.example").await;
    let new =
        v1::Ticket { contact: ada.name.clone(), contacts: vec![bob.name.clone(), ada.name.clone()], ..ticket("A") };
    let made = make(&mia, new).await.expect("a ticket");
    assert_eq!(made.contacts, [ada.name.clone(), bob.name.clone()]);
    let set = async |contact: &str| {
        let ticket = v1::Ticket { name: made.name.clone(), contact: contact.to_owned(), ..v1::Ticket::default() };
        let request = v1::UpdateTicketRequest {
            ticket: Some(ticket),
            update_mask: Some(mask(&["contact"])),
            ..Default::default()
        };
        mia.tickets().update_ticket(request).await.expect("updated").into_inner().ticket.expect("a ticket").contacts
    };
    assert_eq!(set(&bob.name).await, [bob.name.clone(), ada.name.clone()], "they change places");
    assert_eq!(set(&cleo.name).await, [cleo.name.clone(), ada.name.clone()], "a new one replaces the former");
    assert_eq!(set("").await, std::slice::from_ref(&ada.name), "the next one is the primary");
    let other = v1::Ticket { name: made.name.clone(), contacts: vec![bob.name.clone()], ..v1::Ticket::default() };
    let request =
        v1::UpdateTicketRequest { ticket: Some(other), update_mask: Some(mask(&["contacts"])), ..Default::default() };
    assert_refused(mia.tickets().update_ticket(request).await, ErrorReason::FieldImmutable);
});

both_engines!(associations_come_and_go_and_repeating_changes_nothing, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    let (ada, bob) = (contact(&mia, "Ada", "ada@a.example").await, contact(&mia, "Bob", "bob@a.example").await);
    let works = company(&mia, "Rocket Works", &[]).await;
    let made = make(&mia, ticket("A")).await.expect("a ticket");
    let add = || v1::AssociateTicketRequest {
        name: made.name.clone(),
        contacts: vec![bob.name.clone(), ada.name.clone()],
        companies: vec![works.name.clone()],
        ..Default::default()
    };
    let full = associate(&mia, add()).await.expect("associated");
    assert_eq!((full.contacts.len(), full.companies.len(), full.contact.is_empty()), (2, 1, false));
    assert_eq!(associate(&mia, add()).await.expect("again"), full, "neither etag nor event");
    let stale = v1::AssociateTicketRequest { etag: made.etag.clone(), ..add() };
    assert_refused(associate(&mia, stale).await, ErrorReason::EtagMismatch);
    let remove = || v1::DissociateTicketRequest {
        name: made.name.clone(),
        contacts: vec![full.contact.clone()],
        companies: vec![works.name.clone()],
        ..Default::default()
    };
    let less = dissociate(&mia, remove()).await.expect("dissociated");
    assert_eq!((&less.contacts[..], less.companies.len()), (&full.contacts[1..], 0));
    assert_eq!(less.contact, full.contacts[1]);
    assert_eq!(dissociate(&mia, remove()).await.expect("again"), less);
    assert!(subjects(&mia, &format!("company = \"{}\"", works.name)).await.is_empty());
    let filter = "type = TICKET_ASSOCIATIONS_CHANGED".to_owned();
    let list = v1::ListEventsRequest {
        parent: app::account(),
        event_filter: Some(v1::EventFilter { filter, ..Default::default() }),
        ..Default::default()
    };
    let events = mia.events().list_events(list).await.expect("a page").into_inner().events;
    assert!(events.iter().all(|event| event.r#type() == EventType::TicketAssociationsChanged));
    let fields = |at: usize| events[at].fields.iter().map(|field| field.field.as_str()).collect::<Vec<_>>();
    assert_eq!((events.len(), fields(0)), (2, vec!["contact", "contacts", "companies"]));
});

// C-004: what is not there, or is another account's, is one answer that names the field.
both_engines!(unknown_and_foreign_records_are_refused_with_their_field, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    app.new_account("other").await;
    let made = make(&mia, ticket("A")).await.expect("a ticket");
    let foreign = |collection: &str| nothing(collection).replace("acme", "other");
    for (collection, reference) in ["contacts", "companies", "deals", "activities"]
        .into_iter()
        .flat_map(|collection| [(collection, nothing(collection)), (collection, foreign(collection))])
    {
        let list = |of: &str| if of == collection { vec![reference.clone()] } else { Vec::new() };
        let (contacts, companies) = (list("contacts"), list("companies"));
        let (deals, activities) = (list("deals"), list("activities"));
        let new = v1::Ticket {
            contacts: contacts.clone(),
            companies: companies.clone(),
            deals: deals.clone(),
            activities: activities.clone(),
            ..ticket("B")
        };
        let status = assert_refused(make(&mia, new).await, ErrorReason::ReferenceNotFound);
        let info = tonic_types::StatusExt::get_details_error_info(&status).expect("details");
        assert_eq!(info.metadata.get("field"), Some(&format!("ticket.{collection}")));
        let add = v1::AssociateTicketRequest {
            name: made.name.clone(),
            contacts,
            companies,
            deals,
            activities,
            ..Default::default()
        };
        let status = assert_refused(associate(&mia, add).await, ErrorReason::ReferenceNotFound);
        let info = tonic_types::StatusExt::get_details_error_info(&status).expect("details");
        assert_eq!(info.metadata.get("field").map(String::as_str), Some(collection));
    }
    let none = v1::AssociateTicketRequest { name: made.name.clone(), ..Default::default() };
    assert_refused(associate(&mia, none).await, ErrorReason::FieldInvalid);
});

// L-19: 50 contacts, and 100 other records; a list that is too long by itself breaks a rule of the field.
both_engines!(a_ticket_has_at_most_fifty_contacts_and_a_hundred_other_records, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    let made = make(&mia, ticket("A")).await.expect("a ticket");
    let mut people = Vec::new();
    for number in 0..51 {
        people.push(contact(&mia, "", &format!("p{number}@a.example")).await.name);
    }
    let add = |contacts: &[String]| v1::AssociateTicketRequest {
        name: made.name.clone(),
        contacts: contacts.to_vec(),
        ..Default::default()
    };
    assert_refused(associate(&mia, add(&people)).await, ErrorReason::FieldInvalid);
    assert_eq!(associate(&mia, add(&people[..50])).await.expect("associated").contacts.len(), 50);
    assert_refused(associate(&mia, add(&people[50..])).await, ErrorReason::QuotaExceeded);
    associate(&mia, add(&people[..1])).await.expect("nothing new");
});

// C-018: a merge unites the associations; C-019: a split copies them.
both_engines!(a_merge_unites_associations_and_a_split_copies_them, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    app.channel("chat", v1::ChannelType::Chat).await;
    let (works, sale) = (company(&mia, "Rocket Works", &[]).await, deal(&mia, "Ten rockets").await);
    let first = app.arrives("chat", "1", "ada@a.example").await;
    let bob = contact(&mia, "Bob", "bob@a.example").await;
    let other = v1::Ticket {
        contact: bob.name.clone(),
        companies: vec![works.name.clone()],
        deals: vec![sale.name.clone()],
        ..ticket("The same")
    };
    let other = make(&mia, other).await.expect("a ticket");
    let merge =
        v1::MergeTicketsRequest { name: first.name.clone(), sources: vec![other.name.clone()], ..Default::default() };
    let merged = mia.tickets().merge_tickets(merge).await.expect("merged").into_inner().ticket.expect("a ticket");
    assert_eq!(merged.contacts, [first.contact.clone(), bob.name.clone()]);
    assert_eq!((merged.companies, merged.deals), (vec![works.name.clone()], vec![sale.name.clone()]));
    assert!(subjects(&mia, &format!("company = \"{}\" AND state = OPEN", works.name)).await.contains(&first.subject));
    let mut again = crate::support::scene::message("chat", "2", "ada@a.example", "And something else");
    again.message.as_mut().expect("a message").external_thread_key.clone_from(&String::new());
    let moved = app.ingest(again).await.message.expect("a message").name;
    let split = v1::SplitTicketRequest { name: first.name.clone(), messages: vec![moved], ..Default::default() };
    let split = mia.tickets().split_ticket(split).await.expect("split").into_inner().split_ticket.expect("a ticket");
    assert_eq!(split.contacts, [first.contact.clone(), bob.name.clone()]);
    assert_eq!((split.companies, split.deals), (vec![works.name], vec![sale.name]));
});
