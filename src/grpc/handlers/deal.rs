//! `DealService`.

use tonic::Request;

use crate::domain::deal::Deal;
use crate::grpc::call::{Front, Reply};
use crate::grpc::convert::common::count;
use crate::grpc::convert::{deal as convert, name};
use crate::grpc::paging::list_fields;
use crate::grpc::pb::v1::{self, deal_service_server::DealService};
use crate::service::grant::Grant;
use crate::service::records::{self, Released};

fn wire(grant: &Grant, deal: &Deal) -> Option<v1::Deal> {
    grant.account().ok().map(|account| convert::deal(account, deal))
}

#[tonic::async_trait]
impl DealService for Front {
    async fn get_deal(&self, request: Request<v1::GetDealRequest>) -> Reply<v1::GetDealResponse> {
        self.read(request, async |grant, request| {
            let id = name::deal(&grant, "name", &request.name)?;
            let deal = records::deal(&self.service, &grant, id).await?;
            Ok(v1::GetDealResponse { deal: wire(&grant, &deal) })
        })
        .await
    }

    async fn list_deals(&self, request: Request<v1::ListDealsRequest>) -> Reply<v1::ListDealsResponse> {
        self.read(request, async |grant, request| {
            let account = name::account(&grant, "parent", &request.parent)?;
            let paging = self.paging(&grant, list_fields!(request))?;
            let page = records::deals(&self.service, &grant, &paging.query).await?;
            Ok(v1::ListDealsResponse {
                deals: page.items.iter().map(|deal| convert::deal(&account, deal)).collect(),
                next_page_token: paging.next(page.next),
            })
        })
        .await
    }

    async fn create_deal(&self, request: Request<v1::CreateDealRequest>) -> Reply<v1::CreateDealResponse> {
        let respond = |grant: &Grant, deal| v1::CreateDealResponse { deal: wire(grant, &deal), mutation: None };
        self.write(request, convert::create, respond).await
    }

    async fn update_deal(&self, request: Request<v1::UpdateDealRequest>) -> Reply<v1::UpdateDealResponse> {
        let respond = |grant: &Grant, deal| v1::UpdateDealResponse { deal: wire(grant, &deal), mutation: None };
        self.write(request, convert::update, respond).await
    }

    async fn delete_deal(&self, request: Request<v1::DeleteDealRequest>) -> Reply<v1::DeleteDealResponse> {
        let respond = |_: &Grant, released: Released| v1::DeleteDealResponse {
            released_tickets: count(released.tickets),
            release_pending: released.pending,
            mutation: None,
        };
        self.write(request, convert::delete, respond).await
    }
}
