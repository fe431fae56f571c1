//! What a search over tickets understands: how text becomes words, how a query is read, which words a text has, and the
//! excerpt that shows them.
//!
//! Both databases only ever compare words that were made here (decision T4), so they find the same tickets. What is
//! found is what [`Query::finds`] says.

mod document;
mod excerpt;
mod fold;
mod query;
mod words;

#[cfg(test)]
mod tests;

pub use document::{CHUNK_WORDS, Chunk, Field, MAX_CHARACTERS, MAX_REPEATS, chunks};
pub use excerpt::excerpt;
pub use fold::fold;
pub use query::{BadQuery, MAX_PHRASE, MAX_TERMS, Query, Term};
pub use words::{Word, is_unspaced, words};
