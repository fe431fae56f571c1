//! Mail (RFC 5322 and MIME) as pure functions over bytes.
//!
//! [`parse()`] reads one raw message and never fails on broken ones: what real mail clients send is taken as well as it
//! can be understood, and only input with neither a header nor a body is refused. Nothing here does I/O or reads a clock.
//!
//! The structure of a message (header fields, multiparts) is split by [`mime`], which bounds depth and number of parts
//! before anything is built; the grammars of single fields, the charsets and the dates are those of `mail-parser`. Its
//! whole-message parser is not used: it nests attached messages without a bound, so that half a megabyte of
//! `Content-Type: message/rfc822` ends the process by a stack overflow when the result is dropped.

mod address;
mod attachment;
mod body;
mod bounce;
pub mod classify;
pub mod compose;
mod ids;
mod mime;
mod model;
mod parse;
pub mod quote;
pub mod sanitize;
pub mod tag;
mod text;
mod uuencode;

#[cfg(test)]
mod tests;

pub use attachment::file_name;
pub use model::{Attachment, DeliveryReport, Fate, HeaderField, InboundMail, MailRefusal, Mailbox, limits};
pub use parse::{file_of, parse};
