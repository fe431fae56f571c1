//! TicketService.

mod batch;
mod complaints;
mod create_ticket;
mod delete;
mod follow;
mod hands;
mod list_tickets;
mod merge;
mod model;
mod relocate;
mod share;
mod spam;
mod split;
mod update_ticket;
mod verbs;
