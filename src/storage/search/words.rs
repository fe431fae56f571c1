//! Words and terms as the two databases write them. Everything here is a value that is bound.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use sea_orm::DbBackend;

use crate::domain::search::{Chunk, Term};

/// The number that stands before each word of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot(pub i64);

impl Slot {
    /// A word of this account; a letter ends the digits, so that no account's words begin like another's.
    fn word(self, word: &str) -> String {
        format!("{}x{word}", self.0)
    }

    /// A piece of a text as it is stored.
    pub fn text(self, backend: DbBackend, chunk: Chunk<'_>) -> String {
        if backend == DbBackend::Sqlite {
            return chunk.iter().map(|word| self.word(&word.text)).collect::<Vec<_>>().join(" ");
        }
        let mut places: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (place, word) in chunk.iter().enumerate() {
            places.entry(word.text.as_str()).or_default().push(place + 1);
        }
        places.iter().fold(String::new(), |mut text, (word, places)| {
            let places = places.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
            let _ = write!(text, "'{}':{places} ", self.word(word));
            text
        })
    }

    /// A term as it is looked for.
    pub fn term(self, backend: DbBackend, term: &Term) -> String {
        let words = term.words.iter().map(|word| self.word(word));
        if backend == DbBackend::Sqlite {
            let star = if term.prefix { " *" } else { "" };
            return format!("\"{}\"{star}", words.collect::<Vec<_>>().join(" "));
        }
        let star = if term.prefix { ":*" } else { "" };
        format!("{}{star}", words.map(|word| format!("'{word}'")).collect::<Vec<_>>().join(" <-> "))
    }

    /// Any of several terms.
    pub fn any(self, backend: DbBackend, terms: &[Term]) -> String {
        let or = if backend == DbBackend::Sqlite { " OR " } else { " | " };
        terms.iter().map(|term| format!("({})", self.term(backend, term))).collect::<Vec<_>>().join(or)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::search::{Query, words};

    #[test]
    fn words_carry_their_account_and_terms_ask_for_them() {
        let (list, slot) = (words("Card reader, card"), Slot(7));
        assert_eq!(slot.text(DbBackend::Sqlite, &list), "7xcard 7xreader 7xcard");
        assert_eq!(slot.text(DbBackend::Postgres, &list), "'7xcard':1,3 '7xreader':2 ");
        let query = Query::parse("\"card reader\" bro").expect("a query");
        assert_eq!(slot.any(DbBackend::Sqlite, &query.wanted), "(\"7xcard 7xreader\") OR (\"7xbro\" *)");
        assert_eq!(slot.any(DbBackend::Postgres, &query.wanted), "('7xcard' <-> '7xreader') | ('7xbro':*)");
    }
}
