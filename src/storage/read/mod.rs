//! Reads outside lanes: one statement where one will do, always scoped by account.

pub mod accounts;
pub mod attachments;
pub mod channels;
pub mod contacts;
pub mod conversations;
pub mod decisions;
pub mod drafts;
mod drive;
pub mod events;
pub mod feed;
pub mod history;
pub mod notifications;
pub mod page;
pub mod people;
pub mod pipelines;
pub mod principal;
pub mod properties;
pub mod queue;
pub mod records;
pub mod related;
pub mod said;
pub mod scope;
pub mod skills;
pub mod text_blocks;
pub mod tickets;
pub mod views;
pub mod workflows;
