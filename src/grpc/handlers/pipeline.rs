//! `PipelineService`.

use tonic::Request;

use crate::grpc::call::{Front, Reply};
use crate::grpc::convert::{name, pipeline as convert};
use crate::grpc::paging::list_fields;
use crate::grpc::pb::v1::{self, pipeline_service_server::PipelineService};
use crate::service::pipelines;

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
}
