//! The stages of the edge, one file each. `super::builder` says their order.

pub mod arrival;
pub mod contract;
pub mod deadline;
pub mod foreign;
pub mod load;
pub mod metadata;
pub mod observe;
pub mod panic_guard;
pub mod path;
pub mod request_id;
pub mod stream_life;
