//! A search never finds what its caller may not view.

use helpdesk::grpc::pb::access::{AccessLevel, Permission};
use helpdesk::grpc::pb::v1;

use super::{asked, found, made, mailed, numbers, settled, with_subject};
use crate::support::app::{self, App};
use crate::support::client::Client;
use crate::support::databases::both_engines;

async fn assign(caller: &Client, ticket: &str, owner: &str) {
    let request =
        v1::AssignTicketRequest { name: ticket.to_owned(), owner: app::user_name(owner), ..Default::default() };
    caller.tickets().assign_ticket(request).await.expect("assigned");
}

// R-010, C-004: the same reach as a list, and it is judged as it is now (T-05).
both_engines!(a_search_finds_only_what_the_caller_may_view, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    let cole = app.collaborator("cole", AccessLevel::Owned).await;
    let nil = app.collaborator("nil", AccessLevel::None).await;
    let mine = made(&mia, app::ticket("Secret plan")).await;
    with_subject(&mia, "Secret plan of others").await;
    assert_eq!(found(&app, &cole, "secret").await, [0_i64; 0]);
    assign(&mia, &mine.name, "cole").await;
    assert_eq!(found(&app, &cole, "secret").await, [mine.number]);
    assert_eq!(found(&app, &nil, "secret").await, [0_i64; 0]);
    assert_eq!(found(&app, &mia, "secret").await.len(), 2);
    assign(&mia, &mine.name, "mia").await;
    assert_eq!(numbers(&super::ask(&cole, asked("secret")).await.expect("an answer")), [0_i64; 0]);
});

// T-01: one index serves all accounts and mixes none.
both_engines!(accounts_with_the_same_words_find_their_own, |db| async move {
    let app = App::start(db).await;
    let other = app.caller(&app.new_account("other").await);
    for word in ["1", "2", "x", "xcard"] {
        with_subject(&app.root(), &format!("card {word}")).await;
    }
    let parent = || "accounts/other".to_owned();
    let ticket = v1::Ticket {
        pipeline: format!("{}/pipelines/support", parent()),
        status: format!("{}/pipelines/support/statuses/new", parent()),
        ..app::ticket("card of the others")
    };
    let request = v1::CreateTicketRequest { parent: parent(), ticket: Some(ticket), ..Default::default() };
    other.tickets().create_ticket(request).await.expect("a ticket");
    let theirs = settled(&app, &other, v1::SearchTicketsRequest { parent: parent(), ..asked("c") }).await;
    assert_eq!(theirs.hits.len(), 1);
    assert_eq!(found(&app, &app.root(), "card").await, [4, 3, 2, 1]);
    assert_eq!(found(&app, &app.root(), "x").await, [4, 3]);
});

both_engines!(contacts_are_searched_for_those_who_may_view_them, |db| async move {
    let app = App::start(db).await;
    app.channel("mail", v1::ChannelType::Email).await;
    let ticket = mailed(&app, "1", "Delivery", "Where is it?").await;
    let key = v1::AccessKey {
        display_name: "reports".to_owned(),
        permissions: vec![Permission::TicketsView.into()],
        ..Default::default()
    };
    let request = v1::CreateAccessKeyRequest { parent: app::account(), access_key: Some(key), ..Default::default() };
    let made = app.root().access().create_access_key(request).await.expect("a key").into_inner();
    let reports = app.caller(&made.secret);
    assert_eq!(found(&app, &reports, "delivery").await, [ticket.number]);
    assert_eq!(found(&app, &reports, "ada").await, [0_i64; 0]);
    assert_eq!(found(&app, &app.root(), "ada").await, [ticket.number]);
});

// Every contact of a ticket is searched, as it is called now: the primary one and those associated beside it.
both_engines!(a_ticket_is_found_by_each_of_its_contacts, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    let (ada, ben) =
        (app.contact("ada@lovelace.example", "", false).await, app.contact("ben@babbage.example", "", false).await);
    let ticket = made(&mia, v1::Ticket { contact: ada.name.clone(), ..app::ticket("Engine") }).await;
    assert_eq!(found(&app, &mia, "babbage").await, [0_i64; 0]);
    let both = v1::AssociateTicketRequest {
        name: ticket.name.clone(),
        contacts: vec![ben.name.clone()],
        ..Default::default()
    };
    mia.tickets().associate_ticket(both).await.expect("associated");
    for (query, contact) in [("lovelace", &ada), ("babbage", &ben)] {
        let answer = settled(&app, &mia, asked(query)).await;
        assert_eq!(numbers(&answer), [ticket.number], "{query}");
        assert_eq!((answer.hits[0].field(), &answer.hits[0].source), (v1::SearchField::Contact, &contact.name));
    }
    assert_eq!(found(&app, &mia, "lovelace babbage").await, [ticket.number], "words of different contacts");
    let renamed =
        v1::Contact { display_name: "Charles".to_owned(), emails: vec!["c@engine.example".to_owned()], ..ben.clone() };
    let update_mask = Some(prost_types::FieldMask { paths: vec!["display_name".to_owned(), "emails".to_owned()] });
    let rename = v1::UpdateContactRequest { contact: Some(renamed), update_mask, ..Default::default() };
    mia.contacts().update_contact(rename).await.expect("renamed");
    assert_eq!(found(&app, &mia, "babbage").await, [0_i64; 0]);
    assert_eq!(found(&app, &mia, "charles c@engine.example").await, [ticket.number]);
    let apart = v1::DissociateTicketRequest { name: ticket.name, contacts: vec![ben.name], ..Default::default() };
    mia.tickets().dissociate_ticket(apart).await.expect("dissociated");
    assert_eq!(found(&app, &mia, "charles").await, [0_i64; 0]);
    assert_eq!(found(&app, &mia, "lovelace").await, [ticket.number]);
});
