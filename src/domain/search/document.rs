//! What of a ticket is searched, and in which pieces it is stored.

use std::collections::HashMap;

use super::query::MAX_PHRASE;
use super::words::Word;
use crate::domain::codes::coded;

/// Characters of one text that are searched.
pub const MAX_CHARACTERS: usize = 32_768;
/// Words of a piece at most: PostgreSQL counts places only up to 16,383.
pub const CHUNK_WORDS: usize = 4_000;
/// How often one word may stand in a piece: PostgreSQL remembers 255 places of a word.
pub const MAX_REPEATS: usize = 200;

coded! {
    /// Where a word was found. Stored in the index.
    Field {
        Subject = "subject",
        Contact = "contact",
        Description = "description",
        Message = "message",
        Comment = "comment",
    }
}

impl Field {
    /// How much a hit counts: the subject before the contact before what was said before what was noted.
    pub const fn weight(self) -> i64 {
        match self {
            Self::Subject => 4,
            Self::Contact => 3,
            Self::Description | Self::Message => 2,
            Self::Comment => 1,
        }
    }
}

/// A piece of a text: its words, with places counted from 1.
pub type Chunk<'a> = &'a [Word];

/// Cuts a text into pieces that both databases can hold. Neighbors share so many words that no phrase is lost between
/// them.
pub fn chunks(words: &[Word]) -> Vec<Chunk<'_>> {
    let mut chunks = Vec::new();
    let mut start = 0;
    while start < words.len() {
        let end = start + fitting(&words[start..]);
        chunks.push(&words[start..end]);
        if end == words.len() {
            break;
        }
        start = end - (MAX_PHRASE - 1);
    }
    chunks
}

fn fitting(words: &[Word]) -> usize {
    let mut repeats = HashMap::new();
    let most = words.len().min(CHUNK_WORDS);
    for (at, word) in words[..most].iter().enumerate() {
        let count = repeats.entry(word.text.as_str()).or_insert(0_usize);
        *count += 1;
        if *count > MAX_REPEATS {
            return at;
        }
    }
    most
}
