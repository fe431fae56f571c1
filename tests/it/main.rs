//! The one integration binary.

mod contract;
mod requirements;
mod support;
mod tidy;
