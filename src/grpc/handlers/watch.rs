//! Streams about one ticket, one conversation and those that wait on their way out.

use futures_util::StreamExt;
use futures_util::stream::{BoxStream, unfold};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tonic::{Request, Response, Status};

use crate::domain::ids::AccountId;
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::grpc::call::{CredentialEnd, Front, Reply, grant_of};
use crate::grpc::contract::validate::Validate;
use crate::grpc::convert::{handoff, history, name, queue, turn};
use crate::grpc::pb::v1;
use crate::grpc::server::StreamEnd;
use crate::grpc::validation::checked;
use crate::service::conversations::{self, ConversationNews, ConversationWatch, WatchConversation};
use crate::service::customer_agents::{self, TurnNews, TurnWatch, WatchTurns};
use crate::service::events::StreamEnds;
use crate::service::grant::Grant;
use crate::service::handoffs::{self, HandoffNews, HandoffWatch, WatchHandoffs};
use crate::service::queue_watch::{self, QueueNews, QueueWatch, WatchQueue};
use crate::service::tickets::{self, TicketNews, TicketWatch, WatchTicket};

/// A ticket and its changes.
pub type TicketStream = BoxStream<'static, Result<v1::WatchTicketResponse, Status>>;
/// Those that wait.
pub type QueueStream = BoxStream<'static, Result<v1::WatchQueueResponse, Status>>;
/// Hand-offs.
pub type HandoffStream = BoxStream<'static, Result<v1::WatchHandoffsResponse, Status>>;
/// Turns of a customer agent.
pub type TurnStream = BoxStream<'static, Result<v1::WatchTurnsResponse, Status>>;
/// A conversation and what is said.
pub type ConversationStream = BoxStream<'static, Result<v1::WatchConversationResponse, Status>>;

/// Who asks, what for, and what ends the stream from outside.
pub(super) fn opened<Q: Validate>(request: Request<Q>) -> Result<(Grant, StreamEnds, Q), Status> {
    let grant = grant_of(&request)?;
    let extensions = request.extensions();
    let credential = extensions.get::<CredentialEnd>().map(|end| end.0);
    let stream = extensions.get::<StreamEnd>().map(|end| end.0.clone()).unwrap_or_default();
    Ok((grant, StreamEnds { credential, stream }, checked(request.into_inner())?))
}

/// A stream about one record.
struct About {
    front: Front,
    account: AccountId,
    /// A token of one record's stream opens no other.
    purpose: String,
}

impl About {
    fn new(front: &Front, grant: &Grant, what: &impl std::fmt::Display) -> Result<Self, Rejection> {
        Ok(Self { front: front.clone(), account: grant.account()?.clone(), purpose: format!("watch/{what}") })
    }

    /// The place of a token; none begins with the record as it is.
    fn place<P: DeserializeOwned>(&self, token: &str) -> Result<Option<P>, Rejection> {
        if token.is_empty() {
            return Ok(None);
        }
        self.front.sealer.open(&self.purpose, &self.account, token).map(Some).ok_or(Rejection::ResumeToken)
    }

    fn token(&self, place: &impl Serialize) -> String {
        self.front.sealer.seal(&self.purpose, &self.account, place)
    }
}

impl Front {
    pub(super) async fn ticket_stream(&self, request: Request<v1::WatchTicketRequest>) -> Reply<TicketStream> {
        let (grant, ends, message) = opened(request)?;
        let number = name::ticket(&grant, "name", &message.name)?;
        let about = About::new(self, &grant, &Name::Ticket(number))?;
        let (after, progress) = (about.place(&message.resume_token)?, self.service.watches.options().progress);
        let asked = WatchTicket { ticket: number, after, progress, ends };
        let watch = tickets::watch(&self.service, grant, asked).await?;
        let stream = unfold((about, watch), async |(about, mut watch): (About, TicketWatch)| {
            let told = |news: TicketNews| history::ticket_news(&about.account, &news, about.token(&news.upto));
            let answer = watch.next().await?.map(told).map_err(Status::from);
            Some((answer, (about, watch)))
        });
        Ok(Response::new(stream.boxed()))
    }

    pub(super) async fn queue_stream(&self, request: Request<v1::WatchQueueRequest>) -> Reply<QueueStream> {
        let (grant, ends, message) = opened(request)?;
        name::account(&grant, "parent", &message.parent)?;
        let line = queue::line(&grant, &message.channel, &message.team)?;
        let about = About::new(self, &grant, &format!("queue/{}/{}", message.channel, message.team))?;
        let (place, progress) = (about.place(&message.resume_token)?, self.service.watches.options().progress);
        let asked = WatchQueue { line, place, progress, ends };
        let watch = queue_watch::watch(&self.service, grant, asked).await?;
        let stream = unfold((about, watch), async |(about, mut watch): (About, QueueWatch)| {
            let told = |news: QueueNews| queue::news(&about.account, &news, about.token(&news.place));
            let answer = watch.next().await?.map(told).map_err(Status::from);
            Some((answer, (about, watch)))
        });
        Ok(Response::new(stream.boxed()))
    }

    pub(super) async fn handoff_stream(&self, request: Request<v1::WatchHandoffsRequest>) -> Reply<HandoffStream> {
        let (grant, ends, message) = opened(request)?;
        name::account(&grant, "parent", &message.parent)?;
        let about = About::new(self, &grant, &"handoffs")?;
        let (place, progress) = (about.place(&message.resume_token)?, self.service.watches.options().progress);
        let watch = handoffs::watch(&self.service, grant, WatchHandoffs { place, progress, ends }).await?;
        let stream = unfold((about, watch), async |(about, mut watch): (About, HandoffWatch)| {
            let told = |news: HandoffNews| handoff::news(&about.account, &news, about.token(&news.place));
            let answer = watch.next().await?.map(told).map_err(Status::from);
            Some((answer, (about, watch)))
        });
        Ok(Response::new(stream.boxed()))
    }

    pub(super) async fn turn_stream(&self, request: Request<v1::WatchTurnsRequest>) -> Reply<TurnStream> {
        let (grant, ends, message) = opened(request)?;
        let agent = name::customer_agent(&grant, "name", &message.name)?;
        let about = About::new(self, &grant, &format!("turns/{agent}"))?;
        let (place, progress) = (about.place(&message.resume_token)?, self.service.watches.options().progress);
        let watch = customer_agents::watch(&self.service, grant, WatchTurns { agent, place, progress, ends }).await?;
        let stream = unfold((about, watch), async |(about, mut watch): (About, TurnWatch)| {
            let told = |news: TurnNews| turn::news(&about.account, &news, about.token(&news.place));
            let answer = watch.next().await?.map(told).map_err(Status::from);
            Some((answer, (about, watch)))
        });
        Ok(Response::new(stream.boxed()))
    }

    pub(super) async fn conversation_stream(
        &self,
        request: Request<v1::WatchConversationRequest>,
    ) -> Reply<ConversationStream> {
        let (grant, ends, message) = opened(request)?;
        let id = name::conversation(&grant, "name", &message.name)?;
        let about = About::new(self, &grant, &Name::Conversation(id))?;
        let (after, progress) = (about.place(&message.resume_token)?, self.service.watches.options().progress);
        let asked = WatchConversation { conversation: id, after, progress, ends };
        let watch = conversations::watch(&self.service, grant, asked).await?;
        let stream = unfold((about, watch), async |(about, mut watch): (About, ConversationWatch)| {
            let told =
                |news: ConversationNews| history::conversation_news(&about.account, &news, about.token(&news.upto));
            let answer = watch.next().await?.map(told).map_err(Status::from);
            Some((answer, (about, watch)))
        });
        Ok(Response::new(stream.boxed()))
    }
}
