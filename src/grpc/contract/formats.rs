//! Kinds of text and spans of time that field rules speak of.

use std::{fmt, sync::OnceLock};

use prost_types::{Duration, Timestamp};
use regex::Regex;
use uuid::Uuid;

/// The rules of one string.
#[derive(Debug, Clone, Copy)]
pub struct Text {
    /// In characters.
    pub min_len: usize,
    /// In characters.
    pub max_len: usize,
    /// What it must match.
    pub pattern: Option<&'static Pattern>,
    /// What it must be.
    pub format: Option<Format>,
}

impl Text {
    /// Any text that can be stored.
    pub const ANY: Self = Self { min_len: 0, max_len: usize::MAX, pattern: None, format: None };

    /// Whether the number of characters matters.
    pub fn counts_characters(&self) -> bool {
        self.min_len > 0 || self.max_len < usize::MAX
    }
}

/// A pattern, compiled when it is first asked.
#[derive(Debug)]
pub struct Pattern {
    text: &'static str,
    compiled: OnceLock<Regex>,
}

impl Pattern {
    /// From a text that `build.rs` has compiled once.
    pub const fn new(text: &'static str) -> Self {
        Self { text, compiled: OnceLock::new() }
    }

    /// Whether the text matches.
    pub fn matches(&self, value: &str) -> bool {
        self.compiled.get_or_init(|| Regex::new(self.text).expect("build.rs compiled it")).is_match(value)
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.text)
    }
}

/// Kinds of text with a rule of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// 36 characters with hyphens, in either case.
    Uuid,
    /// An address without a display name, as the HTML standard reads one.
    Email,
    /// RFC 3986, with a scheme.
    Uri,
}

impl Format {
    /// Whether the text is of this kind.
    pub fn fits(self, text: &str) -> bool {
        match self {
            Self::Uuid => text.len() == 36 && Uuid::try_parse(text).is_ok(),
            Self::Email => is_email(text),
            Self::Uri => is_uri(text),
        }
    }
}

/// The address production of the HTML living standard (`input type=email`), at most 254 bytes (RFC 5321 4.5.3.1.3).
fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    let in_local = |byte: u8| byte.is_ascii_alphanumeric() || b".!#$%&'*+/=?^_`{|}~-".contains(&byte);
    text.len() <= 254 && !local.is_empty() && local.bytes().all(in_local) && domain.split('.').all(is_label)
}

fn is_label(label: &str) -> bool {
    let in_label = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    let edges_fit = !label.starts_with('-') && !label.ends_with('-');
    (1..=63).contains(&label.len()) && edges_fit && label.bytes().all(in_label)
}

/// A scheme, a colon and characters of RFC 3986, each `%` followed by two hexadecimal digits. Finer parts are for
/// whoever opens it.
fn is_uri(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else { return false };
    let in_scheme = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
    let in_rest = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=%".contains(&byte);
    scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.bytes().all(in_scheme)
        && !rest.is_empty()
        && rest.bytes().all(in_rest)
        && rest.split('%').skip(1).all(|part| part.bytes().take(2).filter(u8::is_ascii_hexdigit).count() == 2)
}

/// A time since 1970 or a span of time, ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// Whole seconds.
    pub seconds: i64,
    /// The rest, of the same sign in a span, never negative in a time.
    pub nanos: i32,
}

impl From<Duration> for Span {
    fn from(Duration { seconds, nanos }: Duration) -> Self {
        Self { seconds, nanos }
    }
}

impl From<Timestamp> for Span {
    fn from(Timestamp { seconds, nanos }: Timestamp) -> Self {
        Self { seconds, nanos }
    }
}

impl fmt::Display for Span {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.nanos {
            0 => write!(out, "{} s", self.seconds),
            nanos => write!(out, "{} s {nanos} ns", self.seconds),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uuids_have_hyphens_and_either_case() {
        assert!(Format::Uuid.fits("01976f8e-5a3b-7c4d-8e9f-0a1b2c3d4e5f"));
        assert!(Format::Uuid.fits("01976F8E-5A3B-7C4D-8E9F-0A1B2C3D4E5F"));
        for wrong in ["", "01976f8e5a3b7c4d8e9f0a1b2c3d4e5f", "{01976f8e-5a3b-7c4d-8e9f-0a1b2c3d4e5}", "no"] {
            assert!(!Format::Uuid.fits(wrong), "{wrong}");
        }
    }

    #[test]
    fn email_addresses_are_those_of_forms() {
        for right in ["a@b", "mia.lee+tag@example.com", "o'brien@sub.example.org", "x@1.2"] {
            assert!(Format::Email.fits(right), "{right}");
        }
        for wrong in ["", "@", "a@", "@b", "a b@c", "a@b@c", "a@-b", "a@b..c", "a@b.", "ä@b.c", "Mia <m@b.c>"] {
            assert!(!Format::Email.fits(wrong), "{wrong}");
        }
        assert!(!Format::Email.fits(&format!("{}@example.com", "a".repeat(250))));
    }

    #[test]
    fn uris_have_a_scheme() {
        for right in ["https://example.com/a?b=c#d", "mailto:a@b.c", "urn:isbn:1", "a:%20"] {
            assert!(Format::Uri.fits(right), "{right}");
        }
        for wrong in ["", "/a", "//host/a", "https:", "1a:b", "a:b c", "a:%2", "a:%zz", "a:ä", ":b"] {
            assert!(!Format::Uri.fits(wrong), "{wrong}");
        }
    }

    #[test]
    fn spans_compare_by_length() {
        let span = |seconds, nanos| Span { seconds, nanos };
        assert!(span(1, 5) > span(1, 0) && span(1, 0) > span(0, 999) && span(-1, -5) < span(-1, 0));
        assert_eq!(span(5, 0).to_string(), "5 s");
    }
}
