//! Streams about one ticket and one conversation on their way out.

use futures_util::StreamExt;
use futures_util::stream::{BoxStream, unfold};
use tonic::{Request, Response, Status};

use crate::domain::ids::AccountId;
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::grpc::call::{CredentialEnd, Front, Reply, grant_of};
use crate::grpc::contract::validate::Validate;
use crate::grpc::convert::{history, name};
use crate::grpc::pb::v1;
use crate::grpc::server::StreamEnd;
use crate::grpc::validation::checked;
use crate::service::conversations::{self, ConversationNews, ConversationWatch, WatchConversation};
use crate::service::events::StreamEnds;
use crate::service::grant::Grant;
use crate::service::tickets::{self, TicketNews, TicketWatch, WatchTicket};

/// A ticket and its changes.
pub type TicketStream = BoxStream<'static, Result<v1::WatchTicketResponse, Status>>;
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
    fn new(front: &Front, grant: &Grant, name: &Name) -> Result<Self, Rejection> {
        Ok(Self { front: front.clone(), account: grant.account()?.clone(), purpose: format!("watch/{name}") })
    }

    /// The place of a token; none begins with the record as it is.
    fn place(&self, token: &str) -> Result<Option<i64>, Rejection> {
        if token.is_empty() {
            return Ok(None);
        }
        self.front.sealer.open(&self.purpose, &self.account, token).map(Some).ok_or(Rejection::ResumeToken)
    }

    fn token(&self, upto: i64) -> String {
        self.front.sealer.seal(&self.purpose, &self.account, &upto)
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
            let told = |news: TicketNews| history::ticket_news(&about.account, &news, about.token(news.upto));
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
                |news: ConversationNews| history::conversation_news(&about.account, &news, about.token(news.upto));
            let answer = watch.next().await?.map(told).map_err(Status::from);
            Some((answer, (about, watch)))
        });
        Ok(Response::new(stream.boxed()))
    }
}
