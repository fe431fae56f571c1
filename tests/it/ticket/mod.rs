//! TicketService.

mod create_ticket;
