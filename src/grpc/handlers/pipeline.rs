//! `PipelineService`.

use tonic::Request;

use crate::domain::rejection::Rejection;
use crate::grpc::call::{Front, Reply};
use crate::grpc::convert::{name, pipeline as convert, status_action as actions};
use crate::grpc::paging::list_fields;
use crate::grpc::pb::v1::{self, pipeline_service_server::PipelineService};
use crate::service::grant::Grant;
use crate::service::pipelines::{self, Evacuated, OneAction, PipelineWithStatuses, StatusActions};
use crate::service::workflows::check_urls;

fn wire(grant: &Grant, found: &PipelineWithStatuses) -> Option<v1::Pipeline> {
    grant.account().ok().map(|account| convert::pipeline(account, found))
}

fn action(grant: &Grant, one: &OneAction) -> Option<v1::StatusAction> {
    grant.account().ok().and_then(|account| actions::action(account, one))
}

fn every(grant: &Grant, all: &StatusActions) -> Vec<v1::StatusAction> {
    grant.account().map(|account| actions::actions(account, all)).unwrap_or_default()
}

#[tonic::async_trait]
impl PipelineService for Front {
    async fn get_pipeline(&self, request: Request<v1::GetPipelineRequest>) -> Reply<v1::GetPipelineResponse> {
        self.read(request, async |grant, request| {
            let id = name::pipeline(&grant, "name", &request.name)?;
            let found = pipelines::get(&self.service, &grant, &id).await?;
            Ok(v1::GetPipelineResponse { pipeline: Some(convert::pipeline(grant.account()?, &found)) })
        })
        .await
    }

    async fn list_pipelines(&self, request: Request<v1::ListPipelinesRequest>) -> Reply<v1::ListPipelinesResponse> {
        self.read(request, async |grant, request| {
            let account = name::account(&grant, "parent", &request.parent)?;
            let paging = self.paging(&grant, list_fields!(request, plain))?;
            let page = pipelines::list(&self.service, &grant, &paging.query).await?;
            Ok(v1::ListPipelinesResponse {
                pipelines: page.items.iter().map(|found| convert::pipeline(&account, found)).collect(),
                next_page_token: paging.next(page.next),
            })
        })
        .await
    }

    async fn get_pipeline_status(
        &self,
        request: Request<v1::GetPipelineStatusRequest>,
    ) -> Reply<v1::GetPipelineStatusResponse> {
        self.read(request, async |grant, request| {
            let key = name::status(&grant, "name", &request.name)?;
            let status = pipelines::status(&self.service, &grant, &key).await?;
            Ok(v1::GetPipelineStatusResponse { pipeline_status: Some(convert::status(grant.account()?, &status)) })
        })
        .await
    }

    async fn list_pipeline_statuses(
        &self,
        request: Request<v1::ListPipelineStatusesRequest>,
    ) -> Reply<v1::ListPipelineStatusesResponse> {
        self.read(request, async |grant, request| {
            let pipeline = name::pipeline(&grant, "parent", &request.parent)?;
            let paging = self.paging(&grant, list_fields!(request, plain))?;
            let page = pipelines::statuses(&self.service, &grant, &pipeline, &paging.query).await?;
            let account = grant.account()?;
            Ok(v1::ListPipelineStatusesResponse {
                pipeline_statuses: page.items.iter().map(|status| convert::status(account, status)).collect(),
                next_page_token: paging.next(page.next),
            })
        })
        .await
    }

    async fn create_pipeline(&self, request: Request<v1::CreatePipelineRequest>) -> Reply<v1::CreatePipelineResponse> {
        let respond =
            |grant: &Grant, found| v1::CreatePipelineResponse { pipeline: wire(grant, &found), mutation: None };
        self.write(request, convert::create, respond).await
    }

    async fn update_pipeline(&self, request: Request<v1::UpdatePipelineRequest>) -> Reply<v1::UpdatePipelineResponse> {
        let respond =
            |grant: &Grant, found| v1::UpdatePipelineResponse { pipeline: wire(grant, &found), mutation: None };
        self.write(request, convert::update, respond).await
    }

    async fn delete_pipeline(&self, request: Request<v1::DeletePipelineRequest>) -> Reply<v1::DeletePipelineResponse> {
        let respond = |_: &Grant, done: Evacuated| v1::DeletePipelineResponse {
            moved_ticket_count: i32::try_from(done.moved).unwrap_or(i32::MAX),
            pending: done.pending,
            mutation: None,
        };
        self.write(request, convert::delete, respond).await
    }

    async fn reorder_pipelines(
        &self,
        request: Request<v1::ReorderPipelinesRequest>,
    ) -> Reply<v1::ReorderPipelinesResponse> {
        let respond = |grant: &Grant, found: Vec<PipelineWithStatuses>| v1::ReorderPipelinesResponse {
            pipelines: found.iter().filter_map(|one| wire(grant, one)).collect(),
            mutation: None,
        };
        self.write(request, convert::reorder, respond).await
    }

    async fn create_pipeline_status(
        &self,
        request: Request<v1::CreatePipelineStatusRequest>,
    ) -> Reply<v1::CreatePipelineStatusResponse> {
        let respond = |grant: &Grant, found| {
            let pipeline_status = grant.account().ok().map(|account| convert::status(account, &found));
            v1::CreatePipelineStatusResponse { pipeline_status, mutation: None }
        };
        self.write(request, convert::create_status, respond).await
    }

    async fn update_pipeline_status(
        &self,
        request: Request<v1::UpdatePipelineStatusRequest>,
    ) -> Reply<v1::UpdatePipelineStatusResponse> {
        let respond = |grant: &Grant, found| {
            let pipeline_status = grant.account().ok().map(|account| convert::status(account, &found));
            v1::UpdatePipelineStatusResponse { pipeline_status, mutation: None }
        };
        self.write(request, convert::update_status, respond).await
    }

    async fn delete_pipeline_status(
        &self,
        request: Request<v1::DeletePipelineStatusRequest>,
    ) -> Reply<v1::DeletePipelineStatusResponse> {
        let respond = |_: &Grant, done: Evacuated| v1::DeletePipelineStatusResponse {
            moved_ticket_count: i32::try_from(done.moved).unwrap_or(i32::MAX),
            pending: done.pending,
            mutation: None,
        };
        self.write(request, convert::delete_status, respond).await
    }

    async fn reorder_pipeline_statuses(
        &self,
        request: Request<v1::ReorderPipelineStatusesRequest>,
    ) -> Reply<v1::ReorderPipelineStatusesResponse> {
        let respond = |grant: &Grant, found| v1::ReorderPipelineStatusesResponse {
            pipeline: wire(grant, &found),
            mutation: None,
        };
        self.write(request, convert::reorder_statuses, respond).await
    }

    async fn get_pipeline_automation(
        &self,
        request: Request<v1::GetPipelineAutomationRequest>,
    ) -> Reply<v1::GetPipelineAutomationResponse> {
        self.read(request, async |grant, request| {
            let id = name::pipeline_automation(&grant, "name", &request.name)?;
            let found = pipelines::automation(&self.service, &grant, &id).await?;
            let pipeline_automation = Some(convert::automation(grant.account()?, &found));
            Ok(v1::GetPipelineAutomationResponse { pipeline_automation })
        })
        .await
    }

    async fn update_pipeline_automation(
        &self,
        request: Request<v1::UpdatePipelineAutomationRequest>,
    ) -> Reply<v1::UpdatePipelineAutomationResponse> {
        let respond = |grant: &Grant, found| {
            let pipeline_automation = grant.account().ok().map(|account| convert::automation(account, &found));
            v1::UpdatePipelineAutomationResponse { pipeline_automation, mutation: None }
        };
        self.write(request, convert::update_automation, respond).await
    }

    async fn get_status_action(
        &self,
        request: Request<v1::GetStatusActionRequest>,
    ) -> Reply<v1::GetStatusActionResponse> {
        self.read(request, async |grant, request| {
            let (status, id) = name::status_action(&grant, "name", &request.name)?;
            let all = pipelines::actions(&self.service, &grant, &status).await?;
            let found = actions::action(grant.account()?, &OneAction { id, all });
            let missing = || Rejection::NotFound { resource: request.name.clone() };
            Ok(v1::GetStatusActionResponse { status_action: Some(found.ok_or_else(missing)?) })
        })
        .await
    }

    async fn list_status_actions(
        &self,
        request: Request<v1::ListStatusActionsRequest>,
    ) -> Reply<v1::ListStatusActionsResponse> {
        self.read(request, async |grant, request| {
            let status = name::status(&grant, "parent", &request.parent)?;
            let all = pipelines::actions(&self.service, &grant, &status).await?;
            Ok(v1::ListStatusActionsResponse { status_actions: actions::actions(grant.account()?, &all) })
        })
        .await
    }

    async fn create_status_action(
        &self,
        request: Request<v1::CreateStatusActionRequest>,
    ) -> Reply<v1::CreateStatusActionResponse> {
        let respond =
            |grant: &Grant, one| v1::CreateStatusActionResponse { status_action: action(grant, &one), mutation: None };
        let build = |grant: &Grant, request| {
            let case = actions::create(grant, request)?;
            check_urls(&self.service, std::iter::once(&case.step.kind))?;
            Ok(case)
        };
        self.write(request, build, respond).await
    }

    async fn update_status_action(
        &self,
        request: Request<v1::UpdateStatusActionRequest>,
    ) -> Reply<v1::UpdateStatusActionResponse> {
        let respond =
            |grant: &Grant, one| v1::UpdateStatusActionResponse { status_action: action(grant, &one), mutation: None };
        let build = |grant: &Grant, request| {
            let case = actions::update(grant, request)?;
            check_urls(&self.service, case.kind.iter())?;
            Ok(case)
        };
        self.write(request, build, respond).await
    }

    async fn delete_status_action(
        &self,
        request: Request<v1::DeleteStatusActionRequest>,
    ) -> Reply<v1::DeleteStatusActionResponse> {
        let respond =
            |grant: &Grant, all| v1::DeleteStatusActionResponse { status_actions: every(grant, &all), mutation: None };
        self.write(request, actions::delete, respond).await
    }

    async fn reorder_status_actions(
        &self,
        request: Request<v1::ReorderStatusActionsRequest>,
    ) -> Reply<v1::ReorderStatusActionsResponse> {
        let respond = |grant: &Grant, all| v1::ReorderStatusActionsResponse {
            status_actions: every(grant, &all),
            mutation: None,
        };
        self.write(request, actions::reorder, respond).await
    }

    async fn inspect_pipeline_automation(
        &self,
        request: Request<v1::InspectPipelineAutomationRequest>,
    ) -> Reply<v1::InspectPipelineAutomationResponse> {
        self.read(request, async |grant, request| {
            let id = name::pipeline_automation(&grant, "name", &request.name)?;
            let found = pipelines::inspect(&self.service, &grant, &id).await?;
            let workflows = actions::inspected(&grant, grant.account()?, &found);
            Ok(v1::InspectPipelineAutomationResponse { workflows })
        })
        .await
    }
}
