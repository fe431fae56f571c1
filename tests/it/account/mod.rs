//! AccountService.

mod create_account;
mod get_account;
