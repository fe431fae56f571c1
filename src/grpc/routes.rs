//! What is served: the services of the contract, health and reflection.

use tonic::server::NamedService;
use tonic::service::RoutesBuilder;

pub use tonic::service::Routes;
use tonic_health::server::HealthReporter;

use super::call::Front;
use super::contract::access::{RequestSize, rules};
use super::pb::{self, v1};
use crate::lifecycle::Shutdown;

/// Says per service whether it serves.
#[derive(Clone)]
pub struct Health {
    reporter: HealthReporter,
    names: Vec<&'static str>,
}

impl std::fmt::Debug for Health {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Health")
    }
}

impl Health {
    /// Serving until the drain begins, then not.
    pub async fn follow(self, shutdown: &Shutdown) {
        shutdown.draining().cancelled().await;
        self.report(tonic_health::ServingStatus::NotServing).await;
    }

    async fn report(&self, status: tonic_health::ServingStatus) {
        for name in self.names.iter().copied().chain([""]) {
            self.reporter.set_service_status(name, status).await;
        }
    }
}

/// The largest request of a service (L-01).
fn largest<S: NamedService>() -> usize {
    let sizes = rules().iter().filter(|rule| rule.service == S::NAME).map(|rule| rule.request_size);
    sizes.max().unwrap_or(RequestSize::Small).bytes()
}

/// Largest answer (L-02).
const LARGEST_ANSWER: usize = 4 * 1024 * 1024;

macro_rules! served {
    ($front:expr, $builder:expr, $($module:ident :: $server:ident),* $(,)?) => {{
        $(
            $builder.add_service(
                v1::$module::$server::new($front.clone())
                    .max_decoding_message_size(largest::<v1::$module::$server<Front>>())
                    .max_encoding_message_size(LARGEST_ANSWER),
            );
        )*
        vec![$(<v1::$module::$server<Front> as NamedService>::NAME),*]
    }};
}

/// The routes, and who reports their health. Reflection, when it is on, in both versions: older tools know only v1alpha.
pub async fn build(front: &Front, reflection: bool) -> (Routes, Health) {
    let mut builder = RoutesBuilder::default();
    let names = served!(
        front,
        builder,
        account_service_server::AccountServiceServer,
        activity_service_server::ActivityServiceServer,
        attachment_service_server::AttachmentServiceServer,
        access_service_server::AccessServiceServer,
        user_service_server::UserServiceServer,
        team_service_server::TeamServiceServer,
        call_service_server::CallServiceServer,
        channel_service_server::ChannelServiceServer,
        company_service_server::CompanyServiceServer,
        contact_service_server::ContactServiceServer,
        content_service_server::ContentServiceServer,
        customer_agent_service_server::CustomerAgentServiceServer,
        deal_service_server::DealServiceServer,
        handoff_service_server::HandoffServiceServer,
        pipeline_service_server::PipelineServiceServer,
        routing_service_server::RoutingServiceServer,
        skill_service_server::SkillServiceServer,
        ticket_service_server::TicketServiceServer,
        conversation_service_server::ConversationServiceServer,
        ingress_service_server::IngressServiceServer,
        event_service_server::EventServiceServer,
        notification_service_server::NotificationServiceServer,
        ticket_view_service_server::TicketViewServiceServer,
        ticket_property_service_server::TicketPropertyServiceServer,
        workflow_service_server::WorkflowServiceServer,
    );
    let (reporter, health) = tonic_health::server::health_reporter();
    builder.add_service(health);
    if reflection {
        let configured = || {
            tonic_reflection::server::Builder::configure()
                .register_encoded_file_descriptor_set(pb::FILE_DESCRIPTOR_SET)
                .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
        };
        if let (Ok(v1), Ok(v1alpha)) = (configured().build_v1(), configured().build_v1alpha()) {
            builder.add_service(v1);
            builder.add_service(v1alpha);
        }
    }
    let health = Health { reporter, names };
    health.report(tonic_health::ServingStatus::Serving).await;
    (builder.routes(), health)
}
