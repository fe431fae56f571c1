//! `CompanyService`.

use helpdesk::grpc::pb::access::AccessLevel;
use helpdesk::grpc::pb::v1::{self, ErrorReason};

use super::{company, mask, nothing};
use crate::support::app::{self, App};
use crate::support::client::{Client, assert_refused};
use crate::support::databases::both_engines;

fn update(company: v1::Company, paths: &[&str]) -> v1::UpdateCompanyRequest {
    v1::UpdateCompanyRequest { company: Some(company), update_mask: Some(mask(paths)), ..Default::default() }
}

fn delete(name: &str) -> v1::DeleteCompanyRequest {
    v1::DeleteCompanyRequest { name: name.to_owned(), ..Default::default() }
}

async fn names(caller: &Client, request: v1::ListCompaniesRequest) -> (Vec<String>, String) {
    let request = v1::ListCompaniesRequest { parent: app::account(), ..request };
    let page = caller.companies().list_companies(request).await.expect("a page").into_inner();
    (page.companies.into_iter().map(|company| company.display_name).collect(), page.next_page_token)
}

both_engines!(a_company_is_made_read_changed_and_deleted, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    let acme = company(&mia, " Rocket Works ", &["Rocket.example", "a.example"]).await;
    assert_eq!(
        (acme.display_name.as_str(), acme.domains.as_slice()),
        ("Rocket Works", &["a.example".to_owned(), "rocket.example".to_owned()][..])
    );
    let get = || v1::GetCompanyRequest { name: acme.name.clone() };
    let read = mia.companies().get_company(get()).await.expect("read").into_inner().company;
    assert_eq!(read.as_ref(), Some(&acme));
    let change = v1::Company {
        owner: app::user_name("mia"),
        domains: vec!["rocket.example".to_owned()],
        display_name: "not in the mask".to_owned(),
        ..acme.clone()
    };
    let changed = mia.companies().update_company(update(change.clone(), &["owner", "domains"])).await.expect("changed");
    let changed = changed.into_inner().company.expect("a company");
    assert_eq!((changed.owner.as_str(), changed.domains.len()), (app::user_name("mia").as_str(), 1));
    assert_eq!((changed.display_name.as_str(), changed.etag.as_str()), ("Rocket Works", "\"2\""));
    assert_refused(mia.companies().update_company(update(change, &["owner"])).await, ErrorReason::EtagMismatch);
    mia.companies().delete_company(delete(&acme.name)).await.expect("deleted");
    assert_refused(mia.companies().get_company(get()).await, ErrorReason::ResourceNotFound);
    assert_refused(mia.companies().delete_company(delete(&acme.name)).await, ErrorReason::ResourceNotFound);
    company(&mia, "Again", &["rocket.example"]).await;
});

both_engines!(a_domain_name_belongs_to_one_company, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    let first = company(&mia, "First", &["one.example"]).await;
    let second = company(&mia, "Second", &["two.example"]).await;
    let taken = v1::Company { domains: vec!["ONE.example".to_owned()], etag: String::new(), ..second.clone() };
    let refused = mia.companies().update_company(update(taken.clone(), &["domains"])).await;
    let status = assert_refused(refused, ErrorReason::DuplicateValue);
    let info = tonic_types::StatusExt::get_details_error_info(&status).expect("details");
    assert_eq!(info.metadata.get("existing"), Some(&first.name));
    let given = v1::Company { domains: Vec::new(), ..first };
    mia.companies().update_company(update(given, &["domains"])).await.expect("given away");
    mia.companies().update_company(update(taken, &["domains"])).await.expect("taken over");
    let blank = v1::Company { display_name: "  ".to_owned(), ..v1::Company::default() };
    let request =
        |company| v1::CreateCompanyRequest { parent: app::account(), company: Some(company), ..Default::default() };
    assert_refused(mia.companies().create_company(request(blank)).await, ErrorReason::FieldInvalid);
    let no_domain = v1::Company { display_name: "A".to_owned(), domains: vec!["x".to_owned()], ..Default::default() };
    assert_refused(mia.companies().create_company(request(no_domain)).await, ErrorReason::FieldInvalid);
    let stranger = v1::Company { display_name: "A".to_owned(), owner: app::user_name("nemo"), ..Default::default() };
    assert_refused(mia.companies().create_company(request(stranger)).await, ErrorReason::ReferenceNotFound);
    let absent = v1::GetCompanyRequest { name: nothing("companies") };
    assert_refused(mia.companies().get_company(absent).await, ErrorReason::ResourceNotFound);
});

both_engines!(companies_are_listed_by_name_filtered_and_in_pages, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    for (name, domain) in [("beta", "beta.example"), ("Alpha", "alpha.example"), ("Gamma", "gamma.test")] {
        company(&mia, name, &[domain]).await;
    }
    let ask = |filter: &str, order_by: &str, page_token: String| v1::ListCompaniesRequest {
        page_size: 2,
        page_token,
        filter: filter.to_owned(),
        order_by: order_by.to_owned(),
        ..Default::default()
    };
    let (first, token) = names(&mia, ask("", "", String::new())).await;
    let (second, end) = names(&mia, ask("", "", token)).await;
    assert_eq!(
        (first, second, end.as_str()),
        (vec!["Alpha".to_owned(), "beta".to_owned()], vec!["Gamma".to_owned()], "")
    );
    assert_eq!(names(&mia, ask("", "create_time desc", String::new())).await.0, ["Gamma", "Alpha"]);
    assert_eq!(names(&mia, ask("domain = \"*.example\"", "create_time", String::new())).await.0, ["beta", "Alpha"]);
    assert_eq!(names(&mia, ask("alph", "", String::new())).await.0, ["Alpha"]);
    let wrong = v1::ListCompaniesRequest { parent: app::account(), ..ask("", "domains", String::new()) };
    assert_refused(mia.companies().list_companies(wrong).await, ErrorReason::OrderByInvalid);
    let wrong = v1::ListCompaniesRequest { parent: app::account(), ..ask("size = 4", "", String::new()) };
    assert_refused(mia.companies().list_companies(wrong).await, ErrorReason::FilterFieldUnknown);
});

both_engines!(collaborators_change_companies_and_full_standing_deletes_them, |db| async move {
    let app = App::start(db).await;
    let cole = app.collaborator("cole", AccessLevel::Owned).await;
    let made = company(&cole, "Rocket Works", &[]).await;
    assert_refused(cole.companies().delete_company(delete(&made.name)).await, ErrorReason::StandingTooLow);
    app.new_account("other").await;
    let stranger = app.user_of("other", "root");
    let get = v1::GetCompanyRequest { name: made.name.clone() };
    assert_refused(stranger.companies().get_company(get).await, ErrorReason::ResourceNotFound);
    assert_refused(stranger.companies().delete_company(delete(&made.name)).await, ErrorReason::ResourceNotFound);
});
