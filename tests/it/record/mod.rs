//! Records around tickets: companies, deals, activities, and what tickets are associated with.

mod activities;
mod associations;
mod companies;
mod context;
mod deals;
pub mod release;
mod timeline;

use helpdesk::grpc::pb::v1;
use prost_types::FieldMask;

use crate::support::app;
use crate::support::client::Client;

/// A company made by `caller`.
pub async fn company(caller: &Client, name: &str, domains: &[&str]) -> v1::Company {
    let company = v1::Company {
        display_name: name.to_owned(),
        domains: domains.iter().map(|domain| (*domain).to_owned()).collect(),
        ..v1::Company::default()
    };
    let request = v1::CreateCompanyRequest { parent: app::account(), company: Some(company), ..Default::default() };
    let made = caller.companies().create_company(request).await.expect("a company");
    made.into_inner().company.expect("a company")
}

/// A contact made by `caller`.
pub async fn contact(caller: &Client, name: &str, email: &str) -> v1::Contact {
    let contact =
        v1::Contact { display_name: name.to_owned(), emails: vec![email.to_owned()], ..v1::Contact::default() };
    let request = v1::CreateContactRequest { parent: app::account(), contact: Some(contact), ..Default::default() };
    let made = caller.contacts().create_contact(request).await.expect("a contact");
    made.into_inner().contact.expect("a contact")
}

/// A deal made by `caller`.
pub async fn deal(caller: &Client, name: &str) -> v1::Deal {
    let amount = Some(v1::Money { currency_code: "EUR".to_owned(), amount_micros: 12_500_000 });
    let deal = v1::Deal { display_name: name.to_owned(), amount, ..v1::Deal::default() };
    let request = v1::CreateDealRequest { parent: app::account(), deal: Some(deal), ..Default::default() };
    let made = caller.deals().create_deal(request).await.expect("a deal");
    made.into_inner().deal.expect("a deal")
}

/// An activity about these contacts, companies and deals, logged by `caller`.
pub async fn log(caller: &Client, kind: v1::ActivityKind, subject: &str, about: &[&str]) -> v1::Activity {
    let of = |collection: &str| {
        let own = about.iter().filter(|name| name.contains(collection));
        own.map(|name| (*name).to_owned()).collect::<Vec<String>>()
    };
    let activity = v1::Activity {
        kind: kind.into(),
        subject: subject.to_owned(),
        contacts: of("/contacts/"),
        companies: of("/companies/"),
        deals: of("/deals/"),
        ..v1::Activity::default()
    };
    let request = v1::CreateActivityRequest { parent: app::account(), activity: Some(activity), ..Default::default() };
    let made = caller.activities().create_activity(request).await.expect("an activity");
    made.into_inner().activity.expect("an activity")
}

/// A comment of `caller` on a conversation.
pub async fn comment(caller: &Client, conversation: &str, text: &str) -> v1::Comment {
    let body = Some(v1::RichText { text: text.to_owned(), ..v1::RichText::default() });
    let request = v1::CreateCommentRequest {
        parent: conversation.to_owned(),
        comment: Some(v1::Comment { body, ..v1::Comment::default() }),
        ..Default::default()
    };
    let made = caller.conversations().create_comment(request).await.expect("a comment");
    made.into_inner().comment.expect("a comment")
}

/// A mask of these paths.
pub fn mask(paths: &[&str]) -> FieldMask {
    FieldMask { paths: paths.iter().map(|path| (*path).to_owned()).collect() }
}

/// A name that nothing has.
pub fn nothing(collection: &str) -> String {
    format!("{}/{collection}/01890a5d-ac96-774b-bcce-b302099a8057", app::account())
}
