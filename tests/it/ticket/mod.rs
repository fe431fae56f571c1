//! TicketService.

mod batch;
mod complaints;
mod create_ticket;
mod delete;
mod follow;
pub mod hands;
mod history;
mod list_tickets;
mod merge;
mod model;
mod relocate;
mod share;
mod spam;
mod split;
mod update_ticket;
mod verbs;
mod watch;
