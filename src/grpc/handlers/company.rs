//! `CompanyService`.

use tonic::Request;

use crate::domain::company::Company;
use crate::grpc::call::{Front, Reply};
use crate::grpc::convert::common::count;
use crate::grpc::convert::{company as convert, name};
use crate::grpc::paging::list_fields;
use crate::grpc::pb::v1::{self, company_service_server::CompanyService};
use crate::service::grant::Grant;
use crate::service::records::{self, Released};

fn wire(grant: &Grant, company: &Company) -> Option<v1::Company> {
    grant.account().ok().map(|account| convert::company(account, company))
}

#[tonic::async_trait]
impl CompanyService for Front {
    async fn get_company(&self, request: Request<v1::GetCompanyRequest>) -> Reply<v1::GetCompanyResponse> {
        self.read(request, async |grant, request| {
            let id = name::company(&grant, "name", &request.name)?;
            let company = records::company(&self.service, &grant, id).await?;
            Ok(v1::GetCompanyResponse { company: wire(&grant, &company) })
        })
        .await
    }

    async fn list_companies(&self, request: Request<v1::ListCompaniesRequest>) -> Reply<v1::ListCompaniesResponse> {
        self.read(request, async |grant, request| {
            let account = name::account(&grant, "parent", &request.parent)?;
            let paging = self.paging(&grant, list_fields!(request))?;
            let page = records::companies(&self.service, &grant, &paging.query).await?;
            Ok(v1::ListCompaniesResponse {
                companies: page.items.iter().map(|company| convert::company(&account, company)).collect(),
                next_page_token: paging.next(page.next),
            })
        })
        .await
    }

    async fn create_company(&self, request: Request<v1::CreateCompanyRequest>) -> Reply<v1::CreateCompanyResponse> {
        let respond =
            |grant: &Grant, company| v1::CreateCompanyResponse { company: wire(grant, &company), mutation: None };
        self.write(request, convert::create, respond).await
    }

    async fn update_company(&self, request: Request<v1::UpdateCompanyRequest>) -> Reply<v1::UpdateCompanyResponse> {
        let respond =
            |grant: &Grant, company| v1::UpdateCompanyResponse { company: wire(grant, &company), mutation: None };
        self.write(request, convert::update, respond).await
    }

    async fn delete_company(&self, request: Request<v1::DeleteCompanyRequest>) -> Reply<v1::DeleteCompanyResponse> {
        let respond = |_: &Grant, released: Released| v1::DeleteCompanyResponse {
            released_tickets: count(released.tickets),
            release_pending: released.pending,
            mutation: None,
        };
        self.write(request, convert::delete, respond).await
    }
}
