//! `RoutingService`.

use tonic::{Request, Response};

use crate::domain::names::Name;
use crate::domain::plan::Feature;
use crate::domain::rejection::Rejection;
use crate::grpc::call::{Front, Reply};
use crate::grpc::convert::timestamp;
use crate::grpc::convert::{name, queue, routing as convert, simulate};
use crate::grpc::handlers::replay::{self, ReplayStream};
use crate::grpc::handlers::watch::opened;
use crate::grpc::paging::{ListFields, list_fields};
use crate::grpc::pb::v1::{self, routing_service_server::RoutingService};
use crate::service::replay_routing::Replay;
use crate::service::{self, decisions, queue_read, routing_check};

use super::watch::QueueStream;

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

    async fn route_ticket(&self, request: Request<v1::RouteTicketRequest>) -> Reply<v1::RouteTicketResponse> {
        self.write(request, convert::route_now, |grant, routed| convert::routed(grant, &routed)).await
    }

    async fn list_queue_entries(
        &self,
        request: Request<v1::ListQueueEntriesRequest>,
    ) -> Reply<v1::ListQueueEntriesResponse> {
        self.read(request, async |grant, request| {
            let account = name::account(&grant, "parent", &request.parent)?;
            let line = queue::line(&grant, &request.channel, &request.team)?;
            let filter = format!("{} {}", request.channel, request.team);
            let paging = self.paging(&grant, ListFields { filter: &filter, ..list_fields!(request, plain) })?;
            let page = queue_read::entries(&self.service, &grant, &line, &paging.query).await?;
            let first = match page.items.first().filter(|_| line.channel.is_some() && line.team.is_none()) {
                Some(ticket) => Some(queue_read::place(&self.service, &grant, ticket).await?),
                None => None,
            };
            let numbered = page.items.iter().zip(0_u64..);
            let entry = |(ticket, index)| queue::entry(&account, ticket, first.map_or(0, |first| first + index));
            let queue_entries = numbered.map(entry).collect();
            Ok(v1::ListQueueEntriesResponse { queue_entries, next_page_token: paging.next(page.next) })
        })
        .await
    }

    async fn get_queue_position(
        &self,
        request: Request<v1::GetQueuePositionRequest>,
    ) -> Reply<v1::GetQueuePositionResponse> {
        self.read(request, async |grant, request| {
            let number = name::ticket(&grant, "name", &request.name)?;
            let found = queue_read::position(&self.service, &grant, number).await?;
            Ok(v1::GetQueuePositionResponse { queue_entry: Some(queue::position(grant.account()?, &found)) })
        })
        .await
    }

    type WatchQueueStream = QueueStream;

    async fn watch_queue(&self, request: Request<v1::WatchQueueRequest>) -> Reply<QueueStream> {
        self.queue_stream(request).await
    }

    async fn list_workloads(&self, request: Request<v1::ListWorkloadsRequest>) -> Reply<v1::ListWorkloadsResponse> {
        self.read(request, async |grant, request| {
            let account = name::account(&grant, "parent", &request.parent)?;
            let paging = self.paging(&grant, list_fields!(request, plain))?;
            let page = queue_read::workloads(&self.service, &grant, &paging.query).await?;
            let now = self.service.clock.now();
            let limited = grant.tier_includes(Feature::Capacity);
            let workload = |(user, load): &(_, _)| queue::workload(&account, user, *load, limited, now);
            let workloads = page.items.iter().map(workload).collect();
            Ok(v1::ListWorkloadsResponse { workloads, next_page_token: paging.next(page.next) })
        })
        .await
    }

    async fn list_stuck_tickets(
        &self,
        request: Request<v1::ListStuckTicketsRequest>,
    ) -> Reply<v1::ListStuckTicketsResponse> {
        self.read(request, async |grant, request| {
            let account = name::account(&grant, "parent", &request.parent)?;
            let found = queue_read::stuck(&self.service, &grant).await?;
            let stuck_tickets = found.iter().map(|stuck| queue::stuck(&account, stuck)).collect();
            Ok(v1::ListStuckTicketsResponse { stuck_tickets })
        })
        .await
    }

    async fn simulate_routing(
        &self,
        request: Request<v1::SimulateRoutingRequest>,
    ) -> Reply<v1::SimulateRoutingResponse> {
        self.read(request, async |grant, request| {
            let case = simulate::simulate(&grant, request)?;
            let found = service::simulate::simulate(&self.service, &grant, case).await?;
            Ok(simulate::simulated(grant.account()?, &found))
        })
        .await
    }

    type ReplayRoutingStream = ReplayStream;

    async fn replay_routing(&self, request: Request<v1::ReplayRoutingRequest>) -> Reply<ReplayStream> {
        let (grant, ends, request) = opened(request)?;
        let asked = simulate::replay(&grant, request)?;
        let mut replay = Replay::open(&self.service, grant, asked, ends).await?;
        let first = replay.next().await?;
        Ok(Response::new(replay::answers(replay, first)))
    }

    async fn check_routing(&self, request: Request<v1::CheckRoutingRequest>) -> Reply<v1::CheckRoutingResponse> {
        self.read(request, async |grant, request| {
            let account = name::account(&grant, "parent", &request.parent)?;
            let case = simulate::check(&grant, &request)?;
            let found = routing_check::check(&self.service, &grant, case).await?;
            let problems = found.iter().map(|problem| simulate::problem(&account, problem)).collect();
            Ok(v1::CheckRoutingResponse { problems })
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
                next_eligible_time: explained.from.map(timestamp),
            })
        })
        .await
    }
}
