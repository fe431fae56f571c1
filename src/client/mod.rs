//! How the command line speaks to a running service: connections, credentials, errors that people can read, retries.
//!
//! The same contract and the same clients that everybody else has; nothing here knows what is behind them. Besides
//! `grpc` this is the only place that names tonic and prost.

mod bearer;
mod connection;
mod error;
mod paging;
mod retry;
mod runtime;

pub use bearer::Bearer;
pub use connection::{Carrier, Connection, Target, TargetError};
pub use error::{CallError, Field};
pub use paging::{every_page, following_pages};
pub use prost_types::{FieldMask, Timestamp};
pub use retry::{Patience, until_answered};
pub use runtime::{Brain, Runtime, Thought};
pub use tonic::{Code, Response, Status};
