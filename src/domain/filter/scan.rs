//! Characters of a filter with their positions: words, strings and symbols, no grammar.

use super::ast::Op;
use super::error::{FilterError, FilterErrorKind};
use super::limits::MAX_CHARACTERS;
use super::pattern::Pattern;

/// Where a bare word stands decides what may be in it: right of an operator `:` is part of the word, so that times
/// need no quotes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Term,
    Value,
}

/// Reads a filter from left to right.
pub(super) struct Scanner {
    chars: Vec<char>,
    at: usize,
}

impl Scanner {
    /// Refuses what is too long or holds characters that no text in the database can hold alike on both engines:
    /// PostgreSQL takes no NUL, SQLite reads U+FFFE and U+FFFF as U+FFFD when it compares with a pattern.
    pub(super) fn new(text: &str) -> Result<Self, FilterError> {
        let chars: Vec<char> = text.chars().take(MAX_CHARACTERS + 1).collect();
        if chars.len() > MAX_CHARACTERS {
            let message = format!("a filter has at most {MAX_CHARACTERS} characters");
            return Err(FilterError::new(MAX_CHARACTERS, FilterErrorKind::TooLong, message));
        }
        if let Some(position) = chars.iter().position(|c| matches!(c, '\0' | '\u{fffd}'..='\u{ffff}')) {
            return Err(FilterError::syntax(position, "this character is not allowed in a filter"));
        }
        Ok(Self { chars, at: 0 })
    }

    /// Characters read so far.
    pub(super) fn position(&self) -> usize {
        self.at
    }

    /// The next character, not taken.
    pub(super) fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    pub(super) fn skip_spaces(&mut self) {
        while self.peek().is_some_and(char::is_whitespace) {
            self.at += 1;
        }
    }

    /// Takes `expected` if it comes next.
    pub(super) fn take(&mut self, expected: char) -> bool {
        let found = self.peek() == Some(expected);
        self.at += usize::from(found);
        found
    }

    /// The bare word that comes next, not taken; empty if there is none.
    pub(super) fn peek_word(&self, place: Place) -> String {
        self.chars[self.at..].iter().take_while(|c| belongs_to_word(**c, place)).collect()
    }

    /// Takes the bare word that comes next; empty if there is none.
    pub(super) fn word(&mut self, place: Place) -> String {
        let word = self.peek_word(place);
        self.at += word.chars().count();
        word
    }

    /// Takes `keyword` if it comes next as a word of its own.
    pub(super) fn take_keyword(&mut self, keyword: &str) -> bool {
        let found = self.peek_word(Place::Term) == keyword;
        if found {
            self.at += keyword.len();
        }
        found
    }

    /// Takes the operator that comes next, after spaces; takes nothing if there is none.
    pub(super) fn operator(&mut self) -> Option<(usize, Op)> {
        let before = self.at;
        self.skip_spaces();
        let position = self.at;
        let found = Op::ALL.into_iter().find(|op| self.starts_with(op.symbol()));
        self.at = found.map_or(before, |op| position + op.symbol().len());
        found.map(|op| (position, op))
    }

    fn starts_with(&self, symbol: &str) -> bool {
        self.chars[self.at..].iter().copied().take(symbol.len()).eq(symbol.chars())
    }

    /// Takes a quoted string if one comes next.
    pub(super) fn string(&mut self) -> Result<Option<Pattern>, FilterError> {
        let start = self.at;
        let Some(quote) = self.peek().filter(|c| matches!(c, '"' | '\'')) else {
            return Ok(None);
        };
        self.at += 1;
        let mut parts = vec![String::new()];
        while let Some(c) = self.peek() {
            self.at += 1;
            let letter = match c {
                _ if c == quote => return Ok(Some(Pattern::new(parts))),
                '*' => None,
                '\\' => Some(self.escaped()?),
                _ => Some(c),
            };
            extend(&mut parts, letter);
        }
        Err(FilterError::syntax(start, "this string has no closing quote"))
    }

    fn escaped(&mut self) -> Result<char, FilterError> {
        let c = self.peek().filter(|c| matches!(c, '"' | '\'' | '\\' | '*'));
        self.at += 1;
        c.ok_or_else(|| FilterError::syntax(self.at - 2, r#"in a string only \" \' \\ and \* may follow a backslash"#))
    }

    /// What comes next, in words for an error message.
    pub(super) fn describe_next(&self) -> String {
        match self.peek() {
            None => "the end".to_owned(),
            Some(c) if c.is_whitespace() => "a space".to_owned(),
            Some(c) => match self.peek_word(Place::Term) {
                word if word.is_empty() => format!("`{c}`"),
                word => format!("`{word}`"),
            },
        }
    }
}

/// Adds a letter to the last part, or begins a new one after a wildcard.
fn extend(parts: &mut Vec<String>, letter: Option<char>) {
    match (letter, parts.last_mut()) {
        (Some(c), Some(last)) => last.push(c),
        _ => parts.push(String::new()),
    }
}

fn belongs_to_word(c: char, place: Place) -> bool {
    let apart = matches!(c, '(' | ')' | ',' | '=' | '<' | '>' | '!' | '"' | '\\') || c.is_whitespace();
    !apart && (c != ':' || place == Place::Value)
}
