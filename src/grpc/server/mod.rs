//! The edge: what stands between the network and the handlers (architecture 8, reliability F).
//!
//! It accepts connections within limits, speaks HTTP/2 with every limit set, ends what takes too long, drains on a
//! shutdown whatever its clients do, and makes every answer follow the status contract. It knows nothing of accounts:
//! the layers that do are put inside by [`EdgeBuilder::auth`].
//!
//! HTTP/1 and gRPC-Web are not served; a proxy translates them where browsers call.

mod accept;
mod activity;
mod admission;
mod body;
mod builder;
mod connection;
mod drain;
mod frames;
mod in_flight;
mod io;
mod layers;
mod life;
mod limits;
mod meter;
mod methods;
mod refuse;
mod stage;
mod stream_task;
mod tls;
mod wiring;

pub use builder::{EdgeBuilder, serve};
pub use connection::Peer;
pub use layers::observe::name_of as code_name;
pub use layers::request_id::{NewRequestId, RequestId};
pub use layers::stream_life::StreamEnd;
pub use limits::{EdgeLimits, InFlight, LimitsError, RequestLimits, descriptor_limit};
pub use meter::{EdgeMeter, FinishedCall, NoMeter};
pub use methods::{CallKind, service_and_method};
pub use stage::{Edge, Inside, Request, Response};
pub use tls::{CertificateFiles, CertificateSlot, CertificateWatch, TlsError, tls_config, tls_config_of, tls_of};
