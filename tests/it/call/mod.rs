//! `CallService`.

mod calls;
