//! What the tests of pipelines do again and again.

use helpdesk::grpc::pb::access::{AccessLevel, Seat};
use helpdesk::grpc::pb::v1::{self, StatusCategory, workflow_step::Kind};
use prost_types::FieldMask;
use tonic::{Response, Status};

use crate::support::app::{self, App};
use crate::support::client::Client;

/// Name of a pipeline.
pub fn pipeline(id: &str) -> String {
    format!("{}/pipelines/{id}", app::account())
}

/// Name of a status of a pipeline.
pub fn status(pipeline: &str, id: &str) -> String {
    format!("{}/pipelines/{pipeline}/statuses/{id}", app::account())
}

/// An update mask.
pub fn mask(paths: &[&str]) -> FieldMask {
    FieldMask { paths: paths.iter().map(|path| (*path).to_owned()).collect() }
}

/// A request for a pipeline with these statuses; none: the usual ones.
pub fn creating(id: &str, statuses: &[(&str, StatusCategory)]) -> v1::CreatePipelineRequest {
    let initial = |(id, category): &(&str, StatusCategory)| v1::InitialStatus {
        status_id: (*id).to_owned(),
        display_name: (*id).to_owned(),
        category: (*category).into(),
    };
    v1::CreatePipelineRequest {
        parent: app::account(),
        pipeline: Some(v1::Pipeline { display_name: id.to_owned(), ..Default::default() }),
        pipeline_id: id.to_owned(),
        initial_statuses: statuses.iter().map(initial).collect(),
        ..Default::default()
    }
}

/// Makes a pipeline.
pub async fn create(caller: &Client, id: &str, statuses: &[(&str, StatusCategory)]) -> v1::Pipeline {
    let made = caller.pipelines().create_pipeline(creating(id, statuses)).await.expect("a pipeline");
    made.into_inner().pipeline.expect("a pipeline")
}

/// A pipeline as it is now.
pub async fn get(caller: &Client, id: &str) -> Result<v1::Pipeline, Status> {
    let request = v1::GetPipelineRequest { name: pipeline(id) };
    caller.pipelines().get_pipeline(request).await.map(|found| found.into_inner().pipeline.expect("a pipeline"))
}

/// The pipelines by position.
pub async fn ids(caller: &Client) -> Vec<String> {
    let request = v1::ListPipelinesRequest { parent: app::account(), ..Default::default() };
    let page = caller.pipelines().list_pipelines(request).await.expect("a page").into_inner();
    page.pipelines.iter().map(|one| last(&one.name)).collect()
}

/// The last part of a name.
pub fn last(name: &str) -> String {
    name.rsplit('/').next().unwrap_or_default().to_owned()
}

/// Adds a status; returns its name.
pub async fn add_status(caller: &Client, parent: &str, id: &str, category: StatusCategory) -> Result<String, Status> {
    let new = v1::PipelineStatus { display_name: id.to_owned(), category: category.into(), ..Default::default() };
    let request = v1::CreatePipelineStatusRequest {
        parent: pipeline(parent),
        pipeline_status: Some(new),
        pipeline_status_id: id.to_owned(),
        ..Default::default()
    };
    let made = caller.pipelines().create_pipeline_status(request).await?.into_inner();
    Ok(made.pipeline_status.expect("a status").name)
}

/// Changes a status.
pub async fn change_status(
    caller: &Client,
    new: v1::PipelineStatus,
    paths: &[&str],
) -> Result<v1::PipelineStatus, Status> {
    let request = v1::UpdatePipelineStatusRequest {
        pipeline_status: Some(new),
        update_mask: Some(mask(paths)),
        ..Default::default()
    };
    let done = caller.pipelines().update_pipeline_status(request).await?.into_inner();
    Ok(done.pipeline_status.expect("a status"))
}

/// Says which status may follow which.
pub async fn limit(caller: &Client, id: &str, pairs: &[(&str, &str)]) -> Result<v1::Pipeline, Status> {
    let transition =
        |(from, to): &(&str, &str)| v1::StatusTransition { from_status: status(id, from), to_status: status(id, to) };
    let transitions = pairs.iter().map(transition).collect();
    let new = v1::Pipeline { name: pipeline(id), transitions, ..Default::default() };
    let request = v1::UpdatePipelineRequest {
        pipeline: Some(new),
        update_mask: Some(mask(&["transitions"])),
        ..Default::default()
    };
    caller.pipelines().update_pipeline(request).await.map(|done| done.into_inner().pipeline.expect("a pipeline"))
}

/// Says in which statuses tickets may be made.
pub async fn begin_in(caller: &Client, id: &str, statuses: &[&str]) -> Result<v1::Pipeline, Status> {
    let creation_statuses = statuses.iter().map(|it| status(id, it)).collect();
    let new = v1::Pipeline { name: pipeline(id), creation_statuses, ..Default::default() };
    let request = v1::UpdatePipelineRequest {
        pipeline: Some(new),
        update_mask: Some(mask(&["creation_statuses"])),
        ..Default::default()
    };
    caller.pipelines().update_pipeline(request).await.map(|done| done.into_inner().pipeline.expect("a pipeline"))
}

/// Deletes a pipeline.
pub async fn delete(caller: &Client, id: &str, to: &str) -> Result<v1::DeletePipelineResponse, Status> {
    let move_tickets_to = if to.is_empty() { String::new() } else { pipeline(to) };
    let request = v1::DeletePipelineRequest { name: pipeline(id), move_tickets_to, ..Default::default() };
    caller.pipelines().delete_pipeline(request).await.map(Response::into_inner)
}

/// Deletes a status.
pub async fn delete_status(caller: &Client, name: &str, to: &str) -> Result<v1::DeletePipelineStatusResponse, Status> {
    let request =
        v1::DeletePipelineStatusRequest { name: name.to_owned(), move_tickets_to: to.to_owned(), ..Default::default() };
    caller.pipelines().delete_pipeline_status(request).await.map(Response::into_inner)
}

/// A ticket made by hand in a status.
pub async fn ticket_in(caller: &Client, of: &str, id: &str) -> Result<v1::Ticket, Status> {
    let ticket = v1::Ticket { pipeline: pipeline(of), status: status(of, id), ..app::ticket(id) };
    let request = v1::CreateTicketRequest { parent: app::account(), ticket: Some(ticket), ..Default::default() };
    caller.tickets().create_ticket(request).await.map(|made| made.into_inner().ticket.expect("a ticket"))
}

/// Brings a ticket to another status of its pipeline.
pub async fn enter(caller: &Client, ticket: &str, status: &str) -> Result<v1::Ticket, Status> {
    let request =
        v1::ChangeTicketStatusRequest { name: ticket.to_owned(), status: status.to_owned(), ..Default::default() };
    let done = caller.tickets().change_ticket_status(request).await?;
    Ok(done.into_inner().ticket.expect("a ticket"))
}

/// Moves a ticket to a pipeline; an empty status leaves it to the service.
pub async fn move_to(caller: &Client, ticket: &str, to: &str, id: &str) -> Result<v1::Ticket, Status> {
    let status = if id.is_empty() { String::new() } else { status(to, id) };
    let request =
        v1::MoveTicketRequest { name: ticket.to_owned(), pipeline: pipeline(to), status, ..Default::default() };
    let done = caller.tickets().move_ticket(request).await?;
    Ok(done.into_inner().ticket.expect("a ticket"))
}

/// The automation of a pipeline.
pub async fn automation(caller: &Client, id: &str) -> v1::PipelineAutomation {
    let request = v1::GetPipelineAutomationRequest { name: format!("{}/automation", pipeline(id)) };
    let found = caller.pipelines().get_pipeline_automation(request).await.expect("an automation").into_inner();
    found.pipeline_automation.expect("an automation")
}

/// Changes the automation of a pipeline.
pub async fn automate(
    caller: &Client,
    id: &str,
    new: v1::PipelineAutomation,
    paths: &[&str],
) -> Result<v1::PipelineAutomation, Status> {
    let name = format!("{}/automation", pipeline(id));
    let request = v1::UpdatePipelineAutomationRequest {
        pipeline_automation: Some(v1::PipelineAutomation { name, ..new }),
        update_mask: Some(mask(paths)),
        ..Default::default()
    };
    let done = caller.pipelines().update_pipeline_automation(request).await?.into_inner();
    Ok(done.pipeline_automation.expect("an automation"))
}

/// A rule that is on and goes to a status; an empty one is the usual.
pub fn rule(to_status: &str) -> v1::StatusRule {
    v1::StatusRule { enabled: true, to_status: to_status.to_owned(), ..Default::default() }
}

/// Sets the tier of an account.
pub async fn set_tier(app: &App, account: &str, tier: helpdesk::grpc::pb::access::Tier) -> v1::Account {
    let account = v1::Account {
        name: format!("accounts/{account}"),
        subscription: Some(v1::Subscription { tier: tier.into(), ..Default::default() }),
        ..Default::default()
    };
    let request = v1::UpdateAccountRequest {
        account: Some(account),
        update_mask: Some(mask(&["subscription.tier"])),
        ..Default::default()
    };
    let done = app.operator().accounts().update_account(request).await.expect("the tier is set").into_inner();
    done.account.expect("an account")
}

/// A person with a Service seat who is no super admin and has no access to the account.
pub async fn plain_agent(app: &App, id: &str) -> Client {
    app.add_user(v1::User { seat: Seat::Service.into(), ..app::person(id, AccessLevel::All) }, id).await
}

/// Name of a text.
pub fn text_block(id: &str) -> String {
    format!("{}/textBlocks/{id}", app::account())
}

/// A step that sends an automated email.
pub fn send_email(id: &str) -> Kind {
    Kind::SendEmail(v1::SendEmailStep { text_block: text_block(id) })
}

/// Adds an action to a status of the default pipeline, last.
pub async fn act(caller: &Client, status: &str, id: &str, kind: Kind) -> Result<v1::StatusAction, Status> {
    act_after(caller, status, id, kind, "").await
}

/// Adds an action behind another one.
pub async fn act_after(
    caller: &Client,
    status: &str,
    id: &str,
    kind: Kind,
    after: &str,
) -> Result<v1::StatusAction, Status> {
    let done = caller.pipelines().create_status_action(acting(status, id, kind, after)).await?.into_inner();
    Ok(done.status_action.expect("an action"))
}

/// The request for an action.
pub fn acting(status: &str, id: &str, kind: Kind, after: &str) -> v1::CreateStatusActionRequest {
    let step = v1::WorkflowStep { step_id: id.to_owned(), kind: Some(kind), ..Default::default() };
    v1::CreateStatusActionRequest {
        parent: app::status_name(status),
        status_action: Some(v1::StatusAction { step: Some(step), ..Default::default() }),
        after: if after.is_empty() { String::new() } else { action_name(status, after) },
        ..Default::default()
    }
}

/// Name of an action.
pub fn action_name(status: &str, id: &str) -> String {
    format!("{}/actions/{id}", app::status_name(status))
}

/// The actions of a status, in order.
pub async fn actions(caller: &Client, status: &str) -> Vec<v1::StatusAction> {
    let request = v1::ListStatusActionsRequest { parent: app::status_name(status) };
    caller.pipelines().list_status_actions(request).await.expect("the actions").into_inner().status_actions
}

/// Their ids.
pub fn action_ids(actions: &[v1::StatusAction]) -> Vec<String> {
    actions.iter().map(|action| last(&action.name)).collect()
}

/// Deletes an action, alone or with all later ones.
pub async fn drop_action(
    caller: &Client,
    status: &str,
    id: &str,
    later_ones_too: bool,
) -> Result<Vec<v1::StatusAction>, Status> {
    let request = v1::DeleteStatusActionRequest { name: action_name(status, id), later_ones_too, ..Default::default() };
    caller.pipelines().delete_status_action(request).await.map(|done| done.into_inner().status_actions)
}

/// Makes an automated email.
pub async fn make_email(caller: &Client, id: &str, transactional: bool) -> Result<v1::TextBlock, Status> {
    let block = v1::TextBlock {
        r#type: v1::TextBlockType::AutomatedEmail.into(),
        display_name: id.to_owned(),
        subject: "News on {{ticket.subject}}".to_owned(),
        body: Some(v1::RichText { text: format!("{id} {{{{contact.name}}}}"), ..Default::default() }),
        transactional,
        ..Default::default()
    };
    let request = v1::CreateTextBlockRequest {
        parent: app::account(),
        text_block: Some(block),
        text_block_id: id.to_owned(),
        ..Default::default()
    };
    caller.contents().create_text_block(request).await.map(|made| made.into_inner().text_block.expect("a text"))
}

/// Sets what an account has bought beside its tier.
pub async fn set_add_ons(app: &App, add_ons: &[v1::AddOn]) {
    let add_ons = add_ons.iter().map(|add_on| (*add_on).into()).collect();
    let account = v1::Account {
        name: app::account(),
        subscription: Some(v1::Subscription { add_ons, ..Default::default() }),
        ..Default::default()
    };
    let request = v1::UpdateAccountRequest {
        account: Some(account),
        update_mask: Some(mask(&["subscription.add_ons"])),
        ..Default::default()
    };
    app.operator().accounts().update_account(request).await.expect("the add-ons are set");
}
