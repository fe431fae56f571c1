//! A caller: one credential over one connection, with a client for every service.

use helpdesk::grpc::pb::v1::{self, ErrorReason};
use helpdesk::grpc::status::reason;
use tonic::metadata::MetadataValue;
use tonic::service::Interceptor;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::Channel;
use tonic::{Request, Status};

/// Puts the credential into every call.
#[derive(Clone)]
pub struct WithCredential(String);

impl Interceptor for WithCredential {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        if !self.0.is_empty() {
            let value = MetadataValue::try_from(format!("Bearer {}", self.0)).expect("a plain credential");
            request.metadata_mut().insert("authorization", value);
        }
        Ok(request)
    }
}

/// What carries the calls.
pub type Carried = InterceptedService<Channel, WithCredential>;

/// Somebody who calls.
#[derive(Clone)]
pub struct Client {
    channel: Channel,
    credential: WithCredential,
}

macro_rules! services {
    ($($name:ident: $module:ident :: $client:ident),* $(,)?) => {$(
        /// Calls of this service.
        pub fn $name(&self) -> v1::$module::$client<Carried> {
            v1::$module::$client::with_interceptor(self.channel.clone(), self.credential.clone())
        }
    )*};
}

impl Client {
    /// A caller with `credential`; none when it is empty.
    pub fn new(channel: Channel, credential: &str) -> Self {
        Self { channel, credential: WithCredential(credential.to_owned()) }
    }

    services! {
        accounts: account_service_client::AccountServiceClient,
        access: access_service_client::AccessServiceClient,
        users: user_service_client::UserServiceClient,
        attachments: attachment_service_client::AttachmentServiceClient,
        teams: team_service_client::TeamServiceClient,
        activities: activity_service_client::ActivityServiceClient,
        companies: company_service_client::CompanyServiceClient,
        deals: deal_service_client::DealServiceClient,
        contacts: contact_service_client::ContactServiceClient,
        channels: channel_service_client::ChannelServiceClient,
        contents: content_service_client::ContentServiceClient,
        pipelines: pipeline_service_client::PipelineServiceClient,
        tickets: ticket_service_client::TicketServiceClient,
        conversations: conversation_service_client::ConversationServiceClient,
        ingress: ingress_service_client::IngressServiceClient,
        routing: routing_service_client::RoutingServiceClient,
        calls: call_service_client::CallServiceClient,
        agents: customer_agent_service_client::CustomerAgentServiceClient,
        handoffs: handoff_service_client::HandoffServiceClient,
        skills: skill_service_client::SkillServiceClient,
        events: event_service_client::EventServiceClient,
        notifications: notification_service_client::NotificationServiceClient,
        ticket_views: ticket_view_service_client::TicketViewServiceClient,
        workflows: workflow_service_client::WorkflowServiceClient,
        ticket_properties: ticket_property_service_client::TicketPropertyServiceClient,
    }
}

/// Asserts that a call was refused for `expected`.
pub fn assert_refused<T: std::fmt::Debug>(result: Result<T, Status>, expected: ErrorReason) -> Status {
    let status = result.expect_err("the call must be refused");
    let name = expected.as_str_name().trim_start_matches("ERROR_REASON_");
    assert_eq!(reason(&status).as_deref(), Some(name), "{status:?}");
    status
}
