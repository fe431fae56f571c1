//! Mail: what goes out, how it is delivered, and what comes back.

mod bounces;
mod complaints;
pub mod desk;
mod failures;
mod mailbox;
mod replies;
mod system_mail;
