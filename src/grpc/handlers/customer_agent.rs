//! `CustomerAgentService`.

use tonic::Request;

use crate::domain::conversation::Conversation;
use crate::grpc::call::{Front, Reply, grant_of};
use crate::grpc::convert::{conversation, customer_agent as convert, name, turn};
use crate::grpc::handlers::watch::TurnStream;
use crate::grpc::paging::list_fields;
use crate::grpc::pb::v1::{self, customer_agent_service_server::CustomerAgentService};
use crate::service::conversations::SeenConversation;
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
    async fn assign_conversation(
        &self,
        request: Request<v1::AssignConversationRequest>,
    ) -> Reply<v1::AssignConversationResponse> {
        let grant = grant_of(&request)?;
        let last = match name::conversation(&grant, "conversation", &request.get_ref().conversation) {
            Ok(id) => customer_agents::newest_message(&self.service, &grant, id).await?,
            // What names none is refused with the other fields.
            Err(_) => None,
        };
        let build = |grant: &Grant, request| turn::assign(grant, &request, last);
        let respond = |grant: &Grant, found: SeenConversation| v1::AssignConversationResponse {
            conversation: conversation::seen(grant, &found),
            mutation: None,
        };
        self.write(request, build, respond).await
    }

    type WatchTurnsStream = TurnStream;

    async fn watch_turns(&self, request: Request<v1::WatchTurnsRequest>) -> Reply<TurnStream> {
        self.turn_stream(request).await
    }

    async fn acknowledge_turn(
        &self,
        request: Request<v1::AcknowledgeTurnRequest>,
    ) -> Reply<v1::AcknowledgeTurnResponse> {
        let grant = grant_of(&request)?;
        let message = turn::acknowledge(&grant, request.get_ref()).map(|case| case.0.message);
        let build = |grant: &Grant, request| turn::acknowledge(grant, &request);
        let respond = move |grant: &Grant, found: Conversation| v1::AcknowledgeTurnResponse {
            turn: grant.account().ok().zip(message.as_ref().ok()).and_then(|(a, id)| turn::turn_of(a, &found, *id)),
            mutation: None,
        };
        self.write(request, build, respond).await
    }

    async fn fail_turn(&self, request: Request<v1::FailTurnRequest>) -> Reply<v1::FailTurnResponse> {
        self.write(request, turn::fail, |grant: &Grant, acted| turn::failed(grant, &acted)).await
    }

    async fn report_signals(&self, request: Request<v1::ReportSignalsRequest>) -> Reply<v1::ReportSignalsResponse> {
        self.write(request, turn::report, |grant: &Grant, acted| turn::reported(grant, &acted)).await
    }
}
