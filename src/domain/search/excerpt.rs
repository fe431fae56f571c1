//! A short piece of a text that shows why it was found.

use super::query::Query;
use super::words::words;

/// Characters of an excerpt, the dots at its ends not counted.
const LENGTH: usize = 200;
/// Of these, before the word that was found.
const BEFORE: usize = 60;

/// One line of plain text around the first wanted term, or the beginning where the text has none. What is left out at an
/// end shows as `…`.
pub fn excerpt(text: &str, query: &Query) -> String {
    let list = words(text);
    let place = query.wanted.iter().filter_map(|term| term.place_in(&list)).min();
    let hit = place.map_or(0, |index| list[index].place.start);
    let before = text[..hit].chars().count();
    let start = if before > BEFORE { word_start(text, back(text, hit, BEFORE), hit) } else { 0 };
    let rest = &text[start..];
    let end = start + rest.char_indices().nth(LENGTH).map_or(rest.len(), |(at, _)| at);
    let line = text[start..end].split_whitespace().collect::<Vec<_>>().join(" ");
    let (head, tail) = (if start > 0 { "…" } else { "" }, if end < text.len() { "…" } else { "" });
    format!("{head}{}{tail}", line.replace(|c: char| c.is_control(), ""))
}

/// The place `count` characters before `at`.
fn back(text: &str, at: usize, count: usize) -> usize {
    text[..at].char_indices().rev().nth(count - 1).map_or(0, |(place, _)| place)
}

/// The first beginning of a word between `from` and `to`; `from` where none begins.
fn word_start(text: &str, from: usize, to: usize) -> usize {
    let gap = text[from..to].find(char::is_whitespace);
    gap.map_or(from, |gap| from + gap)
}
