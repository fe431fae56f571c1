//! The one integration binary.

mod requirements;
mod support;
mod tidy;
