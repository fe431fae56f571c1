//! The one integration binary.

mod contract;
mod edge;
mod requirements;
mod support;
mod tidy;
