//! TicketViewService: ways to look at tickets.

mod plans;
mod views;
