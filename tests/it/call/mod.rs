//! `CallService`.

mod calls;
mod comments;
mod lapsed;
