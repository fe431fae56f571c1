//! Reads outside lanes: one statement where one will do, always scoped by account.
