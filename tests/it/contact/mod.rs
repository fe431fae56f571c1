//! `ContactService`.

mod batch_get_contacts;
mod merge_contacts;

use helpdesk::grpc::pb::v1::{self, ErrorReason};
use prost_types::FieldMask;

use crate::support::app::{self, App};
use crate::support::client::{Client, assert_refused};
use crate::support::databases::both_engines;

fn create(contact: v1::Contact) -> v1::CreateContactRequest {
    v1::CreateContactRequest { parent: app::account(), contact: Some(contact), ..v1::CreateContactRequest::default() }
}

async fn made(caller: &Client, email: &str) -> v1::Contact {
    let contact = v1::Contact { emails: vec![email.to_owned()], ..v1::Contact::default() };
    let made = caller.contacts().create_contact(create(contact)).await.expect("a contact");
    made.into_inner().contact.expect("a contact")
}

both_engines!(an_address_belongs_to_one_contact, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    let ada = made(&mia, "Ada@Example.com").await;
    assert_eq!(ada.emails, ["ada@example.com"]);
    let again = v1::Contact { emails: vec!["ADA@example.com".to_owned()], ..v1::Contact::default() };
    let status = assert_refused(mia.contacts().create_contact(create(again)).await, ErrorReason::DuplicateValue);
    let info = tonic_types::StatusExt::get_details_error_info(&status).expect("details");
    assert_eq!(info.metadata.get("existing"), Some(&ada.name));
    let nobody = mia.contacts().create_contact(create(v1::Contact::default())).await;
    assert_refused(nobody, ErrorReason::FieldInvalid);
});

// a contact has an owner, who is a user of the account.
both_engines!(a_contact_gets_an_owner_and_gives_an_address_away, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    let ada = made(&mia, "ada@example.com").await;
    let update = |owner: &str| v1::UpdateContactRequest {
        contact: Some(v1::Contact {
            name: ada.name.clone(),
            owner: app::user_name(owner),
            phones: vec!["+493012345".to_owned()],
            ..v1::Contact::default()
        }),
        update_mask: Some(FieldMask { paths: ["owner", "emails", "phones"].map(str::to_owned).to_vec() }),
        ..v1::UpdateContactRequest::default()
    };
    assert_refused(mia.contacts().update_contact(update("nemo")).await, ErrorReason::ReferenceNotFound);
    let changed = mia.contacts().update_contact(update("mia")).await.expect("changed").into_inner().contact;
    let changed = changed.expect("a contact");
    assert_eq!((changed.owner, changed.emails.len(), changed.phones.len()), (app::user_name("mia"), 0, 1));
    let found = mia.contacts().get_contact(v1::GetContactRequest { name: ada.name.clone() }).await.expect("found");
    assert_eq!(found.into_inner().contact.map(|contact| contact.etag), Some("\"2\"".to_owned()));
    made(&mia, "ada@example.com").await;
});

// a contact is tracked by the cookie of a browser; a cookie moves with the person who uses it.
both_engines!(a_cookie_makes_a_contact_tracked_and_moves, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    let (ada, bob) = (made(&mia, "ada@example.com").await, made(&mia, "bob@example.com").await);
    assert!(!ada.tracked);
    let identify = |contact: &v1::Contact| v1::IdentifyVisitorRequest {
        parent: app::account(),
        cookie: "0123456789abcdef".to_owned(),
        contact: contact.name.clone(),
        ..v1::IdentifyVisitorRequest::default()
    };
    let mut seen = Vec::new();
    for contact in [&ada, &ada, &bob] {
        let answer = mia.contacts().identify_visitor(identify(contact)).await.expect("tied").into_inner();
        seen.push((answer.linked, answer.contact.expect("a contact").tracked));
    }
    assert_eq!(seen, [(true, true), (false, true), (true, true)]);
    let found = mia.contacts().get_contact(v1::GetContactRequest { name: ada.name }).await.expect("found");
    assert_eq!(found.into_inner().contact.map(|contact| contact.tracked), Some(false));
});

// C-107: in either direction, and nothing else.
both_engines!(contacts_are_ordered_by_name_and_by_their_times, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    let mut all = Vec::new();
    for name in ["bob", "Ärger", "Zoë", "anna"] {
        let contact = v1::Contact { display_name: name.to_owned(), ..v1::Contact::default() };
        all.push(
            mia.contacts().create_contact(create(contact)).await.expect("made").into_inner().contact.expect("one"),
        );
        app.advance(std::time::Duration::from_secs(1));
    }
    let renamed = v1::Contact { language_code: "de".to_owned(), ..all[0].clone() };
    let update_mask = Some(FieldMask { paths: vec!["language_code".to_owned()] });
    let change = v1::UpdateContactRequest { contact: Some(renamed), update_mask, ..Default::default() };
    mia.contacts().update_contact(change).await.expect("changed");
    let list = async |order_by: &str| {
        let (mut names, mut page_token) = (Vec::new(), String::new());
        loop {
            let request = v1::ListContactsRequest {
                parent: app::account(),
                order_by: order_by.to_owned(),
                page_size: 3,
                page_token,
                ..Default::default()
            };
            let page = mia.contacts().list_contacts(request).await?.into_inner();
            names.extend(page.contacts.into_iter().map(|contact| contact.display_name));
            page_token = page.next_page_token;
            if page_token.is_empty() {
                return Ok::<_, tonic::Status>(names);
            }
        }
    };
    for (order, expected) in [
        ("", ["bob", "Ärger", "Zoë", "anna"]),
        ("create_time desc", ["anna", "Zoë", "Ärger", "bob"]),
        ("display_name", ["anna", "bob", "Zoë", "Ärger"]),
        ("display_name desc", ["Ärger", "Zoë", "bob", "anna"]),
        ("update_time", ["Ärger", "Zoë", "anna", "bob"]),
    ] {
        assert_eq!(list(order).await.expect("pages"), expected, "{order}");
    }
    assert_refused(list("owner").await, ErrorReason::OrderByInvalid);
});

// C-107: pages with a filter, oldest first.
both_engines!(contacts_are_listed_oldest_first_and_filtered, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    for email in ["one@a.example", "two@b.example", "three@a.example"] {
        made(&mia, email).await;
    }
    let page = |page_token: String| v1::ListContactsRequest {
        parent: app::account(),
        page_size: 1,
        page_token,
        filter: "email = \"*@a.example\"".to_owned(),
        order_by: String::new(),
    };
    let first = mia.contacts().list_contacts(page(String::new())).await.expect("a page").into_inner();
    let token = first.next_page_token.clone();
    let second = mia.contacts().list_contacts(page(token.clone())).await.expect("a page").into_inner();
    let emails: Vec<_> =
        first.contacts.iter().chain(&second.contacts).map(|contact| contact.emails[0].as_str()).collect();
    assert_eq!((emails, second.next_page_token.as_str()), (vec!["one@a.example", "three@a.example"], ""));
    let other = v1::ListContactsRequest { filter: String::new(), ..page(token) };
    assert_refused(mia.contacts().list_contacts(other).await, ErrorReason::PageTokenInvalid);
});
