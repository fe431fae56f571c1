//! Records around tickets: companies, deals, activities, and what tickets are associated with.

mod companies;
mod deals;

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

/// A deal made by `caller`.
pub async fn deal(caller: &Client, name: &str) -> v1::Deal {
    let amount = Some(v1::Money { currency_code: "EUR".to_owned(), amount_micros: 12_500_000 });
    let deal = v1::Deal { display_name: name.to_owned(), amount, ..v1::Deal::default() };
    let request = v1::CreateDealRequest { parent: app::account(), deal: Some(deal), ..Default::default() };
    let made = caller.deals().create_deal(request).await.expect("a deal");
    made.into_inner().deal.expect("a deal")
}

/// A mask of these paths.
pub fn mask(paths: &[&str]) -> FieldMask {
    FieldMask { paths: paths.iter().map(|path| (*path).to_owned()).collect() }
}

/// A name that nothing has.
pub fn nothing(collection: &str) -> String {
    format!("{}/{collection}/01890a5d-ac96-774b-bcce-b302099a8057", app::account())
}
