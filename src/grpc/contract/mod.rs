//! The contract's options as Rust: tables and traits that `build.rs` writes, and the few lines that read them.

pub mod access;
pub mod calls;
mod checker;
mod formats;
pub mod reasons;
pub mod validate;
