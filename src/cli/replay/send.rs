//! Sending a plan with many clients at once, mishaps included.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use super::CliError;
use super::plan::{Mishap, Planned};
use super::stats::Times;
use crate::client::{CallError, Connection, Patience, Response, Status, until_answered};
use crate::clock::{Clock as _, SystemClock};
use crate::grpc::pb::v1::{IngestMessageRequest, IngestMessageResponse};
use crate::ids::Ids;

/// What is guessed as half of a call's time before the first one was measured.
const FIRST_HALF: Duration = Duration::from_millis(1);

/// What everybody who sends needs.
#[derive(Debug, Clone)]
pub struct Sender {
    /// Connections to the service; clients share them in turn.
    pub connections: Vec<Connection>,
    /// How many clients send at the same time.
    pub clients: usize,
    /// How long one message is tried.
    pub patience: Duration,
}

/// How the sending went.
#[derive(Debug, Default)]
pub struct Tally {
    /// Time of each first answer, tries of a service that was away included.
    pub times: Times,
    /// Messages that were new to the service.
    pub created: usize,
    /// Messages that nobody took, with the reason.
    pub refused: Vec<(String, CallError)>,
    /// Messages sent twice whose two answers speak of different messages.
    pub split: Vec<String>,
}

impl Tally {
    fn merge(&mut self, other: Self) {
        self.times.merge(other.times);
        self.created += other.created;
        self.refused.extend(other.refused);
        self.split.extend(other.split);
    }

    /// One sentence for the whole of what went wrong, with the first example; none when nothing did.
    pub fn complaints(&self) -> Vec<String> {
        let refused = self.refused.first().map(|(id, error)| format!("{} refused, {id}: {error}", self.refused.len()));
        let split = self.split.first().map(|id| format!("{} twins became two messages, {id}", self.split.len()));
        refused.into_iter().chain(split).collect()
    }
}

/// One of the clients.
struct Client {
    first: Connection,
    second: Connection,
    patience: Patience,
    account: Arc<str>,
    ids: Arc<Ids>,
    tally: Tally,
}

/// Sends the whole plan.
///
/// # Errors
/// [`CliError::Failed`] when a client panics.
pub async fn send(plan: &Arc<Vec<Planned>>, account: &str, sender: &Sender) -> Result<Tally, CliError> {
    let (next, ids, account) = (Arc::new(AtomicUsize::new(0)), Arc::new(Ids::system()), Arc::<str>::from(account));
    let mut clients = JoinSet::new();
    for number in 0..sender.clients {
        let connection = |at: usize| sender.connections[at % sender.connections.len()].clone();
        let client = Client {
            first: connection(number),
            second: connection(number + 1),
            patience: Patience::of(sender.patience, u64::try_from(number).unwrap_or(0)),
            account: Arc::clone(&account),
            ids: Arc::clone(&ids),
            tally: Tally::default(),
        };
        clients.spawn(client.work(Arc::clone(plan), Arc::clone(&next)));
    }
    let mut all = Tally::default();
    while let Some(tally) = clients.join_next().await {
        all.merge(tally.map_err(CliError::failed)?);
    }
    Ok(all)
}

impl Client {
    /// Takes the next message that nobody has taken, until none is left.
    async fn work(mut self, plan: Arc<Vec<Planned>>, next: Arc<AtomicUsize>) -> Tally {
        while let Some(planned) = plan.get(next.fetch_add(1, Ordering::Relaxed)) {
            let begun = Instant::now();
            let answer = self.deliver(planned).await;
            self.tally.times.add(begun.elapsed());
            match answer {
                Ok(true) => self.tally.created += 1,
                Ok(false) => {}
                Err(error) => self.tally.refused.push((planned.external_id.clone(), error)),
            }
        }
        self.tally
    }

    /// Whether the message was new.
    async fn deliver(&mut self, planned: &Planned) -> Result<bool, CallError> {
        match planned.mishap {
            Mishap::None => self.once(planned.request(&self.account, String::new())).await.map(|it| is_new(&it)),
            Mishap::Twice => self.twice(planned).await,
            Mishap::Cancelled => self.cancelled(planned).await,
        }
    }

    async fn once(&self, request: IngestMessageRequest) -> Result<IngestMessageResponse, CallError> {
        until_answered(self.patience, || ingest(&self.first, request.clone())).await
    }

    async fn twice(&mut self, planned: &Planned) -> Result<bool, CallError> {
        let request = planned.request(&self.account, String::new());
        let again = until_answered(self.patience, || ingest(&self.second, request.clone()));
        let (one, other) = tokio::join!(self.once(request.clone()), again);
        let (one, other) = (one?, other?);
        if message_name(&one) != message_name(&other) {
            self.tally.split.push(planned.external_id.clone());
        }
        Ok(is_new(&one) || is_new(&other))
    }

    /// The first try is dropped when about half of its time is over, which resets its stream.
    async fn cancelled(&self, planned: &Planned) -> Result<bool, CallError> {
        let request_id = self.ids.uuid(SystemClock.now()).to_string();
        let request = planned.request(&self.account, request_id);
        let half = self.tally.times.recent_mean().map_or(FIRST_HALF, |mean| mean / 2);
        let given_up = tokio::time::timeout(half, ingest(&self.first, request.clone())).await;
        let answer = match given_up {
            Ok(Ok(in_time)) => in_time.into_inner(),
            _ => self.once(request).await?,
        };
        Ok(is_new(&answer))
    }
}

fn ingest(
    connection: &Connection,
    request: IngestMessageRequest,
) -> impl Future<Output = Result<Response<IngestMessageResponse>, Status>> + Send + use<> {
    let mut client = connection.ingress();
    async move { client.ingest_message(request).await }
}

fn message_name(answer: &IngestMessageResponse) -> Option<&str> {
    answer.message.as_ref().map(|message| message.name.as_str())
}

/// Whether the call stored the message; the stored answer of a cancelled call counts, since that call was ours.
fn is_new(answer: &IngestMessageResponse) -> bool {
    !answer.duplicate
}
