//! `EventService`.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{Stream, stream};
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status};

use crate::domain::event::Event;
use crate::domain::ids::AccountId;
use crate::domain::names::Name;
use crate::domain::page::Place;
use crate::domain::rejection::Rejection;
use crate::domain::time::Timestamp;
use crate::grpc::call::{CredentialEnd, Front, Reply, grant_of};
use crate::grpc::convert::{event as convert, name, timestamp};
use crate::grpc::paging::ListFields;
use crate::grpc::pb::v1::{self, event_service_server::EventService};
use crate::grpc::sealing::ResumePoint;
use crate::grpc::server::StreamEnd;
use crate::grpc::validation::checked;
use crate::service::events::{self, Delivery, ListEvents, Sight, Start, Watch, WatchEvents};
use crate::service::grant::Grant;

/// A stream of events on its way out.
type Deliveries = Pin<Box<dyn Stream<Item = Result<v1::WatchEventsResponse, Status>> + Send>>;

/// What ends a stream from outside.
struct Ends {
    credential: Option<Timestamp>,
    stream: CancellationToken,
}

impl Front {
    fn watch_of(&self, grant: &Grant, request: &v1::WatchEventsRequest, ends: Ends) -> Result<WatchEvents, Rejection> {
        use v1::watch_events_request::Start as S;
        let account = name::account(grant, "parent", &request.parent)?;
        let start = match &request.start {
            None => Start::Now,
            Some(S::StartPoint(point)) => convert::start_point(*point),
            Some(S::StartTime(time)) => convert::start_time("start_time", time)?,
            Some(S::ResumeToken(token)) => convert::resume(&self.sealer, &account, token)?,
        };
        let wanted = convert::wanted(&self.service, grant, request.event_filter.as_ref())?;
        let asked = request.progress_interval.and_then(|interval| Duration::try_from(interval).ok());
        Ok(WatchEvents {
            wanted,
            start,
            progress: asked.unwrap_or(self.service.watches.options().progress),
            credential_end: ends.credential,
            ending: ends.stream,
            subject: None,
            sight: Sight::Stream,
        })
    }

    fn delivered(&self, account: &AccountId, delivery: &Delivery) -> v1::WatchEventsResponse {
        let point = ResumePoint { sequence: delivery.upto, time: delivery.time };
        let event = |one: &Arc<Event>| convert::resumable(&self.sealer, account, one, &delivery.origins);
        v1::WatchEventsResponse {
            events: delivery.events.iter().map(event).collect(),
            resume_token: self.sealer.resume(account, point),
            progress: delivery.events.is_empty(),
            caught_up: delivery.caught_up,
            server_time: Some(timestamp(delivery.time)),
        }
    }

    fn deliveries(&self, account: AccountId, watch: Watch) -> Deliveries {
        let front = self.clone();
        Box::pin(stream::unfold((front, account, watch), async |(front, account, mut watch)| {
            let delivery = watch.next().await?;
            let answer = delivery.map(|one| front.delivered(&account, &one)).map_err(Status::from);
            Some((answer, (front, account, watch)))
        }))
    }

    async fn page_of_log(
        &self,
        grant: &Grant,
        request: &v1::ListEventsRequest,
    ) -> Result<v1::ListEventsResponse, Rejection> {
        let account = name::account(grant, "parent", &request.parent)?;
        let asked = request.event_filter.clone().unwrap_or_default();
        // A page token goes on only in the list that it was made for.
        let filter = format!("{:?} {} {}", asked.types, request.resume_token, asked.filter);
        let paging = self.paging(
            grant,
            ListFields {
                parent: &request.parent,
                page_size: request.page_size,
                page_token: &request.page_token,
                filter: &filter,
                ..ListFields::default()
            },
        )?;
        let start = match (paging.query.page.after.as_deref(), request.resume_token.as_str()) {
            (Some([Place::Number(sequence)]), _) => Start::After(*sequence),
            (Some(_), _) => return Err(Rejection::PageToken),
            (None, "") => Start::Oldest,
            (None, token) => convert::resume(&self.sealer, &account, token)?,
        };
        let wanted = convert::wanted(&self.service, grant, Some(&asked))?;
        let size = paging.query.page.size;
        let page = events::list(&self.service, grant, ListEvents { wanted, start, size }).await?;
        let place = ResumePoint { sequence: page.upto, time: self.service.clock.now() };
        let event = |one: &Event| convert::resumable(&self.sealer, &account, one, &page.origins);
        Ok(v1::ListEventsResponse {
            events: page.events.iter().map(event).collect(),
            next_page_token: paging.next(page.more.then(|| vec![Place::Number(page.upto)])),
            resume_token: self.sealer.resume(&account, place),
        })
    }
}

#[tonic::async_trait]
impl EventService for Front {
    type WatchEventsStream = Deliveries;

    async fn watch_events(&self, request: Request<v1::WatchEventsRequest>) -> Reply<Deliveries> {
        let grant = grant_of(&request)?;
        let extensions = request.extensions();
        let credential = extensions.get::<CredentialEnd>().map(|end| end.0);
        let stream = extensions.get::<StreamEnd>().map(|end| end.0.clone()).unwrap_or_default();
        let message = checked(request.into_inner())?;
        let asked = self.watch_of(&grant, &message, Ends { credential, stream })?;
        let account = grant.account()?.clone();
        let watch = events::open(&self.service, grant, asked).await?;
        Ok(Response::new(self.deliveries(account, watch)))
    }

    async fn list_events(&self, request: Request<v1::ListEventsRequest>) -> Reply<v1::ListEventsResponse> {
        self.read(request, async |grant, request| self.page_of_log(&grant, &request).await).await
    }

    async fn get_event(&self, request: Request<v1::GetEventRequest>) -> Reply<v1::GetEventResponse> {
        self.read(request, async |grant, request| {
            let Name::Event(sequence) = name::subject(&grant, "name", &request.name)? else {
                return Err(Rejection::NameInvalid { field: "name".to_owned(), value: request.name });
            };
            let (event, origins) = events::get(&self.service, &grant, sequence).await?;
            Ok(v1::GetEventResponse { event: Some(convert::event(grant.account()?, &event, &origins)) })
        })
        .await
    }

    async fn get_resume_token(&self, request: Request<v1::GetResumeTokenRequest>) -> Reply<v1::GetResumeTokenResponse> {
        use v1::get_resume_token_request::At;
        self.read(request, async |grant, request| {
            let account = name::account(&grant, "parent", &request.parent)?;
            let start = match &request.at {
                None => Start::Now,
                Some(At::StartPoint(point)) => convert::start_point(*point),
                Some(At::Time(time)) => convert::start_time("time", time)?,
            };
            let place = events::resume_place(&self.service, &grant, start).await?;
            let point = ResumePoint { sequence: place.sequence, time: self.service.clock.now() };
            Ok(v1::GetResumeTokenResponse {
                resume_token: self.sealer.resume(&account, point),
                event_time: place.event_time.map(timestamp),
                oldest_time: place.oldest_time.map(timestamp),
            })
        })
        .await
    }
}
