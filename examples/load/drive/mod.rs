//! Load: connections, calls, and clients that make them in a closed or an open loop.

mod call;
mod closed;
pub mod empty;
mod once;
mod open;

use std::sync::Arc;
use std::time::Duration;

use clap::ValueEnum;
use serde::Serialize;
use tonic::Request;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::transport::{Channel, Endpoint};

use crate::Result;
use crate::measure::Watched;
use crate::service::Account;

pub use call::{Caller, email};
pub use closed::{Measured, Shape, Timing, closed};
pub use once::{Once, once, once_evenly};
pub use open::{Arrivals, open};

/// The methods under load.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ValueEnum)]
pub enum Method {
    /// A form submission of a known contact: a new conversation, a new ticket, routed to one of ten agents.
    IngestMessage,
    /// A ticket by hand, with a request id.
    CreateTicket,
    /// A reply to a chat, with a request id.
    SendMessage,
    /// One ticket by its name.
    GetTicket,
    /// A page of 50 open tickets.
    ListTickets,
    /// The first page of a default view, as an agent sees it.
    #[value(skip)]
    View(&'static str),
    /// How many tickets each view has, as an agent sees it.
    #[value(skip)]
    CountViews,
    /// The first page of a search, as an agent sees it.
    #[value(skip)]
    Search(&'static str),
    /// An empty method of a bare tonic server; the measure of the reads.
    #[value(skip)]
    Empty,
}

impl Method {
    /// What to call it in the table.
    pub fn title(self) -> String {
        match self {
            Self::View(view) => format!("view {view}"),
            Self::Search(query) => format!("search {query}"),
            other => format!("{other:?}"),
        }
    }
}

/// What is loaded.
#[derive(Debug, Clone)]
pub struct Target {
    /// Where it answers, as a URL.
    pub address: String,
    /// The accounts.
    pub accounts: Vec<Arc<Account>>,
    /// The processes whose cost counts.
    pub watched: Watched,
}

/// A credential, ready to be sent.
#[derive(Debug, Clone)]
pub struct Bearer(MetadataValue<Ascii>);

impl Bearer {
    /// From a token or an access key.
    pub fn new(token: &str) -> Result<Self> {
        let mut value: MetadataValue<Ascii> = format!("Bearer {token}").parse()?;
        value.set_sensitive(true);
        Ok(Self(value))
    }

    /// The request, with the credential.
    pub fn put_on<T>(&self, message: T) -> Request<T> {
        let mut request = Request::new(message);
        request.metadata_mut().insert("authorization", self.0.clone());
        request
    }
}

/// A connection of its own.
pub async fn connect(address: &str) -> Result<Channel> {
    let endpoint = Endpoint::from_shared(address.to_owned())?.tcp_nodelay(true);
    Ok(endpoint.connect_timeout(Duration::from_secs(5)).connect().await?)
}
