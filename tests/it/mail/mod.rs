//! Mail: what goes out, how it is delivered, and what comes back.

mod bounces;
mod complaints;
pub mod desk;
mod failures;
mod loops;
mod mail_in;
mod mailbox;
mod replies;
mod system_mail;
