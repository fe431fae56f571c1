//! The wire: the contract's types, its rules and how refusals are sent. The only importer of tonic and prost.

pub mod auth;
pub mod call;
pub mod contract;
pub mod convert;
pub mod handlers;
pub mod paging;
pub mod pb;
pub mod rejection;
pub mod routes;
pub mod sealing;
pub mod server;
pub mod status;
pub mod validation;
