//! What a caller looks for.

use super::words::{Word, words};

/// Terms of a query at most.
pub const MAX_TERMS: usize = 16;
/// Words of a phrase at most.
pub const MAX_PHRASE: usize = 32;

/// Why a query is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadQuery {
    /// No word to look for, or only words that must not be there.
    Empty,
    /// More than [`MAX_TERMS`] terms.
    TooManyTerms,
    /// A phrase, or a word of a script without spaces, of more than [`MAX_PHRASE`] words.
    PhraseTooLong,
}

/// A word, or several that must stand side by side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// Folded words; never empty.
    pub words: Vec<String>,
    /// The last word is only the beginning of one.
    pub prefix: bool,
}

/// A query that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// All of these must be found, at least one.
    pub wanted: Vec<Term>,
    /// None of these may be found.
    pub unwanted: Vec<Term>,
}

/// A term as it was written.
struct Written<'a> {
    text: &'a str,
    quoted: bool,
    excluded: bool,
}

impl Query {
    /// Reads `words "a phrase" -excluded`. The last word, if it is bare, is the beginning of one. A quote that does not
    /// end reaches to the end.
    ///
    /// # Errors
    /// [`BadQuery`].
    pub fn parse(text: &str) -> Result<Self, BadQuery> {
        let written = written(text);
        let count = written.len();
        let mut query = Self { wanted: Vec::new(), unwanted: Vec::new() };
        for (at, part) in written.iter().enumerate() {
            let words: Vec<String> = words(part.text).into_iter().map(|word| word.text).collect();
            if words.is_empty() {
                continue;
            }
            if words.len() > MAX_PHRASE {
                return Err(BadQuery::PhraseTooLong);
            }
            let term = Term { words, prefix: at + 1 == count && !part.quoted && !part.excluded };
            let list = if part.excluded { &mut query.unwanted } else { &mut query.wanted };
            if !list.contains(&term) {
                list.push(term);
            }
        }
        match query.wanted.len() + query.unwanted.len() {
            _ if query.wanted.is_empty() => Err(BadQuery::Empty),
            count if count > MAX_TERMS => Err(BadQuery::TooManyTerms),
            _ => Ok(query),
        }
    }

    /// Whether a record with these texts is found: the meaning that the indexes of both databases have.
    pub fn finds(&self, texts: &[Vec<Word>]) -> bool {
        let found = |term: &Term| texts.iter().any(|text| term.place_in(text).is_some());
        self.wanted.iter().all(found) && !self.unwanted.iter().any(found)
    }
}

impl Term {
    /// Index of the word with which it begins in a text.
    pub fn place_in(&self, text: &[Word]) -> Option<usize> {
        text.windows(self.words.len()).position(|window| self.is(window))
    }

    fn is(&self, window: &[Word]) -> bool {
        let last = self.words.len() - 1;
        let same = |at: usize, word: &Word| {
            if self.prefix && at == last { word.text.starts_with(&self.words[at]) } else { word.text == self.words[at] }
        };
        window.iter().enumerate().all(|(at, word)| same(at, word))
    }
}

fn written(text: &str) -> Vec<Written<'_>> {
    let mut parts = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let (excluded, body) = match rest.strip_prefix('-') {
            Some(body) => (true, body),
            None => (false, rest),
        };
        let quoted = body.starts_with(is_quote);
        let (part, after) = if quoted { cut(skip_one(body), is_quote) } else { cut(body, ends_word) };
        parts.push(Written { text: part, quoted, excluded });
        rest = if quoted { skip_one(after) } else { after }.trim_start();
    }
    parts
}

fn ends_word(c: char) -> bool {
    c.is_whitespace() || is_quote(c)
}

fn is_quote(c: char) -> bool {
    matches!(c, '"' | '\u{201C}' | '\u{201D}' | '\u{201E}')
}

fn cut(text: &str, end: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(end).unwrap_or(text.len()))
}

fn skip_one(text: &str) -> &str {
    let mut chars = text.chars();
    chars.next();
    chars.as_str()
}
