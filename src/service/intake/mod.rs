//! The way in: what channels hand in becomes contacts, conversations and tickets (C1), and what they send on is pulled
//! and reported (C3).

mod again;
mod begin;
mod bounce;
mod contact;
mod ingest;
mod needs;
pub mod outbound;
mod prepare;
mod report;
mod thread;

pub use begin::{Begun, make_ticket};
pub use ingest::{Given, Ingest, Ingested, MailFacts, Sender};
pub use prepare::{KeptMail, form_text, keep_mail, rich_text, uploaded_mail};
pub use report::{Report, tell_delivery};
pub use thread::{contact_key, cookie_key, cookie_of_visitor};
