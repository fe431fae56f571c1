//! `TicketPropertyService`.

use tonic::Request;

use crate::domain::property::Property;
use crate::domain::ticket_form::TicketForm;
use crate::grpc::call::{Front, Reply};
use crate::grpc::convert::{name, property as convert};
use crate::grpc::paging::ListFields;
use crate::grpc::pb::v1::{self, ticket_property_service_server::TicketPropertyService};
use crate::service::grant::Grant;
use crate::service::properties::{self, PropertyQuery};

fn wire(grant: &Grant, property: &Property) -> Option<v1::TicketProperty> {
    grant.account().ok().map(|account| convert::property(account, property))
}

fn form(grant: &Grant, form: &TicketForm) -> Option<v1::TicketForm> {
    grant.account().ok().map(|account| convert::form(account, form))
}

#[tonic::async_trait]
impl TicketPropertyService for Front {
    async fn get_ticket_property(
        &self,
        request: Request<v1::GetTicketPropertyRequest>,
    ) -> Reply<v1::GetTicketPropertyResponse> {
        self.read(request, async |grant, request| {
            let id = name::ticket_property(&grant, "name", &request.name)?;
            let property = properties::get(&self.service, &grant, &id).await?;
            Ok(v1::GetTicketPropertyResponse { ticket_property: wire(&grant, &property) })
        })
        .await
    }

    async fn list_ticket_properties(
        &self,
        request: Request<v1::ListTicketPropertiesRequest>,
    ) -> Reply<v1::ListTicketPropertiesResponse> {
        self.read(request, async |grant, request| {
            let account = name::account(&grant, "parent", &request.parent)?;
            let archived = request.show_archived;
            let fields = ListFields {
                parent: &request.parent,
                page_size: request.page_size,
                page_token: &request.page_token,
                show_deleted: archived,
                ..ListFields::default()
            };
            let paging = self.paging(&grant, fields)?;
            let query = PropertyQuery { archived, page: paging.query.page.clone() };
            let page = properties::list(&self.service, &grant, &query).await?;
            Ok(v1::ListTicketPropertiesResponse {
                ticket_properties: page.items.iter().map(|property| convert::property(&account, property)).collect(),
                next_page_token: paging.next(page.next),
            })
        })
        .await
    }

    async fn create_ticket_property(
        &self,
        request: Request<v1::CreateTicketPropertyRequest>,
    ) -> Reply<v1::CreateTicketPropertyResponse> {
        let respond = |grant: &Grant, property: Property| v1::CreateTicketPropertyResponse {
            ticket_property: wire(grant, &property),
            mutation: None,
        };
        self.write(request, convert::create, respond).await
    }

    async fn update_ticket_property(
        &self,
        request: Request<v1::UpdateTicketPropertyRequest>,
    ) -> Reply<v1::UpdateTicketPropertyResponse> {
        let respond = |grant: &Grant, property: Property| v1::UpdateTicketPropertyResponse {
            ticket_property: wire(grant, &property),
            mutation: None,
        };
        self.write(request, convert::update, respond).await
    }

    async fn delete_ticket_property(
        &self,
        request: Request<v1::DeleteTicketPropertyRequest>,
    ) -> Reply<v1::DeleteTicketPropertyResponse> {
        self.write(request, convert::delete, |_, ()| v1::DeleteTicketPropertyResponse { mutation: None }).await
    }

    async fn get_ticket_form(&self, request: Request<v1::GetTicketFormRequest>) -> Reply<v1::GetTicketFormResponse> {
        self.read(request, async |grant, request| {
            name::ticket_form(&grant, "name", &request.name)?;
            let found = properties::form(&self.service, &grant).await?;
            Ok(v1::GetTicketFormResponse { ticket_form: form(&grant, &found) })
        })
        .await
    }

    async fn update_ticket_form(
        &self,
        request: Request<v1::UpdateTicketFormRequest>,
    ) -> Reply<v1::UpdateTicketFormResponse> {
        let respond = |grant: &Grant, changed: TicketForm| v1::UpdateTicketFormResponse {
            ticket_form: form(grant, &changed),
            mutation: None,
        };
        self.write(request, convert::update_form, respond).await
    }
}
