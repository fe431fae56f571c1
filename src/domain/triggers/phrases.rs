//! Words and phrases that hand a conversation over when a visitor writes them (R-214, C-087, C-088).
//!
//! Texts are compared in one form: compatibility forms folded (NFKC), without case, with white space of any kind and
//! length as one blank, without characters that are not seen. All phrases are looked for in one pass. Nothing is stemmed:
//! "cancel" is not in "cancellation".

use std::sync::{Arc, OnceLock};

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use serde::{Deserialize, Serialize};
use unicode_normalization::char::is_combining_mark;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfkc_quick};

/// Phrases of one customer agent at most.
pub const MOST_PHRASES: usize = 100;
/// Characters of a phrase at most, as it was written.
pub const LONGEST_PHRASE: usize = 100;

/// A list of phrases, ready to be looked for. Clones share what was made ready.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(from = "Vec<String>", into = "Vec<String>")]
pub struct Phrases {
    texts: Arc<[String]>,
    ready: Arc<OnceLock<Option<AhoCorasick>>>,
}

impl PartialEq for Phrases {
    fn eq(&self, other: &Self) -> bool {
        self.texts == other.texts
    }
}

impl Eq for Phrases {}

impl From<Vec<String>> for Phrases {
    fn from(texts: Vec<String>) -> Self {
        Self::stored(texts)
    }
}

impl From<Phrases> for Vec<String> {
    fn from(phrases: Phrases) -> Self {
        phrases.texts.to_vec()
    }
}

/// Why a list of phrases cannot be one, with the place of the phrase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadPhrase {
    /// Nothing is left of it that could be written.
    Empty(usize),
    /// It has too many characters.
    TooLong(usize),
    /// An earlier one means the same.
    Twice(usize),
}

impl Phrases {
    /// A list of phrases as they were written, white space around them aside.
    ///
    /// # Errors
    /// The first that cannot be one.
    pub fn new(texts: &[String]) -> Result<Self, BadPhrase> {
        let texts: Vec<String> = texts.iter().map(|text| text.trim().to_owned()).collect();
        let mut seen: Vec<String> = Vec::with_capacity(texts.len());
        for (place, text) in texts.iter().enumerate() {
            let form = fold(text);
            if form.is_empty() {
                return Err(BadPhrase::Empty(place));
            }
            if text.chars().count() > LONGEST_PHRASE {
                return Err(BadPhrase::TooLong(place));
            }
            if seen.contains(&form) {
                return Err(BadPhrase::Twice(place));
            }
            seen.push(form);
        }
        Ok(Self::stored(texts))
    }

    /// A list as it was stored.
    pub fn stored(texts: Vec<String>) -> Self {
        Self { texts: texts.into(), ready: Arc::default() }
    }

    /// The phrases as they were written.
    pub fn texts(&self) -> &[String] {
        &self.texts
    }

    /// The phrases that a text has, in the order of the list.
    pub fn found_in(&self, text: &str) -> Vec<&str> {
        let Some(ready) = self.ready.get_or_init(|| ready(&self.texts)) else { return Vec::new() };
        let text = fold(text);
        let mut found = vec![false; self.texts.len()];
        for hit in ready.find_overlapping_iter(&text) {
            let place = &mut found[hit.pattern().as_usize()];
            *place = *place || (is_edge(&text, hit.start()) && is_edge(&text, hit.end()));
        }
        self.texts.iter().zip(found).filter_map(|(text, found)| found.then_some(text.as_str())).collect()
    }
}

/// The machine that finds all phrases in one pass; none for an empty list.
fn ready(texts: &[String]) -> Option<AhoCorasick> {
    if texts.is_empty() {
        return None;
    }
    let forms = texts.iter().map(|text| fold(text));
    let mut builder = AhoCorasick::builder();
    // Half the memory of the largest kind, and fast enough by far.
    builder.match_kind(MatchKind::Standard).kind(Some(AhoCorasickKind::ContiguousNFA));
    builder.build(forms).ok()
}

/// The form in which texts are compared.
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return spaced(text.bytes().map(|byte| char::from(byte.to_ascii_lowercase())), text.len());
    }
    match is_nfkc_quick(text.chars()) {
        IsNormalized::Yes => without_case(text.chars(), text.len()),
        _ => without_case(text.nfkc(), text.len()),
    }
}

/// Case aside. Letters whose cases differ in number become what they have in common: `ß` is `ss`, and so is `ẞ`.
fn without_case(chars: impl Iterator<Item = char>, length: usize) -> String {
    let lower = |c: char| -> [Option<char>; 3] {
        if c.is_ascii() {
            return [Some(c.to_ascii_lowercase()), None, None];
        }
        match c {
            'ß' | 'ẞ' => [Some('s'), Some('s'), None],
            'ς' => [Some('σ'), None, None],
            _ => {
                let mut letters = c.to_lowercase();
                [letters.next(), letters.next(), letters.next()]
            }
        }
    };
    let folded = spaced(chars.filter(|c| !is_unseen(*c)).flat_map(lower).flatten(), length);
    // Lower case may bring a letter and a mark together that belong into one.
    match is_nfkc_quick(folded.chars()) {
        IsNormalized::Yes => folded,
        _ => folded.nfkc().collect(),
    }
}

/// White space as single blanks, none at the ends.
fn spaced(chars: impl Iterator<Item = char>, length: usize) -> String {
    let mut out = String::with_capacity(length);
    let mut gap = false;
    for c in chars {
        if c.is_whitespace() {
            gap = !out.is_empty();
        } else {
            if gap {
                out.push(' ');
                gap = false;
            }
            out.push(c);
        }
    }
    out
}

/// Guides how text is shown and is not seen itself.
fn is_unseen(c: char) -> bool {
    matches!(c, '\u{00AD}' | '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}')
}

/// Whether a word may begin or end here: not between two characters of one word.
fn is_edge(text: &str, at: usize) -> bool {
    let (Some(before), Some(after)) = (text[..at].chars().next_back(), text[at..].chars().next()) else { return true };
    if is_combining_mark(after) {
        return false;
    }
    let part = |c: char| c.is_alphanumeric() || is_combining_mark(c);
    !(part(before) && part(after)) || is_unspaced(before) || is_unspaced(after)
}

/// Scripts that put no space between words, and Korean, whose endings grow onto words: each character stands for itself.
fn is_unspaced(c: char) -> bool {
    crate::domain::search::is_unspaced(c)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn phrases(texts: &[&str]) -> Result<Phrases, BadPhrase> {
        Phrases::new(&texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>())
    }

    fn finds(phrase: &str, text: &str) -> bool {
        !phrases(&[phrase]).expect("a phrase").found_in(text).is_empty()
    }

    // C-087.
    #[test]
    fn whole_words_without_regard_to_case_and_white_space() {
        for (phrase, text) in [
            ("refund", "I want a REFUND!"),
            ("refund", "refund"),
            ("refund", "(refund)"),
            ("refund", "that refund's late"),
            ("money back", "give me my money \n\t back, now"),
            ("Money  Back", "money back"),
            ("STRASSE", "in der Straße"),
            ("größe", "die GRÖẞE"),
            ("größe", "Gro\u{308}ße"),
            ("ﬁle a complaint", "file a complaint"),
            ("ｒｅｆｕｎｄ", "a refund"),
            ("refund", "re\u{00AD}fund"),
            ("c++", "I like C++, too"),
            ("退款", "我要退款了"),
            ("환불", "환불해주세요"),
            ("λόγος", "ΛΌΓΟΣ"),
        ] {
            assert!(finds(phrase, text), "{phrase:?} is in {text:?}");
        }
        for (phrase, text) in [
            ("cancel", "my cancellation"),
            ("cancel", "cancelled"),
            ("fund", "refund"),
            ("refund", "refunds"),
            ("refund", "re fund"),
            ("money back", "moneyback"),
            ("resume", "re\u{301}sume\u{301}"),
            ("e", "e\u{323}"),
        ] {
            assert!(!finds(phrase, text), "{phrase:?} is not in {text:?}");
        }
    }

    // C-088.
    #[test]
    fn a_list_holds_each_phrase_once_and_none_that_is_empty_or_long() {
        assert_eq!(phrases(&["a", " "]), Err(BadPhrase::Empty(1)));
        assert_eq!(phrases(&["\u{200B}"]), Err(BadPhrase::Empty(0)));
        assert_eq!(phrases(&["Money back", "x", "money \t BACK"]), Err(BadPhrase::Twice(2)));
        assert_eq!(phrases(&[&"ä".repeat(101)]), Err(BadPhrase::TooLong(0)));
        let kept = phrases(&["  Refund ", &"ä".repeat(100)]).expect("good");
        assert_eq!(kept.texts()[0], "Refund");
    }

    // all of a list, wherever they overlap.
    #[test]
    fn every_phrase_of_the_list_is_found() {
        let list = phrases(&["back", "money back", "my money", "none", "give"]).expect("good");
        assert_eq!(list.found_in("Give me my money back"), ["back", "money back", "my money", "give"]);
        assert_eq!(Phrases::default().found_in("anything"), Vec::<&str>::new());
    }

    /// The same, word by word: slow and plain.
    fn model(phrase: &str, text: &str) -> bool {
        let (phrase, text) = (fold(phrase), fold(text));
        text.match_indices(phrase.as_str()).any(|(at, hit)| is_edge(&text, at) && is_edge(&text, at + hit.len()))
            // `match_indices` leaves overlapping places out.
            || (0..text.len()).filter(|at| text.is_char_boundary(*at)).any(|at| {
                text[at..].starts_with(phrase.as_str()) && is_edge(&text, at) && is_edge(&text, at + phrase.len())
            })
    }

    proptest! {
        #[test]
        fn one_pass_finds_what_each_phrase_alone_would(
            texts in prop::collection::btree_set("[abAB ]{1,4}|[aäßΣσς\u{301}]{1,3}", 1..8),
            said in "[abAB .aäßΣσς\u{301}\u{a0}\n]{0,40}",
        ) {
            let texts: Vec<String> = texts.into_iter().collect();
            if let Ok(list) = Phrases::new(&texts) {
                let found = list.found_in(&said);
                for text in list.texts() {
                    prop_assert_eq!(found.contains(&text.as_str()), model(text, &said), "{:?} in {:?}", text, said);
                }
            }
        }

        /// Folding again changes nothing, and neither does other case or other white space.
        #[test]
        fn the_compared_form_is_one_form(said in "\\PC{0,60}", blank in "[ \t\u{a0}\u{2003}]{1,4}") {
            let once = fold(&said);
            prop_assert_eq!(fold(&once), once.clone());
            let wide = once.replace(' ', &blank);
            prop_assert_eq!(fold(&wide), once);
        }

        /// Whatever stands around a phrase, it is found as a word of its own.
        #[test]
        fn a_phrase_of_its_own_is_found(phrase in "[a-zäöüß]{1,12}( [a-z]{1,8})?", before in "[a-z ]{0,20}", after in "[a-z ]{0,20}") {
            let said = format!("{before} {}. {after}", phrase.to_uppercase());
            prop_assert!(finds(&phrase, &said), "{:?} is in {:?}", phrase, said);
        }
    }
}
