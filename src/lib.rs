//! A help desk as one gRPC service: tickets, conversations, routing to the right person.

pub mod app;
pub mod auth;
pub mod cli;
pub mod client;
pub mod clock;
pub mod domain;
pub mod grpc;
pub mod ids;
pub mod lifecycle;
pub mod mail;
pub mod mailer;
pub mod service;
pub mod settings;
pub mod storage;
pub mod telemetry;
pub mod webhook;
pub mod worker;
