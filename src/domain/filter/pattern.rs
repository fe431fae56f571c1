//! Text with wildcards, and the one way in which case is ignored.

/// Folds text so that texts which differ only in case become equal: every character to lower, upper and again lower
/// case.
///
/// Unlike `str::to_lowercase` it looks at single characters only, so that `fold(a + b) = fold(a) + fold(b)` and a part
/// of a text stays a part of it when both are folded; `ß` becomes `ss` and a final `ς` becomes `σ`. What the storage
/// layer keeps in shadow columns is the outcome of this function, so a change to it needs a migration.
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let chars = text.chars().flat_map(char::to_lowercase);
    chars.flat_map(char::to_uppercase).flat_map(char::to_lowercase).collect()
}

/// Text in which some places stand for any run of characters, cut at those places: `ab*c` is `["ab", "c"]`.
///
/// There is always a first part; parts between two wildcards are never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    parts: Vec<String>,
}

impl Pattern {
    /// From the texts between the wildcards; wildcards side by side count as one.
    pub fn new(parts: impl IntoIterator<Item = String>) -> Self {
        let mut parts: Vec<String> = parts.into_iter().collect();
        let last = parts.len().saturating_sub(1);
        let mut index = 0;
        parts.retain(|part| {
            let keep = index == 0 || index == last || !part.is_empty();
            index += 1;
            keep
        });
        if parts.is_empty() {
            parts.push(String::new());
        }
        Self { parts }
    }

    /// Reads a bare word, in which every `*` is a wildcard.
    pub fn from_word(word: &str) -> Self {
        Self::new(word.split('*').map(str::to_owned))
    }

    /// The texts between the wildcards: one when there is no wildcard.
    pub fn parts(&self) -> &[String] {
        &self.parts
    }

    /// The text, if there is no wildcard in it.
    pub fn as_literal(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [only] => Some(only),
            _ => None,
        }
    }

    /// Whether this is a lone `*`.
    pub fn is_any(&self) -> bool {
        self.parts.len() > 1 && self.parts.iter().all(String::is_empty)
    }

    /// Whether this is the empty text.
    pub fn is_empty(&self) -> bool {
        self.as_literal().is_some_and(str::is_empty)
    }

    /// This pattern anywhere inside a text.
    #[must_use]
    pub fn anywhere(&self) -> Self {
        let around = [String::new()];
        Self::new(around.iter().chain(&self.parts).chain(&around).cloned())
    }

    /// Every part through [`fold`].
    #[must_use]
    pub fn folded(&self) -> Self {
        Self { parts: self.parts.iter().map(|part| fold(part)).collect() }
    }

    /// Whether the whole of `text` fits, case and all.
    pub fn fits(&self, text: &str) -> bool {
        let [first, middle @ .., last] = self.parts.as_slice() else {
            return self.as_literal() == Some(text);
        };
        let Some(mut rest) = text.strip_prefix(first.as_str()) else {
            return false;
        };
        for part in middle {
            let Some((_, after)) = rest.split_once(part.as_str()) else {
                return false;
            };
            rest = after;
        }
        rest.ends_with(last.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folding_is_stable_for_every_character() {
        for c in '\0'..=char::MAX {
            let once = fold(&c.to_string());
            assert_eq!(fold(&once), once, "{c:?}");
            if c.is_alphabetic() {
                assert_eq!(fold(&c.to_uppercase().to_string()), once, "{c:?}");
                assert_eq!(fold(&c.to_lowercase().to_string()), once, "{c:?}");
            }
            assert!(!once.contains(|c: char| c.is_ascii_uppercase()), "{c:?}");
        }
    }

    #[test]
    fn folding_a_part_finds_it_in_the_folded_whole() {
        assert_eq!(fold("STRASSE Straße"), "strasse strasse");
        assert!(fold("ὈΔΥΣΣΕΎΣ").contains(&fold("ΣΕΎΣ")));
        assert_eq!(fold("Ὀδυσσεύς"), fold("ὈΔΥΣΣΕΎΣ"));
    }

    #[test]
    fn wildcards_stand_for_any_run() {
        let cases = [
            ("ab*c", "abc", true),
            ("ab*c", "abxc", true),
            ("ab*c", "abcx", false),
            ("*ab*ab*", "xabyabz", true),
            ("*ab*ab*", "xabz", false),
            ("a*a", "a", false),
            ("a*a", "aa", true),
            ("*", "", true),
            ("abc", "abc", true),
            ("abc", "Abc", false),
        ];
        for (pattern, text, fits) in cases {
            assert_eq!(Pattern::from_word(pattern).fits(text), fits, "{pattern} {text}");
        }
    }

    #[test]
    fn wildcards_side_by_side_are_one() {
        assert_eq!(Pattern::from_word("a***b"), Pattern::from_word("a*b"));
        assert!(Pattern::from_word("**").is_any());
        assert_eq!(Pattern::from_word("*").anywhere(), Pattern::from_word("*"));
        assert_eq!(Pattern::from_word("a*b").anywhere(), Pattern::from_word("*a*b*"));
        assert!(Pattern::from_word("").is_empty());
        assert!(!Pattern::from_word("").is_any());
    }
}
