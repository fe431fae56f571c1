//! IngressService: messages come in, outgoing ones are pulled and reported.

pub mod bench;
mod contacts;
mod ingest_message;
mod limits;
mod mail_threads;
pub mod outbound;
