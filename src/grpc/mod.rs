//! The wire: the contract's types, its rules and how refusals are sent. The only importer of tonic and prost.

pub mod contract;
pub mod pb;
pub mod status;
pub mod validation;
