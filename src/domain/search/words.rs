//! Text as a list of words.
//!
//! A word is a run of letters, digits and their marks. In scripts that put no space between words (Chinese, Japanese,
//! Thai and their like), and in Korean, where endings grow onto words, each character is one: a query of several
//! then asks for them side by side, which finds them anywhere inside a text.

use std::ops::Range;

use unicode_normalization::char::is_combining_mark;

use super::fold::fold;

/// Characters of a word that count; what is longer is cut in texts and in queries alike.
const LONGEST: usize = 64;

/// A word of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// Folded, at most 64 characters.
    pub text: String,
    /// Where it stands, in bytes of the text as it was written.
    pub place: Range<usize>,
}

/// The words of a text in their order.
pub fn words(text: &str) -> Vec<Word> {
    let mut found = Vec::new();
    for place in runs(text) {
        split_run(text, place, &mut found);
    }
    found
}

/// The runs of characters that belong to words.
fn runs(text: &str) -> Vec<Range<usize>> {
    let mut runs = Vec::new();
    let mut start = None;
    for (at, c) in text.char_indices() {
        match (start, is_part(c)) {
            (None, true) => start = Some(at),
            (Some(from), false) => {
                runs.push(from..at);
                start = None;
            }
            _ => {}
        }
    }
    runs.extend(start.map(|from| from..text.len()));
    runs
}

/// The words of one run: pieces of one script family, each folded by itself so that its place is known.
fn split_run(text: &str, run: Range<usize>, found: &mut Vec<Word>) {
    let mut piece = run.start..run.start;
    let mut alone = false;
    for (offset, c) in text[run.clone()].char_indices() {
        let at = run.start + offset;
        let unspaced = is_unspaced(c);
        // A mark stays with its letter, whatever script it is of.
        let joins = is_mark(c) || (!unspaced && !alone);
        if !joins && at > piece.start {
            push(text, piece.start..at, found);
            piece.start = at;
        }
        if !is_mark(c) {
            alone = unspaced;
        }
    }
    push(text, piece.start..run.end, found);
}

/// Folding may cut a piece once more: one character can stand for several words.
fn push(text: &str, place: Range<usize>, found: &mut Vec<Word>) {
    let folded = fold(&text[place.clone()]);
    for run in runs(&folded) {
        let mut word = String::new();
        for c in folded[run].chars() {
            if is_unspaced(c) && !is_mark(c) && !word.is_empty() {
                keep(&mut word, &place, found);
            }
            word.push(c);
        }
        keep(&mut word, &place, found);
    }
}

fn keep(word: &mut String, place: &Range<usize>, found: &mut Vec<Word>) {
    let text: String = std::mem::take(word).chars().take(LONGEST).collect();
    // Marks alone say nothing.
    if text.chars().any(char::is_alphanumeric) {
        found.push(Word { text, place: place.clone() });
    }
}

fn is_part(c: char) -> bool {
    c.is_alphanumeric() || is_mark(c)
}

/// Belongs to the letter before it, or is not seen at all.
fn is_mark(c: char) -> bool {
    is_combining_mark(c) || matches!(c, '\u{00AD}' | '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{FEFF}')
}

/// Whether a script puts no space between words; of Korean, each syllable counts.
pub fn is_unspaced(c: char) -> bool {
    matches!(c,
        '\u{0E00}'..='\u{0EFF}' // Thai, Lao
        | '\u{1000}'..='\u{109F}' | '\u{A9E0}'..='\u{A9FF}' | '\u{AA60}'..='\u{AA7F}' // Myanmar
        | '\u{1780}'..='\u{17FF}' // Khmer
        | '\u{1100}'..='\u{11FF}' | '\u{3130}'..='\u{318F}' | '\u{AC00}'..='\u{D7FF}' // Korean
        | '\u{2E80}'..='\u{2FDF}' | '\u{3005}'..='\u{3007}' | '\u{3021}'..='\u{312F}' | '\u{31F0}'..='\u{31FF}'
        | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{FF66}'..='\u{FFDC}'
        | '\u{1B000}'..='\u{1B16F}' | '\u{20000}'..='\u{3FFFF}' // Chinese, Japanese
    )
}
