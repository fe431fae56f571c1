//! `RoutingService`.

use tonic::Request;

use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::grpc::call::{Front, Reply};
use crate::grpc::convert::{name, routing as convert};
use crate::grpc::paging::list_fields;
use crate::grpc::pb::v1::{self, routing_service_server::RoutingService};
use crate::service::decisions;

#[tonic::async_trait]
impl RoutingService for Front {
    async fn get_routing_decision(
        &self,
        request: Request<v1::GetRoutingDecisionRequest>,
    ) -> Reply<v1::GetRoutingDecisionResponse> {
        self.read(request, async |grant, request| {
            let Name::Decision(ticket, id) = name::subject(&grant, "name", &request.name)? else {
                return Err(Rejection::NameInvalid { field: "name".to_owned(), value: request.name });
            };
            let found = decisions::get(&self.service, &grant, ticket, id).await?;
            Ok(v1::GetRoutingDecisionResponse { routing_decision: Some(convert::decision(grant.account()?, &found)) })
        })
        .await
    }

    async fn list_routing_decisions(
        &self,
        request: Request<v1::ListRoutingDecisionsRequest>,
    ) -> Reply<v1::ListRoutingDecisionsResponse> {
        self.read(request, async |grant, request| {
            let ticket = match name::subject(&grant, "parent", &request.parent)? {
                Name::Ticket(number) => Some(number),
                Name::EveryTicket => None,
                _ => return Err(Rejection::NameInvalid { field: "parent".to_owned(), value: request.parent }),
            };
            let paging = self.paging(&grant, list_fields!(request, filtered))?;
            let page = decisions::list(&self.service, &grant, ticket, &paging.query).await?;
            let account = grant.account()?;
            Ok(v1::ListRoutingDecisionsResponse {
                routing_decisions: page.items.iter().map(|found| convert::decision(account, found)).collect(),
                next_page_token: paging.next(page.next),
            })
        })
        .await
    }

    async fn explain_routing(&self, request: Request<v1::ExplainRoutingRequest>) -> Reply<v1::ExplainRoutingResponse> {
        self.read(request, async |grant, request| {
            let number = name::ticket(&grant, "name", &request.name)?;
            let user = name::user_ref(&grant, "user", &request.user)?;
            let explained = decisions::explain(&self.service, &grant, number, user.as_ref()).await?;
            let account = grant.account()?;
            Ok(v1::ExplainRoutingResponse {
                routing_decision: explained.decision.as_ref().map(|found| convert::decision(account, found)),
                answer: explained.answer,
                candidate: explained.candidate.as_ref().map(|traced| convert::candidate(account, traced)),
            })
        })
        .await
    }
}
