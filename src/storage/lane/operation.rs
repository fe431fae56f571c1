//! An operation: what it needs, and what it decides (W1).

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{RngCore, SeedableRng};
use tokio::sync::oneshot;
use uuid::Uuid;

use super::keys::{Keys, RequestKey};
use super::world::{RequestRecord, World};
use crate::domain::event::{Actor, Event, EventType, FieldChange};
use crate::domain::ids::TicketNumber;
use crate::domain::rejection::Rejection;
use crate::domain::time::Timestamp;

/// A change of one account, in two halves.
///
/// It owns its input and can be run again: ids and random numbers come from its [`Session`], which starts anew each time.
pub trait Operation: Send + 'static {
    /// What the caller is told.
    type Outcome: Send;

    /// Names what must be read. Called again after each round, at most four times, so that a later need may rest on
    /// what an earlier round found.
    fn needs(&self, world: &World, keys: &mut Keys);

    /// Decides and changes the world. Pure: no I/O, no clock of its own.
    ///
    /// # Errors
    /// A [`Rejection`] rewinds everything the operation did.
    fn decide(&self, session: &mut Session<'_>) -> Result<Self::Outcome, Rejection>;
}

/// Who asks, and how it is to be stored.
#[derive(Debug, Clone)]
pub struct WriteContext {
    /// Who shows in the events.
    pub actor: Actor,
    /// Caller, method and request id, when the caller sent one, with the hash of the request.
    pub request: Option<(RequestKey, Vec<u8>)>,
    /// Decide, but drop the changes.
    pub validate_only: bool,
    /// Not begun after this.
    pub deadline: Option<Instant>,
    /// How long the answer is kept.
    pub keep_answer: Duration,
    /// What the ids and the random choices of the operation grow from.
    pub seed: [u8; 32],
}

/// Kinds of effects that a write can have beside its own resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EffectKind {
    /// A ticket changed its status.
    StatusChanged,
    /// A ticket got an owner or teams.
    Assigned,
    /// A ticket lost its owner.
    Unassigned,
    /// A message waits to be sent.
    MessageQueued,
    /// A channel made a ticket.
    TicketCreated,
    /// A sender became a contact.
    ContactCreated,
    /// Another team became a user's main team.
    MainTeamChanged,
    /// A person was told.
    Notified,
    /// Somebody else speaks in a conversation.
    ControlMoved,
    /// A trigger of a customer agent fired.
    HandoffTriggered,
}

/// What else a write brought about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Effect {
    /// What kind.
    pub kind: EffectKind,
    /// What it touched, relative to the account.
    pub resource: String,
    /// The rule or setting that did it.
    pub cause: String,
    /// One line in English.
    pub summary: String,
}

/// Stored all the same, but worth a look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// Field of the request.
    pub field: String,
    /// What to know.
    pub text: String,
    /// What it is about, relative to the account.
    pub resource: String,
}

/// How a write went.
#[derive(Debug, Clone, Default)]
pub struct Written {
    /// Sequence of the last event of the account right after the write.
    pub sequence: i64,
    /// The moment of the write.
    pub time: Timestamp,
    /// Nothing was stored.
    pub validated_only: bool,
    /// Where nothing was stored: the ids that were made on the way and that nothing has now. Ids, tokens, and
    /// `tickets/` with a number.
    pub unused: Vec<String>,
    /// What else happened, in order.
    pub effects: Vec<Effect>,
    /// What to know.
    pub warnings: Vec<Warning>,
}

/// The answer to a write.
#[derive(Debug)]
pub enum Answer<R> {
    /// Made now.
    Fresh(R),
    /// Kept from an earlier call with the same request id, as it was encoded.
    Replayed(Vec<u8>),
}

/// The world as one operation changes it.
#[derive(Debug)]
pub struct Session<'a> {
    /// What is known, and what was changed so far.
    pub world: &'a mut World,
    /// Who shows in the events.
    pub actor: Actor,
    /// What becomes of mail that follows.
    pub mail: FollowingMail,
    rng: StdRng,
    request_id: String,
    effects: Vec<Effect>,
    warnings: Vec<Warning>,
    cause: Option<(i64, i64, i64)>,
    /// Tickets that waited when the operation first changed them, and then did not.
    pub left_queue: BTreeSet<TicketNumber>,
    /// The last event that workflows were asked about.
    pub looked_at: i64,
    /// Ids and tokens that were made, where nothing will be stored.
    made: Option<Vec<String>>,
}

/// What becomes of mail that follows from an operation by itself (T-24).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FollowingMail {
    /// A machine wrote what brought it about: nothing is sent.
    pub automatic: bool,
    /// Who wrote it, by address; empty: nobody did.
    pub writer: String,
    /// Whether that is one of the account's own, once somebody asked.
    pub ours: Option<bool>,
    /// There was enough for now.
    pub full: bool,
    /// Some was sent, or would have been but for that.
    pub asked: bool,
}

impl Session<'_> {
    /// The moment of the batch.
    pub fn now(&self) -> Timestamp {
        self.world.now
    }

    /// A new id, ordered by time.
    pub fn new_id(&mut self) -> Uuid {
        let mut random = [0_u8; 10];
        self.rng.fill_bytes(&mut random);
        self.world.ids_made = self.world.ids_made.saturating_add(1);
        let id = ordered_id(self.world.now.as_millis(), self.world.ids_made, random);
        self.remember(id.to_string());
        id
    }

    /// A random number, fixed before the operation began.
    pub fn random(&mut self) -> u64 {
        self.rng.next_u64()
    }

    /// 128 random bits in lower-case hexadecimal.
    pub fn token(&mut self) -> String {
        let mut random = [0_u8; 16];
        self.rng.fill_bytes(&mut random);
        let token = crate::storage::dialect::hex(&random);
        self.remember(token.clone());
        token
    }

    fn remember(&mut self, id: String) {
        if let Some(made) = &mut self.made {
            made.push(id);
        }
    }

    /// An id that was made before the operation began.
    pub fn made_before(&mut self, id: &str) {
        self.remember(id.to_owned());
    }

    /// Writes an event about `resource` (relative to the account) and returns its sequence. The first event of an
    /// operation is the root of its chain; those after it are caused by it, one step deep, when `automatic`.
    pub fn record(
        &mut self,
        kind: EventType,
        resource: String,
        ticket: Option<TicketNumber>,
        fields: Vec<FieldChange>,
        automatic: Option<Actor>,
    ) -> i64 {
        let world = &mut *self.world;
        world.head.last_event += 1;
        let sequence = world.head.last_event;
        let (cause_root, cause_depth, cause_parent) = match (self.cause, &automatic) {
            (Some((root, depth, parent)), Some(_)) => (root, depth + 1, parent),
            (Some((root, depth, parent)), None) => (root, depth, if depth == 0 { 0 } else { parent }),
            (None, _) => (sequence, i64::from(automatic.is_some()), 0),
        };
        self.cause.get_or_insert((sequence, 0, sequence));
        let ticket_sequence = ticket.map_or(0, |number| next_of_ticket(world, number));
        let event = Event {
            sequence,
            kind,
            resource,
            ticket,
            ticket_sequence,
            actor: automatic.unwrap_or_else(|| self.actor.clone()),
            cause_root,
            cause_depth,
            cause_parent,
            fields,
            request_id: self.request_id.clone(),
            time: world.now,
        };
        world.events.put(sequence, event);
        sequence
    }

    /// What is recorded from now on belongs to the chain that began with `root`, `depth` automatic steps after it.
    pub fn follow(&mut self, root: i64, depth: i64) {
        self.cause = Some((root, depth, root));
    }

    /// Tries a part of the operation: when it is refused, nothing of it is left, and the rest goes on.
    ///
    /// # Errors
    /// Those of `part`.
    pub fn attempt<T>(&mut self, part: impl FnOnce(&mut Session<'_>) -> Result<T, Rejection>) -> Result<T, Rejection> {
        let (mark, cause) = (self.world.mark(), self.cause);
        let (effects, warnings) = (self.effects.len(), self.warnings.len());
        let done = part(self);
        if done.is_err() {
            self.world.rewind(mark);
            self.cause = cause;
            self.effects.truncate(effects);
            self.warnings.truncate(warnings);
        }
        done
    }

    /// Adds to what the caller is told happened beside.
    pub fn effect(&mut self, kind: EffectKind, resource: String, cause: &str, summary: String) {
        self.effects.push(Effect { kind, resource, cause: cause.to_owned(), summary });
    }

    /// Adds to what the caller should look at.
    pub fn warn(&mut self, field: &str, text: String, resource: String) {
        self.warnings.push(Warning { field: field.to_owned(), text, resource });
    }

    /// Keeps of what the caller is told only that whose names, relative to the account, the caller may read.
    pub fn tell_only(&mut self, may_read: impl Fn(&World, &str) -> bool) {
        let world = &*self.world;
        self.effects.retain(|effect| may_read(world, &effect.resource) && may_read(world, &effect.cause));
        self.warnings.retain(|warning| may_read(world, &warning.resource));
    }
}

fn next_of_ticket(world: &mut World, number: TicketNumber) -> i64 {
    let Some(mut ticket) = world.tickets.get(&number).cloned() else { return 0 };
    ticket.event_count += 1;
    let next = ticket.event_count;
    world.tickets.put(number, ticket);
    next
}

/// Makes the answer out of the outcome.
pub type Respond<T, R> = Box<dyn Fn(T, &Written) -> R + Send>;
/// Makes the stored form out of the answer.
pub type Keep<R> = Box<dyn Fn(&R) -> Vec<u8> + Send>;

/// Makes the answer out of the outcome, and its stored form out of the answer (W5).
pub struct Encoder<T, R> {
    /// The answer.
    pub respond: Respond<T, R>,
    /// Its stored form, without secrets.
    pub store: Keep<R>,
}

impl<T, R> std::fmt::Debug for Encoder<T, R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Encoder")
    }
}

/// An operation that waits in a lane, whatever its types.
pub(super) trait Pending: Send {
    /// Whether nobody waits for it any more, or its time is over.
    fn expired(&self, now: Instant) -> Option<Rejection>;
    /// When its time is over.
    fn deadline(&self) -> Option<Instant>;
    /// Names what must be read; an operation that panics over it is refused when it is its turn to decide.
    fn needs(&mut self, world: &World, keys: &mut Keys);
    fn decide(&mut self, world: &mut World);
    /// Whether the decision changed something that has to be committed.
    fn wrote(&self) -> bool;
    /// Tells the caller: what was decided, or why it could not be stored.
    fn finish(self: Box<Self>, failure: Option<Rejection>);
}

pub(super) struct Work<O: Operation, R> {
    pub operation: O,
    pub context: WriteContext,
    pub encoder: Encoder<O::Outcome, R>,
    pub reply: oneshot::Sender<Result<Answer<R>, Rejection>>,
    pub verdict: Option<Result<Answer<R>, Rejection>>,
    pub wrote: bool,
    /// Naming its needs panicked.
    pub broken: bool,
    pub span: tracing::Span,
}

impl<O: Operation, R: Send + 'static> Work<O, R> {
    fn decided(&self, world: &mut World) -> Result<(Answer<R>, bool), Rejection> {
        if self.broken {
            return Err(Rejection::Internal("an operation panicked over its needs".to_owned()));
        }
        if let Some((key, hash)) = self.context.request.as_ref().filter(|_| !self.context.validate_only)
            && let Some(record) = world.requests.get(key)
        {
            return if record.hash == *hash {
                Ok((Answer::Replayed(record.answer.clone()), false))
            } else {
                let (request_id, method) = (key.request_id.clone(), key.method.clone());
                Err(Rejection::RequestIdReused { request_id, method })
            };
        }
        let mut session = Session {
            actor: self.context.actor.clone(),
            rng: StdRng::from_seed(self.context.seed),
            request_id: self.context.request.as_ref().map(|(key, _)| key.request_id.clone()).unwrap_or_default(),
            effects: Vec::new(),
            warnings: Vec::new(),
            cause: None,
            left_queue: BTreeSet::new(),
            mail: FollowingMail::default(),
            looked_at: world.head.last_event,
            made: self.context.validate_only.then(Vec::new),
            world,
        };
        let last_ticket = session.world.head.last_ticket;
        let outcome = self.operation.decide(&mut session)?;
        let numbers = (last_ticket + 1..=session.world.head.last_ticket).map(|number| format!("tickets/{number}"));
        let unused: Vec<String> =
            session.made.map(|made| made.into_iter().chain(numbers).collect()).unwrap_or_default();
        let written = Written {
            unused,
            effects: session.effects,
            warnings: session.warnings,
            validated_only: self.context.validate_only,
            sequence: world.head.last_event,
            time: world.now,
        };
        let answer = (self.encoder.respond)(outcome, &written);
        if !self.context.validate_only
            && let Some((key, hash)) = &self.context.request
        {
            let (hash, stored) = (hash.clone(), (self.encoder.store)(&answer));
            let expire_time = world.now.plus(self.context.keep_answer);
            world.requests.put(key.clone(), RequestRecord { key: key.clone(), hash, answer: stored, expire_time });
        }
        Ok((Answer::Fresh(answer), !self.context.validate_only))
    }
}

impl<O: Operation, R: Send + 'static> Pending for Work<O, R> {
    fn expired(&self, now: Instant) -> Option<Rejection> {
        let late = self.context.deadline.is_some_and(|deadline| deadline <= now);
        (late || self.reply.is_closed()).then_some(Rejection::DeadlinePassed)
    }

    fn deadline(&self) -> Option<Instant> {
        self.context.deadline
    }

    fn needs(&mut self, world: &World, keys: &mut Keys) {
        keys.requests.extend(self.context.request.iter().map(|(key, _)| key.clone()));
        let named = catch_unwind(AssertUnwindSafe(|| self.operation.needs(world, keys)));
        self.broken |= named.is_err();
    }

    fn decide(&mut self, world: &mut World) {
        let _entered = self.span.clone().entered();
        let mark = world.mark();
        let result = catch_unwind(AssertUnwindSafe(|| self.decided(world)));
        let (verdict, wrote) = match result {
            Ok(Ok((answer, wrote))) => (Ok(answer), wrote),
            Ok(Err(rejection)) => (Err(rejection), false),
            Err(panic) => (Err(Rejection::Internal(panic_text(panic.as_ref()))), false),
        };
        if !wrote {
            world.rewind(mark);
        }
        self.wrote = wrote;
        self.verdict = Some(verdict);
    }

    fn wrote(&self) -> bool {
        self.wrote
    }

    fn finish(self: Box<Self>, failure: Option<Rejection>) {
        let verdict = match (self.verdict, failure) {
            (Some(verdict), None) => verdict,
            // It may have been refused for what another operation of the batch did and what was not stored: so nobody
            // is told. That it did nothing itself is known all the same.
            (Some(Err(_)), Some(Rejection::StorageUnavailable { .. })) => {
                Err(Rejection::StorageUnavailable { unknown: false })
            }
            (_, Some(failure)) => Err(failure),
            (None, None) => Err(Rejection::Internal("answered before it was decided".to_owned())),
        };
        // A caller who is gone has no use for the answer; the change stands.
        let _ = self.reply.send(verdict);
    }
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text =
        panic.downcast_ref::<&str>().map(ToString::to_string).or_else(|| panic.downcast_ref::<String>().cloned());
    format!("an operation panicked: {}", text.unwrap_or_default())
}

/// The id that is the `made`-th of its account at `millis`: ids keep the order in which they were made. Where the twelve bits of
/// the counter are used up, the next millisecond is taken (RFC 9562, 6.2).
fn ordered_id(millis: u64, made: u32, mut random: [u8; 10]) -> Uuid {
    random[..2].copy_from_slice(&(made & 0x0FFF).to_be_bytes()[2..]);
    uuid::Builder::from_unix_timestamp_millis(millis + u64::from(made >> 12), &random).into_uuid()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_keep_the_order_in_which_they_were_made_also_beyond_the_counter() {
        let ids: Vec<Uuid> =
            (4_090..12_300).map(|made| ordered_id(1_000, made, [u8::try_from(made % 251).unwrap_or(0); 10])).collect();
        assert!(ids.is_sorted_by(|one, next| one < next));
    }
}
