//! `CustomerAgentService`.

use tonic::Request;

use crate::grpc::call::{Front, Reply};
use crate::grpc::convert::{customer_agent as convert, name};
use crate::grpc::paging::list_fields;
use crate::grpc::pb::v1::{self, customer_agent_service_server::CustomerAgentService};
use crate::service::customer_agents::{self, Shown};
use crate::service::grant::Grant;

fn wire(grant: &Grant, shown: &Shown) -> Option<v1::CustomerAgent> {
    grant.account().ok().map(|account| convert::customer_agent(account, shown))
}

#[tonic::async_trait]
impl CustomerAgentService for Front {
    async fn get_customer_agent(
        &self,
        request: Request<v1::GetCustomerAgentRequest>,
    ) -> Reply<v1::GetCustomerAgentResponse> {
        self.read(request, async |grant, request| {
            let id = name::customer_agent(&grant, "name", &request.name)?;
            let shown = customer_agents::get(&self.service, &grant, &id).await?;
            Ok(v1::GetCustomerAgentResponse { customer_agent: wire(&grant, &shown) })
        })
        .await
    }

    async fn list_customer_agents(
        &self,
        request: Request<v1::ListCustomerAgentsRequest>,
    ) -> Reply<v1::ListCustomerAgentsResponse> {
        self.read(request, async |grant, request| {
            let account = name::account(&grant, "parent", &request.parent)?;
            let paging = self.paging(&grant, list_fields!(request, plain))?;
            let page = customer_agents::list(&self.service, &grant, &paging.query).await?;
            Ok(v1::ListCustomerAgentsResponse {
                customer_agents: page.items.iter().map(|shown| convert::customer_agent(&account, shown)).collect(),
                next_page_token: paging.next(page.next),
            })
        })
        .await
    }

    async fn create_customer_agent(
        &self,
        request: Request<v1::CreateCustomerAgentRequest>,
    ) -> Reply<v1::CreateCustomerAgentResponse> {
        let respond = |grant: &Grant, shown| v1::CreateCustomerAgentResponse {
            customer_agent: wire(grant, &shown),
            mutation: None,
        };
        self.write(request, convert::create, respond).await
    }

    async fn update_customer_agent(
        &self,
        request: Request<v1::UpdateCustomerAgentRequest>,
    ) -> Reply<v1::UpdateCustomerAgentResponse> {
        let respond = |grant: &Grant, shown| v1::UpdateCustomerAgentResponse {
            customer_agent: wire(grant, &shown),
            mutation: None,
        };
        self.write(request, convert::update, respond).await
    }

    async fn delete_customer_agent(
        &self,
        request: Request<v1::DeleteCustomerAgentRequest>,
    ) -> Reply<v1::DeleteCustomerAgentResponse> {
        self.write(request, convert::delete, |_, ()| v1::DeleteCustomerAgentResponse { mutation: None }).await
    }

    async fn pause_customer_agent(
        &self,
        request: Request<v1::PauseCustomerAgentRequest>,
    ) -> Reply<v1::PauseCustomerAgentResponse> {
        let respond = |grant: &Grant, shown| v1::PauseCustomerAgentResponse {
            customer_agent: wire(grant, &shown),
            mutation: None,
        };
        self.write(request, convert::pause, respond).await
    }

    async fn resume_customer_agent(
        &self,
        request: Request<v1::ResumeCustomerAgentRequest>,
    ) -> Reply<v1::ResumeCustomerAgentResponse> {
        let respond = |grant: &Grant, shown| v1::ResumeCustomerAgentResponse {
            customer_agent: wire(grant, &shown),
            mutation: None,
        };
        self.write(request, convert::resume, respond).await
    }
}
