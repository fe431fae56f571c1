//! Companies on the wire.

use std::collections::BTreeSet;

use crate::domain::company::Company;
use crate::domain::ids::AccountId;
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::grpc::convert::user::display_name;
use crate::grpc::convert::{mask, name, timestamp};
use crate::grpc::pb::v1;
use crate::service::desk::{etag, version_of};
use crate::service::grant::Grant;
use crate::service::records::{CompanyChanges, CreateCompany, DeleteCompany, UpdateCompany};

const CHANGEABLE: [&str; 3] = ["display_name", "domains", "owner"];
const OUTPUT_ONLY: [&str; 4] = ["name", "create_time", "update_time", "etag"];

/// A company as callers see it.
pub fn company(account: &AccountId, company: &Company) -> v1::Company {
    v1::Company {
        name: Name::Company(company.id).within(account),
        display_name: company.display_name.clone(),
        domains: company.domains.iter().cloned().collect(),
        owner: company.owner.clone().map(|id| Name::User(id).within(account)).unwrap_or_default(),
        create_time: Some(timestamp(company.create_time)),
        update_time: Some(timestamp(company.update_time)),
        etag: etag(company.version),
    }
}

fn domains(company: &v1::Company) -> BTreeSet<String> {
    company.domains.iter().map(|domain| domain.to_lowercase()).collect()
}

/// The use case of a `CreateCompany` request.
///
/// # Errors
/// Fields that break a rule, or a reference that cannot exist.
pub fn create(grant: &Grant, request: v1::CreateCompanyRequest) -> Result<CreateCompany, Rejection> {
    name::account(grant, "parent", &request.parent)?;
    let company = name::required("company", request.company)?;
    let values = CompanyChanges {
        display_name: Some(display_name("company.display_name", &company.display_name)?),
        domains: Some(domains(&company)),
        owner: Some(name::user_ref(grant, "company.owner", &company.owner)?),
    };
    Ok(CreateCompany { values })
}

/// The use case of an `UpdateCompany` request.
///
/// # Errors
/// A bad mask, fields that break a rule, or a reference that cannot exist.
pub fn update(grant: &Grant, request: v1::UpdateCompanyRequest) -> Result<UpdateCompany, Rejection> {
    let paths = mask::paths(request.update_mask.as_ref(), &CHANGEABLE, &OUTPUT_ONLY)?;
    let company = name::required("company", request.company)?;
    let id = name::company(grant, "company.name", &company.name)?;
    let asked = |path: &str| paths.contains(&path);
    let mut changes =
        CompanyChanges { domains: asked("domains").then(|| domains(&company)), ..CompanyChanges::default() };
    if asked("display_name") {
        changes.display_name = Some(display_name("company.display_name", &company.display_name)?);
    }
    if asked("owner") {
        changes.owner = Some(name::user_ref(grant, "company.owner", &company.owner)?);
    }
    Ok(UpdateCompany { company: id, changes, etag: version_of(&company.etag) })
}

/// The use case of a `DeleteCompany` request.
///
/// # Errors
/// A name of something else.
pub fn delete(grant: &Grant, request: v1::DeleteCompanyRequest) -> Result<DeleteCompany, Rejection> {
    let v1::DeleteCompanyRequest { name: company, etag, .. } = request;
    Ok(DeleteCompany { company: name::company(grant, "name", &company)?, etag: version_of(&etag) })
}
