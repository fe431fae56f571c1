//! What becomes of tickets and conversations when a contact, company or deal is deleted.

use helpdesk::grpc::pb::access::{AccessLevel, Seat};
use helpdesk::grpc::pb::v1::{self, ErrorReason};

use super::associations::make;
use super::{company, contact, deal};
use crate::support::app::{self, App, person, ticket, user_name};
use crate::support::client::{Client, assert_refused};
use crate::support::databases::both_engines;

async fn read(caller: &Client, name: &str) -> v1::Ticket {
    let found = caller.tickets().get_ticket(v1::GetTicketRequest { name: name.to_owned() }).await.expect("read");
    found.into_inner().ticket.expect("a ticket")
}

async fn delete(caller: &Client, name: &str) -> v1::DeleteContactResponse {
    let request = v1::DeleteContactRequest { name: name.to_owned(), ..Default::default() };
    caller.contacts().delete_contact(request).await.expect("deleted").into_inner()
}

both_engines!(tickets_lose_a_deleted_company_or_deal_and_say_so, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    let (works, sale) = (company(&mia, "Rocket Works", &["a.example"]).await, deal(&mia, "Ten rockets").await);
    let new = || v1::Ticket { companies: vec![works.name.clone()], deals: vec![sale.name.clone()], ..ticket("A") };
    let (first, second) = (make(&mia, new()).await.expect("a ticket"), make(&mia, new()).await.expect("a ticket"));
    let gone = v1::DeleteCompanyRequest { name: works.name.clone(), ..Default::default() };
    let gone = mia.companies().delete_company(gone).await.expect("deleted").into_inner();
    assert_eq!((gone.released_tickets, gone.release_pending), (2, false));
    let gone = v1::DeleteDealRequest { name: sale.name.clone(), etag: sale.etag.clone(), ..Default::default() };
    assert_eq!(mia.deals().delete_deal(gone).await.expect("deleted").into_inner().released_tickets, 2);
    for made in [&first, &second] {
        let now = read(&mia, &made.name).await;
        assert_eq!((now.companies.len(), now.deals.len(), now.sequence), (0, 0, made.sequence + 2));
    }
    let refused = make(&mia, new()).await;
    assert_refused(refused, ErrorReason::ReferenceNotFound);
});

// only tickets in the caller's sight are counted; the others are released all the same.
both_engines!(a_deletion_counts_the_tickets_that_the_caller_sees, |db| async move {
    let app = App::start(db).await;
    let root = app.root();
    let seated = v1::User { seat: Seat::Service.into(), ..person("mia", AccessLevel::Owned) };
    let mia = app.add_user(seated, "mia").await;
    let works = company(&root, "Rocket Works", &[]).await;
    let new = |owner: String| v1::Ticket { owner, companies: vec![works.name.clone()], ..ticket("A") };
    make(&root, new(user_name("mia"))).await.expect("a ticket");
    let hidden = make(&root, new(String::new())).await.expect("a ticket");
    let gone = v1::DeleteCompanyRequest { name: works.name.clone(), ..Default::default() };
    let gone = mia.companies().delete_company(gone).await.expect("deleted").into_inner();
    assert_eq!((gone.released_tickets, gone.release_pending), (1, false));
    assert_eq!(read(&root, &hidden.name).await.companies, Vec::<String>::new());
});

both_engines!(a_deleted_contact_leaves_tickets_and_conversations_to_nobody, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    app.channel("chat", v1::ChannelType::Chat).await;
    let written = app.arrives("chat", "1", "ada@a.example").await;
    let ada = written.contact.clone();
    let bob = contact(&mia, "Bob", "bob@a.example").await;
    let both = v1::Ticket { contacts: vec![ada.clone(), bob.name.clone()], ..ticket("Both") };
    let both = make(&mia, both).await.expect("a ticket");
    let dry = v1::DeleteContactRequest { name: ada.clone(), validate_only: true, ..Default::default() };
    assert_eq!(mia.contacts().delete_contact(dry).await.expect("judged").into_inner().released_tickets, 2);
    let gone = delete(&mia, &ada).await;
    assert_eq!((gone.released_tickets, gone.release_pending), (2, false));
    assert_eq!(read(&mia, &written.name).await.contact, "");
    let now = read(&mia, &both.name).await;
    assert_eq!((now.contact, now.contacts), (bob.name.clone(), vec![bob.name.clone()]));
    let name = written.conversations[0].clone();
    let conversation = mia.conversations().get_conversation(v1::GetConversationRequest { name }).await.expect("read");
    assert_eq!(conversation.into_inner().conversation.expect("a conversation").contact, "");
    let get = v1::GetContactRequest { name: ada.clone() };
    assert_refused(mia.contacts().get_contact(get).await, ErrorReason::ResourceNotFound);
    let list = v1::ListContactsRequest { parent: app::account(), ..Default::default() };
    let listed = mia.contacts().list_contacts(list).await.expect("a page").into_inner().contacts;
    assert_eq!(listed.into_iter().map(|contact| contact.name).collect::<Vec<_>>(), [bob.name]);
    let again = v1::DeleteContactRequest { name: ada.clone(), ..Default::default() };
    assert_refused(mia.contacts().delete_contact(again).await, ErrorReason::ResourceNotFound);
    let next = app.arrives("chat", "2", "ada@a.example").await;
    assert!(!next.contact.is_empty() && next.contact != ada, "the address is free: {}", next.contact);
});

both_engines!(a_deleted_contact_frees_its_browser, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    let (ada, bob) = (app.contact("ada@a.example", "", true).await, contact(&mia, "Bob", "bob@a.example").await);
    delete(&mia, &ada.name).await;
    let request = v1::IdentifyVisitorRequest {
        parent: app::account(),
        cookie: "cookie-of-ada@a.example".to_owned(),
        contact: bob.name,
        ..Default::default()
    };
    assert!(mia.contacts().identify_visitor(request).await.expect("tied").into_inner().linked);
});

// W7: what is too much for one write is finished by a job.
both_engines!(more_tickets_than_one_write_may_change_follow_in_a_job, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    let works = company(&mia, "Rocket Works", &[]).await;
    let made = make(&mia, v1::Ticket { companies: vec![works.name.clone()], ..ticket("A") }).await.expect("a ticket");
    multiply(&app, 600).await;
    let gone = v1::DeleteCompanyRequest { name: works.name.clone(), ..Default::default() };
    let gone = mia.companies().delete_company(gone).await.expect("deleted").into_inner();
    assert_eq!((gone.released_tickets, gone.release_pending), (500, true));
    app.running().worker.run_until_idle().await.expect("the jobs are done");
    let left = v1::ListTicketsRequest { parent: app::account(), filter: "company:*".to_owned(), ..Default::default() };
    assert!(mia.tickets().list_tickets(left).await.expect("a page").into_inner().tickets.is_empty());
    let last = made.name.replace("/1", "/600");
    assert_eq!(read(&mia, &last).await.companies, Vec::<String>::new());
});

/// Copies ticket 1 until there are `count`.
pub async fn multiply(app: &App, count: i64) {
    use helpdesk::domain::ids::{AccountId, TicketNumber};
    use helpdesk::domain::ticket::Ticket;
    use helpdesk::storage::dialect::RowsVerb;
    use helpdesk::storage::rows::{Stored, ticket, ticket_record};
    use helpdesk::storage::write_rows;
    use sea_orm::{ConnectionTrait, EntityTrait};
    let (store, account) = (&app.running().service.store, AccountId::stored("acme"));
    let row = ticket::Entity::find_by_id(("acme".to_owned(), 1)).one(store.writer()).await.expect("read");
    let one = Ticket::from_row(row.expect("a ticket")).expect("good");
    let copies: Vec<Ticket> = (2..=count).map(|n| Ticket { number: TicketNumber(n), ..one.clone() }).collect();
    let rows: Vec<_> = copies.iter().map(|copy| copy.to_row(&account)).collect();
    write_rows::<ticket::Entity>(store.writer(), RowsVerb::Insert, &rows).await.expect("written");
    let linked = copies.iter().flat_map(|copy| copy.records().map(move |record| (copy.number.0, record)));
    let rows: Vec<_> = linked
        .map(|(number, record)| ticket_record::Model {
            account_id: "acme".to_owned(),
            kind: record.kind().code().to_owned(),
            record_id: record.uuid(),
            number,
        })
        .collect();
    write_rows::<ticket_record::Entity>(store.writer(), RowsVerb::Insert, &rows).await.expect("written");
    let sql = format!("UPDATE account_head SET last_ticket = {count} WHERE account_id = 'acme'");
    store.writer().execute_unprepared(&sql).await.expect("the statement is good");
}
