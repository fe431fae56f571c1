//! Accounts: made and changed by the operator, read by everybody inside.

mod create;
mod founding;
mod read;
mod update;

pub use create::{CreateCall, Created, FIRST_USER, NewAccount, create, create_for, create_once};
pub use read::{AccountView, get};
pub use update::Update;
