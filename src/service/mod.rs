//! Use cases, one file or folder per service of the contract. They own what is decided together; they know no wire types
//! and no SQL.

pub mod access;
pub mod accounts;
pub mod callers;
pub mod calls;
pub mod channels;
pub mod contacts;
pub mod content;
pub mod conversations;
pub mod customer_agents;
pub mod decisions;
pub mod desk;
pub mod events;
pub mod files;
pub mod grant;
pub mod handoffs;
pub mod intake;
pub mod mail;
mod named;
pub mod notifications;
pub mod page;
pub mod pipelines;
pub mod properties;
pub mod queue;
pub mod queue_read;
pub mod queue_watch;
pub mod records;
pub mod replay_routing;
pub mod routing;
pub mod routing_check;
pub mod routing_now;
pub mod simulate;
pub mod skills;
pub mod teams;
pub mod tickets;
pub mod users;
pub mod views;
pub mod workflows;

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::clock::SharedClock;
use crate::domain::rejection::Rejection;
use crate::ids::Ids;
use crate::storage::Store;
use crate::storage::lane::{Lanes, WriteContext};

pub use crate::storage::lane::{Answer, Effect, EffectKind, Encoder, RequestKey, Warning, Written};

use content::SharedContentOptions;
use desk::{Granted, UseCase};
use events::{EventOptions, Watches};
use files::{FileRules, Files};
use grant::Grant;
use workflows::Webhooks;

/// What a write carries beside its content.
#[derive(Debug, Clone, Default)]
pub struct WriteCall {
    /// The caller's request id with the hash of the request; none when the caller sent none (C-108).
    pub request: Option<(String, Vec<u8>)>,
    /// Decide, but drop the changes.
    pub validate_only: bool,
    /// Not begun after this.
    pub deadline: Option<Instant>,
}

/// Texts that a search reads for one word unless settings say otherwise.
const SEARCH_TEXTS: u32 = 10_000;

/// The service: what the edge and the worker call.
#[derive(Debug, Clone)]
pub struct Service {
    /// Reads.
    pub store: Store,
    /// Writes.
    pub lanes: Lanes,
    /// The clock.
    pub clock: SharedClock,
    /// Streams of events.
    pub watches: Arc<Watches>,
    /// What replies may carry.
    pub content: SharedContentOptions,
    /// Tickets that the messages of one contact open in an hour; 0: any number.
    pub sender_tickets: i64,
    /// Texts that a search reads for one word.
    pub search_texts: u32,
    ids: Arc<Ids>,
    keep_answers: Duration,
    files: Option<Arc<Files>>,
    webhooks: Option<Arc<Webhooks>>,
}

impl Service {
    /// A service over `store`; answers are kept for `keep_answers` under their request ids.
    pub fn new(store: Store, lanes: Lanes, clock: SharedClock, keep_answers: Duration) -> Self {
        let watches = Arc::new(Watches::new(EventOptions::default()));
        let content = SharedContentOptions::default();
        let ids = Arc::new(Ids::system());
        Self {
            store,
            lanes,
            clock,
            watches,
            content,
            sender_tickets: 0,
            search_texts: SEARCH_TEXTS,
            ids,
            keep_answers,
            files: None,
            webhooks: None,
        }
    }

    /// The same service with a place for files and raw mails.
    #[must_use]
    pub fn with_files(self, files: Files) -> Self {
        Self { files: Some(Arc::new(files)), ..self }
    }

    /// The place of files.
    ///
    /// # Errors
    /// [`Rejection::Internal`] for a service that was put together without one.
    pub fn files(&self) -> Result<&Arc<Files>, Rejection> {
        self.files.as_ref().ok_or_else(|| Rejection::Internal("there is no place for files".to_owned()))
    }

    /// What holds for the files of one message, comment or draft.
    pub fn file_rules(&self) -> FileRules {
        self.files.as_ref().map(|files| files.options.rules()).unwrap_or_default()
    }

    /// The same service with calls of workflows.
    #[must_use]
    pub fn with_webhooks(self, webhooks: Webhooks) -> Self {
        Self { webhooks: Some(Arc::new(webhooks)), ..self }
    }

    /// Where calls of workflows may go, and what signs them.
    ///
    /// # Errors
    /// [`Rejection::Internal`] for a service that was put together without.
    pub fn webhooks(&self) -> Result<&Arc<Webhooks>, Rejection> {
        self.webhooks.as_ref().ok_or_else(|| Rejection::Internal("there are no webhooks".to_owned()))
    }

    /// The same service with replies that carry what is said.
    #[must_use]
    pub fn with_content(self, options: content::ContentOptions) -> Self {
        Self { content: Arc::new(options), ..self }
    }

    /// The same service with a limit for tickets of one contact in an hour.
    #[must_use]
    pub fn with_sender_tickets(self, sender_tickets: i64) -> Self {
        Self { sender_tickets, ..self }
    }

    /// The same service whose searches read so many texts for one word.
    #[must_use]
    pub fn with_search_texts(self, search_texts: u32) -> Self {
        Self { search_texts, ..self }
    }

    /// The same service with an event log that is kept and followed as said.
    #[must_use]
    pub fn with_events(self, options: EventOptions) -> Self {
        Self { watches: Arc::new(Watches::new(options)), ..self }
    }

    /// Runs a use case in the lane of the caller's account.
    ///
    /// # Errors
    /// Why not.
    pub async fn write<U: UseCase, R: Send + 'static>(
        &self,
        grant: &Grant,
        call: WriteCall,
        case: U,
        encoder: Encoder<U::Outcome, R>,
    ) -> Result<Answer<R>, Rejection> {
        let account = grant.account()?.clone();
        let request = call.request.map(|(request_id, hash)| {
            (RequestKey { caller: grant.caller().key(), method: grant.method().to_owned(), request_id }, hash)
        });
        let context = WriteContext {
            actor: grant.actor(),
            request,
            validate_only: call.validate_only,
            deadline: call.deadline,
            keep_answer: self.keep_answers,
            seed: self.ids.bytes(),
        };
        self.lanes.submit(&account, Granted { grant: grant.clone(), case }, context, encoder).await
    }
}
