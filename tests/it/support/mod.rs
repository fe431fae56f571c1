//! What the tests share: engines and databases, a running service, and those who call it.

pub mod app;
mod checks;
pub mod client;
pub mod databases;
pub mod gate;
pub mod outbox;
pub mod postgres;
mod postgres_binaries;
pub mod proxy;
pub mod raw;
pub mod s3_server;
pub mod scene;
pub mod smtp_sink;
