//! What happens by itself in an account: a workflow for every ticket.

use helpdesk::grpc::pb::v1::workflow_service_client::WorkflowServiceClient;
use helpdesk::grpc::pb::v1::{
    self as api, SetCategoryStep, Workflow, WorkflowStep, WorkflowTrigger, WorkflowTriggerKind,
};

use super::Desk;
use super::accounts::said;
use crate::Result;

/// The id of the workflow.
pub const WORKFLOW: &str = "later";
/// Seconds that it lets every ticket wait.
const DELAY: i64 = 86_400;

impl Desk<'_> {
    /// Switches a workflow on that takes every ticket in, lets it wait for a day, and then changes it.
    pub async fn with_workflow(&self) -> Result<()> {
        use api::workflow_step::Kind;
        let step = |id: &str, next: &str, kind| WorkflowStep {
            step_id: id.to_owned(),
            next_step: next.to_owned(),
            kind: Some(kind),
            ..Default::default()
        };
        let delay = Kind::Delay(prost_types::Duration { seconds: DELAY, nanos: 0 });
        let change = Kind::SetCategory(SetCategoryStep { category: "later".to_owned() });
        let created = WorkflowTrigger { kind: WorkflowTriggerKind::Created.into(), ..Default::default() };
        let workflow = Workflow {
            display_name: "Later".to_owned(),
            triggers: vec![created],
            steps: vec![step("wait", "change", delay), step("change", "", change)],
            ..Default::default()
        };
        let request = api::CreateWorkflowRequest {
            parent: format!("accounts/{}", self.account.id),
            workflow: Some(workflow),
            workflow_id: WORKFLOW.to_owned(),
            ..Default::default()
        };
        let mut client = WorkflowServiceClient::new(self.channel.clone());
        said("CreateWorkflow", client.create_workflow(self.account.person.put_on(request)).await)?;
        let name = self.account.name(&format!("workflows/{WORKFLOW}"));
        let request = api::TurnOnWorkflowRequest { name, ..Default::default() };
        said("TurnOnWorkflow", client.turn_on_workflow(self.account.person.put_on(request)).await).map(drop)
    }
}
