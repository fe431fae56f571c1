//! One connection to a service, with the credential that goes with every call.

use std::path::PathBuf;
use std::time::Duration;

use tonic::Status;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

use super::bearer::Bearer;
use super::{CallError, Patience, until_answered};
use crate::grpc::pb::v1::{
    access_service_client::AccessServiceClient, account_service_client::AccountServiceClient,
    attachment_service_client::AttachmentServiceClient, channel_service_client::ChannelServiceClient,
    contact_service_client::ContactServiceClient, conversation_service_client::ConversationServiceClient,
    customer_agent_service_client::CustomerAgentServiceClient, event_service_client::EventServiceClient,
    handoff_service_client::HandoffServiceClient, ingress_service_client::IngressServiceClient,
    routing_service_client::RoutingServiceClient, skill_service_client::SkillServiceClient,
    team_service_client::TeamServiceClient, ticket_service_client::TicketServiceClient,
    user_service_client::UserServiceClient,
};
use crate::settings::Secret;

/// Time to reach the service, TLS included.
const CONNECT: Duration = Duration::from_secs(3);
/// Time for one answer; the service's own limits are shorter.
const ANSWER: Duration = Duration::from_secs(15);
/// A ping on a connection with open calls after this much silence, so that a dead machine is noticed.
const PING: Duration = Duration::from_secs(20);

/// How to reach a service.
#[derive(Debug, Clone, Default)]
pub struct Target {
    /// `http://HOST:PORT` or `https://HOST:PORT`; `HOST:PORT` alone means `http`.
    pub url: String,
    /// Token or access key; none calls anonymously.
    pub token: Option<Secret>,
    /// PEM file with the authority that signed the certificate of an `https` service.
    pub ca: Option<PathBuf>,
}

/// Why a target cannot be used at all.
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    /// Not the URL of a service.
    #[error("{url} is not the address of a service: write it as http://HOST:PORT or https://HOST:PORT")]
    Url {
        /// What was given.
        url: String,
    },
    /// A certificate that cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Authority {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// TLS that cannot be set up.
    #[error("TLS cannot be set up: {0}")]
    Tls(tonic::transport::Error),
    /// A credential with letters that no header can carry. It is not repeated.
    #[error("the token has letters that no token has")]
    Token,
}

/// A connection that opens with its first call and opens again by itself after it broke.
#[derive(Debug, Clone)]
pub struct Connection {
    channel: Channel,
    bearer: Bearer,
}

/// What carries the calls: the connection under the credential.
pub type Carrier = InterceptedService<Channel, Bearer>;

macro_rules! clients {
    ($($(#[$doc:meta])* $name:ident -> $client:ident;)*) => {$(
        $(#[$doc])*
        pub fn $name(&self) -> $client<Carrier> {
            $client::with_interceptor(self.channel.clone(), self.bearer.clone())
        }
    )*};
}

impl Connection {
    /// Prepares a connection; nothing is sent yet. Must be called inside a runtime.
    ///
    /// # Errors
    /// [`TargetError`] when the target cannot be used at all.
    pub fn to(target: &Target) -> Result<Self, TargetError> {
        let channel = endpoint(target)?.connect_lazy();
        Ok(Self { channel, bearer: bearer(target.token.as_ref())? })
    }

    /// The same connection for another caller.
    ///
    /// # Errors
    /// [`TargetError::Token`] when the credential cannot be sent.
    pub fn with_token(&self, token: &Secret) -> Result<Self, TargetError> {
        Ok(Self { channel: self.channel.clone(), bearer: bearer(Some(token))? })
    }

    /// A second connection of the same caller to the same service.
    ///
    /// # Errors
    /// [`TargetError`] when the target cannot be used at all.
    pub fn another(&self, target: &Target) -> Result<Self, TargetError> {
        Ok(Self { channel: endpoint(target)?.connect_lazy(), bearer: self.bearer.clone() })
    }

    /// Whether a service (empty: the server as a whole) is serving, by the health protocol of gRPC.
    ///
    /// # Errors
    /// [`CallError`] when it cannot be asked or does not know the service.
    pub async fn is_serving(&self, service: &str) -> Result<bool, CallError> {
        let request = HealthCheckRequest { service: service.to_owned() };
        let answer = HealthClient::new(self.channel.clone()).check(request).await?;
        Ok(answer.into_inner().status() == ServingStatus::Serving)
    }

    /// Waits until the server is serving.
    ///
    /// # Errors
    /// What the last try said when patience ends.
    pub async fn until_serving(&self, patience: Patience) -> Result<(), CallError> {
        until_answered(patience, async || {
            let serving = HealthClient::new(self.channel.clone()).check(HealthCheckRequest::default()).await?;
            match serving.get_ref().status() {
                ServingStatus::Serving => Ok(serving),
                other => Err(Status::unavailable(format!("the service is {}", other.as_str_name()))),
            }
        })
        .await
        .map(|_| ())
    }

    clients! {
        /// Callers and access keys.
        access -> AccessServiceClient;
        /// Accounts.
        accounts -> AccountServiceClient;
        /// Files.
        attachments -> AttachmentServiceClient;
        /// Channels and their routing.
        channels -> ChannelServiceClient;
        /// Contacts.
        contacts -> ContactServiceClient;
        /// Conversations, messages and comments.
        conversations -> ConversationServiceClient;
        /// Customer agents and their turns.
        customer_agents -> CustomerAgentServiceClient;
        /// The event log.
        events -> EventServiceClient;
        /// Hand-offs, and what triggers them.
        handoffs -> HandoffServiceClient;
        /// The door of channel adapters.
        ingress -> IngressServiceClient;
        /// Routing decisions.
        routing -> RoutingServiceClient;
        /// Skills, and who has them.
        skills -> SkillServiceClient;
        /// Teams.
        teams -> TeamServiceClient;
        /// Tickets.
        tickets -> TicketServiceClient;
        /// Users.
        users -> UserServiceClient;
    }
}

fn bearer(token: Option<&Secret>) -> Result<Bearer, TargetError> {
    token.map_or(Some(Bearer::none()), Bearer::of).ok_or(TargetError::Token)
}

fn endpoint(target: &Target) -> Result<Endpoint, TargetError> {
    let wrong = || TargetError::Url { url: target.url.clone() };
    let url = if target.url.contains("://") { target.url.clone() } else { format!("http://{}", target.url) };
    let uri: http::Uri = url.parse().map_err(|_| wrong())?;
    let secure = match uri.scheme_str() {
        Some("http") => false,
        Some("https") => true,
        _ => return Err(wrong()),
    };
    let endpoint = Endpoint::from(uri)
        .connect_timeout(CONNECT)
        .timeout(ANSWER)
        .http2_keep_alive_interval(PING)
        .keep_alive_timeout(CONNECT);
    if secure { endpoint.tls_config(tls(target)?).map_err(TargetError::Tls) } else { Ok(endpoint) }
}

fn tls(target: &Target) -> Result<ClientTlsConfig, TargetError> {
    let Some(path) = &target.ca else { return Ok(ClientTlsConfig::new()) };
    let pem = std::fs::read(path).map_err(|source| TargetError::Authority { path: path.clone(), source })?;
    Ok(ClientTlsConfig::new().ca_certificate(Certificate::from_pem(pem)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(url: &str) -> Result<Connection, TargetError> {
        Connection::to(&Target { url: url.to_owned(), ..Target::default() })
    }

    #[tokio::test]
    async fn an_address_is_taken_with_and_without_a_scheme() {
        for good in ["127.0.0.1:50051", "http://127.0.0.1:50051", "http://desk.example:80", "[::1]:50051"] {
            assert!(at(good).is_ok(), "{good}");
        }
        for bad in ["", "ftp://h:1", "http://", "http:// h"] {
            assert!(matches!(at(bad), Err(TargetError::Url { .. })), "{bad}");
        }
    }

    #[tokio::test]
    async fn a_missing_authority_is_named() {
        let target = Target {
            url: "https://desk.example:443".to_owned(),
            ca: Some("/nowhere/ca.pem".into()),
            ..Target::default()
        };
        let error = Connection::to(&target).expect_err("no file");
        assert!(error.to_string().contains("/nowhere/ca.pem"), "{error}");
    }

    #[tokio::test]
    async fn a_service_that_is_not_there_is_unavailable() {
        let error = at("http://127.0.0.1:1").expect("usable").is_serving("").await.expect_err("nobody listens");
        assert!(error.may_pass() && error.code_name() == "UNAVAILABLE", "{error}");
    }
}
