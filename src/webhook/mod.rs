//! Calls to addresses that accounts choose: where they may go, how they are signed, and the call itself (T-30 to T-33).
//!
//! The address that is connected to is the one that is judged, so a name that is resolved twice gains nothing. There are
//! no redirects, no proxies and no connections that are kept.

mod call;
mod destinations;
mod signature;
mod turns;

pub use call::{Fault, Letter, WebhookCaller};
pub use destinations::{Destinations, network};
pub use signature::{Secrets, WebhookKey};
