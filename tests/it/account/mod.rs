//! AccountService.

mod create_account;
mod get_account;
mod update_account;
