//! TicketService.

mod create_ticket;
mod list_tickets;
mod update_ticket;
mod verbs;
