//! `IngressService`.

use futures_util::StreamExt;
use futures_util::stream::{BoxStream, unfold};
use tokio_util::sync::CancellationToken;
use tonic::{Code, Request, Response, Status};

use crate::domain::ids::ChannelId;
use crate::domain::rejection::Rejection;
use crate::grpc::call::{Front, Reply, grant_of};
use crate::grpc::contract::validate::Validate;
use crate::grpc::convert::{conversation, ingress as convert, name};
use crate::grpc::pb::v1::{self, ingress_service_server::IngressService};
use crate::grpc::sealing::{ResumePoint, Sealer};
use crate::grpc::server::StreamEnd;
use crate::grpc::validation::checked;
use crate::service::files::KeptRaw;
use crate::service::grant::Grant;
use crate::service::intake::outbound::{Outbound, Pulled};
use crate::service::intake::{Ingested, KeptMail, keep_mail, uploaded_mail};

/// Whether no row names the bytes that were kept for a message: it was refused, or here already. Not while that is
/// unknown; then the sweep finds out.
fn is_unused(answer: &Reply<v1::IngestMessageResponse>) -> bool {
    match answer {
        Ok(answer) => {
            let answer = answer.get_ref();
            answer.duplicate || answer.mutation.as_ref().is_some_and(|mutation| mutation.replayed)
        }
        Err(status) => !matches!(status.code(), Code::Unavailable | Code::DeadlineExceeded | Code::Internal),
    }
}

#[tonic::async_trait]
impl IngressService for Front {
    async fn ingest_message(&self, request: Request<v1::IngestMessageRequest>) -> Reply<v1::IngestMessageResponse> {
        let dry = request.get_ref().validate_only;
        let (mail, bytes) = self.raw_mail(&request).await?;
        let respond = move |grant: &Grant, outcome: Ingested| match grant.account() {
            Ok(account) => convert::ingested(account, &outcome, dry),
            Err(_) => v1::IngestMessageResponse::default(),
        };
        let (rules, most) = (self.service.file_rules(), self.service.sender_tickets);
        let build = |grant: &Grant, request| convert::ingest(grant, request, mail, rules, most);
        let answer = self.write(request, build, respond).await;
        if let Some(bytes) = bytes.filter(|_| is_unused(&answer)) {
            bytes.discard();
        }
        answer
    }

    async fn report_delivery(&self, request: Request<v1::ReportDeliveryRequest>) -> Reply<v1::ReportDeliveryResponse> {
        let respond = |grant: &Grant, message| {
            let message = grant.account().ok().map(|account| conversation::message(account, &message));
            v1::ReportDeliveryResponse { message, mutation: None }
        };
        self.write(request, convert::report, respond).await
    }

    type PullOutboundStream = BoxStream<'static, Result<v1::PullOutboundResponse, Status>>;

    async fn pull_outbound(&self, request: Request<v1::PullOutboundRequest>) -> Reply<Self::PullOutboundStream> {
        let grant = grant_of(&request)?;
        let end = request.extensions().get::<StreamEnd>().map_or_else(CancellationToken::new, |end| end.0.clone());
        let message = checked(request.into_inner())?;
        let channel = name::channel(&grant, "channel", &message.channel)?;
        let after = self.outbound_place(&grant, &channel, &message.resume_token)?;
        let outbound = Outbound::open(&self.service, &grant, channel, after).await?;
        let pull = Pull { outbound, sealer: self.sealer.clone(), end, over: false };
        Ok(Response::new(unfold(Some(pull), step).boxed()))
    }
}

impl Front {
    /// Reads and keeps the raw mail of a request, if it has one that the field rules would let pass.
    async fn raw_mail(
        &self,
        request: &Request<v1::IngestMessageRequest>,
    ) -> Result<(Option<KeptMail>, Option<KeptRaw>), Status> {
        let (grant, asked) = (grant_of(request)?, request.get_ref());
        if !asked.validate().is_empty() {
            return Ok((None, None));
        }
        let upload = asked.message.as_ref().map(|message| message.raw_mail_attachment.as_str()).unwrap_or_default();
        if let Some(id) = name::attachment_ref(&grant, "message.raw_mail_attachment", upload)? {
            return Ok((Some(uploaded_mail(&self.service, &grant, id).await?), None));
        }
        let raw = asked.message.as_ref().map(|message| message.raw_mail.as_slice()).unwrap_or_default();
        if raw.is_empty() {
            return Ok((None, None));
        }
        let (mail, bytes) = keep_mail(&self.service, grant.account()?, raw, !asked.validate_only).await?;
        Ok((Some(mail), bytes))
    }

    fn outbound_place(&self, grant: &Grant, channel: &ChannelId, token: &str) -> Result<i64, Rejection> {
        if token.is_empty() {
            return Ok(0);
        }
        let point: Option<ResumePoint> = self.sealer.open(&purpose(channel), grant.account()?, token);
        point.map(|point| point.sequence).ok_or(Rejection::ResumeToken)
    }
}

/// A token of one channel's stream opens no other.
fn purpose(channel: &ChannelId) -> String {
    format!("outbound/{channel}")
}

struct Pull {
    outbound: Outbound,
    sealer: std::sync::Arc<Sealer>,
    end: CancellationToken,
    over: bool,
}

type Step = Option<(Result<v1::PullOutboundResponse, Status>, Option<Pull>)>;

async fn step(pull: Option<Pull>) -> Step {
    let mut pull = pull?;
    if pull.over {
        return Some((Err(Rejection::Draining.into()), None));
    }
    let pulled = tokio::select! {
        biased;
        () = pull.end.cancelled() => None,
        pulled = pull.outbound.next() => Some(pulled),
    };
    match pulled {
        Some(Ok(pulled)) => Some((Ok(pull.answer(&pulled)), Some(pull))),
        Some(Err(rejection)) => Some((Err(rejection.into()), None)),
        None => {
            // The last word is a token to go on from; the end follows.
            pull.over = true;
            Some((Ok(pull.answer(&Pulled { messages: Vec::new(), caught_up: false })), Some(pull)))
        }
    }
}

impl Pull {
    fn answer(&self, pulled: &Pulled) -> v1::PullOutboundResponse {
        let account = self.outbound.account();
        let point = ResumePoint { sequence: self.outbound.place(), time: self.outbound.now() };
        let messages: Vec<v1::Message> = pulled
            .messages
            .iter()
            .map(|(message, reply_token)| v1::Message {
                reply_token: reply_token.clone(),
                ..conversation::shown_message(account, message)
            })
            .collect();
        v1::PullOutboundResponse {
            progress: messages.is_empty(),
            messages,
            resume_token: self.sealer.seal(&purpose(self.outbound.channel()), account, &point),
            caught_up: pulled.caught_up,
        }
    }
}
