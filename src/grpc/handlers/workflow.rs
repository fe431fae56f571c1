//! `WorkflowService`.

use tonic::Request;

use crate::domain::workflow::{Run, Workflow, templates};
use crate::grpc::call::{Front, Reply};
use crate::grpc::convert::access::hide_secret;
use crate::grpc::convert::{name, workflow as convert};
use crate::grpc::paging::list_fields;
use crate::grpc::pb::v1::{self, workflow_service_server::WorkflowService};
use crate::service::grant::Grant;
use crate::service::workflows;

fn wire(grant: &Grant, workflow: &Workflow) -> Option<v1::Workflow> {
    let unpaid = grant.tier().is_some_and(|tier| !workflow.feature().is_in(tier));
    grant.account().ok().map(|account| convert::workflow(account, workflow, unpaid))
}

fn wire_run(grant: &Grant, run: &Run) -> Option<v1::WorkflowRun> {
    grant.account().ok().map(|account| convert::run(account, run))
}

#[tonic::async_trait]
impl WorkflowService for Front {
    async fn get_workflow(&self, request: Request<v1::GetWorkflowRequest>) -> Reply<v1::GetWorkflowResponse> {
        self.read(request, async |grant, request| {
            let id = name::workflow(&grant, "name", &request.name)?;
            let found = workflows::get(&self.service, &grant, &id).await?;
            Ok(v1::GetWorkflowResponse { workflow: wire(&grant, &found) })
        })
        .await
    }

    async fn list_workflows(&self, request: Request<v1::ListWorkflowsRequest>) -> Reply<v1::ListWorkflowsResponse> {
        self.read(request, async |grant, request| {
            name::account(&grant, "parent", &request.parent)?;
            let paging = self.paging(&grant, list_fields!(request, plain))?;
            let page = workflows::list(&self.service, &grant, &paging.query).await?;
            Ok(v1::ListWorkflowsResponse {
                workflows: page.items.iter().filter_map(|one| wire(&grant, one)).collect(),
                next_page_token: paging.next(page.next),
            })
        })
        .await
    }

    async fn create_workflow(&self, request: Request<v1::CreateWorkflowRequest>) -> Reply<v1::CreateWorkflowResponse> {
        let respond =
            |grant: &Grant, found| v1::CreateWorkflowResponse { workflow: wire(grant, &found), mutation: None };
        let build = |grant: &Grant, request| {
            let case = convert::create(grant, request)?;
            workflows::check_urls(&self.service, case.definition.steps.iter().map(|step| &step.kind))?;
            Ok(case)
        };
        self.write(request, build, respond).await
    }

    async fn update_workflow(&self, request: Request<v1::UpdateWorkflowRequest>) -> Reply<v1::UpdateWorkflowResponse> {
        let respond =
            |grant: &Grant, found| v1::UpdateWorkflowResponse { workflow: wire(grant, &found), mutation: None };
        let build = |grant: &Grant, request| {
            let case = convert::update(grant, request)?;
            workflows::check_urls(&self.service, case.definition.steps.iter().flatten().map(|step| &step.kind))?;
            Ok(case)
        };
        self.write(request, build, respond).await
    }

    async fn delete_workflow(&self, request: Request<v1::DeleteWorkflowRequest>) -> Reply<v1::DeleteWorkflowResponse> {
        self.write(request, convert::delete, |_, ()| v1::DeleteWorkflowResponse { mutation: None }).await
    }

    async fn turn_on_workflow(&self, request: Request<v1::TurnOnWorkflowRequest>) -> Reply<v1::TurnOnWorkflowResponse> {
        let respond =
            |grant: &Grant, found| v1::TurnOnWorkflowResponse { workflow: wire(grant, &found), mutation: None };
        self.write(request, convert::turn_on, respond).await
    }

    async fn turn_off_workflow(
        &self,
        request: Request<v1::TurnOffWorkflowRequest>,
    ) -> Reply<v1::TurnOffWorkflowResponse> {
        let respond =
            |grant: &Grant, found| v1::TurnOffWorkflowResponse { workflow: wire(grant, &found), mutation: None };
        self.write(request, convert::turn_off, respond).await
    }

    async fn test_workflow(&self, request: Request<v1::TestWorkflowRequest>) -> Reply<v1::TestWorkflowResponse> {
        self.read(request, async |grant, request| {
            let trial = convert::trial(&grant, &request)?;
            let (run, would_enroll) = workflows::try_out(&self.service, &grant, trial).await?;
            Ok(v1::TestWorkflowResponse { run: wire_run(&grant, &run), would_enroll })
        })
        .await
    }

    async fn search_workflow_templates(
        &self,
        request: Request<v1::SearchWorkflowTemplatesRequest>,
    ) -> Reply<v1::SearchWorkflowTemplatesResponse> {
        self.read(request, async |grant, request| {
            name::account(&grant, "parent", &request.parent)?;
            let account = grant.account()?;
            let found = templates::search(&request.query);
            let workflow_templates = found.iter().map(|template| convert::template(account, template)).collect();
            Ok(v1::SearchWorkflowTemplatesResponse { workflow_templates })
        })
        .await
    }

    async fn enroll_ticket(&self, request: Request<v1::EnrollTicketRequest>) -> Reply<v1::EnrollTicketResponse> {
        let respond = |grant: &Grant, run| v1::EnrollTicketResponse { run: wire_run(grant, &run), mutation: None };
        self.write(request, convert::enroll, respond).await
    }

    async fn get_workflow_run(&self, request: Request<v1::GetWorkflowRunRequest>) -> Reply<v1::GetWorkflowRunResponse> {
        self.read(request, async |grant, request| {
            let key = name::workflow_run(&grant, "name", &request.name)?;
            let run = workflows::run(&self.service, &grant, &key).await?;
            Ok(v1::GetWorkflowRunResponse { run: wire_run(&grant, &run) })
        })
        .await
    }

    async fn list_workflow_runs(
        &self,
        request: Request<v1::ListWorkflowRunsRequest>,
    ) -> Reply<v1::ListWorkflowRunsResponse> {
        self.read(request, async |grant, request| {
            let workflow = name::workflow(&grant, "parent", &request.parent)?;
            let paging = self.paging(&grant, list_fields!(request, plain))?;
            let page = workflows::runs(&self.service, &grant, &workflow, &paging.query).await?;
            Ok(v1::ListWorkflowRunsResponse {
                runs: page.items.iter().filter_map(|run| wire_run(&grant, run)).collect(),
                next_page_token: paging.next(page.next),
            })
        })
        .await
    }

    async fn cancel_workflow_run(
        &self,
        request: Request<v1::CancelWorkflowRunRequest>,
    ) -> Reply<v1::CancelWorkflowRunResponse> {
        let respond = |grant: &Grant, run| v1::CancelWorkflowRunResponse { run: wire_run(grant, &run), mutation: None };
        self.write(request, convert::cancel, respond).await
    }

    async fn rotate_webhook_secret(
        &self,
        request: Request<v1::RotateWebhookSecretRequest>,
    ) -> Reply<v1::RotateWebhookSecretResponse> {
        let tried = request.get_ref().validate_only;
        let key = self.service.webhooks()?.key.clone();
        let respond = move |grant: &Grant, generation: i64| {
            let account = grant.account().ok().filter(|_| !tried);
            let secret = account.map(|account| key.shown(account, generation)).unwrap_or_default();
            v1::RotateWebhookSecretResponse { secret, mutation: None }
        };
        let build = |grant: &Grant, request| convert::rotate(grant, &request);
        self.write_keeping(request, build, respond, |kept| hide_secret(&mut kept.secret, &mut kept.mutation)).await
    }
}
