//! `TicketViewService`.

use tonic::Request;

use crate::domain::rejection::Rejection;
use crate::domain::view::TicketView;
use crate::grpc::call::{Front, Reply, grant_of};
use crate::grpc::convert::{name, view as convert};
use crate::grpc::paging::list_fields;
use crate::grpc::pb::v1::{self, ticket_view_service_server::TicketViewService};
use crate::service::grant::Grant;
use crate::service::{tickets, views};

/// Views counted when none is named.
const COUNTED: u32 = 50;

fn shown(grant: &Grant, view: &TicketView) -> Option<v1::TicketView> {
    grant.account().ok().map(|account| convert::custom(account, view))
}

impl Front {
    /// Refuses a filter or an order that does not hold.
    async fn check_view(&self, grant: &Grant, view: Option<&v1::TicketView>) -> Result<(), Rejection> {
        let Some(view) = view else { return Ok(()) };
        tickets::plan_of(&self.service, grant, &view.filter).await?;
        tickets::order_of(&self.service, grant, &view.order_by).await.map(drop)
    }
}

#[tonic::async_trait]
impl TicketViewService for Front {
    async fn get_ticket_view(&self, request: Request<v1::GetTicketViewRequest>) -> Reply<v1::GetTicketViewResponse> {
        self.read(request, async |grant, request| {
            let key = name::view(&grant, "name", &request.name)?;
            let view = views::get(&self.service, &grant, &key).await?;
            Ok(v1::GetTicketViewResponse { ticket_view: Some(convert::shown(grant.account()?, &view)) })
        })
        .await
    }

    async fn list_ticket_views(
        &self,
        request: Request<v1::ListTicketViewsRequest>,
    ) -> Reply<v1::ListTicketViewsResponse> {
        self.read(request, async |grant, request| {
            let account = name::account(&grant, "parent", &request.parent)?;
            let paging = self.paging(&grant, list_fields!(request, plain))?;
            let page = views::list(&self.service, &grant, &paging.query.page).await?;
            Ok(v1::ListTicketViewsResponse {
                ticket_views: page.items.iter().map(|view| convert::shown(&account, view)).collect(),
                next_page_token: paging.next(page.next),
            })
        })
        .await
    }

    async fn create_ticket_view(
        &self,
        request: Request<v1::CreateTicketViewRequest>,
    ) -> Reply<v1::CreateTicketViewResponse> {
        let nameless = request.get_ref().validate_only && request.get_ref().ticket_view_id.is_empty();
        self.check_view(&grant_of(&request)?, request.get_ref().ticket_view.as_ref()).await?;
        let respond = move |grant: &Grant, view| {
            let mut ticket_view = shown(grant, &view);
            if let Some(view) = ticket_view.as_mut().filter(|_| nameless) {
                view.name.clear();
            }
            v1::CreateTicketViewResponse { ticket_view, mutation: None }
        };
        self.write(request, convert::create, respond).await
    }

    async fn update_ticket_view(
        &self,
        request: Request<v1::UpdateTicketViewRequest>,
    ) -> Reply<v1::UpdateTicketViewResponse> {
        self.check_view(&grant_of(&request)?, request.get_ref().ticket_view.as_ref()).await?;
        let respond =
            |grant: &Grant, view| v1::UpdateTicketViewResponse { ticket_view: shown(grant, &view), mutation: None };
        self.write(request, convert::update, respond).await
    }

    async fn delete_ticket_view(
        &self,
        request: Request<v1::DeleteTicketViewRequest>,
    ) -> Reply<v1::DeleteTicketViewResponse> {
        self.write(request, convert::delete, |_: &Grant, ()| v1::DeleteTicketViewResponse { mutation: None }).await
    }

    async fn count_ticket_views(
        &self,
        request: Request<v1::CountTicketViewsRequest>,
    ) -> Reply<v1::CountTicketViewsResponse> {
        self.read(request, async |grant, request| {
            let account = name::account(&grant, "parent", &request.parent)?;
            let keys = convert::counted_views(&grant, &request.views)?;
            let counts = views::counts(&self.service, &grant, &keys, COUNTED).await?;
            let counts = counts.iter().map(|counted| convert::counted(&account, counted)).collect();
            Ok(v1::CountTicketViewsResponse { counts })
        })
        .await
    }
}
