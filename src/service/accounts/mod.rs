//! Accounts: made by the operator, read by everybody inside.

mod create;
mod founding;
mod read;

pub use create::{CreateCall, Created, FIRST_USER, NewAccount, create, create_for, create_once};
pub use read::get;
