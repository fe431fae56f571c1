//! `TicketService`.

use tonic::Request;

use crate::grpc::call::{Front, Reply};
use crate::grpc::convert::{name, search, ticket as convert};
use crate::grpc::paging::list_fields;
use crate::grpc::pb::v1::{self, ticket_service_server::TicketService};
use crate::service::grant::Grant;
use crate::service::tickets;

fn owned(grant: &Grant, ticket: &crate::domain::ticket::Ticket) -> Option<v1::Ticket> {
    grant.account().ok().map(|account| convert::ticket(account, ticket))
}

#[tonic::async_trait]
impl TicketService for Front {
    async fn get_ticket(&self, request: Request<v1::GetTicketRequest>) -> Reply<v1::GetTicketResponse> {
        self.read(request, async |grant, request| {
            let number = name::ticket(&grant, "name", &request.name)?;
            let ticket = tickets::get(&self.service, &grant, number).await?;
            Ok(v1::GetTicketResponse { ticket: owned(&grant, &ticket) })
        })
        .await
    }

    async fn create_ticket(&self, request: Request<v1::CreateTicketRequest>) -> Reply<v1::CreateTicketResponse> {
        let respond =
            |grant: &Grant, ticket| v1::CreateTicketResponse { ticket: owned(grant, &ticket), mutation: None };
        self.write(request, convert::create, respond).await
    }

    async fn list_tickets(&self, request: Request<v1::ListTicketsRequest>) -> Reply<v1::ListTicketsResponse> {
        self.read(request, async |grant, request| {
            let account = name::account(&grant, "parent", &request.parent)?;
            let paging = self.paging(&grant, list_fields!(request))?;
            let page = tickets::list(&self.service, &grant, &paging.query).await?;
            Ok(v1::ListTicketsResponse {
                tickets: page.items.iter().map(|ticket| convert::ticket(&account, ticket)).collect(),
                next_page_token: paging.next(page.next),
            })
        })
        .await
    }

    async fn search_tickets(&self, request: Request<v1::SearchTicketsRequest>) -> Reply<v1::SearchTicketsResponse> {
        self.read(request, async |grant, mut request| {
            let account = name::account(&grant, "parent", &request.parent)?;
            request.page_size = tickets::page_size(request.page_size);
            let paging = self.paging(&grant, list_fields!(request, search))?;
            let found = tickets::search(&self.service, &grant, &request.query, &paging.query).await?;
            Ok(v1::SearchTicketsResponse {
                hits: found.page.items.iter().map(|hit| search::hit(&account, hit, &request.query)).collect(),
                next_page_token: paging.next(found.page.next),
                index_sequence: found.indexed,
            })
        })
        .await
    }

    async fn update_ticket(&self, request: Request<v1::UpdateTicketRequest>) -> Reply<v1::UpdateTicketResponse> {
        let respond =
            |grant: &Grant, ticket| v1::UpdateTicketResponse { ticket: owned(grant, &ticket), mutation: None };
        self.write(request, convert::update, respond).await
    }

    async fn assign_ticket(&self, request: Request<v1::AssignTicketRequest>) -> Reply<v1::AssignTicketResponse> {
        let respond =
            |grant: &Grant, ticket| v1::AssignTicketResponse { ticket: owned(grant, &ticket), mutation: None };
        self.write(request, convert::assign, respond).await
    }

    async fn unassign_ticket(&self, request: Request<v1::UnassignTicketRequest>) -> Reply<v1::UnassignTicketResponse> {
        let respond =
            |grant: &Grant, ticket| v1::UnassignTicketResponse { ticket: owned(grant, &ticket), mutation: None };
        self.write(request, convert::unassign, respond).await
    }

    async fn change_ticket_status(
        &self,
        request: Request<v1::ChangeTicketStatusRequest>,
    ) -> Reply<v1::ChangeTicketStatusResponse> {
        let respond =
            |grant: &Grant, ticket| v1::ChangeTicketStatusResponse { ticket: owned(grant, &ticket), mutation: None };
        self.write(request, convert::change_status, respond).await
    }

    async fn close_ticket(&self, request: Request<v1::CloseTicketRequest>) -> Reply<v1::CloseTicketResponse> {
        let respond = |grant: &Grant, ticket| v1::CloseTicketResponse { ticket: owned(grant, &ticket), mutation: None };
        self.write(request, convert::close, respond).await
    }

    async fn reopen_ticket(&self, request: Request<v1::ReopenTicketRequest>) -> Reply<v1::ReopenTicketResponse> {
        let respond =
            |grant: &Grant, ticket| v1::ReopenTicketResponse { ticket: owned(grant, &ticket), mutation: None };
        self.write(request, convert::reopen, respond).await
    }
}
