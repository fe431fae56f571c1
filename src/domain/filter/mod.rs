//! The filter language: one parser and one meaning for lists, streams and rules (reliability T-07).
//!
//! ```text
//! filter  = [ expr ] ;  expr = and | or | unary ;
//! and     = unary {"AND" unary} ;  or = unary {"OR" unary} ;      mixing needs brackets
//! unary   = ["NOT" | "-"] (term | "(" expr ")") ;
//! term    = path (":" | "=" | "!=" | "<" | "<=" | ">" | ">=") value | call | text ;
//! path    = ident {"." ident} ;  value = text | call ;
//! call    = ident "(" [value {"," value}] ")" ;
//! text    = a bare word, or a string in double or single quotes with the escapes \" \' \\ \* ;
//! ```
//!
//! Text becomes a [`Plan`] in two steps: [`parse()`] knows the grammar, [`check()`] knows the fields of one resource (its
//! [`Schema`]) and who asks. A plan is then judged in memory by [`matches()`] or turned into SQL by the storage layer,
//! and both must agree:
//!
//! - **Two values.** A comparison holds or it does not. A missing value equals nothing, so `!=` holds for it; `NOT`
//!   turns any answer round. An empty text and an empty list are missing values.
//! - **Exact** are ids, names and tags ([`Kind::Keyword`] and its like): case matters. Mail addresses are held and
//!   compared in lower case ([`Kind::Address`]).
//! - **Folded** is prose ([`Kind::Text`]): both sides go through [`fold`] first, in Rust and nowhere else, so that no
//!   database collation has a say. SQL therefore needs a shadow column with the folded text.
//! - **Properties** that an account defines are written `properties.order_id` and judged by their type: text is prose,
//!   numbers and days have an order, several choices are a list. `properties:order_id` asks whether there is a value.
//! - **Lists** hold when one of their elements does; `=` and `:` mean the same on them.
//! - `*` in a value stands for any run of characters (`\*` in quotes is the character itself); alone it asks whether
//!   there is a value at all.
//! - A word on its own is looked for inside the text fields of the resource.
//!
//! This module may know nothing of databases, of the wire or of the clock: `now` comes in with the [`Context`].

mod ast;
mod check;
mod error;
mod eval;
mod kind;
mod limits;
mod moment;
mod names;
mod order;
mod parse;
mod pattern;
mod plan;
mod print;
mod property;
mod resolve;
mod scan;
pub mod schema;

#[cfg(test)]
mod tests;

pub use ast::{Call, Comparison, Expr, Literal, LiteralKind, Op, Search, Term};
pub use check::check;
pub use error::{FilterError, FilterErrorKind};
pub use eval::{Record, Value, matches};
pub use kind::{Enumeration, Field, IdKind, Kind, Parent, PropertyField, Reference, Schema, Shape};
pub use limits::{MAX_CHARACTERS, MAX_DEPTH, MAX_TERMS, MAX_VALUES};
pub use order::{Direction, OrderError, parse_order};
pub use parse::parse;
pub use pattern::{Pattern, fold};
pub use plan::{Bound, Case, Plan, Scalar, Test};
pub use resolve::Context;
