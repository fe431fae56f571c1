//! `HandoffService`.

use tonic::Request;

use super::watch::HandoffStream;
use crate::grpc::call::{Front, Reply};
use crate::grpc::convert::{handoff as convert, handoff_policy, handoff_triggers as triggers, name};
use crate::grpc::paging::list_fields;
use crate::grpc::pb::v1::{self, handoff_service_server::HandoffService};
use crate::service::customer_agents;
use crate::service::grant::Grant;
use crate::service::handoffs::{self, Acted, ShownPolicy};

fn wire_policy(grant: &Grant, shown: &ShownPolicy) -> Option<v1::HandoffPolicy> {
    grant.account().ok().map(|account| handoff_policy::policy(account, shown))
}

/// The answer of a step: they are all alike.
macro_rules! acted {
    ($response:ident) => {
        |grant: &Grant, acted: Acted| {
            let (handoff, controller) = convert::told(grant, &acted);
            v1::$response { handoff, controller, mutation: None }
        }
    };
}

#[tonic::async_trait]
impl HandoffService for Front {
    async fn get_handoff_policy(
        &self,
        request: Request<v1::GetHandoffPolicyRequest>,
    ) -> Reply<v1::GetHandoffPolicyResponse> {
        self.read(request, async |grant, request| {
            let id = name::handoff_policy(&grant, "name", &request.name)?;
            let shown = handoffs::policy(&self.service, &grant, &id).await?;
            Ok(v1::GetHandoffPolicyResponse { handoff_policy: wire_policy(&grant, &shown) })
        })
        .await
    }

    async fn update_handoff_policy(
        &self,
        request: Request<v1::UpdateHandoffPolicyRequest>,
    ) -> Reply<v1::UpdateHandoffPolicyResponse> {
        let respond = |grant: &Grant, shown| v1::UpdateHandoffPolicyResponse {
            handoff_policy: wire_policy(grant, &shown),
            mutation: None,
        };
        self.write(request, handoff_policy::update, respond).await
    }

    async fn get_handoff_triggers(
        &self,
        request: Request<v1::GetHandoffTriggersRequest>,
    ) -> Reply<v1::GetHandoffTriggersResponse> {
        self.read(request, async |grant, request| {
            let id = name::handoff_triggers(&grant, "name", &request.name)?;
            let agent = customer_agents::triggers(&self.service, &grant, &id).await?;
            let triggers = triggers::triggers(grant.account()?, &agent);
            Ok(v1::GetHandoffTriggersResponse { handoff_triggers: Some(triggers) })
        })
        .await
    }

    async fn update_handoff_triggers(
        &self,
        request: Request<v1::UpdateHandoffTriggersRequest>,
    ) -> Reply<v1::UpdateHandoffTriggersResponse> {
        let respond = |grant: &Grant, agent| v1::UpdateHandoffTriggersResponse {
            handoff_triggers: grant.account().ok().map(|account| triggers::triggers(account, &agent)),
            mutation: None,
        };
        self.write(request, triggers::update, respond).await
    }

    async fn evaluate_handoff(
        &self,
        request: Request<v1::EvaluateHandoffRequest>,
    ) -> Reply<v1::EvaluateHandoffResponse> {
        self.read(request, async |grant, request| {
            let fired = customer_agents::evaluate(&self.service, &grant, triggers::evaluate(&grant, request)?).await?;
            Ok(v1::EvaluateHandoffResponse { fired: fired.iter().map(triggers::fired).collect() })
        })
        .await
    }

    async fn request_handoff(&self, request: Request<v1::RequestHandoffRequest>) -> Reply<v1::RequestHandoffResponse> {
        self.write(request, convert::request, acted!(RequestHandoffResponse)).await
    }

    async fn check_handoff(&self, request: Request<v1::CheckHandoffRequest>) -> Reply<v1::CheckHandoffResponse> {
        self.write(request, convert::check, |_, found| convert::checked(&found)).await
    }

    async fn get_handoff(&self, request: Request<v1::GetHandoffRequest>) -> Reply<v1::GetHandoffResponse> {
        self.read(request, async |grant, request| {
            let id = name::handoff(&grant, "name", &request.name)?;
            let found = handoffs::get(&self.service, &grant, id).await?;
            Ok(v1::GetHandoffResponse { handoff: Some(convert::handoff(grant.account()?, &found)) })
        })
        .await
    }

    async fn list_handoffs(&self, request: Request<v1::ListHandoffsRequest>) -> Reply<v1::ListHandoffsResponse> {
        self.read(request, async |grant, request| {
            let account = name::account(&grant, "parent", &request.parent)?;
            let paging = self.paging(&grant, list_fields!(request))?;
            let page = handoffs::list(&self.service, &grant, &paging.query).await?;
            Ok(v1::ListHandoffsResponse {
                handoffs: page.items.iter().map(|found| convert::handoff(&account, found)).collect(),
                next_page_token: paging.next(page.next),
            })
        })
        .await
    }

    type WatchHandoffsStream = HandoffStream;

    async fn watch_handoffs(&self, request: Request<v1::WatchHandoffsRequest>) -> Reply<HandoffStream> {
        self.handoff_stream(request).await
    }

    async fn accept_handoff(&self, request: Request<v1::AcceptHandoffRequest>) -> Reply<v1::AcceptHandoffResponse> {
        self.write(request, convert::accept, acted!(AcceptHandoffResponse)).await
    }

    async fn decline_handoff(&self, request: Request<v1::DeclineHandoffRequest>) -> Reply<v1::DeclineHandoffResponse> {
        self.write(request, convert::decline, acted!(DeclineHandoffResponse)).await
    }

    async fn cancel_handoff(&self, request: Request<v1::CancelHandoffRequest>) -> Reply<v1::CancelHandoffResponse> {
        self.write(request, convert::cancel, acted!(CancelHandoffResponse)).await
    }

    async fn transfer_handoff(
        &self,
        request: Request<v1::TransferHandoffRequest>,
    ) -> Reply<v1::TransferHandoffResponse> {
        self.write(request, convert::transfer, acted!(TransferHandoffResponse)).await
    }

    async fn return_handoff(&self, request: Request<v1::ReturnHandoffRequest>) -> Reply<v1::ReturnHandoffResponse> {
        self.write(request, convert::give_back, acted!(ReturnHandoffResponse)).await
    }

    async fn complete_handoff(
        &self,
        request: Request<v1::CompleteHandoffRequest>,
    ) -> Reply<v1::CompleteHandoffResponse> {
        self.write(request, convert::complete, acted!(CompleteHandoffResponse)).await
    }
}
